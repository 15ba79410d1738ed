"""Where sealed backups lie: a folder, or an object store such as `s3://bucket/prefix`, read and written alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from cli.archive import CHUNK, ArchiveError
from kernel import egress
from kernel.privacy.recipients import BACKUP_STORE

SEALED, RECORD = ".sealed", ".record"


@dataclass(frozen=True, slots=True)
class Place:
    """One place with backups. What a store says on an error may hold a secret, so that only its kind is repeated."""

    name: str
    _store: ObjectStore = field(repr=False)

    def names(self, ending: str) -> dict[str, int]:
        """Returns the files with an ending, without it, and the size of each."""
        with self._said("read"):
            return {
                each["path"].removesuffix(ending): each["size"]
                for page in obstore.list(self._store)
                for each in page
                if each["path"].endswith(ending) and "/" not in each["path"]
            }

    def read(self, name: str) -> bytes:
        """Reads a small file whole."""
        with self._said("read"):
            return bytes(obstore.get(self._store, name).bytes())

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yields what a file holds, without holding it."""
        with self._said("read"):
            for piece in obstore.get(self._store, name).stream(min_chunk_size=CHUNK):
                yield bytes(piece)

    @contextmanager
    def reading(self, name: str) -> Iterator[Callable[[int], bytes]]:
        """Yields a function that reads on in a file."""
        rest, pieces = bytearray(), self.pieces(name)

        def read(size: int) -> bytes:
            while len(rest) < size and (piece := next(pieces, None)) is not None:
                rest.extend(piece)
            part = bytes(rest[:size])
            del rest[:size]
            return part

        yield read

    def sha256(self, name: str) -> str:
        """Returns a file's hash."""
        digest = hashlib.sha256()
        for piece in self.pieces(name):
            digest.update(piece)
        return digest.hexdigest()

    def put(self, name: str, content: bytes) -> None:
        """Writes a small file, whole or not at all."""
        with self._said("written"):
            obstore.put(self._store, name, content)

    def put_file(self, name: str, path: Path) -> None:
        """Copies a file of this machine, whole or not at all."""
        with self._said("written"), path.open("rb") as file:
            obstore.put(self._store, name, file, chunk_size=8 * CHUNK)

    def delete(self, name: str) -> None:
        """Removes a file."""
        with self._said("written"):
            obstore.delete(self._store, name)

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, BaseError) as error:
            raise ArchiveError(f"{self.name} cannot be {what} ({type(error).__name__}).") from None


def open_place(where: str | Path, *, make: bool = False) -> Place:
    """Opens a folder, or an object store by its address; `make` makes a folder that is not there."""
    text = str(where)
    if "://" in text and not text.startswith("file://"):
        parts = urlsplit(text)
        # The library connects by itself, and names the store by its bucket.
        egress.check(BACKUP_STORE, parts.hostname or "", parts.port or 443)
        try:
            return Place(f"{parts.scheme}://{parts.hostname}{parts.path}", from_url(text))
        except (BaseError, ValueError, OSError) as error:
            raise ArchiveError(f"{parts.scheme}://… is no place for backups ({type(error).__name__}).") from None
    folder = Path(text.removeprefix("file://")).absolute()
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not folder.is_dir():
            raise ArchiveError(f"There is no folder {folder} with backups.")
        return Place(str(folder), LocalStore(folder))
    except (OSError, BaseError) as error:
        raise ArchiveError(f"There is no folder {folder} with backups ({type(error).__name__}).") from None


def open_file(where: str | Path) -> tuple[Place, str]:
    """Opens the place of one file, and returns its name there."""
    text = str(where)
    folder, _, name = text.rpartition("/")
    return open_place(folder if "://" in text or folder else "/" if text.startswith("/") else "."), name
