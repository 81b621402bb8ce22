from controller._pb.clearway.intents.v1 import diagnostic_pb2 as _diagnostic_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Asker(_message.Message):
    __slots__ = ("name", "position")
    NAME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    position: _diagnostic_pb2.Position
    def __init__(self, name: _Optional[str] = ..., position: _Optional[_Union[_diagnostic_pb2.Position, _Mapping]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("device", "operation", "summary", "disruptive", "places", "intents", "kind", "name", "reason", "onus", "askers")
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
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ONUS_FIELD_NUMBER: _ClassVar[int]
    ASKERS_FIELD_NUMBER: _ClassVar[int]
    device: str
    operation: Change.Operation
    summary: str
    disruptive: bool
    places: _containers.RepeatedScalarFieldContainer[str]
    intents: _containers.RepeatedScalarFieldContainer[str]
    kind: str
    name: str
    reason: str
    onus: _containers.RepeatedScalarFieldContainer[str]
    askers: _containers.RepeatedCompositeFieldContainer[Asker]
    def __init__(self, device: _Optional[str] = ..., operation: _Optional[_Union[Change.Operation, str]] = ..., summary: _Optional[str] = ..., disruptive: _Optional[bool] = ..., places: _Optional[_Iterable[str]] = ..., intents: _Optional[_Iterable[str]] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., reason: _Optional[str] = ..., onus: _Optional[_Iterable[str]] = ..., askers: _Optional[_Iterable[_Union[Asker, _Mapping]]] = ...) -> None: ...

class Resource(_message.Message):
    __slots__ = ("name", "capacity_bps", "promised_bps", "free_bps", "shares")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_BPS_FIELD_NUMBER: _ClassVar[int]
    PROMISED_BPS_FIELD_NUMBER: _ClassVar[int]
    FREE_BPS_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    name: str
    capacity_bps: int
    promised_bps: int
    free_bps: int
    shares: _containers.RepeatedCompositeFieldContainer[Share]
    def __init__(self, name: _Optional[str] = ..., capacity_bps: _Optional[int] = ..., promised_bps: _Optional[int] = ..., free_bps: _Optional[int] = ..., shares: _Optional[_Iterable[_Union[Share, _Mapping]]] = ...) -> None: ...

class Share(_message.Message):
    __slots__ = ("intent", "promised_bps")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    PROMISED_BPS_FIELD_NUMBER: _ClassVar[int]
    intent: str
    promised_bps: int
    def __init__(self, intent: _Optional[str] = ..., promised_bps: _Optional[int] = ...) -> None: ...

class Stock(_message.Message):
    __slots__ = ("name", "used", "most")
    NAME_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    name: str
    used: int
    most: int
    def __init__(self, name: _Optional[str] = ..., used: _Optional[int] = ..., most: _Optional[int] = ...) -> None: ...

class Permit(_message.Message):
    __slots__ = ("mass_delete", "absent_onus", "disruption")
    MASS_DELETE_FIELD_NUMBER: _ClassVar[int]
    ABSENT_ONUS_FIELD_NUMBER: _ClassVar[int]
    DISRUPTION_FIELD_NUMBER: _ClassVar[int]
    mass_delete: bool
    absent_onus: bool
    disruption: bool
    def __init__(self, mass_delete: _Optional[bool] = ..., absent_onus: _Optional[bool] = ..., disruption: _Optional[bool] = ...) -> None: ...
