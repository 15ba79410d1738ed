"""Tells members what concerns them: in the page at once, and by mail as each of them wants it.

What is told are ids; the words are read when somebody looks or a mail is written, so that what was hidden or erased
meanwhile stands in no list and in no mail. A mail names the topic and who wrote, and never what was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, Unavailable
from kernel.identity import Actor
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.storage.paging import page_size
from services.community.actions import sealing
from services.community.actions.wiring import Wiring, access_space, access_topic, standing_of, tenant_of
from services.community.domain import notices, rendering
from services.community.domain.notices import DIGEST, EACH, FOLLOWING, NONE, OFF, Due, Notification, Subscription
from services.community.domain.posts import Post
from services.community.store import notices as store
from services.community.store import posts as post_store
from services.community.store import telling
from services.community.store import topics as topic_store
from services.community.store.telling import Listener, Said

NOTIFY_JOB, MAIL_JOB, DIGEST_JOB = "community.notify", "community.notice", "community.digest"
_PAGE, _MAILS = 2000, 50
#: Of how many posts that wait members are told in one turn.
_TOGETHER = 200
#: After how many pages of them the posts are too many for one turn.
_PAGES_TOGETHER = 20
_MOST_IN_DIGEST = 100


async def set_subscription(actor: Actor, wiring: Wiring, space_id: str, topic_id: str, level: int) -> Subscription:
    """Follows a place, is told of it no more, or neither; this needs no terms."""
    notices.check_place(space_id, topic_id)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        if topic_id:
            topic, space = await access_topic(connection, actor, topic_id)
            name, place = topic.title, ids.to_uuid(topic_id, "top")
        else:
            space = await access_space(connection, actor, space_id)
            name, place = space.display_name, ids.to_uuid(space_id, "spc")
        if level == NONE:
            await store.delete_subscription(connection, tenant, actor.subject_id, place)
        else:
            await store.save_subscription(connection, tenant, actor.subject_id, space.id, topic_id, level, now)
    return Subscription(id="", space_id=space.id, topic_id=topic_id, display_name=name, level=level, create_time=now)


async def list_subscriptions(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Subscription], str]:
    """Returns a page of what the caller follows, the newest first."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListSubscriptions", actor.subject_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_subscriptions(connection, tenant_of(actor), actor.subject_id, before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.id,))


async def list_notifications(
    actor: Actor, wiring: Wiring, size: int, token: str
) -> tuple[list[Notification], str, int]:
    """Returns a page of what the caller was told, and how much of all was not seen."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListNotifications", actor.subject_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant = tenant_of(actor)
        found = await store.list_notifications(connection, tenant, actor.subject_id, before, limit + 1)
        unread = await store.count_unread(connection, tenant, actor.subject_id, store.MOST_UNREAD)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "ntf")),))
    return page, following, unread


async def mark_notifications(actor: Actor, wiring: Wiring, notification_id: str) -> None:
    """Marks one notification of the caller's as seen, or all."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.mark_read(connection, tenant_of(actor), actor.subject_id, notification_id)


async def get_settings(actor: Actor, wiring: Wiring) -> tuple[int, bool]:
    """Returns when the caller is mailed, and whether they follow the topics in which they post."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_settings(connection, tenant_of(actor), actor.subject_id)


async def update_settings(actor: Actor, wiring: Wiring, mail: int, *, follows_own: bool) -> tuple[int, bool]:
    """Changes how the caller is told."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        values = {"mail_mode": mail, "follows_own": follows_own}
        await store.save_settings(connection, tenant_of(actor), actor.subject_id, **values)
    return mail, follows_own


async def unsubscribe(actor: Actor, wiring: Wiring, token: str) -> None:
    """Ends mails by the text in a mail's link, whoever bears it; what has ended already is no error."""
    found = sealing.opened(wiring.links, actor.tenant_id, token)
    if found is None:
        raise notices.no_such_link()
    member_id, place = found
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if place:
            key = ids.to_uuid(place, "top")
            await store.delete_subscription(connection, tenant_of(actor), member_id, key)
        else:
            await store.save_settings(connection, tenant_of(actor), member_id, mail_mode=OFF)


async def follow(connection: AsyncConnection, wiring: Wiring, tenant_id: str, post: Post, now: datetime) -> None:
    """Has whoever posts follow the topic, if they want that, and has others told of the post afterwards."""
    tenant = ids.to_uuid(tenant_id, "ten")
    _, follows_own = await store.get_settings(connection, tenant, post.author_id)
    if follows_own:
        await store.save_subscription(
            connection, tenant, post.author_id, post.space_id, post.topic_id, FOLLOWING, now, keep=True
        )
    await tell_later(connection, wiring, tenant_id, post.id, now)


async def tell_later(connection: AsyncConnection, wiring: Wiring, tenant_id: str, post_id: str, now: datetime) -> None:
    """Has members told of a post once it is committed."""
    arguments = {"post_id": post_id}
    await wiring.jobs.enqueue(connection, NOTIFY_JOB, tenant_id=tenant_id, now=now, arguments=arguments, key=post_id)


async def notify(wiring: Wiring, job: Job) -> None:
    """Tells members of a post: whoever follows the topic or its space, is answered, or is named.

    Other posts that wait for the same are told of in the same turn, unless many hear of them; those that come meanwhile
    a moment later. What fails that way is tried again by itself.
    """
    await wiring.turns.work(
        job.tenant_id, lambda: _notify(wiring, job), lambda: _notify_together(wiring, job.tenant_id, [])
    )


async def _notify(wiring: Wiring, job: Job) -> None:
    post_id = str(job.arguments["post_id"])
    if job.attempt == 1 and await _notify_together(wiring, job.tenant_id, [post_id]):
        return
    after: Listener | None = None
    is_first = True
    while is_first or after is not None:
        async with wiring.database.transaction(job.tenant_id) as connection:
            said = await telling.list_said(connection, ids.to_uuid(job.tenant_id, "ten"), [post_id])
            after = await _tell(connection, wiring, job.tenant_id, said, after, is_first=is_first)
        is_first = False


class _Crowded(Exception):
    """More hear of some posts than are told in one transaction; nobody outside hears of it."""


async def _notify_together(wiring: Wiring, tenant_id: str, post_ids: list[str]) -> bool:
    """Tells of some posts and of all that wait; False where that is too much, and nobody was told of anything."""
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    try:
        async with wiring.database.transaction(tenant_id) as connection:
            others = await telling.take_waiting(connection, tenant, NOTIFY_JOB, now, _TOGETHER)
            said = await telling.list_said(connection, tenant, [*post_ids, *others])
            after: Listener | None = None
            for page in range(_PAGES_TOGETHER):
                after = await _tell(connection, wiring, tenant_id, said, after, is_first=page == 0)
                if after is None:
                    return True
            # Each is told of by itself then, a page at a time; what was taken along waits again.
            raise _Crowded
    except _Crowded:
        return False


async def _tell(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    said: Sequence[Said],
    after: Listener | None,
    *,
    is_first: bool,
) -> Listener | None:
    """Writes who is told of some posts, a page of them; returns the last one where there may be more."""
    if not said:
        return None
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    followers = await telling.list_followers(connection, tenant, said, after, _PAGE)
    meant: list[Listener] = []
    if is_first:
        # Whoever is answered or named is told of that first, and only once.
        named = [(each.id, handle) for each in said if each.body for handle in rendering.mentions(each.body)]
        meant = await telling.list_meant(connection, tenant, said, named)
    modes = {each.member_id: each.mail_mode for each in (*followers, *meant)}
    hearing = {(each.post_id, each.member_id) for each in (*followers, *meant) if each.hears}
    told = [each for each in _told(said, followers, meant) if (each[0].id, each[1]) in hearing]
    if told:
        await telling.add_notifications(connection, tenant, told, modes, now)
        mailed = {modes[member] for _, member, _ in told}
        await mail_later(connection, wiring, tenant_id, mailed, ids.from_uuid("pst", said[0].id), now)
    return followers[-1] if len(followers) == _PAGE else None


def _told(
    said: Sequence[Said], followers: Sequence[Listener], meant: Sequence[Listener]
) -> list[tuple[Said, UUID, int]]:
    by_post: dict[UUID, tuple[list[UUID], list[UUID], list[UUID]]] = {each.id: ([], [], []) for each in said}
    for each in followers:
        by_post[each.post_id][0].append(each.member_id)
    for each in meant:
        by_post[each.post_id][2 if each.is_named else 1].append(each.member_id)
    told = []
    for post in said:
        following, answered, mentioned = by_post[post.id]
        kinds = notices.told(
            author=post.author_id,
            followers=following,
            kind=notices.TOPIC_BEGUN if post.number == 1 else notices.POSTED,
            answered=answered,
            mentioned=mentioned,
        )
        told += [(post, member, kind) for member, kind in kinds.items()]
    return told


async def tell_of_ticket(actor: Actor, wiring: Wiring, topic_id: str) -> None:
    """Tells whoever began a topic that a ticket was made out of it, muted or not; whoever has left is told nothing."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        topic = await topic_store.get_topic(connection, tenant, topic_id)
        post_id = await post_store.first_of(connection, tenant, topic_id)
        if not topic.author_id or not post_id:
            return
        author = ids.to_uuid(topic.author_id, "mem")
        modes = await store.list_readers(connection, tenant, ids.to_uuid(topic.space_id, "spc"), [author])
        about = {"topic_id": ids.to_uuid(topic_id, "top"), "post_id": ids.to_uuid(post_id, "pst")}
        told = dict.fromkeys(modes, notices.TICKETED)
        if await store.add_notifications(connection, tenant, told, modes, now, **about):
            await mail_later(connection, wiring, actor.tenant_id, set(modes.values()), f"{post_id}:ticket", now)


async def mail_later(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, modes: set[int], key: str, now: datetime
) -> None:
    """Has mailed what was told: at once to those who want each, in the next digest to those who want that."""
    if EACH in modes:
        await wiring.jobs.enqueue(connection, MAIL_JOB, tenant_id=tenant_id, now=now, key=key)
    if DIGEST in modes:
        due = notices.next_digest(now)
        await wiring.jobs.enqueue(
            connection, DIGEST_JOB, tenant_id=tenant_id, now=now, due=due, key=f"{tenant_id}:{due:%Y%m%d}"
        )
    if modes:
        await wiring.retention.schedule(connection, tenant_id, now)


async def mail_each(wiring: Wiring, job: Job) -> None:
    """Mails what waits for those who want each as it comes."""
    tenant = ids.to_uuid(job.tenant_id, "ten")
    while True:
        async with wiring.database.transaction(job.tenant_id) as connection:
            due = await store.take_due(connection, tenant, EACH, _MAILS)
        if not due:
            return
        for at, each in enumerate(due):
            await _send(wiring, job.tenant_id, [each], "community_notice", due[at:])


async def mail_digests(wiring: Wiring, job: Job) -> None:
    """Mails what waits for those who want it together, and was not seen meanwhile."""
    tenant = ids.to_uuid(job.tenant_id, "ten")
    while True:
        async with wiring.database.transaction(job.tenant_id) as connection:
            waiting = await store.list_awaiting(connection, tenant, DIGEST, _MAILS)
        if not waiting:
            return
        for member in waiting:
            async with wiring.database.transaction(job.tenant_id) as connection:
                due = await store.take_due(connection, tenant, DIGEST, _MOST_IN_DIGEST, member)
            if due:
                await _send(wiring, job.tenant_id, due, "community_digest", due)


async def _send(wiring: Wiring, tenant_id: str, due: Sequence[Due], template: str, unsent: Sequence[Due]) -> None:
    """Mails notifications to one member; what cannot be sent now goes back with the rest, to be tried again."""
    tenant = await wiring.peers.tenant(tenant_id)
    base, first = f"{wiring.origin}/c/{tenant.slug}", due[0]
    all_mails = f"{base}/unsubscribe/{sealing.seal(wiring.links, tenant_id, first.member_id, '')}"
    items = [_item(each.notification, base) for each in due]
    topic_id = first.notification.topic_id
    stop = f"{base}/unsubscribe/{sealing.seal(wiring.links, tenant_id, first.member_id, topic_id)}" if topic_id else ""
    values = {
        "tenant_name": tenant.display_name,
        "items": items,
        "stop_topic": stop if len(due) == 1 else "",
        "stop_all": all_mails,
    }
    written = wiring.templates.render(template, "en", values)
    letter = Letter(
        to=first.email, subject=written.subject, text=written.text, html=written.html, unsubscribe=all_mails
    )
    try:
        await wiring.mailer.send(letter)
    except (FailedPrecondition, InvalidArgument):
        # The address takes none; it is not tried again, and the next notification finds out anew.
        return
    except Unavailable:
        async with wiring.database.transaction(tenant_id) as connection:
            keys = [each.notification.id for each in unsent]
            await store.put_back(connection, ids.to_uuid(tenant_id, "ten"), keys)
        raise


_SAYS = {
    notices.POSTED: "wrote in",
    notices.REPLIED: "answered you in",
    notices.MENTIONED: "named you in",
    notices.TOPIC_BEGUN: "began",
    notices.MESSAGE: "wrote to you",
    notices.TICKETED: "made a request to the help desk out of your topic",
}


def _item(notification: Notification, base: str) -> dict[str, str]:
    after = (notification.number - 1) // 20 * 20
    query = f"?after={after}" if after > 0 else ""
    link = f"{base}/t/{notification.topic_id}{query}#p{notification.number}"
    # What was posted is the member's own; who took it on stands with the help desk.
    who = "A moderator" if notification.kind == notices.TICKETED else notification.author.handle or "Somebody"
    return {
        "who": who,
        "says": _SAYS[notification.kind],
        "title": notification.topic_title,
        "link": link if notification.topic_id else f"{base}/messages/{notification.thread_id}",
    }
