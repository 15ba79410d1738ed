"""Where a community asks for it, whoever has no account calculates before they join or report, or waits instead."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Any

import grpc.aio
import httpx
import pytest
from parley.community.v1 import account_pb2, moderation_pb2, proof_pb2, proof_pb2_grpc
from parley.identity.v1 import tenant_pb2

from gateway.server import Server
from kernel.challenges import Challenges
from kernel.clock import SystemClock
from kernel.errors import ParleyError, ResourceExhausted, from_rpc_error
from kernel.limits import METADATA_ORIGIN
from services.community.actions import proofs
from tests.community.forum import PASSWORD, Forum, Poster, forum
from tests.community.test_pages import a_browser, door, fields
from tests.platform import Platform

__all__ = ["door"]

SIGN_UP, REPORT = proof_pb2.PROVEN_FORM_SIGN_UP, proof_pb2.PROVEN_FORM_REPORT
EXPOSED = moderation_pb2.FLAG_KIND_EXPOSED


def solved(given: str) -> str:
    """Returns a challenge with the number behind it that solves it."""
    *salt, target, _ = given.split(".")
    start = ".".join(salt)
    number = 0
    while hashlib.sha256(f"{start}.{number}".encode()).hexdigest() != target:
        number += 1
    return f"{given}.{number}"


async def asking(platform: Platform) -> Forum:
    """Returns a community that asks for it."""
    shop = await forum(platform)
    request = tenant_pb2.UpdateSettingRequest(name="community.proof_of_work", value_json="true")
    await shop.call(platform.tenants.UpdateSetting, request, shop.admin)
    return shop


async def challenge(shop: Forum, form: Any = SIGN_UP) -> proof_pb2.Challenge:
    """Returns a challenge."""
    stub: Any = proof_pb2_grpc.ProofServiceStub(shop.platform.community)
    answer = await shop.call(stub.GetChallenge, proof_pb2.GetChallengeRequest(form=form))
    return answer.challenge  # type: ignore[no-any-return]  # The stubs carry no types.


def older(shop: Forum, form: str = proofs.SIGN_UP, *, seconds: float = 60) -> str:
    """Returns a challenge that was given a while ago."""
    given = Challenges(shop.platform.config.secret_key, None)
    return given.give(shop.tenant.id, form, SystemClock().now() - timedelta(seconds=seconds)).text


def somebody(**more: Any) -> account_pb2.SignUpRequest:
    """Returns what somebody types who joins."""
    handle = f"m{secrets.token_hex(5)}"
    return account_pb2.SignUpRequest(
        **{"handle": handle, "email": f"{handle}@people.example", "password": PASSWORD, "age": 30, **more}
    )


async def joins(shop: Forum, proof: str, *, origin: str = "", **more: Any) -> str:
    """Has somebody join, from a place that the gateway tells; returns why it is refused, or nothing."""
    told = ((METADATA_ORIGIN, origin),) if origin else ()
    metadata = (("authorization", f"Bearer {shop.anonymous}"), *told)
    try:
        await shop.accounts.SignUp(somebody(proof=proof, **more), metadata=metadata)
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error).reason
    return ""


def a_place() -> str:
    """Returns what the gateway tells of a place."""
    return secrets.token_hex(16)


async def reports(shop: Forum, post_id: str, proof: str = "", token: str = "") -> str:
    """Has somebody report that a post exposes them; returns why it is refused, or nothing."""
    request = moderation_pb2.FlagPostRequest(post_id=post_id, kind=EXPOSED, selection="Elm Street 5", proof=proof)
    try:
        await shop.call(shop.moderation.FlagPost, request, token)
    except ParleyError as error:
        return error.reason
    return ""


async def a_post(shop: Forum) -> tuple[Poster, str, str]:
    """Returns somebody, and a topic and a post of theirs that exposes somebody else."""
    ann = await shop.poster(proof=solved((await challenge(shop)).given))
    topic = await shop.topic(ann, (await shop.space()).id, body="Jo Miller lives in Elm Street 5.")
    (post,) = await shop.read(topic.id)
    return ann, topic.id, post.id


async def test_nobody_calculates_unless_the_community_asks_for_it(platform: Platform) -> None:
    shop = await forum(platform)
    stub: Any = proof_pb2_grpc.ProofServiceStub(platform.community)
    answer = await shop.call(stub.GetChallenge, proof_pb2.GetChallengeRequest(form=SIGN_UP))
    assert not answer.HasField("challenge")
    assert await joins(shop, "") == ""
    assert await joins(shop, "left over from before") == ""


async def test_whoever_joins_calculates_once_for_each_time(platform: Platform) -> None:
    shop, other = await asking(platform), await asking(platform)
    given = await challenge(shop)
    proof = solved(given.given)
    assert int(proof.rpartition(".")[2]) <= given.most
    assert given.given.startswith(given.salt + "." + given.target)
    assert await joins(shop, "") == "PROOF_MISSING"
    assert await joins(shop, given.given + ".0") == "PROOF_WRONG"
    assert await joins(shop, solved((await challenge(shop, REPORT)).given)) == "PROOF_WRONG"
    assert await joins(shop, solved((await challenge(other)).given)) == "PROOF_WRONG"
    assert await joins(shop, solved(older(shop, seconds=3600))) == "PROOF_EXPIRED"
    # Who is too young hears that, and may use what was calculated elsewhere.
    assert await joins(shop, proof, age=12) == "AGE_REFUSED"
    assert await joins(shop, proof) == ""
    assert await joins(shop, proof) == "PROOF_USED"


async def test_whoever_cannot_calculate_waits_and_joins_a_few_times_an_hour_from_one_place(platform: Platform) -> None:
    shop = await asking(platform)
    given = await challenge(shop)
    with pytest.raises(ResourceExhausted, match="PROOF_TOO_SOON") as caught:
        await shop.call(shop.accounts.SignUp, somebody(proof=given.given))
    assert caught.value.retry_after is not None
    assert timedelta() < caught.value.retry_after <= timedelta(seconds=given.wait_seconds)
    lane, place = proofs.LANES[proofs.SIGN_UP], a_place()
    once = older(shop)
    assert await joins(shop, once, origin=place) == ""
    assert await joins(shop, once, origin=place) == "PROOF_USED"
    for _ in range(lane.of_place.most - 2):
        assert await joins(shop, older(shop), origin=place) == ""
    assert await joins(shop, older(shop), origin=place) == "PROOF_LIMITED"
    assert await joins(shop, older(shop), origin=a_place()) == "", "another place is not this one"
    assert await joins(shop, solved((await challenge(shop)).given), origin=place) == "", "whoever calculates goes on"
    assert await joins(shop, older(shop), origin="what no gateway tells") == ""


async def test_many_places_together_join_no_faster_than_a_community_bears(platform: Platform) -> None:
    shop = await asking(platform)
    lane = proofs.LANES[proofs.SIGN_UP]
    assert lane.of_tenant is not None
    for _ in range(lane.of_tenant.most):
        assert await joins(shop, older(shop), origin=a_place()) == ""
    assert await joins(shop, older(shop), origin=a_place()) == "PROOF_LIMITED"
    assert await joins(shop, solved((await challenge(shop)).given)) == ""


async def test_whoever_reports_without_an_account_calculates_and_is_heard_at_once(platform: Platform) -> None:
    shop = await asking(platform)
    ann, topic_id, post_id = await a_post(shop)
    for proof in ("", solved((await challenge(shop)).given)):
        assert await reports(shop, post_id, proof) == ("PROOF_WRONG" if proof else "PROOF_MISSING")
    assert "Elm Street 5" in (await shop.read(topic_id))[0].html
    assert await shop.cases() == []
    proof = solved((await challenge(shop, REPORT)).given)
    assert await reports(shop, post_id, proof) == ""
    assert "Elm Street 5" not in (await shop.read(topic_id))[0].html
    assert await reports(shop, post_id, proof) == "PROOF_USED"
    # Whoever has an account is known by it.
    bo = await shop.poster(proof=solved((await challenge(shop)).given))
    assert await reports(shop, post_id, token=bo.token) == ""
    assert await reports(shop, post_id, token=shop.admin) == ""
    assert await reports(shop, post_id, token=ann.token) == "OWN_POST"


async def test_an_exposed_person_who_cannot_calculate_is_heard_after_a_moment_whatever_others_do(
    platform: Platform,
) -> None:
    shop = await asking(platform)
    _, topic_id, post_id = await a_post(shop)
    lane = proofs.LANES[proofs.REPORT]
    assert lane.wait <= timedelta(seconds=5)
    assert lane.of_tenant is None, "nobody who floods from elsewhere stands in the way"
    assert await reports(shop, post_id, (await challenge(shop, REPORT)).given) == "PROOF_TOO_SOON"
    assert "Elm Street 5" in (await shop.read(topic_id))[0].html
    assert await reports(shop, post_id, older(shop, proofs.REPORT)) == ""
    assert "Elm Street 5" not in (await shop.read(topic_id))[0].html


async def test_the_api_is_no_way_around_it_and_tells_from_where_somebody_comes(
    platform: Platform, door: Server
) -> None:
    shop = await asking(platform)
    _, _, post_id = await a_post(shop)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{door.port}/v1/community",
        headers={"host": "api.localhost", "authorization": f"Bearer {shop.anonymous}"},
        timeout=20,
    ) as client:

        async def sign_up(proof: str) -> tuple[int, str]:
            asked = somebody()
            body = {"handle": asked.handle, "email": asked.email, "password": asked.password, "age": 30}
            answer = await client.post("/accounts:signUp", json=body | ({"proof": proof} if proof else {}))
            return answer.status_code, answer.json().get("reason", "")

        assert await sign_up("") == (409, "PROOF_MISSING")
        got = (await client.get("/challenge", params={"form": "PROVEN_FORM_SIGN_UP"})).json()["challenge"]
        assert await sign_up(got["given"]) == (429, "PROOF_TOO_SOON")
        assert await sign_up(solved(got["given"])) == (200, "")
        assert await sign_up(solved(got["given"])) == (409, "PROOF_USED")
        for _ in range(proofs.LANES[proofs.SIGN_UP].of_place.most):
            assert await sign_up(older(shop)) == (200, "")
        assert await sign_up(older(shop)) == (429, "PROOF_LIMITED")
        # Whoever the gateway tells nothing of is elsewhere, so that it was the gateway that told.
        assert await joins(shop, older(shop)) == ""
        flag = f"/posts/{post_id}:flag"
        refused = await client.post(flag, json={"kind": "FLAG_KIND_ILLEGAL"})
        assert (refused.status_code, refused.json()["reason"]) == (409, "PROOF_MISSING")
        got = (await client.get("/challenge", params={"form": "PROVEN_FORM_REPORT"})).json()["challenge"]
        sent = await client.post(flag, json={"kind": "FLAG_KIND_ILLEGAL", "proof": solved(got["given"])})
        assert sent.status_code == 200, sent.text


async def test_the_pages_carry_the_challenge_and_say_what_is_wrong_with_it(platform: Platform, door: Server) -> None:
    shop = await asking(platform)
    _, _, post_id = await a_post(shop)
    async with a_browser(door, shop) as browser:
        asked = fields((await browser.get("/join")).text)
        typed = {"handle": "kim", "email": "kim@people.example", "password": PASSWORD, "age": "44"}
        soon = await browser.post("/join", data=asked | typed)
        assert soon.status_code == 429
        assert "send it again in a moment" in soon.text
        assert fields(soon.text) == asked, "what was given goes on getting older"
        assert 'value="kim"' in soon.text
        missing = await browser.post("/join", data=typed)
        assert missing.status_code == 409
        assert "did not come with it" in missing.text
        proof = {"proof": solved(fields(missing.text)["proof"])}
        young = await browser.post("/join", data=typed | proof | {"age": "12"})
        assert fields(young.text) == proof, "nobody calculates twice for one try"
        begun = await browser.post("/join", data=typed | proof)
        assert "We sent a code to that address." in begun.text
        again = await browser.post("/join", data=typed | proof)
        assert "This form was sent before." in again.text
        assert fields(again.text)["proof"].split(".")[0] != proof["proof"].split(".")[0]
        waited = await browser.post("/join", data=typed | {"proof": older(shop)})
        assert "We sent a code to that address." in waited.text
        page = (await browser.get(f"/f/{post_id}?kind=exposed")).text
        report = {"kind": "exposed", "selection": "Elm Street 5"}
        wrong = await browser.post(f"/f/{post_id}", data=report | {"proof": fields(page)["proof"] + ".0"})
        assert "is not right" in wrong.text
        assert 'value="Elm Street 5"' in wrong.text, "what was typed is still there"
        done = await browser.post(f"/f/{post_id}", data=report | {"proof": solved(fields(wrong.text)["proof"])})
        assert re.search(r"<code[^>]*>flg_[0-9a-v]{26}</code>", done.text)


async def test_no_page_has_a_script_or_a_challenge_where_nobody_asks_for_one(platform: Platform, door: Server) -> None:
    shop, other = await forum(platform), await asking(platform)
    bo = await other.poster(proof=solved((await challenge(other)).given))
    _, _, post_id = await a_post(other)
    async with a_browser(door, shop) as browser:
        page = await browser.get("/join")
        assert "proof" not in fields(page.text)
        assert "<script" not in page.text
        assert "script-src 'none'" in page.headers["content-security-policy"]
    async with a_browser(door, other) as browser:
        page = await browser.get("/join")
        assert "connect-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        answer = await browser.post("/sign-in", data={"email": bo.email, "password": PASSWORD})
        browser.headers["cookie"] = answer.headers["set-cookie"].split(";")[0]
        page = await browser.get(f"/f/{post_id}")
        assert "proof" not in fields(page.text), "whoever has an account does not calculate"
        assert "script-src 'none'" in page.headers["content-security-policy"]
