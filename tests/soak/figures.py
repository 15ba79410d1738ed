"""What a soak notes while it runs, and what is read off that: rates, latencies, and whether memory grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

#: How long the sockets of a process that died take to come to the others, which hold more from then on.
STEP_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to the platform: when, and what."""

    at: float
    what: str


@dataclass(slots=True)
class Life:
    """One process from its start to its end, and how many kB it had when."""

    name: str
    samples: list[tuple[float, int]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it was watched."""
        return self.samples[-1][0] - self.samples[0][0] if self.samples else 0.0

    def slope(self, settling: float, steps: Sequence[float] = ()) -> float:
        """Returns by how many kB a minute it grew after its first seconds, by least squares.

        When another one dies, its sockets come here: a step, and no growth. So each stretch between such moments, which
        begins when the sockets have come, counts from where it begins.
        """
        start = self.samples[0][0] + settling if self.samples else 0.0
        bounds = [start, *sorted(step for step in steps if step > start), float("inf")]
        settled = [bounds[0], *(bound + STEP_SECONDS for bound in bounds[1:-1])]
        return slope(
            *(
                [(at, kb) for at, kb in self.samples if begin <= at < end]
                for begin, end in zip(settled, bounds[1:], strict=True)
            )
        )


def slope(*stretches: Sequence[tuple[float, float]]) -> float:
    """Returns the growth a minute of what was measured at seconds, by least squares; 0 for less than two.

    Where there are several stretches, each has a level of its own, and all have one growth.
    """
    grown = spread = 0.0
    for points in stretches:
        if not points:
            continue
        middle = sum(at for at, _ in points) / len(points)
        mean = sum(value for _, value in points) / len(points)
        spread += sum((at - middle) ** 2 for at, _ in points)
        grown += sum((at - middle) * (value - mean) for at, value in points)
    return 60 * grown / spread if spread else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the value below which a share of the values lies; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass(slots=True)
class Stream:
    """One kind of thing that people do, and how long each took: (when it was done, seconds)."""

    name: str
    took: list[tuple[float, float]] = field(default_factory=list)
    #: How often something had to be tried again, because a replica had just died.
    again: int = 0

    def rate(self, width: float, until: float) -> list[tuple[float, float]]:
        """Returns how many a second were done, for each stretch of so many seconds."""
        counts = [0] * max(1, int(until / width))
        for at, _ in self.took:
            if (place := int(at / width)) < len(counts):
                counts[place] += 1
        return [(place * width, count / width) for place, count in enumerate(counts)]

    def latency(self, width: float, until: float, share: float) -> list[tuple[float, float]]:
        """Returns a percentile in milliseconds for each stretch of so many seconds in which something was done."""
        within: dict[int, list[float]] = {}
        for at, seconds in self.took:
            within.setdefault(int(at / width), []).append(seconds)
        return [
            (place * width, 1000 * percentile(values, share))
            for place, values in sorted(within.items())
            if place * width < until
        ]

    def figure(self, share: float) -> float:
        """Returns a percentile of the whole run in milliseconds."""
        return 1000 * percentile([seconds for _, seconds in self.took], share)


@dataclass(slots=True)
class Soak:
    """A whole run."""

    seconds: float
    idle: int
    busy: int
    streams: list[Stream] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    #: What is wrong, in words.
    complaints: list[str] = field(default_factory=list)
    reconnects: dict[str, int] = field(default_factory=dict)
    tickets: int = 0

    @property
    def settling(self) -> float:
        """For how long a process may grow after its start: its caches fill, and clients come to it."""
        return min(60.0, self.seconds / 5)

    @property
    def judged(self) -> list[Life]:
        """The lives that were long enough to say whether they grow: twice the settling, and the same again."""
        return [life for life in self.lives if life.seconds >= 3 * self.settling]

    def growth(self) -> float:
        """Returns by how many kB a minute all that lived long enough grew together, a process of a kind once."""
        longest: dict[str, Life] = {}
        for life in self.judged:
            if life.name not in longest or life.seconds > longest[life.name].seconds:
                longest[life.name] = life
        return sum(life.slope(self.settling, self.steps) for life in longest.values())

    @property
    def steps(self) -> list[float]:
        """When a replica died."""
        return [mark.at for mark in self.marks]

    def memory(self, width: float) -> list[tuple[float, float]]:
        """Returns the MB of all processes together, for each stretch of so many seconds."""
        within: dict[int, dict[str, int]] = {}
        for life in self.lives:
            for at, kb in life.samples:
                within.setdefault(int(at / width), {})[life.name] = kb
        names = {life.name for life in self.lives}
        # A process that is away for a moment is left out of no sum: such stretches say nothing.
        return [
            (at * width, sum(found.values()) / 1024) for at, found in sorted(within.items()) if found.keys() == names
        ]
