"""Wires the privacy service: the one place where its parts are chosen."""

from __future__ import annotations

from types import ModuleType

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
from services.privacy.servicer.notices import NoticeServicer
from services.privacy.store import metadata


def _offer(messages: ModuleType, services: ModuleType, servicer: object) -> Offer:
    """Returns the offer of a servicer, whose class is named after the service that it serves."""
    name = type(servicer).__name__.removesuffix("r")
    return Offer(
        messages.DESCRIPTOR.services_by_name[name], servicer, getattr(services, f"add_{name}Servicer_to_server")
    )


def build(process: Process) -> Part:
    """Returns the privacy service, wired."""
    database = process.database("privacy")
    secret_key = process.config.secret_key
    peers = Peers(process.channels("privacy"))
    settings = PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock)
    wiring = Wiring(
        database=database,
        clock=process.clock,
        pages=Pages(secret_key),
        idempotency=Idempotency(metadata, secret_key),
        peers=peers,
        settings=settings,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        journal=process.journal,
    )
    return Part(
        name="privacy",
        offers=[
            _offer(
                subject_pb2,
                subject_pb2_grpc,
                SubjectServicer(
                    database,
                    metadata,
                    pages=wiring.pages,
                    clock=process.clock,
                    purge=wiring.retention.purge,
                    journal=process.journal,
                ),
            ),
            _offer(events_pb2, events_pb2_grpc, EventServicer(database, metadata)),
            _offer(notice_pb2, notice_pb2_grpc, NoticeServicer(wiring)),
        ],
        background=[lambda: follow_keys(process.keys, peers.signing_keys), lambda: workers.run(wiring)],
    )


if __name__ == "__main__":
    run("privacy", [build])
