from nutgraf.v1 import evidence_pb2 as _evidence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PageKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAGE_KIND_UNSPECIFIED: _ClassVar[PageKind]
    PAGE_KIND_ARTICLE: _ClassVar[PageKind]
    PAGE_KIND_LIVE_BLOG: _ClassVar[PageKind]
    PAGE_KIND_INDEX: _ClassVar[PageKind]
    PAGE_KIND_MEDIA: _ClassVar[PageKind]
    PAGE_KIND_INTERSTITIAL: _ClassVar[PageKind]
    PAGE_KIND_EMPTY: _ClassVar[PageKind]

class Access(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCESS_UNSPECIFIED: _ClassVar[Access]
    ACCESS_FREE: _ClassVar[Access]
    ACCESS_PAID_FULL: _ClassVar[Access]
    ACCESS_PAID_TRUNCATED: _ClassVar[Access]
    ACCESS_TRUNCATED: _ClassVar[Access]

class BlockKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BLOCK_KIND_UNSPECIFIED: _ClassVar[BlockKind]
    BLOCK_KIND_PARAGRAPH: _ClassVar[BlockKind]
    BLOCK_KIND_HEADING: _ClassVar[BlockKind]
    BLOCK_KIND_LIST_ITEM: _ClassVar[BlockKind]
    BLOCK_KIND_BLOCK_QUOTE: _ClassVar[BlockKind]
    BLOCK_KIND_CAPTION: _ClassVar[BlockKind]
    BLOCK_KIND_TABLE: _ClassVar[BlockKind]
    BLOCK_KIND_LIVE_ENTRY: _ClassVar[BlockKind]
    BLOCK_KIND_NOTE: _ClassVar[BlockKind]

class RemovalReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REMOVAL_REASON_UNSPECIFIED: _ClassVar[RemovalReason]
    REMOVAL_REASON_ADVERTISEMENT: _ClassVar[RemovalReason]
    REMOVAL_REASON_SOCIAL: _ClassVar[RemovalReason]
    REMOVAL_REASON_NAVIGATION: _ClassVar[RemovalReason]
    REMOVAL_REASON_RELATED: _ClassVar[RemovalReason]
    REMOVAL_REASON_PROMOTION: _ClassVar[RemovalReason]
    REMOVAL_REASON_LEGAL: _ClassVar[RemovalReason]
    REMOVAL_REASON_COMMENTS: _ClassVar[RemovalReason]
    REMOVAL_REASON_METADATA: _ClassVar[RemovalReason]
    REMOVAL_REASON_DUPLICATE: _ClassVar[RemovalReason]
    REMOVAL_REASON_BOILERPLATE: _ClassVar[RemovalReason]
PAGE_KIND_UNSPECIFIED: PageKind
PAGE_KIND_ARTICLE: PageKind
PAGE_KIND_LIVE_BLOG: PageKind
PAGE_KIND_INDEX: PageKind
PAGE_KIND_MEDIA: PageKind
PAGE_KIND_INTERSTITIAL: PageKind
PAGE_KIND_EMPTY: PageKind
ACCESS_UNSPECIFIED: Access
ACCESS_FREE: Access
ACCESS_PAID_FULL: Access
ACCESS_PAID_TRUNCATED: Access
ACCESS_TRUNCATED: Access
BLOCK_KIND_UNSPECIFIED: BlockKind
BLOCK_KIND_PARAGRAPH: BlockKind
BLOCK_KIND_HEADING: BlockKind
BLOCK_KIND_LIST_ITEM: BlockKind
BLOCK_KIND_BLOCK_QUOTE: BlockKind
BLOCK_KIND_CAPTION: BlockKind
BLOCK_KIND_TABLE: BlockKind
BLOCK_KIND_LIVE_ENTRY: BlockKind
BLOCK_KIND_NOTE: BlockKind
REMOVAL_REASON_UNSPECIFIED: RemovalReason
REMOVAL_REASON_ADVERTISEMENT: RemovalReason
REMOVAL_REASON_SOCIAL: RemovalReason
REMOVAL_REASON_NAVIGATION: RemovalReason
REMOVAL_REASON_RELATED: RemovalReason
REMOVAL_REASON_PROMOTION: RemovalReason
REMOVAL_REASON_LEGAL: RemovalReason
REMOVAL_REASON_COMMENTS: RemovalReason
REMOVAL_REASON_METADATA: RemovalReason
REMOVAL_REASON_DUPLICATE: RemovalReason
REMOVAL_REASON_BOILERPLATE: RemovalReason

class Content(_message.Message):
    __slots__ = ("text", "blocks", "markdown", "html", "removed", "alignments", "word_count")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    MARKDOWN_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    ALIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    WORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    text: str
    blocks: _containers.RepeatedCompositeFieldContainer[Block]
    markdown: str
    html: str
    removed: _containers.RepeatedCompositeFieldContainer[RemovedBlock]
    alignments: _containers.RepeatedCompositeFieldContainer[Alignment]
    word_count: int
    def __init__(self, text: _Optional[str] = ..., blocks: _Optional[_Iterable[_Union[Block, _Mapping]]] = ..., markdown: _Optional[str] = ..., html: _Optional[str] = ..., removed: _Optional[_Iterable[_Union[RemovedBlock, _Mapping]]] = ..., alignments: _Optional[_Iterable[_Union[Alignment, _Mapping]]] = ..., word_count: _Optional[int] = ...) -> None: ...

class Block(_message.Message):
    __slots__ = ("kind", "span", "level", "entry_time", "evidence")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    kind: BlockKind
    span: _evidence_pb2.Span
    level: int
    entry_time: _evidence_pb2.DateValue
    evidence: _evidence_pb2.Evidence
    def __init__(self, kind: _Optional[_Union[BlockKind, str]] = ..., span: _Optional[_Union[_evidence_pb2.Span, _Mapping]] = ..., level: _Optional[int] = ..., entry_time: _Optional[_Union[_evidence_pb2.DateValue, _Mapping]] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class RemovedBlock(_message.Message):
    __slots__ = ("reason", "evidence")
    REASON_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    reason: RemovalReason
    evidence: _evidence_pb2.Evidence
    def __init__(self, reason: _Optional[_Union[RemovalReason, str]] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class Alignment(_message.Message):
    __slots__ = ("body_start", "body_length", "source_start", "source_length")
    BODY_START_FIELD_NUMBER: _ClassVar[int]
    BODY_LENGTH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_START_FIELD_NUMBER: _ClassVar[int]
    SOURCE_LENGTH_FIELD_NUMBER: _ClassVar[int]
    body_start: int
    body_length: int
    source_start: int
    source_length: int
    def __init__(self, body_start: _Optional[int] = ..., body_length: _Optional[int] = ..., source_start: _Optional[int] = ..., source_length: _Optional[int] = ...) -> None: ...
