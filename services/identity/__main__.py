"""Wires identity: the one place where its parts are chosen."""

from __future__ import annotations

import asyncio
from functools import partial

from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.identity.v1 import (
    api_key_pb2,
    api_key_pb2_grpc,
    audit_pb2,
    audit_pb2_grpc,
    chat_invitation_pb2,
    chat_invitation_pb2_grpc,
    closure_pb2,
    closure_pb2_grpc,
    email_proof_pb2,
    email_proof_pb2_grpc,
    hours_pb2,
    hours_pb2_grpc,
    identity_key_pb2,
    identity_key_pb2_grpc,
    invitation_pb2,
    invitation_pb2_grpc,
    member_token_pb2,
    member_token_pb2_grpc,
    oidc_pb2,
    oidc_pb2_grpc,
    receipt_code_pb2,
    receipt_code_pb2_grpc,
    recognition_pb2,
    recognition_pb2_grpc,
    second_factor_pb2,
    second_factor_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
    site_logo_pb2,
    site_logo_pb2_grpc,
    site_pb2,
    site_pb2_grpc,
    staff_pb2,
    staff_pb2_grpc,
    support_grant_pb2,
    support_grant_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
    visitor_identity_pb2,
    visitor_identity_pb2_grpc,
)
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel.events import EventServicer, Outbox
from kernel.identity.passwords import Passwords
from kernel.jobs import Jobs
from kernel.limits import Guesses
from kernel.mail import Templates, open_mailer
from kernel.privacy.retention import Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer
from kernel.settings import Settings
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.identity import workers
from services.identity.actions.forgetting import forget
from services.identity.actions.peers import Peers
from services.identity.actions.sealing import Seal
from services.identity.actions.settings import DECLARED
from services.identity.actions.signing import Signer
from services.identity.actions.wiring import CodeKeys, Wiring
from services.identity.servicer import (
    ApiKeyServicer,
    AuditServicer,
    ChatInvitationServicer,
    ClosureServicer,
    EmailProofServicer,
    HoursServicer,
    IdentityKeyServicer,
    InvitationServicer,
    MemberTokenServicer,
    OidcServicer,
    ReceiptCodeServicer,
    RecognitionServicer,
    SecondFactorServicer,
    SessionServicer,
    SiteLogoServicer,
    SiteServicer,
    StaffServicer,
    SupportGrantServicer,
    TenantServicer,
    TokenServicer,
    VisitorIdentityServicer,
)
from services.identity.store import metadata

KEYS_LOOKED_AT_SECONDS = 30.0


def build(process: Process) -> Part:
    """Returns identity, wired."""
    database = process.database("identity")
    secret_key = process.config.secret_key
    signer = Signer(database, process.clock, secret_key)
    settings = Settings(database, metadata, DECLARED, hints=process.hints, clock=process.clock)
    wiring = Wiring(
        database=database,
        clock=process.clock,
        outbox=Outbox(metadata, process.hints),
        pages=Pages(secret_key),
        idempotency=Idempotency(metadata, secret_key),
        passwords=Passwords(),
        signer=signer,
        guesses=Guesses(process.limits),
        codes=CodeKeys.of(secret_key),
        jobs=Jobs(metadata, process.hints),
        mailer=open_mailer(process.config, clock=process.clock),
        templates=Templates(),
        peers=Peers(process.channels("identity")),
        settings=settings,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        journal=process.journal,
        console_origin=process.config.origin("console"),
        seal=Seal(secret_key),
        oidc_issuers=frozenset(process.config.oidc_issuers),
    )

    async def refresh() -> None:
        await signer.refresh()
        process.keys.replace({key.id: key.public_key for key in signer.keys})

    async def keep_keys() -> None:
        while True:
            await asyncio.sleep(KEYS_LOOKED_AT_SECONDS)
            await refresh()

    return Part(
        name="identity",
        offers=[
            Offer.of(
                subject_pb2,
                subject_pb2_grpc,
                SubjectServicer(
                    database,
                    metadata,
                    pages=wiring.pages,
                    clock=process.clock,
                    purge=wiring.retention.purge,
                    journal=process.journal,
                    erasing=partial(forget, wiring),
                ),
            ),
            Offer.of(token_pb2, token_pb2_grpc, TokenServicer(wiring)),
            Offer.of(member_token_pb2, member_token_pb2_grpc, MemberTokenServicer(wiring)),
            Offer.of(tenant_pb2, tenant_pb2_grpc, TenantServicer(wiring)),
            Offer.of(site_pb2, site_pb2_grpc, SiteServicer(wiring)),
            Offer.of(identity_key_pb2, identity_key_pb2_grpc, IdentityKeyServicer(wiring)),
            Offer.of(site_logo_pb2, site_logo_pb2_grpc, SiteLogoServicer(wiring)),
            Offer.of(hours_pb2, hours_pb2_grpc, HoursServicer(wiring)),
            Offer.of(chat_invitation_pb2, chat_invitation_pb2_grpc, ChatInvitationServicer(wiring)),
            Offer.of(staff_pb2, staff_pb2_grpc, StaffServicer(wiring)),
            Offer.of(api_key_pb2, api_key_pb2_grpc, ApiKeyServicer(wiring)),
            Offer.of(receipt_code_pb2, receipt_code_pb2_grpc, ReceiptCodeServicer(wiring)),
            Offer.of(email_proof_pb2, email_proof_pb2_grpc, EmailProofServicer(wiring)),
            Offer.of(recognition_pb2, recognition_pb2_grpc, RecognitionServicer(wiring)),
            Offer.of(support_grant_pb2, support_grant_pb2_grpc, SupportGrantServicer(wiring)),
            Offer.of(audit_pb2, audit_pb2_grpc, AuditServicer(wiring)),
            Offer.of(session_pb2, session_pb2_grpc, SessionServicer(wiring)),
            Offer.of(invitation_pb2, invitation_pb2_grpc, InvitationServicer(wiring)),
            Offer.of(second_factor_pb2, second_factor_pb2_grpc, SecondFactorServicer(wiring)),
            Offer.of(visitor_identity_pb2, visitor_identity_pb2_grpc, VisitorIdentityServicer(wiring)),
            Offer.of(closure_pb2, closure_pb2_grpc, ClosureServicer(wiring)),
            Offer.of(oidc_pb2, oidc_pb2_grpc, OidcServicer(wiring)),
            Offer.of(events_pb2, events_pb2_grpc, EventServicer(database, metadata)),
        ],
        background=[keep_keys, lambda: workers.run(wiring), *workers.listeners(process, wiring)],
        prepare=refresh,
    )


if __name__ == "__main__":
    run("identity", [build])
