"""What extract_many does, apart from input and output: shared by the two clients."""

from __future__ import annotations

import dataclasses
import time

import grpc

from nutgraf._errors import Error
from nutgraf.v1.extraction_pb2 import Extraction
from nutgraf.v1.extraction_service_pb2 import BatchItem, ExtractStreamRequest, ExtractStreamResponse
from nutgraf.v1.options_pb2 import ExtractionOptions, OffsetEncoding
from nutgraf.v1.source_pb2 import ArticleRequest

DEFAULT_TIMEOUT = 60.0
DEFAULT_WINDOW = 64
MAX_MESSAGE_BYTES = 17 << 20
"""What the client sends and takes in one message: the server's limit of content, and room for the rest. One message above
the server's own limit would end a whole stream."""
_MAX_ITEM_ID_BYTES = 128
"""The limit of the contract. The server may shorten a longer id in its answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one item: an extraction or an error."""

    item_id: str
    extraction: Extraction | None = None
    error: Error | None = None


@dataclasses.dataclass(slots=True, eq=False)
class Sent:
    """An item without its final answer."""

    item: BatchItem
    since: float
    failures: int = 0
    delay: float = 0.0
    """Seconds after which to send it."""

    def request(self) -> ExtractStreamRequest:
        article = with_code_points(self.item.article) if self.item.HasField("article") else None
        return ExtractStreamRequest(item_id=self.item.item_id, article=article)

    def answered(self, item_id: str) -> bool:
        return self.item.item_id == item_id or (
            len(item_id.encode()) > _MAX_ITEM_ID_BYTES and self.item.item_id.startswith(item_id)
        )


def check(timeout: float, window: int) -> None:
    """Refuses settings with which nothing would ever be sent."""
    if timeout <= 0 or window < 1:
        raise ValueError(f"timeout must be above 0 and window at least 1, not {timeout} and {window}")


def with_code_points(article: ArticleRequest, *, always: bool = False) -> ArticleRequest:
    """Returns the article with offsets in code points, as Python counts, if it has options that say nothing else."""
    if not isinstance(article, ArticleRequest):
        raise TypeError(f"an ArticleRequest is wanted, not {type(article).__name__}")
    if article.options.offset_encoding or not (always or article.HasField("options")):
        return article
    changed = ArticleRequest()
    changed.CopyFrom(article)
    changed.options.offset_encoding = OffsetEncoding.OFFSET_ENCODING_CODE_POINT
    return changed


class Many:
    """The state of one extract_many, across all its streams."""

    def __init__(self, options: ExtractionOptions | None, timeout: float) -> None:
        self.timeout = timeout
        self.feeding = True
        self._options = ExtractionOptions(offset_encoding=OffsetEncoding.OFFSET_ENCODING_CODE_POINT)
        if options is not None:
            self._options.MergeFrom(options)
        self._pending: list[Sent] = []  # unanswered, in order of arrival
        self._failures = 0  # streams lost since the last answer
        self._deadline = 0.0  # of the next answer, or of the next stream if the last was lost

    @property
    def done(self) -> bool:
        return not self.feeding and not self._pending

    def opening(self) -> list[ExtractStreamRequest]:
        """What a new stream begins with: the options and all that is unanswered."""
        return [ExtractStreamRequest(default_options=self._options), *(sent.request() for sent in self._pending)]

    def patience(self) -> float | None:
        """How long to wait for the next event; None for as long as it takes."""
        return max(0.0, self._deadline - time.monotonic()) if self._pending else None

    def resume(self) -> None:
        """Starts to wait anew: after an answer, and after the caller has taken a result, for that time does not count."""
        self._deadline = time.monotonic() + self.timeout

    def add(self, item: BatchItem) -> Sent | Result:
        """Takes an item in. Returns what to send, or at once the result of an item that cannot be sent."""
        size = item.ByteSize()
        if size > MAX_MESSAGE_BYTES:
            message = f"item of {size} bytes, at most {MAX_MESSAGE_BYTES}"
            return Result(item.item_id, error=Error(grpc.StatusCode.RESOURCE_EXHAUSTED, message))
        if not self._pending:
            self.resume()
        sent = Sent(item, time.monotonic())
        self._pending.append(sent)
        return sent

    def answer(self, response: ExtractStreamResponse) -> Sent | Result:
        """Returns the result of an item, or what to send again if the server was only too busy."""
        sent = next((s for s in self._pending if s.answered(response.item_id)), None)
        if sent is None:
            raise Error(grpc.StatusCode.INTERNAL, f"the server answered item {response.item_id!r}, which was not sent")
        self._failures = 0
        self.resume()
        if response.HasField("error"):
            error = Error.of_status(response.error)
            delay = error.retry_after(sent.failures)
            if delay is not None and time.monotonic() + delay < sent.since + self.timeout:
                sent.failures += 1
                sent.delay = delay
                return sent
            result = Result(sent.item.item_id, error=error)
        else:
            result = Result(sent.item.item_id, extraction=response.extraction)
        self._pending.remove(sent)
        return result

    def overdue(self) -> Error:
        """The error of a stream that has lost patience."""
        return Error(grpc.StatusCode.DEADLINE_EXCEEDED, f"no answer for {self.timeout} s")

    def lost(self, error: Error) -> float:
        """Returns after how long to open the next stream; raises the error if there shall be none."""
        delay = error.retry_after(self._failures)
        if self._failures == 0:
            self.resume()
        self._failures += 1
        if delay is None or time.monotonic() + delay > self._deadline:
            raise error
        for sent in self._pending:
            sent.delay = 0.0
        return delay
