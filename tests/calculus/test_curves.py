"""The laws of the algebra, and every bound against what it means: suprema looked for instant by instant."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from intents.calculus.curves import (
    Arrival,
    Bucket,
    Segment,
    Service,
    arrival,
    backlog_bits,
    convolve,
    delay_s,
    output,
    rate_latency,
    together,
)

# Whole seconds up to here: small enough to look at each of them.
HORIZON = 40
STEP = Fraction(1, 2)
TIMES = [n * STEP for n in range(int(HORIZON / STEP) + 1)]

buckets = st.builds(Bucket, st.integers(0, 6), st.integers(0, 12))
arrivals = st.lists(buckets, min_size=1, max_size=4).map(arrival)


@st.composite
def services(draw: st.DrawFn) -> Service:
    rates = sorted(draw(st.sets(st.integers(0, 8), min_size=1, max_size=4)))
    lengths = [Fraction(draw(st.integers(1, 4))) for _ in rates[:-1]]
    first = [Segment(r, n) for r, n in zip(rates, lengths, strict=False)]
    return Service((*first, Segment(rates[-1], None)))


def half_bits(curve: Service) -> list[int]:
    """Twice the bits at each of TIMES: whole numbers, rates and corners being whole."""
    found = [2 * curve.bits(t) for t in TIMES]
    assert all(bits.denominator == 1 for bits in found)
    return [int(bits) for bits in found]


def convolved(one: Service, other: Service) -> list[int]:
    """The definition at each of TIMES: the least over all ways to part the time. Corners are at whole seconds, so these
    are enough."""
    first, second = half_bits(one), half_bits(other)
    return [min(first[part] + second[n - part] for part in range(n + 1)) for n in range(len(TIMES))]


@given(services(), services())
def test_convolution_is_the_least_over_all_ways_to_part_the_time(one: Service, other: Service) -> None:
    assert half_bits(convolve(one, other)) == convolved(one, other)


@given(services(), services())
def test_convolution_is_commutative(one: Service, other: Service) -> None:
    assert convolve(one, other) == convolve(other, one)


@given(services(), services(), services())
def test_convolution_is_associative(one: Service, other: Service, third: Service) -> None:
    assert convolve(convolve(one, other), third) == convolve(one, convolve(other, third))


@given(services(), services())
def test_convolution_is_isotone_and_serves_no_more_than_either(one: Service, other: Service) -> None:
    both = convolve(one, other)
    assert all(both.bits(t) <= min(one.bits(t), other.bits(t)) for t in TIMES)


def test_two_hops_add_latencies_and_keep_the_lesser_rate() -> None:
    assert convolve(rate_latency(10, 2), rate_latency(4, 3)) == rate_latency(4, 5)


@given(st.lists(buckets, min_size=1, max_size=5))
def test_an_arrival_curve_is_the_least_of_its_buckets(found: list[Bucket]) -> None:
    curve = arrival(found)
    assert set(curve.buckets) <= set(found)
    assert all(curve.bits(t) == min(b.burst_bits + b.rate_bps * t for b in found) for t in TIMES)
    corners = list(curve.corners())
    assert corners == sorted(corners)


@given(st.lists(arrivals, max_size=4))
def test_several_together_are_their_sum(curves: list[Arrival]) -> None:
    assert all(together(curves).bits(t) == sum(c.bits(t) for c in curves) for t in TIMES)


@given(arrivals, services())
def test_no_delay_is_longer_than_the_bound_and_some_is_as_long(coming: Arrival, served: Service) -> None:
    bound = delay_s(coming, served)
    if bound is None:
        assert coming.rate_bps > served.rate_bps or not served.rate_bps
        return
    waits = [done - t for t in TIMES if (done := served.time_s(coming.bits(t))) is not None]
    assert max(waits) <= bound
    # What has come at any time is served by the bound later, and not all of it any earlier.
    corners = {Fraction(0), *coming.corners()} | {
        t
        for c in served.corners()
        for b in coming.buckets
        if b.rate_bps and (t := (served.bits(c) - b.burst_bits) / Fraction(b.rate_bps)) >= 0
    }
    assert bound == max(*((served.time_s(coming.bits(t)) or 0) - t for t in corners), 0)


@given(arrivals, services())
def test_no_backlog_is_greater_than_the_bound_and_some_is_as_great(coming: Arrival, served: Service) -> None:
    bound = backlog_bits(coming, served)
    if bound is None:
        assert coming.rate_bps > served.rate_bps
        return
    times = {*TIMES, *coming.corners()}
    assert bound == max(coming.bits(t) - served.bits(t) for t in times)


@given(arrivals, services())
def test_what_comes_out_is_the_greatest_over_all_that_may_still_wait(coming: Arrival, served: Service) -> None:
    out = output(coming, served)
    if out is None:
        assert coming.rate_bps > served.rate_bps
        return
    for time in TIMES[:20]:
        # Corners of what comes are no whole seconds: where one may be reached, it is looked at too.
        parts = {*TIMES, *(c - time for c in coming.corners() if c >= time), *coming.corners()}
        assert out.bits(time) == max(coming.bits(time + u) - served.bits(u) for u in parts)


@given(arrivals, services(), services())
def test_a_burst_is_paid_for_once(coming: Arrival, one: Service, other: Service) -> None:
    """The delay of two hops as a whole is never longer than that of the one and then of the other."""
    whole, first, after = delay_s(coming, convolve(one, other)), delay_s(coming, one), output(coming, one)
    if whole is None or first is None or after is None:
        return
    second = delay_s(after, other)
    assert second is not None
    assert whole <= first + second


def test_a_burst_over_two_hops_costs_it_once_and_not_twice() -> None:
    coming, hop = arrival([Bucket(1, 12)]), rate_latency(2, 1)
    first, after = delay_s(coming, hop), output(coming, hop)
    assert after is not None
    second = delay_s(after, hop)
    assert first is not None
    assert second is not None
    assert delay_s(coming, convolve(hop, hop)) == 2 + Fraction(12, 2)
    assert first + second == 1 + Fraction(12, 2) + 1 + Fraction(13, 2)
