"""Files in posts: examined before anybody reads them, read by whoever reads the post, and gone with it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from parley.community.v1 import attachment_pb2, leaving_pb2, moderation_pb2, post_pb2, space_pb2
from parley.files.v1 import files_pb2, files_pb2_grpc
from PIL import Image

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from kernel.files.tickets import Tickets
from tests.community.forum import ANYWAY, MASK, PASSWORD, Forum, Poster, forum
from tests.platform import Platform

PDF = b"%PDF-1.7\n" + b"x" * 2000
REFUSED, READY = attachment_pb2.ATTACHMENT_STATE_REFUSED, attachment_pb2.ATTACHMENT_STATE_READY


def picture() -> bytes:
    """Returns a picture that says with what it was taken."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x0110] = "A camera of somebody's"
    Image.new("RGB", (40, 30), "teal").save(written, "JPEG", exif=exif)
    return written.getvalue()


async def opened(shop: Forum, attachment_id: str, token: str = "") -> bytes:
    """Returns a file's bytes as whoever has the ticket reads them."""
    request = attachment_pb2.OpenAttachmentRequest(attachment_id=attachment_id)
    url = (await shop.call(shop.attachments.OpenAttachment, request, token)).url
    ticket = Tickets(shop.platform.config.secret_key).read(url.rpartition("/")[2], datetime.now(UTC))
    assert ticket is not None
    stub = files_pb2_grpc.FileServiceStub(shop.platform.community)
    inside = shop.platform.channels.tokens.make(ticket.tenant_id)
    call = stub.ReadFile(
        files_pb2.ReadFileRequest(file_id=ticket.file_id), metadata=(("authorization", f"Bearer {inside}"),)
    )
    return b"".join([piece.data async for piece in call])


def stored(shop: Forum) -> int:
    """Counts a tenant's files on the disk."""
    return len(list((Path(shop.platform.config.data_dir) / "files" / shop.tenant.id).rglob("fil_*")))


async def gone(shop: Forum) -> bool:
    """Waits until no file of the tenant lies on the disk."""
    return await shop.until(lambda: stored(shop) == 0)


async def test_a_picture_is_read_by_whoever_reads_the_post_and_tells_nothing_of_its_camera(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    sent = await shop.upload(ann, picture(), "p.jpg")
    (ready,) = await shop.examined(ann)
    assert (ready.id, ready.state, ready.media_type, ready.width) == (sent.id, READY, "image/jpeg", 40)
    with pytest.raises(NotFound):
        await opened(shop, sent.id, bo.token)
    topic = await shop.topic(ann, space.id, attachment_ids=[sent.id])
    assert not await shop.examined(ann), "it waits no more"
    (post,) = await shop.read(topic.id)
    assert [each.filename for each in post.attachments] == ["p.jpg"]
    read = await opened(shop, post.attachments[0].id)
    assert Image.open(io.BytesIO(read)).size == (40, 30)
    assert b"A camera" not in read
    with pytest.raises(NotFound):
        await shop.reply(ann, topic.id, "Once more.", attachment_ids=[sent.id])
    with pytest.raises(NotFound):
        await shop.reply(bo, topic.id, "Mine now.", attachment_ids=[(await shop.upload(ann, PDF)).id])


async def test_a_page_that_calls_itself_a_picture_is_refused_and_no_post_carries_it(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    sent = await shop.upload(ann, b"<!doctype html><script>1</script>", "p.png")
    (refused,) = await shop.examined(ann)
    assert (refused.state, refused.media_type) == (REFUSED, "")
    assert stored(shop) == 0
    with pytest.raises(NotFound):
        await shop.topic(ann, space.id, attachment_ids=[sent.id])
    with pytest.raises(InvalidArgument):
        await shop.upload(ann, b"")


async def test_files_need_the_terms_and_go_with_their_post_and_with_whoever_leaves(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    reader, ann = await shop.join(), await shop.poster()
    with pytest.raises(FailedPrecondition, match="TERMS_NOT_ACCEPTED"):
        await shop.upload(reader, PDF)
    topic = await shop.topic(ann, space.id)
    sent = await shop.upload(ann, PDF)
    post = await shop.reply(ann, topic.id, "Look.", attachment_ids=[sent.id])
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=post.id), ann.token)
    assert await gone(shop)
    await shop.reply(ann, topic.id, "Again.", attachment_ids=[(await shop.upload(ann, PDF)).id])
    await shop.upload(ann, PDF, "waits.pdf")
    assert stored(shop) == 2
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ERASED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, ann.token)
    assert await gone(shop)


async def test_a_file_in_a_group_or_in_a_hidden_post_is_opened_to_nobody_else(platform: Platform) -> None:
    shop = await forum(platform)
    group = await shop.space(visibility=space_pb2.VISIBILITY_GROUP)
    ann, bo = await shop.poster(), await shop.poster()
    await shop.enter(group.id, ann)
    topic = await shop.topic(ann, group.id, attachment_ids=[(await shop.upload(ann, PDF)).id])
    await shop.settled(topic.id, ann)
    (post,) = await shop.read(topic.id, ann.token)
    for token in ("", bo.token):
        with pytest.raises(NotFound):
            await opened(shop, post.attachments[0].id, token)
    assert await opened(shop, post.attachments[0].id, ann.token) == PDF
    open_space = await shop.space()
    other = await shop.topic(ann, open_space.id, attachment_ids=[(await shop.upload(ann, PDF)).id])
    await shop.settled(other.id, ann)
    (post,) = await shop.read(other.id)
    await shop.flag(bo.token, post.id, moderation_pb2.FLAG_KIND_EXPOSED)
    (hidden,) = await shop.read(other.id)
    assert not hidden.attachments
    with pytest.raises(NotFound):
        await opened(shop, post.attachments[0].id, bo.token)
    request = attachment_pb2.DeleteAttachmentRequest(attachment_id=post.attachments[0].id)
    with pytest.raises(NotFound):
        await shop.call(shop.attachments.DeleteAttachment, request, bo.token)
    await shop.call(shop.attachments.DeleteAttachment, request, ann.token)
    with pytest.raises(PermissionDenied):
        await shop.call(shop.attachments.DeleteAttachment, request)


async def test_a_files_name_that_tells_is_marked_and_masked(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()

    async def with_file(member: Poster, **more: Any) -> post_pb2.Post:
        sent = await shop.upload(member, PDF, "Invoice Ann Miller.pdf")
        topic = await shop.topic(member, space.id, attachment_ids=[sent.id], **more)
        return (await shop.read(topic.id, member.token))[0]

    with pytest.raises(FailedPrecondition, match="EXPOSES_SOMEBODY"):
        await with_file(ann)
    assert (await with_file(ann, exposure_choice=MASK)).attachments[0].filename == "file.pdf"
    post = await with_file(ann, exposure_choice=ANYWAY)
    assert post.attachments[0].filename == "Invoice Ann Miller.pdf"
    (for_all,) = await shop.read(post.topic_id)
    assert for_all.attachments[0].filename == "file.pdf", "whoever is not signed in reads no names"


async def test_files_come_and_go_with_a_change_and_the_history_says_so_without_their_names(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    first = await shop.upload(ann, PDF, "my-diary.pdf")
    topic = await shop.topic(ann, space.id, body="Here it is.", attachment_ids=[first.id])
    (post,) = await shop.settled(topic.id, ann)
    second = await shop.upload(ann, picture(), "p.jpg")
    change = post_pb2.UpdatePostRequest(
        post_id=post.id, body="Here it is.", attachment_ids=[second.id], removed_attachment_ids=[first.id]
    )
    with pytest.raises(PermissionDenied):
        await shop.call(shop.posts.UpdatePost, change, bo.token)
    changed = (await shop.call(shop.posts.UpdatePost, change, ann.token)).post
    assert [each.filename for each in changed.attachments] == ["p.jpg"]
    assert changed.HasField("edit_time"), "a change of files alone is a change that everybody sees"
    await shop.settled(topic.id, ann)
    assert await shop.until(lambda: stored(shop) == 1), "the bytes of what was taken away go"
    with pytest.raises(NotFound, match="ATTACHMENT_NOT_FOUND"):
        await opened(shop, first.id, ann.token)
    history = await shop.call(shop.posts.ListRevisions, post_pb2.ListRevisionsRequest(post_id=post.id))
    assert [(each.files_added, each.files_removed) for each in history.revisions] == [(1, 1)]
    assert b"diary" not in history.SerializeToString()
    change.ClearField("attachment_ids")
    with pytest.raises(NotFound, match="ATTACHMENT_NOT_FOUND"):
        await shop.call(shop.posts.UpdatePost, change, ann.token)
    await shop.call(
        shop.attachments.DeleteAttachment, attachment_pb2.DeleteAttachmentRequest(attachment_id=second.id), ann.token
    )
    history = await shop.call(shop.posts.ListRevisions, post_pb2.ListRevisionsRequest(post_id=post.id))
    assert [(each.files_added, each.files_removed) for each in history.revisions] == [(0, 1), (1, 1)]
    assert await gone(shop)


async def test_a_members_copy_carries_the_bytes_of_their_files_and_nobody_elses(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    mine = [await shop.upload(ann, PDF, "a b:c.pdf") for _ in range(2)]
    theirs = await shop.upload(bo, b"Not Ann's.", "bo.txt")
    topic = await shop.topic(ann, space.id, attachment_ids=[mine[0].id])
    await shop.reply(bo, topic.id, "Mine, too.", attachment_ids=[theirs.id])
    await shop.settled(topic.id, ann)
    await shop.examined(ann)
    call = shop.leaving.ExportAccount(
        leaving_pb2.ExportAccountRequest(with_files=True), metadata=(("authorization", f"Bearer {ann.token}"),)
    )
    pieces = [piece async for piece in call]
    assert (pieces[0].content_type, pieces[0].filename) == ("application/zip", "community-account.zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(piece.data for piece in pieces))) as archive:
        names = archive.namelist()
        records = archive.read("community-account.ndjson").decode()
        files = [archive.read(name) for name in names[1:]]
    assert sorted(names[1:]) == sorted(f"files/{each.id[-8:]} a b_c.pdf" for each in mine)
    assert files == [PDF, PDF], "what waits for a post is in it, too"
    for each in mine:
        assert each.id in records
    assert "bo.txt" not in records
