import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Intent(_message.Message):
    __slots__ = ("name", "say", "spec_yaml", "sentence", "origin", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SAY_FIELD_NUMBER: _ClassVar[int]
    SPEC_YAML_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    say: str
    spec_yaml: str
    sentence: str
    origin: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., say: _Optional[str] = ..., spec_yaml: _Optional[str] = ..., sentence: _Optional[str] = ..., origin: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("device", "operation", "summary", "disruptive", "places", "intents")
    class Operation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OPERATION_UNSPECIFIED: _ClassVar[Change.Operation]
        OPERATION_ADD: _ClassVar[Change.Operation]
        OPERATION_MODIFY: _ClassVar[Change.Operation]
        OPERATION_REMOVE: _ClassVar[Change.Operation]
    OPERATION_UNSPECIFIED: Change.Operation
    OPERATION_ADD: Change.Operation
    OPERATION_MODIFY: Change.Operation
    OPERATION_REMOVE: Change.Operation
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    DISRUPTIVE_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    device: str
    operation: Change.Operation
    summary: str
    disruptive: bool
    places: _containers.RepeatedScalarFieldContainer[str]
    intents: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, device: _Optional[str] = ..., operation: _Optional[_Union[Change.Operation, str]] = ..., summary: _Optional[str] = ..., disruptive: _Optional[bool] = ..., places: _Optional[_Iterable[str]] = ..., intents: _Optional[_Iterable[str]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("property", "holds", "statement", "counterexample_json")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    COUNTEREXAMPLE_JSON_FIELD_NUMBER: _ClassVar[int]
    property: str
    holds: bool
    statement: str
    counterexample_json: str
    def __init__(self, property: _Optional[str] = ..., holds: _Optional[bool] = ..., statement: _Optional[str] = ..., counterexample_json: _Optional[str] = ...) -> None: ...

class IntentStatus(_message.Message):
    __slots__ = ("name", "holds", "findings")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    holds: bool
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, name: _Optional[str] = ..., holds: _Optional[bool] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...

class ListIntentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListIntentsResponse(_message.Message):
    __slots__ = ("intents", "next_page_token")
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    intents: _containers.RepeatedCompositeFieldContainer[Intent]
    next_page_token: str
    def __init__(self, intents: _Optional[_Iterable[_Union[Intent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetIntentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetIntentResponse(_message.Message):
    __slots__ = ("intent",)
    INTENT_FIELD_NUMBER: _ClassVar[int]
    intent: Intent
    def __init__(self, intent: _Optional[_Union[Intent, _Mapping]] = ...) -> None: ...

class ApplyIntentRequest(_message.Message):
    __slots__ = ("intent", "validate_only")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    intent: Intent
    validate_only: bool
    def __init__(self, intent: _Optional[_Union[Intent, _Mapping]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ApplyIntentResponse(_message.Message):
    __slots__ = ("intent", "changes", "statuses")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    intent: Intent
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    statuses: _containers.RepeatedCompositeFieldContainer[IntentStatus]
    def __init__(self, intent: _Optional[_Union[Intent, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., statuses: _Optional[_Iterable[_Union[IntentStatus, _Mapping]]] = ...) -> None: ...

class DeleteIntentRequest(_message.Message):
    __slots__ = ("name", "etag", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteIntentResponse(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    def __init__(self, changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ...) -> None: ...

class PlanChangesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PlanChangesResponse(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    def __init__(self, changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ...) -> None: ...

class VerifyNetworkRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VerifyNetworkResponse(_message.Message):
    __slots__ = ("holds", "statuses")
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    holds: bool
    statuses: _containers.RepeatedCompositeFieldContainer[IntentStatus]
    def __init__(self, holds: _Optional[bool] = ..., statuses: _Optional[_Iterable[_Union[IntentStatus, _Mapping]]] = ...) -> None: ...

class ExplainIntentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExplainIntentResponse(_message.Message):
    __slots__ = ("sentence", "status", "json")
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    sentence: str
    status: IntentStatus
    json: str
    def __init__(self, sentence: _Optional[str] = ..., status: _Optional[_Union[IntentStatus, _Mapping]] = ..., json: _Optional[str] = ...) -> None: ...

class WatchStatusRequest(_message.Message):
    __slots__ = ("after_revision",)
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    after_revision: int
    def __init__(self, after_revision: _Optional[int] = ...) -> None: ...

class WatchStatusResponse(_message.Message):
    __slots__ = ("revision", "time", "cause", "holds", "statuses", "commit", "details")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    time: _timestamp_pb2.Timestamp
    cause: str
    holds: bool
    statuses: _containers.RepeatedCompositeFieldContainer[IntentStatus]
    commit: str
    details: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, revision: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[str] = ..., holds: _Optional[bool] = ..., statuses: _Optional[_Iterable[_Union[IntentStatus, _Mapping]]] = ..., commit: _Optional[str] = ..., details: _Optional[_Iterable[str]] = ...) -> None: ...

class BreakGlass(_message.Message):
    __slots__ = ("device", "owner", "why", "since", "until", "refused")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    device: str
    owner: str
    why: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    refused: str
    def __init__(self, device: _Optional[str] = ..., owner: _Optional[str] = ..., why: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refused: _Optional[str] = ...) -> None: ...

class ListBreakGlassRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListBreakGlassResponse(_message.Message):
    __slots__ = ("break_glass",)
    BREAK_GLASS_FIELD_NUMBER: _ClassVar[int]
    break_glass: _containers.RepeatedCompositeFieldContainer[BreakGlass]
    def __init__(self, break_glass: _Optional[_Iterable[_Union[BreakGlass, _Mapping]]] = ...) -> None: ...

class OpenBreakGlassRequest(_message.Message):
    __slots__ = ("break_glass",)
    BREAK_GLASS_FIELD_NUMBER: _ClassVar[int]
    break_glass: BreakGlass
    def __init__(self, break_glass: _Optional[_Union[BreakGlass, _Mapping]] = ...) -> None: ...

class OpenBreakGlassResponse(_message.Message):
    __slots__ = ("break_glass",)
    BREAK_GLASS_FIELD_NUMBER: _ClassVar[int]
    break_glass: BreakGlass
    def __init__(self, break_glass: _Optional[_Union[BreakGlass, _Mapping]] = ...) -> None: ...

class EndBreakGlassRequest(_message.Message):
    __slots__ = ("device", "ending")
    class Ending(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ENDING_UNSPECIFIED: _ClassVar[EndBreakGlassRequest.Ending]
        ENDING_REVERT: _ClassVar[EndBreakGlassRequest.Ending]
        ENDING_ADOPT: _ClassVar[EndBreakGlassRequest.Ending]
    ENDING_UNSPECIFIED: EndBreakGlassRequest.Ending
    ENDING_REVERT: EndBreakGlassRequest.Ending
    ENDING_ADOPT: EndBreakGlassRequest.Ending
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    ENDING_FIELD_NUMBER: _ClassVar[int]
    device: str
    ending: EndBreakGlassRequest.Ending
    def __init__(self, device: _Optional[str] = ..., ending: _Optional[_Union[EndBreakGlassRequest.Ending, str]] = ...) -> None: ...

class EndBreakGlassResponse(_message.Message):
    __slots__ = ("objects",)
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    objects: int
    def __init__(self, objects: _Optional[int] = ...) -> None: ...
