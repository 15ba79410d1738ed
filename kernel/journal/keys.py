"""Seals what a person had corrected under a key of that person's own, and destroys the key when the person is erased.

A key is a file beside the journal, named by a keyed hash; together with the deployment's secret it opens the person's
corrections, and neither does alone. No backup holds these files.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.identity import Subject
from kernel.identity.tokens import derive_key
from kernel.journal.places import destroy, make_folder, write_new

FOLDER = "keys"
_SUFFIX = ".key"
_BYTES = 32
_NONCE_BYTES = 12


class PersonKeys:
    """The keys beside the journals of one deployment; every folder holds all of them."""

    def __init__(self, folders: Sequence[Path], secret_key: str) -> None:
        """Takes the journals' folders, the first being the one that is asked first."""
        self._folders = [folder / FOLDER for folder in folders]
        self._names = derive_key(secret_key, "journal names")
        self._values = derive_key(secret_key, "journal values")

    def seal(self, subject: Subject, field: str, value: str, now: datetime) -> str:
        """Returns a value sealed under the person's key, which is made where there is none."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(self._key(subject, now)).encrypt(nonce, value.encode(), _about(subject, field))
        return base64.b64encode(nonce + sealed).decode("ascii")

    def open(self, subject: Subject, field: str, sealed: str | None) -> str | None:
        """Returns a sealed value, or None where its key is gone."""
        for folder in self._folders:
            try:
                key = self._path(folder, subject).read_bytes()
                content = base64.b64decode(sealed or "")
                nonce, text = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
                return self._cipher(key).decrypt(nonce, text, _about(subject, field)).decode()
            except (FileNotFoundError, InvalidTag, ValueError):
                continue
        return None

    def destroy(self, subject: Subject) -> None:
        """Destroys a person's key in every folder; what was sealed under it can be read by nobody any more."""
        for folder in self._folders:
            destroy(self._path(folder, subject))

    def purge(self, before: datetime) -> None:
        """Destroys the keys that nothing was sealed under since a moment."""
        for folder in self._folders:
            for path in folder.glob(f"*{_SUFFIX}"):
                if path.stat().st_mtime < before.timestamp():
                    destroy(path)

    def _path(self, folder: Path, subject: Subject) -> Path:
        name = hmac.new(self._names, f"{subject.tenant_id} {subject.domain} {subject}".encode(), sha256)
        return folder / f"{name.hexdigest()[:40]}{_SUFFIX}"

    def _key(self, subject: Subject, now: datetime) -> bytes:
        paths = [self._path(make_folder(folder), subject) for folder in self._folders]
        key = next((path.read_bytes() for path in paths if path.exists()), None)
        for path in paths:
            if not path.exists():
                # Another process may be faster, and its key is as good.
                with contextlib.suppress(FileExistsError):
                    write_new(path, key or os.urandom(_BYTES))
                key = path.read_bytes()
            os.utime(path, (now.timestamp(), now.timestamp()))
        assert key is not None
        return key

    def _cipher(self, key: bytes) -> AESGCM:
        return AESGCM(hmac.new(self._values, key, sha256).digest())


def _about(subject: Subject, field: str) -> bytes:
    return f"{subject.tenant_id} {subject.domain} {subject} {field}".encode()
