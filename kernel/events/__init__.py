"""Tells other services what happened: an outbox in the transaction of the deed, and readers that pull by cursor.

An event carries ids and values from closed lists, never a person's words: its type, declared in code, says which, and
the outbox refuses anything else.
"""

from kernel.events.follower import Follower
from kernel.events.inbox import Consumer, DeadEvent, Inbox, Together, cursor_table, inbox_table
from kernel.events.outbox import EventServicer, Outbox, outbox_table
from kernel.events.types import EventRefused, EventType, a_count, an_id, one_of, topic_of

__all__ = [
    "Consumer",
    "DeadEvent",
    "EventRefused",
    "EventServicer",
    "EventType",
    "Follower",
    "Inbox",
    "Outbox",
    "Together",
    "a_count",
    "an_id",
    "cursor_table",
    "inbox_table",
    "one_of",
    "outbox_table",
    "topic_of",
]
