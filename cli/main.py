"""Reads the command line and hands over to the command."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from cli import archives, commands, health
from kernel import collector
from kernel.config import SERVICES, CannotStart, Config, WrongSetting

#: What leaves something half done when it is killed, and takes it away when it is told to stop.
_MAKING = frozenset({"backup", "backup run", "backup drill", "restore", "tenant", "migrate"})
#: What a shell says of a command that was interrupted.
_STOPPED = 130


def parser() -> argparse.ArgumentParser:
    """Returns the command line's grammar."""
    top = argparse.ArgumentParser(prog="parley", description="Live customer service whose promises are code.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    up = verbs.add_parser("up", help="start everything on this machine")
    up.add_argument("--demo", action="store_true", help="with the demo's tenants, shops and people")
    up.set_defaults(run=lambda arguments: commands.up(demo=arguments.demo))

    serve = verbs.add_parser(
        "serve", help="run one replica of a service, of all services, of the gateway, or the door for mail"
    )
    serve.add_argument("service", choices=[*SERVICES, "all", "gateway", "mail"])
    serve.add_argument("--demo", action="store_true", help="let the gateway serve the demo's shops too")
    serve.set_defaults(run=lambda arguments: commands.serve(arguments.service, demo=arguments.demo))

    well = verbs.add_parser("health", help="ask a part on this machine whether it should be sent work")
    well.add_argument("part", nargs="?", default="", metavar="PART", help="a service or the gateway; or PARLEY_PART")
    well.set_defaults(run=lambda arguments: health.check(arguments.part))

    keys = verbs.add_parser("secrets", help="make the secrets of a deployment as files; those that are there stay")
    keys.add_argument("folder", type=Path, metavar="FOLDER", help="where Parley's are; the engines' go beside it")
    keys.add_argument("--postgres", default="postgres/parley", metavar="HOST/DATABASE", help="where PostgreSQL is")
    keys.add_argument("--redis", default="valkey:6379", metavar="HOST:PORT", help="where Valkey is")
    keys.set_defaults(
        run=lambda arguments: commands.make_secrets(arguments.folder, arguments.postgres, arguments.redis)
    )

    roles = verbs.add_parser("roles", help="write the services' database roles with their passwords, for a pooler")
    roles.add_argument("file", type=Path, metavar="FILE", help="the pooler's list of users")
    roles.set_defaults(run=lambda arguments: commands.write_roles(arguments.file))

    migrate = verbs.add_parser("migrate", help="bring the database to the state that this release expects")
    migrate.add_argument(
        "--wait",
        type=float,
        metavar="SECONDS",
        help="how long to wait for a table that is in use",
    )
    migrate.set_defaults(run=lambda arguments: commands.migrate(arguments.wait))

    founding = verbs.add_parser("found", help="make the platform's own company and the first person who may sign in")
    founding.add_argument("email", metavar="EMAIL", help="your address; the password is asked for, or read from a pipe")
    founding.add_argument("name", metavar="NAME", help="your name")
    founding.add_argument("--company", default="The house", metavar="NAME", help="the name of the platform's company")
    founding.set_defaults(
        run=lambda arguments: commands.found_house(arguments.email, arguments.name, arguments.company)
    )

    archives.add_verbs(verbs)

    maintain = verbs.add_parser("maintain", help="clear the bytes of what was erased; `up` does it every night")
    maintain.add_argument("--overdue", action="store_true", help="only what waits since before the last night")
    maintain.set_defaults(run=lambda arguments: commands.maintain(overdue=arguments.overdue))

    data_map = verbs.add_parser("datamap", help="print what is held about people, where, why and for how long")
    data_map.add_argument(
        "--form", choices=["page", "json", "fideslang"], default="page", help="for whom it is printed"
    )
    data_map.set_defaults(run=lambda arguments: commands.show_data_map(arguments.form))

    tenant = verbs.add_parser("tenant", help="hand one company's data over to another deployment")
    steps = tenant.add_subparsers(dest="step", required=True, metavar="STEP")
    announce = steps.add_parser("announce", help="tell people, thirty days or more before")
    announce.add_argument("slug", metavar="COMPANY", help="the company's short name")
    announce.add_argument("--on", type=date.fromisoformat, required=True, metavar="DATE", help="such as 2027-01-31")
    announce.add_argument("--to", required=True, metavar="NAME", help="who gets the data, as people are to read it")
    announce.set_defaults(run=lambda arguments: commands.announce(arguments.slug, arguments.on, arguments.to))
    leave = steps.add_parser("export", help="write the company's data into a new folder, from the announced day on")
    leave.add_argument("slug", metavar="COMPANY", help="the company's short name")
    leave.add_argument("folder", type=Path, metavar="FOLDER", help="the archive to make; it must not be there yet")
    leave.set_defaults(run=lambda arguments: commands.export_tenant(arguments.slug, arguments.folder))
    arrive = steps.add_parser("import", help="take a company in, whole or not at all")
    arrive.add_argument("archive", type=Path, metavar="ARCHIVE", help="the folder that the export made")
    arrive.add_argument("--signer", required=True, metavar="KEY", help="the key that the other side told you")
    arrive.add_argument("--slug", default="", metavar="NAME", help="another short name, where theirs is taken here")
    arrive.set_defaults(
        run=lambda arguments: commands.import_tenant(arguments.archive, arguments.signer, arguments.slug)
    )

    forum = verbs.add_parser("forum", help="turn a category export of Discourse into a file that a community takes in")
    forum.add_argument("export", type=Path, metavar="EXPORT", help="the JSON file that was exported there")
    forum.add_argument("file", type=Path, metavar="FILE", help="the file to make; it must not be there yet")
    forum.add_argument("--rules", type=Path, metavar="FILE", help="a text with the rules under which it was posted")
    forum.add_argument("--names", action="store_true", help="carry people's full names too, where they showed them")
    forum.set_defaults(
        run=lambda arguments: commands.convert_forum(
            arguments.export, arguments.file, arguments.rules, with_names=arguments.names
        )
    )

    config = verbs.add_parser("config", help="list the settings, their variables and whether they are secrets")
    config.set_defaults(run=lambda _: commands.show_config())
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command that was typed."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parsed = parser().parse_args(archives.joined(words))
    with suppress(WrongSetting):
        _watch(Config.from_env().connections_dir)
    if parsed.verb in _MAKING and threading.current_thread() is threading.main_thread():
        # Whoever ends a command, as a cluster ends its jobs, gives it the time for that.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(parsed.run(parsed))
    except (WrongSetting, CannotStart) as error:
        print(f"parley: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, WrongSetting) else 1)
    except OSError as error:
        if error.filename is None:
            raise
        print(
            f"parley: {error.filename} cannot be used ({error.strerror}): make it ours, or name another.",
            file=sys.stderr,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        print("parley: stopped before the end, as it was told. Run the same command again.", file=sys.stderr)
        sys.exit(_STOPPED)


def _watch(folder: str) -> None:
    if folder:
        with collector.resting():
            from kernel import egress
        egress.watch(folder)
