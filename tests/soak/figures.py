"""What a soak notes while it runs, and what is read off that: rates, latencies, and whether memory grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

#: For how long a process fills what it keeps: connections and the statements on them, which come as calls meet, and
#: tokens, of which most are good for five minutes. And how long it must be watched behind that to be judged.
FILLING_SECONDS, JUDGED_SECONDS = 180.0, 120.0
#: How long the sockets of a process that died take to come to the others, which hold more from then on.
STEP_SECONDS = 25.0
#: Over how many seconds the sum of all processes is taken.
SUM_SECONDS = 5.0


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

    @property
    def kind(self) -> str:
        """What it is a replica of."""
        return self.name.rpartition("-")[0] or self.name

    def series(self, width: float) -> list[tuple[float, float]]:
        """Returns the MB that it had, for each stretch of so many seconds in which it was looked at."""
        within: dict[int, list[int]] = {}
        for at, kb in self.samples:
            within.setdefault(int(at / width), []).append(kb)
        return [(place * width, sum(found) / len(found) / 1024) for place, found in sorted(within.items())]

    def slope(self, settling: float, steps: Sequence[float] = (), *, until: float = float("inf")) -> float:
        """Returns by how many kB a minute it grew after its first seconds, or between two ages, by least squares.

        When another one dies, its sockets come here: a step, and no growth. So each stretch between such moments, which
        begins when the sockets have come, counts from where it begins.
        """
        born = self.samples[0][0] if self.samples else 0.0
        start, end = born + settling, born + until
        bounds = [start, *sorted(step for step in steps if start < step < end), end]
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
        """How old a process is when clients have come to it, and it only fills what it keeps."""
        return min(60.0, self.seconds / 10)

    @property
    def filling(self) -> float:
        """How old a process is when it has filled what it keeps, so that it should grow no more."""
        return min(FILLING_SECONDS, 0.3 * self.seconds)

    @property
    def judged(self) -> list[Life]:
        """The lives that were long enough to say whether they grow, the longest of each kind."""
        longest: dict[str, Life] = {}
        for life in self.lives:
            enough = life.seconds >= self.filling + min(JUDGED_SECONDS, 0.2 * self.seconds)
            if enough and (life.kind not in longest or life.seconds > longest[life.kind].seconds):
                longest[life.kind] = life
        return list(longest.values())

    def growth(self) -> float:
        """Returns by how many kB a minute all processes grow together once clients have come to them.

        Sockets that go from one process to another change nothing of the sum. A death does, and whoever is born in its
        place is smaller, which is no shrinking: each stretch between deaths counts from where it begins.
        """
        total = [(at, 1024 * mb) for at, mb in self.memory(SUM_SECONDS)]
        bounds = [self.settling, *sorted(step for step in self.steps if self.settling < step), self.seconds]
        begins = [bounds[0], *(bound + STEP_SECONDS for bound in bounds[1:-1])]
        return slope(
            *(
                [(at, kb) for at, kb in total if begin <= at and at + SUM_SECONDS <= end]
                for begin, end in zip(begins, bounds[1:], strict=True)
            )
        )

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
