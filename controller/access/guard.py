"""The interceptor that knows who calls: nobody gets further without the role that it takes, or faster than he may."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Any, Final

import grpc
from google.protobuf.message import Message
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1.operations_pb2 import StartOperationRequest
from controller.access.bucket import Buckets
from controller.access.caller import current_caller
from controller.access.grants import Caller, Grants, admitted
from controller.access.identity import LOOPBACK, Identity
from controller.access.refusals import RefusalLog
from controller.access.roles import Role, Rule, rule_of
from controller.access.settings import Limits
from controller.service.api.aio import Context, Continuation, Handler, Interceptor, sent
from controller.service.api.call import AUTHOR, known_author, said_author
from controller.service.errors import status_of
from intents.model.diagnostic import ClearwayError, Diagnostic

_LONGEST_AUTHOR: Final = 200
Find = Callable[[str], tuple[Identity | None, str]]
Known = Callable[[], Grants]


class TooFast(ClearwayError):
    """He calls more than he may. retry_s: in how many seconds the next call is taken."""

    def __init__(self, diagnostic: Diagnostic, retry_s: float) -> None:
        super().__init__(diagnostic)
        self.retry_s = retry_s


class Guard(Interceptor):
    """find: who is behind a peer of gRPC's, and where he comes from. grants: as they are now."""

    def __init__(self, find: Find, grants: Known, limits: Limits, refusals: RefusalLog) -> None:
        self._find, self._grants, self._refusals = find, grants, refusals
        self._calls, self._changes = Buckets(limits.calls), Buckets(limits.changes)

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Wrap the method."""
        method = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is None:
            return handler
        read, write = handler.request_deserializer, handler.response_serializer
        if handler.request_streaming:
            guarded = self._talking(handler.stream_stream, method)
            return grpc.stream_stream_rpc_method_handler(guarded, read, write)
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(self._streamed(handler.unary_stream, method), read, write)
        return grpc.unary_unary_rpc_method_handler(self._answered(handler.unary_unary, method), read, write)

    def _answered(self, inner: Any, method: str) -> Any:
        async def answer(request: Any, context: Context) -> Any:
            await self._admit(request, context, method)
            return await inner(request, context)

        return answer

    def _streamed(self, inner: Any, method: str) -> Any:
        async def stream(request: Any, context: Context) -> Any:
            await self._admit(request, context, method)
            async for item in sent(inner(request, context)):
                yield item

        return stream

    def _talking(self, inner: Any, method: str) -> Any:
        """Both sides stream (reflection): `Refusals` passes such a method by, so it is refused here."""

        async def talk(requests: Any, context: Any) -> Any:
            try:
                await self._admit(None, context, method)
            except ClearwayError as error:
                await context.abort_with_status(rpc_status.to_status(status_of(error.diagnostics)))
            async for item in inner(requests, context):
                yield item

        return talk

    async def _admit(self, request: Any, context: Context, method: str) -> None:
        """Let him on, or raise ClearwayError."""
        rule = rule_of(method)
        who, peer = self._find(context.peer())
        try:
            if who is None:
                if rule.role is not None:
                    raise _nobody(method)
                return
            self._hold_back(who, peer, rule, request)
            caller = self._let_on(who, request, context, method, rule)
            if _changes(rule, request):
                await asyncio.to_thread(self._refusals.log.append, "call", _told(caller, peer, method, request))
        except ClearwayError as error:
            (fault,) = error.diagnostics
            told = {"who": who.name, "fingerprint": who.fingerprint} if who is not None else {}
            await asyncio.to_thread(
                self._refusals.refused, fault.code, peer, fault.message, method=method.rpartition("/")[2], **told
            )
            raise

    def _hold_back(self, who: Identity, peer: str, rule: Rule, request: Any) -> None:
        if who is LOOPBACK:
            return
        now = time.monotonic()
        wait = self._calls.take(who.name, now)
        if not wait and _changes(rule, request):
            wait = self._changes.take(who.name, now)
        if wait:
            raise TooFast(
                Diagnostic(
                    code="too-many-calls",
                    message=f"{who.name} calls more often than he may ({peer})",
                    hint=f"try again in {wait:.1f} s",
                ),
                wait,
            )

    def _let_on(self, who: Identity, request: Any, context: Context, method: str, rule: Rule) -> Caller:
        behalf = _behalf(context)
        if who is LOOPBACK:  # no certificates are in use: whoever is on this machine is believed
            caller = Caller(identity=who, roles=frozenset({Role.ADMIN}), behalf=behalf)
        else:
            grants = self._grants()
            caller = Caller(identity=who, roles=grants.of(who), behalf=behalf)
            caller = admitted(caller, method, rule, grants, validate_only=_tries(request))
            known_author.set(caller.author)
        current_caller.set(caller)
        return caller


def _changes(rule: Rule, request: Any) -> bool:
    """Whether it takes more than looking."""
    return rule.needs(validate_only=_tries(request)) not in {None, Role.VIEWER}


def _told(caller: Caller, peer: str, method: str, request: Any) -> dict[str, Any]:
    """What the audit log has of a call that may change something: who, what, on what, and the digest of the request."""
    who = caller.identity
    said = request.SerializeToString(deterministic=True) if isinstance(request, Message) else b""
    about = [
        str(value)[:_LONGEST_AUTHOR]
        for part in (request, getattr(request, "intent", None))
        for key in ("name", "commit", "device")
        if isinstance(value := getattr(part, key, None), str) and value
    ]
    found = {
        "method": method.rpartition("/")[2],
        "who": who.name,
        "fingerprint": who.fingerprint,
        "behalf": caller.behalf,
        "peer": peer,
        "about": " ".join(about),
        "sha256": hashlib.sha256(said).hexdigest(),
    }
    return {key: value for key, value in found.items() if value}


def _tries(request: Any) -> bool:
    """Whether a request changes nothing."""
    if isinstance(request, StartOperationRequest):
        work = request.WhichOneof("work")
        return work == "verify" or (work is not None and _tries(getattr(request, work)))
    return bool(getattr(request, "validate_only", False))


def _behalf(context: Context) -> str:
    text = said_author(context, "")
    if len(text) > _LONGEST_AUTHOR or not text.isprintable():
        raise ClearwayError(
            Diagnostic(
                code="bad-author",
                message=f"{AUTHOR} is not a name on one line of at most {_LONGEST_AUTHOR} characters",
                hint="write it as git does: Name <address>",
            )
        )
    return text


def _nobody(method: str) -> ClearwayError:
    return ClearwayError(
        Diagnostic(
            code="not-authenticated",
            message=f"{method.rpartition('/')[2]} needs to know who calls, and no certificate was shown",
            hint="show a client certificate that the service's CA has signed (`clearway pki issue NAME` makes one)",
        )
    )
