"""Proving an address by a code: what that opens, what it does not, and how little stays of it."""

from __future__ import annotations

import asyncio
import email
import re
import secrets
from datetime import timedelta
from email.message import Message
from pathlib import Path

import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import email_proof_pb2, token_pb2

from kernel import ids
from kernel.errors import NotFound, ParleyError, PermissionDenied, ResourceExhausted, Unauthenticated
from services.identity.actions import guessing
from services.identity.actions.email_proofs import END_JOB, MAIL_JOB
from services.identity.actions.guessing import PROOFS_OF_ADDRESS
from services.identity.domain import PROOF_CODE_LENGTH, PROOF_CODE_TRIES
from tests.identity.test_credentials import actor_of
from tests.identity.test_receipt_codes import erase
from tests.identity.test_sign_in import the_database
from tests.isolation.calls import Reply, attempt, bearer
from tests.platform import Platform, Tenant

FINISH = email_proof_pb2.DESCRIPTOR.services_by_name["EmailProofService"].methods_by_name["FinishEmailProof"]


def an_address() -> str:
    """Returns an address that nobody else has."""
    return f"{secrets.token_hex(8)}@people.example"


async def start(platform: Platform, token: str, address: str, **more: str) -> email_proof_pb2.StartEmailProofResponse:
    """Asks for a code."""
    started: email_proof_pb2.StartEmailProofResponse = await platform.call(
        platform.email_proofs.StartEmailProof,
        email_proof_pb2.StartEmailProofRequest(email=address, language="en", **more),
        token=token,
    )
    return started


async def finish(platform: Platform, token: str, proof_id: str, code: str) -> email_proof_pb2.FinishEmailProofResponse:
    """Gives the code."""
    finished: email_proof_pb2.FinishEmailProofResponse = await platform.call(
        platform.email_proofs.FinishEmailProof,
        email_proof_pb2.FinishEmailProofRequest(proof_id=proof_id, code=code),
        token=token,
    )
    return finished


def mails(platform: Platform) -> list[Message]:
    """Returns all mails of the platform."""
    folder: Path = platform.config.data_dir / "mail"
    return [email.message_from_bytes(path.read_bytes()) for path in folder.glob("[!.]*.eml")]


async def settled(platform: Platform, proof_id: str) -> None:
    """Returns once the mail of a proof was sent, or was not to be sent."""
    async with asyncio.timeout(10), the_database(platform) as owner:
        while await owner.fetchval(
            "SELECT count(*) FROM identity.jobs WHERE kind = $1 AND arguments->>'proof_id' = $2", MAIL_JOB, proof_id
        ):
            pass


async def code_for(platform: Platform, proof_id: str, address: str) -> str:
    """Returns the code in the latest mail to an address."""
    await settled(platform, proof_id)
    (mail,) = [mail for mail in mails(platform) if mail["to"] == address.lower()]
    (plain,) = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    codes: list[str] = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", str(plain.get_payload(decode=True)))
    return codes[0]


async def prove(platform: Platform, token: str, address: str) -> email_proof_pb2.FinishEmailProofResponse:
    """Proves an address."""
    started = await start(platform, token, address)
    return await finish(platform, token, started.proof_id, await code_for(platform, started.proof_id, address))


def another(code: str) -> str:
    """Returns a wrong code."""
    return code[:-1] + ("Z" if code[-1] != "Z" else "Y")


async def test_an_address_that_was_proved_in_a_chat_opens_it_again(platform: Platform, shop: Tenant) -> None:
    visitor, address = await shop.visitor("Ann"), an_address()
    in_chat = await prove(platform, visitor.token, address.upper())
    assert [each.conversation_id for each in in_chat.conversations] == [visitor.conversation.id]
    # Weeks later, on the privacy pages, without a cookie and without the receipt.
    async with the_database(platform) as owner:
        await owner.execute("DELETE FROM identity.email_proofs WHERE visitor_id IS NOT NULL")
    for path in (platform.config.data_dir / "mail").glob("[!.]*.eml"):
        path.unlink()
    outside = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(tenant_slug=shop.slug)
    )
    proved = await prove(platform, outside.access_token, address)
    (again,) = proved.conversations
    actor = actor_of(platform, again.access_token)
    assert (actor.subject_id, actor.conversation_id) == (visitor.conversation.visitor_id, visitor.conversation.id)
    by_credential = await platform.call(
        platform.tokens.ExchangeCredential,
        token_pb2.ExchangeCredentialRequest(visitor_credential=again.visitor_credential),
    )
    found = await platform.call(
        platform.chat.GetConversation,
        conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id),
        token=by_credential.access_token,
    )
    assert found.conversation.display_name == "Ann"


async def test_an_address_that_nobody_proved_opens_nothing(platform: Platform, shop: Tenant) -> None:
    # Somebody else's chat is there to be opened, by the address that was proved in it and by no other.
    await prove(platform, (await shop.visitor()).token, an_address())
    proved = await prove(platform, await shop.anonymous(), an_address())
    assert not proved.conversations
    assert proved.email_proof


async def test_what_was_proved_with_one_tenant_opens_nothing_with_another(platform: Platform, shop: Tenant) -> None:
    other, address = await platform.tenant(), an_address()
    await prove(platform, (await other.visitor()).token, address)
    for path in (platform.config.data_dir / "mail").glob("[!.]*.eml"):
        path.unlink()
    here = await prove(platform, await shop.anonymous(), address)
    assert not here.conversations

    async def check(tenant: Tenant) -> email_proof_pb2.CheckEmailProofResponse:
        answer: email_proof_pb2.CheckEmailProofResponse = await platform.call(
            platform.email_proofs.CheckEmailProof,
            email_proof_pb2.CheckEmailProofRequest(email_proof=here.email_proof),
            tenant_id=tenant.id,
        )
        return answer

    checked = await check(shop)
    assert checked.email == address
    assert not checked.visitors
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await check(other)


async def test_a_proof_tells_our_own_processes_whose_it_is(platform: Platform, shop: Tenant) -> None:
    visitor, address = await shop.visitor(), an_address()
    proved = await prove(platform, visitor.token, address)
    checked = await platform.call(
        platform.email_proofs.CheckEmailProof,
        email_proof_pb2.CheckEmailProofRequest(email_proof=proved.email_proof),
        tenant_id=shop.id,
    )
    assert checked.email == address
    assert [(each.visitor_id, each.conversation_id) for each in checked.visitors] == [
        (visitor.conversation.visitor_id, visitor.conversation.id)
    ]


async def test_whatever_is_wrong_with_a_code_the_answer_is_the_same_bytes(platform: Platform, shop: Tenant) -> None:
    token, address, first, mine = await shop.anonymous(), an_address(), an_address(), an_address()
    visitor, other = await shop.visitor(), await shop.visitor()
    running, ended, done, own = [
        await start(platform, by, to)
        for by, to in (
            (token, address),
            (token, an_address()),
            (token, first),
            (visitor.token, mine),
        )
    ]
    code = await code_for(platform, running.proof_id, address)
    own_code = await code_for(platform, own.proof_id, mine)
    done_code = await code_for(platform, done.proof_id, first)
    await finish(platform, token, done.proof_id, done_code)
    await settled(platform, ended.proof_id)
    async with the_database(platform) as owner:
        await owner.execute(
            "UPDATE identity.email_proofs SET expire_time = now() WHERE id = $1", ids.to_uuid(ended.proof_id, "prf")
        )

    async def answer(by: str, proof_id: str, typed: str) -> Reply:
        request = email_proof_pb2.FinishEmailProofRequest(proof_id=proof_id, code=typed)
        return await attempt(platform.channels.of("identity"), FINISH, request, bearer(by))

    replies = {
        await answer(*each)
        for each in (
            (token, running.proof_id, another(code)),
            (token, running.proof_id, ""),
            (token, running.proof_id, "a text"),
            (token, ids.random_id("prf"), code),
            (token, ended.proof_id, code),
            (token, done.proof_id, done_code),
            # Another visitor, and somebody outside, has the id and the code of a visitor's own proof.
            (token, own.proof_id, own_code),
            (other.token, own.proof_id, own_code),
        )
    }
    assert [(each.code, each.reason) for each in replies] == [("PERMISSION_DENIED", "CODE_REJECTED")]
    assert (await finish(platform, visitor.token, own.proof_id, own_code)).conversations


async def test_a_code_is_good_for_five_tries_however_many_are_made_at_once(platform: Platform, shop: Tenant) -> None:
    token, address = await shop.anonymous(), an_address()
    started = await start(platform, token, address)
    code = await code_for(platform, started.proof_id, address)
    wrong = [finish(platform, token, started.proof_id, another(code)) for _ in range(PROOF_CODE_TRIES)]
    outcomes = await asyncio.gather(*wrong, return_exceptions=True)
    assert all(isinstance(each, PermissionDenied) for each in outcomes)
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await finish(platform, token, started.proof_id, code)


async def test_mail_to_one_address_is_limited(platform: Platform, shop: Tenant) -> None:
    token, address = await shop.anonymous(), an_address()
    for _ in range(PROOFS_OF_ADDRESS.most):
        await start(platform, token, address)
    with pytest.raises(ResourceExhausted, match="MAIL_LIMITED"):
        await start(platform, token, address)
    await start(platform, token, an_address())


async def test_a_retry_sends_no_second_mail(platform: Platform, shop: Tenant) -> None:
    token, address = await shop.anonymous(), an_address()
    first = await start(platform, token, address, request_id="the-same")
    second = await start(platform, token, address, request_id="the-same")
    assert first == second
    assert await code_for(platform, first.proof_id, address)


async def test_whoever_guesses_all_year_long_has_no_chance_and_locks_nobody_out(
    platform: Platform, shop: Tenant
) -> None:
    codes = 32**PROOF_CODE_LENGTH
    for limit, chance in ((guessing.PROOFS_OF_ADDRESS, 1e-6), (guessing.PROOFS_OF_TENANT, 1e-4)):
        windows = timedelta(days=365) / limit.window
        assert limit.most * windows * PROOF_CODE_TRIES / codes < chance
    # A stranger who spoils one proof after another spoils none that its owner begins.
    token, address = await shop.anonymous(), an_address()
    for _ in range(2):
        spoilt = await start(platform, token, address)
        for _ in range(PROOF_CODE_TRIES + 1):
            with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
                await finish(platform, token, spoilt.proof_id, "0000-0000")
        await settled(platform, spoilt.proof_id)
    folder = platform.config.data_dir / "mail"
    before = set(folder.glob("[!.]*.eml"))
    own = await start(platform, token, address)
    await settled(platform, own.proof_id)
    mails = {each: each.read_bytes() for each in set(folder.glob("[!.]*.eml")) - before}
    (newest,) = (mail for mail in mails.values() if address.encode() in mail)
    (code,) = set(re.findall(rb"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", newest))
    typed = f" {code.decode().lower().replace('-', ' ')} "
    assert (await finish(platform, token, own.proof_id, typed)).email_proof


async def test_neither_the_address_nor_the_code_stays_once_the_proof_is_over(platform: Platform, shop: Tenant) -> None:
    visitor, address = await shop.visitor(), an_address()
    proved = await prove(platform, visitor.token, address)
    async with the_database(platform) as owner:
        held = await owner.fetchrow("SELECT id, p::text AS row FROM identity.email_proofs p WHERE email = $1", address)
        assert held is not None
        assert proved.email_proof.split("_", 2)[2] not in held["row"]
        await owner.execute("UPDATE identity.email_proofs SET expire_time = now() WHERE id = $1", held["id"])
        await owner.execute(
            "UPDATE identity.jobs SET due_time = now() WHERE kind = $1 AND arguments->>'proof_id' = $2",
            END_JOB,
            ids.from_uuid("prf", held["id"]),
        )
        async with asyncio.timeout(10):
            while await owner.fetchval("SELECT count(*) FROM identity.email_proofs WHERE email = $1", address):
                pass
        for table in ("proved_addresses", "jobs", "outbox", "idempotency"):
            rows = await owner.fetch(f"SELECT t::text AS row FROM identity.{table} t")
            assert not any(address in row["row"] for row in rows)
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await platform.call(
            platform.email_proofs.CheckEmailProof,
            email_proof_pb2.CheckEmailProofRequest(email_proof=proved.email_proof),
            tenant_id=shop.id,
        )


async def test_forgetting_a_visitor_forgets_what_was_proved(platform: Platform, shop: Tenant) -> None:
    visitor, address, later = await shop.visitor(), an_address(), an_address()
    await prove(platform, visitor.token, address)
    started = await start(platform, visitor.token, later)
    await erase(platform, shop, visitor.conversation.visitor_id)
    async with the_database(platform) as owner:
        visitor_id = ids.to_uuid(visitor.conversation.visitor_id, "vis")
        for table in ("email_proofs", "proved_addresses", "receipt_codes", "visitor_credentials"):
            query = f"SELECT count(*) FROM identity.{table} WHERE visitor_id = $1"
            assert not await owner.fetchval(query, visitor_id)
    await settled(platform, started.proof_id)
    with pytest.raises(ParleyError) as refused:
        await start(platform, visitor.token, later)
    assert isinstance(refused.value, NotFound | Unauthenticated)
