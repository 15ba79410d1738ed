"""Whatever breaks costs a reconnect and nothing else; and a build that breaks a promise is found out.

This is the short form; `make faults` runs every fault for longer, under more load, and writes the report.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.broken import BUILDS
from tests.faults.faults import FAULTS, Fault
from tests.faults.history import Side, Talk, check
from tests.faults.load import Load, a_load
from tests.faults.rig import Rig, a_rig, serving

CONVERSATIONS = 60
PAUSE = 0.6
#: A broken build never settles, so nobody waits for it long.
BROKEN_SECONDS = 3.0
SHORT = [fault for fault in FAULTS if not fault.needs_root and not fault.name.startswith("freeze a gateway")]


@pytest_asyncio.fixture(scope="module")
async def load(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Load[Rig]]:
    """A rig under load, for all faults of this file one after another."""
    async with a_rig(tmp_path_factory.mktemp("rig")) as rig, a_load(rig, CONVERSATIONS, PAUSE) as running:
        yield running


@pytest.mark.parametrize("fault", SHORT, ids=lambda fault: fault.name)
async def test_a_fault_costs_a_reconnect_and_nothing_else(load: Load[Rig], fault: Fault) -> None:
    load.talk(True)
    await load.until(load.acked + 60, 20)
    await fault.inflict(load, fault.short)
    await load.until(load.acked + 120, 30)
    assert await load.settle() == []


@pytest.mark.parametrize("name", BUILDS)
async def test_a_broken_build_is_found_out(tmp_path: Path, name: str) -> None:
    broken = ("-m", "tests.faults.broken", name)
    async with a_rig(tmp_path, chat=broken) as rig, a_load(rig, 10, 0.1) as load:
        await load.until(100, 20)
        if name == "ack-before-commit":
            # What was acknowledged is still on its way when the replicas die.
            for replica in rig.chats:
                replica.kill()
                replica.start()
            await serving(rig.config, *rig.config.chat_addresses)
        else:
            for party in load.parties:
                party._cut()
        await load.until(load.acked + 100, 30)
        assert await load.settle(BROKEN_SECONDS) != []


def a_talk(*stored: tuple[int, str]) -> Talk:
    """Returns a talk in which everything went well."""
    sent = [client for _, client in stored if client]
    return Talk(
        visitor=Side(delivered=list(stored), sent=sent, acked={client: at for at, client in stored if client}),
        operator=Side(delivered=list(stored)),
    )


STORED = [(1, ""), (2, "a"), (3, "b")]


def test_the_checker_has_nothing_against_a_talk_that_went_well() -> None:
    assert check({"c": a_talk(*STORED)}, {"c": STORED}) == []


def test_the_checker_finds_what_is_lost_doubled_moved_or_out_of_order() -> None:
    lost = check({"c": a_talk(*STORED)}, {"c": STORED[:2]})
    assert any("gone" in complaint for complaint in lost)
    doubled = check({"c": a_talk(*STORED)}, {"c": [*STORED, (4, "b")]})
    assert any("twice" in complaint for complaint in doubled)
    talk = a_talk(*STORED)
    talk.operator.delivered = [(1, ""), (3, "b"), (2, "a")]
    assert any("out of order" in complaint for complaint in check({"c": talk}, {"c": STORED}))
    talk = a_talk(*STORED)
    talk.visitor.acked["b"] = 2
    assert any("another place" in complaint for complaint in check({"c": talk}, {"c": STORED}))
    talk = a_talk(*STORED)
    talk.visitor.sent.append("c")
    assert any("neither" in complaint for complaint in check({"c": talk}, {"c": STORED}))
