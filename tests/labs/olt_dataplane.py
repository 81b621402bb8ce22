"""A dataplane for tests: writes each configuration that it is given to a file, and refuses VLAN 666."""

from __future__ import annotations

from pathlib import Path

from labs.olt.config import OltConfig
from labs.olt.hook import Dataplane, DataplaneError
from labs.olt.plant import Plant


class Recorder:
    """Records the T-CONTs of each configuration, a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def apply(self, config: OltConfig) -> None:
        """Record it. Raises DataplaneError for VLAN 666, ValueError (a fault of its own) for VLAN 667."""
        vids = {tag.vid for s in config.sub_interfaces for rule in s.rules for tag in rule.match.tags}
        self._write(" ".join(t.name for t in config.tconts) or "-")
        if 666 in vids:
            raise DataplaneError("VLAN 666 is not for us")
        if 667 in vids:
            raise ValueError("a fault")

    def see(self, plant: Plant) -> None:
        """What ONUs have light is of no interest here."""

    def close(self) -> None:
        """Record that too."""
        self._write("closed")

    def _write(self, line: str) -> None:
        with self._path.open("a") as file:
            file.write(line + "\n")


def make(path: str) -> Dataplane:
    """The factory."""
    return Recorder(Path(path))
