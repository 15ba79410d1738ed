"""Reads a form that a page without a script sends, its files a piece at a time: no file is ever whole in memory.

What stands in the fields comes first, because a browser sends a form in the order in which it stands.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import grpc.aio
from google.protobuf.message import Message
from starlette.types import Receive, Scope

from gateway import problems
from gateway.files.uploads import PIECE_BYTES, pieces_of
from gateway.problems import Problem
from gateway.requests import read_body, text_header
from kernel.files.store import LONGEST_UPLOAD
from kernel.rpc.channels import opened

MEGABYTE = 1_000_000
MOST_FILES, _MOST_FIELDS = 10, 200
LARGEST_FIELDS, _LARGEST_HEAD = 512 * 1024, 8 * 1024
_MULTIPART = re.compile(r"""multipart/form-data\s*;\s*boundary="?([0-9A-Za-z'()+_,./:=?-]{1,70})"?""", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
_NAME = re.compile(r'[;\s]name="([^"]*)"')
_FILENAME = re.compile(r'[;\s]filename="([^"]*)"')
_TYPE = re.compile(r"\r\ncontent-type:\s*([^\r\n]{1,127})", re.IGNORECASE)


@dataclass(slots=True)
class Form:
    """What somebody sent: the first value of each field, the files that came in, and why others did not."""

    fields: dict[str, str] = field(default_factory=dict)
    #: Their names, by their ids, those that came in with an earlier try among them.
    files: dict[str, str] = field(default_factory=dict)
    refused: list[Problem] = field(default_factory=list)

    @property
    def next_request_id(self) -> str:
        """What makes the next file's upload safe to do twice, as when a form is sent by two clicks; empty for none."""
        made = f"{self.fields.get('request_id', '')}-{len(self.files) + len(self.refused)}"
        return made if _REQUEST_ID.fullmatch(made) else ""


#: Takes in one file of a form by its name and what it says that it is, and returns its id.
Take = Callable[[Form, str, str, AsyncIterator[bytes]], Awaitable[str]]


async def read_form(scope: Scope, receive: Receive, take: Take) -> Form:
    """Reads a form of either kind; raises a Problem for what is none, or is too large or too slow.

    A file that came in before is named by a field `file:<id>`, so that nobody has to choose it again.
    """
    found = _MULTIPART.fullmatch(text_header(scope, b"content-type").strip())
    form = Form()
    if found is None:
        form.fields = _plain(await read_body(scope, receive, largest=LARGEST_FIELDS))
    else:
        try:
            async with asyncio.timeout(LONGEST_UPLOAD.total_seconds()):
                await _multipart(_Reader(receive, found[1].encode()), form, take)
        except TimeoutError:
            raise problems.too_slow() from None
    for name in [each for each in form.fields if each.startswith("file:")]:
        filename = form.fields.pop(name)
        if len(form.files) < MOST_FILES:
            form.files.setdefault(name.removeprefix("file:"), filename[:255])
    return form


def _plain(body: bytes) -> dict[str, str]:
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise _malformed() from None
    return {name: values[0] for name, values in found.items()}


async def _multipart(reader: _Reader, form: Form, take: Take) -> None:
    left, tried = LARGEST_FIELDS, 0
    async for head in reader.parts():
        name = _NAME.search(head)
        if name is None:
            raise _malformed()
        filename = _FILENAME.search(head)
        if filename is None:
            value = await reader.whole(left)
            left -= len(value)
            if len(form.fields) >= _MOST_FIELDS:
                raise _malformed()
            try:
                form.fields.setdefault(name[1], value.decode())
            except UnicodeDecodeError:
                raise _malformed() from None
            continue
        if not filename[1]:
            # A field for files in which none was chosen.
            await reader.drop()
            continue
        tried += 1
        if tried > MOST_FILES:
            raise problems.invalid(("files", f"at most {MOST_FILES}"))
        given = filename[1].replace("%22", '"').replace("%0D", "").replace("%0A", "")[-255:]
        said = _TYPE.search(head)
        try:
            form.files[await take(form, given, said[1].strip() if said else "", reader.data())] = given
        except Problem as problem:
            if problem.status >= 500:
                raise
            form.refused.append(problem)
        await reader.drop()


class _Reader:
    """Reads a body part by part; each part's data is read, or dropped, before the next one."""

    def __init__(self, receive: Receive, boundary: bytes) -> None:
        self._coming = pieces_of(receive)
        self._end = b"\r\n--" + boundary
        # The first boundary has no line before it.
        self._held = bytearray(b"\r\n")
        self._is_over = False
        self._in_part = False

    async def parts(self) -> AsyncGenerator[str, None]:
        """Yields the head of each part, with a line break before each of its lines."""
        self._in_part = True
        await self.drop()
        async with aclosing(self._coming):
            while True:
                await self._fill(2)
                if self._held.startswith(b"--"):
                    # What stands behind the end is read, so that the sender hears the answer.
                    async for _ in self._coming:
                        pass
                    return
                while (at := self._held.find(b"\r\n\r\n")) < 0:
                    if len(self._held) > _LARGEST_HEAD:
                        raise _malformed()
                    await self._fill(len(self._held) + 1)
                head = bytes(self._held[:at])
                # The break stays: a part without data ends with the same bytes as every other.
                del self._held[: at + 4]
                self._in_part = True
                try:
                    yield head.decode()
                except UnicodeDecodeError:
                    raise _malformed() from None

    async def data(self) -> AsyncIterator[bytes]:
        """Yields the data of the part."""
        while self._in_part:
            at = self._held.find(self._end)
            if at >= 0:
                found = bytes(self._held[:at])
                del self._held[: at + len(self._end)]
                self._in_part = False
            else:
                # The end may be cut in two.
                sure = len(self._held) - len(self._end) + 1
                if sure < PIECE_BYTES:
                    await self._fill(len(self._held) + 1)
                    continue
                found = bytes(self._held[:sure])
                del self._held[:sure]
            if found:
                yield found

    async def whole(self, most: int) -> bytes:
        """Returns the data of the part; raises a Problem where it is too large."""
        value = bytearray()
        async for each in self.data():
            value += each
            if len(value) > most:
                raise problems.too_large(most)
        return bytes(value)

    async def drop(self) -> None:
        """Reads to the end of the part and keeps nothing."""
        async for _ in self.data():
            pass

    async def _fill(self, size: int) -> None:
        while len(self._held) < size:
            more = await anext(self._coming, None)
            if more is None:
                # It broke off before its end.
                raise _malformed()
            self._held += more


def _malformed() -> Problem:
    return problems.malformed("The form could not be read.")


async def send(method: Callable[..., Any], first: Any, pieces: AsyncIterator[bytes], sent: Any) -> Message:
    """Sends a file to a service and returns its answer; raises a Problem where it is refused."""
    kind = type(first)
    call, is_in = await opened(partial(method, metadata=sent, timeout=LONGEST_UPLOAD.total_seconds()))
    try:
        try:
            if is_in:
                await call.write(first)
                async for data in pieces:
                    await call.write(kind(data=data))
                await call.done_writing()
        except (asyncio.InvalidStateError, grpc.aio.UsageError, grpc.aio.AioRpcError):
            # The service refused before the end; why stands in its status.
            pass
        answer: Message = await call
        return answer
    except grpc.aio.AioRpcError as error:
        raise problems.from_error(error) from None
    finally:
        call.cancel()
