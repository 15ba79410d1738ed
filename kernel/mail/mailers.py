"""Sends mail: through an SMTP relay where one is configured, else into a folder that one can look into.

A relay is spoken to encrypted, unless it is on this machine or its address says otherwise. Who a mail is for, and what
the relay said about them, is never logged nor part of an error.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from kernel import egress
from kernel.clock import Clock
from kernel.errors import FailedPrecondition, Unavailable
from kernel.mail.letters import Letter, compose, read_sender
from kernel.privacy.recipients import MAIL_RELAY
from kernel.telemetry import logs, metrics

DEFAULT_SENDER = "Parley <parley@localhost>"
_SECONDS = 30.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_log = logs.get("mail")
_sent = metrics.counter("mail_sent", "Mails, by what became of them.", ("outcome",))


class Mailer(Protocol):
    """Whatever sends mail."""

    async def send(self, letter: Letter) -> str:
        """Sends a mail and returns its message id.

        Raises InvalidArgument for an address that is none, FailedPrecondition where the mail was refused for good, and
        Unavailable where it may be tried again.
        """
        ...


class FolderMailer:
    """Writes each mail as a file, for a machine without a relay; every mail program opens them."""

    def __init__(self, folder: Path, *, clock: Clock, sender: Address) -> None:
        """Makes the folder, for its owner only."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._sender = sender

    async def send(self, letter: Letter) -> str:
        """Writes the mail into the folder."""
        now = self._clock.now()
        message = compose(letter, sender=self._sender, now=now)
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.eml"
        partial = self._folder / f".{name}"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.as_bytes())
        partial.rename(self._folder / name)
        _sent.labels("written").inc()
        return str(message["Message-ID"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """How to reach an SMTP relay."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    start_tls: bool | None = True

    def __repr__(self) -> str:
        """Leaves the password out."""
        return f"Relay({self.host}:{self.port})"


class SmtpMailer:
    """Hands each mail to a relay."""

    def __init__(self, relay: Relay, *, clock: Clock, sender: Address) -> None:
        """Takes the relay and the platform's own address."""
        self._relay = relay
        self._clock = clock
        self._sender = sender

    async def send(self, letter: Letter) -> str:
        """Hands the mail to the relay."""
        message = compose(letter, sender=self._sender, now=self._clock.now())
        try:
            await self._hand_over(message, letter.return_path)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            code = error.recipients[0].code if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error.code
            # What the relay says repeats the address, so that only its number goes on.
            _log.warning("mail was not taken", code=code)
            if 500 <= code < 600 and not isinstance(error, aiosmtplib.SMTPAuthenticationError):
                _sent.labels("refused").inc()
                raise FailedPrecondition("MAIL_REFUSED", "The mail was refused by the recipient's side.") from None
            raise _unavailable() from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            _log.warning("mail relay is away", error=type(error).__name__)
            raise _unavailable() from None
        _sent.labels("sent").inc()
        return str(message["Message-ID"])

    async def _hand_over(self, message: EmailMessage, return_path: str) -> None:
        egress.check(MAIL_RELAY, self._relay.host, self._relay.port)
        await aiosmtplib.send(
            message,
            sender=return_path or None,
            hostname=self._relay.host,
            port=self._relay.port,
            username=self._relay.user or None,
            password=self._relay.password or None,
            use_tls=self._relay.tls,
            start_tls=self._relay.start_tls,
            timeout=_SECONDS,
            # The machine's own name says more than the relay needs to know.
            local_hostname=self._sender.domain,
        )


class MailChoice(Protocol):
    """What decides how mail is sent; `kernel.config.Config` is one."""

    @property
    def data_dir(self) -> Path:
        """The folder for everything that the process keeps."""
        ...

    @property
    def smtp_url(self) -> str:
        """The mail relay; empty writes mail into the data folder."""
        ...


def open_mailer(config: MailChoice, *, clock: Clock) -> Mailer:
    """Returns the mailer of a deployment: the relay of `PARLEY_SMTP_URL`, or the folder `mail` in the data folder.

    The address is `smtp://user:password@host:587` or `smtps://…:465`, with `?from=Name <address>` for the sender, and
    `starttls=no` for a relay that is reached through a network of trust.
    """
    sender, relay = sender_and_relay(config)
    if relay is None:
        return FolderMailer(config.data_dir.absolute() / "mail", clock=clock, sender=sender)
    return SmtpMailer(relay, clock=clock, sender=sender)


def sender_and_relay(config: MailChoice) -> tuple[Address, Relay | None]:
    """Returns in whose name a deployment sends mail, and by which relay, if by any."""
    if not config.smtp_url:
        return read_sender(DEFAULT_SENDER), None
    relay, sender = read_relay(config.smtp_url)
    return sender, relay


def read_relay(url: str) -> tuple[Relay, Address]:
    """Reads a relay's address and the sender; raises ValueError, without the address, for one of the wrong form."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("PARLEY_SMTP_URL has no port that is one") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("PARLEY_SMTP_URL is not of the form smtp://host:port")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    tls = parts.scheme == "smtps"
    plain = tls or options.get("starttls") == "no"
    relay = Relay(
        host=parts.hostname,
        port=port or (465 if tls else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        start_tls=False if plain else None if parts.hostname in _LOOPBACK else True,
    )
    return relay, read_sender(options.get("from", DEFAULT_SENDER))


def _unavailable() -> Unavailable:
    return Unavailable("MAIL_UNAVAILABLE", "The mail cannot be sent now.")
