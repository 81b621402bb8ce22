"""One change in the log: who wants it and why, every message that it sends to a device, and how it ended.

    change-begun   token, by, at, from, commit; which devices it is on
    change-part    for each device: how many objects of which kind change, and for which intents (file:line)
    message        before it leaves: token, device, protocol, operation, parts, bytes, sha256
    answer         of: the number of the message's record; outcome: ok, or the device's words
    change-ended   token, outcome

`message` is on the disk before the device can have the message; an `answer` comes to the disk with the next. Where the
log cannot be written, nothing is begun and nothing more is sent; but what was begun is taken back (or, once proven,
finished) all the same, and what could not be written down then is counted in the next record that can.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from controller.access.caller import caller_fields
from controller.audit import anchors
from controller.audit.log import AuditLog
from controller.events import Event, Progress
from controller.state.journal import Phase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from intents.model.plan import Change, Plan
from southbound.tap import Message, listening

LOG: Final = logging.getLogger("clearway.audit")
_MOST_INTENTS: Final = 500  # a device, in one record; how many more there are is said
_LONGEST: Final = 2000
_HOMEWARD: Final = frozenset({Phase.REVERT, Phase.CONFIRM})
_KINDS: Final = {"add": "added", "modify": "changed", "remove": "removed"}


class ChangeLog:
    """What is written of one change. Hears of messages from any thread (southbound.tap.Listener)."""

    def __init__(self, log: AuditLog, token: str, about: Mapping[str, Any]) -> None:
        self._log = log
        self._token = token
        self._whole = about
        self._about = {**{key: str(value) for key, value in about.items()}, **caller_fields()}
        self._lock = threading.Lock()
        self.begun = False
        self._homeward = False
        self._missed = 0

    def planned(self, plan: Plan) -> Mapping[str, Any]:
        """It is about to begin; what the journal is to keep of it. Raises ClearwayError where that cannot be written
        down: then it must not."""
        with self._lock:
            self._begin(plan.devices)
            for part in _parts(plan):
                self._note("change-part", {"token": self._token, **part}, must=True, durable=False)
        return {**self._whole, **anchors.mark(self._log, self._log.head)}

    def heard(self, event: Event) -> None:
        """From where it goes back, or was proven, it is ended whether or not that can be written down."""
        self._homeward = self._homeward or event.phase in _HOMEWARD

    def following(self, progress: Progress) -> Progress:
        """The same listener to the change's progress, and this beside it."""

        def both(event: Event) -> None:
            self.heard(event)
            progress(event)

        return both

    def sending(self, message: Message) -> int:
        """See Listener."""
        with self._lock:
            if not self.begun:  # an earlier change is ended, or a device tried out, before this one is planned
                self._begin(())
        sent = message.payload
        return self._note(
            "message",
            {
                "token": self._token,
                "device": message.device,
                "protocol": message.protocol,
                "operation": message.operation,
                "parts": sent.parts,
                "bytes": sent.size,
                "sha256": sent.digest,
            },
            must=not self._homeward,
        )

    def answered(self, number: int, message: Message, outcome: str) -> None:
        """See Listener."""
        self._note(
            "answer",
            {"token": self._token, "device": message.device, "of": number, "outcome": outcome[:_LONGEST]},
            must=False,
            durable=False,
        )

    def ended(self, outcome: str) -> None:
        """It is over, if it ever began."""
        if self.begun:
            self._note("change-ended", {"token": self._token, "outcome": outcome[:_LONGEST]}, must=False)

    def _begin(self, devices: tuple[str, ...]) -> None:
        fields = {"token": self._token, **self._about, "devices": list(devices)}
        self._note("change-begun", fields, must=not self._homeward)
        self.begun = True

    def _note(self, kind: str, fields: Mapping[str, Any], *, must: bool, durable: bool = True) -> int:
        missed = {"missed": self._missed} if self._missed else {}
        try:
            head = self._log.append(kind, {**fields, **missed}, durable=durable)
        except ClearwayError:
            if must:
                raise
            self._missed += 1
            LOG.warning("not in the audit log", extra={"record": kind, **fields})
            return 0
        self._missed = 0
        return head.n


@contextmanager
def audited(store: Store, token: str, about: Mapping[str, Any]) -> Iterator[ChangeLog]:
    """Around a change: what is sent to devices inside is written down, and how it ended."""
    log = AuditLog(store.folder)
    change = ChangeLog(log, token, about)
    try:
        with listening(change):
            yield change
    except ClearwayError as error:
        change.ended("; ".join(f"{d.code}: {d.message}" for d in error.diagnostics))
        raise
    except BaseException as error:
        change.ended(f"stopped: {type(error).__name__}")
        raise
    else:
        change.ended("done")
    finally:
        if change.begun:
            anchors.keep(store, log)
            LOG.info("audit", extra={"head": str(log.head), "token": token})
        log.close()


def _parts(plan: Plan) -> Iterator[dict[str, Any]]:
    """What changes on each device, in numbers, and for whom."""
    by_device: dict[str, list[Change]] = {}
    for change in plan.changes:
        by_device.setdefault(change.device, []).append(change)
    for device, changes in sorted(by_device.items()):
        askers = {asker for c in changes for asker in c.askers}
        named = [f"{a.name} ({a.position.file}:{a.position.line})" for a in sorted(askers)]
        yield {
            "device": device,
            "changes": dict(sorted(Counter(map(_what, changes)).items())),
            "intents": named[:_MOST_INTENTS],
            "more-intents": max(0, len(named) - _MOST_INTENTS),
        }


def _what(change: Change) -> str:
    return f"{change.difference.key[0]} {_KINDS[change.difference.op]}"
