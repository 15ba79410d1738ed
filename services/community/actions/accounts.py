"""Lets people join, sign in and out, and come back after a forgotten password.

An account belongs to one tenant's community and is linked to nothing else. Whether an address has an account is told by
a mail to it, and by no answer.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.jobs import Job
from kernel.limits import Tries
from kernel.mail import Letter
from kernel.privacy.age import is_minor
from services.community.actions import brakes, proofs
from services.community.actions.wiring import Wiring, member_of, standing_of, tenant_of
from services.community.domain import contacts, texts
from services.community.domain.accounts import (
    CODE_LIFE,
    RESERVED,
    RESET,
    SESSION_LIFE,
    SIGN_UP,
    Member,
    Pending,
    code_rejected,
    handle_taken,
    is_code,
    make_code,
    no_such_member,
    plain_email,
    session_ended,
    sign_in_rejected,
    too_young,
)
from services.community.store import members as store
from services.community.store.notices import MOST_UNREAD, count_unread

MAIL_JOB = "community.code"
END_JOB = "community.code_end"
_HOUR, _WHILE = timedelta(hours=1), timedelta(minutes=15)
MAILS_OF_ADDRESS = Tries(name="community_mail_address", most=5, window=_HOUR)
MAILS_OF_TENANT = Tries(name="community_mail_tenant", most=500, window=_HOUR)
SIGN_INS = Tries(name="community_sign_in", most=20, window=_WHILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session that was opened, with a first token."""

    secret: str = field(repr=False)
    expire_time: datetime
    token: str = field(repr=False)
    token_expire_time: datetime
    member_id: str


async def sign_up(
    actor: Actor, wiring: Wiring, *, handle: str, email: str, password: str, age: int, proof: str = "", origin: str = ""
) -> tuple[str, datetime]:
    """Begins an account and has a code mailed; returns what to hand in with it, and until when.

    `origin` is a hash of where the caller is, and `proof` what they calculated.
    """
    if is_minor(age):
        raise too_young()
    if handle in RESERVED:
        raise handle_taken()
    # Before anything is mailed, and before the password costs us more than the caller.
    await proofs.require(actor, wiring, proofs.SIGN_UP, proof, origin)
    address = plain_email(email)
    tenant, now = tenant_of(actor), wiring.clock.now()
    await _may_mail(actor, wiring, address)
    password_hash = await wiring.passwords.hash(password)
    begun = Pending(
        id=ids.random_id("sgn"),
        kind=SIGN_UP,
        handle=handle,
        email=address,
        password_hash=password_hash,
        tries=0,
        expire_time=now + CODE_LIFE,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if await store.is_handle_taken(connection, tenant, handle):
            raise handle_taken()
        await store.add_pending(connection, tenant, begun)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
        await _mail_later(connection, wiring, actor.tenant_id, begun, now)
    return begun.id, begun.expire_time


async def verify_email(actor: Actor, wiring: Wiring, sign_up_id: str, typed: str) -> Opened:
    """Takes the code of a sign-up, makes the account and opens a session."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    is_right = is_code(make_code(wiring.codes, actor.tenant_id, sign_up_id), typed)
    member: Member | None = None
    async with wiring.database.transaction(actor.tenant_id) as connection:
        begun = await store.find_pending(connection, tenant, sign_up_id)
        if begun is None or begun.kind != SIGN_UP or not begun.takes_code(now) or not is_right:
            await store.count_try(connection, tenant, sign_up_id)
        else:
            member = Member(
                id=ids.random_id("mem"),
                handle=begun.handle,
                email=begun.email,
                password_hash=begun.password_hash,
                display_name="",
                about="",
                post_count=0,
                create_time=now,
            )
            made = await store.add_member(connection, tenant, member)
            await store.delete_pending(connection, tenant, sign_up_id)
            if not made and await store.is_handle_taken(connection, tenant, begun.handle):
                raise handle_taken()
            if not made:
                # The address has an account already, which its mail has said.
                member = None
    if member is None:
        raise code_rejected()
    return await _open_session(actor, wiring, member.id)


async def sign_in(actor: Actor, wiring: Wiring, email: str, password: str) -> Opened:
    """Signs a member in; a wrong address and a wrong password are answered alike."""
    address = plain_email(email)
    await wiring.guesses.attempt(
        (SIGN_INS, f"{actor.tenant_id}\x00{address}"),
        reason="SIGN_IN_LIMITED",
        detail="Too many tries. Wait a few minutes, then try again.",
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        member = await store.find_by_email(connection, tenant_of(actor), address)
    if not await wiring.passwords.matches(password, None if member is None else member.password_hash):
        raise sign_in_rejected()
    assert member is not None
    await wiring.guesses.right(forget=(SIGN_INS, f"{actor.tenant_id}\x00{address}"))
    return await _open_session(actor, wiring, member.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """An access token of a session and when it ends; whose it is, and how much they were told and have not seen."""

    token: str = field(repr=False)
    until: datetime
    member_id: str
    handle: str
    unread: int


async def refresh_session(actor: Actor, wiring: Wiring, secret: str) -> Refreshed:
    """Returns an access token of a session, with what every page says of its member."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_session(connection, tenant, _hash(secret), wiring.clock.now())
        if found is None:
            raise session_ended()
        session_id, member_id, handle = found
        unread = await count_unread(connection, tenant, member_id, MOST_UNREAD)
    token, until = await wiring.peers.issue_token(actor.tenant_id, member_id, session_id)
    return Refreshed(token=token, until=until, member_id=member_id, handle=handle, unread=unread)


async def sign_out(actor: Actor, wiring: Wiring, secret: str) -> None:
    """Ends a session; its token posts nothing any more. One that has ended already is no error."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.delete_session(connection, tenant_of(actor), _hash(secret))


async def request_reset(actor: Actor, wiring: Wiring, email: str) -> str:
    """Mails a code for a new password, if the address has an account; returns what to hand in with it."""
    address = plain_email(email)
    await _may_mail(actor, wiring, address)
    now = wiring.clock.now()
    begun = Pending(
        id=ids.random_id("sgn"),
        kind=RESET,
        handle="",
        email=address,
        password_hash="",
        tries=0,
        expire_time=now + CODE_LIFE,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if await store.find_by_email(connection, tenant_of(actor), address) is not None:
            await store.add_pending(connection, tenant_of(actor), begun)
            await _mail_later(connection, wiring, actor.tenant_id, begun, now)
    return begun.id


async def reset_password(actor: Actor, wiring: Wiring, reset_id: str, typed: str, password: str) -> None:
    """Takes the code and a new password; all sessions of the account end."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    password_hash = await wiring.passwords.hash(password)
    is_right = is_code(make_code(wiring.codes, actor.tenant_id, reset_id), typed)
    done = False
    async with wiring.database.transaction(actor.tenant_id) as connection:
        begun = await store.find_pending(connection, tenant, reset_id)
        if begun is None or begun.kind != RESET or not begun.takes_code(now) or not is_right:
            await store.count_try(connection, tenant, reset_id)
        else:
            member = await store.find_by_email(connection, tenant, begun.email)
            await store.delete_pending(connection, tenant, reset_id)
            if member is not None:
                await store.save_password(connection, tenant, member.id, password_hash)
                done = True
    if not done:
        raise code_rejected()


async def get_account(actor: Actor, wiring: Wiring) -> Member:
    """Returns the caller's own account."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        member = await store.find_member(connection, tenant_of(actor), actor.subject_id)
        if member is None:
            raise session_ended()
        return replace(member, trust=await brakes.trust_of(connection, actor, wiring))


async def update_account(actor: Actor, wiring: Wiring, display_name: str, about: str) -> Member:
    """Changes what the caller shows of themselves."""
    texts.check_kept(display_name=display_name, about=about)
    shown = texts.line_of(display_name)
    contacts.check_name(shown)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        await store.save_profile(connection, tenant_of(actor), actor.subject_id, shown, about.strip())
        wiring.changed(connection, actor.tenant_id)
    return await get_account(actor, wiring)


async def get_member(actor: Actor, wiring: Wiring, handle: str) -> Member:
    """Returns a member by the name; those who moderate see where the member stands, too."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        member = await store.find_by_handle(connection, tenant_of(actor), handle)
        if member is None:
            raise no_such_member()
        if not actor.is_staff:
            about = member.about if member_of(actor) else contacts.mask_text(member.about)
            return replace(member, about=about, suspended_until=None)
        level, removals, fast = await brakes.standing_before_staff(connection, actor, wiring, member.id)
    is_over = member.suspended_until is not None and member.suspended_until <= wiring.clock.now()
    return replace(
        member, trust=level, removals=removals, fast=fast, suspended_until=None if is_over else member.suspended_until
    )


async def mail_code(wiring: Wiring, job: Job) -> None:
    """Mails a code, or where the address has an account already, that it has; what is over is not mailed."""
    pending_id, tenant = str(job.arguments["pending_id"]), ids.to_uuid(job.tenant_id, "ten")
    async with wiring.database.transaction(job.tenant_id) as connection:
        begun = await store.find_pending(connection, tenant, pending_id)
        if begun is None or not begun.takes_code(wiring.clock.now()):
            return
        known = await store.find_by_email(connection, tenant, begun.email)
    name = (await wiring.peers.tenant(job.tenant_id)).display_name
    values = {"tenant_name": name, "code": make_code(wiring.codes, job.tenant_id, pending_id), "minutes": 60}
    is_known = begun.kind == SIGN_UP and known is not None
    written = wiring.templates.render(
        "community_known" if is_known else "one_time_code", "en", {"tenant_name": name} if is_known else values
    )
    await wiring.mailer.send(Letter(to=begun.email, subject=written.subject, text=written.text, html=written.html))


async def end_pending(wiring: Wiring, job: Job) -> None:
    """Removes what was begun and is over, and the address with it."""
    pending_id, tenant = str(job.arguments["pending_id"]), ids.to_uuid(job.tenant_id, "ten")
    async with wiring.database.transaction(job.tenant_id) as connection:
        await store.delete_pending(connection, tenant, pending_id)


async def _may_mail(actor: Actor, wiring: Wiring, address: str) -> None:
    await wiring.guesses.attempt(
        (MAILS_OF_ADDRESS, f"{actor.tenant_id}\x00{address}"),
        (MAILS_OF_TENANT, actor.tenant_id),
        reason="MAIL_LIMITED",
        detail="Too many codes were sent to that address. Nothing was sent now; wait an hour, then try again.",
    )


async def _mail_later(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, begun: Pending, now: datetime
) -> None:
    arguments = {"pending_id": begun.id}
    await wiring.jobs.enqueue(connection, MAIL_JOB, tenant_id=tenant_id, now=now, arguments=arguments)
    await wiring.jobs.enqueue(
        connection,
        END_JOB,
        tenant_id=tenant_id,
        now=now,
        arguments=arguments,
        due=begun.expire_time,
    )


async def _open_session(actor: Actor, wiring: Wiring, member_id: str) -> Opened:
    secret, session_id, now = secrets.token_urlsafe(32), ids.random_id("mss"), wiring.clock.now()
    until = now + SESSION_LIFE
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.add_session(connection, tenant_of(actor), session_id, member_id, _hash(secret), (now, until))
    token, token_until = await wiring.peers.issue_token(actor.tenant_id, member_id, session_id)
    return Opened(secret=secret, expire_time=until, token=token, token_expire_time=token_until, member_id=member_id)


def _hash(secret: str) -> bytes:
    # It has 256 random bits, so a plain hash cannot be guessed back.
    return hashlib.sha256(secret.encode()).digest()
