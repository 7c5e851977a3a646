from nutgraf.v1 import evidence_pb2 as _evidence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuthorKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUTHOR_KIND_UNSPECIFIED: _ClassVar[AuthorKind]
    AUTHOR_KIND_PERSON: _ClassVar[AuthorKind]
    AUTHOR_KIND_DESK: _ClassVar[AuthorKind]
    AUTHOR_KIND_AGENCY: _ClassVar[AuthorKind]
    AUTHOR_KIND_PUBLICATION: _ClassVar[AuthorKind]
AUTHOR_KIND_UNSPECIFIED: AuthorKind
AUTHOR_KIND_PERSON: AuthorKind
AUTHOR_KIND_DESK: AuthorKind
AUTHOR_KIND_AGENCY: AuthorKind
AUTHOR_KIND_PUBLICATION: AuthorKind

class Metadata(_message.Message):
    __slots__ = ("title", "standfirst", "byline", "authors", "dateline", "published", "modified", "site_name", "site_domain", "canonical_url", "language", "section", "agency", "rights", "publisher_tags")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STANDFIRST_FIELD_NUMBER: _ClassVar[int]
    BYLINE_FIELD_NUMBER: _ClassVar[int]
    AUTHORS_FIELD_NUMBER: _ClassVar[int]
    DATELINE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    MODIFIED_FIELD_NUMBER: _ClassVar[int]
    SITE_NAME_FIELD_NUMBER: _ClassVar[int]
    SITE_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_URL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SECTION_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_TAGS_FIELD_NUMBER: _ClassVar[int]
    title: _evidence_pb2.TextValue
    standfirst: _evidence_pb2.TextValue
    byline: _evidence_pb2.TextValue
    authors: _containers.RepeatedCompositeFieldContainer[Author]
    dateline: Dateline
    published: _evidence_pb2.DateValue
    modified: _evidence_pb2.DateValue
    site_name: _evidence_pb2.TextValue
    site_domain: _evidence_pb2.TextValue
    canonical_url: _evidence_pb2.TextValue
    language: _evidence_pb2.TextValue
    section: _evidence_pb2.TextValue
    agency: _evidence_pb2.TextValue
    rights: _evidence_pb2.TextValue
    publisher_tags: _containers.RepeatedCompositeFieldContainer[_evidence_pb2.TextValue]
    def __init__(self, title: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., standfirst: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., byline: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., authors: _Optional[_Iterable[_Union[Author, _Mapping]]] = ..., dateline: _Optional[_Union[Dateline, _Mapping]] = ..., published: _Optional[_Union[_evidence_pb2.DateValue, _Mapping]] = ..., modified: _Optional[_Union[_evidence_pb2.DateValue, _Mapping]] = ..., site_name: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., site_domain: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., canonical_url: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., language: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., section: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., agency: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., rights: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., publisher_tags: _Optional[_Iterable[_Union[_evidence_pb2.TextValue, _Mapping]]] = ...) -> None: ...

class Author(_message.Message):
    __slots__ = ("name", "kind", "url", "role")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    name: _evidence_pb2.TextValue
    kind: AuthorKind
    url: str
    role: str
    def __init__(self, name: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., kind: _Optional[_Union[AuthorKind, str]] = ..., url: _Optional[str] = ..., role: _Optional[str] = ...) -> None: ...

class Dateline(_message.Message):
    __slots__ = ("place", "entity_id", "date")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    place: _evidence_pb2.TextValue
    entity_id: str
    date: _evidence_pb2.DateValue
    def __init__(self, place: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., entity_id: _Optional[str] = ..., date: _Optional[_Union[_evidence_pb2.DateValue, _Mapping]] = ...) -> None: ...
