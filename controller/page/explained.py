"""One intent's proof with its ways, from what the service has read already: no device is asked, and no change is waited
for."""

from __future__ import annotations

from controller.owners import Register
from controller.page.views import View
from controller.state.store import Store
from intents.compile import compile_intended
from intents.model.evidence import IntentVerdict
from intents.model.plan import Intended
from intents.verify import verify_one

_INTENDED = "intended"


def explained(view: View, name: str, store: Store) -> IntentVerdict | None:
    """Its verdict with ways and owners; None where it rests, or nothing was read yet. May take seconds in a hospital.
    Raises ClearwayError."""
    project, operational = view.seen.project, view.seen.operational
    if operational is None or view.seen.verdict is None:
        return None
    known = next((v for v in view.seen.verdict.intents if v.intent == name), None)
    if known is None or any(f.cannot_prove for f in known.findings):  # a device of it is away: nothing more is known
        return known
    verdict = verify_one(view.campus, project.intents, operational, name, store.load_applied())
    intended = _intended(view)
    if verdict is None or intended is None:
        return verdict
    return Register(intended=intended, operational=operational).judged(verdict, ways=True)


def _intended(view: View) -> Intended | None:
    """Compiled once for all intents of a view."""
    if _INTENDED not in view.memo:
        found = compile_intended(view.campus, view.seen.project.intents, view.seen.operational).intended
        view.memo[_INTENDED] = found
    known = view.memo[_INTENDED]
    return known if isinstance(known, Intended) else None
