import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from nutgraf.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ArticleRequest(_message.Message):
    __slots__ = ("source", "options", "labels")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    source: Source
    options: _options_pb2.ExtractionOptions
    labels: _containers.ScalarMap[str, str]
    def __init__(self, source: _Optional[_Union[Source, _Mapping]] = ..., options: _Optional[_Union[_options_pb2.ExtractionOptions, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("html", "plain_text", "url", "fetch_time", "published_hint", "language_hint", "time_zone_hint", "http_headers")
    class HttpHeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    HTML_FIELD_NUMBER: _ClassVar[int]
    PLAIN_TEXT_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    FETCH_TIME_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_HINT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_HINT_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_HINT_FIELD_NUMBER: _ClassVar[int]
    HTTP_HEADERS_FIELD_NUMBER: _ClassVar[int]
    html: HtmlContent
    plain_text: PlainTextContent
    url: str
    fetch_time: _timestamp_pb2.Timestamp
    published_hint: _timestamp_pb2.Timestamp
    language_hint: str
    time_zone_hint: str
    http_headers: _containers.ScalarMap[str, str]
    def __init__(self, html: _Optional[_Union[HtmlContent, _Mapping]] = ..., plain_text: _Optional[_Union[PlainTextContent, _Mapping]] = ..., url: _Optional[str] = ..., fetch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., published_hint: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., language_hint: _Optional[str] = ..., time_zone_hint: _Optional[str] = ..., http_headers: _Optional[_Mapping[str, str]] = ...) -> None: ...

class HtmlContent(_message.Message):
    __slots__ = ("data", "charset")
    DATA_FIELD_NUMBER: _ClassVar[int]
    CHARSET_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    charset: str
    def __init__(self, data: _Optional[bytes] = ..., charset: _Optional[str] = ...) -> None: ...

class PlainTextContent(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...
