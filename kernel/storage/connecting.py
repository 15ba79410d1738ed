"""Opens the driver's connections to PostgreSQL, every one of them, and says in a sentence why one cannot be had.

Nobody waits for ever for a server that cannot be heard. A firewall or a host that is lost says no goodbye: what was
sent and is not acknowledged in time ends the connection, and a line on which nothing was said for a while is asked
whether it still is one, which also keeps whoever watches it on the way from forgetting it. So nothing is tried before
each use, and no connection is thrown away for its age.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from kernel.config import CannotStart
from kernel.lines import line_options

#: How long a connection may take to be made.
CONNECT_SECONDS = 10.0

#: What an address names files by.
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
#: PostgreSQL's codes for a server that is there and has no room, or no time, for us.
_BUSY = ("53", "57P")
_REFUSED = ("28", "08P01")


class OutOfReach(CannotStart):
    """The database cannot be worked with as it should be; the text says why and what to do, and names no password."""


async def connected(dsn: str | URL, *, kind: Any = asyncpg.Connection, **options: Any) -> Any:
    """Opens a connection, of the driver's own class or of a `kind` below it; raises what the driver raises."""
    url = make_url(dsn).set(drivername="postgresql")
    for path in (url.query.get(name) for name in _FILES):
        # TLS does not say which file it misses, and a socket that is not there looks the same.
        if path and path != "system" and not os.access(str(path), os.R_OK):
            raise FileNotFoundError(errno.ENOENT, "a file of the address cannot be read", path)
    options.setdefault("timeout", CONNECT_SECONDS)
    plain = url.render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn=plain, connection_class=kind, **options)
    _watch(connection)
    return connection


def _watch(connection: Any) -> None:
    """Lets the system notice that the other end cannot be heard any more."""
    said: Any = connection._transport.get_extra_info("socket")
    if said is None or said.family == socket.AF_UNIX:
        return
    # What the loop shows of its socket takes no options; they belong to what both lead to.
    with socket.socket(said.family, socket.SOCK_STREAM, fileno=os.dup(said.fileno())) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in line_options().items():
            line.setsockopt(socket.IPPROTO_TCP, name, value)


async def owner_connection(dsn: str | URL, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
    """Opens a connection as the owner of the deployment's database; raises OutOfReach where it cannot be had."""
    try:
        connection: asyncpg.Connection[asyncpg.Record] = await connected(dsn, **options)
    except Exception as error:
        said = why_not(error)
        if not said:
            raise
        raise OutOfReach(said) from None
    return connection


def why_not(error: Exception, *, role: str = "") -> str:
    """Says why a database cannot be reached and what to do, or nothing where it is about something else.

    `role` is a service's own, whose password follows from the key; without one it is the address's.
    """
    cause = getattr(error, "orig", None) or error if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    kind = type(cause).__name__
    if state.startswith(_REFUSED):
        if role:
            return (
                f"the database does not let {role} in ({kind}): PARLEY_SECRET_KEY is another one than that with which "
                "it was migrated, or it was not migrated. Give the key that `parley migrate` had, or run that first."
            )
        return (
            f"the database does not let us in ({kind}): see that PARLEY_DATABASE_URL has the user and the password of "
            "its owner, and that the server's pg_hba.conf lets them in from here."
        )
    if state == "3D000":
        return "the server has no database of the name in PARLEY_DATABASE_URL: make it, or correct the name."
    if state.startswith(_BUSY):
        return f"the database takes nobody in at this moment ({kind}): it starts, stops or is full. Try again."
    if isinstance(cause, FileNotFoundError) and cause.filename:
        return f"PARLEY_DATABASE_URL names a file that cannot be read, {cause.filename}: put it there, for us to read."
    if isinstance(cause, ssl.SSLError | asyncpg.ClientConfigurationError) or (
        isinstance(cause, ConnectionError) and "SSL" in str(cause)
    ):
        return (
            f"no TLS as PARLEY_DATABASE_URL asks for can be had with the database ({kind}): see `sslmode` and the file "
            "in `sslrootcert`, and that the server's certificate is good and made out to its name."
        )
    if isinstance(cause, OSError | TimeoutError | asyncpg.PostgresConnectionError):
        return (
            f"the database cannot be reached ({kind}): see that PostgreSQL runs, that PARLEY_DATABASE_URL names its "
            "host and port, and that nothing on the way keeps us from it."
        )
    return ""
