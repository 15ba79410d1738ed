"""Wires the privacy service: the one place where its parts are chosen."""

from __future__ import annotations

from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.privacy.v1 import notice_pb2, notice_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel.events import EventServicer
from kernel.privacy.retention import Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer, follow_keys
from kernel.settings import PeerSettings
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.privacy import workers
from services.privacy.actions.peers import Peers
from services.privacy.actions.wiring import Wiring
from services.privacy.servicer import NoticeServicer
from services.privacy.store import metadata


def build(process: Process) -> Part:
    """Returns the privacy service, wired."""
    database = process.database("privacy")
    secret_key = process.config.secret_key
    peers = Peers(process.channels("privacy"))
    wiring = Wiring(
        database=database,
        clock=process.clock,
        pages=Pages(secret_key),
        idempotency=Idempotency(metadata, secret_key),
        peers=peers,
        retention=Retention(
            database,
            metadata,
            PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock),
            hints=process.hints,
            clock=process.clock,
        ),
    )
    return Part(
        name="privacy",
        offers=[
            Offer(
                subject_pb2.DESCRIPTOR.services_by_name["SubjectService"],
                SubjectServicer(
                    database, metadata, pages=wiring.pages, clock=process.clock, purge=wiring.retention.purge
                ),
                subject_pb2_grpc.add_SubjectServiceServicer_to_server,
            ),
            Offer(
                notice_pb2.DESCRIPTOR.services_by_name["NoticeService"],
                NoticeServicer(wiring),
                notice_pb2_grpc.add_NoticeServiceServicer_to_server,
            ),
            Offer(
                events_pb2.DESCRIPTOR.services_by_name["EventService"],
                EventServicer(database, metadata),
                events_pb2_grpc.add_EventServiceServicer_to_server,
            ),
        ],
        background=[lambda: follow_keys(process.keys, peers.signing_keys), lambda: workers.run(wiring)],
    )


if __name__ == "__main__":
    run("privacy", [build])
