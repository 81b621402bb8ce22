"""No frame in a simulated network takes longer than the bound, and with the worst arrivals some take nearly as long."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from intents.calculus.curves import Bucket
from intents.calculus.schedulers import FRAME_BITS, HtbQueue, htb, line
from intents.calculus.way import Hop, Other, Whole, whole
from tests.calculus.simulator import FRAME, Class, Frame, Left, greedy, serve
from tests.conftest import examples

M = 10**6
PORT = 100 * M
UNTIL = Fraction(2, 100)  # seconds: some hundred frames
# A simulation takes too long to be made smaller step by step.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

assert FRAME == FRAME_BITS


@st.composite
def ports(draw: st.DrawFn) -> tuple[list[HtbQueue], int]:
    """Queues of a port, one a priority, and which of them is looked at."""
    count = draw(st.integers(1, 4))
    queues = []
    for priority in range(count):
        most = draw(st.sampled_from([5, 10, 30, 60, 100])) * M
        least = min(draw(st.sampled_from([0, 1, 10, 25])) * M, most)
        queues.append(HtbQueue(least_bps=least, most_bps=most, priority=priority))
    return queues, draw(st.integers(0, count - 1))


def flooded(queues: list[HtbQueue], own: int, starts: list[Fraction]) -> list[Frame]:
    """Everybody else sends all that the port can carry, from his own instant on."""
    frames: list[Frame] = []
    for number, start in enumerate(starts[: len(queues)]):
        if number != own:
            frames += [(t, number, "others") for t in greedy(PORT, 3, start, UNTIL)]
    return frames


def simulated(queues: list[HtbQueue], frames: list[Frame]) -> list[Left]:
    return serve(PORT, [Class(q.least_bps, q.most_bps, q.priority) for q in queues], frames)


def bound_of(hops: list[Hop], own: Bucket) -> Fraction | None:
    found = whole(hops)
    return found.delay_s(own) if isinstance(found, Whole) else None


@settings(max_examples=examples(80), deadline=None, phases=UNSHRUNK)
@given(
    ports(),
    st.lists(st.integers(0, 40), min_size=4, max_size=4),
    st.integers(1, 4),
    st.integers(0, 60),
    st.sampled_from([(0, 0), (1, 1), (2, 3), (5, 2)]),
)
def test_no_frame_waits_longer_than_the_bound(
    made: tuple[list[HtbQueue], int], starts: list[int], burst: int, begin: int, beside: tuple[int, int]
) -> None:
    """One port: queues before, behind and with min-rates, all flooded; in the own queue somebody else, first come first
    served."""
    queues, own = made
    served = htb(PORT, queues[own], [q for n, q in enumerate(queues) if n != own])
    if served is None:
        return
    rate_m, frames_at_once = beside
    cross = Bucket(rate_m * M, frames_at_once * FRAME)
    others = (Other(name="beside", held=(cross,)),) if frames_at_once else ()
    sends = int(served.rate_bps) - rate_m * M
    bound = bound_of([Hop(where="port", served=served, others=others)], Bucket(max(sends, 0), burst * FRAME))
    if sends <= 0 or bound is None:
        return
    begin_s = Fraction(begin, 10_000)
    frames = flooded(queues, own, [Fraction(n, 10_000) for n in starts])
    frames += [(t, own, "own") for t in greedy(sends, burst, begin_s, UNTIL)]
    frames += [(t, own, "beside") for t in greedy(rate_m * M, frames_at_once, begin_s, UNTIL)] if frames_at_once else []
    waits = [left - came for came, left, _, whose in simulated(queues, frames) if whose == "own"]
    assert waits
    assert max(waits) <= bound


@settings(max_examples=examples(30), deadline=None, phases=UNSHRUNK)
@given(ports(), st.integers(1, 6), st.integers(0, 60), st.sampled_from([(2, 2), (4, 1)]))
def test_two_ports_are_never_slower_than_their_bound_as_a_whole(
    made: tuple[list[HtbQueue], int], burst: int, begin: int, beside: tuple[int, int]
) -> None:
    """A burst goes by two ports of the same kind; at each somebody else is in its queue, who does not go on."""
    queues, own = made
    served = htb(PORT, queues[own], [q for n, q in enumerate(queues) if n != own])
    if served is None:
        return
    rate_m, frames_at_once = beside
    cross = (Other(name="beside", held=(Bucket(rate_m * M, frames_at_once * FRAME),)),)
    sends = int(served.rate_bps) - rate_m * M
    hops = [Hop(where=name, served=served, others=cross) for name in ("first", "second")]
    bound = bound_of(hops, Bucket(max(sends, 0), burst * FRAME))
    if sends <= 0 or bound is None:
        return
    begin_s = Fraction(begin, 10_000)
    along = [(t, own, "beside") for t in greedy(rate_m * M, frames_at_once, begin_s, UNTIL)]
    flood = flooded(queues, own, [Fraction(0)] * 4)
    first = simulated(queues, [*flood, *along, *((t, own, "own") for t in greedy(sends, burst, begin_s, UNTIL))])
    came = {left: at for at, left, _, whose in first if whose == "own"}
    second = simulated(queues, [*flood, *along, *((left, own, "own") for left in came)])
    waits = [left - came[at] for at, left, _, whose in second if whose == "own"]
    assert max(waits) <= bound


def test_the_bound_comes_near_what_happens() -> None:
    """Four frames at once, when two classes before begin to send all they may and a frame of a bulk class has just
    begun: two thirds of the bound are reached. An earlier burst has used up what the own class could have sent
    first."""
    queues = [
        HtbQueue(least_bps=1 * M, most_bps=2 * M, priority=0),
        HtbQueue(least_bps=1 * M, most_bps=2 * M, priority=1),
        HtbQueue(least_bps=0, most_bps=100 * M, priority=2),
        HtbQueue(least_bps=0, most_bps=100 * M, priority=3),
    ]
    served = htb(PORT, queues[2], [queues[0], queues[1], queues[3]])
    bound = bound_of([Hop(where="port", served=served)], Bucket(20 * M, 4 * FRAME))
    assert bound is not None
    again = Fraction(4 * FRAME, 20 * M)
    waits = []
    for shift in range(20):
        begin = again + Fraction(shift, 20) * Fraction(FRAME, PORT)
        frames = flooded(queues, 2, [begin, begin, Fraction(0), Fraction(0)])
        frames += [(t, 2, "own") for at in (Fraction(0), begin) for t in greedy(0, 4, at, UNTIL)]
        waits += [left - came for came, left, _, whose in simulated(queues, frames) if whose == "own"]
    assert Fraction(2, 3) * bound <= max(waits) <= bound


def test_lines_that_are_together_no_faster_make_nothing_wait_for_more_than_they_bring_at_once() -> None:
    """Two lines of 40 into one of 100: a frame of the other at most. What counts is their sum."""
    two = [Bucket(40 * M, FRAME)] * 2
    served = line(PORT, two)
    assert served is not None
    assert served.latency_s == Fraction(2 * FRAME, PORT)
    frames = [(t, 0, "own") for _ in range(2) for t in greedy(40 * M, 1, Fraction(0), UNTIL)]
    done = serve(PORT, [Class(0, PORT, 0)], frames)
    assert max(left - came for came, left, *_ in done) <= served.latency_s


def test_lines_that_only_each_are_no_faster_have_no_bound() -> None:
    """Three lines of 40 into one of 100: each is slower, and yet what waits grows for as long as they send."""
    assert line(PORT, [Bucket(40 * M, FRAME)] * 3) is None
    waits = []
    for until in (UNTIL, 4 * UNTIL):
        frames = [(t, 0, "own") for _ in range(3) for t in greedy(40 * M, 1, Fraction(0), until)]
        done = serve(PORT, [Class(0, PORT, 0)], frames)
        waits.append(max(left - came for came, left, *_ in done))
    assert waits[1] > 3 * waits[0]
