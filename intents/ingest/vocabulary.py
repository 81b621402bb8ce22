"""The names of a campus as people say them: hyphens, case, articles and plural forgiven; aliases included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from intents.ingest.names import nearest
from intents.model.campus import Campus

_ARTICLES = frozenset(("the", "a", "an", "all"))


def fold(phrase: str) -> str:
    """A name in its one form: `the CT-Rooms` and `ct room` are the same."""
    words = [w for w in phrase.lower().replace("-", " ").replace("_", " ").split() if w]
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    if words and len(words[-1]) > 3 and words[-1].endswith("s") and not words[-1].endswith("ss"):
        words[-1] = words[-1][:-1]
    return "".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """forms: folded phrase to the names that it may mean, sorted."""

    forms: Mapping[str, tuple[str, ...]]
    classes: frozenset[str]

    def meanings(self, phrase: str) -> tuple[str, ...]:
        """The names that a phrase may mean; an exact name means itself only."""
        found = self.forms.get(fold(phrase), ())
        exact = tuple(n for n in found if n == phrase)
        return exact or found

    def near(self, phrase: str) -> str | None:
        """The name most like a phrase that means nothing."""
        close = nearest(fold(phrase), self.forms)
        return self.forms[close][0] if close else None


def vocabulary(campus: Campus) -> Vocabulary:
    """The vocabulary of a campus."""
    forms: dict[str, set[str]] = {}
    for name in (*campus.places, *campus.groups, *campus.segments):
        forms.setdefault(fold(name), set()).add(name)
    for alias, name in campus.aliases.items():
        forms.setdefault(fold(alias), set()).add(name)
    # A segment and a group or place of one folded name: the more specific is meant, exact names stay distinct.
    return Vocabulary(
        forms={form: tuple(sorted(names)) for form, names in sorted(forms.items())}, classes=frozenset(campus.classes)
    )
