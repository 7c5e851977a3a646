from nutgraf.v1 import evidence_pb2 as _evidence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EntityKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTITY_KIND_UNSPECIFIED: _ClassVar[EntityKind]
    ENTITY_KIND_PERSON: _ClassVar[EntityKind]
    ENTITY_KIND_ORGANIZATION: _ClassVar[EntityKind]
    ENTITY_KIND_PLACE: _ClassVar[EntityKind]
    ENTITY_KIND_EVENT: _ClassVar[EntityKind]
    ENTITY_KIND_WORK: _ClassVar[EntityKind]
    ENTITY_KIND_PRODUCT: _ClassVar[EntityKind]
    ENTITY_KIND_GROUP: _ClassVar[EntityKind]
    ENTITY_KIND_OTHER: _ClassVar[EntityKind]

class MentionForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MENTION_FORM_UNSPECIFIED: _ClassVar[MentionForm]
    MENTION_FORM_NAME: _ClassVar[MentionForm]
    MENTION_FORM_NOMINAL: _ClassVar[MentionForm]
    MENTION_FORM_PRONOUN: _ClassVar[MentionForm]

class RoleStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_STATUS_UNSPECIFIED: _ClassVar[RoleStatus]
    ROLE_STATUS_CURRENT: _ClassVar[RoleStatus]
    ROLE_STATUS_FORMER: _ClassVar[RoleStatus]
    ROLE_STATUS_ACTING: _ClassVar[RoleStatus]
    ROLE_STATUS_INCOMING: _ClassVar[RoleStatus]

class QuoteKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUOTE_KIND_UNSPECIFIED: _ClassVar[QuoteKind]
    QUOTE_KIND_DIRECT: _ClassVar[QuoteKind]
    QUOTE_KIND_INDIRECT: _ClassVar[QuoteKind]
    QUOTE_KIND_MIXED: _ClassVar[QuoteKind]

class TimeAnchor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_ANCHOR_UNSPECIFIED: _ClassVar[TimeAnchor]
    TIME_ANCHOR_REFERENCE_TIME: _ClassVar[TimeAnchor]
    TIME_ANCHOR_PUBLISHED: _ClassVar[TimeAnchor]
    TIME_ANCHOR_FETCH_TIME: _ClassVar[TimeAnchor]
    TIME_ANCHOR_TEXT: _ClassVar[TimeAnchor]

class TimeModifier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_MODIFIER_UNSPECIFIED: _ClassVar[TimeModifier]
    TIME_MODIFIER_BEFORE: _ClassVar[TimeModifier]
    TIME_MODIFIER_AFTER: _ClassVar[TimeModifier]
    TIME_MODIFIER_ON_OR_BEFORE: _ClassVar[TimeModifier]
    TIME_MODIFIER_ON_OR_AFTER: _ClassVar[TimeModifier]
    TIME_MODIFIER_LESS_THAN: _ClassVar[TimeModifier]
    TIME_MODIFIER_MORE_THAN: _ClassVar[TimeModifier]
    TIME_MODIFIER_EQUAL_OR_LESS: _ClassVar[TimeModifier]
    TIME_MODIFIER_EQUAL_OR_MORE: _ClassVar[TimeModifier]
    TIME_MODIFIER_START: _ClassVar[TimeModifier]
    TIME_MODIFIER_MID: _ClassVar[TimeModifier]
    TIME_MODIFIER_END: _ClassVar[TimeModifier]
    TIME_MODIFIER_APPROX: _ClassVar[TimeModifier]

class TimeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_KIND_UNSPECIFIED: _ClassVar[TimeKind]
    TIME_KIND_DATE: _ClassVar[TimeKind]
    TIME_KIND_TIME: _ClassVar[TimeKind]
    TIME_KIND_DURATION: _ClassVar[TimeKind]
    TIME_KIND_SET: _ClassVar[TimeKind]

class EventStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_STATUS_UNSPECIFIED: _ClassVar[EventStatus]
    EVENT_STATUS_ASSERTED: _ClassVar[EventStatus]
    EVENT_STATUS_PLANNED: _ClassVar[EventStatus]
    EVENT_STATUS_NEGATED: _ClassVar[EventStatus]
    EVENT_STATUS_HYPOTHETICAL: _ClassVar[EventStatus]

class SummaryKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUMMARY_KIND_UNSPECIFIED: _ClassVar[SummaryKind]
    SUMMARY_KIND_EXTRACTIVE: _ClassVar[SummaryKind]
    SUMMARY_KIND_ABSTRACTIVE: _ClassVar[SummaryKind]
ENTITY_KIND_UNSPECIFIED: EntityKind
ENTITY_KIND_PERSON: EntityKind
ENTITY_KIND_ORGANIZATION: EntityKind
ENTITY_KIND_PLACE: EntityKind
ENTITY_KIND_EVENT: EntityKind
ENTITY_KIND_WORK: EntityKind
ENTITY_KIND_PRODUCT: EntityKind
ENTITY_KIND_GROUP: EntityKind
ENTITY_KIND_OTHER: EntityKind
MENTION_FORM_UNSPECIFIED: MentionForm
MENTION_FORM_NAME: MentionForm
MENTION_FORM_NOMINAL: MentionForm
MENTION_FORM_PRONOUN: MentionForm
ROLE_STATUS_UNSPECIFIED: RoleStatus
ROLE_STATUS_CURRENT: RoleStatus
ROLE_STATUS_FORMER: RoleStatus
ROLE_STATUS_ACTING: RoleStatus
ROLE_STATUS_INCOMING: RoleStatus
QUOTE_KIND_UNSPECIFIED: QuoteKind
QUOTE_KIND_DIRECT: QuoteKind
QUOTE_KIND_INDIRECT: QuoteKind
QUOTE_KIND_MIXED: QuoteKind
TIME_ANCHOR_UNSPECIFIED: TimeAnchor
TIME_ANCHOR_REFERENCE_TIME: TimeAnchor
TIME_ANCHOR_PUBLISHED: TimeAnchor
TIME_ANCHOR_FETCH_TIME: TimeAnchor
TIME_ANCHOR_TEXT: TimeAnchor
TIME_MODIFIER_UNSPECIFIED: TimeModifier
TIME_MODIFIER_BEFORE: TimeModifier
TIME_MODIFIER_AFTER: TimeModifier
TIME_MODIFIER_ON_OR_BEFORE: TimeModifier
TIME_MODIFIER_ON_OR_AFTER: TimeModifier
TIME_MODIFIER_LESS_THAN: TimeModifier
TIME_MODIFIER_MORE_THAN: TimeModifier
TIME_MODIFIER_EQUAL_OR_LESS: TimeModifier
TIME_MODIFIER_EQUAL_OR_MORE: TimeModifier
TIME_MODIFIER_START: TimeModifier
TIME_MODIFIER_MID: TimeModifier
TIME_MODIFIER_END: TimeModifier
TIME_MODIFIER_APPROX: TimeModifier
TIME_KIND_UNSPECIFIED: TimeKind
TIME_KIND_DATE: TimeKind
TIME_KIND_TIME: TimeKind
TIME_KIND_DURATION: TimeKind
TIME_KIND_SET: TimeKind
EVENT_STATUS_UNSPECIFIED: EventStatus
EVENT_STATUS_ASSERTED: EventStatus
EVENT_STATUS_PLANNED: EventStatus
EVENT_STATUS_NEGATED: EventStatus
EVENT_STATUS_HYPOTHETICAL: EventStatus
SUMMARY_KIND_UNSPECIFIED: SummaryKind
SUMMARY_KIND_EXTRACTIVE: SummaryKind
SUMMARY_KIND_ABSTRACTIVE: SummaryKind

class Entity(_message.Message):
    __slots__ = ("entity_id", "name", "kind", "subtype", "mentions", "roles", "links", "salience", "evidence", "position")
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    SALIENCE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    entity_id: str
    name: str
    kind: EntityKind
    subtype: str
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    roles: _containers.RepeatedCompositeFieldContainer[Role]
    links: _containers.RepeatedCompositeFieldContainer[EntityLink]
    salience: float
    evidence: _evidence_pb2.Evidence
    position: GeoPoint
    def __init__(self, entity_id: _Optional[str] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[EntityKind, str]] = ..., subtype: _Optional[str] = ..., mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., roles: _Optional[_Iterable[_Union[Role, _Mapping]]] = ..., links: _Optional[_Iterable[_Union[EntityLink, _Mapping]]] = ..., salience: _Optional[float] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ..., position: _Optional[_Union[GeoPoint, _Mapping]] = ...) -> None: ...

class Mention(_message.Message):
    __slots__ = ("form", "evidence")
    FORM_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    form: MentionForm
    evidence: _evidence_pb2.Evidence
    def __init__(self, form: _Optional[_Union[MentionForm, str]] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class Role(_message.Message):
    __slots__ = ("title", "organization_entity_id", "status", "evidence")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    title: str
    organization_entity_id: str
    status: RoleStatus
    evidence: _evidence_pb2.Evidence
    def __init__(self, title: _Optional[str] = ..., organization_entity_id: _Optional[str] = ..., status: _Optional[_Union[RoleStatus, str]] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class EntityLink(_message.Message):
    __slots__ = ("knowledge_base", "external_id", "evidence")
    KNOWLEDGE_BASE_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    knowledge_base: str
    external_id: str
    evidence: _evidence_pb2.Evidence
    def __init__(self, knowledge_base: _Optional[str] = ..., external_id: _Optional[str] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class GeoPoint(_message.Message):
    __slots__ = ("latitude", "longitude")
    LATITUDE_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_FIELD_NUMBER: _ClassVar[int]
    latitude: float
    longitude: float
    def __init__(self, latitude: _Optional[float] = ..., longitude: _Optional[float] = ...) -> None: ...

class Quote(_message.Message):
    __slots__ = ("quote_id", "kind", "text", "evidence", "speaker", "cue", "addressee_entity_id", "continues_quote_id", "negated")
    QUOTE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SPEAKER_FIELD_NUMBER: _ClassVar[int]
    CUE_FIELD_NUMBER: _ClassVar[int]
    ADDRESSEE_ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTINUES_QUOTE_ID_FIELD_NUMBER: _ClassVar[int]
    NEGATED_FIELD_NUMBER: _ClassVar[int]
    quote_id: str
    kind: QuoteKind
    text: str
    evidence: _evidence_pb2.Evidence
    speaker: Speaker
    cue: _evidence_pb2.TextValue
    addressee_entity_id: str
    continues_quote_id: str
    negated: bool
    def __init__(self, quote_id: _Optional[str] = ..., kind: _Optional[_Union[QuoteKind, str]] = ..., text: _Optional[str] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ..., speaker: _Optional[_Union[Speaker, _Mapping]] = ..., cue: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., addressee_entity_id: _Optional[str] = ..., continues_quote_id: _Optional[str] = ..., negated: _Optional[bool] = ...) -> None: ...

class Speaker(_message.Message):
    __slots__ = ("mention", "entity_id", "name", "role", "evidence")
    MENTION_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    mention: _evidence_pb2.TextValue
    entity_id: str
    name: str
    role: str
    evidence: _evidence_pb2.Evidence
    def __init__(self, mention: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., entity_id: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[str] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class TimeExpression(_message.Message):
    __slots__ = ("time_id", "kind", "timex_value", "start", "end", "relative", "anchor", "anchor_source", "modifier", "evidence")
    TIME_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TIMEX_VALUE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_SOURCE_FIELD_NUMBER: _ClassVar[int]
    MODIFIER_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    time_id: str
    kind: TimeKind
    timex_value: str
    start: str
    end: str
    relative: bool
    anchor: str
    anchor_source: TimeAnchor
    modifier: TimeModifier
    evidence: _evidence_pb2.Evidence
    def __init__(self, time_id: _Optional[str] = ..., kind: _Optional[_Union[TimeKind, str]] = ..., timex_value: _Optional[str] = ..., start: _Optional[str] = ..., end: _Optional[str] = ..., relative: _Optional[bool] = ..., anchor: _Optional[str] = ..., anchor_source: _Optional[_Union[TimeAnchor, str]] = ..., modifier: _Optional[_Union[TimeModifier, str]] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("event_id", "type", "trigger", "participants", "time_id", "place_entity_id", "status", "claimed_by_entity_id", "evidence", "timeline_rank")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    TIME_ID_FIELD_NUMBER: _ClassVar[int]
    PLACE_ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_BY_ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_RANK_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    type: str
    trigger: _evidence_pb2.TextValue
    participants: _containers.RepeatedCompositeFieldContainer[Participant]
    time_id: str
    place_entity_id: str
    status: EventStatus
    claimed_by_entity_id: str
    evidence: _evidence_pb2.Evidence
    timeline_rank: int
    def __init__(self, event_id: _Optional[str] = ..., type: _Optional[str] = ..., trigger: _Optional[_Union[_evidence_pb2.TextValue, _Mapping]] = ..., participants: _Optional[_Iterable[_Union[Participant, _Mapping]]] = ..., time_id: _Optional[str] = ..., place_entity_id: _Optional[str] = ..., status: _Optional[_Union[EventStatus, str]] = ..., claimed_by_entity_id: _Optional[str] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ..., timeline_rank: _Optional[int] = ...) -> None: ...

class Participant(_message.Message):
    __slots__ = ("role", "entity_id")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    role: str
    entity_id: str
    def __init__(self, role: _Optional[str] = ..., entity_id: _Optional[str] = ...) -> None: ...

class Keyword(_message.Message):
    __slots__ = ("text", "score", "evidence")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    text: str
    score: float
    evidence: _evidence_pb2.Evidence
    def __init__(self, text: _Optional[str] = ..., score: _Optional[float] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ...) -> None: ...

class Summary(_message.Message):
    __slots__ = ("kind", "sentences")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    kind: SummaryKind
    sentences: _containers.RepeatedCompositeFieldContainer[_evidence_pb2.TextValue]
    def __init__(self, kind: _Optional[_Union[SummaryKind, str]] = ..., sentences: _Optional[_Iterable[_Union[_evidence_pb2.TextValue, _Mapping]]] = ...) -> None: ...

class Fingerprint(_message.Message):
    __slots__ = ("algorithm", "simhash", "minhash", "body_sha256")
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    SIMHASH_FIELD_NUMBER: _ClassVar[int]
    MINHASH_FIELD_NUMBER: _ClassVar[int]
    BODY_SHA256_FIELD_NUMBER: _ClassVar[int]
    algorithm: str
    simhash: int
    minhash: _containers.RepeatedScalarFieldContainer[int]
    body_sha256: bytes
    def __init__(self, algorithm: _Optional[str] = ..., simhash: _Optional[int] = ..., minhash: _Optional[_Iterable[int]] = ..., body_sha256: _Optional[bytes] = ...) -> None: ...
