"""An in-memory device that keeps the driver's protocol, with faults to order. For tests of the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from intents.model.diagnostic import Diagnostic
from intents.model.state import DeviceState, Difference, Observation, diff, patch
from intents.model.switch import SwitchFacts
from southbound.driver import Capabilities, DeviceRefused, DeviceUnreachable, OutcomeUnknown


def refusal(device: str, step: str) -> DeviceRefused:
    """What a device that says no raises."""
    return DeviceRefused(Diagnostic(code="refused", message=f"{device} refuses to {step}"), object_name="")


@dataclass
class MemoryDriver:
    """Holds a state; `fails` names the steps that fail, `timer` says whether it undoes unconfirmed commits."""

    device: str
    kinds: frozenset[str]
    state: DeviceState
    fails: set[str] = field(default_factory=set)
    lies: bool = False
    down: bool = False
    staged: tuple[Difference, ...] = ()
    unconfirmed: dict[str, DeviceState] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def _step(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise DeviceUnreachable(Diagnostic(code="down", message=f"{self.device} does not answer"))
        if name in self.fails:
            raise refusal(self.device, name)

    def probe(self) -> Capabilities:
        self._step("probe")
        return Capabilities(device=self.device, protocol="memory", confirmed_commit=True)

    def observe(self) -> Observation:
        self._step("observe")
        return Observation(state=self.state, facts=SwitchFacts())

    def prepare(self, differences: Sequence[Difference]) -> None:
        self._step("prepare")
        self.staged = tuple(differences)

    def commit(self, token: str, timeout_s: int) -> None:
        self._step("commit")
        before = self.state
        if not self.lies:
            self.state = patch(self.state, self.staged)
        self.unconfirmed.setdefault(token, before)
        self.staged = ()
        if "lose-reply" in self.fails:
            raise OutcomeUnknown(Diagnostic(code="lost", message=f"{self.device}: the reply was lost"))

    def confirm(self, token: str) -> None:
        self._step("confirm")
        self.unconfirmed.pop(token, None)

    def revert(self, token: str) -> None:
        self._step("revert")
        self.staged = ()
        before = self.unconfirmed.pop(token, None)
        if before is not None:
            self.state = before

    def close(self) -> None:
        self.calls.append("close")


def changes(before: DeviceState, after: DeviceState) -> tuple[Difference, ...]:
    """The differences, as a plan would hold them."""
    return diff(before, after)
