"""The client for programs that are not asynchronous."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TextIO, TypeAlias, TypeVar

import grpc

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

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")
_Response_co = TypeVar("_Response_co", covariant=True)


def connect(
    target: str,
    *,
    tls: bool = True,
    ca: bytes | None = None,
    token: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    window: int = DEFAULT_WINDOW,
) -> Client:
    """Returns a client of the server at target, such as "nutgraf.example:443". It connects with the first call.

    Args:
        target: host and port.
        tls: False for servers on this host or behind a proxy.
        ca: PEM certificates to trust instead of those of the system.
        token: sent as a bearer token, over TLS only.
        timeout: seconds; bounds a call with its retries, and in extract_many the wait for the next answer.
        window: most items of one extract_many that are sent and not yet taken by the caller.
    """
    credentials = _channel.credentials(tls, ca, token)
    if credentials is None:
        channel = grpc.insecure_channel(target, _channel.OPTIONS)
    else:
        channel = grpc.secure_channel(target, credentials, _channel.OPTIONS)
    return Client(channel, timeout, window)


class Client:
    """A connection to a server, made by connect. It may be used from many threads at once."""

    def __init__(self, channel: grpc.Channel, timeout: float, window: int) -> None:
        self.channel = channel
        """The connection, for generated stubs of services that have no method here."""
        self._stub = ExtractionServiceStub(channel)
        self._jobs = JobServiceStub(channel)
        check(timeout, window)
        self._timeout = timeout
        self._window = window

    def close(self) -> None:
        """Ends the connection and every call on it."""
        self.channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def extract(self, article: ArticleRequest, *, timeout: float | None = None) -> Extraction:
        """Extracts one article. Offsets are code points unless its options say otherwise."""
        return self._call(self._stub.Extract, with_code_points(article, always=True), timeout)

    def list_extractors(self, *, timeout: float | None = None) -> list[Extractor]:
        """Returns every extractor of the server, sorted by id."""
        extractors: list[Extractor] = []
        request = ListExtractorsRequest()
        while True:
            page = self._call(self._stub.ListExtractors, request, timeout)
            extractors.extend(page.extractors)
            if not page.next_page_token:
                return extractors
            request = ListExtractorsRequest(page_token=page.next_page_token)

    def server_info(self, *, timeout: float | None = None) -> GetServerInfoResponse:
        """Returns the server's version, limits and defaults."""
        return self._call(self._stub.GetServerInfo, GetServerInfoRequest(), timeout)

    def extract_many(
        self,
        items: Iterable[BatchItem],
        *,
        options: ExtractionOptions | None = None,
        timeout: float | None = None,
        window: int | None = None,
    ) -> Iterator[Result]:
        """Extracts any number of articles over one stream; yields exactly one result for each, as soon as it is done.

        No more than window items are sent and not yet taken by the caller, so a slow loop holds back the server and
        the reading of items. A bad item yields a result with its error. After the loss of the server, unanswered items
        are sent again for up to timeout seconds; then, or on an error that no retry helps, Error is raised. What items
        raises is raised here.

        Items is read from another thread. After an early end it is not read again, but the step it is at ends by itself.

        Args:
            items: articles with ids of the caller's choosing, 1 to 128 bytes, unique among the unanswered.
            options: for items that have none of their own.
            timeout: seconds to wait for the next answer, instead of the client's.
            window: instead of the client's.
        """
        timeout = self._timeout if timeout is None else timeout
        window = self._window if window is None else window
        check(timeout, window)
        many = Many(options, timeout)
        events: _Events = queue.SimpleQueue()
        feeder = _Feeder(items, window, events)
        stream = _Stream(self._stub, many.opening(), events)
        try:
            while not many.done:
                try:
                    source, event = events.get(timeout=many.patience())
                except queue.Empty:
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
                        time.sleep(many.lost(event))
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
            stream.finish(many.timeout)
        finally:
            stream.cancel()
            feeder.stop()

    def create_job(self, options: ExtractionOptions | None = None, *, timeout: float | None = None) -> Job:
        """Creates a job. The options are for items that have none of their own."""
        # The same id in every try makes one job of them all.
        request = CreateJobRequest(request_id=str(uuid.uuid4()), default_options=_jobs.default_options(options))
        return self.job(self._call(self._jobs.CreateJob, request, timeout).job.name)

    def job(self, name: str) -> Job:
        """Returns the job of that name. It makes no call."""
        return Job(self, name)

    def submit_job(
        self, items: Iterable[BatchItem], options: ExtractionOptions | None = None, *, timeout: float | None = None
    ) -> Job:
        """Creates a job of the items and seals it. An item that is refused raises nothing: see Job.added.

        After an error the job stays open with what was added. To go on with it then, make it with create_job, keep its name,
        and call Job.add and Job.seal: items that are there are skipped.
        """
        job = self.create_job(options, timeout=timeout)
        job.add(items, timeout=timeout)
        job.seal(timeout=timeout)
        return job

    def list_jobs(self, *, timeout: float | None = None) -> Iterator[JobMessage]:
        """Yields the caller's jobs, newest first."""
        request = ListJobsRequest()
        while True:
            page = self._call(self._jobs.ListJobs, request, timeout)
            yield from page.jobs
            if not page.next_page_token:
                return
            request = ListJobsRequest(page_token=page.next_page_token)

    def _call(
        self, method: grpc.UnaryUnaryMultiCallable[_Request, _Response], request: _Request, timeout: float | None
    ) -> _Response:
        """Makes a unary call, again and again until it succeeds, fails for good, or runs out of time."""
        return self._again(lambda left: method(request, timeout=left), timeout)

    def _again(self, attempt: Callable[[float], _Response], timeout: float | None) -> _Response:
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        failures = 0
        while True:
            try:
                return attempt(max(0.0, deadline - time.monotonic()))
            except grpc.RpcError as rpc_error:
                error = Error.of_call(rpc_error, deadline)
                delay = error.retry_after(failures)
                if delay is None or time.monotonic() + delay > deadline:
                    raise error from rpc_error
            time.sleep(delay)
            failures += 1


class _Responses(Iterator[_Response_co], Protocol[_Response_co]):
    """A stream of responses."""

    def cancel(self) -> object: ...


class Job:
    """A durable job of the server. It outlives this process: its name is all it takes to find it again."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        """"jobs/" and an id."""
        self.added = Added()
        """What became of all items that this object has added."""
        self._client = client
        self._stub = client._jobs

    def add(self, items: Iterable[BatchItem], *, timeout: float | None = None) -> Added:
        """Puts items into the job. When it returns, all of them are on the server's disk but for those it rejected.

        After an error the same items may be added again: those that are there are skipped. Timeout is for every 500 items.
        """
        added = Added()
        chunk = _jobs.Chunk(self.name, added)
        try:
            for item in items:
                if not chunk.fits(item):
                    chunk = self._send(chunk, timeout)
                chunk.add(item)
            self._send(chunk, timeout)
        finally:
            self.added.include(added)
        return added

    def _send(self, chunk: _jobs.Chunk, timeout: float | None) -> _jobs.Chunk:
        requests = chunk.requests
        if not requests:
            return chunk
        return chunk.acknowledged(
            self._client._again(lambda left: self._stub.AddJobItems(iter(requests), timeout=left), timeout)
        )

    def seal(self, *, timeout: float | None = None) -> JobMessage:
        """Closes the input of the job, which then ends when all items are answered."""
        return self._client._call(self._stub.SealJob, SealJobRequest(name=self.name), timeout).job

    def state(self, *, timeout: float | None = None) -> JobMessage:
        """Returns the job with its counts of this moment."""
        return self._client._call(self._stub.GetJob, GetJobRequest(name=self.name), timeout).job

    def cancel(self, *, timeout: float | None = None) -> JobMessage:
        """Stops the job. Results already made stay readable."""
        return self._client._call(self._stub.CancelJob, CancelJobRequest(name=self.name), timeout).job

    def delete(self, *, timeout: float | None = None) -> None:
        """Removes the job, which must have ended, with its results."""
        self._client._call(self._stub.DeleteJob, DeleteJobRequest(name=self.name), timeout)

    def watch(self, *, timeout: float | None = None) -> Generator[JobMessage, None, None]:
        """Yields the job at once and after each change, at most one a second, until it has ended.

        It outlasts the loss of the server for up to timeout seconds.
        """
        request = WatchJobRequest(name=self.name)
        with contextlib.closing(self._follow(lambda: self._stub.WatchJob(request), timeout)) as responses:
            for response in responses:
                yield response.job

    def results(self, cursor: str = "", *, timeout: float | None = None) -> Generator[JobResult, None, None]:
        """Yields every result after the cursor, each exactly once, until the job has ended.

        It outlasts the loss of the server for up to timeout seconds.
        """

        def read() -> _Responses[ReadJobResultsResponse]:
            return self._stub.ReadJobResults(ReadJobResultsRequest(name=self.name, cursor=cursor, follow=True))

        with contextlib.closing(self._follow(read, timeout)) as responses:
            for response in responses:
                cursor = response.cursor
                yield JobResult.of(response)

    def show_progress(self, file: TextIO | None = None, *, timeout: float | None = None) -> JobMessage:
        """Watches the job to its end and writes how far it is, to the standard error unless told otherwise.

        On a terminal that is one line that changes, elsewhere a line for each change. Returns the job as it ended.
        """
        progress = _jobs.Progress(sys.stderr if file is None else file)
        job = JobMessage()
        for job in self.watch(timeout=timeout):
            progress.show(job)
        return job

    def to_dataframe(self, cursor: str = "", *, timeout: float | None = None) -> pandas.DataFrame:
        """Returns every result after the cursor as one row of a pandas DataFrame, when the job has ended.

        Columns are flat, those of the Parquet files of `nutgraf bulk`: item_id, error (empty if none), title, published,
        body, people, quote_texts and so on; the whole extraction is in the last as protobuf JSON.
        """
        _jobs.require_pandas()
        return _jobs.dataframe(self.results(cursor, timeout=timeout))

    def _follow(self, connect: Callable[[], _Responses[_Response]], timeout: float | None) -> Generator[_Response, None, None]:
        """Runs a stream to its end, anew after each loss of the server."""
        losses = _jobs.Losses(self._client._timeout if timeout is None else timeout)
        while True:
            responses = connect()
            try:
                for response in responses:
                    losses.over()
                    yield response
                return
            except grpc.RpcError as rpc_error:
                delay = losses.delay(Error.of_call(rpc_error))
            finally:
                responses.cancel()
            time.sleep(delay)


# What happens, and to whom: to the feeder an item, the end of the items or an error of theirs; to a stream a response, an
# item whose time has come to be sent again, or the error that ended it.
_Event: TypeAlias = "tuple[_Feeder | _Stream, BatchItem | ExtractStreamResponse | Sent | BaseException | None]"
_Events: TypeAlias = "queue.SimpleQueue[_Event]"


class _Stream:
    """One stream; what it receives goes to events."""

    def __init__(self, stub: ExtractionServiceStub, opening: list[ExtractStreamRequest], events: _Events) -> None:
        self._events = events
        self._outbox: queue.SimpleQueue[ExtractStreamRequest | None] = queue.SimpleQueue()
        for request in opening:
            self._outbox.put(request)
        self._call = stub.ExtractStream(iter(self._outbox.get, None))
        self._receiver = threading.Thread(target=self._receive, daemon=True)
        self._receiver.start()

    def send(self, sent: Sent) -> None:
        """Sends an item, now or when its delay is over."""
        if sent.delay:
            timer = threading.Timer(sent.delay, self._events.put, [(self, sent)])
            sent.delay = 0.0
            timer.daemon = True
            timer.start()
        else:
            self._outbox.put(sent.request())

    def finish(self, timeout: float) -> None:
        """Lets the server end the stream, so that it does not count as canceled."""
        self._outbox.put(None)
        self._receiver.join(timeout)

    def cancel(self) -> None:
        self._outbox.put(None)
        self._call.cancel()

    def _receive(self) -> None:
        try:
            for response in self._call:
                self._events.put((self, response))
            self._events.put((self, Error(grpc.StatusCode.UNAVAILABLE, "the server ended the stream")))
        except grpc.RpcError as error:
            self._events.put((self, Error.of_call(error)))


class _Feeder:
    """Reads the items in a thread of its own, as long as there are slots: one for each item without its result."""

    def __init__(self, items: Iterable[BatchItem], window: int, events: _Events) -> None:
        self.slots = threading.Semaphore(window)
        self._stopped = False
        threading.Thread(target=self._feed, args=[items, events], daemon=True).start()

    def _feed(self, items: Iterable[BatchItem], events: _Events) -> None:
        try:
            iterator = iter(items)
            while True:
                self.slots.acquire()
                if self._stopped:
                    return
                events.put((self, next(iterator)))
        except StopIteration:
            events.put((self, None))
        except BaseException as error:  # raised where the results are read
            events.put((self, error))

    def stop(self) -> None:
        self._stopped = True
        self.slots.release()
