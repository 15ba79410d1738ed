"""Files: bounded on the way in, judged before anybody reads them, gone when they are deleted."""

from __future__ import annotations

import asyncio
import hashlib
import io
import stat
import struct
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from obstore.store import MemoryStore, ObjectStore

from kernel import ids
from kernel.errors import InvalidArgument, NotFound, Unavailable
from kernel.filenames import file_name
from kernel.files import Chain, ClamAv, Files, State, TypeScanner, open_files, scanner_for
from kernel.files.scanning import CLEAN, Verdict, media_type_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
FOLDER = ids.new_id("cnv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The settings that decide where files lie."""

    data_dir: Path
    files_url: str = ""
    scanner_address: str = ""


@pytest.fixture(params=["folder", "object store"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """Files in a folder, and in a store that is none."""
    store: ObjectStore = MemoryStore()
    return open_files(Choice(data_dir=tmp_path / "a b")) if request.param == "folder" else Files(store, TypeScanner())


async def stream(*chunks: bytes, breaks: bool = False) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if breaks:
        raise ConnectionResetError


async def clean(files: Files, tenant: str, content: bytes, folder: str = FOLDER) -> str:
    stored = await files.put(tenant, folder, stream(content), most_bytes=1 << 20)
    assert await files.judge(tenant, stored.key, "image/png") == (State.CLEAN, "")
    return stored.key


async def read(files: Files, tenant: str, key: str, start: int = 0, end: int | None = None) -> bytes:
    content = await files.get(tenant, key, start=start, end=end)
    return b"".join([chunk async for chunk in content.chunks])


async def test_a_file_can_be_read_only_after_it_was_passed(files: Files, tenant: str) -> None:
    stored = await files.put(tenant, FOLDER, stream(PNG[:100], PNG[100:]), most_bytes=len(PNG))
    assert (stored.size, stored.sha256) == (len(PNG), hashlib.sha256(PNG).hexdigest())
    with pytest.raises(NotFound):
        await files.get(tenant, stored.key)
    for _ in range(2):
        assert await files.judge(tenant, stored.key, "image/png") == (State.CLEAN, "")
    assert await read(files, tenant, stored.key) == PNG


async def test_a_refused_file_is_gone(files: Files, tenant: str) -> None:
    stored = await files.put(tenant, FOLDER, stream(PNG), most_bytes=1 << 20)
    assert await files.judge(tenant, stored.key, "application/pdf") == (State.REFUSED, "FILE_TYPE_MISMATCH")
    for attempt in (files.get(tenant, stored.key), files.judge(tenant, stored.key, "image/png")):
        with pytest.raises(NotFound):
            await attempt
    assert await files.delete_all(tenant) == 0


@pytest.mark.parametrize(
    ("chunks", "reason"), [((b"x" * 60, b"x" * 41), "FILE_TOO_LARGE"), ((), "FILE_EMPTY"), ((b"", b""), "FILE_EMPTY")]
)
async def test_a_file_that_is_too_large_or_empty_leaves_nothing(
    files: Files, tenant: str, chunks: tuple[bytes, ...], reason: str
) -> None:
    with pytest.raises(InvalidArgument) as raised:
        await files.put(tenant, FOLDER, stream(*chunks), most_bytes=100)
    assert raised.value.reason == reason
    assert await files.delete_all(tenant) == 0


async def test_a_sender_that_breaks_off_leaves_nothing(files: Files, tenant: str) -> None:
    with pytest.raises(ConnectionResetError):
        await files.put(tenant, FOLDER, stream(b"x" * 7_000_000, breaks=True), most_bytes=1 << 30)
    assert await files.delete_all(tenant) == 0


async def test_parts_of_a_file(files: Files, tenant: str) -> None:
    key = await clean(files, tenant, PNG)
    assert await read(files, tenant, key, 8, 12) == PNG[8:12]
    assert await read(files, tenant, key, 100) == PNG[100:]
    content = await files.get(tenant, key, start=1, end=1 << 40)
    assert (content.start, content.end, content.size) == (1, len(PNG), len(PNG))
    for start, end in ((len(PNG), None), (-1, None), (5, 5), (7, 3)):
        with pytest.raises(InvalidArgument) as raised:
            await files.get(tenant, key, start=start, end=end)
        assert raised.value.reason == "RANGE_NOT_SATISFIABLE"


async def test_another_tenants_file_and_a_made_up_key_look_like_a_missing_one(files: Files, tenant: str) -> None:
    key = await clean(files, tenant, PNG)
    for wrong in ("", "../" + key, key + "/..", f"{FOLDER}/{ids.random_id('fil')}", "clean/" + key, "/etc/passwd"):
        with pytest.raises(NotFound):
            await files.get(tenant, wrong)
    with pytest.raises(NotFound):
        await files.get(ids.new_id("ten"), key)
    with pytest.raises(InvalidArgument):
        await files.get("../" + tenant, key)
    with pytest.raises(ValueError, match="named by an id"):
        await files.put(tenant, "..", stream(PNG), most_bytes=1)


async def test_deleting_takes_exactly_what_was_meant(files: Files, tenant: str) -> None:
    other_folder, other_tenant = ids.new_id("cnv"), ids.new_id("ten")
    first = await clean(files, tenant, PNG)
    for folder in (FOLDER, other_folder):
        await clean(files, tenant, PNG, folder)
    await files.put(tenant, FOLDER, stream(PNG), most_bytes=1 << 20)
    theirs = await clean(files, other_tenant, PNG)
    await files.delete(tenant, first)
    await files.delete(tenant, first)
    assert await files.delete_all(tenant, FOLDER) == 2
    assert await files.delete_all(tenant) == 1
    assert await read(files, other_tenant, theirs) == PNG


async def test_the_folder_is_private(tmp_path: Path, tenant: str) -> None:
    await clean(open_files(Choice(data_dir=tmp_path / "data")), tenant, PNG)
    assert stat.S_IMODE((tmp_path / "data/files").stat().st_mode) == 0o700
    assert isinstance(open_files(Choice(data_dir=tmp_path, files_url="memory:///")), Files)


@pytest.mark.parametrize(
    ("content", "claimed", "reason"),
    [
        (PNG, "image/png", ""),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"0" * 90, "image/jpg", ""),
        (b"%PDF-1.7\n" + b"0" * 90, "application/pdf", ""),
        ("Grüße, 你好".encode(), "text/plain", ""),
        (("ü" * 40_000).encode()[:-1] + b"\xbc", "text/plain", ""),
        (b"a,b\n1,2\n", "text/csv", ""),
        (b"", "text/plain", "FILE_EMPTY"),
        (b"abc\x00def", "text/plain", "FILE_TYPE_MISMATCH"),
        (b"\xff\xfeabc", "text/plain", "FILE_TYPE_MISMATCH"),
        (b"half a character \xc3", "text/plain", "FILE_TYPE_MISMATCH"),
        (b"<html><script>alert(1)</script>", "text/plain", "FILE_TYPE_MISMATCH"),
        (b"MZ\x90\x00" + b"\x00" * 100, "image/png", "FILE_TYPE_MISMATCH"),
        (b"plain words", "image/png", "FILE_TYPE_MISMATCH"),
        (b"<svg/>", "image/svg+xml", "FILE_TYPE_NOT_ALLOWED"),
        (b"<html/>", "text/html", "FILE_TYPE_NOT_ALLOWED"),
    ],
)
async def test_a_file_is_what_it_claims_to_be(content: bytes, claimed: str, reason: str) -> None:
    assert await TypeScanner().scan(claimed, lambda: stream(content)) == Verdict(not reason, reason)


def an_archive(*names: str, mimetype: str = "") -> bytes:
    """Returns an archive with entries of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, f"What is in {name}.", zipfile.ZIP_DEFLATED)
    return out.getvalue()


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_TYPES = "[Content_Types].xml"


@pytest.mark.parametrize(
    ("content", "claimed", "found"),
    [
        (an_archive("notes.txt", "photos/leaf.jpg"), "application/zip", "application/zip"),
        (an_archive("a" * 200, "b.txt"), "", "application/zip"),
        (an_archive(_TYPES, "word/document.xml"), "", _OFFICE + "wordprocessingml.document"),
        (an_archive(_TYPES, "_rels/.rels", "xl/workbook.xml"), "", _OFFICE + "spreadsheetml.sheet"),
        (an_archive(_TYPES, "ppt/presentation.xml"), "", _OFFICE + "presentationml.presentation"),
        (an_archive("content.xml", mimetype=_OPEN + "text"), "", _OPEN + "text"),
        (an_archive("content.xml", mimetype=_OPEN + "spreadsheet"), "text/plain", _OPEN + "spreadsheet"),
        # A letter's name on an archive of something else.
        (an_archive("notes.txt"), _OFFICE + "wordprocessingml.document", "application/zip"),
        (an_archive("word/document.xml"), _OFFICE + "wordprocessingml.document", "application/zip"),
        (an_archive("x", mimetype="application/vnd.android"), _OPEN + "text", "application/zip"),
        # What a machine would run, whatever it is called.
        (an_archive("META-INF/MANIFEST.MF", "Main.class"), "application/zip", ""),
        (an_archive(_TYPES, "word/document.xml", "classes.dex"), _OFFICE + "wordprocessingml.document", ""),
    ],
)
async def test_an_archive_is_what_is_in_it(content: bytes, claimed: str, found: str) -> None:
    assert await media_type_of(claimed, lambda: stream(content)) == found
    if found:
        assert await TypeScanner().scan(found, lambda: stream(content)) == CLEAN
    else:
        assert not (await TypeScanner().scan("application/zip", lambda: stream(content))).clean


async def test_a_tenant_may_welcome_some_types_only() -> None:
    scanner = TypeScanner(frozenset({"image/png"}))
    assert (await scanner.scan("image/png", lambda: stream(PNG))).clean
    assert (await scanner.scan("text/plain", lambda: stream(b"words"))).reason == "FILE_TYPE_NOT_ALLOWED"


class Daemon:
    """Speaks ClamAV's side of INSTREAM."""

    def __init__(self) -> None:
        self.port = 0
        self.received: list[bytes] = []
        self.limit = 1 << 20

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\x00"
        content = b""
        while (size := struct.unpack("!I", await reader.readexactly(4))[0]) and len(content) <= self.limit:
            content += await reader.readexactly(size)
        self.received.append(content)
        if len(content) > self.limit:
            writer.write(b"INSTREAM size limit exceeded. ERROR\x00")
        elif b"confused" in content:
            writer.write(b"what?\x00")
        elif b"silent" not in content:
            writer.write(b"stream: Eicar-Signature FOUND\x00" if b"EICAR" in content else b"stream: OK\x00")
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def daemon() -> AsyncIterator[Daemon]:
    """A running daemon."""
    made = Daemon()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


async def test_clamav_sees_every_byte_and_its_word_counts(daemon: Daemon) -> None:
    scanner = ClamAv("127.0.0.1", daemon.port)
    large = bytes(200_000)
    assert (await scanner.scan("", lambda: stream(large, b"end"))).clean
    assert daemon.received == [large + b"end"]
    assert await scanner.scan("", lambda: stream(b"an EICAR test")) == Verdict(False, "FILE_HARMFUL")
    daemon.limit = 10
    assert await scanner.scan("", lambda: stream(bytes(100_000))) == Verdict(False, "FILE_TOO_LARGE_TO_SCAN")


@pytest.mark.parametrize("content", [b"confused", b"silent"])
async def test_a_daemon_that_cannot_be_understood_passes_nothing(daemon: Daemon, content: bytes) -> None:
    with pytest.raises(Unavailable, match="SCANNER_UNAVAILABLE"):
        await ClamAv("127.0.0.1", daemon.port).scan("", lambda: stream(content))


async def test_while_the_scanner_is_away_a_file_stays_in_quarantine(daemon: Daemon, tenant: str) -> None:
    scanners = [ClamAv("127.0.0.1", 1), ClamAv("127.0.0.1", daemon.port)]
    store = MemoryStore()
    away, back = (Files(store, Chain(TypeScanner(), scanner)) for scanner in scanners)
    stored = await away.put(tenant, FOLDER, stream(PNG), most_bytes=1 << 20)
    with pytest.raises(Unavailable):
        await away.judge(tenant, stored.key, "image/png")
    with pytest.raises(NotFound):
        await away.get(tenant, stored.key)
    assert await back.judge(tenant, stored.key, "image/png") == (State.CLEAN, "")
    second = await back.put(tenant, FOLDER, stream(PNG + b"EICAR"), most_bytes=1 << 20)
    assert await back.judge(tenant, second.key, "image/png") == (State.REFUSED, "FILE_HARMFUL")


def test_a_scanner_is_chosen_by_its_address() -> None:
    assert isinstance(scanner_for(""), TypeScanner)
    assert isinstance(scanner_for("[::1]:3310"), Chain)
    for wrong in ("clamav", "clamav:port", ":3310"):
        with pytest.raises(ValueError, match="host:port"):
            scanner_for(wrong)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Zoë\\bill.pdf", "bill.pdf"),
        ("bill\u202efdp.exe\x00", "billfdp.exe"),
        ("bill\u200b.pdf\ufeff\u2028", "bill.pdf"),
        ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
        ("x" * 400 + ".pdf", "x" * 251 + ".pdf"),
        (" . ", "file"),
    ],
)
def test_a_name_has_no_folders_and_no_disguise(given: str, name: str) -> None:
    assert file_name(given) == name
