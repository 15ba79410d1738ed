"""`parley secrets`: makes a deployment's secrets as files, each where only its reader gets it; it never changes one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kernel.config import SERVICES
from kernel.storage.database import runtime_password, runtime_role

_BYTES = 36


def make(folder: Path, *, postgres: str, redis: str) -> list[str]:
    """Makes the files that are missing and returns their names.

    `<folder>` gets what Parley's parts read, `<folder>-postgres` and `<folder>-valkey` what the engines read. A secret
    that is there stays: everything that was made with it depends on it.
    """
    made: list[str] = []
    engines = {name: folder.with_name(f"{folder.name}-{name}") for name in ("postgres", "valkey")}
    password = _kept(engines["postgres"] / "postgres-password", secrets.token_urlsafe(_BYTES), made)
    _kept(folder / "database-url", f"postgresql://postgres:{password}@{postgres}", made)
    _kept(folder / "secret-key", secrets.token_urlsafe(_BYTES), made)
    redis_url = _kept(folder / "redis-url", f"redis://:{secrets.token_urlsafe(_BYTES)}@{redis}/0", made)
    password = redis_url.removeprefix("redis://:").partition("@")[0]
    # The engine drops its rights before it reads its file, which lies in a folder of its own.
    conf = f'requirepass "{password}"\nsave ""\nappendonly no\nslowlog-log-slower-than -1\n'
    _kept(engines["valkey"] / "valkey.conf", conf, made, mode=0o444)
    return made


def write_roles(path: Path, secret_key: str) -> None:
    """Writes the services' database roles with their passwords, as PgBouncer reads them, for the file's owner only.

    The passwords follow from the deployment's key, so that the file is good for as long as the key is.
    """
    lines = [f'"{runtime_role(service)}" "{runtime_password(secret_key, service)}"\n' for service in SERVICES]
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)


def _kept(path: Path, text: str, made: list[str], *, mode: int = 0o400) -> str:
    """Writes a file that is not there, whole or not at all, and returns what it holds."""
    if not path.exists():
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        unfinished.rename(path)
        made.append(path.name)
    return path.read_text().strip()
