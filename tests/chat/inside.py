"""Chat's inside for tests: its actions on the platform's own database, without a server between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import Clock, SystemClock
from kernel.errors import ParleyError
from kernel.identity import Actor, Regime
from kernel.rpc.process import Process
from kernel.storage import Database
from services.chat.__main__ import wire
from services.chat.actions.wiring import Wiring
from services.chat.domain import QUEUED, TEXT, VISITOR, Conversation, Entry
from services.chat.store import conversations, messages
from services.chat.store.messages import Appended
from tests.platform import Platform


@asynccontextmanager
async def a_wiring(platform: Platform, *, clock: Clock | None = None) -> AsyncIterator[Wiring]:
    """Yields what chat's actions work with. Writer and hints do not run; what a test wants of them, it starts."""
    process = Process(platform.config, clock=clock or SystemClock())
    wiring = wire(process)
    try:
        yield wiring
    finally:
        await wiring.tasks.end()
        await process.close()


async def a_conversation(wiring: Wiring, tenant_id: str, **changes: object) -> Conversation:
    """Adds a conversation that has no entries yet."""
    values: dict[str, object] = {
        "tenant_id": ids.to_uuid(tenant_id, "ten"),
        "id": ids.new_uuid(),
        "site_id": ids.new_uuid(),
        "visitor_id": ids.random_uuid(),
        "display_name": "",
        "language": "",
        "page_path": "",
        "notice_id": ids.new_uuid(),
        "state": QUEUED,
        "create_time": datetime.now(UTC),
    }
    conversation = Conversation(**values | changes)  # type: ignore[arg-type]  # Each test changes what it is about.
    async with wiring.database.transaction(tenant_id) as connection:
        await conversations.add_conversation(connection, conversation)
    return conversation


async def say(
    wiring: Wiring, conversation: Conversation, body: str = "hello", *, kind: int = TEXT
) -> tuple[Entry, Appended]:
    """Commits something that the visitor says, and tells nobody."""
    entry = Entry(
        conversation_id=conversation.id,
        id=ids.new_uuid(),
        kind=kind,
        side=VISITOR,
        client_message_id=ids.new_id("cli"),
        body=body,
    )
    async with wiring.database.transaction(ids.from_uuid("ten", conversation.tenant_id)) as connection:
        return entry, await messages.append_one(connection, conversation.tenant_id, entry, datetime.now(UTC))


def visitor_of(conversation: Conversation) -> Actor:
    """Returns the visitor of a conversation."""
    return Actor(
        tenant_id=ids.from_uuid("ten", conversation.tenant_id),
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_VISITOR}),
        subject_id=ids.from_uuid("vis", conversation.visitor_id),
        conversation_id=ids.from_uuid("cnv", conversation.id),
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    )


def staff_of(tenant_id: str, *callers: int) -> Actor:
    """Returns a member of staff."""
    return Actor(
        tenant_id=tenant_id,
        regime=Regime.ASP,
        callers=frozenset(callers or {access_pb2.CALLER_OPERATOR}),
        subject_id=ids.new_id("stf"),
        display_name="Robin",
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    )


@dataclass
class Basket:
    """An outlet that keeps what it is given, and has room as long as the test says so."""

    room: bool = True
    sequences: list[int] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    conversations: list[conversation_pb2.Conversation] = field(default_factory=list)
    gaps: list[conversation_pb2.Gap] = field(default_factory=list)
    error: ParleyError | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def has_room(self) -> bool:
        return self.room

    def message(self, message: conversation_pb2.Message) -> None:
        self.sequences.append(message.sequence)
        self._note("message")

    def conversation(self, conversation: conversation_pb2.Conversation) -> None:
        self.conversations.append(conversation)
        self._note("conversation")

    def presence(self, presence: conversation_pb2.Presence) -> None:
        self._note("presence")

    def gap(self, gap: conversation_pb2.Gap) -> None:
        self.gaps.append(gap)
        self._note("gap")

    def ended(self, error: ParleyError) -> None:
        self.error = error
        self._note("ended")

    def _note(self, what: str) -> None:
        self.given.append(what)
        self.news.set()

    async def until_last(self, sequence: int) -> None:
        """Waits until an entry has come; fails when it does not."""
        async with asyncio.timeout(10):
            while sequence not in self.sequences[-1:]:
                self.news.clear()
                await self.news.wait()

    async def until(self, what: str) -> None:
        """Waits until something of a kind has come."""
        async with asyncio.timeout(10):
            while what not in self.given:
                self.news.clear()
                await self.news.wait()


class Gated(Database):
    """The same database, whose transactions stop before they begin and after they end, until the test lets them go."""

    def __init__(self, database: Database) -> None:
        """Takes whose connections to use."""
        vars(self).update(vars(database))
        self.is_open = False
        self._waiting: list[asyncio.Future[None]] = []
        self._inside = 0
        self._still = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, tenant_id: str) -> AsyncIterator[AsyncConnection]:
        """Runs a transaction between two stops."""
        self._inside += 1
        try:
            await self._stop()
            async with super().transaction(tenant_id) as connection:
                yield connection
            await self._stop()
        finally:
            self._inside -= 1
            self._still.set()

    async def let_go_on(self) -> None:
        """Lets the transaction that stopped first go on to its next stop."""
        if self._waiting:
            self._waiting.pop(0).set_result(None)
        async with asyncio.timeout(10):
            while True:
                # What has just ended goes on by itself, perhaps to its next transaction.
                for _ in range(5):
                    await asyncio.sleep(0)
                if self._inside == len(self._waiting):
                    return
                self._still.clear()
                await self._still.wait()

    async def open(self) -> None:
        """Stops nothing any more."""
        self.is_open = True
        while self._waiting:
            self._waiting.pop(0).set_result(None)

    async def _stop(self) -> None:
        if self.is_open:
            return
        stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(stopped)
        self._still.set()
        await stopped
