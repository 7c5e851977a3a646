import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.rpc import status_pb2 as _status_pb2
from nutgraf.v1 import annotations_pb2 as _annotations_pb2
from nutgraf.v1 import content_pb2 as _content_pb2
from nutgraf.v1 import evidence_pb2 as _evidence_pb2
from nutgraf.v1 import metadata_pb2 as _metadata_pb2
from nutgraf.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WarningCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WARNING_CODE_UNSPECIFIED: _ClassVar[WarningCode]
    WARNING_CODE_OTHER: _ClassVar[WarningCode]
    WARNING_CODE_CHARSET_GUESSED: _ClassVar[WarningCode]
    WARNING_CODE_DECODING_ERRORS: _ClassVar[WarningCode]
    WARNING_CODE_CONFLICTING_VALUES: _ClassVar[WarningCode]
    WARNING_CODE_LANGUAGE_UNSUPPORTED: _ClassVar[WarningCode]
    WARNING_CODE_TRUNCATED: _ClassVar[WarningCode]
    WARNING_CODE_INCOMPLETE_SOURCE: _ClassVar[WarningCode]
    WARNING_CODE_NO_DATE_ANCHOR: _ClassVar[WarningCode]
    WARNING_CODE_NO_CONTENT: _ClassVar[WarningCode]
WARNING_CODE_UNSPECIFIED: WarningCode
WARNING_CODE_OTHER: WarningCode
WARNING_CODE_CHARSET_GUESSED: WarningCode
WARNING_CODE_DECODING_ERRORS: WarningCode
WARNING_CODE_CONFLICTING_VALUES: WarningCode
WARNING_CODE_LANGUAGE_UNSUPPORTED: WarningCode
WARNING_CODE_TRUNCATED: WarningCode
WARNING_CODE_INCOMPLETE_SOURCE: WarningCode
WARNING_CODE_NO_DATE_ANCHOR: WarningCode
WARNING_CODE_NO_CONTENT: WarningCode

class Extraction(_message.Message):
    __slots__ = ("offset_encoding", "page_kind", "access", "content", "metadata", "entities", "quotes", "times", "events", "keywords", "summary", "fingerprint", "extensions", "runs", "warnings", "replay", "labels", "source_text")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    OFFSET_ENCODING_FIELD_NUMBER: _ClassVar[int]
    PAGE_KIND_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    KEYWORDS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    RUNS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TEXT_FIELD_NUMBER: _ClassVar[int]
    offset_encoding: _options_pb2.OffsetEncoding
    page_kind: _content_pb2.PageKind
    access: _content_pb2.Access
    content: _content_pb2.Content
    metadata: _metadata_pb2.Metadata
    entities: _containers.RepeatedCompositeFieldContainer[_annotations_pb2.Entity]
    quotes: _containers.RepeatedCompositeFieldContainer[_annotations_pb2.Quote]
    times: _containers.RepeatedCompositeFieldContainer[_annotations_pb2.TimeExpression]
    events: _containers.RepeatedCompositeFieldContainer[_annotations_pb2.Event]
    keywords: _containers.RepeatedCompositeFieldContainer[_annotations_pb2.Keyword]
    summary: _annotations_pb2.Summary
    fingerprint: _annotations_pb2.Fingerprint
    extensions: _containers.RepeatedCompositeFieldContainer[ExtensionResult]
    runs: _containers.RepeatedCompositeFieldContainer[ExtractorRun]
    warnings: _containers.RepeatedCompositeFieldContainer[Warning]
    replay: Replay
    labels: _containers.ScalarMap[str, str]
    source_text: str
    def __init__(self, offset_encoding: _Optional[_Union[_options_pb2.OffsetEncoding, str]] = ..., page_kind: _Optional[_Union[_content_pb2.PageKind, str]] = ..., access: _Optional[_Union[_content_pb2.Access, str]] = ..., content: _Optional[_Union[_content_pb2.Content, _Mapping]] = ..., metadata: _Optional[_Union[_metadata_pb2.Metadata, _Mapping]] = ..., entities: _Optional[_Iterable[_Union[_annotations_pb2.Entity, _Mapping]]] = ..., quotes: _Optional[_Iterable[_Union[_annotations_pb2.Quote, _Mapping]]] = ..., times: _Optional[_Iterable[_Union[_annotations_pb2.TimeExpression, _Mapping]]] = ..., events: _Optional[_Iterable[_Union[_annotations_pb2.Event, _Mapping]]] = ..., keywords: _Optional[_Iterable[_Union[_annotations_pb2.Keyword, _Mapping]]] = ..., summary: _Optional[_Union[_annotations_pb2.Summary, _Mapping]] = ..., fingerprint: _Optional[_Union[_annotations_pb2.Fingerprint, _Mapping]] = ..., extensions: _Optional[_Iterable[_Union[ExtensionResult, _Mapping]]] = ..., runs: _Optional[_Iterable[_Union[ExtractorRun, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[Warning, _Mapping]]] = ..., replay: _Optional[_Union[Replay, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., source_text: _Optional[str] = ...) -> None: ...

class ExtensionResult(_message.Message):
    __slots__ = ("extractor_id", "payload", "evidence")
    EXTRACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    extractor_id: str
    payload: _struct_pb2.Struct
    evidence: _evidence_pb2.Evidence
    def __init__(self, extractor_id: _Optional[str] = ..., payload: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class ExtractorRun(_message.Message):
    __slots__ = ("extractor_id", "version", "artifact_digest", "status", "elapsed", "cached")
    EXTRACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_FIELD_NUMBER: _ClassVar[int]
    CACHED_FIELD_NUMBER: _ClassVar[int]
    extractor_id: str
    version: str
    artifact_digest: str
    status: _status_pb2.Status
    elapsed: _duration_pb2.Duration
    cached: bool
    def __init__(self, extractor_id: _Optional[str] = ..., version: _Optional[str] = ..., artifact_digest: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., elapsed: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., cached: _Optional[bool] = ...) -> None: ...

class Warning(_message.Message):
    __slots__ = ("code", "message", "field")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    code: WarningCode
    message: str
    field: str
    def __init__(self, code: _Optional[_Union[WarningCode, str]] = ..., message: _Optional[str] = ..., field: _Optional[str] = ...) -> None: ...

class Replay(_message.Message):
    __slots__ = ("input_digest", "options_digest", "pipeline_digest", "output_digest", "deterministic")
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PIPELINE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DETERMINISTIC_FIELD_NUMBER: _ClassVar[int]
    input_digest: str
    options_digest: str
    pipeline_digest: str
    output_digest: str
    deterministic: bool
    def __init__(self, input_digest: _Optional[str] = ..., options_digest: _Optional[str] = ..., pipeline_digest: _Optional[str] = ..., output_digest: _Optional[str] = ..., deterministic: _Optional[bool] = ...) -> None: ...
