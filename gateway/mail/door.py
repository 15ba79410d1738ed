"""Takes mail by SMTP or LMTP, and says that a mail is taken only once the service that it is for has kept it.

Whoever sends is a stranger: how many speak at once, how long, how much and how often to one address is bounded. Where
a service is away the sender is asked to come back, and keeps the mail until then. Nothing of a mail, and nobody's
address, is logged here or by the library that speaks the protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from typing import cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.mail.recipients import Recipient, Recipients
from kernel.certificates import ShownCertificate
from kernel.config import CannotStart, Config, WrongSetting
from kernel.errors import InvalidArgument, NotFound, ParleyError
from kernel.limits import LocalLimits, network_of
from kernel.mail.intake import MOST_BYTES
from kernel.telemetry import logs, metrics

#: A mail, from the first command to the last byte; a sender that says nothing for so long is sent away.
SECONDS = 120.0
MOST_RECIPIENTS = 20
MOST_COMMANDS = 200
#: A person answers now and then; whatever writes more often to one address is a machine, and comes back later.
TO_ONE_A_MINUTE, TO_ONE_AT_ONCE = 2.0, 20.0
FROM_ONE_A_MINUTE, FROM_ONE_AT_ONCE = 120.0, 240.0

_OK = "250 2.0.0 Kept"
_NOBODY = "550 5.1.1 Nobody here takes mail for this address"
_LATER = "451 4.3.0 Not kept; please come back later"
_TOO_OFTEN = "451 4.7.1 Too many mails; please come back later"
_TOO_LARGE = "552 5.3.4 The mail is too large; nothing of it was kept"
_NO_TLS = "530 5.7.0 Say STARTTLS first"

_log = logs.get("mail.door")
_taken = metrics.counter("mail_taken", "Mails that came in, by what became of them.", ("outcome",))
_open = metrics.gauge("mail_sessions", "Senders of mail that are being served.")


class Door:
    """The listener."""

    def __init__(self, config: Config, recipients: Recipients) -> None:
        """Takes the settings, and who takes mail for which address."""
        scheme, _, place = config.mail_listen.rpartition("://")
        host, _, port = place.rpartition(":")
        if scheme not in ("", "smtp", "lmtp") or not port.isdigit():
            raise WrongSetting("PARLEY_MAIL_LISTEN is not of the form host:port, smtp://host:port or lmtp://host:port")
        self._host, self._port = host.strip("[]") or "127.0.0.1", int(port)
        self._is_lmtp = scheme == "lmtp"
        self._config = config
        self._recipients = recipients
        self._limits = LocalLimits()
        self._sessions: set[SMTP] = set()
        self._server: asyncio.Server | None = None
        #: With which mail comes in encrypted, where that is offered.
        self.certificate = _certificate(config)
        self._renewing: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Starts to listen; raises CannotStart where the port is taken."""
        # The library writes down whom it speaks to and what they say.
        for name in ("mail.log", "mail.debug"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._speak, self._host, self._port, backlog=128)
        except OSError as error:
            raise CannotStart(
                f"mail cannot come in at {self._host}:{self._port} ({error.strerror}): see PARLEY_MAIL_LISTEN."
            ) from None
        if self.certificate is not None:
            self._renewing = asyncio.create_task(self.certificate.keep())
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self, grace: float = 10.0) -> None:
        """Takes nobody new, lets those who are being served finish for `grace` seconds, and ends."""
        if self._server is None:
            return
        self._server.close()
        if self._renewing is not None:
            self._renewing.cancel()
        busy = [each.done.wait() for each in self._speakers()]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*busy), grace)
        for each in self._speakers():
            each.end()

    def _speakers(self) -> list[_Speaker]:
        return [each for each in self._sessions if isinstance(each, _Speaker)]

    def _speak(self) -> SMTP:
        kind = _LmtpSpeaker if self._is_lmtp else _SmtpSpeaker
        return kind(self, self._config, self.certificate.context if self.certificate is not None else None)

    def enter(self, speaker: SMTP) -> bool:
        """Counts somebody who is served; False where there are too many already."""
        if len(self._sessions) >= self._config.most_mails:
            return False
        self._sessions.add(speaker)
        _open.set(len(self._sessions))
        return True

    def leave(self, speaker: SMTP) -> None:
        """Counts somebody who has gone."""
        self._sessions.discard(speaker)
        _open.set(len(self._sessions))

    async def address(self, session: Session, envelope: Envelope, found: dict[str, Recipient], address: str) -> str:
        """Answers `RCPT TO`, and puts who was found among those who are."""
        if self._config.mail_tls_only and session.ssl is None:
            return _NO_TLS
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        # The library calls it a text, and it is what the system says of the other end.
        place = cast("tuple[str, int] | None", session.peer)
        peer = network_of(str(place[0])) if place else ""
        if not self._limits.hit("mail_from", peer, rate=FROM_ONE_A_MINUTE / 60, burst=FROM_ONE_AT_ONCE).allowed:
            return _TOO_OFTEN
        try:
            recipient = await self._recipients.find(address)
            if recipient is None:
                return _NOBODY
            # The address is one of a closed list, or names a secret: what is remembered of it is bounded, and ours.
            key = (recipient.tenant_id, recipient.local_part)
            if not self._limits.hit("mail_to", key, rate=TO_ONE_A_MINUTE / 60, burst=TO_ONE_AT_ONCE).allowed:
                _taken.labels("limited").inc()
                return _TOO_OFTEN
            await self._recipients.check(recipient)
        except NotFound:
            return _NOBODY
        except ParleyError as error:
            _log.warning("recipient was not found out", reason=error.reason)
            return _LATER
        found[address] = recipient
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def take(self, envelope: Envelope, found: dict[str, Recipient]) -> list[str]:
        """Brings a mail to all for whom it is, and returns the answer for each."""
        data = envelope.original_content
        if not isinstance(data, bytes):
            return [_LATER for _ in envelope.rcpt_tos]
        path = envelope.mail_from if envelope.mail_from not in (None, "<>") else ""
        brought = (self._bring(found[address], str(path), data) for address in envelope.rcpt_tos)
        return list(await asyncio.gather(*brought))

    async def _bring(self, recipient: Recipient, return_path: str, data: bytes) -> str:
        try:
            await self._recipients.deliver(recipient, return_path[:320], data)
        except NotFound:
            _taken.labels("unknown").inc()
            return _NOBODY
        except InvalidArgument:
            _taken.labels("refused").inc()
            return _TOO_LARGE
        except ParleyError as error:
            _taken.labels("later").inc()
            _log.warning("mail was not kept", reason=error.reason, service=recipient.service)
            return _LATER
        _taken.labels("kept").inc()
        return _OK


class _Handler:
    """Answers what the protocol asks, for one sender."""

    def __init__(self, door: Door, *, each: bool) -> None:
        self._door = door
        self._each = each
        self._found: dict[str, Recipient] = {}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        return await self._door.address(session, envelope, self._found, address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answers = await self._door.take(envelope, self._found)
        if self._each:
            return "\r\n".join(answers)
        # SMTP has one answer for all: where one could not be served the mail comes again, and is kept once.
        return next((each for each in answers if each != _OK), _OK)

    async def handle_exception(self, error: Exception) -> str:
        _log.error("a sender was not served", exc_info=error)
        return _LATER


class _Speaker(SMTP):
    """One sender, being served."""

    lmtp = False

    def __init__(self, door: Door, config: Config, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            _Handler(door, each=self.lmtp),
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=config.mail_domain,
            ident="Parley",
            tls_context=tls,
            require_starttls=config.mail_tls_only,
            timeout=SECONDS,
            command_call_limit=MOST_COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._is_in = False
        #: Set but while a mail is being taken.
        self.done = asyncio.Event()
        self.done.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serves a sender, or asks it to come back."""
        if not self._is_in and not self._door.enter(self):
            line = cast("asyncio.WriteTransport", transport)
            line.write(b"421 4.3.2 Too busy; please come back later\r\n")
            line.close()
            return
        self._is_in = True
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Lets the next one in."""
        if not self._is_in:
            return
        self._door.leave(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Takes what a sender says, where it is served."""
        if self._is_in:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """Ends with a sender that has nothing more to say."""
        return super().eof_received() if self._is_in else None

    async def smtp_DATA(self, arg: str) -> None:
        """Takes a mail; meanwhile the sender is not sent away."""
        self.done.clear()
        try:
            await super().smtp_DATA(arg)
        finally:
            self.done.set()

    def end(self) -> None:
        """Closes the line."""
        if self.transport is not None:
            self.transport.close()


class _SmtpSpeaker(_Speaker):
    """One sender by SMTP."""


class _LmtpSpeaker(_Speaker, LMTP):
    """One sender by LMTP, which has an answer for each recipient."""

    lmtp = True


def _certificate(config: Config) -> ShownCertificate | None:
    if not config.mail_certificate:
        return None
    return ShownCertificate(
        config.mail_certificate, config.mail_key, settings="PARLEY_MAIL_CERTIFICATE and PARLEY_MAIL_KEY"
    )
