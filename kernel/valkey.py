"""Opens a process's way to Redis or Valkey, on which nobody waits long: whatever is there may be away at any moment.

A server that is gone refuses at once; one that hangs, or a host that swallows every packet, says nothing at all. So an
answer that does not come in time is none, it is not asked for again, and whoever comes in the next moment does not wait
as well. The library's own habit is to wait five seconds, and then ten times more. What is meant to wait, as for a hint,
says itself for how long.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as Silence

from kernel.lines import line_options

#: How long a connection, and then an answer, may take.
ANSWER_SECONDS = 1.0
#: For how long a server that said nothing is asked nothing.
REST_SECONDS = 1.0


class _Mindful:
    """Lets whoever is cancelled while a question is sent hear of it, and whoever waits hear that the line is dead.

    The library sends by `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes in the moment in
    which what it waits for has ended: a loop that asks again and again would then never end. It makes a task besides,
    which costs a good part of what a question does, though the system nearly always takes a question at once. And where
    the system gives a line up, because nothing that was sent was heard, the library takes that for the end of the time
    for which it was to wait: a loop that waits again and again would then never wait, and hold up everybody else.
    """

    async def read_response(self, *args: Any, **options: Any) -> Any:
        line: Any = super()
        answer = await line.read_response(*args, **options)
        reader: asyncio.StreamReader | None = getattr(self, "_reader", None)
        if answer is None and reader is not None and reader.exception() is not None:
            await self.disconnect(nowait=True)  # type: ignore[attr-defined]  # The connection's, below.
            raise LostConnection("the line died in silence")
        return answer

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        line: Any = self
        if not line.is_connected:
            await line.connect_check_health(check_health=False)
        if check_health:
            await line.check_health()
        if isinstance(command, str):
            command = command.encode()
        parts = [command] if isinstance(command, bytes) else command
        writer: asyncio.StreamWriter = line._writer
        try:
            writer.writelines(parts)
            if writer.transport.get_write_buffer_size():
                async with asyncio.timeout(line.socket_timeout):
                    await writer.drain()
            else:
                # Nothing is waited for; a line that was lost says so.
                await writer.drain()
        except BaseException as error:
            # Half a question, or an answer that nobody waits for, may not be taken for a part of the next.
            await line.disconnect(nowait=True)
            # The system's own, which has a number, is the end of a line.
            if isinstance(error, TimeoutError) and error.errno is None:
                raise Silence("nobody takes what is sent") from None
            if isinstance(error, OSError):
                raise LostConnection("the line was lost while something was sent") from error
            raise


class _Line(_Mindful, Connection):
    """A line of TCP."""


class _SecureLine(_Mindful, SSLConnection):
    """A line of TLS."""


class _LocalLine(_Mindful, UnixDomainSocketConnection):
    """A socket of this machine."""


_LINES: dict[type[Any], type[Any]] = {
    Connection: _Line,
    SSLConnection: _SecureLine,
    UnixDomainSocketConnection: _LocalLine,
}


class _Impatient(Redis):
    """A client that does not wait for a silent server again and again."""

    _rests_until = float("-inf")

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Asks for one thing; raises where the server is silent, or was a moment ago."""
        if time.monotonic() < self._rests_until:
            raise LostConnection("it was silent a moment ago")
        try:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # So it is there.
        except Silence:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise


def open_redis(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> Redis:
    """Returns a client; nothing is connected before it is used."""
    # A connection that was closed since it was last used is opened anew once. Silence is no reason to try again.
    options: dict[str, Any] = {
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": answer_seconds,
        "retry": Retry(NoBackoff(), 1, supported_errors=(LostConnection,)),
    }
    if not url.startswith("unix:"):
        # Whoever watches the line on the way does not forget it while nothing is said.
        options |= {"socket_keepalive": True, "socket_keepalive_options": line_options()}
    redis = _Impatient.from_url(url, **options)
    # An address chooses the library's own kind, whatever it is told besides.
    redis.connection_pool.connection_class = _LINES[redis.connection_pool.connection_class]
    return redis


class Script:
    """What Redis carries out in one piece. It is asked for by its name, and told whole where Redis does not know it."""

    def __init__(self, redis: Redis, source: str) -> None:
        """Takes a client, and the script in Lua."""
        self._redis: Any = redis
        self._source = source
        # Redis calls a script by this hash, which keeps no secret.
        self._name = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        """Carries it out, and returns what it returns."""
        # The library's own way to scripts takes half as long again as the question itself.
        try:
            return await self._redis.execute_command("EVALSHA", self._name, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self._redis.execute_command("EVAL", self._source, len(keys), *keys, *arguments)
