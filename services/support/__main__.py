"""Wires the support desk: the one place where its parts are chosen."""

from __future__ import annotations

from functools import partial

from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.files.v1 import files_pb2, files_pb2_grpc
from parley.mail.v1 import mail_pb2, mail_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.support.v1 import (
    calendar_pb2,
    calendar_pb2_grpc,
    change_pb2,
    change_pb2_grpc,
    file_pb2,
    file_pb2_grpc,
    form_pb2,
    form_pb2_grpc,
    level_pb2,
    level_pb2_grpc,
    macro_pb2,
    macro_pb2_grpc,
    mailbox_pb2,
    mailbox_pb2_grpc,
    portal_pb2,
    portal_pb2_grpc,
    queue_pb2,
    queue_pb2_grpc,
    report_pb2,
    report_pb2_grpc,
    rule_pb2,
    rule_pb2_grpc,
    sender_pb2,
    sender_pb2_grpc,
    thread_pb2,
    thread_pb2_grpc,
    ticket_pb2,
    ticket_pb2_grpc,
)

from kernel.events import EventServicer, Outbox
from kernel.files import open_files
from kernel.files.removals import Removals
from kernel.files.serving import FileServicer
from kernel.files.tickets import Tickets
from kernel.jobs import Jobs
from kernel.mail import Templates, open_mailer
from kernel.mail.addresses import Addresses
from kernel.mail.arrivals import Arrivals, MailServicer
from kernel.privacy.access import AccessRecorder
from kernel.privacy.retention import Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer, follow_keys
from kernel.settings import PeerSettings
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.support import workers
from services.support.actions import files, forgetting, mail_in
from services.support.actions.links import Links
from services.support.actions.peers import Peers
from services.support.actions.senders import Senders
from services.support.actions.wiring import Wiring
from services.support.servicer.calendars import CalendarServicer
from services.support.servicer.changes import ChangeServicer, ThreadServicer
from services.support.servicer.files import TicketFileServicer
from services.support.servicer.forms import FormServicer
from services.support.servicer.levels import LevelServicer
from services.support.servicer.macros import MacroServicer
from services.support.servicer.mailboxes import MailboxServicer
from services.support.servicer.portal import PortalServicer
from services.support.servicer.queues import QueueServicer
from services.support.servicer.reports import ReportServicer
from services.support.servicer.rules import RuleServicer
from services.support.servicer.senders import SenderDomainServicer
from services.support.servicer.tickets import TicketServicer
from services.support.store.tables import metadata


def wire(process: Process) -> Wiring:
    """Returns what the actions work with."""
    config, database, channels = process.config, process.database("support"), process.channels("support")
    peers = Peers(channels)
    settings = PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock)
    outbox, files = Outbox(metadata, process.hints), open_files(config)
    return Wiring(
        database=database,
        clock=process.clock,
        outbox=outbox,
        pages=Pages(config.secret_key),
        idempotency=Idempotency(metadata, config.secret_key),
        access=AccessRecorder(metadata, outbox),
        settings=settings,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        jobs=(jobs := Jobs(metadata, process.hints)),
        channels=channels,
        peers=peers,
        hints=process.hints,
        mailer=open_mailer(config, clock=process.clock),
        templates=Templates(),
        links=Links(config.secret_key, config.origin("widget")),
        files=files,
        removals=Removals(files, metadata, process.hints),
        tickets=Tickets(config.secret_key),
        content_origin=config.origin("content"),
        arrivals=Arrivals(metadata, jobs),
        addresses=Addresses("support", config.mail_domain, config.secret_key),
        mail_checked_by=config.mail_checked_by,
    )


def build(process: Process) -> Part:
    """Returns the support desk, wired."""
    wiring = wire(process)
    subjects = SubjectServicer(
        wiring.database,
        metadata,
        pages=wiring.pages,
        clock=process.clock,
        purge=wiring.retention.purge,
        journal=process.journal,
        erasing=forgetting.forget,
    )
    config = process.config
    mail = MailServicer(
        wiring.database, wiring.arrivals, clock=process.clock, is_known=partial(mail_in.is_known, wiring)
    )
    return Part(
        name="support",
        offers=[
            Offer.of(subject_pb2, subject_pb2_grpc, subjects),
            Offer.of(events_pb2, events_pb2_grpc, EventServicer(wiring.database, metadata)),
            Offer.of(ticket_pb2, ticket_pb2_grpc, TicketServicer(wiring)),
            Offer.of(change_pb2, change_pb2_grpc, ChangeServicer(wiring)),
            Offer.of(thread_pb2, thread_pb2_grpc, ThreadServicer(wiring)),
            Offer.of(queue_pb2, queue_pb2_grpc, QueueServicer(wiring)),
            Offer.of(rule_pb2, rule_pb2_grpc, RuleServicer(wiring)),
            Offer.of(report_pb2, report_pb2_grpc, ReportServicer(wiring)),
            Offer.of(file_pb2, file_pb2_grpc, TicketFileServicer(wiring)),
            Offer.of(files_pb2, files_pb2_grpc, FileServicer(partial(files.read_file, wiring=wiring))),
            Offer.of(form_pb2, form_pb2_grpc, FormServicer(wiring)),
            Offer.of(macro_pb2, macro_pb2_grpc, MacroServicer(wiring)),
            Offer.of(calendar_pb2, calendar_pb2_grpc, CalendarServicer(wiring)),
            Offer.of(level_pb2, level_pb2_grpc, LevelServicer(wiring)),
            Offer.of(mailbox_pb2, mailbox_pb2_grpc, MailboxServicer(wiring, config.mail_domain)),
            Offer.of(sender_pb2, sender_pb2_grpc, SenderDomainServicer(wiring, Senders(config))),
            Offer.of(portal_pb2, portal_pb2_grpc, PortalServicer(wiring)),
            Offer.of(mail_pb2, mail_pb2_grpc, mail),
        ],
        background=[
            lambda: follow_keys(process.keys, wiring.peers.signing_keys),
            lambda: workers.run(wiring),
            lambda: wiring.woken.follow(process.hints),
        ],
    )


if __name__ == "__main__":
    run("support", [build])
