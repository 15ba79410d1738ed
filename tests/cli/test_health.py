"""`parley health` asks a part where it listens, and not where parts usually do."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from cli.health import gateway_is_ready, local_target
from kernel.config import Config


class _Ready(http.server.BaseHTTPRequestHandler):
    """Answers as a gateway that is ready does."""

    def do_GET(self) -> None:
        """Answers."""
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _OnIpv6(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


@pytest.fixture
def port() -> Iterator[int]:
    """Something that is ready, on the address of loopback at which nobody looks who was told nothing."""
    with _OnIpv6(("::1", 0), _Ready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_gateway_is_asked_on_the_address_on_which_it_listens(port: int) -> None:
    assert gateway_is_ready(Config(bind="::1", port=port))
    assert gateway_is_ready(Config(bind="::", port=port))
    assert not gateway_is_ready(Config(bind="127.0.0.1", port=port))


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("0.0.0.0:8411", "127.0.0.1:8411"),
        ("[::]:8411", "[::1]:8411"),
        (":8411", "127.0.0.1:8411"),
        ("10.0.0.5:8411", "10.0.0.5:8411"),
        ("[2001:db8::1]:8411", "[2001:db8::1]:8411"),
    ],
)
def test_whoever_listens_everywhere_is_asked_on_loopback(address: str, target: str) -> None:
    assert local_target(address) == target
