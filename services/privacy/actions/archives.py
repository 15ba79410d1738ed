"""Writes what is held about people into one archive while it is being sent: JSON for machines, a page for people.

The archive is put together page by page and stands nowhere: neither on disk nor, as a whole, in memory.
"""

from __future__ import annotations

import asyncio
import html
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from parley.options.v1 import access_pb2, privacy_pb2
from parley.subject.v1 import subject_pb2

from kernel.files.archives import Sink, name_of
from services.privacy.actions.meanings import meaning_of

#: A piece is sent as soon as so much is ready.
PIECE_BYTES = 128 * 1024
CONTENT_TYPE = "application/zip"

#: Yields the records of one kind of source, page by page, from the start; it is asked once for each file.
Pages = Callable[[], AsyncIterator[tuple[str, Sequence[subject_pb2.HeldRecord]]]]
#: Yields lines about who saw it, page by page.
Lines = Callable[[], AsyncIterator[Sequence[Mapping[str, str]]]]
#: Yields the bytes of a service's file, by the file's id; nothing for one that cannot be read.
Bytes = Callable[[str, str], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into an archive."""

    title: str
    opening: str
    made: datetime
    #: What is said about the archive itself, by name.
    about: Mapping[str, str]
    pages: Pages
    seen: Lines
    files: Bytes


async def pieces(contents: Contents) -> AsyncIterator[bytes]:
    """Yields the archive, a piece at a time."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, written in (("data.json", _json(contents)), ("index.html", _page(contents))):
            entry = zipfile.ZipInfo(name, contents.made.astimezone(UTC).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                async for text in written:
                    # Compressing a page takes longer than the loop may stand still.
                    await asyncio.to_thread(file.write, text)
                    if ready := sink.take(PIECE_BYTES):
                        yield ready
        async for service, records in contents.pages():
            for record in records:
                if record.file_id:
                    async for ready in _file(archive, sink, contents, service, record):
                        yield ready
    if ready := sink.take():
        yield ready


async def _file(
    archive: zipfile.ZipFile, sink: Sink, contents: Contents, service: str, record: subject_pb2.HeldRecord
) -> AsyncIterator[bytes]:
    chunks = contents.files(service, record.file_id)
    first = await anext(chunks, None)
    if first is None:
        return
    entry = zipfile.ZipInfo(name_of(record.file_id, record.filename), contents.made.astimezone(UTC).timetuple()[:6])
    with archive.open(entry, "w", force_zip64=True) as file:
        await asyncio.to_thread(file.write, first)
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
            if ready := sink.take(PIECE_BYTES):
                yield ready


async def _json(contents: Contents) -> AsyncIterator[bytes]:
    about = {"title": contents.title, "made": contents.made.astimezone(UTC).isoformat(), **contents.about}
    yield orjson.dumps(about)[:-1] + b',"records":['
    is_first = True
    async for service, records in contents.pages():
        for_machines = [_as_json(service, record) for record in records]
        if for_machines:
            yield (b"" if is_first else b",") + b",\n".join(orjson.dumps(each) for each in for_machines)
            is_first = False
    yield b'],"seen":['
    is_first = True
    async for lines in contents.seen():
        if lines:
            yield (b"" if is_first else b",") + b",\n".join(orjson.dumps(dict(line)) for line in lines)
            is_first = False
    yield b"]}\n"


def _as_json(service: str, record: subject_pb2.HeldRecord) -> dict[str, Any]:
    return {
        "service": service,
        "record": record.record,
        "id": record.record_id,
        "values": [
            {
                "field": held.field,
                "category": held.category,
                "purposes": [_purpose(each) for each in held.purposes],
                "retention": _retention(held.retention),
                "value": held.value,
            }
            for held in record.values
        ],
    }


_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:52rem;padding:2rem 1rem}
h1{font-size:1.6rem;line-height:1.2}
h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid #8888;padding-bottom:.3rem}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.2rem 1rem;margin:1rem 0;padding:.6rem .8rem;
border:1px solid #8884;border-radius:.5rem;break-inside:avoid}
dt{opacity:.75}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.why{font-size:.85rem;opacity:.75}
@media(max-width:30rem){dl{grid-template-columns:1fr}}
"""


async def _page(contents: Contents) -> AsyncIterator[bytes]:
    shown = html.escape
    yield (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{shown(contents.title)}</title><style>{_STYLE}</style>"
        f"<h1>{shown(contents.title)}</h1><p>{shown(contents.opening)}</p>"
        f"<p>Made on {_day(contents.made)}. The same is in data.json, for machines.</p>"
    ).encode()
    store = ""
    async for _, records in contents.pages():
        parts: list[str] = []
        for record in records:
            if record.record != store:
                store = record.record
                parts.append(f"<h2>{shown(_title(store))}</h2>{_reasons(record)}")
            values = "".join(
                f"<dt>{shown(meaning_of(held.field))}</dt><dd>{shown(held.value)}</dd>" for held in record.values
            )
            parts.append(f"<dl>{values}</dl>")
        yield "".join(parts).encode()
    yield b"<h2>Who saw it, and what was done</h2>"
    async for lines in contents.seen():
        yield "".join(
            "<dl>"
            + "".join(f"<dt>{shown(name)}</dt><dd>{shown(value)}</dd>" for name, value in line.items() if value)
            + "</dl>"
            for line in lines
        ).encode()
    yield b"</html>\n"


def _title(store: str) -> str:
    schema, _, table = store.partition(".")
    return f"{table.replace('_', ' ').capitalize()} ({schema})"


def _reasons(record: subject_pb2.HeldRecord) -> str:
    purposes = sorted({_purpose(each) for held in record.values for each in held.purposes})
    kept = sorted({_retention(held.retention) for held in record.values if held.purposes})
    if not purposes:
        return ""
    return f'<p class="why">Kept for: {html.escape(", ".join(purposes))}. How long: {html.escape(", ".join(kept))}.</p>'


def _purpose(number: int) -> str:
    name: str = access_pb2.Purpose.Name(access_pb2.Purpose.ValueType(number))
    return name.removeprefix("PURPOSE_").lower().replace("_", " ")


def _retention(number: int) -> str:
    name: str = privacy_pb2.Retention.Name(privacy_pb2.Retention.ValueType(number))
    return name.removeprefix("RETENTION_").lower().replace("_", " ")


def _day(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y} at {utc:%H:%M} UTC"
