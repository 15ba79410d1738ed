"""Reads a certificate and its key, and again whenever their files have changed: for the gateway, for the door for mail
and for what the processes say to one another.

A renewed certificate is used from the next connection on, with no restart and no call cut off. While a pair is half
written, does not fit, or would be believed by nobody, the one at hand stays in use and the log says so.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from kernel.config import Config, WrongSetting
from kernel.telemetry import logs

#: How often a listener looks whether its certificate was renewed.
LOOK_SECONDS = 10.0

_log = logs.get("certificates")


class Unfit(ValueError):
    """Certificates that can be read and not be used; the text says why."""

    def __init__(self, reason: str, words: str) -> None:
        """Takes the reason as the log has it, and in words."""
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, its certificate, and the authority whose certificates are believed; it is in no representation."""

    key: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    #: Empty where whoever connects is not asked for a certificate.
    authority: bytes = field(repr=False, default=b"")

    def check(self) -> None:
        """Raises Unfit, or another ValueError, where the parts do not belong together."""
        first, *between = x509.load_pem_x509_certificates(self.certificate)
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        key = serialization.load_pem_private_key(self.key, password=None)
        if key.public_key().public_bytes(*form) != first.public_key().public_bytes(*form):
            raise Unfit("KEY_OF_ANOTHER", "the key is another certificate's")
        if self.authority and not _leads(first, between, x509.load_pem_x509_certificates(self.authority)):
            raise Unfit("OF_NO_AUTHORITY", "the certificate was issued by none of the authorities")

    def check_time(self, now: datetime) -> None:
        """Raises Unfit where the certificate is not good at a time."""
        first = x509.load_pem_x509_certificates(self.certificate)[0]
        if now > first.not_valid_after_utc:
            raise Unfit("HAS_ENDED", "the certificate has ended")
        if now < first.not_valid_before_utc:
            raise Unfit("NOT_GOOD_YET", "the certificate is not good yet")


def _leads(
    certificate: x509.Certificate, between: Sequence[x509.Certificate], authorities: Sequence[x509.Certificate]
) -> bool:
    """Says whether a certificate leads to an authority, by those that stand behind it in its file."""
    left = list(between)
    while not any(_is_issued(certificate, by=each) for each in authorities):
        issuer = next((each for each in left if _is_issued(certificate, by=each)), None)
        if issuer is None:
            return False
        left.remove(issuer)
        certificate = issuer
    return True


def _is_issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


class Certificates:
    """A certificate of one process, as its files have it now."""

    def __init__(self, key: str, certificate: str, authority: str = "", *, settings: str) -> None:
        """Reads the files; raises WrongSetting, which names the `settings`, where they are of no use to begin with.

        Between our own processes, which have an authority, one that has ended is of no use. Strangers are shown it all
        the same, and the log says so: some of them do not look at it, and without any nobody could come.
        """
        self._paths = tuple(Path(each) for each in (key, certificate, authority) if each)
        #: What was refused last, and why.
        self._refused: tuple[tuple[tuple[int, int, int], ...], str] = ((), "")
        try:
            self._seen = self._stamps()
            self.pair = self._read()
            self.pair.check()
            try:
                self.pair.check_time(datetime.now(UTC))
            except Unfit as error:
                if authority:
                    raise
                _log.error("the certificate is not good at this time", reason=error.reason)
        except OSError as error:
            raise WrongSetting(f"{settings}: a file cannot be read ({error.strerror})") from None
        except (ValueError, TypeError) as error:
            said = str(error) if isinstance(error, Unfit) else "a file holds something else than it should"
            raise WrongSetting(f"{settings}: {said}") from None

    @classmethod
    def between_processes(cls, config: Config) -> Self:
        """Returns that by which processes know one another."""
        return cls(
            config.mtls_key,
            config.mtls_certificate,
            config.mtls_ca,
            settings="PARLEY_MTLS_CERTIFICATE, PARLEY_MTLS_KEY and PARLEY_MTLS_CA",
        )

    def renewed(self) -> bool:
        """Reads the files again where they have changed, and says whether there is something new."""
        stamps: tuple[tuple[int, int, int], ...] = ()
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return False
            pair = self._read()
            pair.check()
            pair.check_time(datetime.now(UTC))
        except (OSError, ValueError, TypeError) as error:
            reason = error.reason if isinstance(error, Unfit) else type(error).__name__
            # They are looked at again and again, since time alone may make them good; that is no news.
            if (stamps, reason) != self._refused:
                _log.error("new certificates cannot be used; the old ones stay", reason=reason)
                self._refused = (stamps, reason)
            return False
        self._seen, self._refused = stamps, ((), "")
        if pair == self.pair:
            return False
        self.pair = pair
        return True

    def _stamps(self) -> tuple[tuple[int, int, int], ...]:
        # A cluster exchanges what a link leads to; then the file is another one.
        return tuple(
            (found.st_mtime_ns, found.st_ino, found.st_size) for found in (path.stat() for path in self._paths)
        )

    def _read(self) -> Pair:
        return Pair(*(path.read_bytes() for path in self._paths))


class ShownCertificate:
    """What a listener shows to strangers: a renewed one from the next handshake on, while what is open stays."""

    def __init__(self, certificate: str, key: str, *, settings: str) -> None:
        """Reads the files; raises WrongSetting, which names the `settings`, where they are of no use."""
        self._files = (certificate, key)
        self._certificates = Certificates(key, certificate, settings=settings)
        #: For TLS 1.2 and later.
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self.context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            raise WrongSetting(f"{settings}: TLS takes no such files ({type(error).__name__})") from None

    async def keep(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> bool:
        """Looks once, and says whether there was something new that could be taken."""
        if not self._certificates.renewed():
            return False
        try:
            # Whatever TLS itself does not take must not spoil what is at hand, so that another context tries it first.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
            self.context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            _log.error("new certificates cannot be used; the old ones stay", reason=type(error).__name__)
            return False
        return True
