import datetime

from buf.validate import validate_pb2 as _validate_pb2
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

class SubjectKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_KIND_UNSPECIFIED: _ClassVar[SubjectKind]
    SUBJECT_KIND_VISITOR: _ClassVar[SubjectKind]
    SUBJECT_KIND_REQUESTER: _ClassVar[SubjectKind]
    SUBJECT_KIND_RESPONDENT: _ClassVar[SubjectKind]
    SUBJECT_KIND_MEMBER: _ClassVar[SubjectKind]
    SUBJECT_KIND_STAFF: _ClassVar[SubjectKind]
SUBJECT_KIND_UNSPECIFIED: SubjectKind
SUBJECT_KIND_VISITOR: SubjectKind
SUBJECT_KIND_REQUESTER: SubjectKind
SUBJECT_KIND_RESPONDENT: SubjectKind
SUBJECT_KIND_MEMBER: SubjectKind
SUBJECT_KIND_STAFF: SubjectKind

class Subject(_message.Message):
    __slots__ = ("kind", "id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    kind: SubjectKind
    id: str
    def __init__(self, kind: _Optional[_Union[SubjectKind, str]] = ..., id: _Optional[str] = ...) -> None: ...

class ExportSubjectRequest(_message.Message):
    __slots__ = ("subject", "page_size", "page_token")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    subject: Subject
    page_size: int
    page_token: str
    def __init__(self, subject: _Optional[_Union[Subject, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ExportSubjectResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[HeldRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[HeldRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class HeldRecord(_message.Message):
    __slots__ = ("record", "record_id", "values")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    record: str
    record_id: str
    values: _containers.RepeatedCompositeFieldContainer[HeldValue]
    def __init__(self, record: _Optional[str] = ..., record_id: _Optional[str] = ..., values: _Optional[_Iterable[_Union[HeldValue, _Mapping]]] = ...) -> None: ...

class HeldValue(_message.Message):
    __slots__ = ("field", "category", "purposes", "retention", "value")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    field: str
    category: str
    purposes: _containers.RepeatedScalarFieldContainer[_access_pb2.Purpose]
    retention: _privacy_pb2.Retention
    value: str
    def __init__(self, field: _Optional[str] = ..., category: _Optional[str] = ..., purposes: _Optional[_Iterable[_Union[_access_pb2.Purpose, str]]] = ..., retention: _Optional[_Union[_privacy_pb2.Retention, str]] = ..., value: _Optional[str] = ...) -> None: ...

class CorrectSubjectRequest(_message.Message):
    __slots__ = ("subject", "field", "value")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    subject: Subject
    field: str
    value: str
    def __init__(self, subject: _Optional[_Union[Subject, _Mapping]] = ..., field: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class CorrectSubjectResponse(_message.Message):
    __slots__ = ("records",)
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    records: int
    def __init__(self, records: _Optional[int] = ...) -> None: ...

class EraseSubjectRequest(_message.Message):
    __slots__ = ("subject",)
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    subject: Subject
    def __init__(self, subject: _Optional[_Union[Subject, _Mapping]] = ...) -> None: ...

class EraseSubjectResponse(_message.Message):
    __slots__ = ("stores",)
    STORES_FIELD_NUMBER: _ClassVar[int]
    stores: _containers.RepeatedCompositeFieldContainer[ErasedStore]
    def __init__(self, stores: _Optional[_Iterable[_Union[ErasedStore, _Mapping]]] = ...) -> None: ...

class ErasedStore(_message.Message):
    __slots__ = ("store", "deleted", "emptied", "bytes_gone_time")
    STORE_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    EMPTIED_FIELD_NUMBER: _ClassVar[int]
    BYTES_GONE_TIME_FIELD_NUMBER: _ClassVar[int]
    store: str
    deleted: int
    emptied: int
    bytes_gone_time: _timestamp_pb2.Timestamp
    def __init__(self, store: _Optional[str] = ..., deleted: _Optional[int] = ..., emptied: _Optional[int] = ..., bytes_gone_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PurgeExpiredRequest(_message.Message):
    __slots__ = ("dry_run",)
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    dry_run: bool
    def __init__(self, dry_run: _Optional[bool] = ...) -> None: ...

class PurgeExpiredResponse(_message.Message):
    __slots__ = ("stores",)
    STORES_FIELD_NUMBER: _ClassVar[int]
    stores: _containers.RepeatedCompositeFieldContainer[ErasedStore]
    def __init__(self, stores: _Optional[_Iterable[_Union[ErasedStore, _Mapping]]] = ...) -> None: ...
