from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_ESSENTIAL_SERVICE: _ClassVar[Purpose]
    PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT: _ClassVar[Purpose]
    PURPOSE_ESSENTIAL_SERVICE_OPERATIONS: _ClassVar[Purpose]
    PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION: _ClassVar[Purpose]
    PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS: _ClassVar[Purpose]
    PURPOSE_FUNCTIONAL_SERVICE_MONITORING: _ClassVar[Purpose]
    PURPOSE_FUNCTIONAL_SERVICE_IMPROVE: _ClassVar[Purpose]
    PURPOSE_ESSENTIAL_LEGAL_OBLIGATION: _ClassVar[Purpose]

class Caller(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLER_UNSPECIFIED: _ClassVar[Caller]
    CALLER_ANONYMOUS: _ClassVar[Caller]
    CALLER_VISITOR: _ClassVar[Caller]
    CALLER_OPERATOR: _ClassVar[Caller]
    CALLER_SUPERVISOR: _ClassVar[Caller]
    CALLER_SUPPORT_AGENT: _ClassVar[Caller]
    CALLER_MODERATOR: _ClassVar[Caller]
    CALLER_PRIVACY_OFFICER: _ClassVar[Caller]
    CALLER_ADMIN: _ClassVar[Caller]
    CALLER_SERVICE_ACCOUNT: _ClassVar[Caller]
    CALLER_PLATFORM_REVIEWER: _ClassVar[Caller]
    CALLER_PLATFORM_ADMIN: _ClassVar[Caller]
    CALLER_INTERNAL: _ClassVar[Caller]
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_ESSENTIAL_SERVICE: Purpose
PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT: Purpose
PURPOSE_ESSENTIAL_SERVICE_OPERATIONS: Purpose
PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION: Purpose
PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS: Purpose
PURPOSE_FUNCTIONAL_SERVICE_MONITORING: Purpose
PURPOSE_FUNCTIONAL_SERVICE_IMPROVE: Purpose
PURPOSE_ESSENTIAL_LEGAL_OBLIGATION: Purpose
CALLER_UNSPECIFIED: Caller
CALLER_ANONYMOUS: Caller
CALLER_VISITOR: Caller
CALLER_OPERATOR: Caller
CALLER_SUPERVISOR: Caller
CALLER_SUPPORT_AGENT: Caller
CALLER_MODERATOR: Caller
CALLER_PRIVACY_OFFICER: Caller
CALLER_ADMIN: Caller
CALLER_SERVICE_ACCOUNT: Caller
CALLER_PLATFORM_REVIEWER: Caller
CALLER_PLATFORM_ADMIN: Caller
CALLER_INTERNAL: Caller
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor
FRAME_ACCESS_FIELD_NUMBER: _ClassVar[int]
frame_access: _descriptor.FieldDescriptor

class Access(_message.Message):
    __slots__ = ("callers", "purpose", "scope", "recorded", "tenantless")
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    TENANTLESS_FIELD_NUMBER: _ClassVar[int]
    callers: _containers.RepeatedScalarFieldContainer[Caller]
    purpose: Purpose
    scope: str
    recorded: bool
    tenantless: bool
    def __init__(self, callers: _Optional[_Iterable[_Union[Caller, str]]] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., scope: _Optional[str] = ..., recorded: _Optional[bool] = ..., tenantless: _Optional[bool] = ...) -> None: ...
