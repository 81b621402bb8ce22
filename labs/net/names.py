"""Names of a lab's network namespaces: prefixed, the same for the same lab. Everything else is inside them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


def _digest(text: str, digits: int) -> str:
    return sha256(text.encode()).hexdigest()[:digits]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one lab. prefix: `cw` and six hexadecimal digits."""

    prefix: str

    @staticmethod
    def of(lab: str) -> Names:
        """The names of the lab that `lab` (say, the path of its topology) tells from every other."""
        return Names(f"cw{_digest(lab, 6)}")

    def netns(self, label: str) -> str:
        """A network namespace."""
        return f"{self.prefix}-{label}"

    def owns(self, name: str) -> bool:
        """Whether a namespace of that name is this lab's."""
        return name.startswith(f"{self.prefix}-")


def interface(label: str, longest: int = 15) -> str:
    """An interface name (IFNAMSIZ): the label where it fits, else its beginning and a digest."""
    return label if len(label) <= longest else f"{label[: longest - 5]}~{_digest(label, 4)}"
