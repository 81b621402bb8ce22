"""What every object of an OLT has: a kind, a name, a key. Names and usages that several modules share."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

# Names that Clearway gives begin with this; an object without it is not ours to delete.
NAME_PREFIX: Final = "cw."

Usage = Literal["user-port", "network-port"]
TagType = Literal["c-vlan", "s-vlan"]
# PON technologies that are configured, as bbf-xpon-types calls them.
Technology = Literal["xgs", "gpon"]


class Named:
    """Shared key of the objects."""

    __slots__ = ()
    kind: ClassVar[str]
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same object."""
        return (self.kind, self.name)
