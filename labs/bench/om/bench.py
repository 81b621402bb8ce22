"""The twelve tasks, done: each mistake first, then the task, its result looked at, and undone; then the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from labs.bench.om import oltcli
from labs.bench.om.probes import answer
from labs.bench.om.seen import Seen
from labs.bench.om.site import Site, wing_of
from labs.bench.om.tasks import Question, Task, questions, tasks
from labs.bench.om.typed import Texts, Typed, on_command_line, typed
from labs.bench.report import Report, Targets
from labs.runner.errors import LabError

Say = Callable[[str], None]
ROOMS: Final = 32
TARGETS: Final[Targets] = {
    "lines_reduction_pct": (">=", 85),
    "worst_task_reduction_pct": (">=", 0),
    "mistakes_caught_pct": (">=", 100),
    "tasks_verified_pct": (">=", 100),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One task, both ways. cli, ours: done; cli_undo, ours_undo: taken back. published, published_undo: lines that
    public notes count. caught: the mistake was refused by name, and no device was sent anything that changes it."""

    name: str
    title: str
    cli: Typed
    ours: Typed
    cli_undo: Typed
    ours_undo: Typed
    published: int | None
    published_undo: int | None
    verified: bool
    undone: bool
    mistake: str
    caught: bool
    seconds: float
    undo_seconds: float
    commits: int = 0  # not counted: what is saved on the command line is not either

    @property
    def cli_lines(self) -> int:
        """To do it: as published, else as listed."""
        return self.published or self.cli.count

    @property
    def cli_undo_lines(self) -> int:
        """To take it back."""
        return self.published_undo or self.cli_undo.count

    @property
    def cli_at_best(self) -> int:
        """Both, the fewer of what is published and what is listed."""
        return min(self.cli_lines, self.cli.count) + min(self.cli_undo_lines, self.cli_undo.count)

    @property
    def our_lines(self) -> int:
        """Both, for Clearway."""
        return self.ours.count + self.ours_undo.count

    @property
    def reduction_pct(self) -> float:
        """Of the lines of doing it."""
        return reduction(self.cli_lines, self.ours.count)

    @property
    def reduction_with_undo_pct(self) -> float:
        """Of the lines of doing it and taking it back."""
        return reduction(self.cli_lines + self.cli_undo_lines, self.our_lines)

    @property
    def reduction_at_best_pct(self) -> float:
        """The same against the fewest lines that we know for the command line."""
        return reduction(self.cli_at_best, self.our_lines)

    def as_json(self) -> dict[str, Any]:
        """For machines; every line of both sides."""
        sides = {"cli": self.cli, "clearway": self.ours, "cliUndo": self.cli_undo, "clearwayUndo": self.ours_undo}
        return {
            "name": self.name,
            "title": self.title,
            **{key: {"lines": list(side.lines), "words": side.words} for key, side in sides.items()},
            "published": self.published,
            "publishedUndo": self.published_undo,
            "cliLines": self.cli_lines,
            "cliUndoLines": self.cli_undo_lines,
            "cliAtBest": self.cli_at_best,
            "reductionPct": self.reduction_pct,
            "reductionWithUndoPct": self.reduction_with_undo_pct,
            "reductionAtBestPct": self.reduction_at_best_pct,
            "verified": self.verified,
            "undone": self.undone,
            "mistake": self.mistake,
            "caught": self.caught,
            "seconds": self.seconds,
            "undoSeconds": self.undo_seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OmReport(Report):
    """The figures, and the tasks that they come from."""

    outcomes: tuple[Outcome, ...]

    def as_json(self) -> dict[str, Any]:
        """See Report."""
        return {**Report.as_json(self), "tasks": [o.as_json() for o in self.outcomes]}


def reduction(before: int, after: int) -> float:
    """Percent less; 0 where there was nothing."""
    return round(100 * (before - after) / before, 1) if before else 0.0


def run(say: Say, *, rooms: int = ROOMS, only: Sequence[str] = ()) -> OmReport:
    """All tasks, or those named, on a wing of so many rooms. Raises LabError where the wing does not come up."""
    with wing_of(rooms) as site:
        say(f"a wing of {rooms} rooms: first configuration")
        first = site.type("apply")
        if not first.ok:
            raise LabError("the wing cannot be configured", str(first.said.get("errors"))[:500])
        outcomes = []
        for task in tasks(rooms, site.doors):
            if not only or task.name in only:
                say(task.title)
                outcomes.append(_do(site, task, rooms))
        for question in questions(rooms):
            if not only or question.name in only:
                say(question.title)
                outcomes.append(_ask(site, question, rooms))
    return OmReport(bench="om", figures=figures(outcomes), limits=TARGETS, outcomes=tuple(outcomes))


def _do(site: Site, task: Task, rooms: int) -> Outcome:
    before, seen, plugged = site.texts, site.look(), site.plugged()
    site.move(task.moves)
    caught = _is_caught(site, task)
    site.commands.clear()
    texts: Texts = before
    for edit in task.steps:
        texts = edit(texts)
        site.write(texts)
        site.commit(task.title)
    done = site.type("apply")
    ours = typed(before, texts, site.commands)
    holds = done.ok and task.holds(site.look())
    site.commands.clear()
    site.unplug(plugged)
    words = ("apply", "--allow-mass-delete") if task.empties else ("apply",)
    took = 0.0
    for taken_back in range(len(task.steps)):
        site.revert(2 * taken_back)  # each revert is a commit too
        took += site.type(*words).seconds
    return Outcome(
        name=task.name,
        title=task.title,
        cli=on_command_line(task.cli),
        ours=ours,
        cli_undo=on_command_line(task.undone),
        ours_undo=typed({}, {}, site.commands),
        published=oltcli.published(task.name, rooms),
        published_undo=oltcli.published(oltcli.UNDONE_BY.get(task.name, ""), rooms),
        verified=holds,
        undone=_as_before(site.look(), seen, task) and site.texts == before,
        mistake=task.mistake,
        caught=caught,
        seconds=round(done.seconds, 1),
        undo_seconds=round(took, 1),
        commits=len(task.steps),
    )


def _as_before(now: Seen, before: Seen, task: Task) -> bool:
    return now.carried() == before.carried() if task.empties else now == before


def _is_caught(site: Site, task: Task) -> bool:
    """Whether the task with its mistake is refused for it, and no device got anything that changes it."""
    right, sent = site.texts, site.look().sent
    site.write(task.wrong(right))
    refused = site.type("apply")
    site.write(right)
    return not refused.ok and task.code in refused.codes() and site.look().sent == sent


def _ask(site: Site, question: Question, rooms: int) -> Outcome:
    site.commands.clear()
    found = answer(site, question, rooms)
    return Outcome(
        name=question.name,
        title=question.title,
        cli=on_command_line(question.cli),
        ours=typed({}, {}, found.commands),
        cli_undo=Typed(),
        ours_undo=Typed(),
        published=oltcli.published(question.name, rooms),
        published_undo=None,
        verified=found.right,
        undone=True,
        mistake=question.mistake,
        caught=found.caught,
        seconds=found.seconds,
        undo_seconds=0.0,
    )


def figures(outcomes: Sequence[Outcome]) -> Mapping[str, float]:
    """What the tasks come to."""
    doing, undoing = sum(o.cli_lines for o in outcomes), sum(o.cli_undo_lines for o in outcomes)
    ours = sum(o.our_lines for o in outcomes)
    rest = [o for o in outcomes if o.name != "audit"]
    saves = sum(o.commits for o in outcomes)
    cli_words = sum(o.cli.words + o.cli_undo.words for o in outcomes)
    our_words = sum(o.ours.words + o.ours_undo.words for o in outcomes)
    return {
        "cli_lines": doing + undoing,
        "clearway_lines": ours,
        "lines_reduction_pct": reduction(doing + undoing, ours),
        "lines_reduction_doing_pct": reduction(doing, sum(o.ours.count for o in outcomes)),
        "lines_reduction_at_best_pct": reduction(sum(o.cli_at_best for o in outcomes), ours),
        "lines_reduction_without_audit_pct": reduction(
            sum(o.cli_lines + o.cli_undo_lines for o in rest), sum(o.our_lines for o in rest)
        ),
        "lines_reduction_with_commits_pct": reduction(doing + undoing, ours + saves),
        "words_reduction_pct": reduction(cli_words, our_words),
        "mean_task_reduction_pct": round(fmean(o.reduction_with_undo_pct for o in outcomes), 1),
        "worst_task_reduction_pct": min(min(o.reduction_pct, o.reduction_with_undo_pct) for o in outcomes),
        "worst_task_at_best_pct": min(o.reduction_at_best_pct for o in outcomes),
        "mistakes_caught_pct": round(100 * fmean(o.caught for o in outcomes), 1),
        "tasks_verified_pct": round(100 * fmean(o.verified and o.undone for o in outcomes), 1),
        "slowest_task_s": max(max(o.seconds, o.undo_seconds) for o in outcomes),
    }
