"""Nothing goes out but to whom the registry of recipients names: by the loop, by a thread, by a channel, by a mail."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kernel import egress
from kernel.config import Config
from kernel.egress import OURSELVES, EgressDenied, Guard
from kernel.privacy.recipients import (
    DATABASE,
    FILE_SCANNER,
    HINTS,
    MAIL_RELAY,
    NAME_SERVER,
    RECIPIENTS,
    TENANT_SYSTEM,
    TRACE_COLLECTOR,
    Kind,
    Recipient,
)

ROOT = Path(__file__).resolve().parents[2]

#: Where in the code something connects, and to whom. What is not listed here has no business to connect.
CONNECTING = {
    "kernel/rpc/channels.py": OURSELVES,
    "gateway/__main__.py": OURSELVES,
    "kernel/mail/mailers.py": "mail.relay",
    "kernel/names.py": "mail.names",
    "services/identity/actions/oidc.py": "staff.oidc",
    "kernel/files/scanning.py": "files.scanner",
    "kernel/posting.py": "tenant.webhook",
    "kernel/files/store.py": "files.store",
    "kernel/telemetry/traces.py": "traces.collector",
    "kernel/storage/connecting.py": "data.database",
    "kernel/storage/database.py": "data.database",
    "kernel/storage/migrate.py": "data.database",
    "kernel/storage/rewrite.py": "data.database",
    "kernel/valkey.py": "data.hints",
}
_CONNECTS = re.compile(
    r"aiosmtplib\.send\(|smtplib\.|open_connection\(|secure_channel\(|OTLPSpanExporter\(|create_async_engine\(|"
    r"asyncpg\.connect\(|Redis\.from_url\(|redis\.[a-z.]*from_url\(|import httpx|^import requests|urllib\.request|"
    r"socket\.create_connection\(|\.sock_connect\(|[^_]from_url\(|import dns\.asyncresolver"
)

GUARDED = """
import asyncio, json, socket, sys
from kernel import egress
from kernel.clock import SystemClock
from kernel.config import Config
from kernel.mail import Letter, SmtpMailer
from kernel.mail.letters import read_sender
from kernel.mail.mailers import Relay

declared, stranger = int(sys.argv[1]), int(sys.argv[2])
config = Config(redis_url=f"redis://localhost:{declared}", smtp_url=f"smtp://localhost:{declared}?starttls=no")
egress.activate(config)


async def by_loop(port):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def by_thread(port):
    await asyncio.to_thread(lambda: socket.create_connection(("127.0.0.1", port), 5).close())


async def by_datagram(port):
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
    )
    transport.close()


async def by_channel(port):
    egress.check_target(f"127.0.0.1:{port}")


async def by_mail(port):
    relay = Relay(host="127.0.0.1", port=port, start_tls=False)
    mailer = SmtpMailer(relay, clock=SystemClock(), sender=read_sender("Parley <parley@localhost>"))
    await mailer.send(Letter(to="sam@people.example", subject="Hello", text="Hello", html="Hello"))


async def main():
    said = {}
    for way in (by_loop, by_thread, by_datagram, by_channel, by_mail):
        for name, port in (("declared", declared), ("stranger", stranger)):
            try:
                await way(port)
                said[f"{way.__name__} {name}"] = "out"
            except Exception as error:
                said[f"{way.__name__} {name}"] = type(error).__name__
    print(json.dumps(said))


with asyncio.Runner(loop_factory=egress.new_event_loop) as runner:
    runner.run(main())
"""


async def test_a_guarded_process_reaches_declared_places_and_no_other_by_no_way() -> None:
    reached = {"declared": 0, "stranger": 0}

    async def listening(name: str) -> asyncio.Server:
        async def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached[name] += 1
            writer.close()

        return await asyncio.start_server(met, "127.0.0.1", 0)

    servers = [await listening(name) for name in reached]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", GUARDED, *map(str, ports)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        for server in servers:
            server.close()
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert {name: how for name, how in said.items() if name.endswith("stranger")} == {
        "by_loop stranger": "EgressDenied",
        "by_thread stranger": "EgressDenied",
        "by_datagram stranger": "EgressDenied",
        "by_channel stranger": "EgressDenied",
        # Whoever wants to send a mail hears that it cannot be sent now, and tries again in vain.
        "by_mail stranger": "Unavailable",
    }
    assert [said[f"{way} declared"] for way in ("by_loop", "by_thread", "by_datagram", "by_channel")] == ["out"] * 4
    assert reached["stranger"] == 0
    assert reached["declared"] >= 2


def test_the_places_come_from_the_settings_and_each_is_somebodys() -> None:
    config = Config(
        database_url="postgresql://owner:secret@db.internal/parley",
        redis_url="rediss://hints.internal:7000",
        smtp_url="smtps://relay.example",
        scanner_address="scanner.internal:3310",
        otlp_endpoint="http://collector.internal:4317",
        dns_server="192.0.2.53",
        chat_addresses=("10.0.0.1:8413", "10.0.0.2:8413"),
    )
    guard = Guard(config)
    assert guard.whose("DB.internal.", 5432) == DATABASE.name
    assert guard.whose("hints.internal", 7000) == HINTS.name
    assert guard.whose("relay.example", 465) == MAIL_RELAY.name
    assert guard.whose("scanner.internal", 3310) == FILE_SCANNER.name
    assert guard.whose("collector.internal", 4317) == TRACE_COLLECTOR.name
    assert guard.whose("10.0.0.2", 8413) == OURSELVES
    assert guard.whose("192.0.2.53", 53) == NAME_SERVER.name
    guard.check("relay.example", 465, MAIL_RELAY)
    for host, port in (("relay.example", 25), ("collector.internal", 80), ("elsewhere.example", 443)):
        with pytest.raises(EgressDenied) as refused:
            guard.check(host, port)
        assert host not in str(refused.value)
    with pytest.raises(EgressDenied):
        guard.check("scanner.internal", 3310, MAIL_RELAY)


def test_a_place_that_a_tenant_named_is_lent_while_something_is_on_its_way_there() -> None:
    guard = Guard(Config(redis_url="redis://127.0.0.9:7000"))
    with guard.lend("203.0.113.5", 443, TENANT_SYSTEM):
        with guard.lend("203.0.113.5", 443, TENANT_SYSTEM):
            guard.check("203.0.113.5", 443)
        assert guard.whose("203.0.113.5", 443) == TENANT_SYSTEM.name
        assert guard.whose("203.0.113.5", 80) is None
        assert guard.whose("203.0.113.6", 443) is None
    with pytest.raises(EgressDenied):
        guard.check("203.0.113.5", 443)
    # What is the platform's own is lent to nobody, and nothing is lent to whom no tenant names.
    with pytest.raises(EgressDenied), guard.lend("127.0.0.9", 7000, TENANT_SYSTEM):
        pass
    with pytest.raises(EgressDenied), egress.lend(MAIL_RELAY, "203.0.113.5", 443):
        pass


def test_a_recipient_that_is_not_registered_gets_nothing_in_any_process() -> None:
    unknown = Recipient(name="data.broker", kind=Kind.PROCESSOR, title="", receives="", purpose=MAIL_RELAY.purpose)
    with pytest.raises(EgressDenied):
        egress.check(unknown, "127.0.0.1", 80)


def test_the_code_connects_where_the_list_says_so_and_each_is_a_declared_recipient() -> None:
    found = {
        str(path.relative_to(ROOT))
        for part in ("kernel", "services", "gateway")
        for path in (ROOT / part).rglob("*.py")
        if any(_CONNECTS.search(line) for line in path.read_text().splitlines())
    }
    # The embedded engines look whether their own server is up, before anything is served.
    assert found - {"kernel/embedded/postgres.py", "kernel/embedded/valkey.py"} <= CONNECTING.keys(), found
    assert set(CONNECTING.values()) - {OURSELVES} <= RECIPIENTS.keys()


def test_a_free_port_is_nobodys() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        assert Guard(Config()).whose("127.0.0.1", listener.getsockname()[1]) is None
