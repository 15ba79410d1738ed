"""Says what the journal can hold, and how each entry is written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as part
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from kernel.identity import Subject

#: What a column of a row may hold in the journal.
Value = str | int | bool | None


class _Written:
    """What all entries have in common: a name, and their fields as JSON."""

    __slots__ = ()
    kind: ClassVar[str]

    def as_json(self) -> dict[str, Any]:
        """Returns the entry's fields; a subject becomes its tenant, kind and id."""
        written: dict[str, Any] = {}
        for each in fields(self):  # type: ignore[arg-type]  # Every entry is a dataclass.
            value = getattr(self, each.name)
            if isinstance(value, Subject):
                written |= {"tenant_id": value.tenant_id, "domain": value.domain}
                written |= {"subject_kind": value.kind, "subject_id": value.id}
            else:
                written[each.name] = list(value) if isinstance(value, tuple) else value
        return written

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Self:
        """Reads what `as_json` wrote; a field of a later release is passed over."""
        values: dict[str, Any] = {}
        for each in fields(cls):  # type: ignore[arg-type]  # Every entry is a dataclass.
            if each.name == "subject":
                values["subject"] = Subject(
                    tenant_id=written["tenant_id"],
                    domain=written["domain"],
                    kind=written["subject_kind"],
                    id=written["subject_id"],
                )
            elif each.name in written:
                value = written[each.name]
                values[each.name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(_Written):
    """Somebody is forgotten."""

    kind: ClassVar[str] = "erased"
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Minor(_Written):
    """Somebody was refused for age, and what the session submitted is purged."""

    kind: ClassVar[str] = "minor"
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked(_Written):
    """A session, a visitor's credential or an API key is no longer good."""

    kind: ClassVar[str] = "revoked"
    tenant_id: str
    credential_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(_Written):
    """What an account of the staff may do from now on: its state and its roles."""

    kind: ClassVar[str] = "account"
    tenant_id: str
    staff_id: str
    state: int
    roles: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(_Written):
    """A value about somebody is replaced. On disk the value is sealed; read back, None is one that cannot be opened."""

    kind: ClassVar[str] = "corrected"
    subject: Subject
    field: str
    value: str | None = part(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(_Written):
    """Somebody withdrew a choice: the row that says so, by column, with ids and times as text and no word of theirs."""

    kind: ClassVar[str] = "withdrawn"
    subject: Subject
    choice_id: str
    #: The table with its schema, such as `privacy.choices`.
    store: str
    row: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted(_Written):
    """A message was removed for good: where it stands, and nothing of what stood there."""

    kind: ClassVar[str] = "redacted"
    tenant_id: str
    conversation_id: str
    message_id: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack(_Written):
    """Somebody took back what they had written: which record is gone, and no word of it."""

    kind: ClassVar[str] = "taken_back"
    tenant_id: str
    record_id: str
    #: The table with its schema, such as `privacy.feedback`.
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed(_Written):
    """A record was sealed, or its seal was lifted: the seal's row as it is from now on, by column."""

    kind: ClassVar[str] = "sealed"
    tenant_id: str
    seal_id: str
    #: The table with its schema, such as `chat.seals`.
    store: str
    row: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead(_Written):
    """How far a tenant's ledger has come: whoever cuts it off, or writes it anew, cannot do so here as well."""

    kind: ClassVar[str] = "ledger_head"
    tenant_id: str
    sequence: int
    #: The hash of the last row, and the signature over it, in hexadecimal digits.
    head: str
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp(_Written):
    """A backup begins; a journal that knows of it is younger than it."""

    kind: ClassVar[str] = "backed_up"
    backup_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(_Written):
    """A backup was restored: what the ledgers got after it is lost, and is no sign that somebody cut them off."""

    kind: ClassVar[str] = "restored"
    backup_id: str


Entry = (
    Erased
    | Minor
    | Revoked
    | Account
    | Corrected
    | Redacted
    | Withdrawn
    | TakenBack
    | Sealed
    | LedgerHead
    | BackedUp
    | Restored
)

_ALL: tuple[type[Entry], ...] = (
    Erased,
    Minor,
    Revoked,
    Account,
    Corrected,
    Redacted,
    Withdrawn,
    TakenBack,
    Sealed,
    LedgerHead,
    BackedUp,
    Restored,
)
KINDS: Mapping[str, type[Entry]] = {each.kind: each for each in _ALL}


def as_row(row: Mapping[str, Any]) -> dict[str, Value]:
    """Writes a row of a table for the journal: keys and moments become text."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Value:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case None | str() | int() | bool():
            return value
        case _:
            raise TypeError(f"the journal keeps no {type(value).__name__}")
