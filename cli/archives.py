"""The verbs about backups: how they are typed, and what does the work, which is loaded when it is to be done."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.commands import say_it, told
from kernel.config import Config

_STEPS = ("keys", "run", "verify", "drill")


def joined(words: Sequence[str]) -> list[str]:
    """Makes one word of `backup` and its step; a folder that is called like a step is typed as `./run`."""
    if len(words) > 1 and words[0] == "backup" and words[1] in _STEPS:
        return [" ".join(words[:2]), *words[2:]]
    return list(words)


def add_verbs(verbs: Any) -> None:
    """Adds the verbs to the command's grammar."""
    backup: argparse.ArgumentParser = verbs.add_parser(
        "backup", help="write the database, the files and the journal into a new folder, in clear"
    )
    backup.add_argument("folder", type=Path, metavar="FOLDER", help="the archive to make; it must not be there yet")
    backup.set_defaults(
        run=lambda arguments: told(lambda: _back_up(arguments)),
    )

    keys = verbs.add_parser("backup keys", help="make the pair of keys for sealed backups, on another machine")
    keys.add_argument("file", type=Path, metavar="FILE", help="the new file for the private half")
    keys.set_defaults(run=lambda arguments: told(lambda: _make_keys(arguments.file)))

    nightly = verbs.add_parser("backup run", help="take tonight's backup: sealed, copied, and the old ones gone")
    nightly.set_defaults(run=lambda _: told(_take))

    check = verbs.add_parser("backup verify", help="say whether all backups are there, whole and in their order")
    check.add_argument("places", nargs="*", metavar="PLACE", help="a folder or s3://…; none for those of the settings")
    check.add_argument("--backup-key", type=Path, metavar="FILE", help="the private key, to look into each as well")
    check.add_argument("--signer", default="", metavar="KEY", help="who must have signed them, as `verify` prints it")
    check.set_defaults(run=lambda arguments: told(lambda: _verify(arguments)))

    rehearsal = verbs.add_parser(
        "backup drill", help="restore the newest backup into a database of its own, and drop it"
    )
    rehearsal.add_argument("place", nargs="?", default="", metavar="PLACE", help="a folder or s3://…")
    rehearsal.add_argument("--backup-key", type=Path, required=True, metavar="FILE", help="the private key")
    rehearsal.add_argument("--signer", default="", metavar="KEY", help="who must have signed it")
    rehearsal.add_argument("--name", default="", metavar="NAME", help="another backup than the newest")
    rehearsal.set_defaults(run=lambda arguments: told(lambda: _drill(arguments)))

    well = verbs.add_parser("doctor", help="look at a deployment, and say what is not as it should be")
    well.set_defaults(run=lambda _: _examine())

    back = verbs.add_parser("restore", help="make a deployment out of a backup, and replay the journal over it")
    back.add_argument(
        "archive",
        metavar="ARCHIVE",
        help="what `parley backup` made: a folder, a sealed file, or its s3:// address",
    )
    back.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="the new data folder")
    back.add_argument(
        "--journal",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="the newest journal; may be repeated",
    )
    back.add_argument("--key", type=Path, metavar="FILE", help="the file with the deployment's key")
    back.add_argument("--backup-key", type=Path, metavar="FILE", help="the private key that opens a sealed archive")
    back.add_argument(
        "--without-journal", action="store_true", help="accept that people who were erased since are there again"
    )
    back.set_defaults(run=lambda arguments: told(lambda: _restore(arguments)))


def _back_up(arguments: argparse.Namespace) -> None:
    from cli.backup import back_up

    back_up(Config.from_env(), arguments.folder, say_it)


def _take() -> None:
    from cli.sealed.taking import run

    run(Config.from_env(), say_it)


def _verify(arguments: argparse.Namespace) -> None:
    from cli.sealed.checking import verify

    verify(Config.from_env(), arguments.places, arguments.backup_key, say_it, signer=arguments.signer)


def _drill(arguments: argparse.Namespace) -> None:
    from cli.sealed.drill import drill

    place, key = arguments.place, arguments.backup_key
    drill(Config.from_env(), place, key, say_it, signer=arguments.signer, name=arguments.name)


def _examine() -> int:
    from cli.doctor import examine

    return 1 if examine(Config.from_env(), say_it) else 0


def _make_keys(path: Path) -> None:
    from cli.sealed.stream import make_keys

    public = make_keys(path)
    say_it(
        f"The private half is in {path}. It opens every backup: keep it off the host, in two places, and never there."
    )
    say_it("The public half is for the host:")
    print(f"PARLEY_BACKUP_RECIPIENTS={public}")


def _restore(arguments: argparse.Namespace) -> None:
    from cli.restore import Request, restore

    request = Request(
        archive=arguments.archive if "://" in arguments.archive else Path(arguments.archive),
        folder=arguments.into,
        journals=arguments.journal,
        key_file=arguments.key,
        backup_key=arguments.backup_key,
        without_journal=arguments.without_journal,
    )
    restore(Config.from_env(), request, say_it)
    say_it(f"Start it with PARLEY_DATA={request.folder} parley up")
