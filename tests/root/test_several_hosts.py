"""On several hosts, whatever happens to one of them costs a reconnect and nothing else.

Nothing that was acknowledged is lost, nothing is there twice, and what was said stands in its order at both ends.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.load import Load, a_load
from tests.root.cluster import Cluster, a_cluster

CONVERSATIONS = 24
PAUSE = 0.5
#: How long a host is away: longer than anybody may wait, so that nobody waits for its return.
AWAY = 30.0
#: The longest that anybody's words may wait for their acknowledgement. A client that hears nothing for six seconds
#: comes back by itself, and may once more come to a gateway that does not answer.
LONGEST = 28.0

#: How often anybody may have to try until a socket is open again, after each loss.
MOST_TRIES = 4

_log = logging.getLogger(__name__)
pytestmark = pytest.mark.timeout(150)


@pytest_asyncio.fixture(scope="module")
async def load() -> AsyncIterator[Load[Cluster]]:
    """A deployment on three hosts under load: visitors begin at one gateway and operators at the other."""
    with tempfile.TemporaryDirectory(prefix="parley-hosts-", ignore_cleanup_errors=True) as folder:
        # The account of Debian's server passes through to the folder that is its own.
        Path(folder).chmod(0o711)
        async with a_cluster(Path(folder)) as cluster, a_load(cluster, CONVERSATIONS, PAUSE, apart=True) as running:
            yield running


async def talks(load: Load[Cluster]) -> None:
    """Waits until everybody has talked for a while, and forgets what anybody went through before."""
    load.talk(True)
    await load.until(load.acked + 5 * CONVERSATIONS, 60)
    for party in load.parties:
        party.waited, party.reconnects = 0.0, 0


async def test_a_host_that_is_cut_off_and_comes_back_costs_a_reconnect(load: Load[Cluster]) -> None:
    await talks(load)
    # The one where most people are, wherever what happened before has led them.
    where = Counter(party.place for party in load.parties)
    host = max(load.rig.members, key=lambda member: where[member.place]).host
    host.cut()
    try:
        await asyncio.sleep(AWAY)
    finally:
        host.mend()
    await load.rig.whole()
    assert load.reconnects > 0
    await noticed_no_more_than_a_reconnect(load, 1)


async def test_processes_that_are_started_anew_one_by_one_cost_a_reconnect(load: Load[Cluster]) -> None:
    await talks(load)
    await load.rig.roll()
    await noticed_no_more_than_a_reconnect(load, 4)


async def noticed_no_more_than_a_reconnect(load: Load[Cluster], times: int) -> None:
    """Sees everybody talk again, and what that many losses came to for them."""
    await load.until(load.acked + 5 * CONVERSATIONS, 60)
    assert await load.settle() == []
    tries = max(party.reconnects for party in load.parties)
    _log.info("waited %.1f s, tried %d times at most, %d in all", load.waited, tries, load.reconnects)
    assert load.waited < LONGEST
    assert tries <= MOST_TRIES * times
