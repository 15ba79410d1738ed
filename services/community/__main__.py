"""Wires communities: the one place where their parts are chosen."""

from __future__ import annotations

from functools import partial

from parley.community.v1 import (
    account_pb2,
    account_pb2_grpc,
    arrangement_pb2,
    arrangement_pb2_grpc,
    attachment_pb2,
    attachment_pb2_grpc,
    crossing_pb2,
    crossing_pb2_grpc,
    direct_pb2,
    direct_pb2_grpc,
    draft_pb2,
    draft_pb2_grpc,
    group_pb2,
    group_pb2_grpc,
    leaving_pb2,
    leaving_pb2_grpc,
    moderation_pb2,
    moderation_pb2_grpc,
    poll_pb2,
    poll_pb2_grpc,
    post_pb2,
    post_pb2_grpc,
    proof_pb2,
    proof_pb2_grpc,
    relation_pb2,
    relation_pb2_grpc,
    review_pb2,
    review_pb2_grpc,
    space_pb2,
    space_pb2_grpc,
    subscription_pb2,
    subscription_pb2_grpc,
    terms_pb2,
    terms_pb2_grpc,
    topic_pb2,
    topic_pb2_grpc,
    transfer_pb2,
    transfer_pb2_grpc,
)
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.files.v1 import files_pb2, files_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel.challenges import Challenges
from kernel.community import FormTimes
from kernel.events import EventServicer, Outbox
from kernel.files import open_files
from kernel.files.removals import Removals
from kernel.files.serving import FileServicer
from kernel.files.tickets import Tickets
from kernel.identity import derive_key
from kernel.identity.passwords import Passwords
from kernel.jobs import Jobs
from kernel.limits import Guesses
from kernel.mail import Templates, open_mailer
from kernel.privacy.retention import Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer, follow_keys
from kernel.settings import PeerSettings
from kernel.stamps import Stamps
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.community import workers
from services.community.actions import attachments
from services.community.actions.peers import Peers
from services.community.actions.stamping import PageStamps
from services.community.actions.turns import Turns
from services.community.actions.wiring import Wiring
from services.community.servicer.accounts import AccountServicer
from services.community.servicer.arranging import ArrangementServicer
from services.community.servicer.attachments import AttachmentServicer
from services.community.servicer.crossings import CrossingServicer
from services.community.servicer.direct import DirectMessageServicer
from services.community.servicer.drafts import DraftServicer
from services.community.servicer.groups import GroupServicer
from services.community.servicer.leaving import LeavingServicer
from services.community.servicer.moderation import ModerationServicer
from services.community.servicer.notices import SubscriptionServicer
from services.community.servicer.polls import PollServicer
from services.community.servicer.posts import PostServicer
from services.community.servicer.proofs import ProofServicer
from services.community.servicer.relations import RelationServicer
from services.community.servicer.reviews import ReviewServicer
from services.community.servicer.spaces import SpaceServicer
from services.community.servicer.terms import TermsServicer
from services.community.servicer.topics import TopicServicer
from services.community.servicer.transfer import TransferServicer
from services.community.store.tables import metadata


def wire(process: Process) -> Wiring:
    """Returns what the actions work with."""
    database, config = process.database("community"), process.config
    peers = Peers(process.channels("community"))
    settings = PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock)
    return Wiring(
        database=database,
        clock=process.clock,
        hints=process.hints,
        outbox=Outbox(metadata, process.hints),
        pages=Pages(config.secret_key),
        idempotency=Idempotency(metadata, config.secret_key),
        settings=settings,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        jobs=(jobs := Jobs(metadata, process.hints)),
        turns=Turns(jobs),
        # Whatever is committed changes the stamps of the pages on which it stands.
        stamps=PageStamps(database, Stamps(process.redis)),
        journal=process.journal,
        peers=peers,
        passwords=Passwords(),
        guesses=Guesses(process.limits),
        mailer=open_mailer(config, clock=process.clock),
        templates=Templates(),
        files=(files := open_files(config)),
        removals=Removals(files, metadata, process.hints),
        tickets=Tickets(config.secret_key),
        forms=FormTimes(config.secret_key),
        challenges=Challenges(config.secret_key, process.redis),
        content_origin=config.origin("content"),
        origin=config.origin("community"),
        codes=derive_key(config.secret_key, "community codes"),
        links=derive_key(config.secret_key, "community links"),
    )


def build(process: Process) -> Part:
    """Returns communities, wired."""
    wiring = wire(process)
    subjects = SubjectServicer(
        wiring.database,
        metadata,
        pages=wiring.pages,
        clock=process.clock,
        purge=wiring.retention.purge,
        journal=process.journal,
    )
    return Part(
        name="community",
        offers=[
            Offer.of(subject_pb2, subject_pb2_grpc, subjects),
            Offer.of(events_pb2, events_pb2_grpc, EventServicer(wiring.database, metadata)),
            Offer.of(files_pb2, files_pb2_grpc, FileServicer(partial(attachments.read_file, wiring=wiring))),
            Offer.of(account_pb2, account_pb2_grpc, AccountServicer(wiring)),
            Offer.of(proof_pb2, proof_pb2_grpc, ProofServicer(wiring)),
            Offer.of(terms_pb2, terms_pb2_grpc, TermsServicer(wiring)),
            Offer.of(space_pb2, space_pb2_grpc, SpaceServicer(wiring)),
            Offer.of(group_pb2, group_pb2_grpc, GroupServicer(wiring)),
            Offer.of(moderation_pb2, moderation_pb2_grpc, ModerationServicer(wiring)),
            Offer.of(review_pb2, review_pb2_grpc, ReviewServicer(wiring)),
            Offer.of(leaving_pb2, leaving_pb2_grpc, LeavingServicer(wiring)),
            Offer.of(crossing_pb2, crossing_pb2_grpc, CrossingServicer(wiring)),
            Offer.of(topic_pb2, topic_pb2_grpc, TopicServicer(wiring)),
            Offer.of(post_pb2, post_pb2_grpc, PostServicer(wiring)),
            Offer.of(poll_pb2, poll_pb2_grpc, PollServicer(wiring)),
            Offer.of(attachment_pb2, attachment_pb2_grpc, AttachmentServicer(wiring)),
            Offer.of(draft_pb2, draft_pb2_grpc, DraftServicer(wiring)),
            Offer.of(direct_pb2, direct_pb2_grpc, DirectMessageServicer(wiring)),
            Offer.of(arrangement_pb2, arrangement_pb2_grpc, ArrangementServicer(wiring)),
            Offer.of(transfer_pb2, transfer_pb2_grpc, TransferServicer(wiring)),
            Offer.of(relation_pb2, relation_pb2_grpc, RelationServicer(wiring)),
            Offer.of(subscription_pb2, subscription_pb2_grpc, SubscriptionServicer(wiring)),
        ],
        background=[lambda: follow_keys(process.keys, wiring.peers.signing_keys), lambda: workers.run(wiring)],
    )


if __name__ == "__main__":
    run("community", [build])
