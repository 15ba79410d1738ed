"""A community is written out for whoever runs it, and taken in elsewhere: all of it or nothing, and no address."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import grpc.aio
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.community.v1 import account_pb2, space_pb2, topic_pb2, transfer_pb2, transfer_pb2_grpc

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ParleyError, from_rpc_error
from services.community.domain.transfer import read_line
from tests.community.forum import PASSWORD, Forum, forum
from tests.platform import Platform


async def exported(shop: Forum) -> bytes:
    """Writes a community out."""
    stub = transfer_pb2_grpc.TransferServiceStub(shop.platform.community)
    call = stub.ExportCommunity(
        transfer_pb2.ExportCommunityRequest(), metadata=(("authorization", f"Bearer {shop.admin}"),)
    )
    return b"".join([piece.data async for piece in call])


async def imported(shop: Forum, content: bytes, token: str = "") -> transfer_pb2.ImportCommunityResponse:
    """Takes a community in, in pieces that end anywhere."""

    async def pieces() -> AsyncIterator[transfer_pb2.ImportCommunityRequest]:
        yield transfer_pb2.ImportCommunityRequest(request_id=secrets.token_hex(8))
        for at in range(0, len(content), 777):
            yield transfer_pb2.ImportCommunityRequest(data=content[at : at + 777])

    stub = transfer_pb2_grpc.TransferServiceStub(shop.platform.community)
    try:
        return await stub.ImportCommunity(pieces(), metadata=(("authorization", f"Bearer {token or shop.admin}"),))
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None


async def test_what_was_written_out_stands_elsewhere_as_it_stood_and_carries_no_address(platform: Platform) -> None:
    shop = await forum(platform)
    space, private = await shop.space("garden"), await shop.space(is_exported=False)
    ann, bo = await shop.poster("ann"), await shop.poster()
    question = topic_pb2.TOPIC_KIND_QUESTION
    topic = await shop.topic(ann, space.id, "On frost", "**When** to prune?", kind=question, tags=("winter",))
    answer = await shop.reply(bo, topic.id, "In March.", reply_to=1)
    accept = topic_pb2.AcceptAnswerRequest(topic_id=topic.id, post_id=answer.id)
    await shop.call(shop.topics.AcceptAnswer, accept, ann.token)
    await shop.topic(ann, private.id, "Not for export", "Between us.")
    written = await exported(shop)
    assert b"@people.example" not in written
    assert b"Between us" not in written
    other = await forum(platform, terms=False)
    await other.join("ann")
    counts = await imported(other, written)
    assert (counts.spaces, counts.topics, counts.posts, counts.members) == (1, 1, 2, 2)
    first, second = await other.read(topic.id)
    assert (first.html, first.author.handle) == ("<p><strong>When</strong> to prune?</p>\n", "ann-2"), "another Ann"
    assert (second.id, second.reply_to, second.author.handle) == (answer.id, 1, bo.handle)
    read = (await other.call(other.topics.GetTopic, topic_pb2.GetTopicRequest(topic_id=topic.id))).topic
    assert (read.title, list(read.tags), read.accepted_number, read.post_count) == ("On frost", ["winter"], 2, 2)
    sign_in = account_pb2.SignInRequest(email=bo.email, password=PASSWORD)
    with pytest.raises(ParleyError):
        await other.call(other.accounts.SignIn, sign_in)
    dee = await other.poster()
    assert (await other.reply(dee, topic.id, "Or in February.")).number == 3
    again = await forum(platform, terms=False)
    await imported(again, written)
    assert _without_time(await exported(again)) == _without_time(written), "out again as it came in"


def _without_time(written: bytes) -> list[bytes]:
    # Who took part stands in the order of ids, which are others in each community; the sort leaves all else in place.
    return sorted(written.split(b"\n")[1:], key=lambda line: line if line.startswith(b'{"kind":"member"') else b"~")


async def test_a_file_with_one_bad_line_and_one_for_a_community_that_is_there_change_nothing(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    await shop.topic(ann, space.id, body="My secret garden.")
    written = await exported(shop)
    with pytest.raises(FailedPrecondition, match="COMMUNITY_NOT_EMPTY"):
        await imported(shop, written)
    other = await forum(platform, terms=False)
    lines = written.split(b"\n")
    for bad in (
        b"",
        b"\n".join(lines[1:]),
        written.replace(ann.handle.encode(), b"A Name!", 1),
        written + b'{"kind":"post","body":"My secret"}',
        written + lines[-2],
        written + b"x" * 600_000,
    ):
        with pytest.raises(InvalidArgument) as refused:
            await imported(other, bad)
        assert "secret" not in str(refused.value.detail)
        with pytest.raises(NotFound):
            await other.call(other.spaces.GetSpace, space_pb2.GetSpaceRequest(slug=space.slug))
    with pytest.raises(ParleyError):
        await imported(other, written, ann.token)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["kind", "id", "number", "body", "author", "create_time", "tags", "clauses", "topic_id"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text(), max_size=2), st.just("post")),
    )
)
def test_no_line_is_taken_that_an_export_would_not_write(values: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        read_line(orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS), 1) if _writable(values) else read_line(b"{", 1)


def _writable(values: dict[str, object]) -> bool:
    try:
        orjson.dumps(values)
    except (TypeError, orjson.JSONEncodeError):
        return False
    return True
