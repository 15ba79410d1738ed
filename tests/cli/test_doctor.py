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
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from cli import doctor, neighbours
from cli.doctor import examine
from cli.finding import Finding
from cli.folders import MIGRATIONS
from cli.neighbours import about_parts, about_redis
from cli.sealed.stream import make_keys
from cli.tls import about_tls
from kernel.config import SERVICES, Config, WrongSetting
from kernel.embedded import Engines, EngineUrls
from kernel.identity import KeyRing, Revocations
from kernel.jobs import DEAD, READY
from kernel.rpc.server import Server
from kernel.storage.database import plain_url
from tests.gateway.test_http import a_certificate
from tests.kernel.test_mtls import Authority, until_serving
from tests.platform import a_config, migrated_database
from tests.standby import a_pair

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def config(engines: EngineUrls, tmp_path: Path) -> AsyncIterator[Config]:
    """A migrated database, and settings with a second place for everything."""
    async with migrated_database(engines) as url:
        # What listens on no port yet has no address to be asked at.
        unset = {service: usual(service) for service in SERVICES}
        yield a_config(
            url,
            "",
            tmp_path / "data",
            public_base="https://help.example.com",
            journal_copy_dir=str(tmp_path / "journal"),
            backup_recipients=(make_keys(tmp_path / "key"),),
            backup_dir=str(tmp_path / "backups"),
            backup_copy=str(tmp_path / "copies"),
        ).with_addresses(unset)


async def found(config: Config) -> list[Finding]:
    """Examines a deployment; where backups are, and what is in the environment, is another test's."""
    findings = await asyncio.to_thread(examine, config, lambda _: None)
    return [each for each in findings if each.about not in ("backups", "settings")]


@pytest_asyncio.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[str]:
    """A Redis of a test's own, at its address."""
    with Engines(tmp_path / "engines", postgres=False, durable=False) as started:
        yield started.redis_url


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
    assert "cannot be reached (ConnectionRefusedError)" in findings[0].found
    assert "canary" not in "".join(said)
    with pytest.raises(WrongSetting, match="PARLEY_DATABASE_URL has a value of the wrong form"):
        examine(replace(config, database_url="postgresql://owner:canary@db.example:port/none"), said.append)


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
    said = [each.found for each in about_tls(config, NOW)]
    assert said[0] == "People reach this platform by plain HTTP."
    assert said[1].startswith("The certificate of the gateway ends in ")
    assert said[2].startswith("The certificate of this service cannot be read")
    assert about_tls(Config(public_base="https://help.example.com"), NOW) == []


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
    findings = about_tls(config, NOW)
    assert [each.about for each in findings] == ["tls"] * is_found
    assert all("owner" not in each.found + each.mend for each in findings)


def test_on_one_host_nothing_has_to_be_encrypted_between_its_parts() -> None:
    config = Config(database_url="postgresql://owner@postgres/parley", public_base="https://help.example.com")
    assert [each.about for each in about_tls(config, NOW)] == ["tls"]
    assert about_tls(replace(config, one_host=True), NOW) == []


@pytest.mark.parametrize("what", ["key", "certificate", "ca"])
def test_certificates_that_do_not_belong_together_are_found(tmp_path: Path, what: str) -> None:
    authority, other = Authority(), Authority()
    config = replace(authority.settings(tmp_path, "one", hours=1000), public_base="https://help.example.com", listen="")
    assert about_tls(config, NOW) == []
    other.settings(tmp_path, "other", hours=1000)
    Path(tmp_path / f"one.{what}").write_bytes((tmp_path / f"other.{what}").read_bytes())
    (finding,) = about_tls(config, NOW)
    assert finding.found.startswith("PARLEY_MTLS_CERTIFICATE, PARLEY_MTLS_KEY and PARLEY_MTLS_CA: the ")
    assert "belong together" in finding.mend


def test_a_pair_that_strangers_are_shown_and_that_does_not_fit_is_found(tmp_path: Path) -> None:
    one, other = (Authority().settings(tmp_path, name, hours=1000) for name in ("one", "other"))
    good = Config(
        public_base="https://help.example.com",
        tls_certificate=one.mtls_certificate,
        tls_key=one.mtls_key,
        mail_certificate=other.mtls_certificate,
        mail_key=other.mtls_key,
    )
    assert about_tls(good, NOW) == []
    (gateway,) = about_tls(replace(good, tls_key=other.mtls_key), NOW)
    assert gateway.found == "PARLEY_TLS_CERTIFICATE and PARLEY_TLS_KEY: the key is another certificate's."
    (mail,) = about_tls(replace(good, mail_key=one.mtls_key), NOW)
    assert mail.found.startswith("PARLEY_MAIL_CERTIFICATE and PARLEY_MAIL_KEY: ")


async def test_a_database_that_is_half_there_is_looked_at_as_far_as_it_goes(config: Config) -> None:
    owner = await asyncpg.connect(plain_url(config.database_url))
    try:
        await owner.execute("ALTER TABLE chat.jobs DROP COLUMN due_time")
    finally:
        await owner.close()
    (finding,) = await found(config)
    assert finding.found == "It cannot be looked at to the end (UndefinedColumnError)."


def test_a_folder_that_cannot_be_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = Config(data_dir=tmp_path, journal_dir=str(tmp_path / "file" / "journal"))
    assert [each.found for each in doctor.about_disks(config) if "written" in each.found] == [
        f"{tmp_path / 'file' / 'journal'} cannot be written."
    ]


def test_what_sets_nothing_what_others_can_read_and_a_short_key_are_found(tmp_path: Path) -> None:
    path = tmp_path / "redis-url"
    path.write_text("redis://127.0.0.1/0\n")
    path.chmod(0o640)
    environ = {"PARLEY_DATABSE_URL": "canary", "PARLEY_REDIS_URL_FILE": str(path), "PARLEY_PART": "chat", "HOME": "/"}
    config = Config(secret_key="k" * 32)
    (misspelt,) = doctor.about_settings(config, environ)
    assert misspelt.found.startswith("PARLEY_DATABSE_URL is no setting")
    assert "It may be meant as PARLEY_DATABASE_URL; " in misspelt.mend
    path.chmod(0o644)
    assert [each.mend for each in doctor.about_settings(config, {"PARLEY_REDIS_URL_FILE": str(path)})] == [
        f"chmod o= {path}"
    ]
    (short,) = doctor.about_settings(replace(config, secret_key="canary"), {})
    assert short.about == "key"
    assert "canary" not in f"{misspelt}{short}"
    # What the platform itself writes for its processes is known.
    assert doctor.about_settings(config, config.as_env()) == []


async def test_a_key_with_which_no_service_could_connect_is_found(config: Config) -> None:
    assert await found(config) == []
    (finding,) = [each for each in await found(replace(config, secret_key="k" * 40)) if each.about == "key"]
    assert "migrated with another one" in finding.found
    (finding,) = [each for each in await found(replace(config, secret_key="")) if each.about == "key"]
    assert "PARLEY_SECRET_KEY_FILE" in finding.mend


async def test_redis_that_is_away_refuses_or_takes_notes_is_found(engines: EngineUrls, own_redis: str) -> None:
    config = Config(redis_url=own_redis)
    client = Redis.from_url(own_redis)
    try:
        await client.config_set("slowlog-log-slower-than", "10000")
        (finding,) = await about_redis(config)
        assert "slow log" in finding.found
        await client.config_set("slowlog-log-slower-than", "-1")
        assert await about_redis(config) == []
        await client.config_set("requirepass", "canary")
        (finding,) = await about_redis(config)
        assert finding.found == "It lets nobody in (AuthenticationError)."
    finally:
        await client.aclose()
    (finding,) = await about_redis(Config(redis_url="redis://:canary@127.0.0.1:1/0"))
    assert finding.found.startswith("It cannot be reached")
    assert "canary" not in f"{finding}"
    assert await about_redis(Config()) == []


@pytest.mark.parametrize(
    ("url", "is_found"),
    [
        ("redis://:word@10.255.0.2:6379/0", True),
        ("rediss://:word@10.255.0.2:6379/0", False),
        ("redis://:word@[::1]:6379/0", False),
        ("unix:///run/redis", False),
    ],
)
def test_redis_elsewhere_wants_tls(url: str, *, is_found: bool) -> None:
    assert bool(neighbours._about_its_line(url)) is is_found


async def test_a_service_that_does_not_serve_where_it_should_is_found(tmp_path: Path) -> None:
    authority = Authority()
    keys = KeyRing()
    server = Server("chat", authority.settings(tmp_path, "chat", names=["chat"]), keys, Revocations())
    await server.start()
    try:
        ours = authority.settings(tmp_path, "doctor")
        config = replace(ours, chat_addresses=(f"127.0.0.1:{server.port}",), survey_addresses=("127.0.0.1:1",))
        assert [each.found for each in await about_parts(config)] == [
            "chat does not serve (NOT_SERVING).",
            "survey does not serve (UNAVAILABLE).",
        ]
        keys.replace({"one": Ed25519PrivateKey.generate().public_key().public_bytes_raw()})
        await until_serving(server.port, ours)
        assert [each.found for each in await about_parts(config)] == ["survey does not serve (UNAVAILABLE)."]
        # A certificate of somebody else's opens nothing, and what may be wrong is said.
        stranger = replace(Authority().settings(tmp_path, "stranger"), chat_addresses=config.chat_addresses)
        (finding,) = await about_parts(stranger)
        assert "certificates of one authority" in finding.mend
    finally:
        await server.stop(0)
    named = Config(chat_addresses=("chat.example.invalid:8413",))
    assert [each.about for each in await about_parts(named)] == ["tls", "parts"]
    assert [each.about for each in await about_parts(replace(named, one_host=True))] == ["parts"]
    assert await about_parts(Config()) == []


def usual(service: str) -> tuple[str, ...]:
    """Returns where a service is where nothing is set."""
    return Config().addresses(service)


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
    async def wrong(url: str) -> list[str]:
        return [each.found for each in await doctor.about_replicas(primary, [url])]

    with a_pair(tmp_path / "engines") as pair:
        await pair.follow()
        primary = await asyncpg.connect(pair.url)
        assert await wrong(pair.replica_url) == []
        await pair.tell_replica("SELECT pg_wal_replay_pause()")
        await primary.execute("CREATE TABLE news ()")
        with monkeypatch.context() as patched:
            patched.setattr(doctor, "REPLICA_LAG", timedelta(seconds=0.5))
            assert "behind" in (await wrong(pair.replica_url))[0]
        await pair.tell_replica("SELECT pg_wal_replay_resume()")
        assert await wrong(pair.replica_url) == []
        assert await wrong(engines.database_url) == ["Number 1 belongs to another database."]
        assert await wrong(pair.url) == ["Number 1 follows nobody: it was made a primary."]
        pair.replica.stop()
        assert "cannot be reached" in (await wrong(pair.replica_url))[0]
        await primary.close()
