"""What another forum exported is taken in: nothing is read by more people than it was, and no address comes along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.community.v1 import space_pb2, topic_pb2

from cli.forums import EVERYBODY, GROUP, MEMBERS, NotAnExport, convert, readers, reworded
from cli.main import parser
from kernel.errors import NotFound
from services.community.domain.transfer import read_line
from tests.community.forum import forum
from tests.community.test_transfer import imported
from tests.platform import Platform

AT = "2021-03-04T05:06:07.000Z"


def a_user(key: int, username: str, **more: Any) -> dict[str, Any]:
    """Returns somebody, as that forum writes them."""
    return {"id": key, "email": f"{key}@private.example", "username": username, "name": f"Full Name {key}"} | more


def a_post(number: int, raw: str, *, by: int = 1, **more: Any) -> dict[str, Any]:
    """Returns a post."""
    made = {"id": 100 + number, "user_id": by, "post_number": number, "raw": raw, "created_at": AT}
    return made | {"reply_to_post_number": None, "hidden": False, "hidden_reason_id": None, "wiki": False} | more


def a_topic(key: int, *posts: dict[str, Any], category: int | None = 5, **more: Any) -> dict[str, Any]:
    """Returns a topic."""
    made = {"id": key, "title": f"Topic {key}", "created_at": AT, "views": 3, "category_id": category}
    return made | {"closed": False, "archived": False, "archetype": "regular", "posts": list(posts)} | more


def an_export(*topics: dict[str, Any], users: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """Returns an export of three categories: for everybody, for the signed-in, and for a group."""
    categories = [
        {"id": 5, "name": "Garden & yard", "slug": "garden", "created_at": AT, "description": "All <b>green</b>."},
        {"id": 6, "name": "Pots", "slug": "pots", "created_at": AT, "parent_category_id": 5},
        {"id": 7, "name": "Inner circle", "slug": "inner", "created_at": AT},
    ]
    for category, permissions in zip(categories, ({}, {"trust_level_0": 1}, {"insiders": 1}), strict=True):
        category |= {"permissions_params": permissions}
    return {"categories": categories, "groups": [], "topics": list(topics), "users": list(users)}


def converted(folder: Path, export: Any, **how: Any) -> tuple[bytes, Any]:
    """Turns an export into a file; returns it, and what was counted."""
    source, target = folder / "export.json", folder / "made.jsonl"
    source.write_bytes(orjson.dumps(export))
    counts = convert(source, target, **how)
    return target.read_bytes(), counts


async def test_what_another_forum_exported_is_read_by_whom_it_was_and_under_the_names_it_had(
    platform: Platform, tmp_path: Path
) -> None:
    quoted = '[quote="Ann.B, post:1, topic:9"]\nWhen to [quote="x"]deep[/quote] prune?\n[/quote]\n\nIn March, @Ann.B.'
    picture = "Look: ![rose|690x388](upload://abc.png) and [list.pdf|attachment](upload://def.pdf)"
    export = an_export(
        a_topic(9, a_post(1, "**When** to prune?"), a_post(2, quoted, by=2, reply_to_post_number=1), closed=True),
        a_topic(10, a_post(1, picture, by=-1), category=6),
        a_topic(11, a_post(1, "Between us insiders."), category=7),
        users=(a_user(1, "Ann.B"), a_user(2, "moderator"), a_user(3, "lurker")),
    )
    written, counts = converted(tmp_path, export)
    assert b"private.example" not in written
    assert b"Full Name" not in written
    assert (counts.spaces, counts.members, counts.topics, counts.posts) == (3, 2, 3, 4)
    assert counts.left == {"people who wrote nothing that comes along": 1}
    shop = await forum(platform, terms=False)
    taken = await imported(shop, written)
    assert (taken.spaces, taken.members, taken.topics, taken.posts) == (3, 2, 3, 4)
    space = (await shop.call(shop.spaces.GetSpace, space_pb2.GetSpaceRequest(slug="garden"))).space
    assert (space.display_name, space.description) == ("Garden & yard", "All green.")
    assert space.exposure.visibility == space_pb2.VISIBILITY_EVERYBODY
    (topic,) = (await shop.call(shop.topics.ListTopics, topic_pb2.ListTopicsRequest(space_id=space.id))).topics
    assert (topic.title, topic.is_locked, topic.post_count) == ("Topic 9", True, 2)
    first, second = await shop.read(topic.id)
    assert (first.author.handle, second.author.handle) == ("ann-b", "moderator-member"), "nobody seems to be in charge"
    assert "<strong>When</strong>" in first.html
    assert second.reply_to == 1
    assert "<blockquote>" in second.html
    assert re.search(r"@ann-b", second.html)
    assert "[quote" not in second.html
    for slug in ("pots", "inner"):
        with pytest.raises(NotFound):
            await shop.call(shop.spaces.GetSpace, space_pb2.GetSpaceRequest(slug=slug))
    pots = (await shop.call(shop.spaces.GetSpace, space_pb2.GetSpaceRequest(slug="pots"), shop.admin)).space
    assert (pots.exposure.visibility, pots.exposure.is_indexed) == (space_pb2.VISIBILITY_MEMBERS, False)
    assert b"Picture: rose" in written
    assert b"File: list.pdf" in written
    assert b"upload://" not in written


def test_what_was_not_for_everybody_to_see_stays_where_it_is(tmp_path: Path) -> None:
    export = an_export(
        a_topic(1, a_post(1, "Kept."), a_post(2, "Hidden words.", hidden=True), a_post(3, " ")),
        a_topic(2, a_post(1, "A secret."), archetype="private_message", category=None),
        a_topic(3, a_post(1, "Without a place."), category=99),
        a_topic(4, a_post(1, "Hidden beginning.", hidden=True), a_post(2, "An answer to it.")),
        users=(a_user(1, "ann"),),
    )
    written, counts = converted(tmp_path, export)
    for words in (b"Hidden", b"secret", b"Without a place", b"An answer to it"):
        assert words not in written
    assert counts.posts == 1
    assert counts.left["private messages"] == 1
    assert counts.left["hidden posts"] == 2
    assert counts.left["topics whose first post is not there"] == 1
    assert counts.left["topics of a category that is not in the file"] == 1
    assert counts.left["categories in which nothing is left"] == 2


def test_names_come_along_where_that_is_asked_for_and_long_posts_say_where_they_end(tmp_path: Path) -> None:
    export = an_export(a_topic(1, a_post(1, "x" * 32_000)), users=(a_user(1, "ann"), a_user(2, "Ann")))
    export["topics"][0]["posts"].append(a_post(2, "Me too.", by=2))
    written, counts = converted(tmp_path, export, with_names=True, rules="Be kind.")
    lines = [orjson.loads(line) for line in written.splitlines()]
    assert [each["display_name"] for each in lines if each["kind"] == "member"] == ["Full Name 1", "Full Name 2"]
    assert [each["handle"] for each in lines if each["kind"] == "member"] == ["ann", "ann-2"]
    assert lines[1]["clauses"][0]["text"] == "Be kind."
    (long, _) = (each["body"] for each in lines if each["kind"] == "post")
    assert len(long) == 20_000
    assert long.endswith("is missing.)")
    assert counts.left == {"ends of posts that were too long": 1, "categories in which nothing is left": 2}


def test_a_category_is_read_by_whom_it_was_and_in_doubt_by_the_fewest() -> None:
    assert readers({}) == EVERYBODY
    assert readers({"everyone": 3, "staff": 1}) == EVERYBODY
    assert readers({"trust_level_0": 1}) == MEMBERS
    for few in ({"trust_level_2": 1}, {"staff": 1}, {"a group": 1}):
        assert readers(few) == GROUP


@pytest.mark.parametrize(
    "export",
    [
        [],
        {},
        {"categories": [], "topics": {}},
        {"categories": [{"name": "no id"}], "topics": []},
        an_export(a_topic(1, a_post(1, "x", created_at="yesterday"))),
        an_export(a_topic(1, a_post(1, "x", post_number="one"))),
        an_export(a_topic(1, a_post(1, "x", user_id=[]))),
        an_export(a_topic(1, "no post")),  # type: ignore[arg-type]  # It is what the test is about.
        an_export(a_topic(1, a_post(1, "x"), a_post(1, "y"))),
    ],
)
def test_what_that_forum_would_not_write_is_refused_and_leaves_no_file(tmp_path: Path, export: Any) -> None:
    with pytest.raises(NotAnExport):
        converted(tmp_path, export)
    assert not (tmp_path / "made.jsonl").exists()


def test_the_command_says_what_came_along_and_writes_over_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "export.json", tmp_path / "made.jsonl"
    source.write_bytes(orjson.dumps(an_export(a_topic(1, a_post(1, "Hello.")), users=(a_user(1, "ann"),))))
    for expected in (0, 1):
        parsed = parser().parse_args(["forum", str(source), str(target)])
        assert parsed.run(parsed) == expected
    said = capsys.readouterr()
    assert "1 spaces, 1 people, 1 topics, 1 posts" in said.out
    assert "left out: 2 categories in which nothing is left" in said.out
    assert said.err.startswith("parley: ")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='[]()!|/="quoteupload:. @an\n>', max_size=200), st.text(max_size=100))
def test_whatever_stands_in_a_post_it_becomes_one_that_is_taken(marks: str, text: str) -> None:
    body = reworded(marks + text, {"ann": "ann-2"})
    assert body.strip()
    assert not re.search(r"\[quote[^\]]*\][^\[]*\[/quote\]", body)
    line = {"kind": "post", "id": "pst_" + "0" * 26, "topic_id": "top_" + "0" * 26, "number": 1, "author": ""}
    more = {"body": body, "reply_to": 0, "terms_id": "trm_" + "0" * 26, "create_time": AT}
    kind, values = read_line(orjson.dumps(line | more), 1)
    assert (kind, values["body"]) == ("post", body)
