"""Who comes besides those who chat: people who ask for help by the form, agents who look, and readers of a community.

Each goes through the gateways as a browser or a program does, and tries again elsewhere when one of them dies. Of every
ticket it is kept whether it was taken in, so that afterwards none may be missing or there twice.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import httpx

from tests.community.forum import Forum
from tests.platform import Platform
from tests.soak.figures import Stream
from tests.support.desk import Desk

#: How long somebody tries before it counts as a failure of the platform.
PATIENCE_SECONDS = 30.0
#: What the platform answers while a replica has just gone, and what everybody tries again.
PASSING = frozenset({429, 502, 503, 504})
TOPICS, REPLIES = 8, 6


class GaveUp(Exception):
    """Something did not work for as long as anybody would try; the message says what."""


@dataclass(slots=True)
class Door:
    """The gateways, as one client reaches them: one after another."""

    places: Iterator[str]
    client: httpx.AsyncClient
    stream: Stream
    began: float

    async def ask(self, method: str, path: str, host: str, token: str = "", **more: object) -> httpx.Response:
        """Asks until there is an answer, and notes how long that took from the first try."""
        started = time.monotonic()
        headers = {"host": f"{host}.localhost"} | ({"authorization": f"Bearer {token}"} if token else {})
        said = "nothing"
        while time.monotonic() - started < PATIENCE_SECONDS:
            try:
                url = f"http://{next(self.places)}{path}"
                answer = await self.client.request(method, url, headers=headers, **more)  # type: ignore[arg-type]  # Passed on.
            except httpx.HTTPError as error:
                said = type(error).__name__
            else:
                if answer.status_code not in PASSING:
                    now = time.monotonic()
                    self.stream.took.append((now - self.began, now - started))
                    return answer
                said = str(answer.status_code)
            self.stream.again += 1
            await asyncio.sleep(random.uniform(0.1, 0.4))
        raise GaveUp(f"{method} {path.partition('?')[0]}: {said} for {PATIENCE_SECONDS:.0f} s")


@dataclass(slots=True)
class Crowd:
    """Everybody, and what they keep."""

    platform: Platform
    desk: Desk
    forum: Forum
    pages: list[str]
    streams: dict[str, Stream] = field(default_factory=dict)
    #: What was asked for, each in words of its own, and the reference that it was given.
    given: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    stopping: bool = False

    def door(self, name: str, client: httpx.AsyncClient, places: Sequence[str], began: float) -> Door:
        """Returns a way in for one kind of people."""
        stream = self.streams.setdefault(name, Stream(name))
        return Door(itertools.cycle(random.sample(places, len(places))), client, stream, began)

    async def ask_for_help(self, door: Door, pause: float) -> None:
        """Sends requests by the form, until it is told to stop."""
        while not self.stopping:
            words = f"The shop does not open ({secrets.token_hex(8)})."
            self.sent.append(words)
            # The same id each time it is tried makes one ticket of it.
            body = {
                "email": f"{secrets.token_hex(4)}@people.example",
                "siteUrl": "https://shop.example/",
                "description": words,
                "requestId": secrets.token_hex(12),
            }
            try:
                answer = await door.ask("POST", "/v1/support/requests", "api", await self._anonymous(), json=body)
                if answer.status_code == 200:
                    self.given[words] = answer.json()["reference"]
                else:
                    self.complaints.append(f"a request was answered with {answer.status_code}")
            except GaveUp as error:
                self.complaints.append(str(error))
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    async def _anonymous(self) -> str:
        while True:
            try:
                return await self.desk.tenant.anonymous()
            except Exception:  # noqa: BLE001  # Identity may be busy for a moment; whoever is on a page tries again.
                await asyncio.sleep(0.2)

    async def look_at_the_desk(self, door: Door, pause: float) -> None:
        """Lists the tickets as a program of the company does, until it is told to stop."""
        _, key = await self.desk.tenant.api_key("support.read")
        while not self.stopping:
            await self._look(
                door, f"/v1/tickets?pageSize=20&order={random.choice(('ORDER_NEWEST', 'ORDER_UPDATED'))}", "api", key
            )
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    async def read(self, door: Door, pause: float) -> None:
        """Reads pages of the community as somebody without an account, until it is told to stop."""
        while not self.stopping:
            await self._look(door, random.choice(self.pages), "community")
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    async def _look(self, door: Door, path: str, host: str, token: str = "") -> None:
        try:
            answer = await door.ask("GET", path, host, token)
        except GaveUp as error:
            self.complaints.append(str(error))
            return
        if answer.status_code != 200:
            self.complaints.append(f"{path.partition('?')[0]} was answered with {answer.status_code}")

    async def check(self) -> list[str]:
        """Compares what people were told with what is kept, and returns what is wrong."""
        connection = await asyncpg.connect(self.platform.config.database_url)
        try:
            rows = await connection.fetch(
                "SELECT t.reference, e.body FROM support.tickets t JOIN support.entries e "
                "ON e.tenant_id = t.tenant_id AND e.ticket_id = t.id WHERE e.body LIKE 'The shop does not open (%'"
            )
        finally:
            await connection.close()
        kept: dict[str, list[str]] = {}
        for row in rows:
            kept.setdefault(row["body"], []).append(row["reference"])
        wrong = [*self.complaints]
        if gone := [words for words, reference in self.given.items() if reference not in kept.get(words, [])]:
            wrong.append(f"{len(gone)} tickets of which somebody has the reference are gone")
        if twice := [words for words, references in kept.items() if len(references) > 1]:
            wrong.append(f"{len(twice)} requests became more than one ticket")
        if unknown := kept.keys() - set(self.sent):
            wrong.append(f"{len(unknown)} tickets are there for which nobody asked")
        return wrong


async def a_community(shop: Forum) -> list[str]:
    """Fills a community with topics and replies, and returns the addresses of its pages."""
    space = await shop.space("plants")
    writer, other = await shop.poster(), await shop.poster()
    for member in (writer, other):
        # Who has been there for long may post as often as this.
        await shop.age(member, 400, 500)
    pages = [f"/c/{shop.tenant.slug}/s/plants"]
    for number in range(TOPICS):
        topic = await shop.topic(writer, space.id, f"Yellow leaves, number {number}", _words())
        for _ in range(REPLIES):
            await shop.reply(other, topic.id, _words())
        pages.append(f"/c/{shop.tenant.slug}/t/{topic.id}")
    return pages


def _words() -> str:
    return " ".join("".join(random.choice("abdegiklmnorstuw") for _ in range(6)) for _ in range(30))
