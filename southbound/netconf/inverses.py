"""What takes back a change on a device that undoes nothing by itself: its differences with their sides exchanged."""

from __future__ import annotations

from collections.abc import Sequence

from intents.model.state import Difference


def inverse(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """What takes the differences back, in the opposite order."""
    return tuple(Difference(key=d.key, before=d.after, after=d.before) for d in reversed(differences))


class Inverses:
    """What takes back the parts of one change, the last part first."""

    def __init__(self) -> None:
        self._token = ""
        self._parts: tuple[Sequence[Difference], ...] = ()

    def add(self, token: str, part: Sequence[Difference]) -> None:
        """A part is about to be committed."""
        self._parts = (inverse(part), *(self._parts if token == self._token else ()))
        self._token = token

    def last(self) -> Sequence[Difference]:
        """What takes back the part committed last."""
        return self._parts[0]

    def without_last(self) -> None:
        """That part did not take effect."""
        self._parts = self._parts[1:]

    def of(self, token: str) -> tuple[Sequence[Difference], ...]:
        """One edit after the other."""
        return self._parts if token == self._token else ()

    def forget(self) -> None:
        """All is kept, or taken back."""
        self._parts = ()
