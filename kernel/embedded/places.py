"""Where the embedded servers keep things: their folders, their sockets, and the lock that says whose they are.

Every folder is for its owner only. The one permission that is ever changed is that of folders which this module made.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from kernel.embedded.process import EngineError, wait_until

_LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
_SHORT_FOLDER = "/tmp"  # noqa: S108 - only a folder of our own, made by mkdtemp below it, is used.
_TEMPORARY = "parley-"
_LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")
# Commas, colons and the like part a list of hosts in an address, so that a path with one cannot be a host.
_PLAIN_PATH = re.compile(r"[\w/ .+-]+")


def private_folder(path: Path) -> Path:
    """Makes a folder for its owner only, where there is none."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, text: str) -> None:
    """Writes a file for its owner only, whole or not at all."""
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def belongs_to_nobody(path: Path) -> bool:
    """Says whether a folder was given to `nobody` at an earlier start."""
    return path.stat().st_uid == pwd.getpwnam("nobody").pw_uid


def give_to_nobody(path: Path) -> None:
    """Gives a file or a folder of ours, with all that is in it, to the user `nobody`."""
    if belongs_to_nobody(path):
        return
    nobody = pwd.getpwnam("nobody")
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.chown(Path(folder) / name, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    os.chown(path, nobody.pw_uid, nobody.pw_gid)


def let_nobody_pass(folder: Path) -> None:
    """Lets the group of `nobody` pass through the data folder, without seeing what is in it."""
    os.chown(folder, 0, pwd.getpwnam("nobody").pw_gid)
    folder.chmod(0o710)


def takes_sockets(folder: Path) -> bool:
    """Says whether sockets are possible here: the path is short and plain, and the file system knows sockets."""
    text = str(folder)
    if len(os.fsencode(text)) + _LONGEST_SOCKET_NAME > _LONGEST_SOCKET_PATH or not _PLAIN_PATH.fullmatch(text):
        return False
    probe = folder / ".probe"
    probe.unlink(missing_ok=True)
    try:
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(probe))
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def socket_folder(wanted: Path) -> Path | None:
    """Returns a private folder for sockets: the wanted one, a new temporary one, or None where there is no way."""
    private_folder(wanted)
    if takes_sockets(wanted):
        return wanted
    # TMPDIR itself may be deep; the last folder is short everywhere.
    for parent in (None, _SHORT_FOLDER):
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent))
        if takes_sockets(temporary):
            return temporary
        temporary.rmdir()
    return None


def sweep_sockets(folder: Path) -> None:
    """Removes a temporary folder that `socket_folder` made, for this run or for one that was killed."""
    if folder.name.startswith(_TEMPORARY) and folder.is_dir() and folder.stat().st_uid == os.geteuid():
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Returns a port of loopback that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Lock:
    """Says that a data folder is in use. The servers inherit it, so that it is free only when they are gone as well."""

    def __init__(self, path: Path) -> None:
        """Names the file of the lock; nothing is taken yet."""
        self._path = path
        self._handle: int | None = None

    @property
    def handle(self) -> int:
        """The open file that children inherit."""
        if self._handle is None:
            raise EngineError("the lock is not held")
        return self._handle

    def take(self, *, patience: float) -> None:
        """Takes the lock; waits only for servers that a killed owner left behind and that are about to end."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            wait_until(lambda: _try_lock(handle) or self._owner_lives(), seconds=patience)
            if not _try_lock(handle):
                raise EngineError(
                    f"the engines in {self._path.parent} are in use (process {self._owner() or 'unknown'}); "
                    "stop them first, or give another folder with PARLEY_DATA"
                )
            os.truncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid()}).encode(), 0)
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle

    def is_held(self) -> bool:
        """Says whether anybody holds the lock at this moment; takes nothing."""
        try:
            handle = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _try_lock(handle)
        finally:
            os.close(handle)

    def release(self) -> None:
        """Gives the lock back, for every process that inherited it."""
        if self._handle is not None:
            os.truncate(self._handle, 0)
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
            self._handle = None

    def _owner(self) -> int | None:
        try:
            return int(json.loads(self._path.read_text())["pid"])
        except (ValueError, KeyError, OSError):
            return None

    def _owner_lives(self) -> bool:
        owner = self._owner()
        return owner is not None and is_alive(owner)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Says whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
