"""Looks, before a service listens, whether it can work with its database; whatever is wrong is a sentence."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import text

from kernel.storage.connecting import OutOfReach, why_not
from kernel.storage.database import Database, state_of

_NAME = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_BEFORE = re.compile(r"^down_revision = (.+)$", re.MULTILINE)
_QUOTED = re.compile(r'"(\w+)"')
#: There is no such table, or schema, or it is not for us: the database is of an earlier release than the code.
_NOT_THERE = frozenset({"42P01", "3F000", "42501"})


def revisions(folder: Path) -> tuple[str, set[str]]:
    """Returns the last of the migrations in a folder, and all that lead to it."""
    # What carries them out takes longer to load than a whole service, which only has to know their names.
    texts = [path.read_text() for path in folder.glob("[0-9]*.py")]
    names = {name for text in texts for name in _NAME.findall(text)}
    before = {name for text in texts for names in _BEFORE.findall(text) for name in _QUOTED.findall(names)}
    (last,) = names - before
    return last, before


async def check(database: Database, service: str, migrations: Path | None) -> None:
    """Raises OutOfReach where a service could not work on its database, and RoleTooStrong where nothing would hold it.

    A schema of a later release is as good as ours: it goes first, and a release runs on that of the next one.
    """
    try:
        await database.check_role()
        async with database.engine.connect() as connection:
            rows = await connection.execute(text(f"SELECT version_num FROM {service}.migration"))  # noqa: S608 - Ours.
            found = set(rows.scalars())
    except Exception as error:
        if state_of(error) in _NOT_THERE:
            raise OutOfReach(_behind(service, "nothing that it can read")) from None
        said = why_not(error, role=database.url.username or "")
        if not said:
            raise
        raise OutOfReach(said) from None
    if migrations is None:
        return
    behind = found & revisions(migrations)[1]
    if behind or not found:
        raise OutOfReach(_behind(service, " and ".join(sorted(behind)) or "nothing"))


def _behind(service: str, found: str) -> str:
    return (
        f"the database is not as this release needs it: the schema {service} is at {found}. Run `parley migrate` of "
        "this release first; the services that run may go on meanwhile."
    )
