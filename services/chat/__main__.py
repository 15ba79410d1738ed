"""Wires chat: the one place where its parts are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from parley.chat.v1 import (
    attachment_pb2,
    attachment_pb2_grpc,
    block_pb2,
    block_pb2_grpc,
    canned_reply_pb2,
    canned_reply_pb2_grpc,
    conversation_pb2,
    conversation_pb2_grpc,
    crossing_pb2,
    crossing_pb2_grpc,
    exit_pb2,
    exit_pb2_grpc,
    export_pb2,
    export_pb2_grpc,
    frame_pb2,
    held_mail_pb2,
    held_mail_pb2_grpc,
    note_pb2,
    note_pb2_grpc,
    offline_pb2,
    offline_pb2_grpc,
    person_pb2,
    person_pb2_grpc,
    presence_pb2,
    presence_pb2_grpc,
    reply_address_pb2,
    reply_address_pb2_grpc,
    report_pb2,
    report_pb2_grpc,
    revision_pb2,
    revision_pb2_grpc,
    routing_pb2,
    routing_pb2_grpc,
    tag_pb2,
    tag_pb2_grpc,
    transcript_pb2,
    transcript_pb2_grpc,
)
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.files.v1 import files_pb2, files_pb2_grpc
from parley.live.v1 import live_pb2, live_pb2_grpc
from parley.mail.v1 import mail_pb2, mail_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.events import EventServicer, Outbox
from kernel.files import open_files
from kernel.files.removals import Removals
from kernel.files.serving import FileServicer
from kernel.files.tickets import Tickets
from kernel.identity import InternalTokens, TokenVerifier
from kernel.jobs import Jobs
from kernel.mail import Templates, open_mailer
from kernel.mail.addresses import Addresses
from kernel.mail.arrivals import Arrivals, MailServicer
from kernel.privacy.access import READER_NAMES, AccessRecorder
from kernel.privacy.retention import TRANSCRIPT_DAYS, Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.live import Channel, Frames, LiveServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer, follow_keys
from kernel.settings import PeerSettings
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.chat import workers
from services.chat.actions import attachments
from services.chat.actions.forgetting import follow_up, forget
from services.chat.actions.glances import Glances
from services.chat.actions.hub import Hub
from services.chat.actions.mail_in import is_known
from services.chat.actions.marks import Marks
from services.chat.actions.origins import Origins
from services.chat.actions.peers import Peers
from services.chat.actions.presence import Presence
from services.chat.actions.queue import Queue
from services.chat.actions.tasks import Tasks
from services.chat.actions.wiring import Wiring
from services.chat.actions.writer import Writer
from services.chat.servicer.attachments import AttachmentServicer
from services.chat.servicer.conversations import ConversationServicer
from services.chat.servicer.crossings import CrossingServicer
from services.chat.servicer.desk import CannedReplyServicer, NoteServicer, TagServicer
from services.chat.servicer.exits import ExitServicer
from services.chat.servicer.exports import ExportServicer
from services.chat.servicer.held_mails import HeldMailServicer
from services.chat.servicer.live import ChatHandler
from services.chat.servicer.offline import OfflineServicer
from services.chat.servicer.people import BlockServicer, PersonServicer
from services.chat.servicer.presence import PresenceServicer
from services.chat.servicer.reply_addresses import ReplyAddressServicer
from services.chat.servicer.reports import ReportServicer
from services.chat.servicer.revisions import RevisionServicer
from services.chat.servicer.routing import RoutingServicer
from services.chat.servicer.transcripts import TranscriptServicer
from services.chat.store import conversations
from services.chat.store.tables import metadata


def wire(process: Process) -> Wiring:
    """Returns what chat's actions work with."""
    config, database = process.config, process.database("chat")
    hub, peers, tasks = Hub(process.redis), Peers(process.channels("chat")), Tasks()
    settings = PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock)

    async def kept_for(tenant_id: str) -> timedelta:
        days: int = await settings.get(tenant_id, TRANSCRIPT_DAYS)
        return timedelta(days=days)

    async def shows_readers(tenant_id: str) -> bool:
        return await settings.get(tenant_id, READER_NAMES)

    outbox, queue = Outbox(metadata, process.hints), Queue(process.clock)
    return Wiring(
        database=database,
        clock=process.clock,
        outbox=outbox,
        pages=Pages(config.secret_key),
        idempotency=Idempotency(metadata, config.secret_key),
        access=AccessRecorder(metadata, outbox),
        hub=hub,
        glances=Glances(database, tasks, queue),
        writer=Writer(database, process.clock, hub.committed),
        marks=Marks(database, hub.marked),
        peers=peers,
        origins=Origins(process.redis, process.clock),
        kept_for=kept_for,
        shows_readers=shows_readers,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        journal=process.journal,
        tasks=tasks,
        settings=settings,
        jobs=(jobs := Jobs(metadata, process.hints)),
        files=(files := open_files(config)),
        removals=Removals(files, metadata, process.hints),
        tickets=Tickets(config.secret_key),
        content_origin=config.origin("content"),
        widget_origin=config.origin("widget"),
        queue=queue,
        lease=timedelta(seconds=config.lease_seconds),
        presence=Presence(process.clock),
        mailer=open_mailer(config, clock=process.clock),
        templates=Templates(),
        arrivals=Arrivals(metadata, jobs),
        addresses=Addresses("chat", config.mail_domain, config.secret_key),
    )


def build(process: Process) -> Part:
    """Returns chat, wired."""
    config, wiring = process.config, wire(process)
    database, hub, peers = wiring.database, wiring.hub, wiring.peers

    async def heads_of(tenant_id: UUID, conversation_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        async with database.transaction(ids.from_uuid("ten", tenant_id)) as connection:
            return await conversations.list_heads(connection, tenant_id, conversation_ids)

    def handler_for(channel: Channel) -> ChatHandler:
        return ChatHandler(wiring, channel, config.post_rate)

    live = LiveServicer(
        "chat",
        Frames(frame_pb2.ClientFrame),
        TokenVerifier(InternalTokens(config.secret_key, "chat"), process.keys),
        process.revocations,
        handler_for,
        frame_rate=config.frame_rate,
    )
    return Part(
        name="chat",
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
                    correcting=partial(follow_up, wiring),
                ),
            ),
            Offer.of(conversation_pb2, conversation_pb2_grpc, ConversationServicer(wiring)),
            Offer.of(revision_pb2, revision_pb2_grpc, RevisionServicer(wiring)),
            Offer.of(tag_pb2, tag_pb2_grpc, TagServicer(wiring)),
            Offer.of(note_pb2, note_pb2_grpc, NoteServicer(wiring)),
            Offer.of(canned_reply_pb2, canned_reply_pb2_grpc, CannedReplyServicer(wiring)),
            Offer.of(person_pb2, person_pb2_grpc, PersonServicer(wiring)),
            Offer.of(block_pb2, block_pb2_grpc, BlockServicer(wiring)),
            Offer.of(offline_pb2, offline_pb2_grpc, OfflineServicer(wiring)),
            Offer.of(held_mail_pb2, held_mail_pb2_grpc, HeldMailServicer(wiring)),
            Offer.of(crossing_pb2, crossing_pb2_grpc, CrossingServicer(wiring)),
            Offer.of(reply_address_pb2, reply_address_pb2_grpc, ReplyAddressServicer(wiring)),
            Offer.of(
                mail_pb2,
                mail_pb2_grpc,
                MailServicer(database, wiring.arrivals, clock=process.clock, is_known=partial(is_known, wiring)),
            ),
            Offer.of(attachment_pb2, attachment_pb2_grpc, AttachmentServicer(wiring)),
            Offer.of(files_pb2, files_pb2_grpc, FileServicer(partial(attachments.read_file, wiring=wiring))),
            Offer.of(routing_pb2, routing_pb2_grpc, RoutingServicer(wiring)),
            Offer.of(presence_pb2, presence_pb2_grpc, PresenceServicer(wiring)),
            Offer.of(transcript_pb2, transcript_pb2_grpc, TranscriptServicer(wiring)),
            Offer.of(exit_pb2, exit_pb2_grpc, ExitServicer(wiring)),
            Offer.of(export_pb2, export_pb2_grpc, ExportServicer(wiring)),
            Offer.of(report_pb2, report_pb2_grpc, ReportServicer(wiring)),
            Offer(
                live_pb2.DESCRIPTOR.services_by_name["LiveService"],
                live,
                live_pb2_grpc.add_LiveServiceServicer_to_server,
            ),
            Offer.of(events_pb2, events_pb2_grpc, EventServicer(database, metadata)),
        ],
        background=[
            lambda: follow_keys(process.keys, peers.signing_keys),
            wiring.writer.run,
            wiring.marks.run,
            hub.send_hints,
            hub.receive_hints,
            lambda: hub.sweep(heads_of),
            live.sweep,
            lambda: workers.run(wiring),
            *workers.listeners(process, wiring),
        ],
        drain=live.drain,
        close=wiring.tasks.end,
    )


if __name__ == "__main__":
    run("chat", [build])
