"""The client for asyncio. It has the verbs and settings of nutgraf, where they are explained."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias, TypeVar

import grpc
import grpc.aio

from nutgraf import _channel, _jobs
from nutgraf._errors import Error
from nutgraf._jobs import Added, JobResult
from nutgraf._many import DEFAULT_TIMEOUT, DEFAULT_WINDOW, Many, Result, Sent, check, with_code_points
from nutgraf.v1.extraction_pb2 import Extraction
from nutgraf.v1.extraction_service_pb2 import (
    BatchItem,
    Extractor,
    ExtractStreamRequest,
    ExtractStreamResponse,
    GetServerInfoRequest,
    GetServerInfoResponse,
    ListExtractorsRequest,
)
from nutgraf.v1.extraction_service_pb2_grpc import ExtractionServiceStub
from nutgraf.v1.job_service_pb2 import (
    CancelJobRequest,
    CreateJobRequest,
    DeleteJobRequest,
    GetJobRequest,
    ListJobsRequest,
    ReadJobResultsRequest,
    ReadJobResultsResponse,
    SealJobRequest,
    WatchJobRequest,
    WatchJobResponse,
)
from nutgraf.v1.job_service_pb2 import Job as JobMessage
from nutgraf.v1.job_service_pb2_grpc import JobServiceStub
from nutgraf.v1.options_pb2 import ExtractionOptions
from nutgraf.v1.source_pb2 import ArticleRequest

if TYPE_CHECKING:
    import pandas

    from nutgraf.v1.extraction_service_pb2_grpc import ExtractionServiceAsyncStub

__all__ = ["Client", "Job", "connect"]

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


def connect(
    target: str,
    *,
    tls: bool = True,
    ca: bytes | None = None,
    token: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    window: int = DEFAULT_WINDOW,
) -> Client:
    """Returns a client of the server at target. Call it inside the event loop that is to use the client."""
    credentials = _channel.credentials(tls, ca, token)
    if credentials is None:
        channel = grpc.aio.insecure_channel(target, _channel.OPTIONS)
    else:
        channel = grpc.aio.secure_channel(target, credentials, _channel.OPTIONS)
    return Client(channel, timeout, window)


class Client:
    """A connection to a server, made by connect."""

    def __init__(self, channel: grpc.aio.Channel, timeout: float, window: int) -> None:
        self.channel = channel
        """The connection, for generated stubs of services that have no method here."""
        self._stub = ExtractionServiceStub(channel)
        self._jobs = JobServiceStub(channel)
        check(timeout, window)
        self._timeout = timeout
        self._window = window

    async def close(self) -> None:
        """Ends the connection and every call on it."""
        await self.channel.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def extract(self, article: ArticleRequest, *, timeout: float | None = None) -> Extraction:
        """Extracts one article. Offsets are code points unless its options say otherwise."""
        return await self._call(self._stub.Extract, with_code_points(article, always=True), timeout)

    async def list_extractors(self, *, timeout: float | None = None) -> list[Extractor]:
        """Returns every extractor of the server, sorted by id."""
        extractors: list[Extractor] = []
        request = ListExtractorsRequest()
        while True:
            page = await self._call(self._stub.ListExtractors, request, timeout)
            extractors.extend(page.extractors)
            if not page.next_page_token:
                return extractors
            request = ListExtractorsRequest(page_token=page.next_page_token)

    async def server_info(self, *, timeout: float | None = None) -> GetServerInfoResponse:
        """Returns the server's version, limits and defaults."""
        return await self._call(self._stub.GetServerInfo, GetServerInfoRequest(), timeout)

    async def extract_many(
        self,
        items: Iterable[BatchItem] | AsyncIterable[BatchItem],
        *,
        options: ExtractionOptions | None = None,
        timeout: float | None = None,
        window: int | None = None,
    ) -> AsyncIterator[Result]:
        """Extracts any number of articles, as nutgraf.Client.extract_many does.

        Items is read in a task of its own. When the loop may be left early, use contextlib.aclosing.
        """
        timeout = self._timeout if timeout is None else timeout
        window = self._window if window is None else window
        check(timeout, window)
        many = Many(options, timeout)
        events: _Events = asyncio.Queue()
        feeder = _Feeder(items, window, events)
        stream = _Stream(self._stub, many.opening(), events)
        try:
            while not many.done:
                try:
                    source, event = await asyncio.wait_for(events.get(), many.patience())
                except asyncio.TimeoutError:
                    raise many.overdue() from None
                if source is not feeder and source is not stream:
                    continue  # it is of a stream that was lost
                match event:
                    case BatchItem():
                        outcome = many.add(event)
                    case ExtractStreamResponse():
                        outcome = many.answer(event)
                    case Sent():
                        outcome = event
                    case None:
                        many.feeding = False
                        continue
                    case Error() if source is stream:
                        stream.cancel()
                        await asyncio.sleep(many.lost(event))
                        stream = _Stream(self._stub, many.opening(), events)
                        continue
                    case BaseException():
                        raise event
                    case _:
                        raise TypeError(f"items must be BatchItems, not {type(event).__name__}")
                if isinstance(outcome, Result):
                    yield outcome
                    many.resume()
                    feeder.slots.release()
                else:
                    stream.send(outcome)
            await stream.finish(many.timeout)
        finally:
            stream.cancel()
            feeder.stop()

    async def create_job(self, options: ExtractionOptions | None = None, *, timeout: float | None = None) -> Job:
        """Creates a job. The options are for items that have none of their own."""
        # The same id in every try makes one job of them all.
        request = CreateJobRequest(request_id=str(uuid.uuid4()), default_options=_jobs.default_options(options))
        return self.job((await self._call(self._jobs.CreateJob, request, timeout)).job.name)

    def job(self, name: str) -> Job:
        """Returns the job of that name. It makes no call."""
        return Job(self, name)

    async def submit_job(
        self,
        items: Iterable[BatchItem] | AsyncIterable[BatchItem],
        options: ExtractionOptions | None = None,
        *,
        timeout: float | None = None,
    ) -> Job:
        """Creates a job of the items and seals it, as nutgraf.Client.submit_job does."""
        job = await self.create_job(options, timeout=timeout)
        await job.add(items, timeout=timeout)
        await job.seal(timeout=timeout)
        return job

    async def list_jobs(self, *, timeout: float | None = None) -> AsyncIterator[JobMessage]:
        """Yields the caller's jobs, newest first."""
        request = ListJobsRequest()
        while True:
            page = await self._call(self._jobs.ListJobs, request, timeout)
            for job in page.jobs:
                yield job
            if not page.next_page_token:
                return
            request = ListJobsRequest(page_token=page.next_page_token)

    async def _call(
        self, method: grpc.aio.UnaryUnaryMultiCallable[_Request, _Response], request: _Request, timeout: float | None
    ) -> _Response:
        """Makes a unary call, again and again until it succeeds, fails for good, or runs out of time."""
        return await self._again(lambda left: method(request, timeout=left), timeout)

    async def _again(self, attempt: Callable[[float], Awaitable[_Response]], timeout: float | None) -> _Response:
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        failures = 0
        while True:
            try:
                return await attempt(max(0.0, deadline - time.monotonic()))
            except grpc.aio.AioRpcError as rpc_error:
                error = _error_of(rpc_error, deadline)
                delay = error.retry_after(failures)
                if delay is None or time.monotonic() + delay > deadline:
                    raise error from rpc_error
            await asyncio.sleep(delay)
            failures += 1


class Job:
    """A durable job of the server, as nutgraf.Job is."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        """"jobs/" and an id."""
        self.added = Added()
        """What became of all items that this object has added."""
        self._client = client
        self._stub = client._jobs

    async def add(self, items: Iterable[BatchItem] | AsyncIterable[BatchItem], *, timeout: float | None = None) -> Added:
        """Puts items into the job. When it returns, all of them are on the server's disk but for those it rejected.

        After an error the same items may be added again: those that are there are skipped. Timeout is for every 500 items.
        """
        added = Added()
        chunk = _jobs.Chunk(self.name, added)
        try:
            async for item in items if isinstance(items, AsyncIterable) else _asynchronous(items):
                if not chunk.fits(item):
                    chunk = await self._send(chunk, timeout)
                chunk.add(item)
            await self._send(chunk, timeout)
        finally:
            self.added.include(added)
        return added

    async def _send(self, chunk: _jobs.Chunk, timeout: float | None) -> _jobs.Chunk:
        requests = chunk.requests
        if not requests:
            return chunk
        return chunk.acknowledged(
            await self._client._again(lambda left: self._stub.AddJobItems(iter(requests), timeout=left), timeout)
        )

    async def seal(self, *, timeout: float | None = None) -> JobMessage:
        """Closes the input of the job, which then ends when all items are answered."""
        return (await self._client._call(self._stub.SealJob, SealJobRequest(name=self.name), timeout)).job

    async def state(self, *, timeout: float | None = None) -> JobMessage:
        """Returns the job with its counts of this moment."""
        return (await self._client._call(self._stub.GetJob, GetJobRequest(name=self.name), timeout)).job

    async def cancel(self, *, timeout: float | None = None) -> JobMessage:
        """Stops the job. Results already made stay readable."""
        return (await self._client._call(self._stub.CancelJob, CancelJobRequest(name=self.name), timeout)).job

    async def delete(self, *, timeout: float | None = None) -> None:
        """Removes the job, which must have ended, with its results."""
        await self._client._call(self._stub.DeleteJob, DeleteJobRequest(name=self.name), timeout)

    async def watch(self, *, timeout: float | None = None) -> AsyncGenerator[JobMessage, None]:
        """Yields the job at once and after each change, at most one a second, until it has ended.

        It outlasts the loss of the server for up to timeout seconds.
        """
        request = WatchJobRequest(name=self.name)
        async with contextlib.aclosing(self._follow(lambda: self._stub.WatchJob(request), timeout)) as responses:
            async for response in responses:
                yield response.job

    async def results(self, cursor: str = "", *, timeout: float | None = None) -> AsyncGenerator[JobResult, None]:
        """Yields every result after the cursor, each exactly once, until the job has ended.

        It outlasts the loss of the server for up to timeout seconds.
        """

        def read() -> grpc.aio.UnaryStreamCall[Any, ReadJobResultsResponse]:
            return self._stub.ReadJobResults(ReadJobResultsRequest(name=self.name, cursor=cursor, follow=True))

        async with contextlib.aclosing(self._follow(read, timeout)) as responses:
            async for response in responses:
                cursor = response.cursor
                yield JobResult.of(response)

    async def show_progress(self, file: TextIO | None = None, *, timeout: float | None = None) -> JobMessage:
        """Watches the job to its end and writes how far it is, to the standard error unless told otherwise.

        On a terminal that is one line that changes, elsewhere a line for each change. Returns the job as it ended.
        """
        progress = _jobs.Progress(sys.stderr if file is None else file)
        job = JobMessage()
        async for job in self.watch(timeout=timeout):
            progress.show(job)
        return job

    async def to_dataframe(self, cursor: str = "", *, timeout: float | None = None) -> pandas.DataFrame:
        """Returns every result after the cursor as one row of a pandas DataFrame, when the job has ended.

        Columns are flat, those of the Parquet files of `nutgraf bulk`: item_id, error (empty if none), title, published,
        body, people, quote_texts and so on; the whole extraction is in the last as protobuf JSON.
        """
        _jobs.require_pandas()
        return _jobs.dataframe([result async for result in self.results(cursor, timeout=timeout)])

    async def _follow(
        self, connect: Callable[[], grpc.aio.UnaryStreamCall[Any, _Response]], timeout: float | None
    ) -> AsyncGenerator[_Response, None]:
        """Runs a stream to its end, anew after each loss of the server."""
        losses = _jobs.Losses(self._client._timeout if timeout is None else timeout)
        while True:
            responses = connect()
            try:
                async for response in responses:
                    losses.over()
                    yield response
                return
            except grpc.aio.AioRpcError as rpc_error:
                delay = losses.delay(_error_of(rpc_error))
            finally:
                responses.cancel()
            await asyncio.sleep(delay)


# What happens, and to whom: to the feeder an item, the end of the items or an error of theirs; to a stream a response, an
# item whose time has come to be sent again, or the error that ended it.
_Event: TypeAlias = "tuple[_Feeder | _Stream, BatchItem | ExtractStreamResponse | Sent | BaseException | None]"
_Events: TypeAlias = "asyncio.Queue[_Event]"


class _Stream:
    """One stream; what it receives goes to events."""

    def __init__(self, stub: ExtractionServiceAsyncStub, opening: list[ExtractStreamRequest], events: _Events) -> None:
        self._events = events
        self._outbox: asyncio.Queue[ExtractStreamRequest | None] = asyncio.Queue()
        for request in opening:
            self._outbox.put_nowait(request)
        self._call = stub.ExtractStream(self._requests())
        self._receiver = asyncio.create_task(self._receive())

    def send(self, sent: Sent) -> None:
        """Sends an item, now or when its delay is over."""
        if sent.delay:
            asyncio.get_running_loop().call_later(sent.delay, self._events.put_nowait, (self, sent))
            sent.delay = 0.0
        else:
            self._outbox.put_nowait(sent.request())

    async def finish(self, timeout: float) -> None:
        """Lets the server end the stream, so that it does not count as canceled."""
        self._outbox.put_nowait(None)
        await asyncio.wait([self._receiver], timeout=timeout)

    def cancel(self) -> None:
        self._receiver.cancel()
        self._call.cancel()

    async def _requests(self) -> AsyncIterator[ExtractStreamRequest]:
        while request := await self._outbox.get():
            yield request

    async def _receive(self) -> None:
        try:
            async for response in self._call:
                self._events.put_nowait((self, response))
            self._events.put_nowait((self, Error(grpc.StatusCode.UNAVAILABLE, "the server ended the stream")))
        except grpc.aio.AioRpcError as rpc_error:
            self._events.put_nowait((self, _error_of(rpc_error)))


class _Feeder:
    """Reads the items in a task of its own, as long as there are slots: one for each item without its result."""

    def __init__(self, items: Iterable[BatchItem] | AsyncIterable[BatchItem], window: int, events: _Events) -> None:
        self.slots = asyncio.Semaphore(window)
        self._events = events
        self._task = asyncio.create_task(self._feed(items))

    async def _feed(self, items: Iterable[BatchItem] | AsyncIterable[BatchItem]) -> None:
        try:
            iterator = aiter(items) if isinstance(items, AsyncIterable) else aiter(_asynchronous(items))
            while True:
                await self.slots.acquire()
                self._events.put_nowait((self, await anext(iterator)))
        except StopAsyncIteration:
            self._events.put_nowait((self, None))
        except Exception as error:  # raised where the results are read
            self._events.put_nowait((self, error))

    def stop(self) -> None:
        self._task.cancel()


async def _asynchronous(items: Iterable[BatchItem]) -> AsyncIterator[BatchItem]:
    for item in items:
        yield item


def _error_of(rpc_error: grpc.aio.AioRpcError, deadline: float = math.inf) -> Error:
    if rpc_error.details() == "Internal error from Core":
        # What grpc.aio makes of a stream that ends while it writes, whatever the server said.
        return Error(grpc.StatusCode.UNAVAILABLE, "the stream was lost")
    return Error.of_call(rpc_error, deadline)
