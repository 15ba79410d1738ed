"""Invites staff and lets people choose passwords, by a link that is mailed to them and is good for one use.

A link's secret is kept nowhere, only its hash: the mail derives it again from the link's id. It stands in the fragment
of an address, which no server and no log ever sees. Whether an address has an account shows neither in the answer to a
forgotten password nor in how long that takes: the same rows are read and written either way.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, Unauthenticated
from kernel.identity import Actor
from kernel.jobs import PLATFORM, Job
from kernel.mail import Letter
from services.identity import store
from services.identity.actions import auditing, guessing, revoking
from services.identity.actions.wiring import Wiring
from services.identity.domain import (
    INVITATION_LIFE,
    INVITED,
    NO_PASSWORD,
    RESET_LIFE,
    SUSPENDED,
    EntryLink,
    LinkRejected,
    PasswordWrong,
    Staff,
    Tenant,
    check_complete,
    check_roles,
    make_entry_secret,
    read_credential,
)
from services.identity.store import entry_links

ENTRY = "pel"
MAIL_JOB = "entry_link.mail"


async def invite_staff(
    actor: Actor, wiring: Wiring, member: Staff, request_id: str, request: Message, *, language: str = ""
) -> tuple[Staff, datetime]:
    """Makes an account that waits for its owner and has a link mailed; returns it with the link's end."""
    check_complete(("display_name",), display_name=member.display_name)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        check_roles(actor, (await store.get_tenant(connection, tenant_id)).regime, member.roles)
        end = member.create_time + INVITATION_LIFE
        made = await wiring.idempotency.claim(
            connection, actor, "InviteStaff", request_id, request, member.id, member.create_time
        )
        if made != member.id:
            return await store.get_staff(connection, tenant_id, made), end
        await store.add_staff(connection, tenant_id, member, NO_PASSWORD)
        await send_link(connection, wiring, actor.tenant_id, member.id, member.create_time, INVITATION_LIFE, language)
        told = [auditing.made(member, field) for field in ("roles", "team_ids")]
        await auditing.note(connection, actor, "staff.invited", member.id, member.create_time, told)
    return member, end


async def repeat_invitation(actor: Actor, wiring: Wiring, staff_id: str) -> datetime:
    """Mails another link to somebody who was invited; raises FailedPrecondition where the person is in already."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        member = await store.get_staff(connection, tenant_id, staff_id, lock=True)
        if member.state != INVITED:
            raise FailedPrecondition("NOT_INVITED", "This person has come already, or may not. Nothing was sent.")
        await guessing.try_reset(wiring.guesses, f"{actor.tenant_id}\x00{member.email}", actor.tenant_id, "")
        now = wiring.clock.now()
        language = await entry_links.find_language(connection, tenant_id, staff_id)
        await send_link(connection, wiring, actor.tenant_id, staff_id, now, INVITATION_LIFE, language)
        await auditing.note(connection, actor, "staff.invited_again", staff_id, now)
    return now + INVITATION_LIFE


async def request_password_reset(wiring: Wiring, slug: str, email: str, address: str, language: str = "") -> None:
    """Has a link mailed to the owner of an account; the same happens where there is none, but for the mail."""
    plain = email.strip().lower()
    await guessing.try_reset(wiring.guesses, f"{slug}\x00{plain}", slug, address)
    async with wiring.database.single() as connection:
        known = await store.find_tenant_id(connection, slug)
    looked_into = known or PLATFORM
    async with wiring.database.transaction(looked_into) as connection:
        found = await store.find_staff_by_email(connection, ids.to_uuid(looked_into, "ten"), plain)
        # Who was invited chooses a first password the same way; who is suspended gets nothing.
        staff_id = found[0].id if found is not None and found[0].state != SUSPENDED else ""
        await send_link(connection, wiring, looked_into, staff_id, wiring.clock.now(), RESET_LIFE, language)
        if known is None:
            await connection.rollback()


async def mail_link(wiring: Wiring, job: Job) -> None:
    """Mails a link; where it is nobody's, or was replaced or used meanwhile, nothing is sent."""
    link_id = str(job.arguments["link_id"])
    tenant_id = ids.to_uuid(job.tenant_id, "ten")
    async with wiring.database.transaction(job.tenant_id) as connection:
        link = await store.find_entry_link(connection, tenant_id, link_id)
        if link is None or not link.is_good(wiring.clock.now()):
            return
        member = await store.get_staff(connection, tenant_id, link.staff_id)
        tenant = await store.get_tenant(connection, tenant_id)
    secret, _ = make_entry_secret(wiring.codes.links, job.tenant_id, link_id)
    written = wiring.templates.render(
        "invitation" if link.is_invitation else "password_reset",
        link.language or "en",
        {
            "tenant_name": tenant.display_name,
            "name": member.display_name,
            "link": f"{wiring.console_origin}/#/entry/{secret}",
            # Months have names, which are not everybody's; a day written in figures is read everywhere.
            "until": f"{link.expire_time:%Y-%m-%d, %H:%M} UTC",
        },
    )
    await wiring.mailer.send(Letter(to=member.email, subject=written.subject, text=written.text, html=written.html))


async def check_entry_link(wiring: Wiring, secret: str) -> tuple[EntryLink, Staff, Tenant]:
    """Returns a link with its owner and the tenant; raises LinkRejected for every link that is not good."""
    tenant, secret_hash = _read(secret)
    async with wiring.database.transaction(tenant) as connection:
        return await _good(connection, wiring, tenant, secret_hash)


async def use_entry_link(wiring: Wiring, secret: str, password: str) -> Tenant:
    """Sets the password by a link, once; every session of the account ends. Returns the tenant to sign in to."""
    tenant_id, secret_hash = _read(secret)
    password_hash = await wiring.passwords.hash(password)
    async with wiring.database.transaction(tenant_id) as connection:
        bound = ids.to_uuid(tenant_id, "ten")
        link, member, tenant = await _good(connection, wiring, tenant_id, secret_hash, lock=True)
        now = wiring.clock.now()
        await store.set_password(connection, bound, member.id, password_hash)
        await store.admit_staff(connection, bound, member.id)
        await store.end_entry_links(connection, bound, member.id, now)
        for session_id in await store.revoke_sessions_but(connection, bound, member.id, "", now):
            await revoking.session_revoked(connection, wiring, tenant_id, session_id, now)
        owner = Actor(tenant_id=tenant_id, regime=tenant.regime, callers=frozenset(), subject_id=member.id)
        done = "staff.came" if link.is_invitation else "staff.password_reset"
        await auditing.note(connection, owner, done, member.id, now)
    return tenant


async def change_password(actor: Actor, wiring: Wiring, current: str, new: str) -> None:
    """Changes the caller's own password; every other session ends. Raises PasswordWrong for a wrong one."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    await prove_password(actor, wiring, current)
    password_hash = await wiring.passwords.hash(new)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        now = wiring.clock.now()
        await store.set_password(connection, tenant_id, actor.subject_id, password_hash)
        await store.end_entry_links(connection, tenant_id, actor.subject_id, now)
        for session_id in await store.revoke_sessions_but(
            connection, tenant_id, actor.subject_id, actor.session_id, now
        ):
            await revoking.session_revoked(connection, wiring, actor.tenant_id, session_id, now)
        await auditing.note(connection, actor, "staff.password_changed", actor.subject_id, now)


async def prove_password(actor: Actor, wiring: Wiring, password: str) -> None:
    """Raises PasswordWrong where a password is not the caller's own, ResourceExhausted after too many tries."""
    await guessing.try_own_password(wiring.guesses, actor.subject_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        kept = await store.get_password_hash(connection, ids.to_uuid(actor.tenant_id, "ten"), actor.subject_id)
    if not await wiring.passwords.matches(password, kept):
        raise PasswordWrong
    await guessing.own_password_was_right(wiring.guesses, actor.subject_id)


async def send_link(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    staff_id: str,
    now: datetime,
    life: timedelta,
    language: str = "",
) -> None:
    """Makes a link and has it mailed; nobody's where `staff_id` is empty."""
    link = EntryLink(
        id=ids.new_id("ent"),
        staff_id=staff_id,
        is_invitation=life == INVITATION_LIFE,
        create_time=now,
        expire_time=now + life,
        language=language,
    )
    _, secret_hash = make_entry_secret(wiring.codes.links, tenant_id, link.id)
    await store.add_entry_link(connection, ids.to_uuid(tenant_id, "ten"), link, secret_hash, now)
    await wiring.jobs.enqueue(connection, MAIL_JOB, tenant_id=tenant_id, now=now, arguments={"link_id": link.id})


async def _good(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, secret_hash: bytes, *, lock: bool = False
) -> tuple[EntryLink, Staff, Tenant]:
    bound = ids.to_uuid(tenant_id, "ten")
    link = await store.find_entry_link_by_secret(connection, bound, secret_hash, lock=lock)
    if link is None or not link.is_good(wiring.clock.now()):
        raise LinkRejected
    member = await store.get_staff(connection, bound, link.staff_id, lock=lock)
    if member.state == SUSPENDED:
        raise LinkRejected
    return link, member, await store.get_tenant(connection, bound)


def _read(secret: str) -> tuple[str, bytes]:
    try:
        credential = read_credential(ENTRY, secret)
    except Unauthenticated:
        raise LinkRejected from None
    return credential.tenant_id, credential.secret_hash
