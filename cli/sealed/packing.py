"""What is in a sealed file: the files of an archive one after another, compressed, its signed manifest at the end.

A packed archive is unpacked into the folder that `cli.archive` reads, or looked through without a disk.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cli.archive import CHUNK, MANIFEST, SIGNATURE, ArchiveError, ArchiveFile, disk_errors, signed_manifest
from cli.sealed.stream import Sealer

_NAME_LIMIT = 4096
#: A manifest names each file and each table; a larger one is none of ours.
_MANIFEST_LIMIT = 512 * 1024 * 1024


class Packer:
    """Writes an archive into a sealer, as `cli.archive.ArchiveWriter` writes one into a folder."""

    def __init__(self, sealer: Sealer, where: Path) -> None:
        """Takes where the bytes go, and what to call that on an error."""
        self._sealer = sealer
        self._where = where
        self._deflate = zlib.compressobj(level=1)
        self._files: dict[str, dict[str, Any]] = {}

    @contextmanager
    def file(self, name: str) -> Iterator[ArchiveFile]:
        """Begins a file of the archive; it ends with the block."""
        with disk_errors(self._where):
            written = ArchiveFile(self)
            self._begin(name)
            yield written
            self._raw(struct.pack(">I", 0))
        self._files[name] = {"size": written.size, "sha256": written.sha256}

    def write(self, content: bytes) -> int:
        """Adds to the file that was begun."""
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            self._raw(struct.pack(">I", len(part)) + part)
        return len(content)

    @property
    def size(self) -> int:
        """How many bytes the files have, before they are compressed."""
        return sum(each["size"] for each in self._files.values())

    def finish(self, manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> None:
        """Adds the signed manifest, and ends the stream."""
        content, signature = signed_manifest({**manifest, "files": self._files}, key)
        with disk_errors(self._where):
            for name, text in ((MANIFEST, content), (SIGNATURE, signature)):
                self._begin(name)
                self.write(text)
                self._raw(struct.pack(">I", 0))
            self._sealer.write(self._deflate.flush())
            self._sealer.close()

    def _begin(self, name: str) -> None:
        encoded = name.encode()
        self._raw(struct.pack(">H", len(encoded)) + encoded)

    def _raw(self, content: bytes) -> None:
        if compressed := self._deflate.compress(content):
            self._sealer.write(compressed)


class Target(Protocol):
    """What takes a file that is read out of a pack."""

    def write(self, content: bytes, /) -> object:
        """Takes more of it."""
        ...


def unpack(pieces: Iterator[bytes], folder: Path, name: str) -> None:
    """Writes what a pack holds into a new folder that only its owner reads."""

    @contextmanager
    def opened(file: str) -> Iterator[Target]:
        path = folder / file
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            yield written

    with disk_errors(folder):
        folder.mkdir(mode=0o700, parents=True)
        for file, parts in _files(pieces, name):
            with opened(file) as target:
                for part in parts:
                    target.write(part)


def look_through(pieces: Iterator[bytes], name: str) -> tuple[dict[str, Any], str]:
    """Compares every file of a pack with its signed manifest, on no disk; returns the manifest and who signed it."""
    found: dict[str, dict[str, Any]] = {}
    kept: dict[str, bytes] = {}
    for file, parts in _files(pieces, name):
        if file in (MANIFEST, SIGNATURE):
            kept[file] = _bounded(parts, name)
            continue
        digest, size = hashlib.sha256(), 0
        for part in parts:
            digest.update(part)
            size += len(part)
        found[file] = {"size": size, "sha256": digest.hexdigest()}
    try:
        signer, signature = kept[SIGNATURE].decode().split()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer)).verify(bytes.fromhex(signature), kept[MANIFEST])
        manifest: dict[str, Any] = orjson.loads(kept[MANIFEST])
        same = manifest["files"] == found
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise ArchiveError(f"{name} holds no manifest, or one that does not fit its signature.") from None
    if not same:
        raise ArchiveError(f"What is in {name} is not what its manifest names.")
    return manifest, signer


def _bounded(parts: Iterator[bytes], name: str) -> bytes:
    content = bytearray()
    for part in parts:
        content += part
        if len(content) > _MANIFEST_LIMIT:
            raise _malformed(name)
    return bytes(content)


def _files(pieces: Iterator[bytes], name: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yields each file's name with its parts, which have to be read before the next one."""
    read = _inflated(pieces, name)
    seen: set[str] = set()
    while True:
        first = read(2, at_end=True)
        if not first:
            return
        size = struct.unpack(">H", first)[0]
        if not 0 < size <= _NAME_LIMIT:
            raise _malformed(name)
        file = read(size).decode(errors="replace")
        path = PurePosixPath(file)
        if path.is_absolute() or ".." in path.parts or "\0" in file or file in seen or str(path) != file:
            raise _malformed(name)
        seen.add(file)

        def parts() -> Iterator[bytes]:
            while length := struct.unpack(">I", read(4))[0]:
                if length > CHUNK:
                    raise _malformed(name)
                yield read(length)

        yield file, parts()


class _Reader(Protocol):
    def __call__(self, size: int, *, at_end: bool = False) -> bytes: ...


def _inflated(pieces: Iterator[bytes], name: str) -> _Reader:
    inflate = zlib.decompressobj()
    ready = bytearray()
    done = False

    def more() -> bool:
        nonlocal done
        if done:
            return False
        try:
            if inflate.unconsumed_tail:
                ready.extend(inflate.decompress(inflate.unconsumed_tail, CHUNK))
            elif (piece := next(pieces, None)) is not None:
                ready.extend(inflate.decompress(piece, CHUNK))
            else:
                ready.extend(inflate.flush())
                done = True
                if not inflate.eof:
                    raise _malformed(name)
        except zlib.error:
            raise _malformed(name) from None
        return True

    def read(size: int, *, at_end: bool = False) -> bytes:
        while len(ready) < size and more():
            pass
        if len(ready) < size and not (at_end and not ready):
            raise _malformed(name)
        part = bytes(ready[:size])
        del ready[:size]
        return part

    return read


def _malformed(name: str) -> ArchiveError:
    return ArchiveError(f"{name} holds something else than a packed archive. Nothing was changed here.")
