"""The running configuration on disk: what the OLT comes up with. Written whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from lxml import etree

from labs.olt import xmlio
from labs.olt.errors import RpcError

_NAME = "running.xml"


class StoreError(Exception):
    """The state directory cannot be read or written."""


class Store:
    """A directory with the last confirmed configuration."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}") from None

    def load(self) -> etree._Element | None:
        """What was saved last; None at the first start. Raises StoreError."""
        try:
            return xmlio.parse(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, RpcError) as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from None

    def save(self, config: etree._Element) -> None:
        """Make `config` what the next start finds. Raises StoreError; then the old one is still there."""
        beside = self._path.with_suffix(".new")
        try:
            with beside.open("wb") as file:
                file.write(xmlio.serialise(config))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from None
