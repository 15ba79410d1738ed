"""What each verb of the command does.

A verb loads what it needs when it is typed, and nothing of what the others need: a gateway has no use for the services'
modules, and would start in twice the time with them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cli.folders import MIGRATIONS
from kernel import collector
from kernel.config import SERVICES, Config

if TYPE_CHECKING:
    from kernel.storage.migrate import SchemaInUse

#: The exit code of what failed for now only, by the custom of `sysexits`.
TRY_AGAIN = 75


def up(*, demo: bool) -> int:
    """Starts everything on this machine and stays until it is told to stop."""
    with collector.resting():
        from cli import supervisor
        from kernel.embedded import EngineError
        from kernel.storage.migrate import SchemaInUse, WrongKey

    try:
        return supervisor.up(Config.from_env(), demo=demo)
    except (EngineError, WrongKey, supervisor.StartFailed) as error:
        print(f"parley: {error}", file=sys.stderr)
        return 1
    except SchemaInUse as error:
        return _in_use(error)


def serve(service: str, *, demo: bool) -> int:
    """Runs one replica."""
    Config.from_env().for_part(service)
    with collector.resting():
        run = replica(service, demo=demo)
    run()
    return 0


def replica(service: str, *, demo: bool = False) -> Callable[[], None]:
    """Loads what one replica runs, and nothing else, and returns what runs it."""
    if service == "gateway":
        from gateway import __main__ as gateway

        if not demo:
            return gateway.main
        from cli.demo import shops

        return lambda: gateway.main(shops.hosts)
    if service == "mail":
        from gateway.mail import __main__ as mail

        return mail.main
    from cli.builds import build_of
    from kernel.rpc import process

    builds = [build_of(name) for name in (SERVICES if service == "all" else (service,))]
    return lambda: process.run("services" if service == "all" else service, builds)


def make_secrets(folder: Path, postgres: str, redis: str) -> int:
    """Makes the secrets of a deployment that are missing."""
    from cli import secrets

    made = secrets.make(folder, postgres=postgres, redis=redis)
    say_it(f"Made: {', '.join(made)}" if made else "All secrets are there.")
    return 0


def write_roles(path: Path) -> int:
    """Writes the services' database roles for a pooler."""
    from cli import secrets
    from cli.deployment import existing

    def work() -> None:
        secrets.write_roles(path, existing(Config.from_env()).secret_key)
        say_it(f"Written to {path}. It holds passwords: give it to the pooler and to nobody else.")

    return told(work)


def migrate(lock_seconds: float | None = None) -> int:
    """Brings the database to the state that this release expects, or says which part of it was in use for too long."""
    with collector.resting():
        from cli.deployment import KEY_FILE, read_key
        from cli.services import METADATA
        from kernel.storage.migrate import LOCK_SECONDS, SchemaInUse, WrongKey
        from kernel.storage.migrate import migrate as migrate_database

    config = Config.from_env()
    if not config.database_url:
        print("parley: set PARLEY_DATABASE_URL to the owner's address of the database to migrate", file=sys.stderr)
        return 2
    # A key that is made here would take the database away from the services, which have another one.
    config = replace(config, secret_key=config.secret_key or read_key(config.data_dir / KEY_FILE)).for_part("migrate")
    try:
        moved = asyncio.run(
            migrate_database(
                config.database_url,
                config.secret_key,
                MIGRATIONS,
                declared=METADATA.values(),
                lock_seconds=LOCK_SECONDS if lock_seconds is None else lock_seconds,
            )
        )
    except SchemaInUse as error:
        return _in_use(error)
    except WrongKey as error:
        print(f"parley: {error}", file=sys.stderr)
        return 2
    for each in moved:
        if each.is_later:
            say_it(f"{each.service}: at {each.before}, which is of a later release; left as it is")
        elif each.before != each.after:
            say_it(f"{each.service}: from {each.before or 'nothing'} to {each.after}")
    print("The database is up to date.")
    return 0


def _in_use(error: SchemaInUse) -> int:
    print(
        f"parley: {error.service}: a table was in use for {error.seconds:g} s, so this waits no longer and holds "
        "nobody up. Nothing of that part was changed, what came before it is done, and the release that runs goes on. "
        "Run the same command again.",
        file=sys.stderr,
    )
    for each in error.busy:
        print(f"parley: {each}", file=sys.stderr)
    return TRY_AGAIN


def found_house(email: str, name: str, company: str) -> int:
    """Makes the platform's own company, and whoever runs the platform."""
    with collector.resting():
        from cli.founding import SLUG, found

    def work() -> None:
        found(Config.from_env(), email=email, name=name, company=company)
        say_it(f"Made. Sign in at the console as {email}, company {SLUG}, and take your first company in.")

    return told(work)


def announce(slug: str, day: date, recipient: str) -> int:
    """Tells people that a company's data are to be handed over."""
    with collector.resting():
        from cli import transfer

    return told(lambda: transfer.announce(Config.from_env(), slug, day, recipient, say_it))


def export_tenant(slug: str, folder: Path) -> int:
    """Writes a company's data into a signed archive."""
    with collector.resting():
        from cli import transfer

    return told(lambda: transfer.export_tenant(Config.from_env(), slug, folder, say_it))


def import_tenant(folder: Path, signer: str, slug: str) -> int:
    """Takes a company in from another deployment."""
    with collector.resting():
        from cli import transfer

    return told(lambda: transfer.import_tenant(Config.from_env(), folder, signer, say_it, slug=slug))


def say_it(what: str) -> None:
    """Says something to whoever typed the command."""
    print(f"· {what}", flush=True)


def told(work: Callable[[], object]) -> int:
    """Does something and returns the command's exit code; what went wrong is said in one line."""
    from cli.archive import ArchiveError
    from cli.founding import NotFounded
    from kernel.embedded import EngineError

    try:
        work()
    except (ArchiveError, EngineError, NotFounded) as error:
        print(f"parley: {error}", file=sys.stderr)
        return 1
    return 0


def convert_forum(export: Path, file: Path, rules: Path | None, *, with_names: bool) -> int:
    """Turns another forum's export into a file for an import, and says what came along and what did not."""
    with collector.resting():
        from cli.forums import NotAnExport, convert

    try:
        said = "" if rules is None else rules.read_text(encoding="utf-8")
        counts = convert(export, file, rules=said, with_names=with_names)
    except (NotAnExport, OSError, UnicodeDecodeError) as error:
        print(f"parley: {error}", file=sys.stderr)
        return 1
    print(f"{counts.spaces} spaces, {counts.members} people, {counts.topics} topics, {counts.posts} posts")
    for why, count in counts.left.items():
        print(f"left out: {count} {why}")
    return 0


def maintain(*, overdue: bool) -> int:
    """Writes the tables anew in which something was erased, so that its bytes are gone; says which have to wait."""
    with collector.resting():
        from cli.deployment import on_this_machine
        from cli.services import METADATA
        from kernel.storage.rewrite import next_time, rewrite

    config = on_this_machine(Config.from_env())
    if not config.database_url:
        print("parley: set PARLEY_DATABASE_URL to the owner's address of the database", file=sys.stderr)
        return 2
    before = next_time(datetime.now(UTC)) - timedelta(days=1) if overdue else None
    done = asyncio.run(rewrite(config.database_url, METADATA.values(), before=before))
    say_it(f"Tables cleared of what was erased: {', '.join(done.cleared) or 'none needed it'}")
    if done.waiting:
        print(f"parley: still to be cleared, because they were in use: {', '.join(done.waiting)}", file=sys.stderr)
    if not done.log_let_go:
        print(
            "parley: the server's log could not be let go; it takes a role in pg_checkpoint, and no slot in"
            " pg_replication_slots whose replica is away or far behind",
            file=sys.stderr,
        )
    return 1 if done.waiting or not done.log_let_go else 0


def show_data_map(form: str) -> int:
    """Prints the data map of this release."""
    with collector.resting():
        from cli.services import METADATA
        from kernel.privacy.datamap import as_fideslang, as_json, as_page, read_map

    forms = {"page": as_page, "json": as_json, "fideslang": as_fideslang}
    print(forms[form](read_map(METADATA.values())), end="")
    return 0


def show_config() -> int:
    """Lists the settings; the value of a secret is never shown."""
    config = Config.from_env()
    for each in fields(Config):
        value = getattr(config, each.name)
        shown = ("set" if value else "not set") if each.metadata["secret"] else value
        print(f"{each.metadata['variable']:28} {shown!s:36} {each.metadata['doc']}")
    return 0
