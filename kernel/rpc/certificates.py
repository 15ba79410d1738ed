"""Reads the certificates by which processes know one another, and again whenever their files have changed.

A renewed certificate is used from the next connection on, with no restart and no call cut off. While a pair is half
written, does not fit, or would be believed by nobody, the one at hand stays in use and the log says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import grpc
import grpc.aio
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from kernel.config import Config, WrongSetting
from kernel.rpc.changing import ChangingChannel
from kernel.telemetry import logs

#: How often a client looks whether its certificate was renewed.
_LOOK_SECONDS = 1.0

_SETTINGS = "PARLEY_MTLS_CERTIFICATE, PARLEY_MTLS_KEY and PARLEY_MTLS_CA"

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
    authority: bytes = field(repr=False)

    def check(self, now: datetime) -> None:
        """Raises Unfit, or another ValueError, where the parts do not belong together or nobody would believe them."""
        first, *between = x509.load_pem_x509_certificates(self.certificate)
        authorities = x509.load_pem_x509_certificates(self.authority)
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        key = serialization.load_pem_private_key(self.key, password=None)
        if key.public_key().public_bytes(*form) != first.public_key().public_bytes(*form):
            raise Unfit("KEY_OF_ANOTHER", "the key is another certificate's")
        if now > first.not_valid_after_utc:
            raise Unfit("HAS_ENDED", "the certificate has ended")
        if now < first.not_valid_before_utc:
            raise Unfit("NOT_GOOD_YET", "the certificate is not good yet")
        if not _leads(first, between, authorities):
            raise Unfit("OF_NO_AUTHORITY", "the certificate was issued by none of the authorities")


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
    """The certificates of one process, as its files have them now."""

    def __init__(self, config: Config) -> None:
        """Reads them; raises WrongSetting where there are none to begin with."""
        self._paths = tuple(Path(each) for each in (config.mtls_key, config.mtls_certificate, config.mtls_ca))
        #: What was refused last, and why.
        self._refused: tuple[tuple[tuple[int, int, int], ...], str] = ((), "")
        try:
            self._seen = self._stamps()
            self.pair = self._read()
        except OSError as error:
            raise WrongSetting(f"{_SETTINGS}: a file cannot be read ({error.strerror})") from None
        except (ValueError, TypeError) as error:
            said = str(error) if isinstance(error, Unfit) else "a file holds something else than it should"
            raise WrongSetting(f"{_SETTINGS}: {said}") from None

    def renewed(self) -> bool:
        """Reads the files again where they have changed, and says whether there is something new."""
        stamps: tuple[tuple[int, int, int], ...] = ()
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return False
            pair = self._read()
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
        pair = Pair(*(path.read_bytes() for path in self._paths))
        pair.check(datetime.now(UTC))
        return pair


def server_credentials(config: Config) -> grpc.ServerCredentials:
    """Returns credentials that let in whom the authority knows, with the certificate of each moment."""
    certificates = Certificates(config)

    def configuration() -> grpc.ServerCertificateConfiguration:
        pair = certificates.pair
        return grpc.ssl_server_certificate_configuration(
            [(pair.key, pair.certificate)], root_certificates=pair.authority
        )

    def renewed() -> Any:
        return configuration() if certificates.renewed() else None

    # It is asked before each handshake, and answers with nothing where nothing changed.
    made: Any = grpc.dynamic_ssl_server_credentials(configuration(), renewed, require_client_authentication=True)
    return cast(grpc.ServerCredentials, made)


def client_credentials(pair: Pair) -> grpc.ChannelCredentials:
    """Returns credentials of a client with one pair, for as long as a channel lives."""
    return grpc.ssl_channel_credentials(
        root_certificates=pair.authority, private_key=pair.key, certificate_chain=pair.certificate
    )


class RenewingChannel(ChangingChannel):
    """A channel that is opened anew when its certificate was renewed."""

    def __init__(
        self, certificates: Certificates, opened: Callable[[grpc.ChannelCredentials], grpc.aio.Channel]
    ) -> None:
        """Takes the certificates, and how a channel is opened with them."""
        self._certificates = certificates
        self._opened = opened
        self._pair = certificates.pair
        self._looked = time.monotonic()
        super().__init__(opened(client_credentials(self._pair)))

    @property
    def now(self) -> grpc.aio.Channel:
        """The channel for the next call."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = time.monotonic()
            self._certificates.renewed()
        if self._pair is not self._certificates.pair:
            self._pair = self._certificates.pair
            self._change(self._opened(client_credentials(self._pair)))
        return self._channel
