"""Says to whom anything about a person may go."""

from __future__ import annotations

from kernel.identity import Actor, Regime
from kernel.privacy.recipients import Recipient, recipients_of
from services.privacy.actions.wiring import Wiring


async def list_recipients(actor: Actor, wiring: Wiring) -> list[tuple[Recipient, bool]]:
    """Returns the recipients that the caller's tenant can have, and whether this deployment has them."""
    regime = actor.regime
    if actor.is_internal:
        # A process of the platform has no regime of its own.
        is_house = await wiring.peers.is_house(actor.tenant_id)
        regime = Regime.HOUSE if is_house else Regime.ASP
    return [(each, each.name not in wiring.unused) for each in recipients_of(regime)]
