"""A switch port that serves frames one by one as linux-htb does: slow, obvious, with nothing of the calculus in it.

A class may send while its tokens are not below nothing, and is charged for the frame after. Classes within their rate
go before those that only are within their ceiling; among each by priority, 0 first. A frame is never interrupted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

FRAME = 12_304  # bits
BUCKET = FRAME  # bits that a class may save up
LEAST_BPS = 12_000  # Open vSwitch gives no class a lower rate


@dataclass
class Tokens:
    rate_bps: int
    tokens: Fraction = Fraction(BUCKET)
    at_s: Fraction = Fraction(0)

    def now(self, time_s: Fraction) -> Fraction:
        self.tokens = min(Fraction(BUCKET), self.tokens + self.rate_bps * (time_s - self.at_s))
        self.at_s = time_s
        return self.tokens

    def when(self) -> Fraction | None:
        """When it may send again; None: never."""
        return self.at_s - self.tokens / self.rate_bps if self.rate_bps else None


@dataclass
class Class:
    rate_bps: int
    ceil_bps: int
    priority: int
    waiting: deque[tuple[Fraction, str]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.rate, self.ceil = Tokens(max(self.rate_bps, LEAST_BPS)), Tokens(self.ceil_bps)


Frame = tuple[Fraction, int, str]  # when it comes, to which class, whose


Left = tuple[Fraction, Fraction, int, str]  # when it came, when its last bit left, of which class, whose


def serve(port_bps: int, classes: Sequence[Class], frames: Iterable[Frame]) -> list[Left]:
    """What became of each frame, in the order in which they left."""
    coming = deque(sorted(frames))
    now = Fraction(0)
    done: list[Left] = []
    while coming or any(c.waiting for c in classes):
        while coming and coming[0][0] <= now:
            at, number, whose = coming.popleft()
            classes[number].waiting.append((at, whose))
        busy = [(n, c) for n, c in enumerate(classes) if c.waiting]
        may = [(n, c) for n, c in busy if c.ceil.now(now) >= 0]
        within = [(n, c) for n, c in may if c.rate.now(now) >= 0]
        chosen = min(within or may, key=lambda x: x[1].priority, default=None)
        if chosen is None:
            times = [t for _, c in busy if (t := c.ceil.when()) is not None]
            times += [coming[0][0]] if coming else []
            now = max(min(times), now)
            continue
        number, cls = chosen
        at, whose = cls.waiting.popleft()
        for bucket in (cls.rate, cls.ceil):
            bucket.now(now)
            bucket.tokens -= FRAME
        now += Fraction(FRAME, port_bps)
        done.append((at, now, number, whose))
    return done


def greedy(rate_bps: int, burst_frames: int, start_s: Fraction, until_s: Fraction) -> list[Fraction]:
    """When frames come of a sender that keeps to a token bucket of a rate and so many frames, and sends all he may."""
    found = [start_s] * burst_frames
    step = Fraction(FRAME, rate_bps) if rate_bps else until_s
    at = start_s + step
    while at <= until_s and rate_bps:
        found.append(at)
        at += step
    return found
