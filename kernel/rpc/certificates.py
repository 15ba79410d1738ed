"""Gives gRPC the certificates by which processes know one another, each as its files have it at that moment.

A renewed certificate is used from the next connection on, with no restart and no call cut off.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import grpc
import grpc.aio

from kernel.certificates import Certificates, Pair
from kernel.config import Config
from kernel.rpc.changing import ChangingChannel

#: How often a client looks whether its certificate was renewed.
_LOOK_SECONDS = 1.0


def server_credentials(config: Config) -> grpc.ServerCredentials:
    """Returns credentials that let in whom the authority knows, with the certificate of each moment."""
    certificates = Certificates.between_processes(config)

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
