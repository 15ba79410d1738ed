"""Wires surveys: the one place where its parts are chosen."""

from __future__ import annotations

from functools import partial

from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.survey.v1 import (
    answering_pb2,
    answering_pb2_grpc,
    rating_pb2,
    rating_pb2_grpc,
    response_pb2,
    response_pb2_grpc,
    result_pb2,
    result_pb2_grpc,
    survey_pb2,
    survey_pb2_grpc,
)

from kernel.events import EventServicer, Outbox
from kernel.jobs import Jobs
from kernel.privacy.access import AccessRecorder
from kernel.privacy.retention import Retention
from kernel.privacy.subjects import SubjectServicer
from kernel.rpc.process import Part, Process, run
from kernel.rpc.server import Offer, follow_keys
from kernel.settings import PeerSettings
from kernel.storage.idempotency import Idempotency
from kernel.storage.paging import Pages
from services.survey import workers
from services.survey.actions.contacts import forget
from services.survey.actions.peers import Peers
from services.survey.actions.sealing import Sealing
from services.survey.actions.wiring import Wiring
from services.survey.servicer.answering import AnsweringServicer
from services.survey.servicer.ratings import RatingServicer
from services.survey.servicer.responses import ResponseServicer
from services.survey.servicer.results import ResultServicer
from services.survey.servicer.surveys import SurveyServicer
from services.survey.store.tables import metadata


def wire(process: Process) -> tuple[Wiring, Peers]:
    """Returns what the actions work with, and the other services."""
    database, channels = process.database("survey"), process.channels("survey")
    peers = Peers(channels)
    settings = PeerSettings("identity", peers.settings_of, hints=process.hints, clock=process.clock)
    outbox = Outbox(metadata, process.hints)
    wiring = Wiring(
        database=database,
        clock=process.clock,
        outbox=outbox,
        pages=Pages(process.config.secret_key),
        idempotency=Idempotency(metadata, process.config.secret_key),
        access=AccessRecorder(metadata, outbox),
        settings=settings,
        retention=Retention(database, metadata, settings, hints=process.hints, clock=process.clock),
        jobs=Jobs(metadata, process.hints),
        channels=channels,
        peers=peers,
        sealing=Sealing(process.config.secret_key),
    )
    return wiring, peers


def build(process: Process) -> Part:
    """Returns surveys, wired."""
    wiring, peers = wire(process)
    subjects = SubjectServicer(
        wiring.database,
        metadata,
        pages=wiring.pages,
        clock=process.clock,
        purge=wiring.retention.purge,
        journal=process.journal,
        erasing=partial(forget, wiring),
    )
    return Part(
        name="survey",
        offers=[
            Offer.of(subject_pb2, subject_pb2_grpc, subjects),
            Offer.of(events_pb2, events_pb2_grpc, EventServicer(wiring.database, metadata)),
            Offer.of(survey_pb2, survey_pb2_grpc, SurveyServicer(wiring)),
            Offer.of(answering_pb2, answering_pb2_grpc, AnsweringServicer(wiring)),
            Offer.of(rating_pb2, rating_pb2_grpc, RatingServicer(wiring)),
            Offer.of(result_pb2, result_pb2_grpc, ResultServicer(wiring)),
            Offer.of(response_pb2, response_pb2_grpc, ResponseServicer(wiring)),
        ],
        background=[lambda: follow_keys(process.keys, peers.signing_keys), lambda: workers.run(wiring)],
    )


if __name__ == "__main__":
    run("survey", [build])
