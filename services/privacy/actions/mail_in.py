"""Takes mail to a company's addresses for privacy and for corrections: it is feedback, with an answer due, and nothing
else. A privacy officer reads it and answers; no machine answers, and who wrote is not proved."""

from __future__ import annotations

import asyncio
import re

from parley.options.v1 import access_pb2
from parley.privacy.v1 import feedback_pb2

from kernel import ids
from kernel.identity import Actor, Regime
from kernel.jobs import Job
from kernel.mail import intake
from kernel.mail.intake import Incoming
from services.privacy.actions import feedback
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.feedback import Feedback
from services.privacy.domain.texts import is_said

#: What stands before the @ of the two addresses that every company has.
PRIVACY, CORRECTIONS = "privacy", "corrections"
_LONGEST = 4_800
_CONTACT = re.compile(r"[^@\s<>\"(),:;]{1,64}@[^@\s<>\"(),:;]+\.[^@\s<>\"(),:;]+")


async def is_known(tenant_id: str, local_part: str) -> bool:
    """Says whether an address is one of the two."""
    return local_part in (PRIVACY, CORRECTIONS)


async def read(wiring: Wiring, job: Job) -> None:
    """Makes feedback of a mail that came in, and keeps the mail no longer than that takes."""
    async with wiring.database.transaction(job.tenant_id) as connection:
        arrival = await wiring.arrivals.find(connection, job)
    if arrival is None:
        return
    mail = await asyncio.to_thread(intake.read, arrival.data)
    if arrival.return_path and not mail.is_automatic and not mail.report:
        for number, piece in enumerate(_pieces(mail, arrival.local_part)):
            await _submit(wiring, job, mail, piece, f"{ids.from_uuid('arr', arrival.id)}-{number}")
    async with wiring.database.transaction(job.tenant_id) as connection:
        await wiring.arrivals.remove(connection, job.tenant_id, arrival, wiring.clock.now())


def _pieces(mail: Incoming, local_part: str) -> list[str]:
    """Returns what was written as feedback takes it: whole, in as many pieces as it needs."""
    head = ["Sent to the address for corrections."] if local_part == CORRECTIONS else []
    if mail.subject:
        head.append(mail.subject)
    if mail.files:
        head.append(f"Files with it that were not kept: {len(mail.files)}")
    text = "\n".join([*head, "", mail.text]).strip()
    pieces = [text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST)]
    return [piece for piece in pieces if is_said(piece)] or ["(empty)"]


async def _submit(wiring: Wiring, job: Job, mail: Incoming, text: str, request_id: str) -> None:
    now = wiring.clock.now()
    sender = mail.sender if _CONTACT.fullmatch(mail.sender) else ""
    actor = Actor(
        tenant_id=job.tenant_id,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_INTERNAL}),
        subject_id="privacy",
        purpose=access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION,
    )
    request = feedback_pb2.SubmitFeedbackRequest(
        kind=feedback_pb2.FEEDBACK_KIND_COMMENT, text=text, contact=sender, request_id=request_id
    )
    given = Feedback(
        id=ids.new_id("fbk"),
        kind=request.kind,
        text=text,
        contact=sender,
        language="",
        code_mac=b"",
        create_time=now,
        due_time=now,
    )
    await feedback.submit_feedback(actor, wiring, given, request_id, request)
