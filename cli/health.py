"""`parley health`: asks one part on this machine whether it should be sent work; made to be called every few seconds.

It imports as little as it can, because an orchestrator starts it again and again.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import urllib.error
import urllib.request

from kernel.config import SERVICES, Config, WrongSetting

SECONDS = 4.0
PART = "PARLEY_PART"


def local_target(address: str) -> str:
    """Returns where a part that listens on an address, or on all of them, is found from this machine."""
    host, _, port = address.rpartition(":")
    if host in ("[::]", "::"):
        return f"[::1]:{port}"
    return f"127.0.0.1:{port}" if host in ("0.0.0.0", "") else address  # noqa: S104  # It is only compared.


def gateway_is_ready(config: Config) -> bool:
    """Asks the gateway."""
    # The certificate is made out to the name by which people know the gateway, not to its address on loopback.
    context = ssl._create_unverified_context() if config.tls_certificate else None  # noqa: S323
    host = f"[{config.bind}]" if ":" in config.bind else config.bind
    address = f"{'https' if context else 'http'}://{local_target(f'{host}:{config.port}')}/readyz"
    try:
        with urllib.request.urlopen(address, timeout=SECONDS, context=context) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def mail_is_open(config: Config) -> bool:
    """Asks the door for mail, which greets whoever it serves."""
    host, _, port = local_target(config.mail_listen.rpartition("://")[2]).rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=SECONDS) as line:
            return line.recv(3) == b"220"
    except (OSError, ValueError):
        return False


def service_is_serving(config: Config, service: str) -> bool:
    """Asks a service by the standard health call."""
    import grpc  # noqa: PLC0415  # Asking the gateway needs none of it.
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415

    target = local_target(config.listens(service))
    # The certificate is made out to the service's name.
    options = (("grpc.ssl_target_name_override", service), ("grpc.enable_http_proxy", 0))
    opened = grpc.insecure_channel(target, options=options)
    if config.mtls_ca:
        from kernel.rpc.channels import channel_credentials  # noqa: PLC0415

        if credentials := channel_credentials(config):
            opened = grpc.secure_channel(target, credentials, options=options)
    with opened as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def check(part: str = "") -> int:
    """Says whether a part is well, as an exit code; prints one line where it is not."""
    part = part or os.environ.get(PART, "")
    parts = (*SERVICES, "gateway", "mail")
    if part not in parts:
        print(f"parley: say which part to ask, or set {PART}: {', '.join(parts)}", file=sys.stderr)
        return 2
    try:
        config = Config.from_env()
    except WrongSetting as error:
        print(f"parley: {error}", file=sys.stderr)
        return 2
    if part == "mail":
        is_well = mail_is_open(config)
    else:
        is_well = gateway_is_ready(config) if part == "gateway" else service_is_serving(config, part)
    if is_well:
        return 0
    print(f"parley: {part} is not ready", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(check(*sys.argv[1:2]))
