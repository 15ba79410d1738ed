"""Declares tables the way the house wants them: a tenant in every key, and every column's data named by its proto
field.

What is declared here is what export, correction, erasure, purge and the data map are derived from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.types import TypeEngine

#: For kinds of subject, the condition on a table's rows by which they are shown to whoever they are about.
Shown = dict[int, Callable[[Table], ColumnElement[bool]]]


def column(
    name: str,
    type_: TypeEngine[Any] | type[TypeEngine[Any]],
    field: str,
    *,
    prefix: str = "",
    about: tuple[int, ...] = (),
    **options: Any,
) -> Column[Any]:
    """Declares a column that holds the data of a proto field, such as `parley.chat.v1.Message.body`.

    A column of the platform's own that no field shows gives a reason instead: `field="- why it is not personal"`.
    `prefix` says how a key is written as an id. In a table about several people, `about` says whom this column is
    about, in kinds of subject; the first of them is whose erasure it follows. Without it, those are the
    table's owners.
    """
    options.setdefault("nullable", False)
    return Column(name, type_, info={"field": field, "prefix": prefix, "about": about}, **options)


def tenant_table(
    name: str,
    metadata: MetaData,
    *parts: Column[Any] | ForeignKeyConstraint | UniqueConstraint,
    key: tuple[str, ...] = ("id",),
    subject: dict[int, str] | None = None,
    also: tuple[int, ...] = (),
    shown: Shown | None = None,
    goes_with_last: bool = False,
    purge: tuple[str, str | int] | None = None,
    uncovered: str = "",
    files: str = "",
) -> Table:
    """Declares a tenant's table. Its primary key is the tenant and `key`.

    `subject` names, for each kind of subject, the column that holds the subject's id: the rows with that id are about
    that person, and so are the rows that belong to them. The first kind owns the rows, with what belongs to them;
    `also` names other kinds that own them just as much: forgetting either takes the row. `shown` says which rows a kind
    is shown of what it owns, where it is not all. `goes_with_last` says that somebody is known for the sake of what
    belongs to them, and is forgotten with the last of it where another owner of that is forgotten. `purge` names the
    column with the moment from which the retention class counts, and the setting with its days, or the days themselves.
    `uncovered` says why a table with a person's id in it is not asked when the person wants to know or to be forgotten.
    `files` names the column with the name of a file where each record is one, whose bytes lie in `kernel.files` under
    `file_key`: they are part of a person's copy, and go with the record.
    """
    return Table(
        name,
        metadata,
        Column("tenant_id", UUID(as_uuid=True), nullable=False, info={"field": "- the tenant that owns the row"}),
        *parts,
        PrimaryKeyConstraint("tenant_id", *key),
        info={
            "subject": subject or {},
            "also": also,
            "shown": shown or {},
            "goes_with_last": goes_with_last,
            "purge": purge,
            "uncovered": uncovered,
            "files": files,
        },
    )


def belongs_to(columns: tuple[str, ...], table: str, keys: tuple[str, ...] = ("id",)) -> ForeignKeyConstraint:
    """Declares a foreign key that cannot reach into another tenant."""
    return ForeignKeyConstraint(
        ("tenant_id", *columns), (f"{table}.tenant_id", *(f"{table}.{key}" for key in keys)), ondelete="CASCADE"
    )
