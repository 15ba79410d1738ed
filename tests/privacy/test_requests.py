"""People ask about their data and are answered: in every service, within the time, and with a receipt."""

from __future__ import annotations

import asyncio

import pytest
from parley.privacy.v1 import held_pb2, ledger_pb2, request_pb2

from kernel import ids
from kernel.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from kernel.telemetry.metrics import REGISTRY
from services.privacy.domain.codes import code_for, hashed
from tests.platform import ADMIN, OFFICER, Member, Platform, Tenant
from tests.privacy.rights import (
    DONE,
    STAFF,
    VISITOR,
    WAITING,
    Kind,
    archive,
    ask,
    claim,
    held,
    my_ledger,
    owner,
    read,
    say,
    settled,
    tenant_key,
    track,
    until,
    values_of,
    wake,
)

Step, Entry = request_pb2.RequestStep, ledger_pb2.LedgerEntry
PAPERS = request_pb2.PROOF_KIND_PAPERS
NAME = "parley.chat.v1.Conversation.display_name"


async def get(platform: Platform, token: str, request_id: str) -> request_pb2.SubjectRequest:
    """Returns a request."""
    answer: request_pb2.GetRequestResponse = await platform.call(
        platform.requests.GetRequest, request_pb2.GetRequestRequest(privacy_request_id=request_id), token=token
    )
    return answer.request


async def listed(platform: Platform, token: str, which: request_pb2.RequestFilter.ValueType) -> list[str]:
    """Returns the ids of the requests in one of an officer's lists, page by page."""
    found: list[str] = []
    page_token = ""
    while True:
        page = await platform.call(
            platform.requests.ListRequests,
            request_pb2.ListRequestsRequest(filter=which, page_size=2, page_token=page_token),
            token=token,
        )
        found.extend(each.id for each in page.requests)
        page_token = page.next_page_token
        if not page_token:
            return found


async def test_a_forgotten_visitor_has_a_receipt_and_nothing_else(
    platform: Platform, shop: Tenant, officer: Member, robin: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "zoe-words")
    # What was asked before is forgotten as well, with the values that it gave.
    fix = request_pb2.Correction(field=NAME, value="zoe-right")
    await settled(platform, shop, (await ask(platform, zoe.token, Kind.KIND_CORRECT, corrections=[fix])).tracking_code)
    made = await ask(platform, zoe.token, Kind.KIND_ERASE, details="please-forget-zoe")
    assert made.request.due_time.seconds - made.request.create_time.seconds == 30 * 24 * 3600
    done = await settled(platform, shop, made.tracking_code.lower().replace("-", ""))
    assert {step.service: step.state for step in done.steps} == dict.fromkeys(
        ("chat", "identity", "survey", "support", "privacy"), Step.STATE_DONE
    )
    lines = {line.store: line for line in done.receipt.lines}
    assert lines["chat.messages"].emptied >= 1
    assert lines["chat.conversations"].emptied == 1
    assert lines["identity.visitor_credentials"].deleted == 1
    assert lines["privacy.requests"].emptied == 2
    assert lines["privacy.request_corrections"].emptied == 1
    assert done.receipt.bytes_gone_time.seconds > done.close_time.seconds
    assert done.receipt.backups_gone_time.seconds == done.receipt.bytes_gone_time.seconds + 35 * 24 * 3600
    # Whoever has the code sees what was done, and nothing of whom.
    assert (done.subject_id, done.details) == ("", "")
    with pytest.raises(Unauthenticated):
        await held(platform, zoe.token)
    seen = await get(platform, officer.token, made.request.id)
    assert seen.details == ""
    assert seen.subject_id not in ("", zoe.conversation.visitor_id)
    text = await values_of(platform, shop, zoe)
    assert "zoe-words" not in text
    assert "please-forget-zoe" not in text
    assert "Zoë" not in text
    async with owner(platform) as database:
        kept = await database.fetch("SELECT value FROM privacy.request_corrections WHERE value = 'zoe-right'")
    assert not kept
    async with owner(platform) as database:
        events = await database.fetch(
            "SELECT subjects, attributes FROM privacy.outbox WHERE type = 'subject.erased' AND tenant_id = $1",
            tenant_key(shop),
        )
    assert [f"visitor:{zoe.conversation.visitor_id}"] in [list(each["subjects"]) for each in events]


async def test_a_correction_reaches_every_store_and_free_words_reach_a_person(
    platform: Platform, shop: Tenant, officer: Member, robin: Member
) -> None:
    zoe = await shop.visitor("Zoe-wrong")
    await claim(platform, robin.token, zoe)
    made = await ask(
        platform,
        zoe.token,
        Kind.KIND_CORRECT,
        corrections=[request_pb2.Correction(field=NAME, value="Zoë")],
        details="it also stands in my first message",
    )
    waiting = await settled(platform, shop, made.tracking_code, WAITING)
    assert {line.store: line.corrected for line in waiting.receipt.lines} == {"chat": 1}
    values = [value.value for record in await held(platform, zoe.token) for value in record.values]
    assert "Zoe-wrong" not in values
    assert "it also stands in my first message" in values
    assert made.request.id in await listed(platform, officer.token, request_pb2.REQUEST_FILTER_WAITING)
    answering = request_pb2.AnswerRequestRequest(privacy_request_id=made.request.id, answer="It was struck out, too.")
    await platform.call(platform.requests.AnswerRequest, answering, token=officer.token)
    own = await get(platform, zoe.token, made.request.id)
    assert (own.state, own.answer) == (DONE, "It was struck out, too.")
    with pytest.raises(FailedPrecondition, match="REQUEST_SETTLED"):
        await platform.call(platform.requests.AnswerRequest, answering, token=officer.token)
    kinds = [entry.kind for entry in await my_ledger(platform, zoe.token)]
    assert ledger_pb2.LedgerEntry.KIND_CORRECTION in kinds


async def test_a_value_is_put_right_only_in_the_form_in_which_it_is_given(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    address = "parley.chat.v1.LeftMessage.reply_email"
    for field, value in (
        (NAME, "z" * 201),
        (NAME, "zo\x00e"),
        (address, "no address"),
        (address, "zoe@shop.example\r\nBcc: eve@evil.example"),
        ("parley.privacy.v1.Feedback.contact", '"Zoë" <zoe@shop.example>'),
    ):
        with pytest.raises(InvalidArgument, match="VALUE_NOT_RIGHT"):
            await ask(
                platform,
                zoe.token,
                Kind.KIND_CORRECT,
                corrections=[request_pb2.Correction(field=field, value=value)],
            )
    # What the officer writes down for somebody is held to the same.
    with pytest.raises(InvalidArgument, match="VALUE_NOT_RIGHT"):
        await ask(
            platform,
            officer.token,
            Kind.KIND_CORRECT,
            subject_kind=VISITOR,
            subject_id=zoe.conversation.visitor_id,
            proof="by letter",
            proof_kind=PAPERS,
            corrections=[request_pb2.Correction(field="parley.support.v1.Ticket.requester_email", value="nobody")],
        )
    made = await ask(
        platform, zoe.token, Kind.KIND_CORRECT, corrections=[request_pb2.Correction(field=NAME, value=f" {'z' * 200} ")]
    )
    await settled(platform, shop, made.tracking_code)
    assert "z" * 200 in [value.value for record in await held(platform, zoe.token) for value in record.values]


async def test_only_an_administrator_changes_by_what_somebody_signs_in(
    platform: Platform, shop: Tenant, officer: Member, robin: Member
) -> None:
    whom = {"subject_kind": STAFF, "subject_id": robin.id, "proof": "told me", "proof_kind": PAPERS}
    address = request_pb2.Correction(
        field="parley.identity.v1.Staff.email", value=f"Robin.Right@{shop.slug.upper()}.example"
    )
    with pytest.raises(PermissionDenied, match="ADMINISTRATOR_NEEDED"):
        await ask(platform, officer.token, Kind.KIND_CORRECT, **whom, corrections=[address])
    both = await shop.member(OFFICER, ADMIN, name="Both")
    made = await ask(platform, both.token, Kind.KIND_CORRECT, **whom, corrections=[address])
    await settled(platform, shop, made.tracking_code)
    async with owner(platform) as database:
        kept = await database.fetchval("SELECT email FROM identity.staff WHERE id = $1", ids.to_uuid(robin.id, "stf"))
    assert kept == f"robin.right@{shop.slug}.example"


async def test_what_a_service_cannot_put_right_waits_for_a_person(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    both = await shop.member(OFFICER, ADMIN, name="Both")
    made = await ask(
        platform,
        both.token,
        Kind.KIND_CORRECT,
        subject_kind=STAFF,
        subject_id=robin.id,
        proof="told me",
        proof_kind=PAPERS,
        corrections=[request_pb2.Correction(field="parley.identity.v1.Staff.email", value=both.email)],
    )
    waiting = await settled(platform, shop, made.tracking_code, WAITING)
    states = {step.service: step.state for step in waiting.steps}
    assert states.pop("identity") == Step.STATE_REFUSED
    assert set(states.values()) == {Step.STATE_DONE}
    answering = request_pb2.AnswerRequestRequest(
        privacy_request_id=made.request.id, refused=True, answer="Somebody else has that address."
    )
    await platform.call(platform.requests.AnswerRequest, answering, token=both.token)
    assert (await track(platform, shop, made.tracking_code)).state == Kind.STATE_REFUSED


async def test_a_restriction_stops_the_staff_and_not_the_person(
    platform: Platform, shop: Tenant, officer: Member, robin: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "zoe-words")
    made = await ask(platform, zoe.token, Kind.KIND_RESTRICT, details="we disagree")
    done = await settled(platform, shop, made.tracking_code)
    assert done.restricted
    with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
        await read(platform, robin.token, zoe.conversation.id)
    assert "zoe-words" in await read(platform, zoe.token, zoe.conversation.id)
    lifting = request_pb2.LiftRestrictionRequest(privacy_request_id=made.request.id, answer="We agree now.")
    lifted = await platform.call(platform.requests.LiftRestriction, lifting, token=officer.token)
    assert (lifted.request.restricted, lifted.request.answer) == (False, "We agree now.")
    assert "zoe-words" in await read(platform, robin.token, zoe.conversation.id)
    with pytest.raises(FailedPrecondition, match="NOT_RESTRICTED"):
        await platform.call(platform.requests.LiftRestriction, lifting, token=officer.token)


async def test_an_objection_waits_for_a_person_and_may_be_refused_with_reasons(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    made = await ask(platform, zoe.token, Kind.KIND_OBJECT, details="no statistics with my chats")
    assert made.request.state == WAITING
    silence = request_pb2.AnswerRequestRequest(privacy_request_id=made.request.id, refused=True, answer=" \n")
    with pytest.raises(InvalidArgument, match="NOTHING_SAID"):
        await platform.call(platform.requests.AnswerRequest, silence, token=officer.token)
    answer = request_pb2.AnswerRequestRequest(privacy_request_id=made.request.id, refused=True, answer="None are made.")
    await platform.call(platform.requests.AnswerRequest, answer, token=officer.token)
    tracked = await track(platform, shop, made.tracking_code)
    assert (tracked.state, tracked.answer, tracked.details) == (Kind.STATE_REFUSED, "None are made.", "")


async def test_a_request_says_what_its_kind_needs(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    fix = request_pb2.Correction(field=NAME, value="x")
    for kind, more, reason in (
        (Kind.KIND_OBJECT, {}, "REQUEST_UNCLEAR"),
        (Kind.KIND_CORRECT, {}, "REQUEST_UNCLEAR"),
        (Kind.KIND_ERASE, {"corrections": [fix]}, "CORRECTIONS_UNEXPECTED"),
        (Kind.KIND_CORRECT, {"corrections": [fix, fix]}, "CORRECTIONS_DOUBLED"),
        (
            Kind.KIND_CORRECT,
            {"corrections": [request_pb2.Correction(field="parley.chat.v1.Message.body", value="x")]},
            "FIELD_NOT_CORRECTABLE",
        ),
    ):
        with pytest.raises(InvalidArgument, match=reason):
            await ask(platform, zoe.token, kind, **more)


async def test_a_visitor_asks_for_nobody_else_and_sees_nobody_elses(platform: Platform, shop: Tenant) -> None:
    zoe, other = await shop.visitor("Zoë"), await shop.visitor("Other")
    with pytest.raises(NotFound, match="SUBJECT_NOT_FOUND"):
        await ask(
            platform,
            zoe.token,
            Kind.KIND_ERASE,
            subject_kind=VISITOR,
            subject_id=other.conversation.visitor_id,
        )
    made = await ask(platform, zoe.token, Kind.KIND_ACCESS)
    with pytest.raises(NotFound, match="REQUEST_NOT_FOUND"):
        await get(platform, other.token, made.request.id)
    mine = await platform.call(platform.requests.ListMyRequests, request_pb2.ListMyRequestsRequest(), token=zoe.token)
    assert [each.id for each in mine.requests] == [made.request.id]
    others = await platform.call(
        platform.requests.ListMyRequests, request_pb2.ListMyRequestsRequest(), token=other.token
    )
    assert not others.requests


async def confirm_proof(platform: Platform, who: Member, request_id: str) -> request_pb2.SubjectRequest:
    """Says that the proof of a request is good."""
    answer: request_pb2.ConfirmProofResponse = await platform.call(
        platform.requests.ConfirmProof,
        request_pb2.ConfirmProofRequest(privacy_request_id=request_id),
        token=who.token,
    )
    return answer.request


async def test_an_officer_asks_for_whom_the_officer_has_recognised(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    zoe, stranger = await shop.visitor("Zoë"), await (await platform.tenant()).visitor("Stranger")
    whom = {"subject_kind": VISITOR, "subject_id": zoe.conversation.visitor_id}
    for unsaid in ({}, {"proof": "by letter"}, {"proof": "  ", "proof_kind": PAPERS}):
        with pytest.raises(InvalidArgument, match="PROOF_REQUIRED"):
            await ask(platform, officer.token, Kind.KIND_ERASE, **whom, **unsaid)
    for subject_id in (stranger.conversation.visitor_id, ids.new_id("vis"), officer.id):
        with pytest.raises(NotFound, match="SUBJECT_NOT_FOUND"):
            await ask(
                platform,
                officer.token,
                Kind.KIND_ERASE,
                subject_kind=VISITOR,
                subject_id=subject_id,
                proof="by letter",
                proof_kind=PAPERS,
            )
    made = await ask(platform, officer.token, Kind.KIND_ERASE, **whom, proof="by letter", proof_kind=PAPERS)
    assert made.request.made_by == Kind.MAKER_OFFICER
    await settled(platform, shop, made.tracking_code)
    assert (await get(platform, officer.token, made.request.id)).proof == "by letter"


async def test_a_copy_on_somebody_s_behalf_goes_out_only_after_a_second_person_has_looked_at_the_proof(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    zoe, second = await shop.visitor("Zoë"), await shop.member(OFFICER, name="Second")
    robin = await shop.member(name="Robin")
    made = await ask(
        platform,
        officer.token,
        Kind.KIND_ACCESS,
        subject_kind=VISITOR,
        subject_id=zoe.conversation.visitor_id,
        proof="showed a passport",
        proof_kind=PAPERS,
    )
    await settled(platform, shop, made.tracking_code)
    download = held_pb2.DownloadCopyRequest(privacy_request_id=made.request.id)
    for one in (officer, second):
        with pytest.raises(FailedPrecondition, match="PROOF_NOT_CONFIRMED"):
            await archive(platform.held.DownloadCopy, download, one.token)
    with pytest.raises(PermissionDenied, match="SECOND_PERSON_NEEDED"):
        await confirm_proof(platform, officer, made.request.id)
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await confirm_proof(platform, robin, made.request.id)
    confirmed = await confirm_proof(platform, second, made.request.id)
    assert confirmed.HasField("proof_confirm_time")
    assert await confirm_proof(platform, second, made.request.id) == confirmed
    data, _ = await archive(platform.held.DownloadCopy, download, officer.token)
    assert "Zoë" in str(data)
    # The person reads in the ledger by what kind of proof, that two people stand for it, and that a copy was made.
    told = await my_ledger(platform, zoe.token)
    assert [(each.kind, each.basis) for each in reversed(told)] == [
        (Entry.KIND_PROOF, "papers"),
        (Entry.KIND_PROOF, "papers"),
        (Entry.KIND_EXPORT, "papers"),
    ]
    entries = await platform.call(
        platform.ledger.ListLedger, ledger_pb2.ListLedgerRequest(record_id=made.request.id), token=officer.token
    )
    assert [each.staff_id for each in reversed(entries.entries)] == [officer.id, second.id, officer.id]
    assert (
        await platform.call(platform.ledger.VerifyLedger, ledger_pb2.VerifyLedgerRequest(), token=officer.token)
    ).whole
    # Where the person asked, the token is the proof.
    own = await ask(platform, zoe.token, Kind.KIND_ACCESS)
    with pytest.raises(FailedPrecondition, match="NO_PROOF_TO_CONFIRM"):
        await confirm_proof(platform, second, own.request.id)


async def test_a_member_of_staff_is_a_person_too(platform: Platform, shop: Tenant, officer: Member) -> None:
    leaver = await shop.member(name="Leaver")
    whom = {"subject_kind": STAFF, "subject_id": leaver.id, "proof": "in person", "proof_kind": PAPERS}
    copy = await ask(platform, officer.token, Kind.KIND_ACCESS, **whom)
    await settled(platform, shop, copy.tracking_code)
    await confirm_proof(platform, await shop.member(OFFICER, name="Second"), copy.request.id)
    data, _ = await archive(
        platform.held.DownloadCopy,
        held_pb2.DownloadCopyRequest(privacy_request_id=copy.request.id),
        officer.token,
    )
    assert leaver.email in str(data)
    made = await ask(platform, officer.token, Kind.KIND_ERASE, **whom)
    done = await settled(platform, shop, made.tracking_code)
    assert {line.store: line.emptied for line in done.receipt.lines}["identity.staff"] == 1
    with pytest.raises(Unauthenticated):
        await platform.sign_in(shop.slug, leaver.email)


async def test_a_retry_is_one_request_with_one_code(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    made = await asyncio.gather(*(ask(platform, zoe.token, Kind.KIND_ACCESS, request_id="ask-once") for _ in range(4)))
    assert len({(each.request.id, each.tracking_code) for each in made}) == 1


async def test_a_code_opens_nothing_elsewhere(platform: Platform, shop: Tenant) -> None:
    zoe, elsewhere = await shop.visitor("Zoë"), await platform.tenant()
    made = await ask(platform, zoe.token, Kind.KIND_ACCESS)
    with pytest.raises(NotFound, match="REQUEST_NOT_FOUND"):
        await track(platform, elsewhere, made.tracking_code)
    with pytest.raises(NotFound, match="REQUEST_NOT_FOUND"):
        await track(platform, shop, "0000-0000-0000")


def test_a_code_may_be_typed_as_people_do() -> None:
    code = code_for(b"key", "req_1")
    assert len(code) == 14
    assert not set(code) & set("ILOU")
    assert code != code_for(b"key", "req_2")
    typed = code.lower().replace("1", "l").replace("0", "o").replace("-", " ")
    assert hashed(b"key", typed) == hashed(b"key", code)


async def test_nobody_fills_the_list(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    for number in range(20):
        await ask(platform, zoe.token, Kind.KIND_OBJECT, details=f"number {number}")
    with pytest.raises(ResourceExhausted, match="TOO_MANY_REQUESTS"):
        await ask(platform, zoe.token, Kind.KIND_OBJECT, details="one more")
    # Whoever waits for many answers need not wait for them to be forgotten.
    gone = await ask(platform, zoe.token, Kind.KIND_ERASE)
    await settled(platform, shop, gone.tracking_code)
    made = await ask(platform, (await shop.visitor("Kim")).token, Kind.KIND_ACCESS)
    await settled(platform, shop, made.tracking_code)


async def test_an_officer_sees_what_is_due_first_and_hears_of_what_is_overdue(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer, zoe = await tenant.member(OFFICER), await tenant.visitor("Zoë")
    made = [
        (await ask(platform, zoe.token, Kind.KIND_OBJECT, details=f"number {number}")).request.id for number in range(5)
    ]
    async with owner(platform) as database:
        # The third fell due yesterday, the fifth is due tomorrow.
        for index, days in ((2, -1), (4, 1)):
            await database.execute(
                "UPDATE privacy.requests SET due_time = now() + make_interval(days => $2) WHERE id = $1",
                ids.to_uuid(made[index], "req"),
                days,
            )
        before = REGISTRY.get_sample_value("parley_privacy_requests_overdue_total", {"kind": "KIND_OBJECT"}) or 0.0
        await database.execute(
            "UPDATE privacy.jobs SET due_time = now() WHERE kind = 'privacy_request_due' AND key = ANY ($1)", made
        )
        await wake(platform, await platform.tenant())

        async def left() -> int:
            return int(
                await database.fetchval(
                    "SELECT count(*) FROM privacy.jobs WHERE kind = 'privacy_request_due' AND key = ANY ($1)", made
                )
            )

        await until(left, lambda count: count == 0)
    after = REGISTRY.get_sample_value("parley_privacy_requests_overdue_total", {"kind": "KIND_OBJECT"})
    assert after == before + 1
    due = await listed(platform, officer.token, request_pb2.REQUEST_FILTER_OPEN)
    assert due[:2] == [made[2], made[4]]
    assert sorted(due) == sorted(made)
    assert await listed(platform, officer.token, request_pb2.REQUEST_FILTER_OVERDUE) == [made[2]]
    page = await platform.call(
        platform.requests.ListRequests, request_pb2.ListRequestsRequest(page_size=1), token=officer.token
    )
    assert (page.open_count, page.waiting_count, page.overdue_count) == (5, 5, 1)
    assert (await get(platform, officer.token, made[2])).overdue
    assert not await listed(platform, officer.token, request_pb2.REQUEST_FILTER_CLOSED)
