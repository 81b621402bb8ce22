"""A connection that follows the leader: where several controllers serve, the one that was asked may be another.

    stubs --call--> Following --> HOST:PORT that was named
                             +--> the leader that this one names when it refuses: from then on, for all calls

A follower refuses before it does anything, so that to send the call again does nothing twice. It is sent on once, never
further: a second refusal is told. Whoever answers at the new address has to show a certificate for its host, of the
same CA; without TLS only an address of this machine is followed. A leader that does not answer any more is forgotten,
and the next call begins where the user said.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from controller.client.credentials import Credentials

NOT_LEADING: Final = "NOT_LEADING"
_PLACE: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}")
Call = Callable[..., Any]


class Following:
    """What the stubs need of a grpc.Channel, to the service at `address` (HOST:PORT) and to its leader. Thread safe."""

    def __init__(self, address: str, credentials: Credentials, options: list[tuple[str, int | str]]) -> None:
        self._first, self._credentials, self._options = address, credentials, options
        self._lock = threading.Lock()
        self._channels = {address: credentials.channel(address, options)}
        self._address, self._lost = address, False

    @property
    def address(self) -> str:
        """Who was asked last."""
        return self._address

    def unary_unary(self, method: str, **how: Any) -> Call:
        """As of grpc.Channel: the call raises grpc.RpcError."""

        def call(request: Any, **options: Any) -> Any:
            asked = self._now()
            try:
                return self._channels[asked].unary_unary(method, **how)(request, **options)
            except grpc.RpcError as error:
                status = rpc_status.from_call(cast("grpc.Call", error))  # every error of a call is a call, too
                if status is None or not self.follow(status):
                    self._lost = status is None and error.code() is grpc.StatusCode.UNAVAILABLE
                    raise
            return self._channels[self._address].unary_unary(method, **how)(request, **options)

        return call

    def unary_stream(self, method: str, **how: Any) -> Call:
        """As of grpc.Channel. What is watched changes nothing, and any controller tells it."""
        return lambda request, **options: self._watched(method, how, request, options)

    def _watched(self, method: str, how: Mapping[str, Any], request: Any, options: Mapping[str, Any]) -> Any:
        return self._channels[self._now()].unary_stream(method, **how)(request, **options)

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()

    def _now(self) -> str:
        with self._lock:
            if self._lost:
                self._address, self._lost = self._first, False
            return self._address

    def follow(self, refusal: status_pb2.Status) -> bool:
        """Whether it names a leader that is to be asked from now on."""
        leader = leader_in(refusal)
        if leader == self._address or not self._may_be_followed(leader):
            return False
        with self._lock:
            if leader not in self._channels:
                # By its own host: a name that stands in for that of the first address says nothing of another one.
                credentials = replace(self._credentials, server_name="")
                self._channels[leader] = credentials.channel(leader, self._options)
            self._address = leader
        return True

    def _may_be_followed(self, leader: str) -> bool:
        place = _PLACE.fullmatch(leader)
        return place is not None and (self._credentials.ca is not None or _is_this_machine(place.group(1)))


def leader_in(refusal: status_pb2.Status) -> str:
    """HOST:PORT of the leader that a follower names when it refuses; "" where it refuses for something else."""
    for detail in refusal.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.reason == NOT_LEADING:
            return str(info.metadata.get("leader", ""))
    return ""


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
