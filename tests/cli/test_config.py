"""`parley config`, and what the command says where a setting is wrong: everything but a secret."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from kernel.config import Config
from tests.command import running

SECRETS = {
    "PARLEY_DATABASE_URL": "postgresql://parley:canary-1@127.0.0.1/parley",
    "PARLEY_REDIS_URL": "redis://:canary-2@127.0.0.1/0",
    "PARLEY_SECRET_KEY": "canary-3",
    "PARLEY_SMTP_URL": "smtp://parley:canary-4@mail.example",
}


async def test_every_setting_is_listed_and_no_secret_is_shown(tmp_path: Path) -> None:
    secrets = {each.metadata["variable"] for each in fields(Config) if each.metadata["secret"]}
    assert secrets == SECRETS.keys()
    async with running("config", data_dir=tmp_path, settings=SECRETS) as run:
        assert await run.ended() == 0
    assert "canary" not in run.output
    listed = {line.split()[0]: line.split()[1] for line in run.lines if line}
    assert listed.keys() == {each.metadata["variable"] for each in fields(Config)}
    assert {listed[name] for name in SECRETS} == {"set"}


async def test_a_wrong_setting_is_named_and_not_repeated(tmp_path: Path) -> None:
    settings = {"PARLEY_METRICS_PORT": "canary"}
    for arguments in (("up",), ("serve", "chat")):
        async with running(*arguments, data_dir=tmp_path, settings=settings) as run:
            assert await run.ended() == 2
        assert run.output.strip() == "parley: PARLEY_METRICS_PORT has a value of the wrong form"


async def test_an_unknown_command_is_answered_by_the_known_ones(tmp_path: Path) -> None:
    async with running("dance", data_dir=tmp_path) as run:
        assert await run.ended() == 2
    assert "up" in run.output
    assert "Traceback" not in run.output
