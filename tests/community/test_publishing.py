"""What machines read of a community, however much there is: maps of every topic that may be found, and whole feeds."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from parley.community.v1 import space_pb2, topic_pb2

from kernel.errors import InvalidArgument
from tests.community.forum import Forum, forum
from tests.community.test_pages import a_browser, door
from tests.platform import Platform

__all__ = ["door"]

_COPIES = """
INSERT INTO community.topics (tenant_id, id, space_id, author_id, kind, title, state, is_locked, is_pinned,
  accepted_number, post_count, last_number, last_post_id, last_post_time, version, create_time)
SELECT tenant_id, uuidv7(), space_id, author_id, kind, title || ' ' || n, state, false, false, 0, 1, 1,
  uuidv7(), last_post_time, 1, create_time
FROM community.topics, generate_series(1, CAST(:many AS integer)) AS n WHERE id = :id RETURNING 1
"""


async def mapped(shop: Forum, size: int) -> list[list[str]]:
    """Returns what search engines may know, page by page, each read from where its own token says."""
    pages = await shop.call(shop.topics.ListIndexedPages, topic_pb2.ListIndexedPagesRequest(page_size=size))
    found = []
    for token in ("", *pages.page_tokens):
        request = topic_pb2.ListIndexedTopicsRequest(page_size=size, page_token=token)
        found.append([each.topic_id for each in (await shop.call(shop.topics.ListIndexedTopics, request)).topics])
    return found


async def test_the_pages_of_a_map_hold_every_public_topic_once_and_no_other(platform: Platform) -> None:
    shop = await forum(platform)
    shown, quiet = await shop.space(), await shop.space(is_indexed=False)
    inside = await shop.space(visibility=space_pb2.VISIBILITY_MEMBERS)
    ann = await shop.poster()
    public = [(await shop.topic(ann, shown.id, f"Number {number}", f"Body {number}.")).id for number in range(5)]
    for space in (quiet, inside):
        await shop.topic(ann, space.id, body=f"Hidden in {space.slug}.")
    assert await mapped(shop, 2) == [public[:2], public[2:4], public[4:]]
    assert await mapped(shop, 5) == [public], "no page is empty"
    # Whoever asks, the list says what everybody may know.
    for token in (ann.token, shop.admin):
        listed = await shop.call(shop.topics.ListIndexedTopics, topic_pb2.ListIndexedTopicsRequest(), token)
        assert [each.topic_id for each in listed.topics] == public
    before = await shop.call(shop.topics.ListIndexedPages, topic_pb2.ListIndexedPagesRequest(page_size=2))
    await shop.topic(ann, shown.id, "One more", "Body of one more.")
    after = await shop.call(shop.topics.ListIndexedPages, topic_pb2.ListIndexedPagesRequest(page_size=2))
    assert after.page_tokens == before.page_tokens, "a map's address stays"
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        await shop.call(shop.topics.ListIndexedTopics, topic_pb2.ListIndexedTopicsRequest(page_token="garbage"))


async def locations(reader: httpx.AsyncClient, path: str) -> list[str]:
    """Returns the addresses that a map names."""
    answer = await reader.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    return [html.unescape(each) for each in re.findall("<loc>([^<]*)</loc>", answer.text)]


async def test_a_sitemap_reaches_every_topic_and_a_feed_goes_on(platform: Platform, door: object) -> None:
    shop = await forum(platform)
    space = await shop.space("plants")
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id)
    # More than one map holds.
    await shop.rows(_COPIES, id=topic.id, many=5000)
    async with a_browser(door, shop) as reader:  # type: ignore[arg-type]  # It is the fixture.
        origin = platform.config.origin("community")
        maps = await locations(reader, "/sitemap")
        assert len(maps) == 3
        base = f"{origin}/c/{shop.tenant.slug}"
        spaces, *topics = [await locations(reader, each.removeprefix(base)) for each in maps]
        assert spaces == [base, f"{base}/s/plants"]
        assert [len(each) for each in topics] == [5000, 1]
        assert len({each for page in topics for each in page}) == 5001
        assert f"{base}/t/{topic.id}" in topics[0]
        assert (await reader.get("/sitemap?page=garbage")).status_code == 400
        entries, path, seen = 0, "/s/plants/feed", 0
        while path and seen < 3:
            feed = (await reader.get(path)).text
            entries += feed.count("<entry>")
            seen += 1
            following = re.search('rel="next" href="([^"]*)"', feed)
            path = html.unescape(following[1]).removeprefix(base) if following else ""
        assert (entries, seen) == (90, 3), "thirty on each page"
        assert path, "and there is more"
