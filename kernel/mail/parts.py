"""Takes a mail apart into its leaves, whatever it is. It never raises, and what it cannot read is a leaf as a whole.

The parser of the standard library takes time that grows with the square of some sizes, and who writes a mail chooses
those. So a mail that is beyond all measure is not taken apart: it is one file, which loses nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

MOST_PARTS = 200
_MOST_BOUNDARIES, _MOST_LINES, _MOST_WORK = 60, 400_000, 4_000_000
_MOST_PARAMETERS, _LONGEST_VALUE, _LONGEST_HEAD = 300, 4_000, 256 * 1024
_FIELD = re.compile(rb"^[!-9;-~]{1,80}:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_CHARSET = re.compile(
    r"(ascii|utf[-_]?(7|8|8-sig|16|16-le|16-be|32|32-le|32-be)|iso8859-\d+|latin.?1|cp\d+|windows-\d+|koi8-[rut]|"
    r"gb2312|gbk|gb18030|hz|big5(hkscs)?|euc_(jp|kr|jis_2004|jisx0213)|shift_jis\w*|iso2022_\w+|johab|tis-620|"
    r"mac-\w+|ptcp154|kz1048)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINES = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One part that holds no others."""

    media_type: str
    filename: str
    content_id: str
    #: True where it is named or marked as something to be kept apart from the words.
    is_file: bool
    #: The number of the alternatives to which it belongs; 0 for none.
    alternative: int
    charset: str
    data: bytes

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Leaf(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail, taken apart."""

    head: Message
    leaves: tuple[Leaf, ...]
    #: False where it was beyond measure, and is one leaf as it came.
    is_whole: bool

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Taken(…)"


def take_apart(raw: bytes) -> Taken:
    """Returns the leaves of a mail, in their order."""
    if not _is_beyond_measure(raw):
        try:
            message = message_from_bytes(raw, policy=policy.compat32)
            leaves = list(_leaves(message))
            if len(leaves) <= MOST_PARTS:
                return Taken(head=message, leaves=tuple(leaves), is_whole=True)
        except Exception:  # noqa: BLE001, S110 - The parser has faults of its own, and whatever comes must not stop the intake.
            pass
    return Taken(head=_head_of(raw), leaves=(whole(raw),), is_whole=False)


def whole(raw: bytes) -> Leaf:
    """Returns a mail as one file."""
    return Leaf(
        media_type="message/rfc822",
        filename="mail.eml",
        content_id="",
        is_file=True,
        alternative=0,
        charset="",
        data=raw,
    )


def header(message: Message, name: str, longest: int = _LONGEST_VALUE) -> str:
    """Returns a header as one line, decoded; empty where it is not there or cannot be read."""
    try:
        # As it came: what the parser makes of bytes beyond ASCII is lost for us.
        value = next((each for key, each in message.raw_items() if key.lower() == name.lower()), None)
        if value is None:
            return ""
        return _LINES.sub(" ", _decoded_words(str(value)[:longest])).strip()[:longest]
    except Exception:  # noqa: BLE001 - A header that cannot be read is one that is not there.
        return ""


def decode(data: bytes, charset: str) -> str:
    """Returns a text in a charset that its sender names, right or wrong; what no screen shows is left out."""
    text = None
    for name in (charset, "utf-8"):
        if (known := _known(name)) is None:
            continue
        try:
            text = data.decode(known)
            break
        except (UnicodeError, ValueError):
            continue
    if text is None:
        known = _known(charset)
        # What is in no charset of the world is most often Windows' own.
        text = data.decode(known if known not in (None, "utf-8", "ascii") else "cp1252", errors="replace")
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _is_beyond_measure(raw: bytes) -> bool:
    boundaries, lines = raw.count(b"boundary"), raw.count(b"\n")
    if boundaries > _MOST_BOUNDARIES or lines > _MOST_LINES or boundaries * lines > _MOST_WORK:
        return True
    return any(
        match[0].count(b";") > _MOST_PARAMETERS for match in _FIELD.finditer(raw) if len(match[0]) > _MOST_PARAMETERS
    )


def _head_of(raw: bytes) -> Message:
    top = raw[:_LONGEST_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    # Only those that are no longer than a person's program makes them.
    kept = b"\n".join(match[0] for match in _FIELD.finditer(top) if len(match[0]) <= _LONGEST_VALUE)
    try:
        return BytesHeaderParser(policy=policy.compat32).parsebytes(kept + b"\n\n")
    except Exception:  # noqa: BLE001 - As above.
        return Message(policy=policy.compat32)


def _leaves(message: Message) -> Iterator[Leaf]:
    # A stack of our own, so that no depth is too deep.
    number = 0
    stack: list[tuple[Message, int]] = [(message, 0)]
    while stack:
        part, alternative = stack.pop()
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind.startswith("message/") and (part is not message or kind != "message/rfc822"):
            # Another mail inside is a file of its own, with all that is in it; so is what a machine reports.
            yield _file(part, kind, alternative, _inner(payload), _NAMES.get(kind, "mail.eml"))
        elif isinstance(payload, list):
            if kind == "multipart/alternative":
                number += 1
                alternative = number
            stack.extend((each, alternative) for each in reversed(payload) if isinstance(each, Message))
        else:
            yield _leaf(part, kind, alternative)


def _inner(payload: Any) -> bytes:
    if isinstance(payload, list):
        return b"\n".join(each.as_bytes() for each in payload if isinstance(each, Message))
    return str(payload or "").encode("utf-8", "surrogateescape")


def _leaf(part: Message, kind: str, alternative: int) -> Leaf:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        data = b""
    disposition = part.get_content_disposition() or ""
    named = _filename(part)
    is_words = kind in ("text/plain", "text/html") and not named and disposition != "attachment"
    if is_words:
        return Leaf(
            media_type=kind,
            filename="",
            content_id=_content_id(part),
            is_file=False,
            alternative=alternative,
            charset=str(part.get_content_charset() or ""),
            data=data,
        )
    return _file(part, kind, alternative, data, _NAMES.get(kind, "file"))


_NAMES = {
    "text/calendar": "invite.ics",
    "application/ms-tnef": "winmail.dat",
    "text/plain": "text.txt",
    "text/html": "page.html",
    "text/vcard": "card.vcf",
    "text/x-vcard": "card.vcf",
    "message/delivery-status": "report.txt",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
}


def _file(part: Message, kind: str, alternative: int, data: bytes, name: str) -> Leaf:
    return Leaf(
        media_type=kind,
        filename=_filename(part) or name,
        content_id=_content_id(part),
        is_file=True,
        alternative=alternative,
        charset=str(part.get_content_charset() or ""),
        data=data,
    )


def _filename(part: Message) -> str:
    try:
        found = part.get_filename()
    except Exception:  # noqa: BLE001 - A name that cannot be read is none.
        return ""
    return _LINES.sub(" ", _decoded_words(str(found or "")[:_LONGEST_VALUE])).strip()[:250]


def _content_id(part: Message) -> str:
    return header(part, "Content-ID", 300).strip("<> ")


def _decoded_words(value: str) -> str:
    if "=?" not in value:
        # Bytes beyond ASCII come as surrogates: most often they are UTF-8.
        return decode(value.encode("utf-8", "surrogateescape"), "utf-8") if not value.isascii() else value
    found = []
    for piece, charset in decode_header(value):
        found.append(decode(piece, charset or "utf-8") if isinstance(piece, bytes) else piece)
    return "".join(found)


def _known(charset: str) -> str | None:
    """Returns the codec of a charset, None where it is none: some codecs are no charsets, and slow."""
    name = charset.strip().strip("\"'").lower()[:40]
    name = re.sub(r"(iso-8859-\d+)-[ie]$", r"\1", name)
    if name in ("gb2312", "gbk"):
        name = "gb18030"
    try:
        found = codecs.lookup(name).name if name else None
    except (LookupError, ValueError):
        return None
    return found if found is not None and _CHARSET.fullmatch(found) else None
