"""What people send beside a chat, in a tenant of the walks: files, and messages while nobody is there."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from parley.chat.v1 import attachment_pb2, conversation_pb2, offline_pb2, offline_pb2_grpc
from parley.identity.v1 import (
    chat_invitation_pb2,
    chat_invitation_pb2_grpc,
    hours_pb2,
    hours_pb2_grpc,
    identity_key_pb2,
    identity_key_pb2_grpc,
    site_logo_pb2,
    site_logo_pb2_grpc,
)
from PIL import Image

from kernel import ids
from kernel.clock import SystemClock
from kernel.storage import Database, runtime_url
from services.chat.store import mail_threads
from tests.platform import Platform, Tenant, Visitor

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


async def leave_messages(platform: Platform, tenant: Tenant) -> None:
    """Sets hours and invitations, and lets two visitors leave a message."""
    identity, chat = platform.channels.of("identity"), platform.channels.of("chat")
    rule = chat_invitation_pb2.ChatInvitation(page="/", seconds=5, text="Can we help?")
    await platform.call(
        chat_invitation_pb2_grpc.ChatInvitationServiceStub(identity).UpdateChatInvitations,
        chat_invitation_pb2.UpdateChatInvitationsRequest(site_id=tenant.site.id, invitations=[rule]),
        token=tenant.admin.token,
    )
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    await platform.call(
        site_logo_pb2_grpc.SiteLogoServiceStub(identity).SetSiteLogo,
        site_logo_pb2.SetSiteLogoRequest(site_id=tenant.site.id, image=picture.getvalue()),
        token=tenant.admin.token,
    )
    public = Ed25519PrivateKey.generate().public_key()
    await platform.call(
        identity_key_pb2_grpc.IdentityKeyServiceStub(identity).SetIdentityKey,
        identity_key_pb2.SetIdentityKeyRequest(
            site_id=tenant.site.id,
            public_key=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        ),
        token=tenant.admin.token,
    )
    for site_id in ("", tenant.site.id):
        await platform.call(
            hours_pb2_grpc.HoursServiceStub(identity).UpdateHours,
            hours_pb2.UpdateHoursRequest(hours=hours_pb2.Hours(site_id=site_id, zone="UTC")),
            token=tenant.admin.token,
        )
    for number in range(2):
        begin = conversation_pb2.StartConversationRequest(notice_id=tenant.notice.id)
        request = offline_pb2.LeaveMessageRequest(
            start=begin, body="Is anybody there?", reply_email=f"left-{number}@{tenant.slug}.example"
        )
        await platform.call(
            offline_pb2_grpc.OfflineServiceStub(chat).LeaveMessage, request, token=await tenant.anonymous()
        )


async def hold_mails(platform: Platform, tenant: Tenant, visitor: Visitor, *, begun: bool = False) -> dict[str, str]:
    """Lets a conversation go on by mail, unless it does, and two mails wait, as if they had come from elsewhere."""
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "chat"))
    key, conversation_id = ids.to_uuid(tenant.id, "ten"), ids.to_uuid(visitor.conversation.id, "cnv")
    now, made = SystemClock().now(), [ids.new_uuid() for _ in range(2)]
    try:
        async with database.transaction(tenant.id) as connection:
            thread = mail_threads.MailThread(
                tenant_id=key,
                conversation_id=conversation_id,
                fingerprint=conversation_id.bytes,
                mailed_sequence=1,
                last_message_id="<1@mail.localhost>",
                told_late_time=None,
                create_time=now,
            )
            if not begun:
                await mail_threads.claim_thread(connection, thread)
            for each in made:
                held = mail_threads.HeldMail(
                    tenant_id=key,
                    id=each,
                    conversation_id=conversation_id,
                    sender=f"mallory@{tenant.slug}.example",
                    text="Send it to me instead.",
                    reason=1,
                    create_time=now,
                )
                await mail_threads.add_held(connection, held)
    finally:
        await database.close()
    return {"hml": ids.from_uuid("hml", made[0])}
