"""Reads mail that comes in, whatever it holds: who it is from, whom it answers, what was written, and whether a machine
wrote it. It never raises for a mail, and keeps nothing.

What comes in is anybody's: it is bounded before it is parsed, a header that breaks the rules counts as absent, and HTML
is read as text only. Whether a sender is who they say is not decided here; a reply is known by its token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any

MOST_BYTES = 10 * 1024 * 1024
MOST_PARTS = 100
LONGEST_TEXT = 50_000
_LONGEST_HEADER = 2_000

#: A reply's address holds its token behind a plus: `reply+<token>@host`.
_TOKEN = re.compile(r"[a-z0-9.-]+\+([A-Za-z0-9_-]{20,128})@[A-Za-z0-9.-]+")
_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)*[A-Za-z0-9-]{1,63}")
#: The line with which programs begin to quote, in the languages that they write.
_QUOTING = re.compile(
    r"^(on .{4,200} wrote|am .{4,200} schrieb.{0,200}|le .{4,200} a écrit ?|el .{4,200} escribió|"
    r"il .{4,200} ha scritto|op .{4,200} schreef.{0,200}|em .{4,200} escreveu|den .{4,200} skrev.{0,200}):$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(r"^-{2,}\s*(original message|ursprüngliche nachricht|message d'origine)\s*-{2,}$", re.IGNORECASE)
_HEADER_OF_QUOTE = re.compile(r"^\*?(from|von|de|da|van)\*?:\s.*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A mail, as far as it can be read. Its words are somebody's."""

    message_id: str
    sender: str
    tokens: tuple[str, ...]
    text: str
    #: What was written, without what it quotes.
    fresh: str
    #: True where a machine wrote it: an absence note, a delivery report, a list.
    is_automatic: bool
    is_cut: bool

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Incoming(…)"


def read(raw: bytes, recipients: Iterable[str] = ()) -> Incoming:
    """Returns what a mail holds; `recipients` are those of the envelope, in which a reply's token may stand."""
    is_cut = len(raw) > MOST_BYTES
    try:
        message = message_from_bytes(raw[:MOST_BYTES], policy=policy.default)
    except Exception:  # noqa: BLE001 - The parser has faults of its own, and whatever comes in must not stop the intake.
        message = EmailMessage()
    text = _text_of(message)
    senders = _addresses(message, "From")
    return Incoming(
        message_id=_header(message, "Message-ID")[:250],
        # A mail from several is from nobody.
        sender=senders[0].lower() if len(senders) == 1 else "",
        tokens=tuple(_tokens([*recipients, *_addresses(message, "To"), *_addresses(message, "Cc")])),
        text=text[:LONGEST_TEXT],
        fresh=fold(text[:LONGEST_TEXT]),
        is_automatic=_is_automatic(message, senders),
        is_cut=is_cut or len(text) > LONGEST_TEXT,
    )


def fold(text: str) -> str:
    """Returns what was written, without what it quotes and without a signature behind `-- `."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for at, line in enumerate(lines):
        bare = line.strip()
        # The line with which quoting begins may be broken in two.
        joined = f"{bare} {lines[at + 1].strip()}" if at + 1 < len(lines) else bare
        if line.rstrip("\n") == "-- " or _ORIGINAL.match(bare) or _HEADER_OF_QUOTE.match(bare):
            break
        if _QUOTING.match(bare) or (bare and not bare.startswith(">") and _QUOTING.match(joined)):
            break
        if not bare.startswith(">"):
            kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _header(message: Any, name: str) -> str:
    try:
        value = message.get(name)
        return " ".join(str(value).split())[:_LONGEST_HEADER] if value is not None else ""
    except Exception:  # noqa: BLE001 - A header that cannot be read is one that is not there.
        return ""


def _addresses(message: Any, name: str) -> list[str]:
    try:
        found = [address for _, address in getaddresses([_header(message, name)])]
    except Exception:  # noqa: BLE001 - As above.
        return []
    return [each for each in found if _ADDRESS.fullmatch(each)]


def _tokens(addresses: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for address in addresses:
        match = _TOKEN.fullmatch(address[:_LONGEST_HEADER])
        if match is not None and match[1] not in seen:
            seen.add(match[1])
            yield match[1]


def _is_automatic(message: Any, senders: list[str]) -> bool:
    """Says whether a machine wrote a mail, by what RFC 3834 and the programs of this world say of it."""
    submitted = _header(message, "Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if _header(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(
        _header(message, name)
        for name in ("X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "List-Id", "X-Loop", "Feedback-ID")
    ):
        return True
    if _header(message, "Return-Path") == "<>":
        return True
    if _header(message, "Content-Type").lower().startswith(("multipart/report", "message/delivery-status")):
        return True
    locals_ = {each.partition("@")[0].lower() for each in senders}
    return not senders or not locals_.isdisjoint({"mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply"})


def _text_of(message: Any) -> str:
    plain: list[str] = []
    marked: list[str] = []
    # What was read before a fault of the parser's is what there is.
    with suppress(Exception):
        for number, part in enumerate(message.walk()):
            if number >= MOST_PARTS:
                break
            if part.is_multipart() or part.get_filename():
                continue
            kind = part.get_content_type()
            if kind in ("text/plain", "text/html"):
                (plain if kind == "text/plain" else marked).append(_decoded(part))
    text = "\n".join(plain) if any(each.strip() for each in plain) else "\n".join(map(_without_marks, marked))
    # What no screen shows, and what no database takes, goes.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text.encode(errors="replace").decode())


def _decoded(part: Any) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, errors="replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", errors="replace")


class _Words(HTMLParser):
    """Collects the words of a page, a line for each block; scripts and styles are no words."""

    _BLOCKS = frozenset({"p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3", "hr"})
    _SILENT = frozenset({"script", "style", "head", "title", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        if tag in self._BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in self._BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def _without_marks(page: str) -> str:
    words = _Words()
    with suppress(Exception):
        words.feed(page[: 4 * LONGEST_TEXT])
        words.close()
    return re.sub(r"\n{2,}", "\n\n", "".join(words.words)).strip()
