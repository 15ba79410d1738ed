"""Says what a run ran on: figures without their machine mean nothing."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("grpcio", "protobuf", "protovalidate", "asyncpg", "uvloop", "uvicorn", "websockets", "redis", "sqlalchemy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine and what is installed on it."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    postgresql: str
    valkey: str
    packages: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """Writes it for the rows."""
        return asdict(self)

    @property
    def slug(self) -> str:
        """A name for the file of results: the processor and how many of its cores there are."""
        return f"{re.sub('[^a-z0-9]+', '-', self.cpu.lower()).strip('-')}-{self.cores}"

    def lines(self) -> list[str]:
        """Writes it for people."""
        return [
            f"{self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB of memory, Linux {self.kernel}",
            f"Python {self.python}, PostgreSQL {self.postgresql}, Valkey {self.valkey}, "
            + ", ".join(f"{name} {number}" for name, number in self.packages.items()),
        ]


def describe(postgresql: str, valkey: str) -> Machine:
    """Describes this machine, with the versions that the engines told."""
    return Machine(
        cpu=_field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(int((_field("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1024**2, 1),
        kernel=platform.release().split("-")[0],
        python=platform.python_version(),
        postgresql=postgresql,
        valkey=valkey,
        packages={name: version(name) for name in PACKAGES},
    )


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
