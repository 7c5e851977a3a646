import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Layer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LAYER_UNSPECIFIED: _ClassVar[Layer]
    LAYER_SOURCE: _ClassVar[Layer]
    LAYER_BODY: _ClassVar[Layer]
    LAYER_TITLE: _ClassVar[Layer]
    LAYER_STANDFIRST: _ClassVar[Layer]

class Method(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METHOD_UNSPECIFIED: _ClassVar[Method]
    METHOD_STRUCTURED_DATA: _ClassVar[Method]
    METHOD_META_TAG: _ClassVar[Method]
    METHOD_DOM: _ClassVar[Method]
    METHOD_TEXT_RULE: _ClassVar[Method]
    METHOD_GAZETTEER: _ClassVar[Method]
    METHOD_MODEL: _ClassVar[Method]
    METHOD_DERIVED: _ClassVar[Method]
    METHOD_CLIENT_HINT: _ClassVar[Method]
    METHOD_URL: _ClassVar[Method]

class Precision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRECISION_UNSPECIFIED: _ClassVar[Precision]
    PRECISION_YEAR: _ClassVar[Precision]
    PRECISION_MONTH: _ClassVar[Precision]
    PRECISION_DAY: _ClassVar[Precision]
    PRECISION_MINUTE: _ClassVar[Precision]
    PRECISION_SECOND: _ClassVar[Precision]
LAYER_UNSPECIFIED: Layer
LAYER_SOURCE: Layer
LAYER_BODY: Layer
LAYER_TITLE: Layer
LAYER_STANDFIRST: Layer
METHOD_UNSPECIFIED: Method
METHOD_STRUCTURED_DATA: Method
METHOD_META_TAG: Method
METHOD_DOM: Method
METHOD_TEXT_RULE: Method
METHOD_GAZETTEER: Method
METHOD_MODEL: Method
METHOD_DERIVED: Method
METHOD_CLIENT_HINT: Method
METHOD_URL: Method
PRECISION_UNSPECIFIED: Precision
PRECISION_YEAR: Precision
PRECISION_MONTH: Precision
PRECISION_DAY: Precision
PRECISION_MINUTE: Precision
PRECISION_SECOND: Precision

class Span(_message.Message):
    __slots__ = ("layer", "start", "end", "text", "locator")
    LAYER_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LOCATOR_FIELD_NUMBER: _ClassVar[int]
    layer: Layer
    start: int
    end: int
    text: str
    locator: str
    def __init__(self, layer: _Optional[_Union[Layer, str]] = ..., start: _Optional[int] = ..., end: _Optional[int] = ..., text: _Optional[str] = ..., locator: _Optional[str] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("spans", "confidence", "run_index", "method")
    SPANS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    RUN_INDEX_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    spans: _containers.RepeatedCompositeFieldContainer[Span]
    confidence: float
    run_index: int
    method: Method
    def __init__(self, spans: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., confidence: _Optional[float] = ..., run_index: _Optional[int] = ..., method: _Optional[_Union[Method, str]] = ...) -> None: ...

class TextValue(_message.Message):
    __slots__ = ("value", "raw", "evidence", "alternatives")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    value: str
    raw: str
    evidence: Evidence
    alternatives: _containers.RepeatedCompositeFieldContainer[TextAlternative]
    def __init__(self, value: _Optional[str] = ..., raw: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., alternatives: _Optional[_Iterable[_Union[TextAlternative, _Mapping]]] = ...) -> None: ...

class TextAlternative(_message.Message):
    __slots__ = ("value", "evidence")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    value: str
    evidence: Evidence
    def __init__(self, value: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...

class DateValue(_message.Message):
    __slots__ = ("value", "raw", "precision", "instant", "zone_assumed", "evidence", "alternatives")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    INSTANT_FIELD_NUMBER: _ClassVar[int]
    ZONE_ASSUMED_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    value: str
    raw: str
    precision: Precision
    instant: _timestamp_pb2.Timestamp
    zone_assumed: bool
    evidence: Evidence
    alternatives: _containers.RepeatedCompositeFieldContainer[DateAlternative]
    def __init__(self, value: _Optional[str] = ..., raw: _Optional[str] = ..., precision: _Optional[_Union[Precision, str]] = ..., instant: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., zone_assumed: _Optional[bool] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., alternatives: _Optional[_Iterable[_Union[DateAlternative, _Mapping]]] = ...) -> None: ...

class DateAlternative(_message.Message):
    __slots__ = ("value", "evidence")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    value: str
    evidence: Evidence
    def __init__(self, value: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...
