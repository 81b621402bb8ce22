"""Lists of names in a sentence: `stretcher and lift, nurse station` divided at commas and "and".

A name may hold "and" itself, so n of them can be read in 2^n ways. They are never written out: what is known is worked
out from the end, and no more ways are given than it takes to see that there are two.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from intents.ingest.vocabulary import Vocabulary

MOST_WAYS: Final = 3
_LONGEST: Final = 32  # words of a name


def ways(phrase: str, known: Vocabulary) -> list[tuple[str, ...]]:
    """The divisions of a list into known names, at most MOST_WAYS of them."""
    words = phrase.split()

    @cache
    def fits(at: int) -> bool:
        return any(following == len(words) or fits(following) for _, following in _names_at(words, at, known))

    def divided(at: int) -> Iterator[tuple[str, ...]]:
        for name, following in _names_at(words, at, known):
            if following == len(words):
                yield (name,)
            elif fits(following):
                yield from ((name, *rest) for rest in divided(following))

    return list(islice(divided(0), MOST_WAYS)) if words and fits(0) else []


def parts(phrase: str, known: Vocabulary) -> tuple[str, ...]:
    """The division with the fewest unknown names, and of these the one with the fewest letters in them."""
    words = phrase.split()

    @cache
    def best(at: int) -> tuple[int, int, tuple[str, ...]]:
        if at == len(words):
            return 0, 0, ()
        found = []
        for name, following in _pieces(words, at):
            unknown, letters, rest = best(following)
            is_unknown = not known.meanings(name)
            found.append((unknown + is_unknown, letters + is_unknown * len(name), (name, *rest)))
        return min(found, default=(len(words), len(phrase), (" ".join(words[at:]),)))

    return best(0)[2]


def _names_at(words: list[str], at: int, known: Vocabulary) -> Iterator[tuple[str, int]]:
    return ((name, following) for name, following in _pieces(words, at) if known.meanings(name))


def _pieces(words: list[str], at: int) -> Iterator[tuple[str, int]]:
    """What may be one name from here on, and where the next one begins."""
    for end in range(at + 1, min(len(words), at + _LONGEST) + 1):
        if words[end - 1] == ",":
            return
        following = end
        if following < len(words) and words[following] == ",":
            following += 1
        if following < len(words) and words[following] == "and":
            following += 1
        if end == len(words) or end < following < len(words):
            yield " ".join(words[at:end]), following
