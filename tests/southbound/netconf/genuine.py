"""The genuine modules as judges: by the libyang wheel, and by Debian's yanglint where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import oopt_gnpy_libyang as libyang
from lxml import etree


@cache
def _context(folder: Path) -> Any:
    libyang.set_log_options(libyang.LogOptions.Store)
    options = libyang.ContextOptions.NoYangLibrary | libyang.ContextOptions.DisableSearchCwd
    context = libyang.Context(str(folder / "modules"), options)
    features = dict(line.split(":") for line in (folder / "features.txt").read_text().split())
    features |= {"ietf-hardware": "hardware-sensor", "bbf-xpon": "channel-termination-defects"}  # of the lab's OLT
    for module in ("bbf-xpon-defects", *(folder / "load-order.txt").read_text().split()):
        context.load_module(module, None, [f for f in features.get(module, "").split(",") if f])
    return context


def by_wheel(shared: Path, text: str, *, state: bool = False) -> str:
    """What libyang's wheel has against a configuration, or with `state` a whole datastore; empty: nothing."""
    context = _context(shared / "yang")
    context.clean_all_errors()
    parse = libyang.ParseOptions.Strict
    if not state:
        parse |= libyang.ParseOptions.NoState
    validation = libyang.ValidationOptions.Present if state else libyang.ValidationOptions.NoState
    try:
        # First the values alone: libyang 4.5.5 crashes where it goes on after an invalid list key.
        context.parse_data(text, libyang.DataFormat.XML, parse | libyang.ParseOptions.ParseOnly, None)
        context.parse_data(text, libyang.DataFormat.XML, parse, validation)
    except libyang.Error as error:
        return "; ".join(f"{e.data_path}: {e.message}" for e in context.errors()) or str(error)
    return ""


def by_yanglint(shared: Path, texts: Iterable[str], folder: Path) -> list[bool] | None:
    """Whether yanglint accepts each of the configurations; None: it is not installed."""
    if shutil.which("yanglint") is None:
        return None
    verdicts = []
    for number, text in enumerate(texts):
        file = folder / f"{number}.xml"
        file.write_text(text)
        done = subprocess.run(
            ["bash", str(shared / "yang" / "validate.sh"), str(file)], capture_output=True, text=True, check=False
        )
        verdicts.append(done.returncode == 0)
    return verdicts


def text_of(config: etree._Element) -> str:
    """The children of a <config>, as a file that yanglint takes."""
    return "".join(etree.tostring(child, encoding="unicode") for child in config)
