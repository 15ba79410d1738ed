"""Offers texts to begin with, and writes drafts from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kernel.identity import Actor
from kernel.journal import KEPT
from kernel.privacy.age import AGE_LIMIT
from kernel.privacy.retention import PERIODS
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.feedback import DUE
from services.privacy.domain.templates import Draft, Template, fill, no_such_template
from services.privacy.store.templates import templates

#: For how many days somebody waits at most who asks for what is held about them.
REQUEST_DAYS = 30


def list_templates() -> Sequence[Template]:
    """Returns the templates."""
    return list(templates().values())


async def fill_template(actor: Actor, wiring: Wiring, name: str, fillings: Mapping[str, str]) -> tuple[Template, Draft]:
    """Returns a draft that is true of the platform as the tenant has set it."""
    template = templates().get(name)
    if template is None:
        raise no_such_template()
    return template, fill(template, fillings, await known_of(wiring, actor.tenant_id))


async def known_of(wiring: Wiring, tenant_id: str) -> dict[str, str]:
    """Returns what the platform knows and a tenant need not fill in: the periods, as they are set."""
    return _known({period.name: await wiring.settings.get(tenant_id, period) for period in PERIODS})


def known_by_default() -> dict[str, str]:
    """Returns what the platform knows of a tenant that has set nothing."""
    return _known({period.name: period.default for period in PERIODS})


def _known(days: Mapping[str, int]) -> dict[str, str]:
    return {name.removeprefix("retention."): str(count) for name, count in days.items()} | {
        "backup_days": str(KEPT.days),
        "feedback_due_days": str(DUE.days),
        "request_due_days": str(REQUEST_DAYS),
        "age_limit": str(AGE_LIMIT),
    }
