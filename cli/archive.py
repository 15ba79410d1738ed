"""Writes and reads archives: a folder of files with a signed manifest that names each of them, its size and its hash.

An archive under construction bears another name, so that a half of one is never taken for a whole. It knows nothing of
what it holds. Every error is an `ArchiveError` whose text tells the operator what happened, what is safe and what to
do; it names files and never a word of what is in them.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel.identity import derive_key

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ArchiveError(Exception):
    """What went wrong with an archive, in words for the operator."""


def signing_key(secret_key: str, use: str) -> Ed25519PrivateKey:
    """Returns the key with which a deployment signs its archives of one use."""
    return Ed25519PrivateKey.from_private_bytes(derive_key(secret_key, f"archive {use}"))


def fingerprint(key: Ed25519PublicKey) -> str:
    """Writes a public key as people hand it on: 64 hexadecimal digits."""
    return key.public_bytes_raw().hex()


@contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Turns what a disk refuses into words for the operator."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ArchiveError(
                f"There is no room left for {place} ({error.strerror}). Nothing was left behind, and older "
                f"archives are as they were; free some space or name another disk, and start again."
            ) from None
        raise ArchiveError(
            f"{place} cannot be written ({error.strerror}). Nothing was left behind; name another folder."
        ) from None


def signed_manifest(manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    """Returns a manifest as it is written, and the line that says who signed it."""
    content = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return content, f"{fingerprint(key.public_key())} {key.sign(content).hex()}\n".encode()


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, content: bytes, /) -> object:
        """Takes more of them."""
        ...


class ArchiveFile:
    """A file of an archive while it is written; it is measured on the way."""

    def __init__(self, file: Sink) -> None:
        """Takes the open file."""
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        """Adds to the file."""
        self._file.write(content)
        self._digest.update(content)
        self.size += len(content)

    @property
    def sha256(self) -> str:
        """The hash of what was written."""
        return self._digest.hexdigest()


@contextmanager
def alone(folder: Path, what: str) -> Iterator[None]:
    """Makes a folder for work that is unfinished, empty and for nobody else; what is left of it at the end is removed.

    `what` says in words for the operator what is made there. Raises ArchiveError while somebody else is at it.
    """
    with disk_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with disk_errors(folder):
            try:
                # It is let go whatever ends the process, so that an interrupted run is in nobody's way.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArchiveError(f"{what} is being made by another process now. Nothing was begun.") from None
            os.fchmod(handle, 0o700)
            # What an interrupted run left behind is half of something, which is nothing.
            for path in folder.iterdir():
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink()
        yield
    finally:
        if _is_at(handle, folder):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _is_at(handle: int, folder: Path) -> bool:
    """Says whether an open folder still has that name, and nobody else's lock is on it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), folder.stat())
    except OSError:
        return False


class ArchiveWriter:
    """A new archive. Leaving the block without `finish` removes whatever was written."""

    def __init__(self, folder: Path) -> None:
        """Names the folder, which must not be there yet, or be empty."""
        self.folder = folder.absolute()
        self._part = self.folder.with_name(f"{self.folder.name}.part")
        self._files: dict[str, dict[str, Any]] = {}
        self._held = ExitStack()

    def __enter__(self) -> Self:
        """Makes the folder under another name."""
        if is_taken(self.folder):
            raise ArchiveError(
                f"{self.folder} is there already and holds something. Nothing was changed; name a new folder."
            )
        self._held.enter_context(alone(self._part, f"An archive in {self.folder}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Removes what was not finished."""
        self._held.close()

    @contextmanager
    def file(self, name: str) -> Iterator[ArchiveFile]:
        """Opens a new file of the archive; it is on disk when the block is left."""
        with disk_errors(self.folder):
            path = self._part / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
                written = ArchiveFile(opened)
                yield written
                opened.flush()
                os.fsync(opened.fileno())
        self._files[name] = {"size": written.size, "sha256": written.sha256}

    @property
    def size(self) -> int:
        """How many bytes the files have."""
        return sum(each["size"] for each in self._files.values())

    def finish(self, manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> None:
        """Signs the manifest and gives the archive its name: from here on it is one."""
        content, signature = signed_manifest({**manifest, "files": self._files}, key)
        with disk_errors(self.folder):
            for name, text in ((MANIFEST, content), (SIGNATURE, signature)):
                with os.fdopen(os.open(self._part / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
            if self.folder.exists():
                self.folder.rmdir()
            self._part.rename(self.folder)
            handle = os.open(self.folder.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose manifest is as it was signed; `check_files` says whether its files are."""

    folder: Path
    manifest: Mapping[str, Any]
    signer: str
    files: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def path(self, name: str) -> Path:
        """Returns where a file of the archive lies; raises ArchiveError where the manifest names none."""
        if name not in self.files:
            raise ArchiveError(f"{self.folder} holds no {name}: it is an archive of another kind.")
        return self.folder / name

    def named(self, prefix: str) -> list[str]:
        """Returns the names of the files in a folder of the archive."""
        return sorted(name for name in self.files if name.startswith(f"{prefix}/"))

    def check_files(self) -> None:
        """Raises ArchiveError for a file that is missing, was changed, or does not belong there."""
        there = {
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if not path.is_dir() or path.is_symlink()
        } - {MANIFEST, SIGNATURE}
        for name in sorted(self.files.keys() ^ there):
            what = "is missing" if name in self.files else "does not belong there"
            raise ArchiveError(f"{self.folder / name} {what}. Nothing was changed; take another archive.")
        for name, said in self.files.items():
            path = self.folder / name
            if path.is_symlink() or path.stat().st_size != said["size"] or hash_of(path) != said["sha256"]:
                raise ArchiveError(
                    f"{path} is not what was written into the archive. Nothing was changed; take another archive."
                )


def open_archive(folder: Path, kind: str) -> Archive:
    """Reads an archive's manifest; raises ArchiveError where it is none of this kind, or its signature does not fit."""
    folder = folder.absolute()
    try:
        content = (folder / MANIFEST).read_bytes()
        signer, signature = (folder / SIGNATURE).read_text().split()
    except (OSError, ValueError):
        raise ArchiveError(f"{folder} is no archive, or not a whole one: its manifest cannot be read.") from None
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer)).verify(bytes.fromhex(signature), content)
        manifest = orjson.loads(content)
        files: dict[str, dict[str, Any]] = manifest["files"]
        if any(".." in Path(name).parts or Path(name).is_absolute() for name in files):
            raise ValueError("a name that leads out of the archive")
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise ArchiveError(
            f"The manifest of {folder} was changed after it was signed. Nothing was changed here; take another archive."
        ) from None
    if manifest.get("kind") != kind:
        raise ArchiveError(f"{folder} is an archive of another kind, or of a later release.")
    return Archive(folder, manifest, signer, files)


def is_taken(folder: Path) -> bool:
    """Says whether something is there already that is no empty folder."""
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True


def hash_of(path: Path) -> str:
    """Returns a file's hash."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_text(size: int) -> str:
    """Writes a number of bytes as people read it."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError
