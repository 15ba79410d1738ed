"""Says what the system is told of a TCP line to a store, so that one that died in silence is noticed, and soon."""

from __future__ import annotations

import socket

#: How long what was sent may be without an answer of the other end's system.
UNHEARD_SECONDS = 5
#: How long nothing is said until the other end is asked whether it is there, and how often it is asked from then on.
QUIET_SECONDS, ASK_SECONDS = 10, 3


def line_options() -> dict[int, int]:
    """Returns the options of a TCP socket, in seconds or milliseconds as the system counts each, as far as it has them.

    Both are needed: what was sent and is not acknowledged is not asked after, and where nothing was sent there is
    nothing to acknowledge.
    """
    wanted = {
        "TCP_KEEPIDLE": QUIET_SECONDS,
        "TCP_KEEPINTVL": ASK_SECONDS,
        "TCP_KEEPCNT": 2,
        "TCP_USER_TIMEOUT": UNHEARD_SECONDS * 1000,
    }
    return {getattr(socket, name): value for name, value in wanted.items() if hasattr(socket, name)}
