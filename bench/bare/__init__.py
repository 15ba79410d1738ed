"""The bare chain: the hops of a live message with nothing else in them, as fast as they could be made.

WebSocket -> gateway -> one gRPC stream with all sockets on it -> one group-commit writer -> Redis -> WebSocket. It
knows no tenant, no person and no rule: it is the limit that ours is measured against, and no example to follow.

    gateway  WebSockets on one side, the stream on the other
    service  the stream, the writer, the publishing
    redis    Redis without a client's costs: what is said is not waited for
    chain    starts both for the bench
"""
