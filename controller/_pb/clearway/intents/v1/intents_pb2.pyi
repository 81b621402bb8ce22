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

class Commit(_message.Message):
    __slots__ = ("id", "author", "subject", "state", "approved_by", "json")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Commit.State]
        STATE_SEEN: _ClassVar[Commit.State]
        STATE_REFUSED: _ClassVar[Commit.State]
        STATE_PLANNED: _ClassVar[Commit.State]
        STATE_APPROVAL: _ClassVar[Commit.State]
        STATE_WINDOW: _ClassVar[Commit.State]
        STATE_APPLYING: _ClassVar[Commit.State]
        STATE_HOLDING: _ClassVar[Commit.State]
        STATE_NOT_HOLDING: _ClassVar[Commit.State]
        STATE_FAILED: _ClassVar[Commit.State]
        STATE_SUPERSEDED: _ClassVar[Commit.State]
        STATE_SKIPPED: _ClassVar[Commit.State]
    STATE_UNSPECIFIED: Commit.State
    STATE_SEEN: Commit.State
    STATE_REFUSED: Commit.State
    STATE_PLANNED: Commit.State
    STATE_APPROVAL: Commit.State
    STATE_WINDOW: Commit.State
    STATE_APPLYING: Commit.State
    STATE_HOLDING: Commit.State
    STATE_NOT_HOLDING: Commit.State
    STATE_FAILED: Commit.State
    STATE_SUPERSEDED: Commit.State
    STATE_SKIPPED: Commit.State
    ID_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    id: str
    author: str
    subject: str
    state: Commit.State
    approved_by: str
    json: str
    def __init__(self, id: _Optional[str] = ..., author: _Optional[str] = ..., subject: _Optional[str] = ..., state: _Optional[_Union[Commit.State, str]] = ..., approved_by: _Optional[str] = ..., json: _Optional[str] = ...) -> None: ...

class ListCommitsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCommitsResponse(_message.Message):
    __slots__ = ("commits", "next_page_token")
    COMMITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    commits: _containers.RepeatedCompositeFieldContainer[Commit]
    next_page_token: str
    def __init__(self, commits: _Optional[_Iterable[_Union[Commit, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApproveCommitRequest(_message.Message):
    __slots__ = ("commit", "allow")
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FIELD_NUMBER: _ClassVar[int]
    commit: str
    allow: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, commit: _Optional[str] = ..., allow: _Optional[_Iterable[str]] = ...) -> None: ...

class ApproveCommitResponse(_message.Message):
    __slots__ = ("commit",)
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    commit: Commit
    def __init__(self, commit: _Optional[_Union[Commit, _Mapping]] = ...) -> None: ...

class RevertCommitRequest(_message.Message):
    __slots__ = ("commit",)
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    commit: str
    def __init__(self, commit: _Optional[str] = ...) -> None: ...

class RevertCommitResponse(_message.Message):
    __slots__ = ("commit", "changes", "statuses")
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    commit: Commit
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    statuses: _containers.RepeatedCompositeFieldContainer[IntentStatus]
    def __init__(self, commit: _Optional[_Union[Commit, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., statuses: _Optional[_Iterable[_Union[IntentStatus, _Mapping]]] = ...) -> None: ...

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
    __slots__ = ("intent", "changes", "statuses", "commit")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    intent: Intent
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    statuses: _containers.RepeatedCompositeFieldContainer[IntentStatus]
    commit: Commit
    def __init__(self, intent: _Optional[_Union[Intent, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., statuses: _Optional[_Iterable[_Union[IntentStatus, _Mapping]]] = ..., commit: _Optional[_Union[Commit, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("changes", "commit")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    commit: Commit
    def __init__(self, changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ..., commit: _Optional[_Union[Commit, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("revision", "time", "cause", "holds", "statuses", "commit")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    revision: int
    time: _timestamp_pb2.Timestamp
    cause: str
    holds: bool
    statuses: _containers.RepeatedCompositeFieldContainer[IntentStatus]
    commit: str
    def __init__(self, revision: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[str] = ..., holds: _Optional[bool] = ..., statuses: _Optional[_Iterable[_Union[IntentStatus, _Mapping]]] = ..., commit: _Optional[str] = ...) -> None: ...
