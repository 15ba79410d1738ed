"""The form of a sealed file: a header, and pieces that are encrypted one by one and in one order.

Each file has a key of its own, sealed for every recipient by HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305),
which authenticates whom it is for and nothing else; who made it stands in the signed manifest within. The pieces are
encrypted as STREAM does it: their nonces count, and the last one says that it is the last. So a file that was cut off,
changed or put into another order is noticed at the first piece that is not in its place, and before it is handed out.
Memory holds one piece.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from cli.archive import ArchiveError

MAGIC = b"parley sealed archive 1\n"
PIECE = 64 * 1024
_TAG = 16
_HEADER_LIMIT = 64 * 1024
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_PRIVATE = "parley-backup-key-1"
_MOST_RECIPIENTS = 16
Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The half that opens; it is in no representation."""

    key: X25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """The other half, as the setting takes it: 64 hexadecimal digits."""
        return self.key.public_key().public_bytes_raw().hex()


def make_keys(path: Path) -> str:
    """Writes a new private key into a new file that only its owner reads, and returns the public half."""
    key = PrivateKey(X25519PrivateKey.generate())
    words = f"# Opens the backups that were sealed for {key.public}\n{_PRIVATE} {key.key.private_bytes_raw().hex()}\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ArchiveError(
            f"{path} is there already. Nothing was changed; without the key in it, older backups could not be opened."
        ) from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written ({error.strerror}). No key was made.") from None
    return key.public


def read_private_key(path: Path) -> PrivateKey:
    """Reads what `make_keys` wrote."""
    try:
        lines = [line.split() for line in path.read_text().splitlines() if line and not line.startswith("#")]
        ((name, digits),) = lines
        if name != _PRIVATE:
            raise ValueError(name)
        return PrivateKey(X25519PrivateKey.from_private_bytes(bytes.fromhex(digits)))
    except OSError as error:
        raise ArchiveError(f"The key file {path} cannot be read ({error.strerror}). Nothing was changed.") from None
    except ValueError:
        raise ArchiveError(
            f"{path} holds no key for backups: it is not a file that `parley backup keys` made. Nothing was changed."
        ) from None


def read_public_keys(texts: Sequence[str]) -> list[X25519PublicKey]:
    """Reads the recipients of the setting; raises ArchiveError where one is no public key."""
    try:
        if len(texts) > _MOST_RECIPIENTS:
            raise ValueError
        return [X25519PublicKey.from_public_bytes(bytes.fromhex(text)) for text in dict.fromkeys(texts)]
    except ValueError:
        raise ArchiveError(
            "PARLEY_BACKUP_RECIPIENTS holds something that is no public key: take the 64 digits that "
            f"`parley backup keys` printed, at most {_MOST_RECIPIENTS} of them. Nothing was backed up."
        ) from None


class Sealer:
    """Encrypts what is written to it for its recipients; without `close` the file is one that was cut off."""

    def __init__(self, recipients: Sequence[X25519PublicKey], into: Callable[[bytes], object]) -> None:
        """Writes the header."""
        if not recipients:
            raise ValueError("a sealed file is for somebody")
        file_key = secrets.token_bytes(32)
        sealed = [
            {
                "key": each.public_bytes_raw().hex(),
                "sealed": base64.b64encode(_SUITE.encrypt(file_key, each, MAGIC)).decode(),
            }
            for each in recipients
        ]
        content = orjson.dumps({"recipients": sealed})
        header = MAGIC + struct.pack(">I", len(content)) + content
        self._cipher, self._bound = ChaCha20Poly1305(file_key), hashlib.sha256(header).digest()
        self._into = into
        self._waiting = bytearray()
        self._count = 0
        into(header)

    def write(self, content: bytes) -> None:
        """Takes more of what is to be sealed."""
        self._waiting += content
        # The last piece is known only when nothing comes after it.
        while len(self._waiting) > PIECE:
            self._piece(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def close(self) -> None:
        """Writes the last piece."""
        self._piece(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _piece(self, content: bytes, *, last: bool) -> None:
        self._into(self._cipher.encrypt(_nonce(self._count, last=last), content, self._bound))
        self._count += 1


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])


def unseal(read: Read, key: PrivateKey, name: str) -> Iterator[bytes]:
    """Yields what was sealed, piece by piece, each only when it is known to be what was written there.

    `read` gives at most as many bytes as it is asked for, and none at the end. Raises ArchiveError with what is wrong.
    """
    exactly = _exactly(read)
    header = exactly(len(MAGIC) + 4)
    if not header.startswith(MAGIC):
        raise ArchiveError(f"{name} is no sealed archive, or its beginning was changed. Nothing was changed here.")
    size = struct.unpack(">I", header[len(MAGIC) :])[0] if len(header) == len(MAGIC) + 4 else 0
    header += exactly(size) if size <= _HEADER_LIMIT else b""
    if not size or len(header) < len(MAGIC) + 4 + size:
        raise ArchiveError(f"{name} was cut off or changed: its header is not whole. Take another archive.")
    cipher = ChaCha20Poly1305(_file_key(header[len(MAGIC) + 4 :], key, name))
    bound = hashlib.sha256(header).digest()
    count, waiting = 0, exactly(PIECE + _TAG)
    while True:
        following = exactly(PIECE + _TAG) if len(waiting) == PIECE + _TAG else b""
        try:
            piece = cipher.decrypt(_nonce(count, last=not following), waiting, bound)
        except InvalidTag:
            raise _damaged(cipher, (waiting, following), count, bound, name) from None
        yield piece
        if not following:
            return
        count, waiting = count + 1, following


def _damaged(
    cipher: ChaCha20Poly1305, pieces: tuple[bytes, bytes], count: int, bound: bytes, name: str
) -> ArchiveError:
    """Says what is wrong with a piece that is not the one that belongs there."""
    waiting, following = pieces
    what = "was changed, or its pieces are not in the order in which they were written"
    with suppress(InvalidTag):
        # It is one of the middle where the last one should be, or the other way round.
        cipher.decrypt(_nonce(count, last=bool(following)), waiting, bound)
        what = "has something behind its end" if following else "was cut off: its last piece is missing"
    if len(waiting) < PIECE + _TAG and what.startswith("was changed"):
        what = "was cut off or changed: its end is not what was written"
    return ArchiveError(f"{name} {what}. Nothing was changed here; take another archive.")


def _file_key(content: bytes, key: PrivateKey, name: str) -> bytes:
    try:
        sealed = {each["key"]: base64.b64decode(each["sealed"]) for each in orjson.loads(content)["recipients"]}
    except (ValueError, KeyError, TypeError):
        raise ArchiveError(f"{name} was cut off or changed: its header cannot be read. Take another archive.") from None
    if key.public not in sealed:
        raise ArchiveError(
            f"The key is another one than those that open {name}: it was sealed for {', '.join(sorted(sealed))}, and "
            f"this key is {key.public}. Nothing was changed; give the right key file."
        )
    try:
        return _SUITE.decrypt(sealed[key.public], key.key, MAGIC)
    except (InvalidTag, ValueError):
        raise ArchiveError(f"{name} was changed: its header is not what was written. Take another archive.") from None


def _exactly(read: Read) -> Read:
    def exactly(size: int) -> bytes:
        parts, left = [], size
        while left and (part := read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    return exactly
