import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.rpc import status_pb2 as _status_pb2
from nutgraf.v1 import extraction_pb2 as _extraction_pb2
from nutgraf.v1 import options_pb2 as _options_pb2
from nutgraf.v1 import source_pb2 as _source_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResultOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESULT_ORDER_UNSPECIFIED: _ClassVar[ResultOrder]
    RESULT_ORDER_COMPLETION: _ClassVar[ResultOrder]
    RESULT_ORDER_INPUT: _ClassVar[ResultOrder]

class ConfidenceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIDENCE_KIND_UNSPECIFIED: _ClassVar[ConfidenceKind]
    CONFIDENCE_KIND_ORDINAL: _ClassVar[ConfidenceKind]
    CONFIDENCE_KIND_CALIBRATED: _ClassVar[ConfidenceKind]
RESULT_ORDER_UNSPECIFIED: ResultOrder
RESULT_ORDER_COMPLETION: ResultOrder
RESULT_ORDER_INPUT: ResultOrder
CONFIDENCE_KIND_UNSPECIFIED: ConfidenceKind
CONFIDENCE_KIND_ORDINAL: ConfidenceKind
CONFIDENCE_KIND_CALIBRATED: ConfidenceKind

class BatchItem(_message.Message):
    __slots__ = ("item_id", "article")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    article: _source_pb2.ArticleRequest
    def __init__(self, item_id: _Optional[str] = ..., article: _Optional[_Union[_source_pb2.ArticleRequest, _Mapping]] = ...) -> None: ...

class ExtractBatchRequest(_message.Message):
    __slots__ = ("default_options", "items")
    DEFAULT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    default_options: _options_pb2.ExtractionOptions
    items: _containers.RepeatedCompositeFieldContainer[BatchItem]
    def __init__(self, default_options: _Optional[_Union[_options_pb2.ExtractionOptions, _Mapping]] = ..., items: _Optional[_Iterable[_Union[BatchItem, _Mapping]]] = ...) -> None: ...

class ExtractBatchResponse(_message.Message):
    __slots__ = ("item_id", "extraction", "error")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    EXTRACTION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    extraction: _extraction_pb2.Extraction
    error: _status_pb2.Status
    def __init__(self, item_id: _Optional[str] = ..., extraction: _Optional[_Union[_extraction_pb2.Extraction, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class ExtractStreamRequest(_message.Message):
    __slots__ = ("default_options", "order", "item_id", "article")
    DEFAULT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    default_options: _options_pb2.ExtractionOptions
    order: ResultOrder
    item_id: str
    article: _source_pb2.ArticleRequest
    def __init__(self, default_options: _Optional[_Union[_options_pb2.ExtractionOptions, _Mapping]] = ..., order: _Optional[_Union[ResultOrder, str]] = ..., item_id: _Optional[str] = ..., article: _Optional[_Union[_source_pb2.ArticleRequest, _Mapping]] = ...) -> None: ...

class ExtractStreamResponse(_message.Message):
    __slots__ = ("item_id", "extraction", "error")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    EXTRACTION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    extraction: _extraction_pb2.Extraction
    error: _status_pb2.Status
    def __init__(self, item_id: _Optional[str] = ..., extraction: _Optional[_Union[_extraction_pb2.Extraction, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class Extractor(_message.Message):
    __slots__ = ("extractor_id", "version", "description", "provides", "requires", "uses", "languages", "deterministic", "confidence_kind", "artifact_digest", "config_schema", "extension_schema", "remote", "enabled_by_default")
    EXTRACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PROVIDES_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    DETERMINISTIC_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_KIND_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CONFIG_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_BY_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    extractor_id: str
    version: str
    description: str
    provides: _containers.RepeatedScalarFieldContainer[str]
    requires: _containers.RepeatedScalarFieldContainer[str]
    uses: _containers.RepeatedScalarFieldContainer[str]
    languages: _containers.RepeatedScalarFieldContainer[str]
    deterministic: bool
    confidence_kind: ConfidenceKind
    artifact_digest: str
    config_schema: _struct_pb2.Struct
    extension_schema: _struct_pb2.Struct
    remote: bool
    enabled_by_default: bool
    def __init__(self, extractor_id: _Optional[str] = ..., version: _Optional[str] = ..., description: _Optional[str] = ..., provides: _Optional[_Iterable[str]] = ..., requires: _Optional[_Iterable[str]] = ..., uses: _Optional[_Iterable[str]] = ..., languages: _Optional[_Iterable[str]] = ..., deterministic: _Optional[bool] = ..., confidence_kind: _Optional[_Union[ConfidenceKind, str]] = ..., artifact_digest: _Optional[str] = ..., config_schema: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., extension_schema: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., remote: _Optional[bool] = ..., enabled_by_default: _Optional[bool] = ...) -> None: ...

class ListExtractorsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListExtractorsResponse(_message.Message):
    __slots__ = ("extractors", "next_page_token")
    EXTRACTORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    extractors: _containers.RepeatedCompositeFieldContainer[Extractor]
    next_page_token: str
    def __init__(self, extractors: _Optional[_Iterable[_Union[Extractor, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("version", "pipeline_digest", "limits", "default_options")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PIPELINE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    version: str
    pipeline_digest: str
    limits: Limits
    default_options: _options_pb2.ExtractionOptions
    def __init__(self, version: _Optional[str] = ..., pipeline_digest: _Optional[str] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., default_options: _Optional[_Union[_options_pb2.ExtractionOptions, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_content_bytes", "max_response_bytes", "max_elements", "max_stream_in_flight", "max_batch_items", "max_job_items", "job_retention")
    MAX_CONTENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    MAX_STREAM_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_ITEMS_FIELD_NUMBER: _ClassVar[int]
    MAX_JOB_ITEMS_FIELD_NUMBER: _ClassVar[int]
    JOB_RETENTION_FIELD_NUMBER: _ClassVar[int]
    max_content_bytes: int
    max_response_bytes: int
    max_elements: int
    max_stream_in_flight: int
    max_batch_items: int
    max_job_items: int
    job_retention: _duration_pb2.Duration
    def __init__(self, max_content_bytes: _Optional[int] = ..., max_response_bytes: _Optional[int] = ..., max_elements: _Optional[int] = ..., max_stream_in_flight: _Optional[int] = ..., max_batch_items: _Optional[int] = ..., max_job_items: _Optional[int] = ..., job_retention: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
