from google.protobuf import descriptor_pb2 as _descriptor_pb2
from parley.options.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Retention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETENTION_UNSPECIFIED: _ClassVar[Retention]
    RETENTION_RECORD: _ClassVar[Retention]
    RETENTION_TRANSCRIPT: _ClassVar[Retention]
    RETENTION_ACCOUNT: _ClassVar[Retention]
    RETENTION_CREDENTIAL: _ClassVar[Retention]
    RETENTION_LEDGER: _ClassVar[Retention]
    RETENTION_BROWSER_LOG: _ClassVar[Retention]
    RETENTION_TICKET: _ClassVar[Retention]
    RETENTION_SURVEY_ANSWER: _ClassVar[Retention]
    RETENTION_SURVEY_CONTACT: _ClassVar[Retention]
    RETENTION_REQUEST: _ClassVar[Retention]
    RETENTION_COMMUNITY: _ClassVar[Retention]
    RETENTION_TRANSIENT: _ClassVar[Retention]

class Erasure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERASURE_UNSPECIFIED: _ClassVar[Erasure]
    ERASURE_KEEP: _ClassVar[Erasure]
    ERASURE_NULLIFY: _ClassVar[Erasure]
    ERASURE_DELETE: _ClassVar[Erasure]
    ERASURE_PSEUDONYMISE: _ClassVar[Erasure]
    ERASURE_KEEP_FOR_LAW: _ClassVar[Erasure]

class Domain(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOMAIN_UNSPECIFIED: _ClassVar[Domain]
    DOMAIN_MAIN: _ClassVar[Domain]
    DOMAIN_COMMUNITY: _ClassVar[Domain]

class Audience(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIENCE_UNSPECIFIED: _ClassVar[Audience]
    AUDIENCE_CALLER: _ClassVar[Audience]
    AUDIENCE_SUBJECT: _ClassVar[Audience]
    AUDIENCE_STAFF: _ClassVar[Audience]
    AUDIENCE_ADMIN: _ClassVar[Audience]
    AUDIENCE_PRIVACY_OFFICER: _ClassVar[Audience]

class Data(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_UNSPECIFIED: _ClassVar[Data]
    DATA_ID: _ClassVar[Data]
    DATA_PERSON_ID: _ClassVar[Data]
    DATA_TIME: _ClassVar[Data]
    DATA_STATE: _ClassVar[Data]
    DATA_COUNT: _ClassVar[Data]
    DATA_CALL: _ClassVar[Data]
    DATA_TENANT: _ClassVar[Data]
    DATA_PUBLIC: _ClassVar[Data]
    DATA_SECRET: _ClassVar[Data]
    DATA_VISITOR_NAME: _ClassVar[Data]
    DATA_MESSAGE: _ClassVar[Data]
    DATA_STAFF_NAME: _ClassVar[Data]
    DATA_STAFF_EMAIL: _ClassVar[Data]
    DATA_STAFF_ID: _ClassVar[Data]
    DATA_STAFF_ROLE: _ClassVar[Data]
    DATA_LANGUAGE: _ClassVar[Data]
    DATA_PAGE: _ClassVar[Data]
    DATA_ACCESS_RECORD: _ClassVar[Data]
    DATA_REASON: _ClassVar[Data]
    DATA_EXPORT: _ClassVar[Data]
    DATA_VOCABULARY: _ClassVar[Data]
    DATA_FRAME: _ClassVar[Data]
    DATA_NETWORK_ADDRESS: _ClassVar[Data]
RETENTION_UNSPECIFIED: Retention
RETENTION_RECORD: Retention
RETENTION_TRANSCRIPT: Retention
RETENTION_ACCOUNT: Retention
RETENTION_CREDENTIAL: Retention
RETENTION_LEDGER: Retention
RETENTION_BROWSER_LOG: Retention
RETENTION_TICKET: Retention
RETENTION_SURVEY_ANSWER: Retention
RETENTION_SURVEY_CONTACT: Retention
RETENTION_REQUEST: Retention
RETENTION_COMMUNITY: Retention
RETENTION_TRANSIENT: Retention
ERASURE_UNSPECIFIED: Erasure
ERASURE_KEEP: Erasure
ERASURE_NULLIFY: Erasure
ERASURE_DELETE: Erasure
ERASURE_PSEUDONYMISE: Erasure
ERASURE_KEEP_FOR_LAW: Erasure
DOMAIN_UNSPECIFIED: Domain
DOMAIN_MAIN: Domain
DOMAIN_COMMUNITY: Domain
AUDIENCE_UNSPECIFIED: Audience
AUDIENCE_CALLER: Audience
AUDIENCE_SUBJECT: Audience
AUDIENCE_STAFF: Audience
AUDIENCE_ADMIN: Audience
AUDIENCE_PRIVACY_OFFICER: Audience
DATA_UNSPECIFIED: Data
DATA_ID: Data
DATA_PERSON_ID: Data
DATA_TIME: Data
DATA_STATE: Data
DATA_COUNT: Data
DATA_CALL: Data
DATA_TENANT: Data
DATA_PUBLIC: Data
DATA_SECRET: Data
DATA_VISITOR_NAME: Data
DATA_MESSAGE: Data
DATA_STAFF_NAME: Data
DATA_STAFF_EMAIL: Data
DATA_STAFF_ID: Data
DATA_STAFF_ROLE: Data
DATA_LANGUAGE: Data
DATA_PAGE: Data
DATA_ACCESS_RECORD: Data
DATA_REASON: Data
DATA_EXPORT: Data
DATA_VOCABULARY: Data
DATA_FRAME: Data
DATA_NETWORK_ADDRESS: Data
RULE_FIELD_NUMBER: _ClassVar[int]
rule: _descriptor.FieldDescriptor
DATA_FIELD_NUMBER: _ClassVar[int]
data: _descriptor.FieldDescriptor
PRIVACY_FIELD_NUMBER: _ClassVar[int]
privacy: _descriptor.FieldDescriptor

class Rule(_message.Message):
    __slots__ = ("category", "purposes", "retention", "audiences", "erasure", "domain", "clauses", "not_personal", "secret", "correctable")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    NOT_PERSONAL_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    CORRECTABLE_FIELD_NUMBER: _ClassVar[int]
    category: str
    purposes: _containers.RepeatedScalarFieldContainer[_access_pb2.Purpose]
    retention: Retention
    audiences: _containers.RepeatedScalarFieldContainer[Audience]
    erasure: Erasure
    domain: Domain
    clauses: _containers.RepeatedScalarFieldContainer[str]
    not_personal: str
    secret: bool
    correctable: bool
    def __init__(self, category: _Optional[str] = ..., purposes: _Optional[_Iterable[_Union[_access_pb2.Purpose, str]]] = ..., retention: _Optional[_Union[Retention, str]] = ..., audiences: _Optional[_Iterable[_Union[Audience, str]]] = ..., erasure: _Optional[_Union[Erasure, str]] = ..., domain: _Optional[_Union[Domain, str]] = ..., clauses: _Optional[_Iterable[str]] = ..., not_personal: _Optional[str] = ..., secret: _Optional[bool] = ..., correctable: _Optional[bool] = ...) -> None: ...
