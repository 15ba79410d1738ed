"""What somebody who asks for help has to say: an address, a site and a description, each refused by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from kernel.errors import InvalidArgument

#: Hosts that stand for examples, or for this machine in a demo: good as they are.
_OUR_HOST = re.compile(r"([a-z0-9-]+\.)*(localhost|test)")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:.]+\]")
_LONGEST_SUBJECT = 120
_LANGUAGE = re.compile(r"([a-z]{2,3}(-[a-z0-9]{2,8})*)?", re.IGNORECASE)
_LONGEST_LANGUAGE = 35
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks, checked."""

    email: str
    site_url: str
    description: str
    display_name: str
    subject: str
    #: In which language its author reads; nothing where it is not known.
    language: str = ""


class RequestIncomplete(InvalidArgument):
    """Something is missing or malformed in what somebody asks."""

    def __init__(self, wrong: list[tuple[str, str]]) -> None:
        """Takes the fields at fault, each with the rule that it broke."""
        super().__init__("REQUEST_INCOMPLETE", "Something is missing or malformed. Nothing was kept.", fields=wrong)


def email_of(typed: str) -> str:
    """Returns an address as it is kept: in small letters, its host as mail knows it; raises ValueError for none."""
    local, _, host = typed.strip().rpartition("@")
    ours = _OUR_HOST.fullmatch(host.lower()) is not None
    try:
        checked = validate_email(f"{local}@example.org" if ours else typed.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise ValueError("no address") from None
    return f"{checked.local_part}@{host}".lower() if ours else checked.normalized.lower()


def site_of(typed: str) -> str:
    """Returns the address of a site as it is kept; raises ValueError for one that is none, or that holds a password."""
    text = typed.strip()
    url = urlsplit(text)
    host = url.hostname or ""
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode()
        port = url.port
    except (UnicodeError, ValueError):
        raise ValueError("no address of a site") from None
    wrong = (
        url.scheme not in ("http", "https")
        or url.username is not None
        or url.password is not None
        or len(ascii_host) > 253
        or not _HOST.fullmatch(ascii_host.lower() if ":" not in ascii_host else f"[{ascii_host.lower()}]")
        or port == 0
        or any(ord(each) <= 32 or ord(each) == 127 for each in text)
    )
    if wrong:
        raise ValueError("no address of a site")
    return text


def checked(
    *,
    email: str,
    site_url: str,
    description: str,
    display_name: str = "",
    subject: str = "",
    language: str = "",
    needs_site: bool = True,
) -> Request:
    """Returns what somebody asks; raises RequestIncomplete, which names every field at fault.

    Mail may come without a site (`needs_site`), which is asked for while the ticket waits.
    """
    wrong: list[tuple[str, str]] = []
    kept_email, kept_site = "", ""
    try:
        kept_email = email_of(email)
    except ValueError:
        wrong.append(("email", "must be an e-mail address"))
    try:
        kept_site = site_of(site_url) if site_url or needs_site else ""
    except ValueError:
        wrong.append(("site_url", "must be the address of a site, with http or https and without a password"))
    if not is_said(description):
        wrong.append(("description", "must say something"))
    if wrong:
        raise RequestIncomplete(wrong)
    return Request(
        email=kept_email,
        site_url=kept_site,
        description=description.strip(),
        display_name=line_of(display_name),
        subject=subject_of(subject, description),
        language=language_of(language),
    )


def emails_of(typed: Iterable[str]) -> list[str]:
    """Returns the addresses of those on copy as they are kept, each once; raises RequestIncomplete for none."""
    try:
        return list(dict.fromkeys(email_of(each) for each in typed))
    except ValueError:
        raise RequestIncomplete([("copy_emails", "must be e-mail addresses")]) from None


def language_of(tag: str) -> str:
    """Returns a language's tag as it is kept; nothing for nothing, and raises ValueError for what is none."""
    if len(tag) > _LONGEST_LANGUAGE or not _LANGUAGE.fullmatch(tag):
        raise ValueError("no language")
    return tag


def is_said(words: str) -> bool:
    """Says whether a text says something: more than blanks and signs that nobody sees."""
    return any(each.isprintable() and not each.isspace() for each in words)


def subject_of(subject: str, description: str) -> str:
    """Returns the line by which a ticket is known: the one given, or the first words of what is the matter."""
    if line := line_of(subject):
        return line
    words = line_of(description)
    return words if len(words) <= _LONGEST_SUBJECT else words[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def line_of(typed: str) -> str:
    """Returns a text as one line without signs that steer something."""
    return _BLANK.sub(" ", "".join(each if each.isprintable() else " " for each in typed)).strip()
