"""What exposes somebody is masked in titles and in other topics as well; who leaves is forgotten in others' posts."""

from __future__ import annotations

import pytest
from parley.community.v1 import leaving_pb2, moderation_pb2, topic_pb2

from services.community.domain.quoting import lines_of, without
from tests.community.forum import ANYWAY, PASSWORD, Forum, forum
from tests.platform import Platform

PHONE = "030 1234567"


async def title_of(shop: Forum, topic_id: str, token: str = "") -> str:
    """Returns what a topic is called for somebody; without a token, for everybody."""
    read = await shop.call(shop.topics.GetTopic, topic_pb2.GetTopicRequest(topic_id=topic_id), token)
    return str(read.topic.title)


async def test_a_number_is_masked_in_the_title_and_in_other_topics_and_comes_back_by_a_decision(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, f"Call {PHONE} now", "As I said.", exposure_choice=ANYWAY)
    other = await shop.topic(bo, space.id, "Elsewhere", f"He said {PHONE}, I think.", exposure_choice=ANYWAY)
    exposing = await shop.reply(ann, topic.id, f"The number is {PHONE}.", exposure_choice=ANYWAY)
    flagged = await shop.flag("", exposing.id, moderation_pb2.FLAG_KIND_EXPOSED, selection=PHONE)
    assert flagged.masked_count == 3
    assert await title_of(shop, topic.id, bo.token) == "Call ••• now"
    for token in (ann.token, bo.token):
        texts = [each.html for one in (topic, other) for each in await shop.read(one.id, token)]
        assert not any("1234567" in text for text in texts)
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, moderation_pb2.CASE_ACTION_NONE, is_upheld=False)
    assert await title_of(shop, topic.id, bo.token) == f"Call {PHONE} now"
    assert PHONE in (await shop.read(other.id, bo.token))[0].html


async def test_a_report_of_a_common_word_leaves_other_topics_as_they_are(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, "On gardens", "My garden is green.")
    other = await shop.topic(bo, space.id, "A garden", "A garden is a garden.")
    (post,) = await shop.read(topic.id)
    assert (await shop.flag("", post.id, moderation_pb2.FLAG_KIND_EXPOSED, selection="garden")).masked_count == 1
    assert "garden" in (await shop.read(other.id))[0].html
    assert await title_of(shop, other.id) == "A garden"


async def test_who_leaves_and_is_erased_is_neither_quoted_nor_named_any_more(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, body="My secret garden lies by the river.\nShort.")
    answer = f"> My secret garden lies by the river.\n> Short.\n\nWhere exactly, @{ann.handle}?"
    await shop.reply(bo, topic.id, answer, reply_to=1)
    elsewhere = await shop.topic(bo, space.id, f"Thanks to @{ann.handle}", f"What @{ann.handle} said helped.")
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ERASED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, ann.token)
    texts = " ".join([each.html for one in (topic, elsewhere) for each in await shop.read(one.id, bo.token)])
    assert "secret garden" not in texts
    assert ann.handle not in texts
    assert "Where exactly" in texts, "what bo said is bo's"
    assert await title_of(shop, elsewhere.id) == "Thanks to @•••"


def test_a_quotation_by_the_page_is_found_whatever_stood_between_its_words() -> None:
    said = ["My **secret** garden\nlies by the [river](https://example.org/) &amp; the *hill*.\n\nMore of it."]
    quoted = "> My secret garden lies by the river & the hill. More"
    assert without(f"{quoted}\n\nReally?", "ann", lines_of(said)) == "> •••\n\nReally?"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("> My secret garden lies there", "> •••"),
        (">> a part: secret garden lies", ">> a part: secret garden lies"),
        ("> secret garden lies", "> •••"),
        ("My secret garden lies there", "My secret garden lies there"),
        ("> Yes.", "> Yes."),
        ("Mail a@ann.example and @annie and @ann.", "Mail a@ann.example and @annie and @•••."),
    ],
)
def test_only_quotations_and_names_are_masked(text: str, left: str) -> None:
    assert without(text, "ann", lines_of(["My secret garden lies there", "Yes."])) == left
