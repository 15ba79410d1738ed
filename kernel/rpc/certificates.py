"""Reads the certificates by which processes know one another, and again whenever their files have changed.

A renewed certificate is used from the next connection on, with no restart and no call cut off. While a pair is half
written, or does not fit, the one at hand stays in use and the log says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kernel.config import Config
from kernel.rpc.changing import ChangingChannel
from kernel.telemetry import logs

#: How often a client looks whether its certificate was renewed.
_LOOK_SECONDS = 1.0

_log = logs.get("certificates")


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, its certificate, and the authority whose certificates are believed; it is in no representation."""

    key: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    authority: bytes = field(repr=False)

    def check(self) -> None:
        """Raises ValueError where the parts do not belong together."""
        (first, *_) = x509.load_pem_x509_certificates(self.certificate)
        x509.load_pem_x509_certificates(self.authority)
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        key = serialization.load_pem_private_key(self.key, password=None)
        if key.public_key().public_bytes(*form) != first.public_key().public_bytes(*form):
            raise ValueError("the key is another certificate's")


class Certificates:
    """The certificates of one process, as its files have them now."""

    def __init__(self, config: Config) -> None:
        """Reads them; raises OSError or ValueError where there are none to begin with."""
        self._paths = tuple(Path(each) for each in (config.mtls_key, config.mtls_certificate, config.mtls_ca))
        self._seen = self._stamps()
        self.pair = self._read()

    def renewed(self) -> bool:
        """Reads the files again where they have changed, and says whether there is something new."""
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return False
            pair = self._read()
        except (OSError, ValueError, TypeError) as error:
            _log.error("new certificates cannot be used; the old ones stay", error=type(error).__name__)
            return False
        self._seen = stamps
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
        pair.check()
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
