"""A tenant's settings: typed, bounded, with a record of every change."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from parley.options.v1 import access_pb2
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import InvalidArgument, NotFound
from kernel.hints import Hints
from kernel.identity import Actor, Regime
from kernel.settings import Setting, Settings, Value
from tests.kernel.conftest import Room

DAYS = Setting(name="retention.days", default=180, minimum=1, maximum=180, description="How long transcripts are kept.")
SHARE = Setting(name="queue.share", default=0.5, minimum=0, maximum=1, description="A share.")
SOUND = Setting(name="alert.sound", default=True, description="Whether an alert sounds.")
ORDER = Setting(name="queue.order", default="oldest", choices=("oldest", "newest"), description="Who comes first.")
GREETING = Setting(name="greeting", default="", maximum=20, description="What is said first.")
ALL = (DAYS, SHARE, SOUND, ORDER, GREETING)


def settings_of(chat: Room, clock: ManualClock, hints: Hints | None = None) -> Settings:
    return Settings(chat.database, chat.metadata, ALL, hints=hints or Hints(), clock=clock)


def admin(tenant: str) -> Actor:
    return Actor(
        tenant_id=tenant,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_ADMIN}),
        subject_id=ids.new_id("stf"),
    )


async def change(
    chat: Room, settings: Settings, actor: Actor, name: str, value: Value | None, clock: ManualClock
) -> None:
    async with chat.database.transaction(actor.tenant_id) as connection:
        await settings.change(connection, actor, name, value, clock.now())


async def test_what_is_not_set_is_the_default(chat: Room, clock: ManualClock, tenant: str) -> None:
    settings = settings_of(chat, clock)
    assert await settings.get(tenant, DAYS) == 180
    async with chat.database.transaction(tenant) as connection:
        listed = await settings.list_effective(connection)
    assert [(each.setting.name, each.value, each.is_set) for each in listed] == [
        ("alert.sound", True, False),
        ("greeting", "", False),
        ("queue.order", "oldest", False),
        ("queue.share", 0.5, False),
        ("retention.days", 180, False),
    ]


async def test_a_change_holds_for_its_tenant_and_is_noted(chat: Room, clock: ManualClock, tenant: str) -> None:
    settings, actor = settings_of(chat, clock), admin(tenant)
    for value in (30, 30, 60, None):
        await change(chat, settings, actor, "retention.days", value, clock)
        clock.advance(timedelta(seconds=1))
        assert await settings.get(tenant, DAYS) == (value or 180)
    assert await settings.get(ids.new_id("ten"), DAYS) == 180
    async with chat.database.transaction(tenant) as connection:
        changes = await settings.list_changes(connection, size=2)
        rest = await settings.list_changes(connection, size=2, before=changes[-1].id, name="retention.days")
    assert [(each.old_value, each.new_value) for each in changes + rest] == [(60, None), (30, 60), (None, 30)]
    assert {each.changed_by for each in changes + rest} == {actor.subject_id}
    assert changes[0].time > changes[1].time


async def test_history_cannot_be_rewritten(chat: Room, clock: ManualClock, tenant: str) -> None:
    settings = settings_of(chat, clock)
    await change(chat, settings, admin(tenant), "alert.sound", False, clock)
    for statement in ("DELETE FROM chat.setting_changes", "UPDATE chat.setting_changes SET changed_by = ''"):
        async with chat.database.transaction(tenant) as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))
            await connection.rollback()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("retention.days", 0, "SETTING_TOO_SMALL"),
        ("retention.days", 181, "SETTING_TOO_LARGE"),
        ("retention.days", "30", "SETTING_WRONG_TYPE"),
        ("retention.days", True, "SETTING_WRONG_TYPE"),
        ("retention.days", 30.0, "SETTING_WRONG_TYPE"),
        ("queue.share", float("nan"), "SETTING_TOO_SMALL"),
        ("queue.share", 2, "SETTING_TOO_LARGE"),
        ("alert.sound", 1, "SETTING_WRONG_TYPE"),
        ("queue.order", "canary", "SETTING_NOT_A_CHOICE"),
        ("greeting", "canary " * 4, "SETTING_TOO_LARGE"),
    ],
)
async def test_a_value_that_may_not_be_is_refused_with_the_reason(
    chat: Room, clock: ManualClock, tenant: str, name: str, value: Value, reason: str
) -> None:
    settings = settings_of(chat, clock)
    with pytest.raises(InvalidArgument) as raised:
        await change(chat, settings, admin(tenant), name, value, clock)
    assert raised.value.reason == reason
    assert "canary" not in raised.value.detail + str(raised.value.fields)
    async with chat.database.transaction(tenant) as connection:
        assert not await settings.list_changes(connection, size=1)


async def test_a_name_that_is_not_declared_is_not_found(chat: Room, clock: ManualClock, tenant: str) -> None:
    with pytest.raises(NotFound):
        await change(chat, settings_of(chat, clock), admin(tenant), "canary", 1, clock)
    with pytest.raises(ValueError, match="declared twice"):
        Settings(chat.database, chat.metadata, (DAYS, DAYS), hints=Hints(), clock=clock)
    with pytest.raises(ValueError, match="breaks the rules"):
        Setting(name="odd", default=7, maximum=3, description="Odd.")
    with pytest.raises(ValueError, match="neither choices nor a maximum"):
        Setting(name="odd", default="", description="Odd.")


async def test_a_later_release_draws_stored_values_within_its_bounds(
    chat: Room, clock: ManualClock, tenant: str
) -> None:
    settings, actor = settings_of(chat, clock), admin(tenant)
    for name, value in (("retention.days", 150), ("queue.share", 0.75), ("queue.order", "newest")):
        await change(chat, settings, actor, name, value, clock)
    closer = Setting(name="retention.days", default=30, minimum=1, maximum=90, description="Closer.")
    wider = Setting(name="queue.share", default=1, minimum=1, maximum=9, description="Another type.")
    other = Setting(name="queue.order", default="fair", choices=("fair",), description="Other choices.")
    assert await settings.get(tenant, closer) == 90
    assert await settings.get(tenant, wider) == 1
    assert await settings.get(tenant, other) == "fair"
    assert await settings.get(tenant, DAYS) == 150
    async with chat.database.transaction(tenant) as connection:
        assert await settings.read(connection, closer) == 90


async def test_two_changes_at_once_are_noted_one_after_the_other(chat: Room, clock: ManualClock, tenant: str) -> None:
    settings, actor = settings_of(chat, clock), admin(tenant)
    await asyncio.gather(*(change(chat, settings, actor, "retention.days", days, clock) for days in (10, 20, 30, 40)))
    async with chat.database.transaction(tenant) as connection:
        changes = await settings.list_changes(connection, size=10)
    # Each change starts from what another one left.
    assert {each.old_value for each in changes} == {None, 10, 20, 30, 40} - {await settings.get(tenant, DAYS)}


async def test_another_replica_learns_of_a_change_by_a_hint_or_by_time(
    chat: Room, redis: Redis, clock: ManualClock, tenant: str
) -> None:
    here, there = Hints(redis), Hints(redis)
    changing, reading, deaf = (settings_of(chat, clock, hints) for hints in (here, there, Hints()))
    heard = there.listen("settings:chat")
    tasks = [asyncio.create_task(hints.run()) for hints in (here, there)]
    async with asyncio.timeout(10):
        # The first hint comes with the subscription itself.
        await heard.wait()
        assert [await each.get(tenant, DAYS) for each in (reading, deaf)] == [180, 180]
        heard.clear()
        await change(chat, changing, admin(tenant), "retention.days", 7, clock)
        await heard.wait()
    assert [await each.get(tenant, DAYS) for each in (reading, deaf)] == [7, 180]
    clock.advance(timedelta(seconds=31))
    assert await deaf.get(tenant, DAYS) == 7
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
