"""Judges files before anybody may read them: by what they are against what they claim to be, and by ClamAV.

A scanner never keeps a byte and never logs one. One that cannot be asked raises Unavailable: the file then stays in
quarantine.
"""

from __future__ import annotations

import asyncio
import codecs
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

import puremagic

from kernel import egress
from kernel.errors import Unavailable
from kernel.privacy.recipients import FILE_SCANNER
from kernel.telemetry import logs

_log = logs.get("files")
_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024
_SECONDS = 60.0

# What a browser would run if it were opened as what it is; nobody sends these to a customer service in good faith.
_NEVER = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-sharedlib",
        "application/x-mach-binary",
        "application/x-msdownload",
        "application/java-archive",
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
    }
)
# Texts have no mark of their own: they are what decodes as UTF-8 and looks like nothing else.
_TEXTS = frozenset({"text/plain", "text/csv", "text/markdown", "application/json"})
# Two names for the same thing.
_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "application/x-pdf": "application/pdf"}

ZIP, JAR = "application/zip", "application/java-archive"
#: What people may send each other, the more telling name of the same bytes first.
WELCOME = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "application/pdf",
    "video/mp4",
    "video/webm",
    "audio/mpeg",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    ZIP,
)
#: Documents are archives, too: by the first of these folders it is told what an office's document is.
_FOLDERS = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_ENTRY, _ENTRY_BYTES, _OPEN_DOCUMENT = b"PK\x03\x04", 30, "application/vnd.oasis.opendocument."

Read = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says: clean, or refused with a reason in UPPER_SNAKE."""

    clean: bool
    reason: str = ""


CLEAN = Verdict(True)


class Scanner(Protocol):
    """Whatever can judge a file."""

    async def scan(self, media_type: str, read: Read) -> Verdict:
        """Judges a file that claims to be of a type; `read` opens it from its start, as often as needed."""
        ...


class TypeScanner:
    """Passes a file whose first bytes are those of the type that it claims, if that type is welcome."""

    def __init__(self, welcome: frozenset[str] | None = None) -> None:
        """Takes the types that are let in; None lets in all but programs and pages."""
        self._welcome = welcome

    async def scan(self, media_type: str, read: Read) -> Verdict:
        """Judges by the first 64 KiB."""
        claimed = _ALIASES.get(media_type, media_type)
        if claimed in _NEVER or (self._welcome is not None and claimed not in self._welcome):
            return Verdict(False, "FILE_TYPE_NOT_ALLOWED")
        head, whole = await _head(read)
        if not head:
            return Verdict(False, "FILE_EMPTY")
        found = _types_of(head)
        if claimed in _TEXTS:
            # Content that is more than text may be called text only as long as it would not be run as something else.
            return CLEAN if _is_text(head, whole) and not found & _NEVER else Verdict(False, "FILE_TYPE_MISMATCH")
        if found & _NEVER or claimed not in found:
            return Verdict(False, "FILE_TYPE_MISMATCH")
        return CLEAN


async def media_type_of(claimed: str, read: Read) -> str:
    """Returns the type that a file's first bytes are of; nothing for what is not welcome.

    What its sender says it is only decides between types that have the same bytes, such as texts of several kinds.
    """
    claimed = _ALIASES.get(claimed.partition(";")[0].strip().lower(), claimed.partition(";")[0].strip().lower())
    head, whole = await _head(read)
    found = _types_of(head)
    if claimed in WELCOME and claimed in found:
        return claimed
    for each in WELCOME:
        if each in found:
            return each
    if head and _is_text(head, whole) and not found & _NEVER:
        return claimed if claimed in _TEXTS else "text/plain"
    return ""


async def _head(read: Read) -> tuple[bytes, bool]:
    head = b""
    async for chunk in read():
        head += chunk
        if len(head) >= _HEAD_BYTES:
            return head[:_HEAD_BYTES], False
    return head, True


def _types_of(head: bytes) -> set[str]:
    if head.startswith(_ENTRY):
        return _types_of_archive(head)
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    return {_ALIASES.get(each.mime_type, each.mime_type) for each in found}


def _types_of_archive(head: bytes) -> set[str]:
    """Returns what an archive is by the names of what is in it: the bytes of all archives begin alike."""
    names = _names_in(head)
    if any(name == "META-INF/MANIFEST.MF" or name.endswith((".class", ".dex")) for name in names):
        return {JAR}
    found = {ZIP}
    if names[:1] == ["mimetype"]:
        # It stands there as it is, before anything else, so that it can be told without unpacking.
        begin = _ENTRY_BYTES + len("mimetype") + int.from_bytes(head[28:30], "little")
        said = head[begin : begin + int.from_bytes(head[18:22], "little")].decode("ascii", "replace")
        found |= {said} if said.startswith(_OPEN_DOCUMENT) else set()
    elif "[Content_Types].xml" in names:
        found |= {kind for folder, kind in _FOLDERS.items() if any(name.startswith(folder) for name in names)}
    return found


def _names_in(head: bytes) -> list[str]:
    names: list[str] = []
    at = head.find(_ENTRY)
    while at >= 0:
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        names.append(head[at + _ENTRY_BYTES : at + _ENTRY_BYTES + length].decode("utf-8", "replace"))
        at = head.find(_ENTRY, at + _ENTRY_BYTES)
    return names


def _is_text(head: bytes, whole: bool) -> bool:
    if b"\x00" in head:
        return False
    try:
        # The last character of a part may be cut in two.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return True


class ClamAv:
    """Asks a ClamAV daemon, by INSTREAM: it sees the bytes and never a path or a name."""

    def __init__(self, host: str, port: int, *, seconds: float = _SECONDS) -> None:
        """Takes where it listens, and how long a scan may take."""
        self._host = host
        self._port = port
        self._seconds = seconds

    async def scan(self, media_type: str, read: Read) -> Verdict:
        """Judges the whole file."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(read)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            _log.error("scanner cannot be asked", exc_info=error)
            raise _unavailable() from None
        if answer.endswith(b"OK"):
            return CLEAN
        if answer.endswith(b"FOUND"):
            return Verdict(False, "FILE_HARMFUL")
        if b"size limit exceeded" in answer:
            return Verdict(False, "FILE_TOO_LARGE_TO_SCAN")
        _log.error("scanner gave an unknown answer", size=len(answer))
        raise _unavailable()

    async def _ask(self, read: Read) -> bytes:
        egress.check(FILE_SCANNER, self._host, self._port)
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\x00")
            try:
                async for chunk in read():
                    for start in range(0, len(chunk), _CHUNK_BYTES):
                        part = chunk[start : start + _CHUNK_BYTES]
                        writer.write(struct.pack("!I", len(part)) + part)
                        await writer.drain()
                writer.write(struct.pack("!I", 0))
                await writer.drain()
            except ConnectionError:
                pass  # It had seen enough and answered before the end; the answer may still be there.
            return (await reader.readuntil(b"\x00")).rstrip(b"\x00").strip()
        finally:
            writer.close()


def _unavailable() -> Unavailable:
    return Unavailable("SCANNER_UNAVAILABLE", "The file cannot be checked now. It is kept and will be checked later.")


class Chain:
    """Asks one scanner after the other; the first refusal counts."""

    def __init__(self, *scanners: Scanner) -> None:
        """Takes the scanners, the cheapest first."""
        self._scanners = scanners

    async def scan(self, media_type: str, read: Read) -> Verdict:
        """Judges by all of them."""
        for scanner in self._scanners:
            verdict = await scanner.scan(media_type, read)
            if not verdict.clean:
                return verdict
        return CLEAN


def scanner_for(address: str) -> Scanner:
    """Returns the scanner of a deployment: by type, and by the ClamAV daemon at `host:port` where one is named."""
    if not address:
        return TypeScanner()
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError("PARLEY_SCANNER_ADDRESS is not of the form host:port")
    return Chain(TypeScanner(), ClamAv(host.strip("[]"), int(port)))
