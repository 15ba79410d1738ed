"""What was taken back is taken back everywhere within seconds: calls, streams and live channels, in every process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import grpc.aio
import pytest
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.identity.v1 import staff_pb2, token_pb2
from parley.options.v1 import access_pb2

from kernel.clock import SystemClock
from kernel.errors import Unauthenticated, from_rpc_error
from kernel.identity import Actor, Regime, Revocations, sign
from kernel.rpc.gates import authenticate
from kernel.storage import Database, runtime_url
from services.identity.actions.signing import Signer
from tests.identity.test_sign_in import exchanged, revocations_of
from tests.identity.test_staff import update
from tests.isolation.calls import bearer, live_stream
from tests.platform import OPERATOR, SUPERVISOR, Member, Platform, Tenant, free_ports, running_platform

WITHIN = 5.0


async def sign_out(platform: Platform, member: Member) -> None:
    """Ends somebody's session."""
    await platform.call(platform.tokens.SignOut, token_pb2.SignOutRequest(session=member.session))


async def ended(call: Any) -> str:
    """Waits for the end of a stream and returns the reason."""
    try:
        async with asyncio.timeout(WITHIN):
            while await call.read() is not grpc.aio.EOF:
                pass
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error).reason
    return "ended without a reason"


async def a_watched_inbox(platform: Platform, tenant: Tenant, token: str) -> Any:
    """Watches the inbox and waits until something has come, so that the stream runs."""
    call = platform.chat.WatchInbox(conversation_pb2.WatchInboxRequest(), metadata=bearer(token))
    reading = asyncio.create_task(call.read())
    async with asyncio.timeout(WITHIN):
        while not reading.done():
            await tenant.visitor()
            await asyncio.wait((reading,), timeout=0.2)
    assert reading.result() is not grpc.aio.EOF
    return call


async def test_signing_out_ends_a_running_stream(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    call = await a_watched_inbox(platform, shop, member.token)
    ending = asyncio.create_task(ended(call))
    await sign_out(platform, member)
    assert await ending == "CREDENTIAL_REJECTED"


async def test_a_stream_of_somebody_else_goes_on(platform: Platform, shop: Tenant) -> None:
    leaving, staying = await shop.member(), await shop.member()
    call = await a_watched_inbox(platform, shop, staying.token)
    other = await a_watched_inbox(platform, shop, leaving.token)
    ending = asyncio.create_task(ended(other))
    await sign_out(platform, leaving)
    assert await ending == "CREDENTIAL_REJECTED"
    visitor = await shop.visitor()
    async with asyncio.timeout(WITHIN):
        while (change := await call.read()).conversation.id != visitor.conversation.id:
            assert change is not grpc.aio.EOF
    call.cancel()


async def test_a_stream_ends_with_its_token(platform: Platform, shop: Tenant) -> None:
    signer = Signer(
        Database(runtime_url(platform.config.database_url, platform.config.secret_key, "identity"), pool_size=1),
        SystemClock(),
        platform.config.secret_key,
    )
    await signer.refresh()
    member = await shop.member()
    actor = Actor(tenant_id=shop.id, regime=Regime.ASP, callers=frozenset({OPERATOR}), subject_id=member.id)
    token, issued = signer.issue(actor)
    (key_id, key), *_ = signer._opened.items()
    assert token
    # A token's end has whole seconds.
    short = replace(issued, expire_time=datetime.now(UTC) + timedelta(seconds=2))
    call = platform.chat.WatchInbox(conversation_pb2.WatchInboxRequest(), metadata=bearer(sign(short, key_id, key)))
    assert await ended(call) == "CREDENTIAL_REJECTED"
    await signer._database.close()


async def test_a_suspended_persons_live_channel_is_cut(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    async with live_stream(platform) as probe:
        channel = await probe.open(member.token)
        frame = frame_pb2.ClientFrame(frame_id="s", subscribe_inbox=frame_pb2.SubscribeInbox())
        assert await channel.ask(frame, silent=True) == []
        await update(platform, shop.admin, member.id, state=staff_pb2.Staff.STATE_SUSPENDED)
        async with asyncio.timeout(WITHIN):
            while not isinstance(said := await channel.next(), str):
                pass
        assert said == "TOKEN_REVOKED"
        assert await (await probe.open(member.token)).next() == "CREDENTIAL_REJECTED"


async def test_lowered_roles_cut_what_the_old_ones_opened_and_a_fresh_token_has_the_new_ones(
    platform: Platform, shop: Tenant
) -> None:
    member = await shop.member(OPERATOR, SUPERVISOR)
    async with live_stream(platform) as probe:
        channel = await probe.open(member.token)
        await update(platform, shop.admin, member.id, roles=[OPERATOR])
        assert await channel.next() == "TOKEN_REVOKED"
    fresh = await exchanged(platform, member.session)
    assert list(fresh.callers) == [OPERATOR]
    me = await platform.call(platform.staff.GetMe, staff_pb2.GetMeRequest(), token=fresh.access_token)
    assert list(me.staff.roles) == [OPERATOR]


async def test_a_change_of_name_ends_nobodys_session(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    await update(platform, shop.admin, member.id, display_name="Robin again")
    await platform.call(platform.staff.GetMe, staff_pb2.GetMeRequest(), token=member.token)


async def test_another_process_hears_of_it_too(platform: Platform, shop: Tenant) -> None:
    """Runs a second replica of chat in a process of its own state, as another machine would."""
    address = (f"127.0.0.1:{free_ports(1)[0]}",)
    async with running_platform(replace(platform.config, chat_addresses=address), services=("chat",)) as elsewhere:
        member = await shop.member()
        request = conversation_pb2.ListConversationsRequest()
        async with asyncio.timeout(WITHIN):
            while True:
                try:
                    await elsewhere.call(elsewhere.chat.ListConversations, request, token=member.token)
                    break
                except Unauthenticated:
                    continue  # The replica asks identity for its keys when it starts.
        heard = asyncio.Event()
        revocations_of(elsewhere).on_change(heard.set)
        assert revocations_of(elsewhere) is not revocations_of(platform)
        await sign_out(platform, member)
        async with asyncio.timeout(WITHIN):
            await heard.wait()
        with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
            await elsewhere.call(elsewhere.chat.ListConversations, request, token=member.token)


async def test_a_process_that_starts_later_knows_what_was_revoked_before(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    await sign_out(platform, member)
    address = (f"127.0.0.1:{free_ports(1)[0]}",)
    async with running_platform(replace(platform.config, chat_addresses=address), services=("chat",)) as elsewhere:
        actor = Actor(
            tenant_id=shop.id, regime=Regime.ASP, callers=frozenset({OPERATOR}), session_id=session_of(member)
        )
        async with asyncio.timeout(WITHIN):
            while not revocations_of(elsewhere).is_revoked(actor):
                heard = asyncio.Event()
                forget = revocations_of(elsewhere).on_change(heard.set)
                if not revocations_of(elsewhere).is_revoked(actor):
                    await heard.wait()
                forget()


def session_of(member: Member) -> str:
    """Returns the id of a session, as its tokens name it."""
    import jwt

    return str(jwt.decode(member.token, options={"verify_signature": False})["sid"])


MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)


def somebody(issued: datetime, session: str = "ses_1") -> Actor:
    """Returns somebody whose token was issued at a moment."""
    return Actor(
        tenant_id="ten_1",
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_OPERATOR}),
        subject_id="stf_1",
        session_id=session,
        issue_time=issued,
    )


def test_a_token_from_before_a_change_is_revoked_and_one_from_after_is_not() -> None:
    revocations = Revocations()
    revocations.revoke_before("stf_1", MORNING)
    assert revocations.is_revoked(somebody(MORNING - timedelta(milliseconds=1)))
    assert not revocations.is_revoked(somebody(MORNING))
    # An older event that is heard later takes nothing back.
    revocations.revoke_before("stf_1", MORNING - timedelta(hours=1))
    assert revocations.is_revoked(somebody(MORNING - timedelta(milliseconds=1)))


def test_a_listener_is_told_until_it_leaves() -> None:
    revocations, heard = Revocations(), []
    forget = revocations.on_change(lambda: heard.append(1))
    revocations.revoke_session("ses_1")
    forget()
    forget()
    revocations.revoke_session("ses_2")
    assert heard == [1]


def test_a_remembered_token_is_asked_about_every_time() -> None:
    class Remembering:
        """A verifier that has seen the token before."""

        def actor(self, token: str) -> Actor:
            return somebody(MORNING)

    revocations = Revocations()
    verifier: Any = Remembering()
    assert authenticate("token", verifier, revocations).subject_id == "stf_1"
    revocations.revoke_session("ses_1")
    with pytest.raises(Unauthenticated):
        authenticate("token", verifier, revocations)
