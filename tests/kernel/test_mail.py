"""Mail: written from templates, safe against injected headers, sent or kept where one can look."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import re
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from kernel.clock import ManualClock, SystemClock
from kernel.errors import FailedPrecondition, InvalidArgument, Unavailable
from kernel.mail import FolderMailer, Letter, SmtpMailer, Templates, compose, open_mailer
from kernel.mail.letters import read_sender
from kernel.mail.mailers import read_relay
from tests.gone import no_collector

CODE = {"tenant_name": "Fern & Söhne", "code": "482 913", "minutes": 10}
SENDER = read_sender("Parley <no-reply@example.org>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The settings that decide how mail is sent."""

    data_dir: Path = Path("unused")
    smtp_url: str = ""


def letter(**changed: Any) -> Letter:
    fields = {"to": "ada@example.com", "subject": "A subject", "text": "Words.\n", "html": "<p>Words.</p>"}
    return Letter(**(fields | changed))


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    ("asked", "found"), [("de-AT", "de"), ("de_CH", "de"), ("JA", "ja"), ("fr", "en"), ("", "en"), ("../../x", "en")]
)
def test_a_mail_is_in_the_readers_language_or_the_nearest(asked: str, found: str) -> None:
    mail = Templates().render("one_time_code", asked, CODE)
    assert mail.language == found
    assert f'<html lang="{found}" dir="ltr">' in mail.html
    assert "482 913" in mail.text
    assert "482 913" in mail.html


def test_every_template_says_the_same_in_text_and_html() -> None:
    values = CODE | {
        "date": "2 May",
        "text": "Why?",
        "answer": "Because.",
        "name": "Ada",
        "link": "https://console.example/#once",
        "until": "noon",
        "transcript": "Ada: Hello.",
        "said": ["It is on its way."],
        "asked": "Where is it?",
        "operator": "Ada",
        "site": "Shop",
        "tenant_name": "Shop",
        "reference": "K7QM-2XPD",
        "subject_line": "It is blank",
        "words": "It is not.",
        "address": "https://widget.example/support/t/x",
        "days": 30,
        "files": 2,
        "items": [{"who": "Ada", "says": "answers in", "title": "Pots", "link": "https://community.example/t/x"}],
        "stop_topic": "https://community.example/stop/x",
        "stop_all": "https://community.example/stop/y",
    }
    folder = Path(__file__).parents[2] / "kernel/mail/templates"
    names = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob("*/*.txt"))
    assert names == sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob("*/*.html"))
    for name, language in (each.split("/") for each in names):
        mail = Templates().render(name, language, values)
        assert mail.language == language
        assert mail.subject
        # Nothing is fetched when a mail is opened, and nothing tells that it was.
        assert "src=" not in mail.html
        assert "url(" not in mail.html


def test_values_are_escaped_in_html_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    mail = Templates().render("one_time_code", "en", CODE | {"tenant_name": "<script>&"})
    assert "&lt;script&gt;&amp;" in mail.html
    assert "<script>&" in mail.text
    with pytest.raises(UndefinedError):
        Templates().render("one_time_code", "en", {"code": "1"})
    with pytest.raises(LookupError):
        Templates().render("no_such", "en", {})


def test_a_service_may_bring_templates_of_its_own_and_languages_run_their_way(tmp_path: Path) -> None:
    (tmp_path / "welcome").mkdir()
    (tmp_path / "welcome/ar.txt").write_text("Subject: أهلا\nنص\n")
    (tmp_path / "welcome/ar.html").write_text('{% extends "layout.html" %}{% block body %}نص{% endblock %}')
    assert '<html lang="ar" dir="rtl">' in Templates(tmp_path).render("welcome", "ar", {}).html


def test_a_mail_has_both_forms_and_says_that_a_machine_wrote_it(clock: ManualClock) -> None:
    message = compose(letter(to_name="Ada, Countess", reply_to="reply+t@example.org"), sender=SENDER, now=clock.now())
    read = parsed(message.as_bytes())
    assert read["From"] == "Parley <no-reply@example.org>"
    assert read["To"] == '"Ada, Countess" <ada@example.com>'
    assert read["Reply-To"] == "reply+t@example.org"
    assert read["Date"] == "Fri, 01 May 2026 12:00:00 +0000"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Message-ID"].endswith("@example.org>")
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert read["In-Reply-To"] is None


def test_a_mail_that_is_written_leaves_nothing_for_the_collector(clock: ManualClock) -> None:
    compose(letter(), sender=SENDER, now=clock.now()).as_bytes()
    with no_collector(type, EmailMessage) as remains:
        compose(letter(), sender=SENDER, now=clock.now()).as_bytes()
        assert remains.since == {}


def test_no_pattern_is_kept_for_each_mail_that_is_written(clock: ManualClock) -> None:
    re.purge()
    for _ in range(20):
        compose(letter(), sender=SENDER, now=clock.now()).as_bytes()
    assert len(re._cache) < 10  # type: ignore[attr-defined]  # It has no public name.


@given(
    subject=st.text(max_size=300),
    name=st.text(max_size=300),
    body=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300),
)
def test_no_text_becomes_a_header(subject: str, name: str, body: str) -> None:
    evil = letter(
        subject=subject + "\r\nBcc: eve@example.net\r\n\r\nhello", to_name=name + "\nBcc: eve@example.net", text=body
    )
    raw = compose(evil, sender=SENDER, now=SystemClock().now()).as_bytes()
    assert set(parsed(raw).keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress",
        "MIME-Version", "Content-Type",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "",
        "canary",
        "a@b@c",
        "canary@example.com\r\nBcc: eve@example.net",
        "canary@example.com, eve@example.net",
        "<a@b.c>",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(address: str) -> None:
    for changed in ({"to": address}, {"reply_to": address or "x"}):
        with pytest.raises(InvalidArgument) as raised:
            compose(letter(**changed), sender=SENDER, now=SystemClock().now())
        assert raised.value.__cause__ is None
        assert "canary" not in raised.value.detail
    assert "ada" not in repr(letter())


async def test_without_a_relay_mail_lies_in_a_private_folder(
    tmp_path: Path, clock: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    mailer = open_mailer(Choice(data_dir=tmp_path / "data"), clock=clock)
    assert isinstance(mailer, FolderMailer)
    ids_ = {await mailer.send(letter()) for _ in range(2)}
    files = list((tmp_path / "data/mail").iterdir())
    assert {parsed(path.read_bytes())["Message-ID"] for path in files} == ids_
    assert all(path.name.startswith("20260501-120000-") and path.suffix == ".eml" for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*files, tmp_path / "data/mail"]} == {0o600, 0o700}
    assert "ada" not in capfd.readouterr().err


class Relay:
    """A mail relay that remembers what it got."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.credentials = b""
        self.answers: dict[str, str] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        sender = ""
        recipients: list[str] = []
        while line := (await reader.readline()).decode().strip():
            command = line.split()[0].upper()
            answer = self.answers.get(command, "250 OK")
            if command == "EHLO":
                answer = "250-relay\r\n250 AUTH PLAIN"
            elif command == "AUTH":
                self.credentials = base64.b64decode(line.split()[2])
                answer = self.answers.get(command, "235 welcome")
            elif command == "MAIL":
                sender, recipients = line, []
            elif command == "RCPT":
                recipients.append(line)
            elif command == "DATA" and answer == "250 OK":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append((sender, recipients, body.removesuffix(b".\r\n")))
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if command == "QUIT":
                break
        writer.close()


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[Relay]:
    """A running relay."""
    made = Relay()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


def through(relay: Relay, extra: str = "") -> SmtpMailer:
    mailer = open_mailer(Choice(smtp_url=f"smtp://u%40x:p%3Aw@127.0.0.1:{relay.port}{extra}"), clock=SystemClock())
    assert isinstance(mailer, SmtpMailer)
    return mailer


async def test_a_relay_gets_the_mail_and_the_credentials(relay: Relay) -> None:
    mailer = through(relay, "?from=Fern%20%3Chello@fern.example%3E")
    message_id = await mailer.send(letter(text="Grüße\n.\nend\n"))
    ((sender, recipients, raw),) = relay.mails
    assert "hello@fern.example" in sender
    assert recipients == ["RCPT TO:<ada@example.com>"]
    assert parsed(raw)["Message-ID"] == message_id
    assert relay.credentials == b"\0u@x\0p:w"


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 ada@example.com: no such user", FailedPrecondition),
        ("RCPT", "450 ada@example.com: later", Unavailable),
        ("DATA", "554 spam from ada@example.com", FailedPrecondition),
        ("MAIL", "421 closing", Unavailable),
        ("AUTH", "535 wrong", Unavailable),
    ],
)
async def test_what_a_relay_says_becomes_an_error_without_an_address(
    relay: Relay, command: str, answer: str, error: type[Exception], capfd: pytest.CaptureFixture[str]
) -> None:
    relay.answers[command] = answer
    with pytest.raises(error) as raised:
        await through(relay).send(letter())
    assert raised.value.__cause__ is None
    assert "ada" not in str(raised.value.args) + capfd.readouterr().err
    assert not relay.mails


async def test_a_relay_that_is_away_or_speaks_in_the_clear_gets_nothing(relay: Relay) -> None:
    away = open_mailer(Choice(smtp_url="smtp://127.0.0.1:1"), clock=SystemClock())
    with pytest.raises(Unavailable, match="MAIL_UNAVAILABLE"):
        await away.send(letter())
    far, sender = read_relay(f"smtp://relay.example:{relay.port}")
    assert far.start_tls is True
    from dataclasses import replace

    strict = SmtpMailer(replace(far, host="127.0.0.1"), clock=SystemClock(), sender=sender)
    with pytest.raises(Unavailable):
        await strict.send(letter())
    assert not relay.mails


def test_a_relays_address_is_read_and_never_repeated() -> None:
    relay, sender = read_relay("smtps://u:canary@relay.example?from=a@b.example")
    assert (relay.port, relay.tls, relay.start_tls, str(sender)) == (465, True, False, "a@b.example")
    assert "canary" not in repr(relay)
    assert read_relay("smtp://relay.example?starttls=no")[0].start_tls is False
    for wrong in ("http://canary", "smtp://", "smtp://canary:port", "smtp://canary?from=nobody"):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - The text is what is looked at.
            read_relay(wrong)
        assert "canary" not in str(raised.value)
