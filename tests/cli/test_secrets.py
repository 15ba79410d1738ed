"""`parley secrets`: made once, each for its reader, and never changed."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli import secrets
from cli.main import main
from kernel.config import SERVICES


def make(folder: Path) -> list[str]:
    """Makes what is missing."""
    return secrets.make(folder, postgres="postgres/parley", redis="valkey:6379")


def test_secrets_are_made_once_and_fit_one_another(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert set(make(folder)) == {"postgres-password", "database-url", "secret-key", "redis-url", "valkey.conf"}
    database = urlsplit((folder / "database-url").read_text())
    assert database.password == (tmp_path / "secrets-postgres" / "postgres-password").read_text()
    redis = urlsplit((folder / "redis-url").read_text())
    assert f'requirepass "{redis.password}"' in (tmp_path / "secrets-valkey" / "valkey.conf").read_text()
    assert len((folder / "secret-key").read_text()) >= 43
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o400}
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert make(folder) == []
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


def test_a_start_that_was_interrupted_is_finished_with_what_it_had_made(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make(folder)
    key, url = (folder / "secret-key").read_text(), (folder / "database-url").read_text()
    (folder / "database-url").unlink()
    (folder / ".database-url").write_text("half of it")
    (tmp_path / "secrets-valkey" / "valkey.conf").unlink()
    assert set(make(folder)) == {"database-url", "valkey.conf"}
    assert ((folder / "secret-key").read_text(), (folder / "database-url").read_text()) == (key, url)


def test_the_roles_for_a_pooler_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "userlist.txt"
    path.write_text("what was there before, for everybody to read")
    secrets.write_roles(path, "a deployment's key")
    lines = path.read_text().splitlines()
    assert [line.split()[0] for line in lines] == [f'"parley_{service}"' for service in SERVICES]
    assert len({line.split()[1] for line in lines}) == len(SERVICES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_named_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as ended:
        main(["secrets", str(tmp_path / "file" / "secrets")])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"parley: {tmp_path / 'file'}")
    assert said.endswith(" cannot be used (Not a directory): make it ours, or name another.\n")
