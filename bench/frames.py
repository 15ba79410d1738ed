"""The bytes that clients send, made once: a load generator that builds messages measures itself.

A client's frames must be masked. The mask is zero here, which is a mask like every other one to the server and costs
the generator nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os

from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.live.v1 import live_pb2

BODY = "Do you deliver to the island on Saturdays, and what would it cost us?"
ID_LENGTH = 16
#: Beyond every head, so that what was said before is not sent.
FROM_NOW = 1 << 60

#: The first byte of a server's frame without a frame id tells its member.
WELCOME, SUBSCRIBED, ACK, MESSAGE, INBOX, REFUSED = 0x12, 0x1A, 0x22, 0x2A, 0x4A, 0x52

_PLACE = "0" * ID_LENGTH


def masked(payload: bytes, opcode: int = 0x82) -> bytes:
    """Writes a WebSocket frame of a client."""
    if len(payload) < 126:
        head = bytes((opcode, 0x80 | len(payload)))
    else:
        head = bytes((opcode, 0x80 | 126)) + len(payload).to_bytes(2, "big")
    return head + bytes(4) + payload


def authenticate(token: str) -> bytes:
    """Writes the first frame."""
    return masked(frame_pb2.ClientFrame(authenticate=live_pb2.Authenticate(access_token=token)).SerializeToString())


def subscribe(conversation_id: str) -> bytes:
    """Writes the frame that follows a conversation from now on."""
    wanted = frame_pb2.Subscribe(conversation_id=conversation_id, after_sequence=FROM_NOW)
    return masked(frame_pb2.ClientFrame(subscribe=wanted).SerializeToString())


def subscribe_inbox() -> bytes:
    """Writes the frame that follows the inbox."""
    return masked(frame_pb2.ClientFrame(subscribe_inbox=frame_pb2.SubscribeInbox()).SerializeToString())


def post(conversation_id: str) -> tuple[bytes, bytes]:
    """Writes the frame that says something, in two halves between which the message's id belongs."""
    said = conversation_pb2.PostMessageRequest(conversation_id=conversation_id, client_message_id=_PLACE, body=BODY)
    frame = masked(frame_pb2.ClientFrame(post=said).SerializeToString())
    before, _, after = frame.partition(_PLACE.encode())
    return before, after


def reason_of(frame: bytes) -> str:
    """Returns why a frame was refused."""
    return frame_pb2.ServerFrame.FromString(frame).refused.reason


def handshake(host: str) -> bytes:
    """Writes the request that opens a socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: parley.v1.proto\r\n\r\n"
    ).encode()


def accepted(key: str) -> str:
    """Returns the answer to a handshake's key, as RFC 6455 has it."""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324  # The RFC's.
    return base64.b64encode(digest).decode()
