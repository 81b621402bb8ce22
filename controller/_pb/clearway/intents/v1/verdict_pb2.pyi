from controller._pb.clearway.intents.v1 import diagnostic_pb2 as _diagnostic_pb2
from controller._pb.clearway.intents.v1 import plan_pb2 as _plan_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Owner(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OWNER_UNSPECIFIED: _ClassVar[Owner]
    OWNER_ASKED: _ClassVar[Owner]
    OWNER_CAMPUS: _ClassVar[Owner]
    OWNER_NOBODY: _ClassVar[Owner]
OWNER_UNSPECIFIED: Owner
OWNER_ASKED: Owner
OWNER_CAMPUS: Owner
OWNER_NOBODY: Owner

class IntentStatus(_message.Message):
    __slots__ = ("name", "holds", "findings", "position", "ways")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    WAYS_FIELD_NUMBER: _ClassVar[int]
    name: str
    holds: bool
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    position: _diagnostic_pb2.Position
    ways: _containers.RepeatedCompositeFieldContainer[Way]
    def __init__(self, name: _Optional[str] = ..., holds: _Optional[bool] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., position: _Optional[_Union[_diagnostic_pb2.Position, _Mapping]] = ..., ways: _Optional[_Iterable[_Union[Way, _Mapping]]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("property", "holds", "statement", "counterexample", "cannot_prove", "vacuous", "bound")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    COUNTEREXAMPLE_FIELD_NUMBER: _ClassVar[int]
    CANNOT_PROVE_FIELD_NUMBER: _ClassVar[int]
    VACUOUS_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    property: str
    holds: bool
    statement: str
    counterexample: Counterexample
    cannot_prove: bool
    vacuous: bool
    bound: Bound
    def __init__(self, property: _Optional[str] = ..., holds: _Optional[bool] = ..., statement: _Optional[str] = ..., counterexample: _Optional[_Union[Counterexample, _Mapping]] = ..., cannot_prove: _Optional[bool] = ..., vacuous: _Optional[bool] = ..., bound: _Optional[_Union[Bound, _Mapping]] = ...) -> None: ...

class Bound(_message.Message):
    __slots__ = ("source", "destination", "rate_bps", "rate_bound_by", "delay_us", "delay_bound_by", "backlog_bits", "completion_us", "relies_on", "hops")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RATE_BPS_FIELD_NUMBER: _ClassVar[int]
    RATE_BOUND_BY_FIELD_NUMBER: _ClassVar[int]
    DELAY_US_FIELD_NUMBER: _ClassVar[int]
    DELAY_BOUND_BY_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_BITS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_US_FIELD_NUMBER: _ClassVar[int]
    RELIES_ON_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    source: str
    destination: str
    rate_bps: int
    rate_bound_by: str
    delay_us: int
    delay_bound_by: str
    backlog_bits: int
    completion_us: int
    relies_on: _containers.RepeatedScalarFieldContainer[str]
    hops: _containers.RepeatedCompositeFieldContainer[HopBound]
    def __init__(self, source: _Optional[str] = ..., destination: _Optional[str] = ..., rate_bps: _Optional[int] = ..., rate_bound_by: _Optional[str] = ..., delay_us: _Optional[int] = ..., delay_bound_by: _Optional[str] = ..., backlog_bits: _Optional[int] = ..., completion_us: _Optional[int] = ..., relies_on: _Optional[_Iterable[str]] = ..., hops: _Optional[_Iterable[_Union[HopBound, _Mapping]]] = ...) -> None: ...

class HopBound(_message.Message):
    __slots__ = ("device", "queue", "rate_bps", "latency_us")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    RATE_BPS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_US_FIELD_NUMBER: _ClassVar[int]
    device: str
    queue: str
    rate_bps: int
    latency_us: int
    def __init__(self, device: _Optional[str] = ..., queue: _Optional[str] = ..., rate_bps: _Optional[int] = ..., latency_us: _Optional[int] = ...) -> None: ...

class Counterexample(_message.Message):
    __slots__ = ("packet", "hops", "blame_device", "blame_object", "expected", "actual", "failing_hop", "stands_for", "blames", "all_needed")
    PACKET_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    BLAME_DEVICE_FIELD_NUMBER: _ClassVar[int]
    BLAME_OBJECT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    FAILING_HOP_FIELD_NUMBER: _ClassVar[int]
    STANDS_FOR_FIELD_NUMBER: _ClassVar[int]
    BLAMES_FIELD_NUMBER: _ClassVar[int]
    ALL_NEEDED_FIELD_NUMBER: _ClassVar[int]
    packet: _containers.RepeatedCompositeFieldContainer[HeaderField]
    hops: _containers.RepeatedCompositeFieldContainer[Hop]
    blame_device: str
    blame_object: str
    expected: str
    actual: str
    failing_hop: int
    stands_for: str
    blames: _containers.RepeatedCompositeFieldContainer[Blame]
    all_needed: bool
    def __init__(self, packet: _Optional[_Iterable[_Union[HeaderField, _Mapping]]] = ..., hops: _Optional[_Iterable[_Union[Hop, _Mapping]]] = ..., blame_device: _Optional[str] = ..., blame_object: _Optional[str] = ..., expected: _Optional[str] = ..., actual: _Optional[str] = ..., failing_hop: _Optional[int] = ..., stands_for: _Optional[str] = ..., blames: _Optional[_Iterable[_Union[Blame, _Mapping]]] = ..., all_needed: _Optional[bool] = ...) -> None: ...

class HeaderField(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Hop(_message.Message):
    __slots__ = ("device", "decided", "in_port", "out_port", "vid_before", "pcp_before", "vid", "pcp", "queue", "meters", "note", "trace")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    IN_PORT_FIELD_NUMBER: _ClassVar[int]
    OUT_PORT_FIELD_NUMBER: _ClassVar[int]
    VID_BEFORE_FIELD_NUMBER: _ClassVar[int]
    PCP_BEFORE_FIELD_NUMBER: _ClassVar[int]
    VID_FIELD_NUMBER: _ClassVar[int]
    PCP_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    METERS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    device: str
    decided: _containers.RepeatedCompositeFieldContainer[Decided]
    in_port: str
    out_port: str
    vid_before: int
    pcp_before: int
    vid: int
    pcp: int
    queue: str
    meters: _containers.RepeatedScalarFieldContainer[str]
    note: str
    trace: str
    def __init__(self, device: _Optional[str] = ..., decided: _Optional[_Iterable[_Union[Decided, _Mapping]]] = ..., in_port: _Optional[str] = ..., out_port: _Optional[str] = ..., vid_before: _Optional[int] = ..., pcp_before: _Optional[int] = ..., vid: _Optional[int] = ..., pcp: _Optional[int] = ..., queue: _Optional[str] = ..., meters: _Optional[_Iterable[str]] = ..., note: _Optional[str] = ..., trace: _Optional[str] = ...) -> None: ...

class Decided(_message.Message):
    __slots__ = ("text", "device", "found", "table", "priority", "cookie", "owner", "askers", "ours")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    COOKIE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ASKERS_FIELD_NUMBER: _ClassVar[int]
    OURS_FIELD_NUMBER: _ClassVar[int]
    text: str
    device: str
    found: bool
    table: int
    priority: int
    cookie: int
    owner: Owner
    askers: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Asker]
    ours: bool
    def __init__(self, text: _Optional[str] = ..., device: _Optional[str] = ..., found: _Optional[bool] = ..., table: _Optional[int] = ..., priority: _Optional[int] = ..., cookie: _Optional[int] = ..., owner: _Optional[_Union[Owner, str]] = ..., askers: _Optional[_Iterable[_Union[_plan_pb2.Asker, _Mapping]]] = ..., ours: _Optional[bool] = ...) -> None: ...

class Blame(_message.Message):
    __slots__ = ("device", "name", "remedy", "found", "owner", "askers", "ours")
    class Remedy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REMEDY_UNSPECIFIED: _ClassVar[Blame.Remedy]
        REMEDY_RESTORE: _ClassVar[Blame.Remedy]
        REMEDY_REVERT: _ClassVar[Blame.Remedy]
        REMEDY_REMOVE: _ClassVar[Blame.Remedy]
    REMEDY_UNSPECIFIED: Blame.Remedy
    REMEDY_RESTORE: Blame.Remedy
    REMEDY_REVERT: Blame.Remedy
    REMEDY_REMOVE: Blame.Remedy
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ASKERS_FIELD_NUMBER: _ClassVar[int]
    OURS_FIELD_NUMBER: _ClassVar[int]
    device: str
    name: str
    remedy: Blame.Remedy
    found: bool
    owner: Owner
    askers: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Asker]
    ours: bool
    def __init__(self, device: _Optional[str] = ..., name: _Optional[str] = ..., remedy: _Optional[_Union[Blame.Remedy, str]] = ..., found: _Optional[bool] = ..., owner: _Optional[_Union[Owner, str]] = ..., askers: _Optional[_Iterable[_Union[_plan_pb2.Asker, _Mapping]]] = ..., ours: _Optional[bool] = ...) -> None: ...

class Way(_message.Message):
    __slots__ = ("source", "destination", "packet", "hops")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PACKET_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    source: str
    destination: str
    packet: _containers.RepeatedCompositeFieldContainer[HeaderField]
    hops: _containers.RepeatedCompositeFieldContainer[Hop]
    def __init__(self, source: _Optional[str] = ..., destination: _Optional[str] = ..., packet: _Optional[_Iterable[_Union[HeaderField, _Mapping]]] = ..., hops: _Optional[_Iterable[_Union[Hop, _Mapping]]] = ...) -> None: ...

class Drift(_message.Message):
    __slots__ = ("device", "name", "kind", "differences", "ours", "owner", "askers")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Drift.Kind]
        KIND_MISSING: _ClassVar[Drift.Kind]
        KIND_EXTRA: _ClassVar[Drift.Kind]
        KIND_CHANGED: _ClassVar[Drift.Kind]
    KIND_UNSPECIFIED: Drift.Kind
    KIND_MISSING: Drift.Kind
    KIND_EXTRA: Drift.Kind
    KIND_CHANGED: Drift.Kind
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    OURS_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ASKERS_FIELD_NUMBER: _ClassVar[int]
    device: str
    name: str
    kind: Drift.Kind
    differences: _containers.RepeatedCompositeFieldContainer[Difference]
    ours: bool
    owner: Owner
    askers: _containers.RepeatedCompositeFieldContainer[_plan_pb2.Asker]
    def __init__(self, device: _Optional[str] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[Drift.Kind, str]] = ..., differences: _Optional[_Iterable[_Union[Difference, _Mapping]]] = ..., ours: _Optional[bool] = ..., owner: _Optional[_Union[Owner, str]] = ..., askers: _Optional[_Iterable[_Union[_plan_pb2.Asker, _Mapping]]] = ...) -> None: ...

class Difference(_message.Message):
    __slots__ = ("attribute", "applied", "found")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    applied: str
    found: str
    def __init__(self, attribute: _Optional[str] = ..., applied: _Optional[str] = ..., found: _Optional[str] = ...) -> None: ...

class RestingIntent(_message.Message):
    __slots__ = ("name", "when")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    when: str
    def __init__(self, name: _Optional[str] = ..., when: _Optional[str] = ...) -> None: ...
