import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from parley.options.v1 import access_pb2 as _access_pb2
from parley.options.v1 import privacy_pb2 as _privacy_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Site(_message.Message):
    __slots__ = ("id", "display_name", "key", "allowed_origins", "language", "greeting", "colour", "seen_time", "seen_origin", "etag", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ORIGINS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    GREETING_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    SEEN_TIME_FIELD_NUMBER: _ClassVar[int]
    SEEN_ORIGIN_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    key: str
    allowed_origins: _containers.RepeatedScalarFieldContainer[str]
    language: str
    greeting: str
    colour: str
    seen_time: _timestamp_pb2.Timestamp
    seen_origin: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., key: _Optional[str] = ..., allowed_origins: _Optional[_Iterable[str]] = ..., language: _Optional[str] = ..., greeting: _Optional[str] = ..., colour: _Optional[str] = ..., seen_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seen_origin: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateSiteRequest(_message.Message):
    __slots__ = ("display_name", "allowed_origins", "language", "greeting", "colour", "request_id")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ORIGINS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    GREETING_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    allowed_origins: _containers.RepeatedScalarFieldContainer[str]
    language: str
    greeting: str
    colour: str
    request_id: str
    def __init__(self, display_name: _Optional[str] = ..., allowed_origins: _Optional[_Iterable[str]] = ..., language: _Optional[str] = ..., greeting: _Optional[str] = ..., colour: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSiteResponse(_message.Message):
    __slots__ = ("site",)
    SITE_FIELD_NUMBER: _ClassVar[int]
    site: Site
    def __init__(self, site: _Optional[_Union[Site, _Mapping]] = ...) -> None: ...

class GetSiteRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class GetSiteResponse(_message.Message):
    __slots__ = ("site",)
    SITE_FIELD_NUMBER: _ClassVar[int]
    site: Site
    def __init__(self, site: _Optional[_Union[Site, _Mapping]] = ...) -> None: ...

class ListSitesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSitesResponse(_message.Message):
    __slots__ = ("sites", "next_page_token")
    SITES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sites: _containers.RepeatedCompositeFieldContainer[Site]
    next_page_token: str
    def __init__(self, sites: _Optional[_Iterable[_Union[Site, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateSiteRequest(_message.Message):
    __slots__ = ("site", "update_mask")
    SITE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    site: Site
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, site: _Optional[_Union[Site, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateSiteResponse(_message.Message):
    __slots__ = ("site",)
    SITE_FIELD_NUMBER: _ClassVar[int]
    site: Site
    def __init__(self, site: _Optional[_Union[Site, _Mapping]] = ...) -> None: ...

class GetWidgetSiteRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetWidgetSiteResponse(_message.Message):
    __slots__ = ("site_id", "display_name", "language", "greeting", "colour")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    GREETING_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    display_name: str
    language: str
    greeting: str
    colour: str
    def __init__(self, site_id: _Optional[str] = ..., display_name: _Optional[str] = ..., language: _Optional[str] = ..., greeting: _Optional[str] = ..., colour: _Optional[str] = ...) -> None: ...

class ResolveSiteKeyRequest(_message.Message):
    __slots__ = ("site_key",)
    SITE_KEY_FIELD_NUMBER: _ClassVar[int]
    site_key: str
    def __init__(self, site_key: _Optional[str] = ...) -> None: ...

class ResolveSiteKeyResponse(_message.Message):
    __slots__ = ("site_id", "tenant_id", "allowed_origins", "colour", "language")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ORIGINS_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    tenant_id: str
    allowed_origins: _containers.RepeatedScalarFieldContainer[str]
    colour: str
    language: str
    def __init__(self, site_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., allowed_origins: _Optional[_Iterable[str]] = ..., colour: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class MarkSiteSeenRequest(_message.Message):
    __slots__ = ("site_key", "origin")
    SITE_KEY_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    site_key: str
    origin: str
    def __init__(self, site_key: _Optional[str] = ..., origin: _Optional[str] = ...) -> None: ...

class MarkSiteSeenResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
