"""Holds and cases: always two people, always named records, never the house, and always in the ledger."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from parley.privacy.v1 import case_pb2, hold_pb2, ledger_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from tests.platform import OFFICER, Member, Platform, Tenant, Visitor
from tests.privacy.rights import DONE, VISITOR, Kind, archive, ask, claim, held, my_ledger, read, say, settled, until

Hold, Case = hold_pb2.Hold, case_pb2.Case


@pytest_asyncio.fixture(scope="session")
async def firm(platform: Platform) -> Tenant:
    """A tenant with legal matters."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="session")
async def officers(firm: Tenant) -> tuple[Member, Member]:
    """Two privacy officers."""
    return await firm.member(OFFICER, name="Ola"), await firm.member(OFFICER, name="Uli")


def an_item(visitor: Visitor) -> hold_pb2.Item:
    """Returns a visitor's conversation."""
    return hold_pb2.Item(
        subject_kind=VISITOR, subject_id=visitor.conversation.visitor_id, record_id=visitor.conversation.id
    )


async def propose(platform: Platform, token: str, visitor: Visitor, **more: Any) -> hold_pb2.Hold:
    """Asks for a hold on a visitor's conversation."""
    answer = await platform.call(
        platform.holds.CreateHold,
        hold_pb2.CreateHoldRequest(item=an_item(visitor), reason="a dispute", **more),
        token=token,
    )
    hold: hold_pb2.Hold = answer.hold
    return hold


async def hold_at(platform: Platform, token: str, hold_id: str, state: hold_pb2.Hold.State.ValueType) -> hold_pb2.Hold:
    """Waits until a hold has come to a state."""

    async def look() -> hold_pb2.Hold:
        answer = await platform.call(platform.holds.GetHold, hold_pb2.GetHoldRequest(hold_id=hold_id), token=token)
        found: hold_pb2.Hold = answer.hold
        return found

    return await until(look, lambda hold: hold.state == state)


async def open_case(
    platform: Platform, token: str, *visitors: Visitor, silent: bool = False, **more: Any
) -> case_pb2.Case:
    """Opens a case about visitors' conversations."""
    answer = await platform.call(
        platform.cases.CreateCase,
        case_pb2.CreateCaseRequest(
            basis=case_pb2.LEGAL_BASIS_COURT_ORDER,
            authority="The district court",
            reference="4 C 12",
            items=[an_item(visitor) for visitor in visitors],
            silent=silent,
            **more,
        ),
        token=token,
    )
    case: case_pb2.Case = answer.case
    return case


async def confirm(platform: Platform, token: str, case_id: str) -> case_pb2.Case:
    """Confirms a case."""
    answer = await platform.call(platform.cases.ConfirmCase, case_pb2.ConfirmCaseRequest(case_id=case_id), token=token)
    case: case_pb2.Case = answer.case
    return case


async def disclosed(platform: Platform, token: str, case_id: str) -> dict[str, Any]:
    """Downloads what a case names."""
    data, _ = await archive(
        platform.cases.DownloadDisclosure, case_pb2.DownloadDisclosureRequest(case_id=case_id), token
    )
    return data


async def test_a_hold_needs_somebody_else_and_outlives_an_erasure(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    first, second = officers
    robin, zoe = await firm.member(name="Robin"), await firm.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "zoe-held-words")
    hold = await propose(platform, first.token, zoe)
    assert (hold.state, hold.confirmable) == (Hold.STATE_PROPOSED, False)
    assert "zoe-held-words" in await read(platform, robin.token, zoe.conversation.id)
    confirming = hold_pb2.ConfirmHoldRequest(hold_id=hold.id)
    with pytest.raises(PermissionDenied, match="SECOND_PERSON_NEEDED"):
        await platform.call(platform.holds.ConfirmHold, confirming, token=first.token)
    await platform.call(platform.holds.ConfirmHold, confirming, token=second.token)
    await hold_at(platform, first.token, hold.id, Hold.STATE_ACTIVE)
    with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
        await read(platform, robin.token, zoe.conversation.id)

    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    erased = await settled(platform, firm, made.tracking_code)
    assert {line.store: line.held for line in erased.receipt.lines if line.held}["chat.conversations"] == 1

    releasing = hold_pb2.ReleaseHoldRequest(hold_id=hold.id, reason="settled")
    await platform.call(platform.holds.ReleaseHold, releasing, token=second.token)
    ending = hold_pb2.ConfirmReleaseRequest(hold_id=hold.id)
    with pytest.raises(PermissionDenied, match="SECOND_PERSON_NEEDED"):
        await platform.call(platform.holds.ConfirmRelease, ending, token=second.token)
    # Until the second person agrees, what is held can still be given out in a case.
    case = await open_case(platform, first.token, zoe)
    await confirm(platform, second.token, case.id)
    assert "zoe-held-words" in str(await disclosed(platform, first.token, case.id))
    await platform.call(platform.holds.ConfirmRelease, ending, token=first.token)
    ended = await hold_at(platform, first.token, hold.id, Hold.STATE_RELEASED)
    assert ended.item.subject_id != zoe.conversation.visitor_id
    # What should have been forgotten meanwhile is forgotten now.
    assert "zoe-held-words" not in str(await disclosed(platform, first.token, case.id))


async def test_who_says_nothing_holds_and_opens_nothing(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    ola, uli = officers
    zoe = await firm.visitor("Zoë")
    item = an_item(zoe)
    nothing = " \u200b\n"
    for method, request in (
        (platform.holds.CreateHold, hold_pb2.CreateHoldRequest(item=item, reason=nothing)),
        (
            platform.cases.CreateCase,
            case_pb2.CreateCaseRequest(
                basis=case_pb2.LEGAL_BASIS_COURT_ORDER, authority=nothing, reference="4 C 12", items=[item]
            ),
        ),
    ):
        with pytest.raises(InvalidArgument, match="NOTHING_SAID"):
            await platform.call(method, request, token=ola.token)
    hold = await propose(platform, ola.token, zoe)
    await platform.call(platform.holds.ConfirmHold, hold_pb2.ConfirmHoldRequest(hold_id=hold.id), token=uli.token)
    await hold_at(platform, ola.token, hold.id, Hold.STATE_ACTIVE)
    with pytest.raises(InvalidArgument, match="NOTHING_SAID"):
        await platform.call(
            platform.holds.ReleaseHold, hold_pb2.ReleaseHoldRequest(hold_id=hold.id, reason=nothing), token=ola.token
        )
    await hold_at(platform, ola.token, hold.id, Hold.STATE_ACTIVE)


async def test_what_a_case_names_twice_it_names_once(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    zoe = await firm.visitor("Zoë")
    case = await open_case(platform, officers[0].token, zoe, zoe)
    assert list(case.items) == [an_item(zoe)]


async def test_what_waits_can_be_taken_back(platform: Platform, firm: Tenant, officers: tuple[Member, Member]) -> None:
    first, second = officers
    zoe = await firm.visitor("Zoë")
    hold = await propose(platform, first.token, zoe, request_id="a-hold-to-take-back")
    assert (await propose(platform, first.token, zoe, request_id="a-hold-to-take-back")).id == hold.id
    withdrawing = hold_pb2.WithdrawHoldRequest(hold_id=hold.id)
    taken = await platform.call(platform.holds.WithdrawHold, withdrawing, token=first.token)
    assert taken.hold.state == Hold.STATE_WITHDRAWN
    with pytest.raises(FailedPrecondition, match="NOT_IN_THIS_STATE"):
        await platform.call(
            platform.holds.ConfirmHold, hold_pb2.ConfirmHoldRequest(hold_id=hold.id), token=second.token
        )
    shown = await platform.call(platform.holds.ListHolds, hold_pb2.ListHoldsRequest(), token=first.token)
    assert hold.id not in {each.id for each in shown.holds}
    everything = await platform.call(
        platform.holds.ListHolds, hold_pb2.ListHoldsRequest(show_ended=True), token=first.token
    )
    assert hold.id in {each.id for each in everything.holds}


async def test_only_a_record_about_that_person_can_be_held(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    zoe, other = await firm.visitor("Zoë"), await firm.visitor("Other")
    elsewhere = await (await platform.tenant()).visitor("Elsewhere")
    for person, record in ((zoe, other), (elsewhere, elsewhere), (zoe, elsewhere)):
        item = hold_pb2.Item(
            subject_kind=VISITOR, subject_id=person.conversation.visitor_id, record_id=record.conversation.id
        )
        with pytest.raises(NotFound, match="RECORD_NOT_FOUND"):
            await platform.call(
                platform.holds.CreateHold, hold_pb2.CreateHoldRequest(item=item, reason="x"), token=officers[0].token
            )


async def test_a_case_gives_out_exactly_its_scope(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    first, second = officers
    robin = await firm.member(name="Robin")
    zoe, kim, other = await firm.visitor("Zoë"), await firm.visitor("Kim"), await firm.visitor("Other")
    for visitor, words in ((zoe, "zoe-words"), (kim, "kim-words"), (other, "other-words")):
        await claim(platform, robin.token, visitor)
        await say(platform, visitor.token, visitor, words)
    case = await open_case(platform, first.token, zoe, kim)
    with pytest.raises(FailedPrecondition, match="NOT_IN_THIS_STATE"):
        await disclosed(platform, first.token, case.id)
    with pytest.raises(PermissionDenied, match="SECOND_PERSON_NEEDED"):
        await confirm(platform, first.token, case.id)
    await confirm(platform, second.token, case.id)
    with pytest.raises(PermissionDenied):
        await disclosed(platform, firm.admin.token, case.id)
    given = await disclosed(platform, first.token, case.id)
    text = str(given)
    assert given["authority"] == "The district court"
    assert "zoe-words" in text
    assert "kim-words" in text
    assert "other-words" not in text
    # Nothing but the conversations themselves: no credentials, no readers, no requests.
    assert {record["record"] for record in given["records"]} == {"chat.conversations", "chat.messages"}
    kind = ledger_pb2.LedgerEntry.KIND_DISCLOSURE
    (entry,) = [each for each in await my_ledger(platform, zoe.token) if each.kind == kind]
    assert (entry.record_id, entry.recipient, entry.role) == (zoe.conversation.id, "authority", "privacy_officer")
    assert entry.staff_id == ""
    assert not [each for each in await my_ledger(platform, other.token) if each.kind == kind]
    shown = await platform.call(platform.cases.GetCase, case_pb2.GetCaseRequest(case_id=case.id), token=first.token)
    assert shown.case.disclosure_count == 1
    await platform.call(platform.cases.CloseCase, case_pb2.CloseCaseRequest(case_id=case.id), token=second.token)
    with pytest.raises(FailedPrecondition, match="NOT_IN_THIS_STATE"):
        await disclosed(platform, first.token, case.id)


async def test_a_silent_case_is_told_to_those_who_answer_for_it_alone(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    first, second = officers
    zoe = await firm.visitor("Zoë")
    case = await open_case(platform, first.token, zoe, silent=True)
    await confirm(platform, second.token, case.id)
    await disclosed(platform, first.token, case.id)
    assert await my_ledger(platform, zoe.token) == []
    told = await platform.call(
        platform.ledger.ListLedger,
        ledger_pb2.ListLedgerRequest(record_id=zoe.conversation.id),
        token=first.token,
    )
    assert [each.kind for each in told.entries] == [ledger_pb2.LedgerEntry.KIND_DISCLOSURE]
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    assert not (await settled(platform, firm, made.tracking_code)).receipt.deliveries


async def test_the_house_gives_nothing_to_anybody(platform: Platform) -> None:
    house = await platform.tenant(house=True)
    first, zoe = await house.member(OFFICER), await house.visitor("Zoë")
    with pytest.raises(PermissionDenied, match="HOUSE_NEVER_DISCLOSES"):
        await open_case(platform, first.token, zoe)
    # Its people are told what is held and are forgotten like everybody.
    assert "Zoë" in str(await held(platform, zoe.token))
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    assert (await settled(platform, house, made.tracking_code)).state == DONE


async def test_a_disclosure_gets_a_recall_and_stands_in_the_receipt(
    platform: Platform, firm: Tenant, officers: tuple[Member, Member]
) -> None:
    first, second = officers
    zoe = await firm.visitor("Zoë")
    case = await open_case(platform, first.token, zoe)
    await confirm(platform, second.token, case.id)
    await disclosed(platform, first.token, case.id)
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    receipt = (await settled(platform, firm, made.tracking_code)).receipt
    assert [(each.kind, each.recipient) for each in receipt.deliveries] == [("disclosure", "authority")]
