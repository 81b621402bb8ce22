"""One intent's proof with its ways, from what the service has read and judged already: no device is asked, and no
change is waited for.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Final

from controller.owners import Register
from controller.page.views import View
from intents.compile import compile_intended
from intents.model.evidence import IntentVerdict
from intents.verify import Ways

_WAYS: Final = "ways"
_REGISTER: Final = "register"
_ONE: Final = threading.Lock()  # what a view has in common is made once, by the first who asks


def explained(view: View, name: str) -> IntentVerdict | None:
    """Its verdict with ways and owners; None where it rests, or nothing was judged yet. The first of a reading takes
    seconds in a hospital, others milliseconds."""
    operational = view.seen.operational
    judged = view.seen.verdict.intents if view.seen.verdict is not None else ()
    known = next((v for v in judged if v.intent == name), None)
    if operational is None or known is None or any(f.cannot_prove for f in known.findings):
        return known  # a device of it is away: nothing more is known
    with _ONE:
        ways, register = _common(view)
        shown = replace(known, paths=ways.of(name))
    return shown if register is None else register.judged(shown, ways=True)


def _common(view: View) -> tuple[Ways, Register | None]:
    """What all intents of a view share."""
    ways, register = view.memo.get(_WAYS), view.memo.get(_REGISTER)
    operational = view.seen.operational
    if not isinstance(ways, Ways) and operational is not None:
        intents = view.seen.project.intents
        intended = compile_intended(view.campus, intents, operational).intended
        register = Register(intended=intended, operational=operational) if intended is not None else None
        view.memo[_WAYS] = ways = Ways(view.campus, intents, operational)
        view.memo[_REGISTER] = register
    if not isinstance(ways, Ways):
        raise TypeError("a view with a verdict was read")
    return ways, register if isinstance(register, Register) else None
