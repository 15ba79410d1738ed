"""Remembers what the seed made: the sites' keys and the people's credentials, in the data folder, for its owner
only."""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from kernel.config import Config
from kernel.identity import derive_key

_FILE = "demo-seed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How one demo person signs in."""

    tenant: str
    name: str
    email: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What the seed made of one company."""

    slug: str
    tenant_id: str
    site_id: str
    site_key: str
    api_key: str
    accounts: tuple[Account, ...]


def password_of(config: Config, slug: str, login: str) -> str:
    """Derives a demo person's password, so that a seed that was interrupted can go on."""
    return f"demo-{_derived(config, f'{slug}/{login}')[:12]}"


def request_id_of(config: Config, slug: str, talk: str) -> str:
    """Derives the request id of a demo conversation: known to a seed that goes on, and to nobody who would come in."""
    return f"demo-{_derived(config, f'{slug}/talk/{talk}')[:40]}"


def _derived(config: Config, name: str) -> str:
    return hmac.new(derive_key(config.secret_key, "demo"), name.encode(), sha256).hexdigest()


def read(config: Config) -> tuple[Seeded, ...]:
    """Returns what was made, or nothing."""
    path = config.data_dir / _FILE
    if not path.exists():
        return ()
    return tuple(
        Seeded(**each | {"accounts": tuple(Account(**a | {"roles": tuple(a["roles"])}) for a in each["accounts"])})
        for each in json.loads(path.read_text())
    )


def write(config: Config, seeded: tuple[Seeded, ...]) -> None:
    """Keeps what was made."""
    write_private(config.data_dir / _FILE, json.dumps([asdict(each) for each in seeded], indent=1, ensure_ascii=False))


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
