"""Says how long mail waits before it goes out, so that what was written in error can still be taken back."""

from __future__ import annotations

from kernel.settings import Setting

REPLY_DELAY: Setting[int] = Setting(
    name="mail.reply_delay_seconds",
    default=60,
    minimum=0,
    maximum=3600,
    description="For how many seconds an answer waits to be read in the chat before it goes to the visitor by mail.",
)
