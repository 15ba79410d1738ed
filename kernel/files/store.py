"""Stores the bytes of files, streamed and bounded, in a place that says what state they are in.

A file's path is `<tenant>/<state>/<folder>/<random>`. Its state is part of its path, so that nothing can read a file
that was not passed: reading looks below `clean` only, and a refused file's bytes are gone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from kernel import egress, ids
from kernel.errors import InvalidArgument, NotFound, Unavailable
from kernel.files import images
from kernel.files.scanning import Scanner, media_type_of, scanner_for
from kernel.privacy.recipients import FILE_STORE

_READ_BYTES = 256 * 1024
_FOLDER = re.compile(r"[a-z]{3}_[0-9a-v]{26}")
_DELETED_AT_ONCE = 500
#: No file is longer on its way in.
LONGEST_UPLOAD = timedelta(minutes=10)
#: How often a file is tried whose scanner is away, which with growing pauses takes a day and a half.
EXAMINE_ATTEMPTS = 45


class State(StrEnum):
    """Where a file stands."""

    QUARANTINED = "quarantined"
    CLEAN = "clean"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as it came in: the key under which it lies, and what was measured on the way."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A file, or a part of it, to be read once: bytes `start` to before `end` of `size`."""

    size: int
    start: int
    end: int
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What became of a file: its state and why, what it really is, and its size as it can be read now."""

    state: State
    reason: str = ""
    media_type: str = ""
    size: int = 0
    width: int = 0
    height: int = 0


def new_key(folder: str) -> str:
    """Returns a key for a file that is to come, below a folder that is named by the id of what it belongs to."""
    return f"{_checked(folder)}/{ids.random_id('fil')}"


class Files:
    """The files of all tenants."""

    def __init__(self, store: ObjectStore, scanner: Scanner) -> None:
        """Takes where they lie and who judges them."""
        self._store = store
        self._scanner = scanner

    async def put(
        self, tenant_id: str, folder: str, chunks: AsyncIterable[bytes], *, most_bytes: int, key: str = ""
    ) -> StoredFile:
        """Takes a file in, into quarantine, below a folder that is named by the id of what it belongs to.

        Nothing is kept of a file that is empty, too large (InvalidArgument) or whose sender breaks off. `key` is one
        that was made before.
        """
        key = key or new_key(folder)
        digest = hashlib.sha256()
        size = 0

        async def measured() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                size += len(chunk)
                if size > most_bytes:
                    raise InvalidArgument(
                        "FILE_TOO_LARGE",
                        f"The file is larger than {most_bytes} bytes. Nothing of it was kept.",
                        fields=[("file", f"must have at most {most_bytes} bytes")],
                    )
                digest.update(chunk)
                yield chunk
            if not size:
                raise InvalidArgument("FILE_EMPTY", "The file is empty.", fields=[("file", "must not be empty")])

        await obstore.put_async(self._store, _path(tenant_id, State.QUARANTINED, key), measured())
        return StoredFile(key=key, size=size, sha256=digest.hexdigest())

    async def judge(self, tenant_id: str, key: str, media_type: str) -> tuple[State, str]:
        """Lets the scanner judge a file in quarantine: it becomes readable, or its bytes go, with the reason.

        Judging again what was judged does no harm: a file that is clean stays so. Raises Unavailable where the scanner
        is away, and NotFound where there is no such file.
        """
        path = _path(tenant_id, State.QUARANTINED, key)
        if await self._size(path) is None:
            if await self._size(_path(tenant_id, State.CLEAN, key)) is not None:
                return State.CLEAN, ""
            raise _missing()
        verdict = await self._scanner.scan(media_type, lambda: self._read(path))
        if verdict.clean:
            await obstore.rename_async(self._store, path, _path(tenant_id, State.CLEAN, key))
            return State.CLEAN, ""
        await obstore.delete_async(self._store, path)
        return State.REFUSED, verdict.reason

    async def examine(self, tenant_id: str, key: str, claimed: str) -> Examined:
        """Finds out what a file in quarantine is, has it judged, and draws it anew where it is a picture.

        Only then can it be read. What is refused, or cannot be drawn, is gone, with the reason. Again, after it was
        examined, it says what became of a clean file. Raises Unavailable where the scanner is away.
        """
        waiting, clean = _path(tenant_id, State.QUARANTINED, key), _path(tenant_id, State.CLEAN, key)
        if await self._size(waiting) is None:
            # An examination that was interrupted at its very end: what is clean was drawn and judged already.
            size = await self._size(clean)
            if size is None:
                raise _missing()
            media_type = await media_type_of(claimed, lambda: self._read(clean))
            return await self._measured(clean, media_type, size)
        media_type = await media_type_of(claimed, lambda: self._read(waiting))
        if not media_type:
            await obstore.delete_async(self._store, waiting)
            return Examined(state=State.REFUSED, reason="FILE_TYPE_NOT_ALLOWED")
        if media_type in images.FORMATS:
            return await self._redrawn(waiting, clean, media_type)
        state, reason = await self.judge(tenant_id, key, media_type)
        size = await self._size(clean) or 0
        return Examined(state=state, reason=reason, media_type=media_type, size=size)

    async def settle(self, tenant_id: str, key: str, claimed: str, attempt: int) -> Examined:
        """Examines a file for a job that tries again while the scanner is away.

        Where it is away at the last of `EXAMINE_ATTEMPTS`, or there is no such file, the file is refused and gone.
        """
        try:
            return await self.examine(tenant_id, key, claimed)
        except NotFound:
            pass
        except Unavailable:
            if attempt < EXAMINE_ATTEMPTS:
                raise
            await self.delete(tenant_id, key)
        return Examined(state=State.REFUSED, reason="FILE_NOT_EXAMINED")

    async def _redrawn(self, waiting: str, clean: str, media_type: str) -> Examined:
        verdict = await self._scanner.scan(media_type, lambda: self._read(waiting))
        reason = verdict.reason
        if verdict.clean:
            try:
                if (await self._size(waiting) or 0) > images.MOST_BYTES:
                    raise images.ImageRefused("IMAGE_TOO_LARGE")
                picture = await images.redraw(media_type, await self._whole(waiting))
            except images.ImageRefused as refused:
                reason = str(refused)
            else:
                await obstore.put_async(self._store, clean, picture.data)
                await obstore.delete_async(self._store, waiting)
                return Examined(
                    state=State.CLEAN,
                    media_type=media_type,
                    size=len(picture.data),
                    width=picture.width,
                    height=picture.height,
                )
        await obstore.delete_async(self._store, waiting)
        return Examined(state=State.REFUSED, reason=reason)

    async def _measured(self, path: str, media_type: str, size: int) -> Examined:
        if media_type not in images.FORMATS:
            return Examined(state=State.CLEAN, media_type=media_type, size=size)
        width, height = await images.size_of(media_type, await self._whole(path))
        return Examined(state=State.CLEAN, media_type=media_type, size=size, width=width, height=height)

    async def _whole(self, path: str) -> bytes:
        return b"".join([chunk async for chunk in self._read(path)])

    async def get(self, tenant_id: str, key: str, *, start: int = 0, end: int | None = None) -> Content:
        """Opens a clean file, from byte `start` to before byte `end`; an end behind the file's is the file's."""
        path = _path(tenant_id, State.CLEAN, key)
        size = await self._size(path)
        if size is None:
            raise _missing()
        last = size if end is None else min(end, size)
        if not 0 <= start < last:
            raise InvalidArgument(
                "RANGE_NOT_SATISFIABLE", "The file has no such part.", fields=[("range", f"must lie in {size} bytes")]
            )
        return Content(size=size, start=start, end=last, chunks=self._read(path, start, last))

    async def delete(self, tenant_id: str, key: str) -> None:
        """Removes a file, whatever its state; one that is not there is no error."""
        for state in (State.QUARANTINED, State.CLEAN):
            path = _path(tenant_id, state, key)
            if await self._size(path) is not None:
                await obstore.delete_async(self._store, path)

    async def delete_all(self, tenant_id: str, folder: str = "") -> int:
        """Removes every file of a folder, or of the tenant, and returns how many there were."""
        removed = 0
        for state in (State.QUARANTINED, State.CLEAN):
            prefix = "/".join((_tenant(tenant_id), state.value, *([_checked(folder)] if folder else [])))
            async for page in obstore.list(self._store, prefix=prefix, chunk_size=_DELETED_AT_ONCE):
                await obstore.delete_async(self._store, [each["path"] for each in page])
                removed += len(page)
        return removed

    async def _size(self, path: str) -> int | None:
        try:
            return (await obstore.head_async(self._store, path))["size"]
        except FileNotFoundError:
            return None

    async def _read(self, path: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        options: obstore.GetOptions = {"range": {"offset": start} if end is None else (start, end)}
        found = await obstore.get_async(self._store, path, options=options)
        async for chunk in found.stream(min_chunk_size=_READ_BYTES):
            yield bytes(chunk)


class FilesChoice(Protocol):
    """What decides where files lie; `kernel.config.Config` is one."""

    @property
    def data_dir(self) -> Path:
        """The folder for everything that the process keeps."""
        ...

    @property
    def files_url(self) -> str:
        """The object store; empty uses the data folder."""
        ...

    @property
    def scanner_address(self) -> str:
        """ClamAV's host:port; empty scans by type only."""
        ...


def open_files(config: FilesChoice) -> Files:
    """Opens the files of a deployment: `s3://bucket/prefix` and the like, or the folder `files` in the data folder."""
    return Files(open_store(config), scanner_for(config.scanner_address))


def open_store(config: FilesChoice) -> ObjectStore:
    """Opens the place itself in which a deployment's files lie, for a backup of it and for nothing else."""
    if config.files_url:
        parts = urlsplit(config.files_url)
        if parts.scheme != "file":
            # The library connects by itself, and names the store by its bucket.
            egress.check(FILE_STORE, parts.hostname or "", parts.port or 443)
        return from_url(config.files_url)
    folder = config.data_dir.absolute() / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def _tenant(tenant_id: str) -> str:
    ids.to_uuid(tenant_id, "ten")
    return tenant_id


def _checked(folder: str) -> str:
    if not _FOLDER.fullmatch(folder):
        raise ValueError("a folder is named by an id")
    return folder


def _path(tenant_id: str, state: State, key: str) -> str:
    """Returns where a file lies; a key that is not one of ours is a file that is not there."""
    folder, _, name = key.partition("/")
    if not _FOLDER.fullmatch(folder) or not _FOLDER.fullmatch(name):
        raise _missing()
    return f"{_tenant(tenant_id)}/{state.value}/{key}"


def _missing() -> NotFound:
    return NotFound("FILE_NOT_FOUND", "There is no such file.")
