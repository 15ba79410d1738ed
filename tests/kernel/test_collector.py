"""What a process has loaded is left alone for good, and what it drops later is not kept for long."""

from __future__ import annotations

import subprocess
import sys

#: Objects that hold themselves grow old, are dropped, and others come as they do in minutes of work.
_LIFE = """
import gc
from kernel import collector

class Held:
    alive = 0
    def __init__(self):
        self.itself = self
        Held.alive += 1
    def __del__(self):
        Held.alive -= 1

loaded = [Held() for _ in range(100)]
del loaded[50:]
others = [[] for _ in range(100_000)]
collector.settle()
assert Held.alive == 50 and gc.get_freeze_count() > 100_000
held = [Held() for _ in range(3_000)]
gc.collect(0); gc.collect(1)
del held
assert Held.alive == 3_050
for _ in range(400):
    more = [[] for _ in range(5_001)]
    if Held.alive == 50:
        break
    others += more[:1000]
print(Held.alive, _)
"""


def test_old_objects_that_hold_themselves_are_found_before_many_have_come_together() -> None:
    done = subprocess.run([sys.executable, "-c", _LIFE], capture_output=True, text=True, check=True)
    alive, rounds = map(int, done.stdout.split())
    assert alive == 50
    # So many collections of the young ones it took; each stands for 5,000 objects more than went.
    assert rounds < 120
