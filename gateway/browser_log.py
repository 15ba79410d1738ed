"""Tells the privacy service with which browser, and from which address, a chat was started; nothing else is noted.

It comes after the chat was started, and says neither whose it is nor which. A note that gets lost is lost: no chat
waits for it.
"""

from __future__ import annotations

import asyncio
import re

import grpc
import jwt
from google.protobuf.message import Message
from parley.chat.v1 import conversation_pb2, offline_pb2
from parley.privacy.v1 import browser_log_pb2, browser_log_pb2_grpc
from starlette.types import Scope

from gateway.requests import Proxies, text_header
from gateway.sessions import ChannelSource, Sessions
from kernel.telemetry import logs

_CALL_SECONDS = 5.0
_AT_ONCE = 200
_LONGEST = 512
#: The first that is found says what it is: most browsers also call themselves by the names further down.
_FAMILIES = (
    (re.compile(r"\bEdgA?(?:iOS)?/(\d{1,4})"), browser_log_pb2.BROWSER_FAMILY_EDGE),
    (re.compile(r"\bOPR/(\d{1,4})"), browser_log_pb2.BROWSER_FAMILY_OPERA),
    (re.compile(r"\bSamsungBrowser/(\d{1,4})"), browser_log_pb2.BROWSER_FAMILY_SAMSUNG),
    (re.compile(r"\b(?:Firefox|FxiOS)/(\d{1,4})"), browser_log_pb2.BROWSER_FAMILY_FIREFOX),
    (re.compile(r"\b(?:Chrome|CriOS)/(\d{1,4})"), browser_log_pb2.BROWSER_FAMILY_CHROME),
    (re.compile(r"\bVersion/(\d{1,4})[^ ]* (?:Mobile/\w+ )?Safari/"), browser_log_pb2.BROWSER_FAMILY_SAFARI),
)

_log = logs.get("gateway")


def browser_of(agent: str) -> tuple[browser_log_pb2.BrowserFamily.ValueType, int]:
    """Returns the family and the major version that a browser says it is; whatever else it says is dropped."""
    for pattern, family in _FAMILIES:
        if found := pattern.search(agent[:_LONGEST]):
            return family, int(found[1])
    return browser_log_pb2.BROWSER_FAMILY_OTHER, 0


class BrowserLog:
    """The way to the browser log."""

    def __init__(self, channels: ChannelSource, sessions: Sessions, proxies: Proxies) -> None:
        """Takes the way to the privacy service, by what the gateway is known there, and who tells of addresses."""
        self._stub = browser_log_pb2_grpc.BrowserLogServiceStub(channels.of("privacy"))
        self._sessions = sessions
        self._proxies = proxies
        self._noting: set[asyncio.Task[None]] = set()

    def note(self, scope: Scope, token: str, answer: Message) -> None:
        """Notes, in the background, the browser of a chat that was just started with a token."""
        if isinstance(answer, offline_pb2.LeaveMessageResponse):
            answer = answer.started
        if not isinstance(answer, conversation_pb2.StartConversationResponse) or len(self._noting) >= _AT_ONCE:
            return
        # Chat has just verified the token, so that what it says of the tenant is true.
        tenant_id = str(jwt.decode(token, options={"verify_signature": False}).get("tid", ""))
        family, major = browser_of(text_header(scope, b"user-agent"))
        request = browser_log_pb2.RecordBrowserRequest(
            site_id=answer.conversation.site_id,
            network_address=self._proxies.address(scope),
            family=family,
            major_version=major,
        )
        task = asyncio.create_task(self._record(tenant_id, request))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _record(self, tenant_id: str, request: browser_log_pb2.RecordBrowserRequest) -> None:
        try:
            await self._stub.RecordBrowser(request, metadata=self._sessions.metadata(tenant_id), timeout=_CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            _log.warning("browser_not_noted", code=error.code().name)
