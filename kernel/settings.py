"""A tenant's settings: declared in code with type, default and bounds, changed with a record of who did what when.

What a tenant did not set is the default. What a tenant did set is held within the bounds even when a later release
draws them closer. A process's own configuration is another thing: that is `kernel.config`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import MetaData, Table, Text, delete, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import Clock
from kernel.errors import InvalidArgument, NotFound, Unavailable
from kernel.hints import Hints
from kernel.identity import Actor
from kernel.storage.database import Database
from kernel.storage.tables import column, tenant_table

# A change reaches other replicas by a hint at once, and without one after so long.
MAX_AGE = timedelta(seconds=30)
_REMEMBERED = 10_000

Value = bool | int | float | str
T = TypeVar("T", bool, int, float, str)


def table(metadata: MetaData) -> Table:
    """Returns the settings in a service's schema: only what a tenant has set."""
    name = f"{metadata.schema}.settings"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "settings",
        metadata,
        column("name", Text, "- a name in the code"),
        column("value", JSONB, "- the tenant's own choice"),
        column("update_time", TIMESTAMP(timezone=True), "- when it was set"),
        key=("name",),
    )


def changes_table(metadata: MetaData) -> Table:
    """Returns the record of changes in a service's schema, which is only ever added to."""
    name = f"{metadata.schema}.setting_changes"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "setting_changes",
        metadata,
        column("id", UuidType(as_uuid=True), "- the change's own id"),
        column("name", Text, "- a name in the code"),
        column("old_value", JSONB, "- the tenant's own choice"),
        column("new_value", JSONB, "- the tenant's own choice"),
        column("changed_by", Text, "- the id of a member of staff, who may always be named for what they set"),
        column("time", TIMESTAMP(timezone=True), "- when it was changed"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One setting. `minimum` and `maximum` bound a number, or the length of a text; `choices` lists all texts."""

    name: str
    default: T
    description: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError where the default breaks the setting's own rules."""
        try:
            accepted = self.accept(self.default)
        except InvalidArgument:
            accepted = None
        if accepted != self.default or (isinstance(self.default, str) and not self.choices and self.maximum is None):
            raise ValueError(f"{self.name}: the default breaks the rules, or a text has neither choices nor a maximum")

    def accept(self, value: object) -> T:
        """Returns a value that may be set; raises InvalidArgument with the reason for any other."""
        kind = type(self.default)
        # In JSON a whole number is a number with fractions, and in Python a truth value is a whole number.
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise self._refusal("SETTING_WRONG_TYPE", f"must be {_KINDS[kind]}")
        size = len(value) if isinstance(value, str) else value
        if self.choices and value not in self.choices:
            raise self._refusal("SETTING_NOT_A_CHOICE", f"must be one of {', '.join(self.choices)}")
        if not isinstance(size, bool) and isinstance(size, int | float):
            unit = " characters long" if isinstance(value, str) else ""
            if self.minimum is not None and not size >= self.minimum:
                raise self._refusal("SETTING_TOO_SMALL", f"must be at least {self.minimum:g}{unit}")
            if self.maximum is not None and not size <= self.maximum:
                raise self._refusal("SETTING_TOO_LARGE", f"must be at most {self.maximum:g}{unit}")
        return value

    def hold(self, value: object) -> T:
        """Returns a stored value, drawn within the bounds; the default where it no longer fits at all."""
        kind = type(self.default)
        if kind in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
            low = value if self.minimum is None else max(value, self.minimum)
            held = low if self.maximum is None else min(low, self.maximum)
            value = int(held) if kind is int else float(held)
        try:
            return self.accept(value)
        except InvalidArgument:
            return self.default

    def _refusal(self, reason: str, rule: str) -> InvalidArgument:
        return InvalidArgument(
            reason, f"The setting {self.name} {rule}. Nothing was changed.", fields=[("value", rule)]
        )


_KINDS: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A setting as it is for a tenant."""

    setting: Setting[bool] | Setting[int] | Setting[float] | Setting[str]
    value: Value
    is_set: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changed what; `None` stands for the default."""

    id: UUID
    name: str
    old_value: Value | None
    new_value: Value | None
    changed_by: str
    time: datetime


def topic_of(service: str) -> str:
    """Returns the topic under which a service hints at changed settings."""
    return f"settings:{service}"


class Settings:
    """One service's settings, for all of its tenants."""

    def __init__(
        self,
        database: Database,
        metadata: MetaData,
        declared: Iterable[Setting[bool] | Setting[int] | Setting[float] | Setting[str]],
        *,
        hints: Hints,
        clock: Clock,
    ) -> None:
        """Takes where they are kept and which there are; a name may be declared once."""
        self._database = database
        self._table, self._changes = table(metadata), changes_table(metadata)
        self._declared: dict[str, Setting[bool] | Setting[int] | Setting[float] | Setting[str]] = {}
        for setting in declared:
            if setting.name in self._declared:
                raise ValueError(f"declared twice: {setting.name}")
            self._declared[setting.name] = setting
        self._hints = hints
        self._topic = topic_of(str(metadata.schema))
        self._changed: asyncio.Event = hints.listen(self._topic)
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, dict[str, object]]] = OrderedDict()

    async def get(self, tenant_id: str, setting: Setting[T]) -> T:
        """Returns a tenant's value, from memory where it is fresh."""
        if self._changed.is_set():
            self._changed.clear()
            self._known.clear()
        now = self._clock.now()
        read, values = self._known.get(tenant_id, (None, {}))
        if read is None or now - read > MAX_AGE:
            async with self._database.transaction(tenant_id) as connection:
                values = await self._stored(connection)
            self._known[tenant_id] = (now, values)
            self._known.move_to_end(tenant_id)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return setting.hold(values[setting.name]) if setting.name in values else setting.default

    async def read(self, connection: AsyncConnection, setting: Setting[T]) -> T:
        """Returns the bound tenant's value as the running transaction sees it."""
        values = await self._stored(connection)
        return setting.hold(values[setting.name]) if setting.name in values else setting.default

    async def list_effective(self, connection: AsyncConnection) -> list[Effective]:
        """Returns every setting as it is for the bound tenant, by name."""
        values = await self._stored(connection)
        return [
            Effective(
                setting=setting,
                value=setting.hold(values[name]) if name in values else setting.default,
                is_set=name in values,
            )
            for name, setting in sorted(self._declared.items())
        ]

    async def change(
        self, connection: AsyncConnection, actor: Actor, name: str, value: Value | None, now: datetime
    ) -> Effective:
        """Sets the actor's tenant's value, or with None goes back to the default, and notes who did it.

        Raises NotFound for a name that is not declared and InvalidArgument for a value that may not be. A change to the
        value that already is there is none, and is not noted.
        """
        setting = self._declared.get(name)
        if setting is None:
            raise NotFound("SETTING_UNKNOWN", "There is no such setting.")
        accepted = None if value is None else setting.accept(value)
        tenant = ids.to_uuid(actor.tenant_id, "ten")
        settings = self._table
        # Two people at once take turns, so that the record says what each of them really changed.
        await connection.execute(_TURN, {"name": f"{settings.fullname} {tenant} {name}"})
        old = (await connection.execute(select(settings.c.value).where(settings.c.name == name))).scalar_one_or_none()
        if old != accepted or type(old) is not type(accepted):
            if accepted is None:
                await connection.execute(delete(settings).where(settings.c.name == name))
            else:
                row = {"value": accepted, "update_time": now}
                await connection.execute(
                    upsert(settings)
                    .values(tenant_id=tenant, name=name, **row)
                    .on_conflict_do_update(index_elements=["tenant_id", "name"], set_=row)
                )
            await connection.execute(
                insert(self._changes).values(
                    tenant_id=tenant,
                    id=ids.new_uuid(),
                    name=name,
                    old_value=old,
                    new_value=accepted,
                    changed_by=actor.subject_id,
                    time=now,
                )
            )
            self._hints.send_after(connection, self._topic)
        return Effective(
            setting=setting, value=setting.default if accepted is None else accepted, is_set=accepted is not None
        )

    async def list_changes(
        self, connection: AsyncConnection, *, size: int, before: UUID | None = None, name: str | None = None
    ) -> list[Change]:
        """Returns the bound tenant's changes, the latest first; `before` goes on from one of them."""
        changes = self._changes
        query = select(changes).order_by(changes.c.id.desc()).limit(size)
        if before is not None:
            query = query.where(changes.c.id < before)
        if name is not None:
            query = query.where(changes.c.name == name)
        return [
            Change(
                id=row.id,
                name=row.name,
                old_value=row.old_value,
                new_value=row.new_value,
                changed_by=row.changed_by,
                time=row.time,
            )
            for row in await connection.execute(query)
        ]

    async def _stored(self, connection: AsyncConnection) -> dict[str, object]:
        rows = await connection.execute(select(self._table.c.name, self._table.c.value))
        return {row.name: row.value for row in rows}


class PeerSettings:
    """The tenants' settings for a service that does not keep them: it asks the one that does, and remembers."""

    def __init__(
        self, peer: str, ask: Callable[[str], Awaitable[Mapping[str, object]]], *, hints: Hints, clock: Clock
    ) -> None:
        """Takes the service that keeps them, and how to ask it for all of a tenant's values by name."""
        self._ask = ask
        self._changed = hints.listen(topic_of(peer))
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, Mapping[str, object]]] = OrderedDict()
        self._stale: set[str] = set()
        self._asking: dict[str, asyncio.Task[Mapping[str, object]]] = {}

    async def get(self, tenant_id: str, setting: Setting[T]) -> T:
        """Returns a tenant's value; while its keeper is away, the last known one, or raises Unavailable."""
        if self._changed.is_set():
            self._changed.clear()
            self._stale.update(self._known)
        known = self._known.get(tenant_id)
        if known is None or tenant_id in self._stale or self._clock.now() - known[0] > MAX_AGE:
            try:
                values = await self._fetched(tenant_id)
            except Unavailable:
                if known is None:
                    raise
                values = known[1]
        else:
            values = known[1]
        return setting.hold(values[setting.name]) if setting.name in values else setting.default

    async def _fetched(self, tenant_id: str) -> Mapping[str, object]:
        # Many who ask at once ask once.
        task = self._asking.get(tenant_id)
        if task is None:
            task = asyncio.create_task(self._fetch(tenant_id))
            self._asking[tenant_id] = task
            task.add_done_callback(lambda _: self._asking.pop(tenant_id, None))
        return await asyncio.shield(task)

    async def _fetch(self, tenant_id: str) -> Mapping[str, object]:
        now = self._clock.now()
        # A change that is hinted at while the answer is on its way makes it stale at once.
        self._stale.discard(tenant_id)
        values = await self._ask(tenant_id)
        self._known[tenant_id] = (now, values)
        self._known.move_to_end(tenant_id)
        while len(self._known) > _REMEMBERED:
            self._stale.discard(self._known.popitem(last=False)[0])
        return values


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
