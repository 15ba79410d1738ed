"""What `parley doctor` sees of the processes beside the database: Redis, and every service where it should listen."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from cli.finding import Finding
from kernel.config import SERVICES, Config, WrongSetting
from kernel.rpc.channels import open_replicas
from kernel.valkey import open_redis

#: The oldest releases that were tried.
REDIS, VALKEY = 7, 8
_ASK_SECONDS = 4.0
_SLOW_LOG = "slowlog-log-slower-than"


async def about_redis(config: Config) -> list[Finding]:
    """Looks whether Redis is there, lets us in, is young enough, and notes nothing of what it is told."""
    if not config.redis_url:
        return []
    findings = [] if config.one_host else _about_its_line(config.redis_url)
    client = open_redis(config.redis_url, answer_seconds=_ASK_SECONDS)
    try:
        server = await client.info("server")
        slow_log = await _setting(client, _SLOW_LOG)
    except (RedisError, OSError) as error:
        # The library hides what the server said behind what that means for the connection.
        said = error.__cause__ if isinstance(error.__cause__, AuthenticationError) else error
        is_refused = isinstance(said, AuthenticationError | ResponseError)
        findings.append(
            Finding(
                "redis",
                f"It {'lets nobody in' if is_refused else 'cannot be reached'} ({type(said).__name__}).",
                "See that PARLEY_REDIS_URL has its password, for its user."
                if is_refused
                else "See that it runs, and that PARLEY_REDIS_URL leads to it; until then replicas hear late of one"
                " another and nobody's attempts are counted.",
            )
        )
        return findings
    finally:
        await client.aclose()
    name, least = ("Valkey", VALKEY) if "valkey_version" in server else ("Redis", REDIS)
    version = str(server.get("valkey_version") or server["redis_version"])
    if int(version.partition(".")[0]) < least:
        findings.append(Finding("version", f"{name} is {version}.", f"Upgrade it to {least} or later."))
    if slow_log not in ("", "-1"):
        findings.append(
            Finding(
                "redis",
                "Its slow log keeps what it was told, with keys that belong to people.",
                f"Set {_SLOW_LOG} to -1, in its configuration and by CONFIG SET, then say SLOWLOG RESET.",
            )
        )
    return findings


def _about_its_line(url: str) -> list[Finding]:
    parts = urlsplit(url)
    if parts.scheme != "redis" or _is_here(parts.hostname or ""):
        return []
    return [
        Finding(
            "tls",
            "What is said to Redis on another machine can be read on the way.",
            "Write rediss:// in PARLEY_REDIS_URL, with ?ssl_ca_certs=<the authority's file>.",
        )
    ]


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1", "") or host.startswith("unix")


async def _setting(client: object, name: str) -> str:
    try:
        found: dict[str | bytes, str | bytes] = await client.config_get(name)  # type: ignore[attr-defined]  # Untyped.
    except ResponseError:
        # Whoever rents one may not ask.
        return ""
    values = [each.decode() if isinstance(each, bytes) else each for each in found.values()]
    return values[0] if values else ""


async def about_parts(config: Config) -> list[Finding]:
    """Asks each service whether it serves, where the settings say where that is."""
    usual = Config()
    told = [each for each in SERVICES if config.addresses(each) != usual.addresses(each)]
    said = await asyncio.gather(*(_state(config, service) for service in told))
    elsewhere = [
        each for each in told if not all(_is_here(one.rpartition(":")[0].strip("[]")) for one in config.addresses(each))
    ]
    findings = []
    if elsewhere and not config.mtls_ca and not config.one_host:
        findings.append(
            Finding(
                "tls",
                f"What is said to {', '.join(elsewhere)} can be read on the way, or by somebody in its place.",
                "Give every process a certificate: PARLEY_MTLS_CERTIFICATE, PARLEY_MTLS_KEY and PARLEY_MTLS_CA.",
            )
        )
    return findings + [
        Finding(
            "parts",
            f"{service} does not serve ({state}).",
            f"See that `parley serve {service}` runs where PARLEY_{service.upper()}_ADDRESSES leads to, and what its "
            f"log says{'; both sides need certificates of one authority' if config.mtls_ca else ''}.",
        )
        for service, state in zip(told, said, strict=True)
        if state
    ]


async def _state(config: Config, service: str) -> str:
    """Returns nothing for a service that serves, and otherwise the name of what it answers, or of why it does not."""
    try:
        channel = open_replicas(service, config)
    except WrongSetting:
        return "our own certificates cannot be used"
    try:
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=_ASK_SECONDS, wait_for_ready=False
        )
    except grpc.aio.AioRpcError as error:
        return error.code().name
    finally:
        await channel.close()
    serving = health_pb2.HealthCheckResponse.SERVING
    return "" if answer.status == serving else health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
