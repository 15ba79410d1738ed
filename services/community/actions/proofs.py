"""Asks whoever has no account for a calculation before they join or report, where the community wants it.

Nobody is kept out for want of a script: whoever does not calculate hands in the challenge as it was given, once it has
waited, and as often from one place as people do. Of a report only the place counts, so that nobody who floods keeps an
exposed person from being heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from kernel.challenges import Challenge
from kernel.errors import ResourceExhausted, Unavailable
from kernel.identity import Actor
from kernel.limits import Tries
from kernel.privacy.communities import PROOF_OF_WORK
from services.community.actions.wiring import Wiring

#: The forms, as challenges name them.
SIGN_UP, REPORT = "community_sign_up", "community_report"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """How long whoever does not calculate waits, and how often that is taken from one place, and altogether."""

    wait: timedelta
    of_place: Tries
    of_tenant: Tries | None = None


LANES: Mapping[str, Lane] = {
    SIGN_UP: Lane(
        wait=timedelta(seconds=10),
        of_place=Tries(name="community_unproved_joining", most=6, window=_HOUR),
        of_tenant=Tries(name="community_unproved_joinings", most=60, window=_HOUR),
    ),
    REPORT: Lane(wait=timedelta(seconds=5), of_place=Tries(name="community_unproved_report", most=12, window=_HOUR)),
}


async def get_challenge(actor: Actor, wiring: Wiring, form: str) -> Challenge | None:
    """Returns a challenge for a form; None where the community asks for none."""
    if not await _is_asked_for(actor, wiring):
        return None
    return wiring.challenges.give(actor.tenant_id, form, wiring.clock.now())


async def require(actor: Actor, wiring: Wiring, form: str, proof: str, origin: str) -> None:
    """Takes what was calculated for a form; raises what is wrong with it, or that whoever did not calculate waits.

    Whoever comes from nowhere that the gateway told shares one place with all others who do.
    """
    if not await _is_asked_for(actor, wiring):
        return
    now = wiring.clock.now()
    read = wiring.challenges.read(proof, actor.tenant_id, form, now)
    if not read.is_solved:
        lane = LANES[form]
        if read.age < lane.wait:
            raise ResourceExhausted(
                "PROOF_TOO_SOON",
                "This form came without its calculation and is taken a few seconds later. Send it again then.",
                retry_after=lane.wait - read.age,
            )
        tries = [(lane.of_place, f"{actor.tenant_id}\x00{origin}")]
        if lane.of_tenant is not None:
            tries.append((lane.of_tenant, actor.tenant_id))
        await wiring.guesses.attempt(
            *tries,
            reason="PROOF_LIMITED",
            detail="Too many forms came without their calculation. Turn scripts on, or wait an hour; nothing was kept.",
        )
    await wiring.challenges.take(read, now)


async def _is_asked_for(actor: Actor, wiring: Wiring) -> bool:
    try:
        return await wiring.settings.get(actor.tenant_id, PROOF_OF_WORK)
    except Unavailable:
        # Whoever is exposed is heard, even where nobody can say what the community wants.
        return PROOF_OF_WORK.default
