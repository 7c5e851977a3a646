import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OffsetEncoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFSET_ENCODING_UNSPECIFIED: _ClassVar[OffsetEncoding]
    OFFSET_ENCODING_UTF8_BYTE: _ClassVar[OffsetEncoding]
    OFFSET_ENCODING_UTF16_CODE_UNIT: _ClassVar[OffsetEncoding]
    OFFSET_ENCODING_CODE_POINT: _ClassVar[OffsetEncoding]

class DeadlinePolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEADLINE_POLICY_UNSPECIFIED: _ClassVar[DeadlinePolicy]
    DEADLINE_POLICY_RETURN_PARTIAL: _ClassVar[DeadlinePolicy]
    DEADLINE_POLICY_FAIL: _ClassVar[DeadlinePolicy]
OFFSET_ENCODING_UNSPECIFIED: OffsetEncoding
OFFSET_ENCODING_UTF8_BYTE: OffsetEncoding
OFFSET_ENCODING_UTF16_CODE_UNIT: OffsetEncoding
OFFSET_ENCODING_CODE_POINT: OffsetEncoding
DEADLINE_POLICY_UNSPECIFIED: DeadlinePolicy
DEADLINE_POLICY_RETURN_PARTIAL: DeadlinePolicy
DEADLINE_POLICY_FAIL: DeadlinePolicy

class ExtractionOptions(_message.Message):
    __slots__ = ("read_mask", "extractors", "offset_encoding", "include_span_text", "include_source_text", "min_confidence", "reference_time", "force_language", "extractor_timeout", "deadline_policy", "require_pipeline_digest", "max_summary_sentences")
    READ_MASK_FIELD_NUMBER: _ClassVar[int]
    EXTRACTORS_FIELD_NUMBER: _ClassVar[int]
    OFFSET_ENCODING_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_SPAN_TEXT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_SOURCE_TEXT_FIELD_NUMBER: _ClassVar[int]
    MIN_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_TIME_FIELD_NUMBER: _ClassVar[int]
    FORCE_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    EXTRACTOR_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_POLICY_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_PIPELINE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    MAX_SUMMARY_SENTENCES_FIELD_NUMBER: _ClassVar[int]
    read_mask: _field_mask_pb2.FieldMask
    extractors: _containers.RepeatedCompositeFieldContainer[ExtractorSelection]
    offset_encoding: OffsetEncoding
    include_span_text: bool
    include_source_text: bool
    min_confidence: float
    reference_time: _timestamp_pb2.Timestamp
    force_language: str
    extractor_timeout: _duration_pb2.Duration
    deadline_policy: DeadlinePolicy
    require_pipeline_digest: str
    max_summary_sentences: int
    def __init__(self, read_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., extractors: _Optional[_Iterable[_Union[ExtractorSelection, _Mapping]]] = ..., offset_encoding: _Optional[_Union[OffsetEncoding, str]] = ..., include_span_text: _Optional[bool] = ..., include_source_text: _Optional[bool] = ..., min_confidence: _Optional[float] = ..., reference_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., force_language: _Optional[str] = ..., extractor_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., deadline_policy: _Optional[_Union[DeadlinePolicy, str]] = ..., require_pipeline_digest: _Optional[str] = ..., max_summary_sentences: _Optional[int] = ...) -> None: ...

class ExtractorSelection(_message.Message):
    __slots__ = ("extractor_id", "version", "disabled", "config")
    EXTRACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    extractor_id: str
    version: str
    disabled: bool
    config: _struct_pb2.Struct
    def __init__(self, extractor_id: _Optional[str] = ..., version: _Optional[str] = ..., disabled: _Optional[bool] = ..., config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
