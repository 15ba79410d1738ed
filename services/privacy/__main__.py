"""Wires the privacy service: the one place where its parts are chosen."""

from __future__ import annotations

from functools import partial

from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.mail.v1 import mail_pb2, mail_pb2_grpc
from parley.privacy.v1 import (
    browser_log_pb2,
    browser_log_pb2_grpc,
    case_pb2,
    case_pb2_grpc,
    choice_pb2,
    choice_pb2_grpc,
    feedback_pb2,
    feedback_pb2_grpc,
    held_pb2,
    held_pb2_grpc,
    hold_pb2,
    hold_pb2_grpc,
    ledger_pb2,
    ledger_pb2_grpc,
    notice_pb2,
    notice_pb2_grpc,
    page_view_pb2,
    page_view_pb2_grpc,
    policy_pb2,
    policy_pb2_grpc,
    recipient_pb2,
    recipient_pb2_grpc,
    refusal_pb2,
    refusal_pb2_grpc,
    request_pb2,
    request_pb2_grpc,
    retention_pb2,
    retention_pb2_grpc,
    template_pb2,
    template_pb2_grpc,
    webhook_pb2,
    webhook_pb2_grpc,
)
from parley.subject.v1 import age_pb2, age_pb2_grpc, subject_pb2, subject_pb2_grpc

from kernel.events import EventServicer, Outbox
from kernel.jobs import Jobs
from kernel.mail import open_mailer
from kernel.mail.arrivals import Arrivals, MailServicer
from kernel.posting import Poster
from kernel.privacy.recipients import RECIPIENTS, TENANT_SYSTEM
from kernel.privacy.retention import Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer, follow_keys
from kernel.settings import PeerSettings
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.privacy import workers
from services.privacy.actions import mail_in
from services.privacy.actions.forgetting import forget, purge
from services.privacy.actions.peers import Peers
from services.privacy.actions.people import People
from services.privacy.actions.rights import Keys, Rights
from services.privacy.actions.wiring import Wiring
from services.privacy.servicer.browser_log import BrowserLogServicer
from services.privacy.servicer.choices import ChoiceServicer
from services.privacy.servicer.feedback import FeedbackServicer
from services.privacy.servicer.held import HeldServicer
from services.privacy.servicer.ledger import LedgerServicer
from services.privacy.servicer.legal import CaseServicer, HoldServicer
from services.privacy.servicer.notices import NoticeServicer
from services.privacy.servicer.page_views import PageViewServicer
from services.privacy.servicer.policies import PolicyServicer
from services.privacy.servicer.recipients import RecipientServicer
from services.privacy.servicer.refusals import AgeServicer, RefusalServicer
from services.privacy.servicer.requests import RequestServicer
from services.privacy.servicer.retention import RetentionServicer
from services.privacy.servicer.templates import TemplateServicer
from services.privacy.servicer.webhooks import WebhookServicer
from services.privacy.store import metadata


def wire(process: Process) -> Wiring:
    """Returns what the actions of privacy work with."""
    database = process.database("privacy")
    secret_key = process.config.secret_key
    channels = process.channels("privacy")
    peers = Peers(channels)
    settings = PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock)
    return Wiring(
        database=database,
        clock=process.clock,
        pages=Pages(secret_key),
        idempotency=Idempotency(metadata, secret_key),
        peers=peers,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        journal=process.journal,
        settings=settings,
        rights=Rights(
            people=People(channels),
            keys=Keys(secret_key),
            jobs=Jobs(metadata, process.hints),
            outbox=Outbox(metadata, process.hints),
        ),
        outbox=Outbox(metadata, process.hints),
        jobs=(jobs := Jobs(metadata, process.hints)),
        arrivals=Arrivals(metadata, jobs),
        mailer=open_mailer(process.config, clock=process.clock),
        poster=Poster(TENANT_SYSTEM, process.config.webhook_networks),
        unused=frozenset(each.name for each in RECIPIENTS.values() if not each.is_in_use(process.config)),
        secret_key=secret_key,
    )


def build(process: Process) -> Part:
    """Returns the privacy service, wired."""
    wiring = wire(process)
    database = wiring.database
    return Part(
        name="privacy",
        offers=[
            Offer.of(
                subject_pb2,
                subject_pb2_grpc,
                SubjectServicer(
                    database,
                    metadata,
                    pages=wiring.pages,
                    clock=process.clock,
                    purge=partial(purge, wiring),
                    journal=process.journal,
                    erasing=partial(forget, wiring),
                ),
            ),
            Offer.of(events_pb2, events_pb2_grpc, EventServicer(database, metadata)),
            Offer.of(age_pb2, age_pb2_grpc, AgeServicer(wiring)),
            Offer.of(notice_pb2, notice_pb2_grpc, NoticeServicer(wiring)),
            Offer.of(request_pb2, request_pb2_grpc, RequestServicer(wiring)),
            Offer.of(held_pb2, held_pb2_grpc, HeldServicer(wiring)),
            Offer.of(ledger_pb2, ledger_pb2_grpc, LedgerServicer(wiring)),
            Offer.of(hold_pb2, hold_pb2_grpc, HoldServicer(wiring)),
            Offer.of(case_pb2, case_pb2_grpc, CaseServicer(wiring)),
            Offer.of(browser_log_pb2, browser_log_pb2_grpc, BrowserLogServicer(wiring)),
            Offer.of(page_view_pb2, page_view_pb2_grpc, PageViewServicer(wiring)),
            Offer.of(policy_pb2, policy_pb2_grpc, PolicyServicer(wiring)),
            Offer.of(template_pb2, template_pb2_grpc, TemplateServicer(wiring)),
            Offer.of(choice_pb2, choice_pb2_grpc, ChoiceServicer(wiring)),
            Offer.of(feedback_pb2, feedback_pb2_grpc, FeedbackServicer(wiring)),
            Offer.of(recipient_pb2, recipient_pb2_grpc, RecipientServicer(wiring)),
            Offer.of(refusal_pb2, refusal_pb2_grpc, RefusalServicer(wiring)),
            Offer.of(retention_pb2, retention_pb2_grpc, RetentionServicer(wiring)),
            Offer.of(webhook_pb2, webhook_pb2_grpc, WebhookServicer(wiring)),
            Offer.of(
                mail_pb2,
                mail_pb2_grpc,
                MailServicer(database, wiring.arrivals, clock=process.clock, is_known=mail_in.is_known),
            ),
        ],
        background=[
            lambda: follow_keys(process.keys, wiring.peers.signing_keys),
            lambda: workers.run(wiring),
            lambda: workers.deliver(process, wiring),
            *workers.listeners(process, wiring),
        ],
    )


if __name__ == "__main__":
    run("privacy", [build])
