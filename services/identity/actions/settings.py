"""Shows and changes a tenant's settings. Identity keeps them for all services, which ask for them."""

from __future__ import annotations

import orjson
from parley.options.v1 import access_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, PermissionDenied
from kernel.files.limits import FILE_SETTINGS
from kernel.identity import Actor
from kernel.mail.delays import REPLY_DELAY
from kernel.privacy.access import READER_NAMES
from kernel.privacy.communities import COMMUNITY_SETTINGS
from kernel.privacy.retention import PERIODS
from kernel.privacy.surveys import ASK_RATING, REPLACE_MINUTES, THRESHOLD
from kernel.privacy.tickets import TICKET_SETTINGS
from kernel.settings import Effective, Setting, Value
from kernel.zones import REPORTS_ZONE
from services.identity.actions import auditing
from services.identity.actions.wiring import Wiring
from services.identity.domain import Change

SESSION_HOURS = Setting(
    name="staff.session_hours",
    default=12,
    minimum=1,
    maximum=24,
    description="After how many hours a member of staff signs in again.",
)
SECOND_FACTOR_REQUIRED = Setting(
    name="staff.second_factor_required",
    default=False,
    description="Everybody on the staff signs in with a second factor; who has none sets one up at the next sign-in.",
)
SECURE_SESSIONS_REQUIRED = Setting(
    name="sessions.secure_required",
    default=False,
    description="Chats, pages, sign-ins and calls that do not come by https are refused, or sent there.",
)
#: Set by `parley tenant announce`. The time in which people are told counts from the last change of either.
TRANSFER_DATE = Setting(
    name="transfer.date",
    default="",
    maximum=10,
    description="The day from which this company's data may be handed over to another one; empty for no such plan.",
)
TRANSFER_RECIPIENT = Setting(
    name="transfer.recipient",
    default="",
    maximum=200,
    description="The company to which the data are to be handed over.",
)


class NotForOfficers(PermissionDenied):
    """A setting that is an administrator's to change."""

    def __init__(self) -> None:
        """Says what officers set, and what was not done."""
        super().__init__("NOT_ALLOWED", "Privacy officers set periods. Nothing was changed.")


DECLARED = (
    *PERIODS,
    *FILE_SETTINGS,
    *TICKET_SETTINGS,
    *COMMUNITY_SETTINGS,
    ASK_RATING,
    READER_NAMES,
    REPLY_DELAY,
    REPLACE_MINUTES,
    REPORTS_ZONE,
    THRESHOLD,
    SESSION_HOURS,
    SECOND_FACTOR_REQUIRED,
    SECURE_SESSIONS_REQUIRED,
    TRANSFER_DATE,
    TRANSFER_RECIPIENT,
)


async def get_settings(actor: Actor, wiring: Wiring) -> list[Effective]:
    """Returns every setting as it is for the caller's tenant, by name."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await wiring.settings.list_effective(connection)


async def update_setting(actor: Actor, wiring: Wiring, name: str, value_json: str) -> Effective:
    """Sets a value, or with nothing goes back to the default. Who changed it, and from what, is kept.

    A privacy officer who is no administrator sets for how long things are kept, and nothing else.
    """
    if not actor.has(access_pb2.CALLER_ADMIN) and name not in {period.name for period in PERIODS}:
        raise NotForOfficers
    now = wiring.clock.now()
    if name == SECURE_SESSIONS_REQUIRED.name and _read(value_json) is True and not _is_secure(wiring):
        raise FailedPrecondition(
            "NOT_REACHED_BY_TLS",
            "This platform is not reached by https yet, so everybody would be shut out. Nothing was changed.",
        )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        before = await wiring.settings.list_effective(connection)
        changed = await wiring.settings.change(connection, actor, name, _read(value_json), now)
        was = next(each.value for each in before if each.setting.name == name)
        if was != changed.value:
            told = Change(
                field="value", before_json=orjson.dumps(was).decode(), after_json=orjson.dumps(changed.value).decode()
            )
            await auditing.note(connection, actor, "setting.updated", name, now, [told])
    return changed


def _is_secure(wiring: Wiring) -> bool:
    return wiring.console_origin.startswith("https://")


def _read(value_json: str) -> Value | None:
    if not value_json:
        return None
    try:
        value = orjson.loads(value_json)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, bool | int | float | str):
        raise InvalidArgument(
            "SETTING_MALFORMED",
            "The value is not a single JSON value. Nothing was changed.",
            fields=[("value_json", "must be a number, a text, true or false, as JSON")],
        )
    return value
