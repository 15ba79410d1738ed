"""What `parley backup` and `parley restore` refuse: whoever is refused reads what to do, and has lost nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import make_url, text

from cli.archive import ArchiveError, fingerprint, open_archive, signing_key
from cli.backup import KIND, back_up
from cli.dumps import backup_url, conninfo, end
from cli.main import main
from cli.restore import Request, restore
from cli.sealed.checking import verify
from cli.sealed.stream import make_keys
from cli.sealed.taking import run
from kernel.clock import SystemClock
from kernel.config import SERVICES, Config
from kernel.embedded import Engines, EngineUrls
from kernel.identity import Subject
from kernel.journal import Corrected, Entry, Erased, Journal, LedgerHead, Withdrawn, read
from kernel.storage import Database
from kernel.storage.database import plain_url, runtime_url
from kernel.storage.migrate import make_roles
from tests.command import ROOT
from tests.engines import SECRET, fresh_database
from tests.restore.conftest import STAFF, VISITOR, Deployment
from tests.spawning import spawn


def changed(backup: Path, folder: Path, change: Callable[[Path], object]) -> Path:
    """Returns a copy of a backup to which something was done."""
    copy = folder / "changed"
    shutil.copytree(backup, copy)
    change(copy)
    return copy


async def refused(folder: Path, archive: Path, **request: Any) -> str:
    """Tries to restore an archive; returns what was said, and makes sure that nothing is left."""
    into = folder / "into"
    said: list[str] = []
    key = request.pop("secret_key", SECRET)
    config = request.pop("config", Config(secret_key=key))
    wish = Request(archive=archive, folder=into, **request)
    with pytest.raises(ArchiveError) as error:
        await asyncio.to_thread(restore, replace(config, secret_key=key), wish, said.append)
    assert not into.exists()
    assert not into.with_name("into.part").exists()
    assert "Starting the engines" not in said or config.database_url
    return str(error.value)


async def test_a_journal_is_needed_and_it_must_know_of_the_backup(
    deployment: Deployment, backup: Path, tmp_path: Path
) -> None:
    said = await refused(tmp_path, backup)
    assert "No journal was given. Whoever was erased since" in said
    assert "--journal FOLDER" in said
    older = tmp_path / "older"
    older.mkdir()
    (tmp_path / "a file").touch()
    assert "is older than the backup" in await refused(tmp_path, backup, journals=[older])
    assert "it is no folder" in await refused(tmp_path, backup, journals=[tmp_path / "missing"])
    assert "it is no folder" in await refused(tmp_path, backup, journals=[tmp_path / "a file"])
    shutil.copytree(deployment.copy, damaged := tmp_path / "damaged")
    for path in damaged.glob("*.jsonl"):
        path.write_bytes(path.read_bytes().replace(b'"backed_up"', b'"erased___"'))
    assert "The journal cannot be trusted" in await refused(tmp_path, backup, journals=[damaged])


async def test_the_deployments_own_key_is_needed(deployment: Deployment, backup: Path, tmp_path: Path) -> None:
    journals = [deployment.copy]
    assert "--key FILE" in await refused(tmp_path, backup, journals=journals, secret_key="")
    said = await refused(tmp_path, backup, journals=journals, secret_key="another key")
    assert "a deployment with another key" in said
    said = await refused(tmp_path, backup, journals=journals, secret_key="", key_file=tmp_path / "missing")
    assert "--key FILE" in said


def a_byte(path: Path) -> None:
    """Changes one byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(folder: Path) -> None:
    """Changes what the manifest says and leaves the signature."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["backup_id"] = "20200101T000000Z"
    (folder / "manifest.json").write_text(json.dumps(manifest))


def sign_again(folder: Path) -> None:
    """Changes what the manifest says and signs it with a key of one's own."""
    rewrite(folder)
    key = signing_key("a stranger", "backup")
    signature = key.sign((folder / "manifest.json").read_bytes()).hex()
    (folder / "manifest.sig").write_text(f"{fingerprint(key.public_key())} {signature}\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: a_byte(folder / "database.dump"), "is not what was written into the archive"),
        (lambda folder: (folder / "database.dump").unlink(), "is missing"),
        (lambda folder: (folder / "journal" / "20260101-000000-0.jsonl").touch(), "does not belong there"),
        (rewrite, "was changed after it was signed"),
        (lambda folder: a_byte(folder / "manifest.sig"), "no archive|was changed"),
        (sign_again, "somebody else signed it"),
        (lambda folder: (folder / "manifest.sig").unlink(), "no archive, or not a whole one"),
        (shutil.rmtree, "no archive, or not a whole one"),
    ],
)
async def test_an_archive_that_was_tampered_with_is_refused(
    deployment: Deployment, backup: Path, tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    archive = changed(backup, tmp_path, change)
    said = await refused(tmp_path, archive, journals=[deployment.copy])
    assert any(each in said for each in words.split("|")), said


async def test_a_backup_of_a_later_release_is_refused(deployment: Deployment, backup: Path, tmp_path: Path) -> None:
    def later(folder: Path) -> None:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        manifest["revisions"]["chat"] = "9999"
        content = orjson.dumps(manifest)
        key = signing_key(SECRET, "backup")
        (folder / "manifest.json").write_bytes(content)
        (folder / "manifest.sig").write_text(f"{fingerprint(key.public_key())} {key.sign(content).hex()}\n")

    said = await refused(tmp_path, changed(backup, tmp_path, later), journals=[deployment.copy])
    assert "made by a later release" in said
    assert "chat at 9999" in said


async def test_a_target_with_something_in_it_is_left_alone(
    deployment: Deployment, backup: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "precious").write_text("kept")
    wish = Request(archive=backup, folder=there, journals=[deployment.copy])
    with pytest.raises(ArchiveError, match="holds something"):
        await asyncio.to_thread(restore, Config(secret_key=SECRET), wish, lambda _: None)
    assert (there / "precious").read_text() == "kept"
    # A database that is in use is no target either, and the running one least of all.
    said = await refused(tmp_path, backup, journals=[deployment.copy], config=deployment.config)
    assert "The database is not empty: it has app, chat, community, identity, privacy, support, survey already" in said
    with pytest.raises(ArchiveError, match="holds something"):
        await asyncio.to_thread(back_up, deployment.config, there, lambda _: None)
    assert (there / "precious").read_text() == "kept"


async def test_a_server_on_which_another_deployment_lives_is_left_alone(
    deployment: Deployment, backup: Path, tmp_path: Path
) -> None:
    with Engines(tmp_path / "engines", durable=False) as engines:
        async with fresh_database(engines.database_url) as empty:
            await make_roles(empty, "the key of another deployment", SERVICES)
            config = Config(secret_key=SECRET, database_url=empty, redis_url=engines.redis_url)
            said = await refused(tmp_path, backup, journals=[deployment.copy], config=config)
            assert "The server has the roles of a deployment with another key" in said
            theirs = Database(runtime_url(empty, "the key of another deployment", "chat"))
            await theirs.check_role()
            await theirs.close()


async def test_what_is_loaded_is_compared_and_a_difference_is_named(
    deployment: Deployment, backup: Path, engines: EngineUrls, tmp_path: Path
) -> None:
    def other_count(folder: Path) -> None:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
        manifest["tables"]["chat.conversations"]["rows"] += 1
        manifest["tables"]["chat.messages"]["checksum"] = "0" * 32
        content = orjson.dumps(manifest)
        key = signing_key(SECRET, "backup")
        (folder / "manifest.json").write_bytes(content)
        (folder / "manifest.sig").write_text(f"{fingerprint(key.public_key())} {key.sign(content).hex()}\n")

    async with fresh_database(engines.database_url) as empty:
        said = await refused(
            tmp_path,
            changed(backup, tmp_path, other_count),
            journals=[deployment.copy],
            config=replace(deployment.config, database_url=empty, journal_copy_dir=""),
        )
    assert "not what was backed up: chat.conversations, chat.messages." in said


async def test_a_backup_reads_everything_and_changes_nothing(deployment: Deployment) -> None:
    database = Database(backup_url(deployment.config.database_url, SECRET))
    try:
        async with database.engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM chat.conversations"))).scalar_one() >= 0
        for statement in ("DELETE FROM chat.conversations", "CREATE TABLE chat.mine (a int)", "SET ROLE parley_chat"):
            with pytest.raises(Exception, match="permission denied"):
                async with database.engine.connect() as connection:
                    await connection.execute(text(statement))
    finally:
        await database.close()


async def test_a_full_disk_is_said_and_leaves_no_half_of_an_archive(deployment: Deployment, tmp_path: Path) -> None:
    # A limit on the size of a file refuses a write exactly as a full disk does.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    environment |= deployment.config.as_env()
    process = await spawn(
        *("/bin/sh", "-c", 'ulimit -f 16; exec "$0" -m cli backup "$1"', sys.executable, str(tmp_path / "small")),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = (await process.communicate()).decode()
    assert process.returncode == 1
    assert "parley: There is no room left for" in said
    assert "Nothing was left behind" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


async def test_a_program_is_ended_whatever_it_still_has_to_say() -> None:
    async def said_more_than_is_read() -> None:
        process = await asyncio.create_subprocess_exec("cat", "/dev/zero", stdout=asyncio.subprocess.PIPE)
        output = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        # More lies there than is taken unasked.
        while not output._paused:  # noqa: ASYNC110 - The pipe tells nobody that it is paused.
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await end(process)
        assert process.returncode == -signal.SIGKILL

    # On the loop on which the command runs.
    await asyncio.to_thread(asyncio.run, said_more_than_is_read())


async def test_two_at_once_into_one_folder_make_one_archive_which_is_whole(
    deployment: Deployment, tmp_path: Path
) -> None:
    late: list[str] = []

    def say(what: str) -> None:
        if what.startswith("Database:"):
            with pytest.raises(ArchiveError) as error:
                back_up(deployment.config, tmp_path / "one", lambda _: None)
            late.append(str(error.value))

    await asyncio.to_thread(back_up, deployment.config, tmp_path / "one", say)
    assert ["is being made by another process now" in each for each in late] == [True]
    open_archive(tmp_path / "one", KIND).check_files()
    assert list(tmp_path.iterdir()) == [tmp_path / "one"]


@pytest.mark.parametrize("arguments", [("backup", "{folder}/one"), ("backup", "run")])
async def test_after_a_backup_that_was_killed_the_next_one_is_whole_and_nothing_of_the_first_is_left(
    deployment: Deployment, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    recipient = make_keys(tmp_path.parent / f"{tmp_path.name} key")
    config = replace(deployment.config, backup_dir=str(tmp_path), backup_recipients=(recipient,))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    environment |= config.as_env()
    words = [each.format(folder=tmp_path) for each in arguments]
    async with held(deployment, "chat.messages"):
        process = await spawn(sys.executable, "-m", "cli", *words, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        # It is in the middle of its work, since a table cannot be read.
        assert b"Backing up" in await process.stdout.readline()
        process.kill()
        await process.wait()
    if words[1] == "run":
        name = await asyncio.to_thread(run, config, lambda _: None)
        assert {path.name for path in tmp_path.iterdir()} == {".lock", f"{name}.sealed", f"{name}.record"}
        await asyncio.to_thread(verify, config, [], None, lambda _: None)
    else:
        await asyncio.to_thread(back_up, config, tmp_path / "one", lambda _: None)
        open_archive(tmp_path / "one", KIND).check_files()
        assert list(tmp_path.iterdir()) == [tmp_path / "one"]


@asynccontextmanager
async def held(deployment: Deployment, table: str) -> AsyncIterator[None]:
    """Keeps everybody from reading a table."""
    owner = await asyncpg.connect(plain_url(deployment.config.database_url))
    try:
        async with owner.transaction():
            await owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await owner.close()


def test_where_there_is_no_deployment_there_is_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path / "nothing"))
    monkeypatch.delenv("PARLEY_SECRET_KEY", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["backup", str(tmp_path / "backup")])
    assert ended.value.code == 1
    assert "There is no deployment in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


async def test_another_key_cannot_even_read_for_a_backup(deployment: Deployment, tmp_path: Path) -> None:
    config = replace(deployment.config, secret_key="another key", journal_dir=str(tmp_path / "j"), journal_copy_dir="")
    with pytest.raises(ArchiveError, match="cannot be read as parley_backup"):
        await asyncio.to_thread(back_up, config, tmp_path / "backup", lambda _: None)
    assert not (tmp_path / "backup").exists()


async def test_a_replay_that_fails_makes_nothing_to_start_from(
    deployment: Deployment, engines: EngineUrls, tmp_path: Path
) -> None:
    """An entry that cannot be carried out again must not be passed over: somebody relies on it."""
    tenant = await deployment.platform.tenant()
    archive = await deployment.back_up("for a replay that fails")
    person = Subject(tenant_id=tenant.id, kind=VISITOR, id="vis_00000000000000000000000000")
    entry = Withdrawn(subject=person, choice_id="cho_1", store="privacy.unheard_of", row={"kind": 1})
    shutil.copytree(deployment.copy, tmp_path / "journal")
    later = Journal(tmp_path / "journal", secret_key=SECRET, clock=SystemClock())
    await later.append(entry)
    async with fresh_database(engines.database_url) as empty:
        said = await refused(
            tmp_path,
            archive,
            journals=[tmp_path / "journal"],
            config=replace(deployment.config, database_url=empty, journal_copy_dir=""),
        )
    assert "a store that this release does not know: privacy.unheard_of" in said
    assert "start no service on it, drop it" in said


async def test_corrections_are_replayed_as_far_as_they_may_be_read(
    deployment: Deployment, engines: EngineUrls, tmp_path: Path
) -> None:
    tenant = await deployment.platform.tenant()
    ann, bob = await tenant.member(name="Ann Wrong"), await tenant.member(name="Bob Wrong")
    archive = await deployment.back_up("for corrections")
    field = "parley.identity.v1.Staff.display_name"
    journal = tmp_path / "journal"
    shutil.copytree(deployment.copy, journal)
    later = Journal(journal, secret_key=SECRET, clock=SystemClock())

    def about(staff_id: str, tenant_id: str = tenant.id) -> Subject:
        return Subject(tenant_id=tenant_id, kind=STAFF, id=staff_id)

    entries: list[Entry] = [
        Corrected(subject=about(ann.id), field=field, value="Ann First"),
        Corrected(subject=about(ann.id), field=field, value="Ann Right"),
        Corrected(subject=about(bob.id), field=field, value="Bob Right"),
        # An address that somebody else has cannot be given to a second person, and stops nothing.
        Corrected(subject=about(ann.id), field="parley.identity.v1.Staff.email", value=bob.email),
        # The ledger had gone on after the backup; that is lost, and no sign that somebody cut it off.
        LedgerHead(tenant_id=tenant.id, sequence=99, head="ab" * 32),
        Erased(subject=about("stf_00000000000000000000000000", "ten_00000000000000000000000000")),
    ]
    for entry in entries[:2]:
        await later.append(entry)
    keys = set(journal.glob("keys/*"))
    await later.append(entries[2])
    # Bob's key was destroyed; his correction can be read by nobody any more.
    for key in set(journal.glob("keys/*")) - keys:
        key.unlink()
    await later.append(*entries[3:])
    said: list[str] = []
    async with fresh_database(engines.database_url) as empty:
        config = replace(deployment.config, database_url=empty, journal_copy_dir="", data_dir=tmp_path / "unused")
        wish = Request(archive=archive, folder=tmp_path / "into", journals=[journal])
        await asyncio.to_thread(restore, config, wish, said.append)
        connection = await asyncpg.connect(empty)
        names = await connection.fetch("SELECT display_name FROM identity.staff WHERE display_name ~ '^(Ann|Bob)'")
        await connection.close()
    assert {row["display_name"] for row in names} == {"Ann Right", "Bob Wrong"}
    lines = "\n".join(said)
    assert "corrections made again: 1" in lines
    assert "corrections whose key is not there (it goes with the person's erasure): 1" in lines
    assert "corrections which the records of that day do not take: 1" in lines
    assert "ledgers whose entries since the backup are lost: 1" in lines
    assert read([tmp_path / "into" / "journal"], SECRET).heads[tenant.id].sequence < 99
    assert "entries about companies that are not in the backup: 1" in lines
    assert "Ann" not in lines


def test_an_address_is_written_as_the_programs_read_it() -> None:
    url = make_url("postgresql://somebody:a%20secret@/parley?host=/a%20folder/it's%5Chere&port=5432")
    assert conninfo(url) == r"host='/a folder/it\'s\\here' port='5432' user='somebody' dbname='parley'"
