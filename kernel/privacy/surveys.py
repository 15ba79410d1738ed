"""What a tenant may set about surveys: how large a group must be to be shown, and how long answers may be replaced."""

from __future__ import annotations

from kernel.settings import Setting

THRESHOLD = Setting(
    name="surveys.threshold",
    default=10,
    minimum=5,
    maximum=100,
    description="Of how many people a number in survey results speaks at least; it is drawn up to a multiple of 5.",
)
ASK_RATING = Setting(
    name="surveys.ask_rating",
    default=False,
    description="Whether a chat asks its visitor, when it is over, how satisfied they are, beside any survey.",
)
REPLACE_MINUTES = Setting(
    name="surveys.replace_minutes",
    default=30,
    minimum=0,
    maximum=1440,
    description="For how many minutes somebody may send other answers to a survey in the place of the first ones.",
)
