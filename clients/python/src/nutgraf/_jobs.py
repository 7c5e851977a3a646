"""What jobs do, apart from input and output: shared by the two clients."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.json_format import MessageToJson

from nutgraf._errors import Error
from nutgraf._many import MAX_MESSAGE_BYTES, Result, with_code_points
from nutgraf.v1.annotations_pb2 import EntityKind
from nutgraf.v1.content_pb2 import Access, PageKind
from nutgraf.v1.extraction_pb2 import Extraction
from nutgraf.v1.extraction_service_pb2 import BatchItem
from nutgraf.v1.job_service_pb2 import (
    AddJobItemsRequest,
    AddJobItemsResponse,
    Job,
    JobState,
    ReadJobResultsResponse,
    RejectedItem,
)
from nutgraf.v1.options_pb2 import ExtractionOptions, OffsetEncoding

if TYPE_CHECKING:
    import pandas

# Items of a job are acknowledged chunk by chunk, so that after the loss of the server one chunk is sent again.
_MAX_CHUNK_ITEMS = 500
_MAX_CHUNK_BYTES = 16 << 20


@dataclasses.dataclass(slots=True)
class Added:
    """What became of items put into a job."""

    accepted: int = 0
    """Now on disk."""
    duplicates: int = 0
    """There already, equal."""
    rejected: list[RejectedItem] = dataclasses.field(default_factory=list)
    """The first that were refused, with reasons; at most 100 of every 500 items."""

    def include(self, other: Added) -> None:
        """Counts what the other does, too."""
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.rejected.extend(other.rejected)


@dataclasses.dataclass(frozen=True, slots=True)
class JobResult(Result):
    """A result with the cursor after it: kept somewhere safe, it is where Job.results goes on after a restart."""

    cursor: str = ""

    @classmethod
    def of(cls, response: ReadJobResultsResponse) -> JobResult:
        result = response.result
        if result.HasField("error"):
            return cls(result.item_id, error=Error.of_status(result.error), cursor=response.cursor)
        return cls(result.item_id, extraction=result.extraction, cursor=response.cursor)


class Chunk:
    """Items that are sent, and sent again, together."""

    def __init__(self, name: str, added: Added) -> None:
        self.requests: list[AddJobItemsRequest] = []
        self._name = name
        self._added = added
        self._size = 0

    def fits(self, item: BatchItem) -> bool:
        return len(self.requests) < _MAX_CHUNK_ITEMS and self._size + item.ByteSize() <= _MAX_CHUNK_BYTES

    def add(self, item: BatchItem) -> None:
        size = item.ByteSize()
        if size > MAX_MESSAGE_BYTES:
            # Sent, it would end the whole stream.
            refused = RejectedItem(item_id=item.item_id)
            refused.error.code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
            refused.error.message = f"item of {size} bytes, at most {MAX_MESSAGE_BYTES}"
            self._added.rejected.append(refused)
            return
        self._size += size
        article = with_code_points(item.article) if item.HasField("article") else None
        self.requests.append(AddJobItemsRequest(name=self._name, item=BatchItem(item_id=item.item_id, article=article)))

    def acknowledged(self, response: AddJobItemsResponse) -> Chunk:
        """Counts the answer; returns the next chunk."""
        self._added.include(Added(response.accepted, response.duplicates, list(response.rejected)))
        return Chunk(self._name, self._added)


class Losses:
    """When a stream that was lost is opened again: for up to timeout seconds after the first loss without a message since."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._failures = 0
        self._deadline = 0.0

    def over(self) -> None:
        self._failures = 0

    def delay(self, error: Error) -> float:
        """Returns after how long to open it; raises the error if it shall not be."""
        delay = error.retry_after(self._failures)
        if self._failures == 0:
            self._deadline = time.monotonic() + self._timeout
        self._failures += 1
        if delay is None or time.monotonic() + delay > self._deadline:
            raise error
        return delay


class Progress:
    """Writes how far a job is: on a terminal one line that changes, elsewhere a line for each change."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._terminal = bool(file.isatty())
        self._start: tuple[float, int] | None = None

    def show(self, job: Job) -> None:
        line = self._line(job)
        if self._terminal:
            ended = "\n" if job.HasField("end_time") else ""
            self._file.write(f"\r\x1b[K{line}{ended}")
        else:
            self._file.write(line + "\n")
        self._file.flush()

    def _line(self, job: Job) -> str:
        now, done = time.monotonic(), job.items_succeeded + job.items_failed
        state = JobState.Name(job.state).removeprefix("JOB_STATE_").lower()
        line = f"{job.name} {state}: {done} of {job.items_total}"
        if job.items_total:
            line += f" ({100 * done // job.items_total}%)"
        if job.items_failed:
            line += f", {job.items_failed} failed"
        if self._start is None:
            self._start = now, done
        elapsed, new = now - self._start[0], done - self._start[1]
        if elapsed > 0 and new > 0:
            line += f", {new / elapsed:.1f}/s"
            if job.state == JobState.JOB_STATE_SEALED:
                line += f", {elapsed / new * (job.items_total - done):.0f} s left"
        return line


def default_options(options: ExtractionOptions | None) -> ExtractionOptions:
    """The options of a job: offsets in code points unless they say otherwise."""
    merged = ExtractionOptions(offset_encoding=OffsetEncoding.OFFSET_ENCODING_CODE_POINT)
    if options is not None:
        merged.MergeFrom(options)
    return merged


def require_pandas() -> Any:
    """Returns the module, which only DataFrames need."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_dataframe needs pandas: pip install nutgraf[pandas]") from error
    return pandas


def dataframe(results: Iterable[JobResult]) -> pandas.DataFrame:
    """One row for each result. The columns are those of the Parquet files of `nutgraf bulk`, but for the name of the first."""
    pandas = require_pandas()
    columns = list(_row(JobResult("")))
    return pandas.DataFrame((_row(result) for result in results), columns=columns)


def _row(result: JobResult) -> dict[str, Any]:
    x, error = result.extraction or Extraction(), result.error
    m = x.metadata
    names: dict[int, list[str]] = {}
    for entity in x.entities:
        names.setdefault(entity.kind, []).append(entity.name)
    return {
        "item_id": result.item_id,
        "error": str(error) if error else "",
        "page_kind": PageKind.Name(x.page_kind).removeprefix("PAGE_KIND_") if not error else "",
        "access": Access.Name(x.access).removeprefix("ACCESS_") if not error else "",
        "title": m.title.value,
        "standfirst": m.standfirst.value,
        "byline": m.byline.value,
        "authors": [author.name.value for author in m.authors],
        "published": m.published.value,
        "modified": m.modified.value,
        "site_name": m.site_name.value,
        "site_domain": m.site_domain.value,
        "canonical_url": m.canonical_url.value,
        "language": m.language.value,
        "section": m.section.value,
        "body": x.content.text,
        "word_count": x.content.word_count,
        "people": names.get(EntityKind.ENTITY_KIND_PERSON, []),
        "organizations": names.get(EntityKind.ENTITY_KIND_ORGANIZATION, []),
        "places": names.get(EntityKind.ENTITY_KIND_PLACE, []),
        "quote_texts": [quote.text for quote in x.quotes],
        "quote_speakers": [quote.speaker.name for quote in x.quotes],
        "keywords": [keyword.text for keyword in x.keywords],
        "summary": [sentence.value for sentence in x.summary.sentences],
        "simhash": f"{x.fingerprint.simhash:016x}" if x.HasField("fingerprint") else "",
        "extraction": MessageToJson(x, indent=None) if not error else "",
    }
