"""containerlab itself, pinned: built from its published Go module."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from labs.containers.commands import cache, run
from labs.runner.errors import LabError

MODULE: Final = "github.com/srl-labs/containerlab"
VERSION: Final = "v0.69.3"
# Of the module's source, as the Go checksum database has it.
SUM: Final = "h1:nFEronpvHUBD+5cDMT8uLWQdq0rZ/lJ6JKWmJ7sluHI="
_BUILD_S: Final = 1800.0
_MODULES: Final = Path("/proc/modules")
# A kernel without loadable modules has no list of them; containerlab v0.69.3 gives up there, though it needs none.
_LOOKED_UP: Final = ("utils/kernel_module.go", '"/proc/modules"', '"/dev/null"')

Say = Callable[[str], None]


def containerlab(say: Say) -> Path:
    """The program, built if it is not there yet. Raises LabError."""
    kernel = "" if _MODULES.exists() else "-without-modules"
    program = cache() / f"containerlab-{VERSION}{kernel}"
    if program.exists():
        return program
    if shutil.which("go") is None:
        raise LabError("go is not installed", "containerlab is built from its Go module: install Go 1.24 or newer")
    say(f"building containerlab {VERSION} from its Go module; the first time takes some minutes")
    source = _source()
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="containerlab-", dir=cache()) as temporary:
        copy, made = Path(temporary) / "source", Path(temporary) / "containerlab"
        run(["cp", "-r", "--no-preserve=mode", str(source), str(copy)])
        if not _MODULES.exists():
            file, looked_for, instead = _LOOKED_UP
            text = (copy / file).read_text(encoding="utf-8")
            (copy / file).write_text(text.replace(looked_for, instead), encoding="utf-8")
        version = f"-s -w -X {MODULE}/cmd/version.Version={VERSION.removeprefix('v')}"
        words = ["go", "build", "-trimpath", "-buildvcs=false", f"-ldflags={version}", "-o", str(made), "."]
        run(words, folder=copy, environment={"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}, within_s=_BUILD_S)
        made.replace(program)
    return program


def _source() -> Path:
    """The module's source, of the pinned hash. Raises LabError."""
    with tempfile.TemporaryDirectory(prefix="clearway-go-") as nowhere:
        text = run(["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"], folder=Path(nowhere), within_s=_BUILD_S)
    found = json.loads(text)
    if found["Sum"] != SUM:
        raise LabError(f"{MODULE} {VERSION} has the hash {found['Sum']}, and should have {SUM}", "do not build it")
    return Path(found["Dir"])


def why_not() -> str | None:
    """Why containerlab cannot be had here, or None. Asks Go's proxy where it would have to be built."""
    if any(cache().glob(f"containerlab-{VERSION}*")) and os.access(cache(), os.R_OK):
        return None
    if shutil.which("go") is None:
        return "containerlab is not built yet, and go is not installed"
    try:
        _source()
    except LabError as error:
        return f"containerlab's Go module cannot be had: {error}"
    return None
