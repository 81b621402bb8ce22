"""Several sites, each a project of its own in a folder of folders: made as intended one after the other, some at once.

Each site is a change of its own, all or nothing; the roll-out as a whole is not. It can be ended at any moment and
begun again: what was proven of the texts that are there now is written down, and is not done again. A site is made in
a process of its own, so that memory is that of the largest sites under way, however many there are.
"""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from intents.model.diagnostic import ClearwayError, Diagnostic, Position

FOLDER: Final = ".clearway"
_RECORD: Final = "sites.json"
_PRELOADED: Final = ["controller.operations", "controller.connect", "intents.verify", "controller.cli.commands.common"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a site. texts: their hash. rss_kib: the most memory that its process took. problems: why it is not
    as intended; then nothing has changed there."""

    site: str
    texts: str
    onus: int = 0
    changes: int = 0
    intents: int = 0
    seconds: float = 0.0
    processor_s: float = 0.0
    rss_kib: int = 0
    problems: tuple[Diagnostic, ...] = ()


def sites_in(folder: Path) -> tuple[Path, ...]:
    """The projects in a folder, by name. Raises ClearwayError where there is none."""
    found = sorted({path.parent for ending in ("campus.y*ml", "*.clab.y*ml") for path in folder.glob(f"*/{ending}")})
    if not found:
        raise ClearwayError(
            Diagnostic(
                code="no-sites",
                message=f"{folder} holds no folder with a campus in it",
                hint="give the folder of all sites; one site by itself is made with `clearway apply DIR`",
                position=Position(str(folder)),
            )
        )
    return tuple(found)


def texts_of(site: Path) -> str:
    """A hash of all that a site's project says."""
    found = hashlib.sha256()
    for path in sorted([*site.glob("*.y*ml"), *(site / "intents").rglob("*.y*ml")]):
        found.update(f"{path.relative_to(site)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return found.hexdigest()


def due(folder: Path, *, again: bool = False) -> tuple[Path, ...]:
    """The sites that are not known to be as their texts say; all of them with `again`."""
    record = {} if again else _record(folder)
    return tuple(site for site in sites_in(folder) if record.get(site.name, {}).get("texts") != texts_of(site))


def roll_out(folder: Path, sites: Sequence[Path], make: Callable[[Path], Done], jobs: int) -> Iterator[Done]:
    """Make each site as intended, `jobs` at once; yields each when it is done, and has it written down when it is well.
    make: does one, in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        under_way = {pool.submit(make, site): site for site in sites}
        try:
            for future in as_completed(under_way):
                site = under_way[future]
                try:
                    done = future.result()
                except BrokenProcessPool:
                    done = Done(site=site.name, texts="", problems=(_killed(site),))
                if not done.problems:
                    _note(folder, done)
                yield done
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def measured(site: Path, job: Callable[[Path], tuple[int, int, int]]) -> Done:
    """What became of a site, with what it took. job: makes it, and returns how many ONUs, changes and intents.

    Looking for garbage is left out: the process ends with the site.
    """
    gc.disable()
    began, texts = time.monotonic(), texts_of(site)
    problems: tuple[Diagnostic, ...] = ()
    onus = changes = intents = 0
    try:
        onus, changes, intents = job(site)
    except ClearwayError as error:
        problems = error.diagnostics
    used, helped = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_s = used.ru_utime + used.ru_stime + helped.ru_utime + helped.ru_stime
    return Done(
        site=site.name,
        texts=texts,
        onus=onus,
        changes=changes,
        intents=intents,
        seconds=round(time.monotonic() - began, 2),
        processor_s=round(processor_s, 2),
        rss_kib=used.ru_maxrss + helped.ru_maxrss,
        problems=problems,
    )


def _killed(site: Path) -> Diagnostic:
    return Diagnostic(
        code="site-killed",
        message=f"the process that made {site.name} was ended from outside, perhaps for want of memory",
        hint="run `clearway rollout` again: it first finishes or takes back what was under way there; with --jobs 1 it "
        "needs less memory",
        position=Position(str(site)),
    )


def _record(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / FOLDER / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # then everything is looked at again
    return found


def _note(folder: Path, done: Done) -> None:
    """Write down that a site is as its texts say. Where the disk is full it is looked at once more next time."""
    mine = {k: v for k, v in asdict(done).items() if k not in ("site", "problems")}
    record = _record(folder) | {done.site: {**mine, "at": datetime.now(UTC).isoformat(timespec="seconds")}}
    path = folder / FOLDER / _RECORD
    try:
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(record, indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError:
        return
