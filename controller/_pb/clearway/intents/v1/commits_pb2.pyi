from controller._pb.clearway.intents.v1 import plan_pb2 as _plan_pb2
from controller._pb.clearway.intents.v1 import verdict_pb2 as _verdict_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    changes: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Change]
    statuses: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.IntentStatus]
    def __init__(self, commit: _Optional[_Union[Commit, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[_plan_pb2.Change, _Mapping]]] = ..., statuses: _Optional[_Iterable[_Union[_verdict_pb2.IntentStatus, _Mapping]]] = ...) -> None: ...
