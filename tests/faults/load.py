"""Two hundred conversations that talk steadily, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import asyncpg
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import token_pb2

from kernel import ids
from kernel.config import Config
from kernel.errors import ParleyError
from kernel.rpc.server import cancel
from tests.faults.history import Side, Talk, acknowledged, check
from tests.faults.party import Habits, Line, Manners, Party
from tests.platform import OPERATOR, Member, Platform, Tenant, Visitor

HELD_BY_ONE = 20
QUIET_SECONDS = 60.0
#: How many conversations are started at a time.
AT_ONCE = 8
#: How many clients come in a second.
ARRIVING = 100.0
#: A pause that nobody sees the end of.
ONCE = 86_400.0

Took = Callable[[float], None]


class Deployment(Protocol):
    """What is talked to."""

    @property
    def config(self) -> Config:
        """The settings by which tests reach it."""
        ...

    @property
    def places(self) -> Sequence[str]:
        """Where its gateways listen."""
        ...


Deployed = TypeVar("Deployed", bound=Deployment)


@dataclass(slots=True)
class Load(Generic[Deployed]):
    """The conversations, their parties, and their history."""

    rig: Deployed
    platform: Platform
    talks: dict[str, Talk] = field(default_factory=dict)
    parties: list[Party] = field(default_factory=list)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    @property
    def acked(self) -> int:
        """How many messages were acknowledged so far."""
        return acknowledged(self.talks)

    @property
    def waited(self) -> float:
        """The longest time in which something that was said waited for its acknowledgement, in seconds."""
        return max(party.waited for party in self.parties)

    @property
    def reconnects(self) -> int:
        """How often anybody came back so far."""
        return sum(party.reconnects for party in self.parties)

    def behave(self, habits: Habits) -> None:
        """Gives every party these habits."""
        for party in self.parties:
            party.habits = habits

    def talk(self, talking: bool) -> None:
        """Lets everybody talk, or fall silent."""
        for party in self.parties:
            party.talking = talking

    async def until(self, acked: int, seconds: float) -> None:
        """Waits until as many messages were acknowledged; raises TimeoutError with what there was."""
        deadline = time.monotonic() + seconds
        while self.acked < acked:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {self.acked} of {acked} messages were acknowledged in {seconds:.0f} s")
            await asyncio.sleep(0.02)

    async def settle(self, seconds: float = QUIET_SECONDS) -> list[str]:
        """Lets everything that was said arrive, for so long at most, and returns what is wrong with the history."""
        self.behave(Habits())
        self.talk(False)
        deadline = time.monotonic() + seconds
        while True:
            # Who still speaks while the table is read is ahead of what was read, and would seem to have lost it.
            was_quiet = self._is_quiet()
            stored = await self._stored()
            if (was_quiet and self._has_arrived(stored)) or time.monotonic() >= deadline:
                break
            await asyncio.sleep(0.1)
        complaints = check(self.talks, stored)
        complaints += [complaint for party in self.parties for complaint in party.complaints]
        return complaints

    def _is_quiet(self) -> bool:
        return all(party.is_quiet for party in self.parties)

    def _has_arrived(self, stored: dict[str, list[tuple[int, str]]]) -> bool:
        return self._is_quiet() and all(
            len(side.delivered) >= len(stored.get(conversation_id, ()))
            for conversation_id, talk in self.talks.items()
            for _, side in talk.sides
        )

    async def _stored(self) -> dict[str, list[tuple[int, str]]]:
        connection = await asyncpg.connect(self.rig.config.database_url)
        try:
            rows = await connection.fetch(
                "SELECT conversation_id, sequence, coalesce(client_message_id, '') AS client FROM chat.messages "
                "WHERE conversation_id = ANY ($1) ORDER BY conversation_id, sequence",
                [ids.to_uuid(conversation_id, "cnv") for conversation_id in self.talks],
            )
        finally:
            await connection.close()
        found: dict[str, list[tuple[int, str]]] = {}
        for row in rows:
            found.setdefault(ids.from_uuid("cnv", row["conversation_id"]), []).append((row["sequence"], row["client"]))
        return found


@asynccontextmanager
async def a_load(
    rig: Deployed,
    conversations: int,
    pause: float,
    *,
    apart: bool = False,
    manners: Manners | None = None,
    took: Took | None = None,
) -> AsyncIterator[Load[Deployed]]:
    """Yields conversations that talk, each side with `pause` seconds on average between two messages.

    Everybody begins at any gateway; `apart`, visitors at the first and operators at the last.
    """
    platform = Platform(rig.config, None)
    load = Load(rig, platform)
    tenant = await platform.tenant()
    operators = [await tenant.member(OPERATOR) for _ in range((conversations - 1) // HELD_BY_ONE + 1)]
    for operator in operators:
        count = min(HELD_BY_ONE, conversations - len(load.talks))
        await _add(load, tenant, operator, count, pause, apart=apart)
    for party in load.parties:
        party.manners, party.took = manners or party.manners, took
    async with _running(load):
        yield load


@asynccontextmanager
async def an_idle_load(rig: Deployed, conversations: int, manners: Manners) -> AsyncIterator[Load[Deployed]]:
    """Yields visitors who are there and say nothing; told to talk, each says one thing and falls silent again."""
    load = Load(rig, Platform(rig.config, None))
    tenant = await load.platform.tenant()
    for first in range(0, conversations, AT_ONCE):
        coming = min(AT_ONCE, conversations - first)
        for visitor in await asyncio.gather(*(_come(tenant) for _ in range(coming))):
            # Nobody answers, so that one side is all there is to compare.
            side = Side()
            load.talks[visitor.conversation.id] = Talk(side, side)
            fresh = _exchange(load, token_pb2.ExchangeCredentialRequest(visitor_credential=visitor.credential))
            load.parties.append(
                Party(
                    name=f"idle visitor {len(load.parties)}",
                    places=random.sample(list(rig.places), len(rig.places)),
                    token=fresh,
                    listed=_listed(load, fresh),
                    lines={visitor.conversation.id: _line(side)},
                    pause=ONCE,
                    manners=manners,
                    talking=False,
                )
            )
    async with _running(load):
        yield load


@asynccontextmanager
async def _running(load: Load[Any]) -> AsyncIterator[None]:
    # So many come in a second at most, as people do; only few come all at once.
    tasks = [
        asyncio.create_task(_arriving(party, number / ARRIVING)) for number, party in enumerate(load.parties, start=1)
    ]
    try:
        yield
    finally:
        await cancel(tasks)
        await load.platform.channels.close()


async def _add(load: Load[Any], tenant: Tenant, operator: Member, count: int, pause: float, *, apart: bool) -> None:
    places = list(load.rig.places)

    def ways(*, back: bool = False) -> list[str]:
        return places[:: -1 if back else 1] if apart else random.sample(places, len(places))

    visitors = await asyncio.gather(*(tenant.visitor() for _ in range(count)))
    await asyncio.gather(*(_claim(load.platform, visitor, operator) for visitor in visitors))
    lines: dict[str, Line] = {}
    for number, visitor in enumerate(visitors):
        talk = Talk()
        conversation_id = visitor.conversation.id
        load.talks[conversation_id] = talk
        lines[conversation_id] = _line(talk.operator)
        fresh = _exchange(load, token_pb2.ExchangeCredentialRequest(visitor_credential=visitor.credential))
        load.parties.append(
            Party(
                name=f"visitor {number}",
                places=ways(),
                token=fresh,
                listed=_listed(load, fresh),
                lines={conversation_id: _line(talk.visitor)},
                pause=pause,
            )
        )
    fresh = _exchange(load, token_pb2.ExchangeCredentialRequest(session=operator.session))
    load.parties.append(
        Party(
            name="operator",
            places=ways(back=True),
            token=fresh,
            listed=_listed(load, fresh),
            lines=lines,
            pause=pause,
        )
    )


async def _come(tenant: Tenant) -> Visitor:
    # Thousands of them keep a small machine busy for minutes; whoever waits in vain tries again.
    for _ in range(5):
        with contextlib.suppress(ParleyError):
            return await tenant.visitor()
    return await tenant.visitor()


async def _arriving(party: Party, after: float) -> None:
    await asyncio.sleep(after)
    await party.run()


def _line(side: Side) -> Line:
    return Line(side)


async def _claim(platform: Platform, visitor: Visitor, operator: Member) -> None:
    await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=visitor.conversation.id),
        token=operator.token,
    )


def _exchange(load: Load[Any], request: token_pb2.ExchangeCredentialRequest) -> Callable[[], Awaitable[str]]:
    key = request.session or request.visitor_credential

    async def fresh() -> str:
        token, until = load.tokens.get(key, ("", 0.0))
        while time.monotonic() >= until:
            try:
                issued = await load.platform.call(load.platform.tokens.ExchangeCredential, request)
            except Exception:  # noqa: BLE001  # Identity may be away for a moment, like everything else here.
                await asyncio.sleep(0.2)
                continue
            token, until = str(issued.access_token), time.monotonic() + 100
            load.tokens[key] = (token, until)
        return token

    return fresh


def _listed(
    load: Load[Any], fresh: Callable[[], Awaitable[str]]
) -> Callable[[str, int], Awaitable[Sequence[conversation_pb2.Message]]]:
    async def listed(conversation_id: str, after: int) -> Sequence[conversation_pb2.Message]:
        found: list[Any] = []
        while True:
            page = await load.platform.call(
                load.platform.chat.ListMessages,
                conversation_pb2.ListMessagesRequest(
                    conversation_id=conversation_id, after_sequence=after, page_size=500
                ),
                token=await fresh(),
            )
            found += page.messages
            if not page.messages or page.messages[-1].sequence >= page.head_sequence:
                return found
            after = page.messages[-1].sequence

    return listed
