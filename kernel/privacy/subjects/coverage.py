"""Reads off a service's tables which rows and which columns are about whom. It asks no database."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from uuid import UUID

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from parley.options.v1 import privacy_pb2
from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, MetaData, Table, and_, or_, select, tuple_

from kernel.privacy.rules import rule_of

_OURS = re.compile(r"parley\.[a-z_]+\.v\d+\.[A-Za-z0-9_.]+")


@dataclass(frozen=True, slots=True)
class Held:
    """One column that holds the data of a proto field."""

    column: Column[object]
    field: FieldDescriptor
    rule: privacy_pb2.Rule
    about: tuple[int, ...]
    #: The kinds whose erasure it follows.
    follows: tuple[int, ...]

    @property
    def is_personal(self) -> bool:
        """Whether it holds something about a person."""
        return not self.rule.not_personal


@dataclass(frozen=True, slots=True)
class Store:
    """One table, as far as it is about one kind of subject."""

    table: Table
    kind: int
    columns: tuple[Held, ...]
    #: Whether the table's rows are this kind's before others', so that its other columns concern the subject as well.
    is_owner: bool

    @property
    def name(self) -> str:
        """The name under which the store appears in exports and receipts."""
        return self.table.fullname

    @property
    def link(self) -> Column[object] | None:
        """The column with the subject's id; None where the rows belong to another table's."""
        name = self.table.info["subject"].get(self.kind)
        return None if name is None else self.table.c[name]

    def rows_of(self, tenant: UUID, subject: UUID) -> ColumnElement[bool]:
        """Returns the condition by which the table's rows are about a subject."""
        return _rows_of(self.table, self.kind, tenant, subject)

    def shown(self) -> ColumnElement[bool] | None:
        """Returns the condition by which rows are shown to whom they are about; None where all are."""
        shown = self.table.info["shown"].get(self.kind)
        return None if shown is None else shown(self.table)


def stores_of(metadata: MetaData, kind: int) -> list[Store]:
    """Returns the tables that are about a kind of subject, each after those that it belongs to."""
    return [
        Store(table, kind, tuple(held_in(table)), is_owner=kind in owners(table))
        for table in metadata.sorted_tables
        if _is_about(table, kind)
    ]


def holds_personal(table: Table) -> bool:
    """Says whether a table has a column that holds something about a person."""
    return any(held.is_personal for held in held_in(table))


def uncovered_columns(metadata: MetaData) -> list[str]:
    """Returns the columns that hold something about a person and are in a table that nobody would be asked about.

    A column that names no proto field and gives no reason is among them.
    """
    found: list[str] = []
    for table in metadata.sorted_tables:
        is_covered = bool(owners(table)) or bool(table.info.get("uncovered"))
        for column in table.columns:
            said = column.info.get("field", "")
            if not said or said == "-" or (not said.startswith("- ") and field_of(said) is None):
                found.append(f"{table.fullname}.{column.name}: names no field and gives no reason")
            elif not said.startswith("- ") and not is_covered and not rule_of(_field(said)).not_personal:
                found.append(f"{table.fullname}.{column.name}: about a person, in a table about nobody")
    return found


@cache
def field_of(name: str) -> FieldDescriptor | None:
    """Returns the descriptor of a field by its full name, or None where the contract has no such field."""
    if not _OURS.fullmatch(name):
        return None
    pool = descriptor_pool.Default()
    try:
        return pool.FindFieldByName(name)
    except KeyError:
        pass
    # A descriptor is known once its file was imported, and a column may hold the data of another service's field. Which
    # package that is stands in the table; the kernel's own code names none.
    list(_modules(_package(name)))
    try:
        return pool.FindFieldByName(name)
    except KeyError:
        return None


def types_beside(field: FieldDescriptor) -> Iterator[Descriptor]:
    """Yields the types of messages of a field's package; none where it is no package of the stubs."""
    for module in _modules(_package(field.full_name)):
        yield from module.DESCRIPTOR.message_types_by_name.values()


def _package(name: str) -> str:
    return ".".join(name.split(".")[:3])


def _modules(package: str) -> Iterator[ModuleType]:
    try:
        folder = importlib.import_module(package).__path__
    except ModuleNotFoundError:
        return
    for module in pkgutil.iter_modules(folder):
        if module.name.endswith("_pb2"):
            yield importlib.import_module(f"{package}.{module.name}")


def _field(name: str) -> FieldDescriptor:
    field = field_of(name)
    if field is None:
        raise ValueError(f"a column holds the data of a field that does not exist: {name}")
    return field


def held_in(table: Table) -> Iterator[Held]:
    """Yields the columns of a table that hold the data of proto fields."""
    first = owners(table)
    for column in table.columns:
        said: str = column.info["field"]
        if not said.startswith("- "):
            field = _field(said)
            named = column.info.get("about") or ()
            yield Held(column, field, rule_of(field), named or first, named[:1] or first)


def _parents(table: Table) -> Iterator[ForeignKeyConstraint]:
    for constraint in sorted(table.foreign_key_constraints, key=lambda each: sorted(each.column_keys)):
        if constraint.referred_table is not table:
            yield constraint


def owners(table: Table) -> tuple[int, ...]:
    """Returns the kinds of subject whose rows a table has, the first before the others; none where it is nobody's."""
    for kind in table.info.get("subject", {}):
        return (int(kind), *table.info["also"])
    for constraint in _parents(table):
        kinds = owners(constraint.referred_table)
        if kinds:
            return kinds
    return ()


def _is_about(table: Table, kind: int) -> bool:
    # Rows that belong to another table's are about whoever owns that one: what was said in a conversation is its
    # visitor's, and not every operator's who served it.
    subject = table.info.get("subject", {})
    return kind in subject or (not subject and kind in owners(table))


def _rows_of(table: Table, kind: int, tenant: UUID, subject: UUID) -> ColumnElement[bool]:
    link = table.info["subject"].get(kind)
    if link is not None:
        return and_(table.c.tenant_id == tenant, table.c[link] == subject)
    ways: list[ColumnElement[bool]] = []
    for constraint in _parents(table):
        parent = constraint.referred_table
        if _is_about(parent, kind):
            own = [element.parent for element in constraint.elements]
            theirs = [element.column for element in constraint.elements]
            ways.append(tuple_(*own).in_(select(*theirs).where(_rows_of(parent, kind, tenant, subject))))
    return and_(table.c.tenant_id == tenant, or_(*ways))
