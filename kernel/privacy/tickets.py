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
SURVEY_ID = Setting(
    name="support.survey_id",
    default="",
    maximum=40,
    description="The survey whose address is mailed once a ticket was solved, by its id; empty asks nobody.",
)
SURVEY_HOURS = Setting(
    name="support.survey_hours",
    default=24,
    minimum=0,
    maximum=168,
    description="How many hours after a ticket was solved that is asked.",
)
LANGUAGE = Setting(
    name="support.language",
    default="en",
    choices=("en", "de", "ar"),
    description="The language in which requesters are written to whose own is unknown, or is not spoken here.",
)
TICKET_SETTINGS = (UNDO_SECONDS, CLOSE_DAYS, SURVEY_ID, SURVEY_HOURS, LANGUAGE)
