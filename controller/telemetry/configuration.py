"""Metrics of the configuration: which texts the network is held to, and whether the newest were taken."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from typing import Final

from controller.revision import revision_of
from controller.telemetry.meters import Meters
from controller.telemetry.observer import Ended, Judged, Observer, Outcome

_TAKEN: Final = frozenset({Outcome.DONE, Outcome.UNCHANGED})
BY_CALL: Final = "api"  # a wish that came by a call is no configuration that was written


class ConfigurationMeters(Observer):
    """Shows the texts by their hash and their commit."""

    def __init__(self, meters: Meters) -> None:
        self._files: Mapping[str, str] = {}
        self._words: Mapping[str, str] | None = None
        self._successful: bool | None = None
        self._at: float | None = None
        meters.info("clearway_loaded_configuration_info", "The texts that the network is held to.", lambda: self._words)
        meters.gauge(
            "clearway_configuration_last_load_successful",
            "1 where the newest texts are in force, 0 where they were refused or undone.",
            lambda: None if self._successful is None else float(self._successful),
        )
        meters.gauge(
            "clearway_configuration_last_load_success_timestamp_seconds",
            "When texts last came into force.",
            lambda: self._at,
        )

    def ended(self, ended: Ended) -> None:
        """A commit, or a window of the calendar, was taken or not."""
        if ended.outcome in _TAKEN:
            self._successful, self._at = True, ended.at.timestamp()
        elif ended.begun.cause != BY_CALL and ended.outcome is not Outcome.STOPPED:
            self._successful = False

    def judged(self, judged: Judged) -> None:
        """The network is held to these."""
        files = judged.project.files
        if files is self._files:
            return
        self._files = files
        self._words = {"hash": hash_of(files), "revision": judged.commit or revision_of(files)}
        if self._successful is None:  # what stood there when the service began
            self._successful, self._at = True, judged.at.timestamp()


def hash_of(files: Mapping[str, str]) -> str:
    """SHA-256 of texts with their paths below the folder that holds them all, so the same wherever that stands; hex."""
    folder = _common([posixpath.dirname(path) for path in files])
    digest = hashlib.sha256()
    for path, text in sorted((posixpath.relpath(path, folder or "."), text) for path, text in files.items()):
        for part in (path.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _common(folders: Sequence[str]) -> str:
    try:
        return posixpath.commonpath(folders)
    except ValueError:  # none, or some absolute and some not
        return ""
