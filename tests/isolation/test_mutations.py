"""The walks see: each is run on a platform that was broken on purpose, in one place, and has to find that place.

What is broken is the running code or the database itself, and it is mended again whatever happens. A walk that stayed
green here would prove nothing elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from parley.options.v1 import access_pb2

from kernel.privacy import redaction
from kernel.privacy.rules import UndeclaredAccess, access_of, frame_access_of
from kernel.rpc import gates
from kernel.storage.paging import Pages
from services.chat import domain
from tests.isolation.contract import Call
from tests.isolation.test_every_call import (
    Report,
    check_arguments,
    check_callers,
    check_credentials,
    check_frame_callers,
)
from tests.isolation.test_every_field import check_answers, check_types
from tests.isolation.test_every_id import check_conversations_of_the_same_tenant, check_page_tokens
from tests.isolation.test_row_security import (
    check_bound,
    check_catalogue,
    check_functions,
    check_keys,
    check_reach,
    check_roles,
    check_unbound,
    connected,
)
from tests.isolation.world import World
from tests.platform import free_ports, running_platform

MESSAGES = "chat.messages"
POLICY = "(tenant_id = (SELECT app.require_tenant()))"
RESTORED = (
    f"DROP POLICY IF EXISTS tenant ON {MESSAGES}",
    f"CREATE POLICY tenant ON {MESSAGES} USING {POLICY} WITH CHECK {POLICY}",
    f"ALTER TABLE {MESSAGES} ENABLE ROW LEVEL SECURITY",
    f"ALTER TABLE {MESSAGES} FORCE ROW LEVEL SECURITY",
)

Check = Callable[[World, Report], Awaitable[None]]


@asynccontextmanager
async def broken(world: World, *statements: str, mended_by: tuple[str, ...]) -> AsyncIterator[None]:
    """Runs statements as the administrator, and others afterwards."""
    async with connected(world, "administrator") as administrator:
        try:
            for statement in statements:
                await administrator.execute(statement)
            yield
        finally:
            for statement in mended_by:
                await administrator.execute(statement)


async def on_messages(world: World, report: Report, check: Callable[..., Awaitable[None]]) -> None:
    """Runs a check on the one table that was broken."""
    await check(world, report, only=MESSAGES)


@pytest.mark.parametrize(
    ("statement", "found_by"),
    [
        (f"DROP POLICY tenant ON {MESSAGES}", (check_unbound, check_catalogue)),
        (f"ALTER TABLE {MESSAGES} DISABLE ROW LEVEL SECURITY", (check_unbound, check_bound, check_catalogue)),
        (f"ALTER TABLE {MESSAGES} NO FORCE ROW LEVEL SECURITY", (check_catalogue,)),
        (f"CREATE POLICY also ON {MESSAGES} USING (true)", (check_bound, check_catalogue)),
        (f"ALTER POLICY tenant ON {MESSAGES} WITH CHECK (true)", (check_bound, check_catalogue)),
        (f"ALTER POLICY tenant ON {MESSAGES} USING (true)", (check_unbound, check_bound, check_catalogue)),
    ],
)
async def test_a_policy_that_was_dropped_or_weakened_is_found(
    world: World, statement: str, found_by: tuple[Callable[..., Awaitable[None]], ...]
) -> None:
    mended = (f"DROP POLICY IF EXISTS also ON {MESSAGES}", *RESTORED)
    async with broken(world, statement, mended_by=mended):
        for check in found_by:
            report = Report()
            await (check(world, report) if check is check_catalogue else on_messages(world, report, check))
            assert any(MESSAGES in each for each in report.wrong), check
    for check in found_by:
        report = Report()
        await (check(world, report) if check is check_catalogue else on_messages(world, report, check))
        assert not report.wrong, report.wrong


@pytest.mark.parametrize(
    ("statement", "mended_by", "check"),
    [
        (
            "ALTER FUNCTION identity.find_tenant(text) RESET search_path",
            "ALTER FUNCTION identity.find_tenant(text) SET search_path = pg_catalog, pg_temp",
            check_functions,
        ),
        (
            "GRANT EXECUTE ON FUNCTION chat.list_events(bigint, integer) TO parley_privacy",
            "REVOKE EXECUTE ON FUNCTION chat.list_events(bigint, integer) FROM parley_privacy",
            check_functions,
        ),
        (
            "CREATE FUNCTION chat.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
            "DROP FUNCTION chat.peek()",
            check_functions,
        ),
        ("GRANT parley_worker TO parley_chat", "REVOKE parley_worker FROM parley_chat", check_roles),
        (
            "GRANT USAGE ON SCHEMA identity TO parley_chat",
            "REVOKE USAGE ON SCHEMA identity FROM parley_chat",
            check_reach,
        ),
        ("CREATE TABLE chat.scraps (words text)", "DROP TABLE chat.scraps", check_catalogue),
        ("CREATE VIEW chat.everything AS SELECT * FROM chat.messages", "DROP VIEW chat.everything", check_catalogue),
        (
            "ALTER TABLE chat.jobs ADD CONSTRAINT loose UNIQUE (id)",
            "ALTER TABLE chat.jobs DROP CONSTRAINT loose",
            check_keys,
        ),
    ],
)
async def test_whatever_else_makes_the_database_weaker_is_found(
    world: World, statement: str, mended_by: str, check: Check
) -> None:
    async with broken(world, statement, mended_by=(mended_by,)):
        report = Report()
        await check(world, report)
        assert report.wrong
    report = Report()
    await check(world, report)
    assert not report.wrong, report.wrong


@asynccontextmanager
async def another(world: World, service: str) -> AsyncIterator[World]:
    """Starts a second replica of a service with the code as it is now, and yields a world that speaks to it."""
    address: Any = {f"{service}_addresses": (f"127.0.0.1:{free_ports(1)[0]}",)}
    config = replace(world.platform.config, **address)
    async with running_platform(config, services=(service,)) as platform:
        changed = replace(world, platform=platform)
        # A replica that has just started knows no key until it has asked identity.
        first = next(call for call in world.calls if call.process == service and not call.access.tenantless)
        async with asyncio.timeout(10):
            while not await changed.is_let_in(first):
                pass
        yield changed


def calls_named(world: World, *names: str) -> list[Call]:
    """Returns calls by their names."""
    return [call for call in world.calls if call.method.name in names]


async def test_an_access_option_that_lets_in_one_more_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_more(method: MethodDescriptor) -> access_pb2.Access:
        access = access_pb2.Access()
        access.CopyFrom(access_of(method))
        if method.name == "PublishNotice":
            access.callers.append(access_pb2.CALLER_VISITOR)
        return access

    monkeypatch.setattr("kernel.rpc.gates.access_of", one_more)
    async with another(world, "privacy") as changed:
        report = Report()
        await check_callers(changed, calls_named(world, "PublishNotice", "ListNotices"), report)
        assert [each.partition(": ")[0] for each in report.wrong] == [
            "privacy:parley.privacy.v1.NoticeService.PublishNotice as visitor"
        ]


async def test_an_access_option_that_was_dropped_lets_no_service_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dropped(method: MethodDescriptor) -> access_pb2.Access:
        if method.name == "PublishNotice":
            raise UndeclaredAccess(method.full_name)
        return access_of(method)

    monkeypatch.setattr("kernel.rpc.gates.access_of", dropped)
    with pytest.raises(UndeclaredAccess, match="PublishNotice"):
        async with another(world, "privacy"):
            pass


async def test_a_frames_access_option_that_lets_in_one_more_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_more(member: FieldDescriptor) -> access_pb2.Access:
        access = access_pb2.Access()
        access.CopyFrom(frame_access_of(member))
        if member.name == "subscribe_inbox":
            access.callers.append(access_pb2.CALLER_VISITOR)
        return access

    monkeypatch.setattr("kernel.rpc.live.frame_access_of", one_more)
    async with another(world, "chat") as changed:
        report = Report()
        await check_frame_callers(changed, report)
        assert [each.partition(": ")[0] for each in report.wrong] == [
            "parley.chat.v1.ClientFrame.subscribe_inbox as visitor"
        ]


async def test_a_privacy_option_that_shows_one_field_more_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = redaction.visible

    def forget() -> None:
        for cached in (redaction._plan, redaction._hides):
            cached.cache_clear()

    monkeypatch.setattr(
        redaction, "visible", lambda field, seen: field.full_name.endswith(".Staff.email") or right(field, seen)
    )
    forget()
    try:
        report = Report()
        check_types(world, report)
        assert {each.partition(": ")[2].rpartition(":")[0].rpartition(".")[2] for each in report.wrong} == {"email"}
        running = Report()
        calls = calls_named(world, "GetStaff", "ListStaff")
        await check_answers(replace(world, calls=calls), running)
        assert any("ListStaff as operator" in each for each in running.wrong)
        assert all("email" in each for each in running.wrong)
    finally:
        monkeypatch.undo()
        forget()
    report = Report()
    check_types(world, report)
    assert not report.wrong


async def test_a_rule_that_is_not_checked_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "validate", lambda message: None)
    report = Report()
    await check_arguments(world, calls_named(world, "GetConversation"), report)
    assert report.wrong


async def test_a_credential_that_is_not_checked_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = world.actor(access_pb2.CALLER_ADMIN, world.a)
    monkeypatch.setattr(gates, "authenticate", lambda token, verifier, revocations: actor)
    report = Report()
    await check_credentials(world, calls_named(world, "GetTenant"), report)
    assert len(report.wrong) > 10


async def test_a_conversation_that_everybody_may_see_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "may_see", lambda viewer, conversation: True)
    calls = calls_named(world, "GetConversation", "ListReaders")
    report = Report()
    await check_conversations_of_the_same_tenant(replace(world, calls=calls), report)
    assert {each.partition(" ")[0].rpartition(".")[2] for each in report.wrong} == {"GetConversation", "ListReaders"}


async def test_a_page_token_that_is_bound_to_nothing_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pages, "_seal", lambda self, scope, body: b"x" * 16)
    report = Report()
    await check_page_tokens(replace(world, calls=calls_named(world, "ListSites", "ListStaff")), report)
    assert report.wrong


async def test_the_platform_is_whole_again(world: World) -> None:
    """After all mutations the walks that they broke are green: nothing of one is left for the next."""
    everything = Report()
    await check_callers(world, calls_named(world, "PublishNotice", "GetConversation", "GetTenant"), everything)
    await check_arguments(world, calls_named(world, "GetConversation"), everything)
    assert not everything.wrong
