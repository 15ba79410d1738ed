"""Seeds what the demo's desks have beside the talk: a few tags and canned replies."""

from __future__ import annotations

from collections.abc import Callable

from parley.chat.v1 import canned_reply_pb2, canned_reply_pb2_grpc, tag_pb2, tag_pb2_grpc

from kernel.rpc.channels import Channels

_TAGS = ("Delivery", "Refund", "Advice")
_REPLIES = (
    ("hello", "", "Hello {visitor_name|there}, this is {operator_name} of {site}. How can I help?"),
    ("hello", "de", "Hallo {visitor_name|}, hier ist {operator_name} von {site}. Wie kann ich helfen?"),
    ("moment", "", "One moment please, I am looking that up."),
    ("card", "", "Please do not send card numbers here. I have removed what you sent; it is gone for good."),
    ("bye", "", "Thank you for writing to {site}, and have a good day."),
)


async def seed_desk(channels: Channels, token: str, request_id: Callable[[str], str]) -> None:
    """Adds them as somebody who leads; a second time, nothing happens."""
    tags = tag_pb2_grpc.TagServiceStub(channels.of("chat"))
    replies = canned_reply_pb2_grpc.CannedReplyServiceStub(channels.of("chat"))
    for word in _TAGS:
        request = tag_pb2.CreateTagRequest(word=word, request_id=request_id(f"tag-{word}"))
        await channels.call(tags.CreateTag, request, token=token)
    for shortcut, language, template in _REPLIES:
        await channels.call(
            replies.CreateCannedReply,
            canned_reply_pb2.CreateCannedReplyRequest(
                shortcut=shortcut,
                language=language,
                template=template,
                request_id=request_id(f"reply-{shortcut}-{language}"),
            ),
            token=token,
        )
