"""Client of Nutgraf, the service that turns news articles into structured extractions.

It adds to the generated code what every caller needs: a channel with sane settings, a deadline on every call, retries
as the server asks for them, extract_many for any number of articles, and jobs that outlive both sides. Offsets are code points, so
text[span.start:span.end] is the text of a span. The messages are those of nutgraf.v1; nutgraf.aio is the same for asyncio.
"""

from nutgraf._client import Client, Job, connect
from nutgraf._errors import Error, Violation
from nutgraf._jobs import Added, JobResult
from nutgraf._many import Result
from nutgraf.v1.extraction_pb2 import Extraction
from nutgraf.v1.extraction_service_pb2 import BatchItem
from nutgraf.v1.job_service_pb2 import JobState
from nutgraf.v1.options_pb2 import ExtractionOptions
from nutgraf.v1.source_pb2 import ArticleRequest, HtmlContent, PlainTextContent, Source

__all__ = [
    "Added",
    "ArticleRequest",
    "BatchItem",
    "Client",
    "Error",
    "Extraction",
    "ExtractionOptions",
    "HtmlContent",
    "Job",
    "JobResult",
    "JobState",
    "PlainTextContent",
    "Result",
    "Source",
    "Violation",
    "connect",
]
