"""Every process of a test run notes to whom it connects; whoever is no recipient stands out."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kernel import connections, egress
from kernel.connections import Connection, read, strangers
from kernel.privacy.recipients import MAIL_RELAY, RECIPIENTS
from tools import suites

ROOT = Path(__file__).resolve().parent.parent.parent

#: Connects as libraries do: on the loop, in a thread, and by a channel; first as any process, then as a guarded one.
TALKING = """
import asyncio, socket, sys
from kernel import egress
from kernel.config import Config

folder, port = sys.argv[1], int(sys.argv[2])
config = Config(connections_dir=folder, redis_url=f"redis://127.0.0.1:{port}")


async def talk():
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await asyncio.to_thread(lambda: socket.create_connection(("127.0.0.1", port), 5).close())
    egress.check_target(f"127.0.0.1:{port}")


egress.watch(folder)
asyncio.run(talk())
egress.activate(config)
with asyncio.Runner(loop_factory=egress.new_event_loop) as runner:
    runner.run(talk())
try:
    socket.create_connection(("127.0.0.1", 1), 5)
except egress.EgressDenied:
    print("denied")
"""


def test_a_process_notes_each_place_once_and_whose_it_is_where_it_is_guarded(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", TALKING, str(tmp_path), str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (0, "denied\n"), done.stderr
    # What was denied went to nobody, and is no connection.
    assert [(each.host, each.port, each.whose) for each in read(tmp_path)] == [
        ("127.0.0.1", port, ""),
        ("127.0.0.1", port, "data.hints"),
    ]


def test_whoever_is_neither_ourselves_nor_a_recipient_stands_out() -> None:
    names = [*RECIPIENTS, egress.OURSELVES]
    fine = [
        Connection("cli serve", "10.0.0.7", 8413, egress.OURSELVES),
        Connection("cli serve", "relay.example", 465, MAIL_RELAY.name),
        *(Connection("pytest", host, 1, "") for host in ("127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1")),
        Connection("pytest", "localhost", 1, ""),
        Connection("pytest", "nobody.invalid", 1, ""),
        Connection("pytest", "fern.localhost", 8080, ""),
    ]
    loose = [
        Connection("pytest", "192.0.2.1", 443, ""),
        Connection("cli serve", "tracker.example", 443, "somebody.unheard"),
        Connection("pytest", "localhost.example", 80, ""),
        Connection("pytest", "2001:db8::1", 80, ""),
    ]
    assert strangers([*fine, *loose], names) == loose


def test_a_run_fails_when_a_process_went_elsewhere_and_when_nobody_noted_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [each.partition("`")[2].partition("`")[0] for each in suites.outgoing(tmp_path)] == list(suites.TALKATIVE)
    notes = connections._Notes(tmp_path)
    notes.add("192.0.2.1", 443, "")
    assert suites.outgoing(tmp_path)[-1].endswith("192.0.2.1:443, which is no recipient's")
    assert "this machine 1" in capsys.readouterr().out
