"""`parley doctor` finds what was broken, says how to mend it, and finds nothing where nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from cli import doctor
from cli.doctor import Finding, examine
from cli.folders import MIGRATIONS
from cli.sealed.stream import make_keys
from kernel.config import Config
from kernel.embedded import EngineUrls
from kernel.jobs import DEAD, READY
from kernel.storage.database import plain_url
from tests.gateway.test_http import a_certificate
from tests.platform import a_config, migrated_database
from tests.standby import a_pair

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def config(engines: EngineUrls, tmp_path: Path) -> AsyncIterator[Config]:
    """A migrated database, and settings with a second place for everything."""
    async with migrated_database(engines) as url:
        yield a_config(
            url,
            "",
            tmp_path / "data",
            public_base="https://help.example.com",
            journal_copy_dir=str(tmp_path / "journal"),
            backup_recipients=(make_keys(tmp_path / "key"),),
            backup_dir=str(tmp_path / "backups"),
            backup_copy=str(tmp_path / "copies"),
        )


async def found(config: Config) -> list[Finding]:
    """Examines a deployment; where backups are is another test's."""
    return [each for each in await asyncio.to_thread(examine, config, lambda _: None) if each.about != "backups"]


async def test_each_thing_that_was_broken_in_the_database_is_found(config: Config) -> None:
    assert await found(config) == []
    owner = await asyncpg.connect(plain_url(config.database_url))
    try:
        await owner.execute("ALTER TABLE chat.messages NO FORCE ROW LEVEL SECURITY")
        await owner.execute("UPDATE survey.migration SET version_num = '9999'")
        await owner.execute(
            "INSERT INTO chat.jobs (tenant_id, id, kind, arguments, state, due_time, attempts, error, create_time) "
            "SELECT gen_random_uuid(), gen_random_uuid(), 'test', '{}', state, now() - interval '1 hour', 0, '', now() "
            f"FROM unnest(ARRAY[{READY}, {DEAD}]) state"
        )
        findings = await found(config)
    finally:
        await owner.close()
    assert [each.about for each in findings] == ["migrations", "row security", "queue", "queue"]
    assert all(each.mend for each in findings)
    migrations, security, late, given_up = (each.found for each in findings)
    assert "of a later release" in migrations
    assert "chat.messages is not protected" in security
    assert "Work of chat has been due for 60 minutes" in late
    assert given_up == "chat gave up 1 jobs."


async def test_a_database_that_is_away_is_said_and_nothing_of_its_address(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, database_url="postgresql://owner:canary-pass-1@127.0.0.1:1/none")
    said: list[str] = []
    findings = await asyncio.to_thread(examine, config, said.append)
    assert findings[0].about == "database"
    assert "canary" not in "".join(said)


def test_old_servers_clocks_apart_and_missing_migrations_are_found() -> None:
    assert doctor.about_version(18) == []
    assert "Upgrade it to 18" in doctor.about_version(17)[0].mend
    assert doctor.about_clocks(NOW, NOW + timedelta(seconds=4)) == []
    assert "60 s apart" in doctor.about_clocks(NOW, NOW + timedelta(minutes=1))[0].found
    assert len(doctor.about_migrations({}, MIGRATIONS)) == len(MIGRATIONS)
    assert "Run `parley migrate`" in doctor.about_migrations({}, MIGRATIONS)[0].mend


def test_plain_http_and_certificates_that_end_are_found(tmp_path: Path) -> None:
    certificate, _ = a_certificate(tmp_path)
    config = Config(public_base="http://help.example.com", tls_certificate=str(certificate), mtls_certificate="/none")
    said = [each.found for each in doctor.about_tls(config, NOW)]
    assert said[0] == "People reach this platform by plain HTTP."
    assert said[1].startswith("The certificate of the gateway ends in ")
    assert said[2].startswith("The certificate of this service cannot be read")
    assert doctor.about_tls(Config(public_base="https://help.example.com"), NOW) == []


@pytest.mark.parametrize(
    ("url", "is_found"),
    [
        ("postgresql://owner@db.example/parley", True),
        ("postgresql://owner@db.example/parley?sslmode=require", True),
        ("postgresql://owner@db.example/parley?sslmode=verify-full&sslrootcert=/ca.pem", False),
        ("postgresql://owner@127.0.0.1/parley", False),
        ("postgresql://owner@/parley?host=/run/postgresql", False),
        ("postgresql://owner@/parley?host=db.example", True),
    ],
)
def test_a_database_elsewhere_wants_tls_with_a_server_that_proves_itself(url: str, *, is_found: bool) -> None:
    config = Config(database_url=url, public_base="https://help.example.com")
    findings = doctor.about_tls(config, NOW)
    assert [each.about for each in findings] == ["tls"] * is_found
    assert all("owner" not in each.found + each.mend for each in findings)


def test_backups_that_are_missing_or_beside_what_they_are_of_are_found(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    config = Config(data_dir=tmp_path)
    assert [each.about for each in doctor.about_backups(config, NOW)] == ["backups", "journal", "backups"]
    sealed = replace(config, backup_recipients=("a",), journal_copy_dir="/elsewhere")
    assert [each.found for each in doctor.about_backups(sealed, NOW)] == [
        "There is no second place.",
        f"There is none in {tmp_path / 'backups'}.",
    ]
    (tmp_path / "secret-key").write_text("a key")
    (tmp_path / "secret-key").chmod(0o644)
    assert [each.about for each in doctor.about_disks(config) if each.about == "key"] == ["key"]


async def test_a_replica_without_a_password_is_asked_as_the_owner_of_the_primary(tmp_path: Path) -> None:
    with a_pair(tmp_path / "engines") as pair:
        await pair.follow()
        place = urlsplit(pair.replica_url)
        given = place._replace(netloc=f"{place.hostname}:{place.port}").geturl()
        config = Config(data_dir=tmp_path, database_url=pair.url, database_replicas=(given,))
        assert "replica" not in {each.about for each in await found(config)}
        broken = replace(config, database_replicas=(given.replace(str(place.port), "1"),))
        assert "replica" in {each.about for each in await found(broken)}


async def test_a_replica_that_is_away_behind_of_another_or_of_nobody_is_found(
    engines: EngineUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "REPLICA_LAG", timedelta(seconds=0.5))

    async def wrong(url: str) -> list[str]:
        return [each.found for each in await doctor.about_replicas(primary, [url])]

    with a_pair(tmp_path / "engines") as pair:
        await pair.follow()
        primary = await asyncpg.connect(pair.url)
        assert await wrong(pair.replica_url) == []
        await pair.tell_replica("SELECT pg_wal_replay_pause()")
        await primary.execute("CREATE TABLE news ()")
        assert "behind" in (await wrong(pair.replica_url))[0]
        await pair.tell_replica("SELECT pg_wal_replay_resume()")
        assert await wrong(pair.replica_url) == []
        assert await wrong(engines.database_url) == ["Number 1 belongs to another database."]
        assert await wrong(pair.url) == ["Number 1 follows nobody: it was made a primary."]
        pair.replica.stop()
        assert "cannot be reached" in (await wrong(pair.replica_url))[0]
        await primary.close()
