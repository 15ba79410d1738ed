"""Reads the command line and hands over to the command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cli import commands
from kernel.config import SERVICES, WrongSetting


def parser() -> argparse.ArgumentParser:
    """Returns the command line's grammar."""
    top = argparse.ArgumentParser(prog="parley", description="Live customer service whose promises are code.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    up = verbs.add_parser("up", help="start everything on this machine")
    up.add_argument("--demo", action="store_true", help="with the demo's tenants, shops and people")
    up.set_defaults(run=lambda arguments: commands.up(demo=arguments.demo))

    serve = verbs.add_parser("serve", help="run one replica of one service, of all services, or of the gateway")
    serve.add_argument("service", choices=[*SERVICES, "all", "gateway"])
    serve.add_argument("--demo", action="store_true", help="let the gateway serve the demo's shops too")
    serve.set_defaults(run=lambda arguments: commands.serve(arguments.service, demo=arguments.demo))

    migrate = verbs.add_parser("migrate", help="bring the database to the state that this release expects")
    migrate.set_defaults(run=lambda _: commands.migrate())

    config = verbs.add_parser("config", help="list the settings, their variables and whether they are secrets")
    config.set_defaults(run=lambda _: commands.show_config())
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command that was typed."""
    parsed = parser().parse_args(arguments)
    try:
        sys.exit(parsed.run(parsed))
    except WrongSetting as error:
        print(f"parley: {error}", file=sys.stderr)
        sys.exit(2)
