"""What each verb of the command does."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import fields, replace

from cli import supervisor
from cli.demo import shops
from cli.folders import MIGRATIONS
from gateway import __main__ as gateway
from kernel.config import SERVICES, Config, deployment_key
from kernel.embedded import EngineError
from kernel.rpc import process
from kernel.storage.migrate import migrate as migrate_database
from services.chat.__main__ import build as build_chat
from services.identity.__main__ import build as build_identity
from services.privacy.__main__ import build as build_privacy

BUILDS = {"identity": build_identity, "privacy": build_privacy, "chat": build_chat}


def up(*, demo: bool) -> int:
    """Starts everything on this machine and stays until it is told to stop."""
    try:
        return supervisor.up(Config.from_env(), demo=demo)
    except (EngineError, supervisor.StartFailed) as error:
        print(f"parley: {error}", file=sys.stderr)
        return 1


def serve(service: str, *, demo: bool) -> int:
    """Runs one replica."""
    if service == "gateway":
        gateway.main(shops.hosts if demo else None)
    elif service == "all":
        process.run("services", [BUILDS[name] for name in SERVICES])
    else:
        process.run(service, [BUILDS[service]])
    return 0


def migrate() -> int:
    """Brings the database to the state that this release expects."""
    config = Config.from_env()
    if not config.database_url:
        print("parley: set PARLEY_DATABASE_URL to the owner's address of the database to migrate", file=sys.stderr)
        return 2
    config = replace(config, secret_key=config.secret_key or deployment_key(config.data_dir))
    asyncio.run(migrate_database(config.database_url, config.secret_key, MIGRATIONS))
    print("The database is up to date.")
    return 0


def show_config() -> int:
    """Lists the settings; the value of a secret is never shown."""
    config = Config.from_env()
    for each in fields(Config):
        value = getattr(config, each.name)
        shown = ("set" if value else "not set") if each.metadata["secret"] else value
        print(f"{each.metadata['variable']:28} {shown!s:36} {each.metadata['doc']}")
    return 0
