"""OperationService: work that goes on while nobody waits for it. Everything here happens in the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from controller._pb.clearway.intents.v1 import operations_pb2 as pb
from controller.events import STOPPED, Event, words
from controller.operations import new_token
from controller.service.api.aio import Context
from controller.service.api.call import Call, call_of
from controller.service.api.changes import Changes
from controller.service.api.kept import KeptOperations
from controller.service.api.looks import Looks
from controller.service.api.paging import page
from controller.service.api.refusals import status_for
from controller.service.api.workers import Workers
from intents.model.diagnostic import ClearwayError, Diagnostic

KEPT: Final = 100  # that ended
MOST: Final = 32  # that have not
_LOOK_AGAIN_S: Final = 0.5
Looked = TypeVar("Looked")
_UNDER_WAY: Final = (pb.Operation.STATE_WAITING, pb.Operation.STATE_RUNNING)


@dataclass(slots=True, eq=False)
class _Entry:
    """One operation. order: sorts the newest first. kept: beyond a restart. news: set at the next step."""

    told: pb.Operation
    order: str
    call: Call
    kept: bool
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        return self.told.state not in _UNDER_WAY

    def changed(self) -> None:
        self.told.revision += 1
        news, self.news = self.news, asyncio.Event()
        news.set()


class Operations:
    """The methods, named as in the proto. Made and used in one event loop."""

    def __init__(self, looks: Looks, changes: Changes, workers: Workers, kept: KeptOperations) -> None:
        self._works: dict[str, tuple[str, Callable[[Any, Call], Message]]] = {
            "apply": ("applied", changes.ApplyIntent),
            "delete": ("deleted", changes.DeleteIntent),
            "verify": ("verified", looks.VerifyNetwork),
        }
        self._workers, self._kept = workers, kept
        self._loop = asyncio.get_running_loop()
        self._entries: dict[str, _Entry] = {}
        self._count = 0

    async def StartOperation(  # noqa: N802
        self, request: pb.StartOperationRequest, context: Context
    ) -> pb.StartOperationResponse:
        """Begin."""
        kind = request.WhichOneof("work")
        if kind is None:
            raise _fault("no-work", "the operation has nothing to do", "set apply, delete or verify")
        if sum(not e.ended for e in self._entries.values()) >= MOST:
            raise _fault("too-busy", f"{MOST} operations wait already", "try again in a few seconds")
        entry = self._entered(request, kind, call_of(context).author)
        if entry.kept:
            await self._looked(lambda: self._kept.started(entry.told))
        self._entries[entry.told.name] = entry
        entry.task = self._loop.create_task(self._carry_out(entry, kind, getattr(request, kind)))
        return pb.StartOperationResponse(operation=entry.told)

    async def GetOperation(self, request: pb.GetOperationRequest, _: Context) -> pb.GetOperationResponse:  # noqa: N802
        """How it goes."""
        return pb.GetOperationResponse(operation=await self._told(request.name))

    async def ListOperations(  # noqa: N802
        self, request: pb.ListOperationsRequest, _: Context
    ) -> pb.ListOperationsResponse:
        """A page, the newest first."""
        earlier = [o for o in await self._looked(self._kept.all) if o.name not in self._entries]
        orders = [(e.order, e.told) for e in self._entries.values()]
        orders += [(f"~{10**15 - o.create_time.ToMilliseconds():015d}{o.name}", o) for o in earlier]
        found, token = page(sorted(orders, key=_order), _order, request.page_size, request.page_token)
        return pb.ListOperationsResponse(operations=[_without_result(o) for _, o in found], next_page_token=token)

    async def CancelOperation(  # noqa: N802
        self, request: pb.CancelOperationRequest, _: Context
    ) -> pb.CancelOperationResponse:
        """Nobody wants it any more: the change is undone as soon as its step is through."""
        told = await self._told(request.name)
        if request.name in self._entries:
            self._entries[request.name].call.left.set()
        return pb.CancelOperationResponse(operation=told)

    async def WaitOperation(self, request: pb.WaitOperationRequest, _: Context) -> pb.WaitOperationResponse:  # noqa: N802
        """Wait for the end."""
        told = await self._told(request.name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_seconds(request)):
                async for told in self._steps(request.name):  # noqa: B007 - the last one counts
                    pass
        return pb.WaitOperationResponse(operation=told)

    async def WatchOperation(  # noqa: N802
        self, request: pb.WatchOperationRequest, _: Context
    ) -> AsyncIterator[pb.WatchOperationResponse]:
        """Each step until the end."""
        async for told in self._steps(request.name):
            yield pb.WatchOperationResponse(operation=told)

    async def _steps(self, name: str) -> AsyncIterator[pb.Operation]:
        """As it is, and as it is after each step, until it has ended."""
        while True:
            entry = self._entries.get(name)
            news = entry.news if entry is not None else None
            told = await self._told(name)
            yield told
            if told.state not in _UNDER_WAY:
                return
            if news is not None:
                await news.wait()
            else:
                await asyncio.sleep(_LOOK_AGAIN_S)  # of an earlier service: nobody here hears of its steps

    def close(self) -> None:
        """Stop what is under way: it is undone."""
        for entry in self._entries.values():
            entry.call.left.set()

    def _entered(self, request: pb.StartOperationRequest, kind: str, author: str) -> _Entry:
        self._count += 1
        name = f"operations/{new_token()}"
        work = getattr(request, kind)
        what = {"apply": lambda: work.intent.name, "delete": lambda: work.name}.get(kind, lambda: "")()
        told = pb.Operation(
            name=name, state=pb.Operation.STATE_WAITING, title=f"{kind} {what}".strip(), author=author, revision=1
        )
        told.create_time.GetCurrentTime()
        entry = _Entry(
            told=told,
            order=f"{10**12 - self._count:012d}",
            call=Call(),
            kept=kind != "verify" and not work.validate_only,
        )
        entry.call = Call(author=author, progress=partial(self._heard, entry))
        ended = [n for n, e in self._entries.items() if e.ended]
        for old in ended[: max(0, len(ended) - KEPT + 1)]:
            del self._entries[old]
        return entry

    async def _carry_out(self, entry: _Entry, kind: str, request: Message) -> None:
        result, method = self._works[kind]
        try:
            done = await self._workers.run(partial(self._begun, entry, method, request), entry.call, long=True)
            getattr(entry.told, result).CopyFrom(done)
            entry.told.state = pb.Operation.STATE_SUCCEEDED
        except Exception as error:  # noqa: BLE001 - told to whoever asks, under an id where it is a fault of ours
            stopped = isinstance(error, ClearwayError) and error.diagnostics[0].code == STOPPED.code
            entry.told.state = pb.Operation.STATE_CANCELLED if stopped else pb.Operation.STATE_FAILED
            entry.told.error.CopyFrom(status_for(error, entry.told.title))
        entry.told.end_time.GetCurrentTime()
        entry.changed()
        if entry.kept:
            with contextlib.suppress(ClearwayError, RuntimeError):  # or the service stops; the journal tells it, too
                await self._looked(lambda: self._kept.ended(entry.told))

    def _begun(self, entry: _Entry, method: Callable[[Any, Call], Message], request: Message) -> Message:
        """In a worker's thread."""
        if not entry.call.still_wanted():
            raise ClearwayError(STOPPED)
        self._loop.call_soon_threadsafe(_running, entry)
        return method(request, entry.call)

    def _heard(self, entry: _Entry, event: Event) -> None:
        """In a worker's thread, as it makes a step."""
        if entry.kept:
            self._kept.stepped(entry.told.name, event)
        self._loop.call_soon_threadsafe(_step, entry, event)

    async def _told(self, name: str) -> pb.Operation:
        """How it goes, also of one of an earlier service."""
        entry = self._entries.get(name)
        found = entry.told if entry is not None else await self._looked(lambda: self._kept.get(name))
        if found is None:
            raise _fault(
                "unknown-operation",
                f"there is no operation {name!r}",
                f"the last {KEPT} that ended are kept, over a restart those that were to change something: list them",
            )
        return found

    async def _looked(self, look: Callable[[], Looked]) -> Looked:
        """What the state says."""
        return await self._workers.run(look, Call(), long=False)


def _order(listed: tuple[str, pb.Operation]) -> str:
    return listed[0]


def _running(entry: _Entry) -> None:
    entry.told.state = pb.Operation.STATE_RUNNING
    entry.changed()


def _step(entry: _Entry, event: Event) -> None:
    if entry.ended:
        return
    entry.told.progress.CopyFrom(
        pb.Progress(
            phase=str(event.phase),
            words=words(event),
            device=event.device,
            devices=event.devices,
            done=event.done,
            total=event.total,
            round=event.round,
            rounds=event.rounds,
            cause=str(event.cause or ""),
        )
    )
    entry.told.progress.time.FromDatetime(event.at)
    entry.changed()


def _without_result(told: pb.Operation) -> pb.Operation:
    """For lists: a verdict on a hospital is long."""
    short = pb.Operation()
    short.CopyFrom(told)
    if short.WhichOneof("result") not in (None, "error"):
        short.ClearField(short.WhichOneof("result"))
    return short


def _seconds(request: pb.WaitOperationRequest) -> float | None:
    """How long to wait; None: as long as the caller does."""
    if not request.HasField("timeout"):
        return None
    return max(0.0, request.timeout.seconds + request.timeout.nanos / 1e9)


def _fault(code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint))
