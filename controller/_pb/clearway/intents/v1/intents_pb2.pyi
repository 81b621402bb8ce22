import datetime

from controller._pb.clearway.intents.v1 import commits_pb2 as _commits_pb2
from controller._pb.clearway.intents.v1 import diagnostic_pb2 as _diagnostic_pb2
from controller._pb.clearway.intents.v1 import plan_pb2 as _plan_pb2
from controller._pb.clearway.intents.v1 import verdict_pb2 as _verdict_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Intent(_message.Message):
    __slots__ = ("name", "say", "spec_yaml", "spec", "sentence", "origin", "etag", "meaning", "state", "labels", "annotations")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Intent.State]
        STATE_ACTIVE: _ClassVar[Intent.State]
        STATE_RESTING: _ClassVar[Intent.State]
    STATE_UNSPECIFIED: Intent.State
    STATE_ACTIVE: Intent.State
    STATE_RESTING: Intent.State
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    SAY_FIELD_NUMBER: _ClassVar[int]
    SPEC_YAML_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    say: str
    spec_yaml: str
    spec: IntentSpec
    sentence: str
    origin: str
    etag: str
    meaning: IntentSpec
    state: Intent.State
    labels: _containers.ScalarMap[str, str]
    annotations: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., say: _Optional[str] = ..., spec_yaml: _Optional[str] = ..., spec: _Optional[_Union[IntentSpec, _Mapping]] = ..., sentence: _Optional[str] = ..., origin: _Optional[str] = ..., etag: _Optional[str] = ..., meaning: _Optional[_Union[IntentSpec, _Mapping]] = ..., state: _Optional[_Union[Intent.State, str]] = ..., labels: _Optional[_Mapping[str, str]] = ..., annotations: _Optional[_Mapping[str, str]] = ...) -> None: ...

class IntentSpec(_message.Message):
    __slots__ = ("permission", "sources", "destinations", "one_way", "services", "service_class", "guarantee_bps", "limit_bps", "latency", "deliver", "via", "survive", "when")
    class Permission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PERMISSION_UNSPECIFIED: _ClassVar[IntentSpec.Permission]
        PERMISSION_ALLOW: _ClassVar[IntentSpec.Permission]
        PERMISSION_DENY: _ClassVar[IntentSpec.Permission]
        PERMISSION_QUARANTINE: _ClassVar[IntentSpec.Permission]
    PERMISSION_UNSPECIFIED: IntentSpec.Permission
    PERMISSION_ALLOW: IntentSpec.Permission
    PERMISSION_DENY: IntentSpec.Permission
    PERMISSION_QUARANTINE: IntentSpec.Permission
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    ONE_WAY_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CLASS_FIELD_NUMBER: _ClassVar[int]
    GUARANTEE_BPS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_BPS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    DELIVER_FIELD_NUMBER: _ClassVar[int]
    VIA_FIELD_NUMBER: _ClassVar[int]
    SURVIVE_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    permission: IntentSpec.Permission
    sources: _containers.RepeatedScalarFieldContainer[str]
    destinations: _containers.RepeatedScalarFieldContainer[str]
    one_way: bool
    services: _containers.RepeatedScalarFieldContainer[str]
    service_class: str
    guarantee_bps: int
    limit_bps: int
    latency: _duration_pb2.Duration
    deliver: Delivery
    via: str
    survive: str
    when: str
    def __init__(self, permission: _Optional[_Union[IntentSpec.Permission, str]] = ..., sources: _Optional[_Iterable[str]] = ..., destinations: _Optional[_Iterable[str]] = ..., one_way: _Optional[bool] = ..., services: _Optional[_Iterable[str]] = ..., service_class: _Optional[str] = ..., guarantee_bps: _Optional[int] = ..., limit_bps: _Optional[int] = ..., latency: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., deliver: _Optional[_Union[Delivery, _Mapping]] = ..., via: _Optional[str] = ..., survive: _Optional[str] = ..., when: _Optional[str] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("images", "size_bytes", "within")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    images: int
    size_bytes: int
    within: _duration_pb2.Duration
    def __init__(self, images: _Optional[int] = ..., size_bytes: _Optional[int] = ..., within: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ListIntentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListIntentsResponse(_message.Message):
    __slots__ = ("intents", "next_page_token", "commit")
    INTENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    intents: _containers.RepeatedCompositeFieldContainer[Intent]
    next_page_token: str
    commit: str
    def __init__(self, intents: _Optional[_Iterable[_Union[Intent, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., commit: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("intent", "validate_only", "permit", "base")
    class BaseEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    INTENT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    intent: Intent
    validate_only: bool
    permit: _plan_pb2.Permit
    base: _containers.ScalarMap[str, str]
    def __init__(self, intent: _Optional[_Union[Intent, _Mapping]] = ..., validate_only: _Optional[bool] = ..., permit: _Optional[_Union[_plan_pb2.Permit, _Mapping]] = ..., base: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ApplyIntentResponse(_message.Message):
    __slots__ = ("intent", "changes", "statuses", "base", "warnings", "resources", "drift", "resting", "token", "recovered", "expected", "commit")
    class BaseEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    RESTING_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    RECOVERED_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    intent: Intent
    changes: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Change]
    statuses: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.IntentStatus]
    base: _containers.ScalarMap[str, str]
    warnings: _containers.RepeatedCompositeFieldContainer[_diagnostic_pb2.Diagnostic]
    resources: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Resource]
    drift: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.Drift]
    resting: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.RestingIntent]
    token: str
    recovered: _containers.RepeatedScalarFieldContainer[str]
    expected: _verdict_pb2.IntentStatus
    commit: _commits_pb2.Commit
    def __init__(self, intent: _Optional[_Union[Intent, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[_plan_pb2.Change, _Mapping]]] = ..., statuses: _Optional[_Iterable[_Union[_verdict_pb2.IntentStatus, _Mapping]]] = ..., base: _Optional[_Mapping[str, str]] = ..., warnings: _Optional[_Iterable[_Union[_diagnostic_pb2.Diagnostic, _Mapping]]] = ..., resources: _Optional[_Iterable[_Union[_plan_pb2.Resource, _Mapping]]] = ..., drift: _Optional[_Iterable[_Union[_verdict_pb2.Drift, _Mapping]]] = ..., resting: _Optional[_Iterable[_Union[_verdict_pb2.RestingIntent, _Mapping]]] = ..., token: _Optional[str] = ..., recovered: _Optional[_Iterable[str]] = ..., expected: _Optional[_Union[_verdict_pb2.IntentStatus, _Mapping]] = ..., commit: _Optional[_Union[_commits_pb2.Commit, _Mapping]] = ...) -> None: ...

class DeleteIntentRequest(_message.Message):
    __slots__ = ("name", "etag", "validate_only", "permit", "base")
    class BaseEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    validate_only: bool
    permit: _plan_pb2.Permit
    base: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., validate_only: _Optional[bool] = ..., permit: _Optional[_Union[_plan_pb2.Permit, _Mapping]] = ..., base: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DeleteIntentResponse(_message.Message):
    __slots__ = ("changes", "statuses", "base", "warnings", "drift", "resting", "token", "recovered", "commit")
    class BaseEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    RESTING_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    RECOVERED_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Change]
    statuses: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.IntentStatus]
    base: _containers.ScalarMap[str, str]
    warnings: _containers.RepeatedCompositeFieldContainer[_diagnostic_pb2.Diagnostic]
    drift: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.Drift]
    resting: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.RestingIntent]
    token: str
    recovered: _containers.RepeatedScalarFieldContainer[str]
    commit: _commits_pb2.Commit
    def __init__(self, changes: _Optional[_Iterable[_Union[_plan_pb2.Change, _Mapping]]] = ..., statuses: _Optional[_Iterable[_Union[_verdict_pb2.IntentStatus, _Mapping]]] = ..., base: _Optional[_Mapping[str, str]] = ..., warnings: _Optional[_Iterable[_Union[_diagnostic_pb2.Diagnostic, _Mapping]]] = ..., drift: _Optional[_Iterable[_Union[_verdict_pb2.Drift, _Mapping]]] = ..., resting: _Optional[_Iterable[_Union[_verdict_pb2.RestingIntent, _Mapping]]] = ..., token: _Optional[str] = ..., recovered: _Optional[_Iterable[str]] = ..., commit: _Optional[_Union[_commits_pb2.Commit, _Mapping]] = ...) -> None: ...

class PlanChangesRequest(_message.Message):
    __slots__ = ("permit",)
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    permit: _plan_pb2.Permit
    def __init__(self, permit: _Optional[_Union[_plan_pb2.Permit, _Mapping]] = ...) -> None: ...

class PlanChangesResponse(_message.Message):
    __slots__ = ("changes", "base", "warnings")
    class BaseEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Change]
    base: _containers.ScalarMap[str, str]
    warnings: _containers.RepeatedCompositeFieldContainer[_diagnostic_pb2.Diagnostic]
    def __init__(self, changes: _Optional[_Iterable[_Union[_plan_pb2.Change, _Mapping]]] = ..., base: _Optional[_Mapping[str, str]] = ..., warnings: _Optional[_Iterable[_Union[_diagnostic_pb2.Diagnostic, _Mapping]]] = ...) -> None: ...

class VerifyNetworkRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VerifyNetworkResponse(_message.Message):
    __slots__ = ("holds", "statuses", "drift", "resting", "warnings")
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    RESTING_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    holds: bool
    statuses: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.IntentStatus]
    drift: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.Drift]
    resting: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.RestingIntent]
    warnings: _containers.RepeatedCompositeFieldContainer[_diagnostic_pb2.Diagnostic]
    def __init__(self, holds: _Optional[bool] = ..., statuses: _Optional[_Iterable[_Union[_verdict_pb2.IntentStatus, _Mapping]]] = ..., drift: _Optional[_Iterable[_Union[_verdict_pb2.Drift, _Mapping]]] = ..., resting: _Optional[_Iterable[_Union[_verdict_pb2.RestingIntent, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[_diagnostic_pb2.Diagnostic, _Mapping]]] = ...) -> None: ...

class ExplainIntentRequest(_message.Message):
    __slots__ = ("name", "language", "picture")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    name: str
    language: str
    picture: bool
    def __init__(self, name: _Optional[str] = ..., language: _Optional[str] = ..., picture: _Optional[bool] = ...) -> None: ...

class ExplainIntentResponse(_message.Message):
    __slots__ = ("sentence", "status", "json", "sources", "destinations", "carriers", "picture_svg")
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    CARRIERS_FIELD_NUMBER: _ClassVar[int]
    PICTURE_SVG_FIELD_NUMBER: _ClassVar[int]
    sentence: str
    status: _verdict_pb2.IntentStatus
    json: str
    sources: _containers.RepeatedScalarFieldContainer[str]
    destinations: _containers.RepeatedScalarFieldContainer[str]
    carriers: _containers.RepeatedCompositeFieldContainer[Carrier]
    picture_svg: str
    def __init__(self, sentence: _Optional[str] = ..., status: _Optional[_Union[_verdict_pb2.IntentStatus, _Mapping]] = ..., json: _Optional[str] = ..., sources: _Optional[_Iterable[str]] = ..., destinations: _Optional[_Iterable[str]] = ..., carriers: _Optional[_Iterable[_Union[Carrier, _Mapping]]] = ..., picture_svg: _Optional[str] = ...) -> None: ...

class Carrier(_message.Message):
    __slots__ = ("device", "summary")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    device: str
    summary: str
    def __init__(self, device: _Optional[str] = ..., summary: _Optional[str] = ...) -> None: ...

class GetCapacityRequest(_message.Message):
    __slots__ = ("include_unused",)
    INCLUDE_UNUSED_FIELD_NUMBER: _ClassVar[int]
    include_unused: bool
    def __init__(self, include_unused: _Optional[bool] = ...) -> None: ...

class GetCapacityResponse(_message.Message):
    __slots__ = ("resources", "stocks", "warnings")
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    STOCKS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Resource]
    stocks: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Stock]
    warnings: _containers.RepeatedCompositeFieldContainer[_diagnostic_pb2.Diagnostic]
    def __init__(self, resources: _Optional[_Iterable[_Union[_plan_pb2.Resource, _Mapping]]] = ..., stocks: _Optional[_Iterable[_Union[_plan_pb2.Stock, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[_diagnostic_pb2.Diagnostic, _Mapping]]] = ...) -> None: ...

class WatchStatusRequest(_message.Message):
    __slots__ = ("after_revision",)
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    after_revision: int
    def __init__(self, after_revision: _Optional[int] = ...) -> None: ...

class WatchStatusResponse(_message.Message):
    __slots__ = ("revision", "time", "cause", "holds", "statuses", "commit", "faults", "drift", "details")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    time: _timestamp_pb2.Timestamp
    cause: str
    holds: bool
    statuses: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.IntentStatus]
    commit: str
    faults: _containers.RepeatedCompositeFieldContainer[_diagnostic_pb2.Diagnostic]
    drift: _containers.RepeatedCompositeFieldContainer[_verdict_pb2.Drift]
    details: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, revision: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[str] = ..., holds: _Optional[bool] = ..., statuses: _Optional[_Iterable[_Union[_verdict_pb2.IntentStatus, _Mapping]]] = ..., commit: _Optional[str] = ..., faults: _Optional[_Iterable[_Union[_diagnostic_pb2.Diagnostic, _Mapping]]] = ..., drift: _Optional[_Iterable[_Union[_verdict_pb2.Drift, _Mapping]]] = ..., details: _Optional[_Iterable[str]] = ...) -> None: ...

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
