"""The live side: many sockets of browsers, carried on one long stream to each chat replica.

    wire       one WebSocket as uvicorn hands it over, without a task or a queue for each message
    sockets    one client: its first frame, its pace, what waits for it
    link       the stream to one replica, and the sockets on it
    routing    which replica serves whom
    endpoint   the ASGI application of `/live`, and the whole of the above

A frame is passed on unread, except the first of a socket and those of sockets that speak JSON. Nothing is started for a
frame: no task, no span, no log line.
"""

from gateway.live.endpoint import Live

__all__ = ["Live"]
