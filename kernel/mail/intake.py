"""Reads mail that comes in, whatever it holds: who it is from, whom it answers, what was written, and whether a machine
wrote it. It never raises for a mail, and keeps nothing.

What comes in is anybody's: it is bounded before it is parsed, a header that breaks the rules counts as absent, and HTML
is read as text only. Whether a sender is who they say is not decided here; a reply is known by its token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import getaddresses

from kernel.mail import pages
from kernel.mail.languages import language_in
from kernel.mail.parts import Leaf, Taken, decode, header, take_apart, whole

MOST_BYTES = 10 * 1024 * 1024
LONGEST_TEXT = 50_000
_MOST_REFERENCES = 20

#: A reply's address holds its token behind a plus: `reply+<token>@host`.
_TOKEN = re.compile(r"[a-z0-9.-]+\+([A-Za-z0-9_-]{20,128})@[A-Za-z0-9.-]+")
_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)*[A-Za-z0-9-]{1,63}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,240}>")
_ACTION = re.compile(rb"^action:\s*(failed|delayed|delivered|relayed|expanded)\b", re.IGNORECASE | re.MULTILINE)
#: The line with which programs begin to quote, in the languages that they write.
_QUOTING = re.compile(
    r"^(on .{4,200} wrote|am .{4,200} schrieb.{0,200}|le .{4,200} a écrit ?|el .{4,200} escribió|"
    r"il .{4,200} ha scritto|op .{4,200} schreef.{0,200}|em .{4,200} escreveu|den .{4,200} skrev.{0,200}):$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(r"^-{2,}\s*(original message|ursprüngliche nachricht|message d'origine)\s*-{2,}$", re.IGNORECASE)
_HEADER_OF_QUOTE = re.compile(r"^\*?(from|von|de|da|van)\*?:\s.*@", re.IGNORECASE)


#: What is said of a sender by which method; the words are of RFC 8601.
_RESULT = re.compile(r"(?:^|;)\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)")
_RESULTS = frozenset({"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy"})
_COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that came with a mail."""

    filename: str
    media_type: str
    data: bytes
    #: By which name the page of the mail shows it; empty where it does not.
    content_id: str = ""

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Attached(…)"


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
    subject: str = ""
    #: The name that stands beside the sender's address.
    sender_name: str = ""
    #: Everybody else to whom it went or was copied, by their addresses.
    others: tuple[str, ...] = ()
    #: The mails that it answers, the nearest first.
    references: tuple[str, ...] = ()
    #: The page that was sent beside the words, as it can be shown; empty for none.
    page: str = ""
    #: How many pictures of the page lie elsewhere and were left out.
    blocked: int = 0
    #: The files with it: what each is called, what it says it is, and its bytes.
    files: tuple[Attached, ...] = ()
    #: What a report of delivery says of an earlier mail: `failed`, `delayed`, `delivered` and so on; empty for others.
    report: str = ""
    #: What our own mail server found out about its sender, by method: `pass`, `fail` and so on; nothing where none did.
    checks: Mapping[str, str] = field(default_factory=dict)
    #: In which language its author reads, as far as the mail says so; empty where it does not.
    language: str = ""

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Incoming(…)"


def read(raw: bytes, recipients: Iterable[str] = (), *, checked_by: str = "") -> Incoming:
    """Returns what a mail holds; `recipients` are those of the envelope, in which a reply's token may stand.

    `checked_by` is the name under which our own mail server notes what it found out about senders.
    """
    is_cut = len(raw) > MOST_BYTES
    taken = take_apart(raw[:MOST_BYTES])
    message = taken.head
    text, page, files = _contents(taken.leaves)
    senders = _addresses(message, "From")
    others = [*_addresses(message, "To"), *_addresses(message, "Cc")]
    content_ids = {each.content_id for each in files if each.content_id}
    shown = pages.clean(page, content_ids) if page else pages.Page(html="", blocked=0)
    if (page and not shown.html) or len(text) > LONGEST_TEXT:
        # What is not shown in full is kept in full.
        files = [*files, _attached(whole(raw[:MOST_BYTES]))]
    fresh = fold(text[:LONGEST_TEXT])
    return Incoming(
        message_id=header(message, "Message-ID")[:250],
        # A mail from several is from nobody.
        sender=senders[0].lower() if len(senders) == 1 else "",
        sender_name=_name(message),
        others=tuple(dict.fromkeys(each.lower() for each in others)),
        subject=header(message, "Subject", 2_000)[:300],
        references=tuple(_references(message)),
        tokens=tuple(_tokens([*recipients, *others])),
        text=text[:LONGEST_TEXT],
        fresh=fresh,
        page=shown.html,
        blocked=shown.blocked,
        is_automatic=_is_automatic(taken, senders),
        is_cut=is_cut or not taken.is_whole or len(text) > LONGEST_TEXT,
        files=tuple(files),
        report=_report(taken),
        checks=_checks(message, checked_by),
        language=language_in(message, page, fresh),
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


def _contents(leaves: tuple[Leaf, ...]) -> tuple[str, str, list[Attached]]:
    """Returns the words of a mail, its page, and everything else as files."""
    plain: list[str] = []
    marked: list[str] = []
    files: list[Attached] = []
    in_words = {each.alternative for each in leaves if each.media_type == "text/plain" and not each.is_file}
    for leaf in leaves:
        if leaf.is_file:
            files.append(_attached(leaf))
            continue
        text = decode(leaf.data, leaf.charset)
        if leaf.media_type == "text/plain":
            plain.append(text)
        else:
            marked.append(text)
            # A page that is no other form of the words beside it is words of its own.
            if not (leaf.alternative and leaf.alternative in in_words):
                plain.append(pages.words_of(text) or pages.words_of(text, quotes=True))
    text = "\n".join(each for each in plain if each.strip())
    if not text:
        text = "\n".join(map(pages.words_of, marked))
    return text, "\n".join(marked), files


def _attached(leaf: Leaf) -> Attached:
    return Attached(
        filename=leaf.filename or "file", media_type=leaf.media_type, data=leaf.data, content_id=leaf.content_id
    )


def _addresses(message: Message, name: str) -> list[str]:
    try:
        found = [address for _, address in getaddresses([header(message, name)])]
    except Exception:  # noqa: BLE001 - A header that cannot be read is one that is not there.
        return []
    return [each for each in found if _ADDRESS.fullmatch(each)]


def _name(message: Message) -> str:
    try:
        return getaddresses([header(message, "From")])[0][0].strip()[:100]
    except Exception:  # noqa: BLE001 - As above.
        return ""


def _references(message: Message) -> list[str]:
    answered = _MESSAGE_ID.findall(header(message, "In-Reply-To"))
    before = _MESSAGE_ID.findall(header(message, "References", 8_000))
    return list(dict.fromkeys([*answered, *reversed(before)]))[:_MOST_REFERENCES]


def _tokens(addresses: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for address in addresses:
        match = _TOKEN.fullmatch(address[:400])
        if match is not None and match[1] not in seen:
            seen.add(match[1])
            yield match[1]


def _report(taken: Taken) -> str:
    for leaf in taken.leaves:
        if leaf.media_type == "message/delivery-status" and (found := _ACTION.search(leaf.data)):
            return found[1].decode().lower()
    return ""


def _checks(message: Message, checked_by: str) -> dict[str, str]:
    """Returns what stands in the topmost note of our own mail server (RFC 8601), and never what others note.

    Of several results of one method the best one counts, as with DKIM, by which a mail may be signed twice.
    """
    found: dict[str, str] = {}
    if not checked_by:
        return found
    noted = _COMMENT.sub(" ", header(message, "Authentication-Results", 4_000))
    name, _, results = noted.partition(";")
    if name.split()[:1] != [checked_by]:
        return found
    for method, result in _RESULT.findall(results.lower()):
        if result in _RESULTS and found.get(method) != "pass":
            found[method] = result
    return found


def _is_automatic(taken: Taken, senders: list[str]) -> bool:
    """Says whether a machine wrote a mail, by what RFC 3834 and the programs of this world say of it."""
    message = taken.head
    submitted = header(message, "Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if header(message, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(
        header(message, name)
        for name in ("X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "List-Id", "X-Loop", "Feedback-ID")
    ):
        return True
    if header(message, "Return-Path") == "<>":
        return True
    if header(message, "Content-Type").lower().startswith(("multipart/report", "message/delivery-status")):
        return True
    locals_ = {each.partition("@")[0].lower() for each in senders}
    return not senders or not locals_.isdisjoint({"mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply"})
