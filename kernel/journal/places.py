"""Where a journal lies on disk: files for their owner only, written through to the disk, folder entries included."""

from __future__ import annotations

import os
from pathlib import Path

SUFFIX = ".jsonl"


def make_folder(folder: Path) -> Path:
    """Makes a folder for its owner only, where there is none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sync_folder(folder: Path) -> None:
    """Returns when the folder's own entries are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_new(path: Path, content: bytes) -> None:
    """Writes a new file through to the disk, whole or not at all; raises FileExistsError where there is one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        # A link, unlike a rename, never takes the place of what another process wrote a moment ago.
        os.link(part, path)
    finally:
        part.unlink()
    sync_folder(path.parent)


def destroy(path: Path) -> bool:
    """Overwrites and removes a file and says whether there was one; only then it returns."""
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return False
    try:
        os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def list_files(folder: Path) -> list[Path]:
    """Returns a journal's files, the oldest first; none where there is no folder."""
    return sorted(folder.glob(f"*{SUFFIX}"))
