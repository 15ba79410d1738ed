"""Settings are read once, say what they are, and never show a secret."""

from __future__ import annotations

import os
import stat
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from kernel.config import Config, WrongSetting, deployment_key


def test_every_setting_says_what_it_does_and_which_variable_sets_it() -> None:
    for each in fields(Config):
        assert each.metadata["doc"].endswith("."), each.name
        assert each.metadata["variable"].startswith("PARLEY_"), each.name
        assert isinstance(each.metadata["secret"], bool), each.name


def test_settings_read_back_from_the_environment_that_they_write() -> None:
    config = Config(
        data_dir=Path("/a folder/with spaces"), port=9, trusted_proxies=("10.0.0.0/8", "::1"), reflection=False
    )
    assert Config.from_env(config.as_env()) == config


def test_a_secret_is_not_in_the_representation() -> None:
    shown = repr(Config(secret_key="canary-key", database_url="postgresql://u:canary-password@h/d"))
    assert "canary" not in shown


def test_a_value_of_the_wrong_form_names_the_variable_only() -> None:
    with pytest.raises(ValueError, match="PARLEY_PORT") as caught:
        Config.from_env({"PARLEY_PORT": "canary"})
    assert "canary" not in str(caught.value)


def test_origins_follow_from_the_public_base() -> None:
    config = Config(public_base="https://help.example")
    assert config.origin("console") == "https://console.help.example"
    assert Config(port=81).origin("widget") == "http://widget.localhost:81"
    assert Config(console_origin="https://staff.example").origin("console") == "https://staff.example"


def test_the_deployment_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    first = deployment_key(folder)
    assert deployment_key(folder) == first
    assert len(first) >= 43
    assert stat.S_IMODE(os.stat(folder / "secret-key").st_mode) == 0o600


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("from a file\n")
    config = Config.from_env({"PARLEY_SECRET_KEY_FILE": str(path)})
    assert config.secret_key == "from a file"
    # A child process gets the value, whatever the file holds by then.
    assert Config.from_env({"PARLEY_SECRET_KEY_FILE": str(path), **config.as_env()}) == config


def test_a_secret_in_two_places_or_in_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="PARLEY_SECRET_KEY and PARLEY_SECRET_KEY_FILE are both set"):
        Config.from_env({"PARLEY_SECRET_KEY": "canary", "PARLEY_SECRET_KEY_FILE": "canary"})
    with pytest.raises(WrongSetting, match="PARLEY_SECRET_KEY_FILE names a file that cannot be read") as caught:
        Config.from_env({"PARLEY_SECRET_KEY_FILE": str(tmp_path / "canary")})
    assert "canary" not in str(caught.value)


def test_what_is_no_secret_is_not_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("81")
    assert Config.from_env({"PARLEY_PORT_FILE": str(tmp_path / "port")}) == Config()


WHOLE = Config(
    secret_key="a key",
    database_url="postgresql://parley@db.example/parley",
    redis_url="rediss://:word@[2001:db8::1]:6379/0",
)


def changed(**settings: Any) -> Config:
    """Returns the same with other settings."""
    return replace(WHOLE, **settings)


@pytest.mark.parametrize(
    ("part", "missing", "variable"),
    [
        ("chat", "secret_key", "PARLEY_SECRET_KEY"),
        ("gateway", "secret_key", "PARLEY_SECRET_KEY"),
        ("mail", "secret_key", "PARLEY_SECRET_KEY"),
        ("migrate", "secret_key", "PARLEY_SECRET_KEY"),
        ("all", "database_url", "PARLEY_DATABASE_URL"),
        ("identity", "redis_url", "PARLEY_REDIS_URL"),
    ],
)
def test_a_part_that_lacks_what_it_needs_says_which_variable_is_missing(part: str, missing: str, variable: str) -> None:
    assert WHOLE.for_part(part) == WHOLE
    with pytest.raises(WrongSetting, match=f"{part} needs what is not set, or empty: {variable};"):
        changed(**{missing: ""}).for_part(part)


@pytest.mark.parametrize(
    ("setting", "variable", "value"),
    [
        ("database_url", "PARLEY_DATABASE_URL", "postgresql://parley:canary/1@db.example/parley"),
        ("database_url", "PARLEY_DATABASE_URL", "http://canary.example"),
        ("database_url", "PARLEY_DATABASE_URL", "postgresql://canary@db.example:54a2/parley"),
        ("database_url", "PARLEY_DATABASE_URL", "postgresql://parley:canary\n@db.example/parley"),
        ("database_replicas", "PARLEY_DATABASE_REPLICAS", ("postgresql://db.example/parley", "canary")),
        ("redis_url", "PARLEY_REDIS_URL", "canary.example:6379"),
        ("redis_url", "PARLEY_REDIS_URL", "redis://[2001:db8::1/canary"),
        ("redis_url", "PARLEY_REDIS_URL", "redis://db.example/canary"),
        ("port", "PARLEY_PORT", 99_999),
        ("public_base", "PARLEY_PUBLIC_BASE", "canary.example"),
        ("trusted_proxies", "PARLEY_TRUSTED_PROXIES", ("10.0.0.0/8", "10.0.0.0/33")),
        ("webhook_networks", "PARLEY_WEBHOOK_NETWORKS", ("canary",)),
        ("smtp_url", "PARLEY_SMTP_URL", "canary.example:25"),
        ("files_url", "PARLEY_FILES_URL", "canary"),
        ("scanner_address", "PARLEY_SCANNER_ADDRESS", "canary"),
        ("otlp_endpoint", "PARLEY_OTLP_ENDPOINT", "canary"),
        ("log_level", "PARLEY_LOG_LEVEL", "canary"),
        ("chat_addresses", "PARLEY_CHAT_ADDRESSES", ("canary",)),
        ("survey_addresses", "PARLEY_SURVEY_ADDRESSES", ()),
    ],
)
def test_an_address_that_is_none_is_named_and_not_repeated(setting: str, variable: str, value: object) -> None:
    with pytest.raises(WrongSetting, match=f"{variable} has a value of the wrong form") as caught:
        changed(**{setting: value}).for_part("chat")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("mtls_certificate", "PARLEY_MTLS_CERTIFICATE, PARLEY_MTLS_KEY, PARLEY_MTLS_CA belong together"),
        ("mtls_ca", "PARLEY_MTLS_CERTIFICATE, PARLEY_MTLS_KEY, PARLEY_MTLS_CA belong together"),
        ("tls_certificate", "PARLEY_TLS_CERTIFICATE, PARLEY_TLS_KEY belong together"),
        ("mail_key", "PARLEY_MAIL_CERTIFICATE, PARLEY_MAIL_KEY belong together"),
    ],
)
def test_a_line_that_somebody_meant_to_close_is_not_left_open(setting: str, named: str) -> None:
    with pytest.raises(WrongSetting, match=named):
        changed(**{setting: "/a/file"}).for_part("chat")
