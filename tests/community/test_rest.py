"""By REST as everywhere: whoever has not accepted the terms joins no group and says nothing, and reads on."""

from __future__ import annotations

import httpx
from parley.community.v1 import space_pb2

from gateway.server import Server
from tests.community.forum import forum
from tests.community.test_pages import door  # noqa: F401 - A fixture is found by its name.
from tests.platform import Platform


async def test_without_the_terms_nobody_joins_posts_sends_files_or_asks_for_contact_by_rest(
    platform: Platform,
    door: Server,  # noqa: F811
) -> None:
    shop = await forum(platform)
    space, group = await shop.space(), await shop.space(visibility=space_pb2.VISIBILITY_GROUP)
    bo, ann = await shop.poster(), await shop.join()
    topic = await shop.topic(bo, space.id)
    (post,) = await shop.read(topic.id)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{door.port}/v1/community",
        headers={"host": "api.localhost", "authorization": f"Bearer {ann.token}"},
        timeout=20,
    ) as client:
        for path, body in (
            (f"/spaces/{group.id}:join", {}),
            ("/topics", {"spaceId": space.id, "kind": "TOPIC_KIND_DISCUSSION", "title": "More", "body": "More"}),
            (f"/topics/{topic.id}/posts", {"body": "More"}),
            (f"/posts/{post.id}:react", {"reaction": "REACTION_THANKS"}),
            ("/threads", {"handle": bo.handle, "body": "May I?"}),
        ):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["reason"]) == (409, "TERMS_NOT_ACCEPTED"), path
        sent = await client.post("/attachments", content=b"%PDF-1.7\n", headers={"content-type": "application/pdf"})
        assert sent.json()["reason"] == "TERMS_NOT_ACCEPTED"
        read = await client.get(f"/topics/{topic.id}/posts")
        assert read.status_code == 200
        assert read.json()["posts"][0]["id"] == post.id
        kept = await client.post("/drafts", json={"spaceId": space.id, "body": "For later"})
        assert kept.status_code == 200, "a draft is nobody else's"
        await shop.accept(ann)
        joined = await client.post(f"/spaces/{group.id}:join", json={})
        assert (joined.status_code, joined.json()) == (200, {"state": "MEMBERSHIP_STATE_ASKED"})
