"""What a merge request would change: its texts against those it is to be merged into, without a device.

Also what is proven of the intents it touches, on devices that hold what is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from controller.git.objects import fault, texts_of
from controller.operations import Planned, judge_network, plan_offline
from controller.project import Project, project_of, read_project
from intents.compile import make_plan
from intents.compile.pon_names import PonNames, v_ani_name
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError
from intents.model.evidence import Bound
from intents.model.intent import ResolvedIntent
from intents.model.pon import DetectedOnu, OltFacts
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import SwitchFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """planned: against the base. added, changed, removed: intents by name. bounds: of those added or changed that
    promise something, by name."""

    planned: Planned
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    bounds: Mapping[str, Bound]


def propose(project: Project, base: Project | None) -> Proposed:
    """base: what it is merged into; None: an empty network. Raises ClearwayError where the project is refused. A base
    that is refused itself is taken as empty."""
    planned = plan_offline(project)
    campus = project.checked_campus()
    before: dict[str, ResolvedIntent] = {}
    if base is not None:
        try:
            held = plan_offline(base)
        except ClearwayError:
            held = None
        if held is not None:
            before = {r.name: r for r in _all(base)}
            operational = _held(campus, held.intended.states)
            planned = replace(planned, plan=make_plan(planned.intended, campus, operational), operational=operational)
    after = {r.name: r for r in _all(project)}
    added = tuple(sorted(set(after) - set(before)))
    changed = tuple(sorted(n for n in set(after) & set(before) if after[n].intent != before[n].intent))
    return Proposed(
        planned=planned,
        added=added,
        changed=changed,
        removed=tuple(sorted(set(before) - set(after))),
        bounds=_bounds(project, planned, {*added, *changed}),
    )


def _all(project: Project) -> tuple[ResolvedIntent, ...]:
    return (*project.intents, *project.resting)


def _held(campus: Campus, states: Mapping[str, DeviceState]) -> Operational:
    """Devices that hold this, with every ONU of the campus up."""
    devices: dict[str, Observation] = {}
    for name in (*campus.switches, *campus.olts):
        facts: SwitchFacts | OltFacts = SwitchFacts()
        if name in campus.olts:
            here = [o for o in campus.onus.values() if o.pon.olt == name]
            facts = OltFacts(
                up_v_anis=frozenset(v_ani_name(o) for o in here),
                detected=tuple(
                    DetectedOnu(serial=o.serial, channel_termination=PonNames.of(o.pon.pon).termination) for o in here
                ),
            )
        devices[name] = Observation(state=states.get(name) or DeviceState.of(name, ()), facts=facts)
    return Operational(devices=devices)


def _bounds(project: Project, planned: Planned, names: set[str]) -> dict[str, Bound]:
    some = replace(project, intents=tuple(r for r in project.intents if r.name in names))
    if not some.intents:
        return {}
    then = _held(project.checked_campus(), planned.intended.states)
    verdict = judge_network(some, then, None)
    return {v.intent: f.bound for v in verdict.intents for f in v.findings if f.bound is not None}


def base_of(folder: Path, text: str, at: datetime) -> Project:
    """The texts to compare with: of another folder, or of a commit or branch of the repository that holds `folder`.
    Raises ClearwayError."""
    if Path(text).is_dir():
        return read_project(Path(text)).at(at)
    from dulwich.errors import NotGitRepository  # noqa: PLC0415 - for those who ask only
    from dulwich.objects import Commit  # noqa: PLC0415
    from dulwich.objectspec import parse_commit  # noqa: PLC0415
    from dulwich.repo import Repo  # noqa: PLC0415

    try:
        with Repo.discover(str(folder.resolve())) as repo:
            inside = folder.resolve().relative_to(Path(repo.path).resolve()).as_posix()
            commit = parse_commit(repo, text)
            if not isinstance(commit, Commit):
                raise KeyError(text)
            texts = texts_of(repo, commit, "" if inside == "." else inside)
    except (NotGitRepository, KeyError, ValueError) as error:
        raise fault(
            "no-base",
            f"'{text}' is no folder, and no commit or branch of a repository around {folder}",
            "give --base a folder, or a commit that was fetched: git fetch origin main, then --base origin/main",
            str(folder),
        ) from error
    return project_of(folder, texts.files).at(at)
