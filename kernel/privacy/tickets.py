"""What a tenant may set about tickets: how long an answer can be taken back, and when what is resolved is over."""

from __future__ import annotations

from kernel.settings import Setting

UNDO_SECONDS = Setting(
    name="support.undo_seconds",
    default=10,
    minimum=0,
    maximum=120,
    description="For how many seconds an answer to a ticket waits, in which it can still be taken back.",
)
CLOSE_DAYS = Setting(
    name="support.close_days",
    default=7,
    minimum=1,
    maximum=30,
    description="After how many days without a word a resolved ticket is closed; its period counts from then.",
)
TICKET_SETTINGS = (UNDO_SECONDS, CLOSE_DAYS)
