import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from parley.options.v1 import access_pb2 as _access_pb2
from parley.options.v1 import privacy_pb2 as _privacy_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LiveRequest(_message.Message):
    __slots__ = ("envelopes",)
    ENVELOPES_FIELD_NUMBER: _ClassVar[int]
    envelopes: _containers.RepeatedCompositeFieldContainer[UpEnvelope]
    def __init__(self, envelopes: _Optional[_Iterable[_Union[UpEnvelope, _Mapping]]] = ...) -> None: ...

class LiveResponse(_message.Message):
    __slots__ = ("envelopes",)
    ENVELOPES_FIELD_NUMBER: _ClassVar[int]
    envelopes: _containers.RepeatedCompositeFieldContainer[DownEnvelope]
    def __init__(self, envelopes: _Optional[_Iterable[_Union[DownEnvelope, _Mapping]]] = ...) -> None: ...

class UpEnvelope(_message.Message):
    __slots__ = ("channel", "open", "frame", "close", "credit")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    channel: int
    open: Open
    frame: bytes
    close: Close
    credit: int
    def __init__(self, channel: _Optional[int] = ..., open: _Optional[_Union[Open, _Mapping]] = ..., frame: _Optional[bytes] = ..., close: _Optional[_Union[Close, _Mapping]] = ..., credit: _Optional[int] = ...) -> None: ...

class DownEnvelope(_message.Message):
    __slots__ = ("channel", "frame", "close")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    channel: int
    frame: bytes
    close: Close
    def __init__(self, channel: _Optional[int] = ..., frame: _Optional[bytes] = ..., close: _Optional[_Union[Close, _Mapping]] = ...) -> None: ...

class Open(_message.Message):
    __slots__ = ("access_token", "credit", "traceparent")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    credit: int
    traceparent: str
    def __init__(self, access_token: _Optional[str] = ..., credit: _Optional[int] = ..., traceparent: _Optional[str] = ...) -> None: ...

class Close(_message.Message):
    __slots__ = ("reason", "retry_time")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_TIME_FIELD_NUMBER: _ClassVar[int]
    reason: str
    retry_time: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., retry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Authenticate(_message.Message):
    __slots__ = ("access_token",)
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    def __init__(self, access_token: _Optional[str] = ...) -> None: ...
