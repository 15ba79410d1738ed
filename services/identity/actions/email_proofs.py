"""Proves that an e-mail address is somebody's, by a code that is mailed to it.

The address is kept while the proof lasts, an hour at most. What stays where a visitor proved it is a keyed hash, by
which the conversation is found again when the same address is proved another time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import Unauthenticated
from kernel.identity import Actor
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.privacy.retention import RECEIPT_DAYS
from services.identity import store
from services.identity.actions import guessing
from services.identity.actions.credentials import VISITOR, Issued, issue, visitor_of
from services.identity.actions.receipt_codes import bound_to, check_still_known
from services.identity.actions.wiring import Wiring
from services.identity.domain import (
    PROOF_CODE_LIFE,
    PROOF_LIFE,
    Bound,
    CodeRejected,
    EmailProof,
    hash_email,
    is_proof_code,
    make_credential,
    make_proof_code,
    read_credential,
)

PROOF = "pep"
MAIL_JOB = "email_proof.mail"
END_JOB = "email_proof.end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a proof opens."""

    secret: str
    expire_time: datetime
    conversations: list[tuple[str, Issued]]


async def start_email_proof(
    actor: Actor, wiring: Wiring, proof: EmailProof, request_id: str, request: Message
) -> tuple[str, datetime]:
    """Begins a proof and has its code mailed; returns the proof's id and the end of the code."""
    if actor.has(access_pb2.CALLER_VISITOR):
        proof = replace(proof, bound=bound_to(actor))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if proof.bound is not None:
            await check_still_known(connection, ids.to_uuid(actor.tenant_id, "ten"), proof.bound)
        made = await wiring.idempotency.claim(
            connection, actor, "StartEmailProof", request_id, request, proof.id, proof.create_time
        )
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        if made != proof.id:
            first = await store.find_email_proof(connection, tenant_id, made)
            return made, first.expire_time if first is not None else proof.create_time
        await guessing.try_email_proof(wiring.guesses, actor.tenant_id, proof.email)
        await store.add_email_proof(connection, tenant_id, proof)
        arguments = {"proof_id": proof.id}
        await wiring.jobs.enqueue(
            connection, MAIL_JOB, tenant_id=actor.tenant_id, now=proof.create_time, arguments=arguments
        )
        await _end_later(connection, wiring, actor.tenant_id, proof.id, proof.create_time, proof.expire_time)
    return proof.id, proof.expire_time


async def mail_code(wiring: Wiring, job: Job) -> None:
    """Mails the code of a proof; where the proof is gone or over meanwhile, nothing is sent."""
    proof_id = str(job.arguments["proof_id"])
    tenant_id = ids.to_uuid(job.tenant_id, "ten")
    async with wiring.database.transaction(job.tenant_id) as connection:
        proof = await store.find_email_proof(connection, tenant_id, proof_id)
        if proof is None or not proof.takes_code(wiring.clock.now()):
            return
        tenant = await store.get_tenant(connection, tenant_id)
    written = wiring.templates.render(
        "one_time_code",
        proof.language,
        {
            "tenant_name": tenant.display_name,
            "code": make_proof_code(wiring.codes.proofs, job.tenant_id, proof_id),
            "minutes": int(PROOF_CODE_LIFE.total_seconds() // 60),
        },
    )
    await wiring.mailer.send(Letter(to=proof.email, subject=written.subject, text=written.text, html=written.html))


async def end_proof(wiring: Wiring, job: Job) -> None:
    """Removes a proof that is over, and the address with it; one that goes on has a later job of its own."""
    proof_id = str(job.arguments["proof_id"])
    tenant_id = ids.to_uuid(job.tenant_id, "ten")
    async with wiring.database.transaction(job.tenant_id) as connection:
        proof = await store.find_email_proof(connection, tenant_id, proof_id, lock=True)
        if proof is not None and proof.expire_time <= wiring.clock.now():
            await store.delete_email_proof(connection, tenant_id, proof_id)


async def finish_email_proof(actor: Actor, wiring: Wiring, proof_id: str, typed: str) -> Proved:
    """Takes the code of a proof and returns what the proof opens; raises CodeRejected for every code that is not good.

    A visitor's own proof lets the address open the visitor's conversation from now on; another proof opens what was
    proved for the address before.
    """
    now = wiring.clock.now()
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    days: int = await wiring.settings.get(actor.tenant_id, RECEIPT_DAYS)
    # The code is compared before anything else is looked at, so that a refusal takes as long whatever its cause.
    is_right = is_proof_code(make_proof_code(wiring.codes.proofs, actor.tenant_id, proof_id), typed)
    secret, secret_hash = make_credential(PROOF, actor.tenant_id, os.urandom(32))
    times = (now, now + PROOF_LIFE)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if actor.has(access_pb2.CALLER_VISITOR):
            await check_still_known(connection, tenant_id, bound_to(actor))
        tenant = await store.get_tenant(connection, tenant_id)
        proof = await store.find_email_proof(connection, tenant_id, proof_id, lock=True)
        opened: list[Bound] | None = None
        if proof is None or not proof.takes_code(now) or not _is_of(proof, actor) or not is_right:
            # What is counted stays counted: the refusal comes after the commit.
            await store.count_try(connection, tenant_id, proof_id)
        else:
            email_hash = hash_email(wiring.codes.addresses, actor.tenant_id, proof.email)
            await store.finish_email_proof(connection, tenant_id, proof_id, secret_hash, times)
            await _end_later(connection, wiring, actor.tenant_id, proof_id, now, times[1])
            if proof.bound is not None:
                kept = (now, now + timedelta(days=days))
                await store.prove_address(connection, tenant_id, email_hash, proof.bound, kept)
                opened = [proof.bound]
            else:
                opened = await store.list_proved(connection, tenant_id, email_hash, now)
        made = [
            (ids.new_id("ses"), each, *make_credential(VISITOR, actor.tenant_id, os.urandom(32)))
            for each in opened or ()
        ]
        given = [(credential_id, each, hashed) for credential_id, each, _, hashed in made]
        await store.add_visitor_credentials(connection, tenant_id, given, times)
    if opened is None:
        raise CodeRejected
    return Proved(
        secret=secret,
        expire_time=times[1],
        conversations=[
            (text, issue(wiring, visitor_of(actor.tenant_id, tenant.regime, credential_id, each)))
            for credential_id, each, text, _ in made
        ],
    )


async def check_email_proof(actor: Actor, wiring: Wiring, secret: str) -> tuple[EmailProof, list[Bound]]:
    """Returns the proof with a secret, and who proved the address in a chat; raises CodeRejected for no good one."""
    now = wiring.clock.now()
    try:
        credential = read_credential(PROOF, secret)
    except Unauthenticated:
        # The caller's own credential is good, whatever somebody handed to it.
        raise CodeRejected from None
    if credential.tenant_id != actor.tenant_id:
        raise CodeRejected
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        proof = await store.find_finished_proof(connection, tenant_id, credential.secret_hash, now)
        if proof is None:
            raise CodeRejected
        email_hash = hash_email(wiring.codes.addresses, actor.tenant_id, proof.email)
        return proof, await store.list_proved(connection, tenant_id, email_hash, now)


def _is_of(proof: EmailProof, actor: Actor) -> bool:
    """Says whether it is the caller's own proof, or one that was begun outside any chat, on the same pages."""
    if proof.bound is None:
        return not actor.has(access_pb2.CALLER_VISITOR) and proof.site_id == actor.site_id
    return actor.has(access_pb2.CALLER_VISITOR) and proof.bound == bound_to(actor)


async def _end_later(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, proof_id: str, now: datetime, end: datetime
) -> None:
    await wiring.jobs.enqueue(
        connection, END_JOB, tenant_id=tenant_id, now=now, arguments={"proof_id": proof_id}, due=end
    )
