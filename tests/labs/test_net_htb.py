"""Shapers change by the least steps: what stays is not touched, and nothing is taken away before its heir is there."""

from __future__ import annotations

from dataclasses import replace

from labs.net.htb import ROOT, HtbClass, HtbTree, Shaper, program, steps

A = HtbClass(
    minor=0x10, parent=ROOT, rate_bps=10**6, ceil_bps=10**7, priority=3, quantum_bytes=3000, limit_bytes=50_000
)
B = replace(A, minor=0x11, priority=6)
TREE = HtbTree(capacity_bps=433_000_000, frame_bytes=3022, classes=(A,), rules=((1, 0x10),))


def test_the_same_tree_again_needs_no_step() -> None:
    found = steps("c", TREE, TREE)
    assert (found.before, found.after) == ((), ())


def test_a_new_class_is_there_before_the_rule_that_leads_to_it() -> None:
    found = steps("c", TREE, replace(TREE, classes=(A, B), rules=((1, 0x10), (2, 0x11))))
    assert [line.split()[0] for line in found.before] == ["class", "qdisc", "filter"]
    assert all("1:10 " not in line for line in found.before[:-1])
    assert found.after == ()


def test_an_old_class_goes_only_after_the_rules_have_changed() -> None:
    found = steps("c", replace(TREE, classes=(A, B), rules=((1, 0x10), (2, 0x11))), TREE)
    assert found.before == (
        f'filter replace dev c parent 1: handle 1 protocol all prio 1 bpf bytecode "{program(((1, 16),))}"',
    )
    assert found.after == ("class del dev c classid 1:11",)


def test_children_go_before_their_parent() -> None:
    inner = HtbClass(minor=0x20, parent=ROOT, rate_bps=0, ceil_bps=10**7)
    leaf = replace(A, minor=0x21, parent=0x20)
    found = steps("c", replace(TREE, classes=(A, inner, leaf)), TREE)
    assert found.after == ("class del dev c classid 1:21", "class del dev c classid 1:20")


def test_a_changed_rate_is_one_line() -> None:
    found = steps("c", TREE, replace(TREE, classes=(replace(A, ceil_bps=2 * 10**7),)))
    assert len([line for line in found.before if line.startswith("class")]) == 1


def test_a_class_under_another_parent_is_made_anew() -> None:
    inner = HtbClass(minor=0x20, parent=ROOT, rate_bps=0, ceil_bps=10**7)
    found = steps("c", replace(TREE, classes=(inner, A)), replace(TREE, classes=(inner, replace(A, parent=0x20))))
    assert found.before[0] == "class del dev c classid 1:10"
    assert "parent 1:20 classid 1:10" in found.before[1]


def test_from_nothing_the_root_comes_first() -> None:
    assert steps("c", None, TREE).before[0] == "qdisc replace dev c root handle 1: htb default fffe"


def test_the_program_answers_each_vid_with_its_class_and_any_other_with_none() -> None:
    assert _run(program(((5, 0x10), (4094, 0xABC))), tci=0xA005) == 0x10010
    assert _run(program(((5, 0x10), (4094, 0xABC))), tci=0x1FFE) == 0x10ABC
    assert _run(program(((5, 0x10), (4094, 0xABC))), tci=0x0006) == 0
    assert _run(program(()), tci=0x0005) == 0


def test_a_shaper_that_failed_starts_again_from_nothing() -> None:
    shaper = Shaper(netns="cw-no-such-namespace", device="c", tree=TREE)
    try:
        shaper.prepare(replace(TREE, classes=(A, B)))
    except Exception:  # noqa: BLE001 - whichever: what counts is what is known afterwards
        assert shaper.tree is None
    else:
        raise AssertionError("a namespace that is not there was shaped")


def _run(text: str, tci: int) -> int:
    """A classic BPF machine, as far as the classifier goes (net/core/filter.c)."""
    count, *code = text.split(",")
    assert int(count) == len(code) <= 4096
    instructions = [tuple(map(int, line.split())) for line in code]
    accumulator, at = 0, 0
    while True:
        op, true, false, k = instructions[at]
        at += 1
        if op == 0x20:
            assert k == 0xFFFFF000 + 44
            accumulator = tci
        elif op == 0x54:
            accumulator &= k
        elif op == 0x15:
            at += true if accumulator == k else false
        else:
            assert op == 0x06
            return k
