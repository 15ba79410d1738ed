"""The code on a receipt: what it opens, how it is kept, and that nothing tells one wrong code from another."""

from __future__ import annotations

import asyncio
import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import receipt_code_pb2, token_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import NotFound, PermissionDenied, ResourceExhausted, Unauthenticated
from services.identity.actions.guessing import CODES_OF_NETWORK
from services.identity.domain import make_receipt_code, read_receipt_code, show_receipt_code
from tests.identity.test_credentials import actor_of
from tests.identity.test_sign_in import next_revocation, the_database
from tests.isolation.calls import Reply, attempt, bearer
from tests.platform import Platform, Tenant, Visitor

EXCHANGE = token_pb2.DESCRIPTOR.services_by_name["TokenService"].methods_by_name["ExchangeCredential"]


async def receipt_of(platform: Platform, visitor: Visitor) -> receipt_code_pb2.IssueReceiptCodeResponse:
    """Returns a visitor's receipt."""
    issued: receipt_code_pb2.IssueReceiptCodeResponse = await platform.call(
        platform.receipt_codes.IssueReceiptCode, receipt_code_pb2.IssueReceiptCodeRequest(), token=visitor.token
    )
    return issued


def typed(slug: str, code: str, address: str | None = None) -> token_pb2.ExchangeCredentialRequest:
    """Returns what somebody typed, from an address of their own where none is given."""
    return token_pb2.ExchangeCredentialRequest(
        receipt_code=token_pb2.ReceiptCode(
            tenant_slug=slug, code=code, network_address=secrets.token_hex(8) if address is None else address
        )
    )


async def opened(platform: Platform, slug: str, code: str) -> token_pb2.ExchangeCredentialResponse:
    """Exchanges a code."""
    answer: token_pb2.ExchangeCredentialResponse = await platform.call(
        platform.tokens.ExchangeCredential, typed(slug, code)
    )
    return answer


async def erase(platform: Platform, tenant: Tenant, visitor_id: str) -> None:
    """Forgets a visitor in identity."""
    await platform.call(
        subject_pb2_grpc.SubjectServiceStub(platform.channels.of("identity")).EraseSubject,
        subject_pb2.EraseSubjectRequest(
            subject=subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor_id)
        ),
        tenant_id=tenant.id,
    )


async def test_a_code_opens_its_conversation_and_no_other(platform: Platform, shop: Tenant) -> None:
    visitor, other = await shop.visitor("Ann"), await shop.visitor("Bo")
    receipt = await receipt_of(platform, visitor)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", receipt.receipt_code)
    answer = await opened(platform, shop.slug, receipt.receipt_code)
    actor = actor_of(platform, answer.access_token)
    assert actor.callers == {access_pb2.CALLER_VISITOR}
    assert (actor.subject_id, actor.conversation_id) == (visitor.conversation.visitor_id, visitor.conversation.id)
    found = await platform.call(
        platform.chat.GetConversation,
        conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id),
        token=answer.access_token,
    )
    assert found.conversation.display_name == "Ann"
    with pytest.raises(NotFound):
        await platform.call(
            platform.chat.GetConversation,
            conversation_pb2.GetConversationRequest(conversation_id=other.conversation.id),
            token=answer.access_token,
        )


async def test_asked_again_it_is_the_same_code(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    receipts = await asyncio.gather(*(receipt_of(platform, visitor) for _ in range(4)))
    assert len({each.receipt_code for each in receipts}) == 1
    assert (await receipt_of(platform, await shop.visitor())).receipt_code != receipts[0].receipt_code


async def test_the_code_is_kept_nowhere(platform: Platform, shop: Tenant) -> None:
    code = (await receipt_of(platform, await shop.visitor())).receipt_code
    async with the_database(platform) as owner:
        held = " ".join(row["row"] for row in await owner.fetch("SELECT r::text AS row FROM identity.receipt_codes r"))
    assert held
    for spelling in (code, code.replace("-", ""), code.replace("-", "").encode().hex()):
        assert spelling not in held
        assert spelling.lower() not in held


async def test_it_may_be_typed_as_people_type(platform: Platform, shop: Tenant) -> None:
    code = (await receipt_of(platform, await shop.visitor())).receipt_code
    for spelling in (code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} ", code.replace("1", "l")):
        assert (await opened(platform, shop.slug, spelling)).access_token


async def test_whatever_is_wrong_the_answer_is_the_same_bytes(platform: Platform, shop: Tenant) -> None:
    other = await platform.tenant()
    ended, erased = await shop.visitor(), await shop.visitor()
    ended_code, erased_code, others_code = [
        (await receipt_of(platform, each)).receipt_code for each in (ended, erased, await other.visitor())
    ]
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.receipt_codes SET expire_time = now() WHERE conversation_id = $1",
            ids.to_uuid(ended.conversation.id, "cnv"),
        )
    await erase(platform, shop, erased.conversation.visitor_id)

    async def answer(slug: str, code: str) -> Reply:
        metadata = bearer(platform.channels.tokens.make())
        return await attempt(platform.channels.of("identity"), EXCHANGE, typed(slug, code), metadata)

    replies = {
        await answer(*each)
        for each in (
            ("there-is-none", ended_code),
            (shop.slug, "0000-0000-0000"),
            (shop.slug, ""),
            (shop.slug, "no code at all"),
            (shop.slug, ended_code),
            (shop.slug, erased_code),
            (shop.slug, others_code),
        )
    }
    assert [(each.code, each.reason) for each in replies] == [("PERMISSION_DENIED", "CODE_REJECTED")]


async def test_guessing_is_limited_by_network_and_a_right_code_costs_nothing(platform: Platform, shop: Tenant) -> None:
    code = (await receipt_of(platform, await shop.visitor())).receipt_code
    network = f"2001:db8:{secrets.randbelow(0xFFFF):x}:{secrets.randbelow(0xFFFF):x}"
    for each in range(2 * CODES_OF_NETWORK.most):
        await platform.call(platform.tokens.ExchangeCredential, typed(shop.slug, code, f"{network}::{each:x}"))
    tries = [typed(shop.slug, "0000-0000-0000", f"{network}::{each:x}") for each in range(2 * CODES_OF_NETWORK.most)]
    outcomes = await asyncio.gather(
        *(platform.call(platform.tokens.ExchangeCredential, each) for each in tries), return_exceptions=True
    )
    assert sum(isinstance(each, PermissionDenied) for each in outcomes) == CODES_OF_NETWORK.most
    assert sum(isinstance(each, ResourceExhausted) for each in outcomes) == CODES_OF_NETWORK.most
    # Somebody elsewhere is not locked out by it.
    assert (await opened(platform, shop.slug, code)).access_token


async def test_forgetting_a_visitor_ends_the_code_and_its_tokens(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    code = (await receipt_of(platform, visitor)).receipt_code
    by_code = await opened(platform, shop.slug, code)
    revoked = next_revocation(platform)
    await erase(platform, shop, visitor.conversation.visitor_id)
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await opened(platform, shop.slug, code)
    request = conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id)
    async with asyncio.timeout(5):
        while True:
            await revoked.wait()
            revoked.clear()
            try:
                await platform.call(platform.chat.GetConversation, request, token=by_code.access_token)
            except Unauthenticated:
                break
            except NotFound:
                continue


async def test_a_token_of_somebody_forgotten_gets_no_new_code(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    async with the_database(platform) as owner:
        # As erasure does it, before the news of it has reached every process.
        await owner.execute(
            "DELETE FROM identity.visitor_credentials WHERE visitor_id = $1",
            ids.to_uuid(visitor.conversation.visitor_id, "vis"),
        )
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await receipt_of(platform, visitor)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_code(text: str) -> None:
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{12})?", read_receipt_code(text))


@given(st.binary(min_size=32, max_size=32), st.text(max_size=10))
def test_a_code_reads_as_it_is_shown(key: bytes, receipt: str) -> None:
    code = make_receipt_code(key, "ten_a", receipt)
    assert len(code) == 12
    assert read_receipt_code(show_receipt_code(code)) == code
    assert code != make_receipt_code(key, "ten_b", receipt)
