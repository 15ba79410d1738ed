"""The ASGI application of `/live`: lets sockets in, finds their replica, and closes them when the process drains."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.types import Receive, Scope, Send

from gateway import tracing
from gateway.credentials import LARGEST_TOKEN
from gateway.live.link import Link
from gateway.live.replicas import Replica, Replicas
from gateway.live.routing import choose, key_of
from gateway.live.sockets import BAD_TOKEN, DRAINING, TOO_MANY, TRY_LATER, Socket
from gateway.live.wire import EXTENSION, Wire
from gateway.problems import Problem
from gateway.requests import Proxies, text_header
from gateway.secure_sessions import REASON, SecureSessions
from kernel.errors import Unauthenticated
from kernel.identity import Actor, verify
from kernel.limits import network_of

SUBPROTOCOLS = ("parley.v1.proto", "parley.v1.json")

#: How many sockets one person, or one visitor's conversation, may hold open.
SOCKETS_OF_ONE = 64
#: How many sockets of one address may wait for their first frame at a time.
WAITING_OF_ONE = 256
#: How long a client may read nothing before it is cut off.
STALL_SECONDS = 30.0
_SWEEP_SECONDS = 2.0


class Live:
    """All sockets of this gateway."""

    def __init__(
        self,
        *,
        replicas: Replicas,
        metadata: Callable[[], tuple[tuple[str, str], ...]],
        keys: Mapping[str, Ed25519PublicKey],
        refresh_keys: Callable[[], Awaitable[None]],
        secure: SecureSessions,
        proxies: Proxies,
        origins: Iterable[str],
        most_sockets: int,
    ) -> None:
        """Takes the replicas, the keys that verify tokens, and the bounds."""
        self.links: list[Link] = []
        self._replicas = replicas
        self._metadata = metadata
        self._streams: dict[Link, asyncio.Task[None]] = {}
        self.sockets: set[Socket] = set()
        self._keys = keys
        self._refresh_keys = refresh_keys
        self._secure = secure
        self._proxies = proxies
        self._origins = frozenset(origins)
        self._most_sockets = most_sockets
        self._owned: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._stalled: set[Socket] = set()
        self._running: list[asyncio.Task[None]] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._frames = [0, 0]
        self.draining = False

    def start(self) -> None:
        """Opens the streams to the replicas and keeps them open."""
        for replica in self._replicas.fixed():
            self._link_to(replica)
        self._running = [asyncio.create_task(self._sweep())]
        if self._replicas.has_names:
            self._running.append(asyncio.create_task(self._look_up()))

    async def stop(self) -> None:
        """Closes the streams, and with them whatever sockets are left."""
        tasks = (*self._running, *self._streams.values(), *self._opening)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(link.release() for link in self.links))

    def _link_to(self, replica: Replica) -> None:
        link = Link(replica.address, self._replicas.open_channel(replica), self._metadata)
        self._streams[link] = asyncio.create_task(link.run())
        self.links.append(link)

    async def _look_up(self) -> None:
        """Opens streams to new replicas; a stream to one that is gone is given up as soon as it is lost."""
        while True:
            current = await self._replicas.current()
            known = {link.address for link in self.links}
            for replica in current:
                if replica.address not in known:
                    self._link_to(replica)
            gone = known - {replica.address for replica in current}
            for link in [each for each in self.links if each.address in gone and not each.ready]:
                self.links.remove(link)
                task = self._streams.pop(link)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await link.release()
            await asyncio.sleep(self._replicas.every)

    def drain(self) -> None:
        """Lets nobody in any more and closes all sockets, so that clients go to another gateway."""
        self.draining = True
        for socket in list(self.sockets):
            socket.close(DRAINING, "DRAINING")

    @property
    def frames(self) -> tuple[int, int]:
        """How many frames have gone up and down since the start."""
        return (
            self._frames[0] + sum(socket.frames_in for socket in self.sockets),
            self._frames[1] + sum(socket.frames_out for socket in self.sockets),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one socket until it is gone."""
        await receive()
        wire = scope.get("extensions", {}).get(EXTENSION)
        offered: list[str] = scope["subprotocols"]
        subprotocol = next((each for each in SUBPROTOCOLS if each in offered), None)
        origin = text_header(scope, b"origin")
        # Tokens, not cookies, open a socket; a page of another origin has none, and is told so at once.
        if subprotocol is None or not isinstance(wire, Wire) or (origin and origin not in self._origins):
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        # Whoever has one IPv6 address has a whole network of them.
        address = network_of(self._proxies.address(scope))
        refusal = self._refusal(address)
        if refusal is not None:
            await send({"type": "websocket.close", "code": refusal[0], "reason": refusal[1]})
            return
        traceparent = tracing.traceparent(scope)
        scope["headers"] = []
        socket = Socket(wire, self, json=subprotocol == SUBPROTOCOLS[1], traceparent=traceparent)
        socket.owner = address
        socket.plain = self._proxies.scheme(scope) == "http"
        self._waiting[address] += 1
        self.sockets.add(socket)
        wire.attach(socket)
        await socket.ended

    def _refusal(self, address: str) -> tuple[int, str] | None:
        if self.draining:
            return DRAINING, "DRAINING"
        if len(self.sockets) >= self._most_sockets:
            return TRY_LATER, "GATEWAY_FULL"
        if self._waiting[address] >= WAITING_OF_ONE:
            return TOO_MANY, "TOO_MANY_SOCKETS"
        return None

    # What sockets ask for.

    def admit(self, socket: Socket, token: str) -> None:
        """Finds the link for a token, or closes the socket."""
        if len(token) > LARGEST_TOKEN:
            # The service would refuse the whole message that carries it, and with it the sockets of everybody else.
            socket.close(BAD_TOKEN, "CREDENTIAL_REJECTED")
            return
        try:
            actor = verify(token, self._keys)
        except Unauthenticated:
            # The key may be one that identity has just begun to sign with.
            self._later(self._admit_later(socket, token))
            return
        if socket.plain:
            self._later(self._open_unless_required(socket, token, actor))
            return
        self._open(socket, token, actor)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open_unless_required(self, socket: Socket, token: str, actor: Actor) -> None:
        """Opens a socket that came without TLS, unless its tenant asks for secure sessions."""
        try:
            required = await self._secure.is_required(actor.tenant_id)
        except Problem:
            socket.close(TRY_LATER, "UNAVAILABLE")
            return
        if required:
            socket.close(BAD_TOKEN, REASON)
            return
        self._open(socket, token, actor)

    async def _admit_later(self, socket: Socket, token: str) -> None:
        await self._refresh_keys()
        if not self._keys:
            socket.close(TRY_LATER, "UNAVAILABLE")
            return
        try:
            actor = verify(token, self._keys)
        except Unauthenticated:
            socket.close(BAD_TOKEN, "CREDENTIAL_REJECTED")
            return
        if socket.plain:
            await self._open_unless_required(socket, token, actor)
            return
        self._open(socket, token, actor)

    def _open(self, socket: Socket, token: str, actor: Actor) -> None:
        if socket not in self.sockets:
            return
        key = key_of(actor)
        if self._owned[key] >= SOCKETS_OF_ONE:
            socket.close(TOO_MANY, "TOO_MANY_SOCKETS")
            return
        ready = [each for each in self.links if each.ready]
        link = choose(key, [each for each in ready if not each.silent] or ready)
        if link is None:
            socket.close(TRY_LATER, "UNAVAILABLE")
            return
        self._uncount(self._waiting, socket.owner)
        socket.owner = key
        self._owned[key] += 1
        socket.opened(link, token)

    def left(self, socket: Socket) -> None:
        """Forgets a socket."""
        self.sockets.discard(socket)
        self._stalled.discard(socket)
        self._frames[0] += socket.frames_in
        self._frames[1] += socket.frames_out
        self._uncount(self._owned if socket.admitted else self._waiting, socket.owner)

    def stalled(self, socket: Socket, waits: bool) -> None:
        """Remembers a client that has stopped reading."""
        if waits:
            self._stalled.add(socket)
        else:
            self._stalled.discard(socket)

    @staticmethod
    def _uncount(counter: Counter[str], key: str) -> None:
        counter[key] -= 1
        if counter[key] <= 0:
            del counter[key]

    async def _sweep(self) -> None:
        """Cuts off clients that have read nothing for too long."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, STALL_SECONDS / 2))
            before = loop.time() - STALL_SECONDS
            for socket in [each for each in self._stalled if each.stalled_at < before]:
                socket.cut()
