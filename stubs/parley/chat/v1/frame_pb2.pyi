import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from parley.chat.v1 import conversation_pb2 as _conversation_pb2
from parley.live.v1 import live_pb2 as _live_pb2
from parley.options.v1 import access_pb2 as _access_pb2
from parley.options.v1 import privacy_pb2 as _privacy_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClientFrame(_message.Message):
    __slots__ = ("frame_id", "authenticate", "subscribe", "unsubscribe", "post", "typing", "read", "subscribe_inbox", "ping")
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATE_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    UNSUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    TYPING_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_INBOX_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    frame_id: str
    authenticate: _live_pb2.Authenticate
    subscribe: Subscribe
    unsubscribe: Unsubscribe
    post: _conversation_pb2.PostMessageRequest
    typing: _conversation_pb2.SetTypingRequest
    read: _conversation_pb2.MarkReadRequest
    subscribe_inbox: SubscribeInbox
    ping: Ping
    def __init__(self, frame_id: _Optional[str] = ..., authenticate: _Optional[_Union[_live_pb2.Authenticate, _Mapping]] = ..., subscribe: _Optional[_Union[Subscribe, _Mapping]] = ..., unsubscribe: _Optional[_Union[Unsubscribe, _Mapping]] = ..., post: _Optional[_Union[_conversation_pb2.PostMessageRequest, _Mapping]] = ..., typing: _Optional[_Union[_conversation_pb2.SetTypingRequest, _Mapping]] = ..., read: _Optional[_Union[_conversation_pb2.MarkReadRequest, _Mapping]] = ..., subscribe_inbox: _Optional[_Union[SubscribeInbox, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ...) -> None: ...

class Subscribe(_message.Message):
    __slots__ = ("conversation_id", "after_sequence")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    after_sequence: int
    def __init__(self, conversation_id: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class Unsubscribe(_message.Message):
    __slots__ = ("conversation_id",)
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    def __init__(self, conversation_id: _Optional[str] = ...) -> None: ...

class SubscribeInbox(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Ping(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ServerFrame(_message.Message):
    __slots__ = ("frame_id", "welcome", "subscribed", "ack", "message", "gap", "conversation", "presence", "inbox", "refused", "pong")
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBED_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    INBOX_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    frame_id: str
    welcome: Welcome
    subscribed: Subscribed
    ack: Ack
    message: _conversation_pb2.Message
    gap: _conversation_pb2.Gap
    conversation: _conversation_pb2.Conversation
    presence: _conversation_pb2.Presence
    inbox: _conversation_pb2.WatchInboxResponse
    refused: Refused
    pong: Pong
    def __init__(self, frame_id: _Optional[str] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., subscribed: _Optional[_Union[Subscribed, _Mapping]] = ..., ack: _Optional[_Union[Ack, _Mapping]] = ..., message: _Optional[_Union[_conversation_pb2.Message, _Mapping]] = ..., gap: _Optional[_Union[_conversation_pb2.Gap, _Mapping]] = ..., conversation: _Optional[_Union[_conversation_pb2.Conversation, _Mapping]] = ..., presence: _Optional[_Union[_conversation_pb2.Presence, _Mapping]] = ..., inbox: _Optional[_Union[_conversation_pb2.WatchInboxResponse, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("expire_time", "heartbeat_ms")
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_MS_FIELD_NUMBER: _ClassVar[int]
    expire_time: _timestamp_pb2.Timestamp
    heartbeat_ms: int
    def __init__(self, expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., heartbeat_ms: _Optional[int] = ...) -> None: ...

class Subscribed(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: _conversation_pb2.Conversation
    def __init__(self, conversation: _Optional[_Union[_conversation_pb2.Conversation, _Mapping]] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("conversation_id", "client_message_id", "sequence", "head_sequence", "create_time")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HEAD_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    client_message_id: str
    sequence: int
    head_sequence: int
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, conversation_id: _Optional[str] = ..., client_message_id: _Optional[str] = ..., sequence: _Optional[int] = ..., head_sequence: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("reason", "retry_after_ms")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    retry_after_ms: int
    def __init__(self, reason: _Optional[str] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("heads",)
    class HeadsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    HEADS_FIELD_NUMBER: _ClassVar[int]
    heads: _containers.ScalarMap[str, int]
    def __init__(self, heads: _Optional[_Mapping[str, int]] = ...) -> None: ...
