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
            Offer(
                subject_pb2.DESCRIPTOR.services_by_name["SubjectService"],
                SubjectServicer(
                    database,
                    metadata,
                    pages=wiring.pages,
                    clock=process.clock,
                    purge=wiring.retention.purge,
                    journal=process.journal,
                    erasing=partial(forget, wiring),
                ),
                subject_pb2_grpc.add_SubjectServiceServicer_to_server,
            ),
            Offer(
                token_pb2.DESCRIPTOR.services_by_name["TokenService"],
                TokenServicer(wiring),
                token_pb2_grpc.add_TokenServiceServicer_to_server,
            ),
            Offer(
                member_token_pb2.DESCRIPTOR.services_by_name["MemberTokenService"],
                MemberTokenServicer(wiring),
                member_token_pb2_grpc.add_MemberTokenServiceServicer_to_server,
            ),
            Offer(
                tenant_pb2.DESCRIPTOR.services_by_name["TenantService"],
                TenantServicer(wiring),
                tenant_pb2_grpc.add_TenantServiceServicer_to_server,
            ),
            Offer(
                site_pb2.DESCRIPTOR.services_by_name["SiteService"],
                SiteServicer(wiring),
                site_pb2_grpc.add_SiteServiceServicer_to_server,
            ),
            Offer(
                identity_key_pb2.DESCRIPTOR.services_by_name["IdentityKeyService"],
                IdentityKeyServicer(wiring),
                identity_key_pb2_grpc.add_IdentityKeyServiceServicer_to_server,
            ),
            Offer(
                site_logo_pb2.DESCRIPTOR.services_by_name["SiteLogoService"],
                SiteLogoServicer(wiring),
                site_logo_pb2_grpc.add_SiteLogoServiceServicer_to_server,
            ),
            Offer(
                hours_pb2.DESCRIPTOR.services_by_name["HoursService"],
                HoursServicer(wiring),
                hours_pb2_grpc.add_HoursServiceServicer_to_server,
            ),
            Offer(
                chat_invitation_pb2.DESCRIPTOR.services_by_name["ChatInvitationService"],
                ChatInvitationServicer(wiring),
                chat_invitation_pb2_grpc.add_ChatInvitationServiceServicer_to_server,
            ),
            Offer(
                staff_pb2.DESCRIPTOR.services_by_name["StaffService"],
                StaffServicer(wiring),
                staff_pb2_grpc.add_StaffServiceServicer_to_server,
            ),
            Offer(
                api_key_pb2.DESCRIPTOR.services_by_name["ApiKeyService"],
                ApiKeyServicer(wiring),
                api_key_pb2_grpc.add_ApiKeyServiceServicer_to_server,
            ),
            Offer(
                receipt_code_pb2.DESCRIPTOR.services_by_name["ReceiptCodeService"],
                ReceiptCodeServicer(wiring),
                receipt_code_pb2_grpc.add_ReceiptCodeServiceServicer_to_server,
            ),
            Offer(
                email_proof_pb2.DESCRIPTOR.services_by_name["EmailProofService"],
                EmailProofServicer(wiring),
                email_proof_pb2_grpc.add_EmailProofServiceServicer_to_server,
            ),
            Offer(
                recognition_pb2.DESCRIPTOR.services_by_name["RecognitionService"],
                RecognitionServicer(wiring),
                recognition_pb2_grpc.add_RecognitionServiceServicer_to_server,
            ),
            Offer(
                support_grant_pb2.DESCRIPTOR.services_by_name["SupportGrantService"],
                SupportGrantServicer(wiring),
                support_grant_pb2_grpc.add_SupportGrantServiceServicer_to_server,
            ),
            Offer(
                audit_pb2.DESCRIPTOR.services_by_name["AuditService"],
                AuditServicer(wiring),
                audit_pb2_grpc.add_AuditServiceServicer_to_server,
            ),
            Offer(
                session_pb2.DESCRIPTOR.services_by_name["SessionService"],
                SessionServicer(wiring),
                session_pb2_grpc.add_SessionServiceServicer_to_server,
            ),
            Offer(
                invitation_pb2.DESCRIPTOR.services_by_name["InvitationService"],
                InvitationServicer(wiring),
                invitation_pb2_grpc.add_InvitationServiceServicer_to_server,
            ),
            Offer(
                second_factor_pb2.DESCRIPTOR.services_by_name["SecondFactorService"],
                SecondFactorServicer(wiring),
                second_factor_pb2_grpc.add_SecondFactorServiceServicer_to_server,
            ),
            Offer(
                visitor_identity_pb2.DESCRIPTOR.services_by_name["VisitorIdentityService"],
                VisitorIdentityServicer(wiring),
                visitor_identity_pb2_grpc.add_VisitorIdentityServiceServicer_to_server,
            ),
            Offer(
                closure_pb2.DESCRIPTOR.services_by_name["ClosureService"],
                ClosureServicer(wiring),
                closure_pb2_grpc.add_ClosureServiceServicer_to_server,
            ),
            Offer(
                oidc_pb2.DESCRIPTOR.services_by_name["OidcService"],
                OidcServicer(wiring),
                oidc_pb2_grpc.add_OidcServiceServicer_to_server,
            ),
            Offer(
                events_pb2.DESCRIPTOR.services_by_name["EventService"],
                EventServicer(database, metadata),
                events_pb2_grpc.add_EventServiceServicer_to_server,
            ),
        ],
        background=[keep_keys, lambda: workers.run(wiring), *workers.listeners(process, wiring)],
        prepare=refresh,
    )


if __name__ == "__main__":
    run("identity", [build])
