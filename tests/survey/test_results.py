"""Results say what all answers together say, single responses are shown to those who may, and each reading is noted."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.survey.v1 import response_pb2, result_pb2

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import ParleyError
from kernel.jobs import Job
from kernel.rpc.process import Process
from services.survey.__main__ import wire
from services.survey.actions import contacts
from services.survey.actions.cells import plain
from tests.platform import OPERATOR, Platform
from tests.privacy.endpoints import an_endpoint, subscribe
from tests.survey.asking import Asking, asking, definition, question

ASKED = definition(
    question("NPS", "nps"),
    question("SINGLE_CHOICE", "why", choices=["quick", "kind"]),
    question("MULTIPLE_CHOICE", "what", choices=["a", "b"]),
    question("LONG_TEXT", "more"),
    question("EMAIL", "mail"),
)


async def many(shop: Asking, survey_id: str, count: int) -> None:
    """Lets people answer: half are glad and quick, half are not and kind."""
    for number in range(count):
        glad = number % 2 == 0
        given: dict[str, Any] = {"nps": 10 if glad else 3, "why": ["quick" if glad else "kind"], "what": ["a", "b"]}
        await shop.answered(survey_id, given)


async def download(platform: Platform, method: Any, request: Any, token: str) -> tuple[str, list[list[str]]]:
    """Returns a file's name and its cells."""
    name, raw = "", b""
    async for piece in method(request, metadata=(("authorization", f"Bearer {token}"),), timeout=30):
        name = name or piece.filename
        raw += piece.data
    return name, list(csv.reader(io.StringIO(raw.decode())))


async def test_counts_scores_and_tables_come_from_sealed_batches_in_full_groups(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    await many(shop, survey.id, 9)
    assert await shop.seal() == 0, "nine are fewer than ten"
    assert (await shop.look(survey.id)).count == 0
    await many(shop, survey.id, 15)
    assert await shop.seal() == 24
    shown = await shop.look(survey.id)
    assert (shown.threshold, shown.count) == (10, 20)
    nps, why, what, more, _ = shown.questions[1:] if shown.questions[0].kind == 11 else shown.questions
    assert {cell.value: cell.count for cell in nps.cells if cell.count} == {"3": 10, "10": 10}
    assert nps.score == 0.0
    assert [cell.count for cell in why.cells] == [10, 10]
    assert (what.count, [cell.count for cell in what.cells]) == (20, [20, 20])
    assert not more.cells
    by_site = await shop.look(survey.id, "SITE", shop.tenant.site.id)
    assert by_site.count == 20
    assert not by_site.HasField("funnel")
    month = f"{datetime.now(UTC):%Y-%m}"
    trend = await platform.call(
        shop.results.GetTrend,
        result_pb2.GetTrendRequest(survey_id=survey.id, question_id="q_00000nps"),
        token=shop.admin,
    )
    assert [each.month for each in trend.months] == [month]
    table = await platform.call(
        shop.results.CrossTabulate,
        result_pb2.CrossTabulateRequest(survey_id=survey.id, question_id="q_00000nps", by_question_id="q_00000why"),
        token=shop.admin,
    )
    rows = {row.label: [c for c in row.counts if c] for row in table.rows}
    assert rows == {"Choice quick": [10], "Choice kind": [10]}
    # One more response, and one that is taken back, change nothing that anybody sees.
    invitation = await shop.answered(survey.id, {"nps": 0})
    await shop.seal()
    assert await shop.look(survey.id) == shown
    await shop.withdraw(await shop.tenant.anonymous(), invitation)
    assert await shop.look(survey.id) == shown


async def test_questions_that_mean_the_same_are_counted_as_one(platform: Platform) -> None:
    shop = await asking(platform)
    await shop.set("surveys.threshold", 5)
    survey = await shop.published(definition(question("CSAT", "old")))
    for _ in range(5):
        await shop.answered(survey.id, {"old": 5})
    await shop.seal()
    await shop.publish(survey.id, definition(question("CSAT", "new", same_meaning_as="q_00000old")))
    for _ in range(5):
        await shop.answered(survey.id, {"new": 5})
    await shop.seal()
    shown = await shop.look(survey.id)
    assert [cell.count for cell in shown.questions[0].cells] == [0, 0, 0, 0, 10]
    assert shown.questions[0].score == 100.0


async def test_the_owner_reads_single_responses_and_each_reading_is_noted_first(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    visitor = await shop.tenant.visitor("Ann")
    invitation = await shop.offer(visitor.token, survey.id)
    age_pass = await shop.check_age(visitor.token, invitation, 30)
    await shop.submit(visitor.token, invitation, {"nps": 9, "more": "=SUM(A1) Größe"}, age_pass=age_pass)
    listed = await platform.call(
        shop.rows.ListResponses, response_pb2.ListResponsesRequest(survey_id=survey.id), token=shop.admin
    )
    (response,) = listed.responses
    # Nothing in it leads to the conversation or to the visitor.
    assert not response.visitor_id
    assert visitor.conversation.visitor_id not in str(response)
    found = await platform.call(
        shop.rows.SearchTexts,
        response_pb2.SearchTextsRequest(survey_id=survey.id, words="grosse or größe"),
        token=shop.admin,
    )
    (text,) = found.texts
    tagged = await platform.call(
        shop.rows.TagText, response_pb2.TagTextRequest(text_id=text.id, tags=["size"]), token=shop.admin
    )
    assert list(tagged.text.tags) == ["size"]
    by_tag = response_pb2.SearchTextsRequest(survey_id=survey.id, tag="size")
    assert len((await platform.call(shop.rows.SearchTexts, by_tag, token=shop.admin)).texts) == 1
    name, cells = await download(
        platform,
        shop.rows.ExportResponses,
        response_pb2.ExportResponsesRequest(survey_id=survey.id),
        shop.admin,
    )
    assert name == "survey-responses.csv"
    assert "'=SUM(A1) Größe" in cells[1]
    operator = await shop.tenant.member(OPERATOR)
    with pytest.raises(ParleyError) as error:
        await platform.call(
            shop.rows.GetResponse, response_pb2.GetResponseRequest(response_id=response.id), token=operator.token
        )
    assert error.value.reason == "NOT_ALLOWED"
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        noted = await owner.fetch(
            "SELECT record_id, subject_id FROM survey.access WHERE tenant_id = $1", ids.to_uuid(shop.tenant.id, "ten")
        )
    finally:
        await owner.close()
    assert [(ids.from_uuid("rsp", row["record_id"]), ids.from_uuid("vis", row["subject_id"])) for row in noted] == [
        (response.id, visitor.conversation.visitor_id)
    ]


async def test_the_visitor_s_copy_holds_the_answers_and_erasure_takes_them(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    visitor = await shop.tenant.visitor("Ann")
    invitation = await shop.offer(visitor.token, survey.id)
    age_pass = await shop.check_age(visitor.token, invitation, 30)
    given: dict[str, Any] = {"nps": 9, "more": "My own words", "mail": "ann@people.example"}
    await shop.submit(visitor.token, invitation, given, age_pass=age_pass)
    stub: Any = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("survey"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    export = subject_pb2.ExportSubjectRequest(subject=subject)
    held = await platform.call(stub.ExportSubject, export, tenant_id=shop.tenant.id)
    values = {value.value for record in held.records for value in record.values}
    assert {"My own words", "9", "ann@people.example", "AGE_BAND_25_34"} <= values
    await platform.call(stub.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=shop.tenant.id)
    assert not (await platform.call(stub.ExportSubject, export, tenant_id=shop.tenant.id)).records


async def test_addresses_are_kept_apart_late_and_in_no_order(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    names = [f"person{number}" for number in range(8)]
    visitors = {}
    for name in names:
        visitor = await shop.tenant.visitor(name)
        invitation = await shop.offer(visitor.token, survey.id)
        age_pass = await shop.check_age(visitor.token, invitation, 30)
        await shop.submit(
            visitor.token,
            invitation,
            {"nps": 9, "mail": f"{name}@people.example"},
            age_pass=age_pass,
            wants_follow_up=name == "person0",
        )
        visitors[name] = visitor.conversation.visitor_id
    assert await kept(shop, survey.id) == {}, "nothing is there before it was mixed"
    clock = ManualClock(datetime.now(UTC) + timedelta(hours=7))
    process = Process(platform.config, clock=clock)
    wiring, _ = wire(process)
    try:
        job = Job(id=UUID(int=0), tenant_id=shop.tenant.id, kind=contacts.JOB, key=None, arguments={}, attempt=1)
        await contacts.move_waiting(wiring, job)
    finally:
        await process.close()
    found = await kept(shop, survey.id)
    assert set(found) == {f"{name}@people.example" for name in names}
    # Only who asked for an answer is joined to the answers.
    assert [email for email, contact in found.items() if contact.response_id] == ["person0@people.example"]
    owner = await asyncpg.connect(platform.config.database_url)
    tenant = ids.to_uuid(shop.tenant.id, "ten")
    try:
        rows = await owner.fetch("SELECT * FROM survey.contacts WHERE tenant_id = $1 AND visitor_id IS NULL", tenant)
        answers = await owner.fetch("SELECT * FROM survey.responses WHERE tenant_id = $1", tenant)
        values = {value for row in answers for value in row.values() if isinstance(value, UUID | bytes)} - {tenant}
        values -= {ids.to_uuid(survey.id, "srv")}
        assert not values & {value for row in rows for value in row.values() if isinstance(value, UUID | bytes)}
        assert all(row["week"].weekday() == 0 for row in rows)
        # An erasure reaches also what nothing leads to.
        stub: Any = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("survey"))
        gone = random.choice(names[1:])
        subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitors[gone])
        await platform.call(
            stub.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=shop.tenant.id
        )
        assert f"{gone}@people.example" not in await kept(shop, survey.id)
        assert len(await kept(shop, survey.id)) == len(names) - 1
    finally:
        await owner.close()


async def kept(shop: Asking, survey_id: str) -> dict[str, response_pb2.Contact]:
    """Returns the addresses that the owner sees."""
    listed = await shop.platform.call(
        shop.rows.ListContacts, response_pb2.ListContactsRequest(survey_id=survey_id), token=shop.admin
    )
    return {each.email: each for each in listed.contacts}


async def test_a_tenant_s_own_system_is_told_that_a_response_came_and_not_which(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    async with an_endpoint() as endpoint:
        _, secret = await subscribe(platform, shop.tenant, endpoint.url, "response.submitted")
        visitor = await shop.tenant.visitor("Ann")
        await shop.submit(visitor.token, await shop.offer(visitor.token, survey.id), {"nps": 9})
        (told,) = await endpoint.wait()
    assert told.is_signed(secret)
    assert told.document["type"] == "response.submitted"
    # The moment is told, so that neither the response is, whose answers do not tell it, nor whose it was.
    assert told.document["data"] == {"survey_id": survey.id}


async def test_the_event_says_that_a_response_came_and_nothing_of_whom(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    visitor = await shop.tenant.visitor("Ann")
    await shop.submit(visitor.token, await shop.offer(visitor.token, survey.id), {"nps": 9})
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        row = await owner.fetchrow(
            "SELECT subjects, attributes::text AS told FROM survey.outbox WHERE tenant_id = $1 AND type = $2",
            ids.to_uuid(shop.tenant.id, "ten"),
            "response.submitted",
        )
    finally:
        await owner.close()
    assert row["subjects"] == []
    assert survey.id in row["told"]
    assert visitor.conversation.visitor_id not in row["told"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\uff1d1"])
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert plain(text) == f"'{text}"
    assert plain("plain words - and = signs") == "plain words - and = signs"
