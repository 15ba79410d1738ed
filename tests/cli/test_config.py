"""`parley config`, and what the command says where a setting is wrong: everything but a secret."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from cli.main import main
from kernel.config import Config

SECRETS = {
    "PARLEY_DATABASE_URL": "postgresql://parley:canary-1@127.0.0.1/parley",
    "PARLEY_DATABASE_REPLICAS": "postgresql://parley:canary-5@127.0.0.1/parley",
    "PARLEY_REDIS_URL": "redis://:canary-2@127.0.0.1/0",
    "PARLEY_SECRET_KEY": "canary-3",
    "PARLEY_SMTP_URL": "smtp://parley:canary-4@mail.example",
}


def code_of(*arguments: str) -> object:
    """Runs the command to its end and returns its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_every_setting_is_listed_and_no_secret_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {each.metadata["variable"] for each in fields(Config) if each.metadata["secret"]} == SECRETS.keys()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert code_of("config") == 0
    said = capsys.readouterr()
    assert "canary" not in said.out + said.err
    listed = {line.split()[0]: line.split()[1] for line in said.out.splitlines()}
    assert listed.keys() == {each.metadata["variable"] for each in fields(Config)}
    assert {listed[name] for name in SECRETS} == {"set"}


@pytest.mark.parametrize("arguments", [("config",), ("up",), ("migrate",), ("serve", "gateway"), ("serve", "chat")])
def test_a_wrong_setting_is_named_and_not_repeated(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_METRICS_PORT", "canary")
    assert code_of(*arguments) == 2
    assert capsys.readouterr() == ("", "parley: PARLEY_METRICS_PORT has a value of the wrong form\n")


@pytest.mark.parametrize("arguments", [("serve", "chat"), ("serve", "gateway"), ("serve", "mail"), ("migrate",)])
def test_without_the_deployments_key_nothing_is_started_and_none_is_made_up(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("PARLEY_SECRET_KEY", raising=False)
    monkeypatch.setenv("PARLEY_DATABASE_URL", "postgresql://parley@127.0.0.1:1/parley")
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path / "data"))
    assert code_of(*arguments) == 2
    assert "PARLEY_SECRET_KEY; it may stand in a file" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_an_unknown_command_is_answered_by_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("dance") == 2
    assert "'serve'" in capsys.readouterr().err
