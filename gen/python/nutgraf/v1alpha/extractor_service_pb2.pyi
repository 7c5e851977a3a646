import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from nutgraf.v1 import extraction_pb2 as _extraction_pb2
from nutgraf.v1 import extraction_service_pb2 as _extraction_service_pb2
from nutgraf.v1 import options_pb2 as _options_pb2
from nutgraf.v1 import source_pb2 as _source_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DescribeRequest(_message.Message):
    __slots__ = ("contract_versions",)
    CONTRACT_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    contract_versions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, contract_versions: _Optional[_Iterable[str]] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("extractor", "max_concurrency", "offset_encoding")
    EXTRACTOR_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    OFFSET_ENCODING_FIELD_NUMBER: _ClassVar[int]
    extractor: _extraction_service_pb2.Extractor
    max_concurrency: int
    offset_encoding: _options_pb2.OffsetEncoding
    def __init__(self, extractor: _Optional[_Union[_extraction_service_pb2.Extractor, _Mapping]] = ..., max_concurrency: _Optional[int] = ..., offset_encoding: _Optional[_Union[_options_pb2.OffsetEncoding, str]] = ...) -> None: ...

class ProcessRequest(_message.Message):
    __slots__ = ("known", "source", "config", "reference_time")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_TIME_FIELD_NUMBER: _ClassVar[int]
    known: _extraction_pb2.Extraction
    source: _source_pb2.Source
    config: _struct_pb2.Struct
    reference_time: _timestamp_pb2.Timestamp
    def __init__(self, known: _Optional[_Union[_extraction_pb2.Extraction, _Mapping]] = ..., source: _Optional[_Union[_source_pb2.Source, _Mapping]] = ..., config: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., reference_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProcessResponse(_message.Message):
    __slots__ = ("additions", "warnings")
    ADDITIONS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    additions: _extraction_pb2.Extraction
    warnings: _containers.RepeatedCompositeFieldContainer[_extraction_pb2.Warning]
    def __init__(self, additions: _Optional[_Union[_extraction_pb2.Extraction, _Mapping]] = ..., warnings: _Optional[_Iterable[_Union[_extraction_pb2.Warning, _Mapping]]] = ...) -> None: ...
