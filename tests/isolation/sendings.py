"""What people send beside a chat, in a tenant of the walks: files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from parley.chat.v1 import attachment_pb2

from tests.platform import Platform, Visitor

READY = attachment_pb2.Attachment.STATE_READY


async def send_files(platform: Platform, visitor: Visitor) -> Mapping[str, str]:
    """Lets a visitor send two files, waits until they can be read, and returns the id of one."""
    conversation_id = visitor.conversation.id
    for name in ("bill.txt", "other.txt"):

        async def pieces(name: str = name) -> AsyncIterator[attachment_pb2.UploadAttachmentRequest]:
            yield attachment_pb2.UploadAttachmentRequest(
                conversation_id=conversation_id, filename=name, data=b"What it cost."
            )

        await platform.attachments.UploadAttachment(pieces(), metadata=(("authorization", f"Bearer {visitor.token}"),))
    request = attachment_pb2.ListAttachmentsRequest(conversation_id=conversation_id)
    async with asyncio.timeout(30):
        while True:
            found = (
                await platform.call(platform.attachments.ListAttachments, request, token=visitor.token)
            ).attachments
            if all(each.state == READY for each in found):
                return {"att": found[0].id}
            await asyncio.sleep(0.05)
