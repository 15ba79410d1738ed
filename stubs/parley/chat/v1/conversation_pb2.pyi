import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from parley.options.v1 import access_pb2 as _access_pb2
from parley.options.v1 import privacy_pb2 as _privacy_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_VISITOR: _ClassVar[Side]
    SIDE_OPERATOR: _ClassVar[Side]

class InboxView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INBOX_VIEW_UNSPECIFIED: _ClassVar[InboxView]
    INBOX_VIEW_QUEUE: _ClassVar[InboxView]
    INBOX_VIEW_MINE: _ClassVar[InboxView]
    INBOX_VIEW_ALL: _ClassVar[InboxView]
    INBOX_VIEW_CLOSED: _ClassVar[InboxView]
SIDE_UNSPECIFIED: Side
SIDE_VISITOR: Side
SIDE_OPERATOR: Side
INBOX_VIEW_UNSPECIFIED: InboxView
INBOX_VIEW_QUEUE: InboxView
INBOX_VIEW_MINE: InboxView
INBOX_VIEW_ALL: InboxView
INBOX_VIEW_CLOSED: InboxView

class Conversation(_message.Message):
    __slots__ = ("id", "site_id", "visitor_id", "display_name", "language", "page_path", "state", "operator_id", "operator_name", "head_sequence", "visitor_read_sequence", "operator_read_sequence", "queue_position", "closed_by", "notice_id", "create_time", "claim_time", "close_time", "expire_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Conversation.State]
        STATE_QUEUED: _ClassVar[Conversation.State]
        STATE_OPEN: _ClassVar[Conversation.State]
        STATE_CLOSED: _ClassVar[Conversation.State]
    STATE_UNSPECIFIED: Conversation.State
    STATE_QUEUED: Conversation.State
    STATE_OPEN: Conversation.State
    STATE_CLOSED: Conversation.State
    ID_FIELD_NUMBER: _ClassVar[int]
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    VISITOR_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_PATH_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_NAME_FIELD_NUMBER: _ClassVar[int]
    HEAD_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    VISITOR_READ_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_READ_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_POSITION_FIELD_NUMBER: _ClassVar[int]
    CLOSED_BY_FIELD_NUMBER: _ClassVar[int]
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    site_id: str
    visitor_id: str
    display_name: str
    language: str
    page_path: str
    state: Conversation.State
    operator_id: str
    operator_name: str
    head_sequence: int
    visitor_read_sequence: int
    operator_read_sequence: int
    queue_position: int
    closed_by: Side
    notice_id: str
    create_time: _timestamp_pb2.Timestamp
    claim_time: _timestamp_pb2.Timestamp
    close_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., site_id: _Optional[str] = ..., visitor_id: _Optional[str] = ..., display_name: _Optional[str] = ..., language: _Optional[str] = ..., page_path: _Optional[str] = ..., state: _Optional[_Union[Conversation.State, str]] = ..., operator_id: _Optional[str] = ..., operator_name: _Optional[str] = ..., head_sequence: _Optional[int] = ..., visitor_read_sequence: _Optional[int] = ..., operator_read_sequence: _Optional[int] = ..., queue_position: _Optional[int] = ..., closed_by: _Optional[_Union[Side, str]] = ..., notice_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("id", "conversation_id", "sequence", "kind", "side", "client_message_id", "operator_id", "body", "create_time")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Message.Kind]
        KIND_TEXT: _ClassVar[Message.Kind]
        KIND_STARTED: _ClassVar[Message.Kind]
        KIND_JOINED: _ClassVar[Message.Kind]
        KIND_CLOSED: _ClassVar[Message.Kind]
    KIND_UNSPECIFIED: Message.Kind
    KIND_TEXT: Message.Kind
    KIND_STARTED: Message.Kind
    KIND_JOINED: Message.Kind
    KIND_CLOSED: Message.Kind
    ID_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    conversation_id: str
    sequence: int
    kind: Message.Kind
    side: Side
    client_message_id: str
    operator_id: str
    body: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., conversation_id: _Optional[str] = ..., sequence: _Optional[int] = ..., kind: _Optional[_Union[Message.Kind, str]] = ..., side: _Optional[_Union[Side, str]] = ..., client_message_id: _Optional[str] = ..., operator_id: _Optional[str] = ..., body: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Reader(_message.Message):
    __slots__ = ("staff_id", "display_name", "purpose", "first_time", "last_time")
    STAFF_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    staff_id: str
    display_name: str
    purpose: _access_pb2.Purpose
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    def __init__(self, staff_id: _Optional[str] = ..., display_name: _Optional[str] = ..., purpose: _Optional[_Union[_access_pb2.Purpose, str]] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StartConversationRequest(_message.Message):
    __slots__ = ("display_name", "notice_id", "language", "page_path", "request_id")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_PATH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    notice_id: str
    language: str
    page_path: str
    request_id: str
    def __init__(self, display_name: _Optional[str] = ..., notice_id: _Optional[str] = ..., language: _Optional[str] = ..., page_path: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class StartConversationResponse(_message.Message):
    __slots__ = ("conversation", "visitor_credential", "access_token", "access_token_expire_time")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    VISITOR_CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    visitor_credential: str
    access_token: str
    access_token_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ..., visitor_credential: _Optional[str] = ..., access_token: _Optional[str] = ..., access_token_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetConversationRequest(_message.Message):
    __slots__ = ("conversation_id",)
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    def __init__(self, conversation_id: _Optional[str] = ...) -> None: ...

class GetConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class ListConversationsRequest(_message.Message):
    __slots__ = ("view", "page_size", "page_token")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    view: InboxView
    page_size: int
    page_token: str
    def __init__(self, view: _Optional[_Union[InboxView, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConversationsResponse(_message.Message):
    __slots__ = ("conversations", "next_page_token")
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedCompositeFieldContainer[Conversation]
    next_page_token: str
    def __init__(self, conversations: _Optional[_Iterable[_Union[Conversation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ClaimConversationRequest(_message.Message):
    __slots__ = ("conversation_id",)
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    def __init__(self, conversation_id: _Optional[str] = ...) -> None: ...

class ClaimConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class CloseConversationRequest(_message.Message):
    __slots__ = ("conversation_id",)
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    def __init__(self, conversation_id: _Optional[str] = ...) -> None: ...

class CloseConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("conversation_id", "after_sequence", "page_size")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    after_sequence: int
    page_size: int
    def __init__(self, conversation_id: _Optional[str] = ..., after_sequence: _Optional[int] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "head_sequence")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    HEAD_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    head_sequence: int
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., head_sequence: _Optional[int] = ...) -> None: ...

class PostMessageRequest(_message.Message):
    __slots__ = ("conversation_id", "client_message_id", "body")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    client_message_id: str
    body: str
    def __init__(self, conversation_id: _Optional[str] = ..., client_message_id: _Optional[str] = ..., body: _Optional[str] = ...) -> None: ...

class PostMessageResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: Message
    def __init__(self, message: _Optional[_Union[Message, _Mapping]] = ...) -> None: ...

class SetTypingRequest(_message.Message):
    __slots__ = ("conversation_id", "typing")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPING_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    typing: bool
    def __init__(self, conversation_id: _Optional[str] = ..., typing: _Optional[bool] = ...) -> None: ...

class SetTypingResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MarkReadRequest(_message.Message):
    __slots__ = ("conversation_id", "sequence")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    sequence: int
    def __init__(self, conversation_id: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class MarkReadResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListReadersRequest(_message.Message):
    __slots__ = ("conversation_id",)
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    def __init__(self, conversation_id: _Optional[str] = ...) -> None: ...

class ListReadersResponse(_message.Message):
    __slots__ = ("readers",)
    READERS_FIELD_NUMBER: _ClassVar[int]
    readers: _containers.RepeatedCompositeFieldContainer[Reader]
    def __init__(self, readers: _Optional[_Iterable[_Union[Reader, _Mapping]]] = ...) -> None: ...

class WatchConversationRequest(_message.Message):
    __slots__ = ("conversation_id", "after_sequence")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    after_sequence: int
    def __init__(self, conversation_id: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class WatchConversationResponse(_message.Message):
    __slots__ = ("cursor", "message", "conversation", "presence", "gap")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    cursor: int
    message: Message
    conversation: Conversation
    presence: Presence
    gap: Gap
    def __init__(self, cursor: _Optional[int] = ..., message: _Optional[_Union[Message, _Mapping]] = ..., conversation: _Optional[_Union[Conversation, _Mapping]] = ..., presence: _Optional[_Union[Presence, _Mapping]] = ..., gap: _Optional[_Union[Gap, _Mapping]] = ...) -> None: ...

class WatchInboxRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchInboxResponse(_message.Message):
    __slots__ = ("conversation", "removed_conversation_id", "gap")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REMOVED_CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    removed_conversation_id: str
    gap: Gap
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ..., removed_conversation_id: _Optional[str] = ..., gap: _Optional[_Union[Gap, _Mapping]] = ...) -> None: ...

class Presence(_message.Message):
    __slots__ = ("conversation_id", "side", "typing", "read_sequence")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TYPING_FIELD_NUMBER: _ClassVar[int]
    READ_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    side: Side
    typing: bool
    read_sequence: int
    def __init__(self, conversation_id: _Optional[str] = ..., side: _Optional[_Union[Side, str]] = ..., typing: _Optional[bool] = ..., read_sequence: _Optional[int] = ...) -> None: ...

class Gap(_message.Message):
    __slots__ = ("conversation_id", "after_sequence", "head_sequence")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HEAD_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    after_sequence: int
    head_sequence: int
    def __init__(self, conversation_id: _Optional[str] = ..., after_sequence: _Optional[int] = ..., head_sequence: _Optional[int] = ...) -> None: ...
