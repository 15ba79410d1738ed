"""What a service says whose database is not as it should be: a sentence with what to do, and no stack."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from cli.builds import build_of
from cli.folders import MIGRATIONS
from kernel.config import CannotStart, Config
from kernel.embedded import EngineUrls
from kernel.rpc.process import Process, Running
from kernel.storage.connecting import OutOfReach, owner_connection
from kernel.storage.migrate import Stopped, migrate
from kernel.storage.readiness import revisions
from tests.command import running
from tests.engines import SECRET, fresh_database, one_at_a_time
from tests.platform import a_config, migrated_database


async def refusal(config: Config) -> str:
    """Starts survey, and returns why it does not."""
    survey = Running(Process(config), [build_of("survey")], background=False)
    try:
        await survey.start()
    except CannotStart as error:
        return str(error)
    finally:
        await survey.stop()
    return ""


async def change(url: str, statement: str) -> None:
    """Changes something as the owner."""
    owner = await asyncpg.connect(url)
    try:
        await owner.execute(statement)
    finally:
        await owner.close()


async def test_a_service_says_what_is_wrong_with_its_database_and_what_to_do(
    engines: EngineUrls, tmp_path: Path
) -> None:
    last, earlier = revisions(MIGRATIONS["survey"])
    async with migrated_database(engines) as url, fresh_database(engines.database_url) as empty:
        config = a_config(url, engines.redis_url, tmp_path)
        assert await refusal(config) == ""
        assert "PARLEY_SECRET_KEY is another one" in await refusal(replace(config, secret_key="k" * 40))
        away = replace(config, database_url="postgresql://owner:canary@127.0.0.1:1/parley")
        said = await refusal(away)
        assert "cannot be reached (ConnectionRefusedError)" in said
        assert "canary" not in said
        assert "the schema survey is at nothing" in await refusal(replace(config, database_url=empty))
        nowhere = urlunsplit(urlsplit(url)._replace(path="/no_such_database"))
        assert "no database of the name" in await refusal(replace(config, database_url=nowhere))
        # One migration behind is refused; what a later release has added is what the release before it runs on.
        for at, is_refused in ((max(earlier), True), ("9999", False), (last, False)):
            await change(url, f"UPDATE survey.migration SET version_num = '{at}'")
            assert ("Run `parley migrate` of this release first" in await refusal(config)) is is_refused, at
        taken = socket.socket()
        with taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            place = f"127.0.0.1:{taken.getsockname()[1]}"
            assert f"survey cannot listen at {place}" in await refusal(replace(config, survey_addresses=(place,)))
        file = tmp_path / "a file"
        file.touch()
        assert "the journal cannot be written (Not a directory)" in await refusal(
            replace(config, journal_dir=str(file / "journal"))
        )
        await change(url, "ALTER ROLE parley_survey BYPASSRLS")
        try:
            assert "BYPASSRLS" in await refusal(config)
        finally:
            await change(url, "ALTER ROLE parley_survey NOBYPASSRLS")


@pytest.mark.parametrize("words", [("serve", "survey"), ("migrate",)])
async def test_the_command_ends_with_the_sentence_alone(words: tuple[str, ...], tmp_path: Path) -> None:
    settings = {
        "PARLEY_SECRET_KEY": "k" * 40,
        "PARLEY_DATABASE_URL": "postgresql://owner:canary@127.0.0.1:1/parley",
        "PARLEY_REDIS_URL": "redis://127.0.0.1:1/0",
    }
    async with running(*words, data_dir=tmp_path, settings=settings) as command:
        assert await command.ended() == 1
        (said,) = (line for line in command.lines if line)
    assert said.startswith("parley: the database cannot be reached (ConnectionRefusedError): see that PostgreSQL runs")


async def test_a_migration_that_cannot_be_carried_out_says_whose_it_was_and_changes_nothing(
    engines: EngineUrls, database_url: str
) -> None:
    await change(database_url, "CREATE SCHEMA survey; CREATE TABLE survey.surveys ()")
    async with one_at_a_time(engines.database_url):
        with pytest.raises(Stopped, match=r"survey: PostgreSQL refuses a step \(42P07\)") as caught:
            await migrate(database_url, SECRET, {"survey": MIGRATIONS["survey"]})
    assert "Nothing of that part was changed" in str(caught.value)
    owner = await asyncpg.connect(database_url)
    try:
        assert await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'survey'") == 1
    finally:
        await owner.close()


async def test_an_owner_who_is_not_let_in_is_told_which_setting_to_look_at(engines: EngineUrls) -> None:
    url = engines.database_url
    account, at, place = url.partition("://")[2].rpartition("@")
    wrong = url.replace(f"{account}{at}{place}", f"{account}-canary{at}{place}")
    with pytest.raises(OutOfReach, match="PARLEY_DATABASE_URL has the user and the password") as caught:
        await owner_connection(wrong)
    assert "canary" not in str(caught.value)
    with pytest.raises(OutOfReach, match="names a file that cannot be read, /none"):
        await owner_connection("postgresql://owner@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/none")
    with pytest.raises(OutOfReach, match="no TLS as PARLEY_DATABASE_URL asks for"):
        await owner_connection(f"postgresql://owner@127.0.0.1:1/x?sslmode=verify-full&sslrootcert={__file__}")


@pytest.mark.parametrize("service", MIGRATIONS)
def test_a_service_knows_its_migrations_and_which_is_the_last(service: str) -> None:
    folder = str(MIGRATIONS[service])
    script = ScriptDirectory(folder, version_locations=[folder])
    last, earlier = revisions(MIGRATIONS[service])
    assert [last] == script.get_heads()
    assert {last, *earlier} == {each.revision for each in script.walk_revisions()}
