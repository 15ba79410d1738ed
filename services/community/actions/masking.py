"""Masks at once what exposes somebody, and takes the mask away or makes it last as is decided.

In its own topic everything that says it is masked, what it said before and who quotes it too. Several cases may mask
something in one post: each mask comes and goes by its own case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.search import Search
from kernel.storage import leftovers
from services.community.actions import posting
from services.community.actions.wiring import Wiring, tenant_of
from services.community.domain import contacts, masking, quoting, rendering
from services.community.domain.masking import Masked
from services.community.domain.moderation import NONE, PURGE, Worded
from services.community.domain.posts import AUTHOR_DELETED, HIDDEN_PENDING, PURGED, Post
from services.community.store import masking as store
from services.community.store import polls as poll_store
from services.community.store import posts as post_store
from services.community.store import topics as topic_store
from services.community.store.tables import TEXTS, metadata

#: How long words are that lead to a person by themselves, and in how many other posts they are masked at once.
_TELLING, _MOST_MASKED = 12, 100
#: In how many posts of a topic a word stands at most that leads to nobody by itself and is masked all the same.
_COMMON = 10
_search = Search("community", "posts")


async def hide(connection: AsyncConnection, actor: Actor, wiring: Wiring, case_id: str, post: Post, words: str) -> int:
    """Masks words wherever they stand, or hides the whole post and what is quoted of it, until somebody has decided.

    In its own topic everything that says them is masked; in others only what leads to a person, in texts and titles, so
    that a report of a common word leaves the rest of the community as it is. One that stands all over its topic hides
    the post that was reported, and not the topic.
    """
    tenant = tenant_of(actor)
    found = await _found(connection, tenant, post, words) if len(words) > 2 else []
    polled = await _polled(connection, tenant, post, words) if len(words) > 2 else set()
    is_bounded = _is_telling(words) or len(polled.union(each.post_id for each in found)) <= _COMMON
    if is_bounded and (post.id in polled or _is_reached(post, found, words)):
        # What stands in a poll is not masked, for what was chosen would be something else: its post goes as a whole.
        masks = [(each, [] if each.post_id in polled else [words]) for each in found]
        others = sorted(polled - {each.post_id for each in found})
        masks += [(_whole(await post_store.get_post(connection, tenant, each, lock=True)), []) for each in others]
    else:
        masks = [(_whole(post), []), *await _quotations(connection, tenant, post)]
    for each, masked in masks:
        await store.keep(
            connection,
            tenant,
            Masked(
                case_id=case_id,
                post_id=each.post_id,
                author_id=each.author_id,
                body=each.body,
                title=each.title,
                state=each.state,
                words=masked,
            ),
        )
        if not masked:
            await post_store.save_post(connection, tenant, each.post_id, state=HIDDEN_PENDING)
            if each.title:
                await topic_store.change_topic(
                    connection, tenant, each.topic_id, title=masking.without(each.title, [words])
                )
        else:
            await _save_masked(connection, tenant, each, masked)
    for topic_id in {post.topic_id, *(each.topic_id for each, _ in masks)}:
        await topic_store.change_topic(connection, tenant, topic_id)
    wiring.changed(connection, actor.tenant_id)
    return len(masks)


def _whole(post: Post) -> Worded:
    return Worded(post_id=post.id, topic_id=post.topic_id, author_id=post.author_id, body=post.body, state=post.state)


async def _found(connection: AsyncConnection, tenant: UUID, post: Post, words: str) -> list[Worded]:
    is_telling = _is_telling(words)
    phrase = '"' + words.replace('"', " ") + '"'
    return await store.list_with_words(
        connection,
        tenant,
        words,
        topic_ids=[ids.to_uuid(post.topic_id, "top")],
        post_ids=await _search.find(connection, phrase, size=_MOST_MASKED) if is_telling else [],
        titled=await store.list_titled(connection, tenant, words, _MOST_MASKED) if is_telling else [],
    )


async def _polled(connection: AsyncConnection, tenant: UUID, post: Post, words: str) -> set[str]:
    """Returns the posts in whose polls words stand: of its topic, and of others where they lead to a person."""
    topic_id = "" if _is_telling(words) else post.topic_id
    return await poll_store.list_with_words(connection, tenant, words, topic_id, _MOST_MASKED)


def _is_telling(words: str) -> bool:
    """Says whether words lead to a person by themselves."""
    return bool(contacts.find(words)) or len(words) >= _TELLING


def _is_reached(post: Post, found: Sequence[Worded], words: str) -> bool:
    """Says whether masking words in what was found leaves nothing of them in the post that was reported."""
    own = next((each for each in found if each.post_id == post.id), None)
    if own is None:
        return False
    left, title = masking.without(own.body, [words]), masking.without(own.title, [words])
    # Where only an earlier version of it says them, the post as it is says nothing to be masked.
    return (left, title) != (own.body, own.title) or not masking.is_visible(post.html, words)


async def _quotations(connection: AsyncConnection, tenant: UUID, post: Post) -> list[tuple[Worded, list[str]]]:
    """Returns the posts of a topic that quote a post, each with what it quotes."""
    lines = quoting.lines_of([post.body])
    found = await store.list_quoting(connection, tenant, post.id, post.topic_id) if lines else []
    quotes = [(each, quoting.quoted(each.body, lines)) for each in found]
    return [(each, words) for each, words in quotes if words]


async def _save_masked(connection: AsyncConnection, tenant: UUID, each: Worded, words: Sequence[str]) -> None:
    left = masking.without(each.body, words)
    await post_store.save_post(connection, tenant, each.post_id, body=left, html=rendering.render(left))
    title = {"title": masking.without(each.title, words)} if each.title else {}
    await topic_store.change_topic(connection, tenant, each.topic_id, **title)


async def settle(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, case_id: str, action: int, about: Post
) -> tuple[list[Post], bool]:
    """Takes away what a case masks, or makes it last.

    Returns the posts that are restricted by that, and whether words alone were masked in the one that was reported.
    """
    tenant = tenant_of(actor)
    touched: list[Post] = []
    is_part = False
    taken = await store.take(connection, tenant, case_id)
    for kept in taken:
        each = await post_store.get_post(connection, tenant, kept.post_id)
        if each.state in (AUTHOR_DELETED, PURGED):
            continue
        others = await store.list_of_post(connection, tenant, kept.post_id)
        if action == NONE:
            await _unmask(connection, tenant, kept, others, each)
            continue
        await post_store.delete_revisions(connection, tenant, each.id)
        if each.state == HIDDEN_PENDING and not kept.words and action == PURGE:
            await posting.take_away(connection, actor, wiring, each, PURGED)
        for other in others:
            await store.save(connection, tenant, masking.narrowed(other, kept.words))
        is_part |= each.id == about.id and each.is_shown
        touched.append(each)
    if taken and action != NONE:
        await leftovers.mark(connection, metadata, TEXTS, wiring.clock.now())
    return touched, is_part


async def _unmask(
    connection: AsyncConnection, tenant: UUID, kept: Masked, others: Sequence[Masked], each: Post
) -> None:
    body, title, state = masking.unmasked(kept, others, each.state)
    await post_store.save_post(connection, tenant, each.id, body=body, html=rendering.render(body), state=state)
    await topic_store.change_topic(connection, tenant, each.topic_id, **({"title": title} if title else {}))


async def forget_quotations(connection: AsyncConnection, actor: Actor, wiring: Wiring, post: Post) -> list[Post]:
    """Masks for good what a topic quotes of a post of which nothing is to be left; returns the posts that did."""
    tenant = tenant_of(actor)
    quotes = await _quotations(connection, tenant, post)
    for each, words in quotes:
        await _save_masked(connection, tenant, each, words)
        await post_store.delete_revisions(connection, tenant, each.post_id)
        for other in await store.list_of_post(connection, tenant, each.post_id):
            await store.save(connection, tenant, masking.narrowed(other, words))
    if quotes:
        await leftovers.mark(connection, metadata, TEXTS, wiring.clock.now())
        wiring.changed(connection, actor.tenant_id)
    return [await post_store.get_post(connection, tenant, each.post_id) for each, _ in quotes]


async def forget_somebody(connection: AsyncConnection, actor: Actor, handle: str, lines: frozenset[str]) -> None:
    """Masks in what is kept of others' posts what they quoted of somebody who is erased, and where they named them."""
    tenant = tenant_of(actor)
    for kept in await store.list_all(connection, tenant):
        body, title = (quoting.without(each, handle, lines) for each in (kept.body, kept.title))
        if (body, title) != (kept.body, kept.title):
            await store.save(connection, tenant, replace(kept, body=body, title=title))
