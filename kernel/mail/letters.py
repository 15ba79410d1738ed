"""Puts a mail together, so that nothing that somebody typed can become a header of it. Sends nothing."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP

from email_validator import EmailNotValidError, validate_email

from kernel.errors import InvalidArgument

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_OUR_HOST = re.compile(r"([a-z0-9-]+\.)*(localhost|test)")
_LONGEST_SUBJECT = 200
_LONGEST_NAME = 100
_LONGEST_LINE = 998


class _Headers(HeaderRegistry):
    """Makes a class for each kind of header, of which there are some ten.

    The library makes one for each header of each mail and each time that it is written: dozens of classes a mail, which
    only the collector frees.
    """

    def __init__(self) -> None:
        """Starts with none."""
        super().__init__()
        self._made: dict[type, type] = {}

    def __getitem__(self, name: str) -> type:
        """Returns the class of a header."""
        kind: type = self.registry.get(name.lower(), self.default_class)
        if kind not in self._made:
            self._made[kind] = super().__getitem__(name)
        return self._made[kind]


_POLICY = SMTP.clone(header_factory=_Headers())
# An address of a page is one word, which a shorter line would have encoded so that no program reads it.
_LONG_LINES = _POLICY.clone(max_line_length=_LONGEST_LINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person. `reply_to` is an address of the platform's own, `in_reply_to` an earlier message id.

    `return_path` is where a report that it did not arrive goes, `from_name` in whose name it is sent, and `is_written`
    says that a person wrote it, who may be answered by another.
    """

    to: str
    subject: str
    text: str
    html: str
    to_name: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    return_path: str = ""
    from_name: str = ""
    is_written: bool = False
    #: Where one POST without anything else ends such mails; empty for those that nobody can end.
    unsubscribe: str = ""

    def __repr__(self) -> str:
        """Names the type only: an address or a subject in a log would be somebody's."""
        return "Letter(…)"


def compose(letter: Letter, *, sender: Address, now: datetime) -> EmailMessage:
    """Returns the mail; raises InvalidArgument where an address is none."""
    message = EmailMessage(policy=_LONG_LINES if letter.unsubscribe else _POLICY)
    message["From"] = (
        Address(_line(letter.from_name, _LONGEST_NAME), sender.username, sender.domain) if letter.from_name else sender
    )
    message["To"] = _address(letter.to, letter.to_name)
    message["Subject"] = _line(letter.subject, _LONGEST_SUBJECT)
    message["Date"] = now
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{sender.domain}>"
    if letter.reply_to:
        message["Reply-To"] = _address(letter.reply_to, "")
    if letter.in_reply_to:
        message["In-Reply-To"] = message["References"] = _line(letter.in_reply_to, _LONGEST_SUBJECT)
    # Robots that answer robots are told so, in the three ways that they understand.
    if not letter.is_written:
        message["Auto-Submitted"] = "auto-generated"
        message["Precedence"] = "bulk"
    message["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe:
        # RFC 8058: mail programs show a button for it.
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    # The library would make one, and a pattern to look for it in the parts, which it keeps in memory for every mail.
    message.set_boundary(f"={secrets.token_hex(16)}=")
    return message


def read_sender(text: str) -> Address:
    """Reads the platform's own address, such as `Parley <no-reply@example.org>`; raises ValueError for what is none."""
    name, bracket, rest = text.rpartition("<")
    try:
        return _address(rest.rstrip("> ") if bracket else text, name.strip())
    except InvalidArgument:
        raise ValueError("the sender is not of the form `Name <address>`") from None


def _address(address: str, name: str) -> Address:
    try:
        # The hosts of a demo and of tests are good as well, though mail reaches them on this machine only.
        local, _, host = address.rpartition("@")
        ours = _OUR_HOST.fullmatch(host) is not None
        judged = f"{local}@example.org" if ours else address
        checked = validate_email(judged, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        # What is wrong with it would repeat it.
        raise InvalidArgument("ADDRESS_INVALID", "The e-mail address is not valid.") from None
    return Address(_line(name, _LONGEST_NAME), checked.ascii_local_part or "", host if ours else checked.ascii_domain)


def _line(text: str, longest: int) -> str:
    """Returns a text as one line without control characters: a line break in a header would begin another header."""
    line = _CONTROL.sub(" ", text.encode(errors="replace").decode()).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"
