"""Lets members take what is theirs, and leave: by the community's own rules, in its own tables, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from google.protobuf import json_format
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids, journal
from kernel.identity import Actor, Subject
from kernel.privacy.subjects.erasing import erase
from kernel.privacy.subjects.exporting import export
from kernel.search import Search
from kernel.storage import leftovers
from services.community.actions import masking
from services.community.actions.wiring import Wiring, standing_of, tenant_of
from services.community.domain import quoting, rendering
from services.community.domain.accounts import session_ended, sign_in_rejected
from services.community.store import direct as direct_store
from services.community.store import leaving as store
from services.community.store import masking as masking_store
from services.community.store import members as member_store
from services.community.store import polls as poll_store
from services.community.store import posts as post_store
from services.community.store import relations as relation_store
from services.community.store import topics as topic_store
from services.community.store.tables import TEXTS, metadata

ANONYMISED, ERASED = 1, 2
_KIND = subject_pb2.SUBJECT_KIND_MEMBER
_MOST_MENTIONS, _MOST_OWN = 1000, 5000
_posts = Search("community", "posts")


async def preview_leaving(actor: Actor, wiring: Wiring) -> tuple[int, int, int, int]:
    """Counts the caller's posts and topics, and in how many posts of others they are quoted, and mentioned."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        member = await member_store.find_member(connection, tenant, actor.subject_id)
        if member is None:
            raise session_ended()
        posts, topics, quoted = await store.count_own(connection, tenant, actor.subject_id)
        hits = await _posts.find(connection, f'"@{member.handle}"', size=_MOST_MENTIONS)
        named = [each for each in await post_store.find_posts(connection, tenant, hits) if each.author_id != member.id]
        mentioned = sum(f"@{member.handle}" in each.body for each in named)
    return posts, topics, quoted, mentioned


async def leave(actor: Actor, wiring: Wiring, remains: int, password: str) -> int:
    """Ends the caller's account; returns how many posts were anonymised or erased."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        member = await member_store.find_member(connection, tenant, actor.subject_id)
    if member is None or not await wiring.passwords.matches(password, member.password_hash):
        raise sign_in_rejected()
    subject = Subject(tenant_id=actor.tenant_id, domain=privacy_pb2.DOMAIN_COMMUNITY, kind=_KIND, id=actor.subject_id)
    # It is on record before anything changes, so that a backup from before cannot bring the person back.
    await wiring.journal.append(journal.Erased(subject=subject))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await masking_store.hold(connection, tenant)
        done = 0
        if remains == ANONYMISED:
            done = await store.detach(connection, tenant, actor.subject_id)
            await poll_store.keep_votes(connection, tenant, actor.subject_id)
        else:
            await _forget_in_others(connection, wiring, actor, member.handle)
            await store.empty_posts(connection, tenant, actor.subject_id)
            await leftovers.mark(connection, metadata, TEXTS, now)
        await direct_store.end_threads(connection, tenant, actor.subject_id)
        await leftovers.mark(connection, metadata, ["direct_messages", "thread_sides"], now)
        await relation_store.delete_about(connection, tenant, actor.subject_id)
        await erase(connection, metadata, _KIND, tenant, ids.to_uuid(actor.subject_id, "mem"), now)
        if remains == ERASED:
            done = await store.detach(connection, tenant, actor.subject_id)
        wiring.changed(connection, actor.tenant_id)
    return done


async def _forget_in_others(connection: AsyncConnection, wiring: Wiring, actor: Actor, handle: str) -> None:
    """Masks what others quoted of a member and where they named them, in texts and titles; the rest of it stays."""
    tenant = tenant_of(actor)
    hits = await _posts.find(connection, f'"@{handle}"', size=_MOST_MENTIONS)
    said = await store.list_bodies(connection, tenant, actor.subject_id, _MOST_OWN)
    lines = quoting.lines_of(said)
    await masking.forget_somebody(connection, actor, handle, lines)
    for each in await store.list_quoting(connection, tenant, actor.subject_id, hits):
        left = quoting.without(each.body, handle, lines)
        if left != each.body:
            await post_store.save_post(connection, tenant, each.id, body=left, html=rendering.render(left))
            # What stood there before says it, too.
            await post_store.delete_revisions(connection, tenant, each.id)
            await topic_store.change_topic(connection, tenant, each.topic_id)
    await poll_store.say_otherwise(
        connection, tenant, f"@{handle}", lambda said: quoting.without(said, handle, frozenset())
    )
    for topic_id, title in await store.list_titles_naming(connection, tenant, handle, _MOST_MENTIONS):
        await topic_store.change_topic(connection, tenant, topic_id, title=quoting.without(title, handle, frozenset()))


async def export_account(actor: Actor, wiring: Wiring) -> AsyncIterator[bytes]:
    """Yields everything that is kept about the caller, a record a line."""
    tenant, after = tenant_of(actor), None
    while True:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            await standing_of(connection, actor, wiring)
            records, after = await export(
                connection, metadata, _KIND, tenant, ids.to_uuid(actor.subject_id, "mem"), after=after, size=200
            )
        lines = [orjson.dumps(json_format.MessageToDict(each, preserving_proto_field_name=True)) for each in records]
        yield b"".join(line + b"\n" for line in lines)
        if after is None:
            return
