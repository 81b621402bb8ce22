"""A change to an OLT over NETCONF: our driver beside the same XML sent by hand, a whole OLT read beside the fastest way
there is, and one ONU of a large OLT changed. The lab's OLT answers on loopback.

One ONU: its promise changes, which is a traffic descriptor profile that comes or goes, its T-CONT and the encryption of
its GEM port. Timed is what carries the change out, from the plan to the device that was told to keep it: edited and
validated, committed with a timer, read back, held against what was planned, confirmed. The reading that a plan is made
from is timed by itself (olt1000_read_ours_s), and what proves the intents is not the driver's (`clearway bench`). What
is read back is what was touched; that it is enough is shown by the OLT's events (southbound/netconf/sight.py).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from lxml import etree
from ncclient import manager
from netconf_client.connect import connect_ssh  # type: ignore[import-untyped, unused-ignore]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped, unused-ignore]

from intents.compile import compile_intended, make_plan
from intents.ingest import load
from intents.model.pon import GemPort, TCont
from intents.model.pon import TrafficDescriptorProfile as Profile
from intents.model.state import DeviceState, Difference, Operational, patch
from labs.bench.ports import free_ports
from labs.campus import Size, generate
from labs.runner.blueprint import OltBlueprint, blueprint
from labs.runner.devices import start_olt
from labs.runner.errors import LabError
from labs.runner.keys import CLIENT_KEY, make_keys
from labs.runner.workspace import Workspace
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.session import Access
from southbound.netconf.standard.config import edit_of

Say = Callable[[str], None]
NAME: Final = "s01-olt-1"  # one of the two OLTs of a site
SMALL: Final = Size(sites=1, onus=1_024, places=2_048, intents=200)
LARGE: Final = Size(sites=1, onus=2_000, places=4_000, intents=200)
TURNS: Final = 3
_WAIT_S: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An OLT with nothing on it, and what it is to hold."""

    olt: OltBlueprint
    differences: tuple[Difference, ...]


def measure(say: Say) -> dict[str, float]:
    """Seconds and ratios. Raises LabError."""
    say("configuring an OLT of 512 ONUs")
    figures = _configure(task(SMALL))
    say("reading an OLT of 1,000 ONUs, and changing one of them")
    return figures | _read_and_change(task(LARGE))


def task(size: Size) -> Task:
    """One OLT of a made-up site. Raises LabError."""
    texts = {
        name: text.replace("10.0.1.1:830", f"127.0.0.1:{free_ports(1)[0]}") for name, text in generate(size).items()
    }
    loaded = load(texts)
    compiled = compile_intended(loaded.campus, loaded.intents) if loaded.campus is not None else None
    if loaded.campus is None or compiled is None or compiled.intended is None:
        raise LabError("the made-up site cannot be planned", str(loaded.diagnostics[:1]))
    (olt,) = [o for o in blueprint(loaded.campus).olts if o.name == NAME]
    plan = make_plan(compiled.intended, loaded.campus, Operational(devices={}))
    return Task(olt=olt, differences=plan.for_device(NAME))


def _configure(task: Task) -> dict[str, float]:
    """Turn by turn, each time on an OLT that is new."""
    ours, theirs = [], []
    for _ in range(TURNS):
        with running(task.olt) as folder:
            driver = driver_of(task.olt, folder)
            driver.probe()
            ours.append(_timed(partial(carry_out, driver, task.differences)))
            driver.close()
        with running(task.olt) as folder:
            text = etree.tostring(edit_of(task.differences), encoding="unicode")
            with _bare(task.olt, folder) as session:
                theirs.append(_timed(partial(_by_hand, session, text)))
    return {
        "olt512_ours_s": round(median(ours), 3),
        "olt512_by_hand_s": round(median(theirs), 3),
        "olt512_ratio": round(median(ours) / median(theirs), 2),
    }


def _read_and_change(task: Task) -> dict[str, float]:
    with running(task.olt) as folder:
        driver = driver_of(task.olt, folder)
        carry_out(driver, task.differences)
        with _fastest(task.olt, folder) as client:
            size = len(client.get().data_xml)
            ours, theirs = [], []
            for _ in range(TURNS):
                theirs.append(_timed(client.get))
                ours.append(_timed(driver.observe))
        one = []
        state = driver.observe().state
        for change in changes_of(state):
            state = patch(state, change)
            one.append(_timed(partial(_one_onu, driver, change, state)))
        driver.close()
    return {
        "olt1000_read_mb": round(size / 1e6, 1),
        "olt1000_read_ours_s": round(median(ours), 3),
        "olt1000_read_fastest_s": round(median(theirs), 3),
        "olt1000_read_ratio": round(median(ours) / median(theirs), 2),
        "one_onu_s": round(median(one), 3),
    }


def carry_out(driver: NetconfDriver, differences: Sequence[Difference]) -> None:
    """As the transaction does it: staged and validated, committed with a timer, confirmed."""
    driver.prepare(differences)
    driver.commit("push", _WAIT_S)
    driver.confirm("push")


def changes_of(state: DeviceState) -> Iterator[tuple[Difference, ...]]:
    """Changes of one ONU each: it gets a profile of its own and no encryption, and all goes back."""
    gem = next(o for o in state.objects.values() if isinstance(o, GemPort) and o.tcont is not None)
    tcont = next(o for o in state.objects.values() if isinstance(o, TCont) and o.name == gem.tcont)
    profile = next(o for o in state.objects.values() if isinstance(o, Profile) and o.name == tcont.profile)
    own = replace(profile, name="cw.tdp.bench", assured_bps=profile.assured_bps // 2)
    there = (
        Difference(own.key, None, own),
        Difference(tcont.key, tcont, replace(tcont, profile=own.name)),
        Difference(gem.key, gem, replace(gem, aes=not gem.aes)),
    )
    back = tuple(Difference(key=d.key, before=d.after, after=d.before) for d in reversed(there))
    yield from (there, back) * 2


def _one_onu(driver: NetconfDriver, change: tuple[Difference, ...], expected: DeviceState) -> None:
    driver.prepare(change)
    driver.commit("one", _WAIT_S)
    if dict(driver.observe().state.objects) != dict(expected.objects):
        raise LabError(f"{NAME} does not hold what it was sent")
    driver.confirm("one")


def _by_hand(session: Any, text: str) -> None:
    session.edit_config(text, target="candidate")
    session.commit()


def _timed(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


@contextmanager
def running(olt: OltBlueprint) -> Iterator[Path]:
    """The OLT as a process, without dataplane; yields the folder with its keys."""
    with tempfile.TemporaryDirectory(prefix="cw-push-") as folder:
        workspace = Workspace(Path(folder) / "push.clab.yml")
        workspace.prepare()
        make_keys(workspace.folder, [olt.name])
        try:
            start_olt(workspace, olt, [])
            yield workspace.folder
        finally:
            workspace.stop_all()


def driver_of(olt: OltBlueprint, folder: Path) -> NetconfDriver:
    """A driver of an OLT that runs; folder: with its keys."""
    access = Access(
        host=olt.host,
        port=olt.port,
        username="clearway",
        private_key=(folder / CLIENT_KEY).read_text(encoding="utf-8"),
        host_key=(folder / f"{olt.name}.host_key.pub").read_text(encoding="utf-8").strip(),
        rpc_timeout_s=_WAIT_S,
    )
    return NetconfDriver(olt.name, access)


@contextmanager
def _bare(olt: OltBlueprint, folder: Path) -> Iterator[Any]:
    """A session of ncclient as it comes."""
    with manager.connect(
        host=olt.host,
        port=olt.port,
        username="clearway",
        key_filename=str(folder / CLIENT_KEY),
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=_WAIT_S,
    ) as session:
        yield session


@contextmanager
def _fastest(olt: OltBlueprint, folder: Path) -> Iterator[Any]:
    """A session of netconf-client, which hands over the text of a reply as it came."""
    session = connect_ssh(host=olt.host, port=olt.port, username="clearway", key_filename=str(folder / CLIENT_KEY))
    with Manager(session, timeout=_WAIT_S) as client:
        yield client
