"""The requester's pages: the mailed address reads, and a code by e-mail answers, closes, opens again and shows all."""

from __future__ import annotations

import asyncio
import html
import re

import httpx
import pytest
from parley.support.v1 import portal_pb2, portal_pb2_grpc, record_pb2
from parley.survey.v1 import survey_pb2

from gateway.support.portal import COOKIE
from kernel.errors import FailedPrecondition, NotFound, ParleyError
from tests.chat.test_transcript_mails import an_address, arrived, sent_to
from tests.platform import Platform
from tests.privacy.rights import until
from tests.support.desk import Desk, a_desk
from tests.support.filing import examined
from tests.support.test_form import gateway as gateway  # noqa: PLC0414  # A fixture.
from tests.survey.asking import Asking, definition, question


async def asked(platform: Platform, email: str) -> tuple[Desk, str, str]:
    """Lets somebody ask, and returns the desk, the ticket and the path that was mailed."""
    desk = await a_desk(platform)
    ticket_id = await desk.submit("The shop does not open.", email=email, subject="Shut <b>shop</b>")
    letter = await arrived(platform, email)
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"(/support/t/\S+)", body.get_content())
    assert found is not None
    return desk, ticket_id, found[1]


async def code_for(platform: Platform, email: str) -> str:
    async def look() -> list[str]:
        await asyncio.sleep(0.02)
        texts = [each.get_body(("plain",)) for each in sent_to(platform, email)]
        found = [re.search(r"\b([0-9A-Z]{4}-?[0-9A-Z]{4})\b", each.get_content()) for each in texts if each]
        return [each[1] for each in found if each and "code" in each.string]

    return (await until(look, bool))[-1]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


async def test_the_address_reads_and_a_code_answers_closes_and_opens_again(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    pat = an_address()
    desk, ticket_id, path = await asked(platform, pat)
    await desk.change(ticket_id, ("ACCEPT",))
    await desk.change(ticket_id, ("NOTE", "", "Between us."))
    page = await gateway.get(path)
    assert page.status_code == 200
    assert "The shop does not open." in page.text
    assert "Shut &lt;b&gt;shop&lt;/b&gt;" in page.text
    assert not any(each in page.text for each in ("Between us.", pat, "<b>shop"))
    assert page.headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in page.headers
    # The address alone changes nothing.
    for step in ("reply", "close", "reopen"):
        refused = await gateway.post(f"{path}/{step}", data={"body": "Let me in."})
        assert refused.status_code == 403
    assert "Let me in." not in (await gateway.get(path)).text
    page = await gateway.post(f"{path}/code")
    proof_id = hidden(page.text, "proof_id")
    wrong = await gateway.post(f"{path}/enter", data={"proof_id": proof_id, "code": "AAAA-AAAA"})
    assert wrong.status_code == 403
    entered = await gateway.post(f"{path}/enter", data={"proof_id": proof_id, "code": await code_for(platform, pat)})
    assert entered.status_code == 303
    given = entered.headers["set-cookie"]
    assert given.startswith(f"{COOKIE}=")
    assert all(each in given for each in ("Secure", "HttpOnly", "SameSite=Strict"))
    inside = {"cookie": given.partition(";")[0]}
    page = await gateway.get(path, headers=inside)
    form = {"body": "It opens now.", "request_id": hidden(page.text, "request_id")}
    files = [("files", (name, name.encode(), "text/plain")) for name in ("log.txt", "other.txt")]
    for _ in range(2):
        assert (await gateway.post(f"{path}/reply", data=form, files=files, headers=inside)).status_code == 303
    entries = (await desk.get(ticket_id)).entries
    assert [each.body for each in entries if each.kind == record_pb2.ENTRY_KIND_REPLY] == ["It opens now."]
    assert [each.filename for each in await examined(desk, ticket_id)] == ["log.txt", "other.txt"]
    page = await gateway.get(path)
    leads = re.findall(r'href="(/support/t/[^"]+/files/[^"]+)"', page.text)
    moved = await gateway.get(leads[0])
    assert (moved.status_code, moved.headers["location"].startswith(desk.platform.config.origin("content"))) == (
        303,
        True,
    )
    assert (await gateway.get(leads[0][:-26] + "0" * 26)).status_code == 404
    assert (await gateway.post(f"{path}/reply", data={"body": " \n "}, headers=inside)).status_code == 400
    for step, state in (("close", record_pb2.STATE_CLOSED), ("reopen", record_pb2.STATE_OPEN)):
        assert (await gateway.post(f"{path}/{step}", headers=inside)).status_code == 303
        assert (await desk.get(ticket_id)).ticket.state == state
    # All that the address asked is there, each under its own address.
    await desk.submit("And the cart is empty.", email=pat)
    page = await gateway.get(path, headers=inside)
    links = set(re.findall(r'href="(/support/t/[^"/?]+)"', page.text))
    assert len(links) == 2
    assert [(await gateway.get(each)).status_code for each in links] == [200, 200]
    left = await gateway.post(f"{path}/leave", headers=inside)
    assert "Max-Age=0" in left.headers["set-cookie"]


async def test_a_closed_ticket_says_on_which_day_it_deletes_itself(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    desk, ticket_id, path = await asked(platform, an_address())
    assert "30 days after it is closed" in (await gateway.get(path)).text
    await desk.change(ticket_id, ("SET_STATE", "CLOSED"))
    assert re.search(r"deletes itself on \d+ \w+ \d{4}", (await gateway.get(path)).text)


async def test_a_solved_ticket_leads_to_its_survey_for_as_long_as_it_can_be_answered(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    pat = an_address()
    desk, ticket_id, path = await asked(platform, pat)
    shop = Asking(platform, desk.tenant)
    await shop.set("surveys.replace_minutes", 0)
    survey = await shop.published(definition(question("CSAT", "csat")))
    await desk.set("support.survey_id", survey.id)
    await desk.set("support.survey_hours", 0)
    await desk.change(ticket_id, ("ACCEPT",), ("SET_STATE", "RESOLVED"))

    async def events() -> list[str]:
        await asyncio.sleep(0.05)
        return [each.kind for each in (await desk.get(ticket_id)).events]

    await until(events, lambda found: "SURVEY_SENT" in found)
    (letter,) = [each for each in sent_to(platform, pat) if "How did we do" in str(each["Subject"])]
    words = letter.get_body(("plain",))
    assert words is not None
    mailed = _invitation(words.get_content())
    shown = _invitation(html.unescape((await gateway.get(path)).text))
    assert (await gateway.get(f"/survey/{shown[0]}/from/{shown[1]}")).status_code == 200
    # Opened again, there is nothing to say yet of how it went.
    await desk.change(ticket_id, ("SET_STATE", "OPEN"))
    assert "/survey/" not in (await gateway.get(path)).text
    await desk.change(ticket_id, ("SET_STATE", "CLOSED"))
    # It is the same invitation wherever it is found: answered once, it is nowhere any more, and good for nothing.
    token = await desk.tenant.anonymous()
    await shop.submit(token, shown[1], {"csat": 5})
    assert "/survey/" not in (await gateway.get(path)).text
    with pytest.raises(FailedPrecondition, match="INVITATION_USED"):
        await shop.submit(token, mailed[1], {"csat": 1})


def _invitation(text: str) -> tuple[str, str]:
    found = re.search(r"/survey/([^/\s]+)/from/([A-Za-z0-9_-]+)", text)
    assert found is not None
    return found[1], found[2]


async def test_a_survey_that_takes_no_more_answers_is_shown_no_more(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    pat = an_address()
    desk, ticket_id, path = await asked(platform, pat)
    shop = Asking(platform, desk.tenant)
    survey = await shop.published(definition(question("CSAT", "csat")))
    await desk.set("support.survey_id", survey.id)
    await desk.set("support.survey_hours", 0)
    await desk.change(ticket_id, ("ACCEPT",), ("SET_STATE", "RESOLVED"))

    async def page() -> str:
        await asyncio.sleep(0.05)
        return (await gateway.get(path)).text

    await until(page, lambda found: "/survey/" in found)
    request = survey_pb2.CloseSurveyRequest(survey_id=survey.id)
    await platform.call(shop.surveys.CloseSurvey, request, token=shop.admin)
    shut = await gateway.get(path)
    assert (shut.status_code, "/survey/" in shut.text) == (200, False)


@pytest.mark.parametrize("path", ["/support/t/nothing", "/support/t/" + "0" * 77, "/support/t/a%00b", "/support/t/é"])
async def test_an_address_that_nobody_made_leads_nowhere(gateway: httpx.AsyncClient, path: str) -> None:
    assert (await gateway.get(path)).status_code == 404


async def test_a_page_of_another_site_changes_nothing(platform: Platform, gateway: httpx.AsyncClient) -> None:
    _, _, path = await asked(platform, an_address())
    answer = await gateway.post(f"{path}/code", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403


async def test_a_proof_opens_only_what_its_address_asked(platform: Platform, gateway: httpx.AsyncClient) -> None:
    pat, mallory = an_address(), an_address()
    desk, ticket_id, _ = await asked(platform, pat)
    await desk.submit("Mine.", email=mallory)
    letter = await arrived(platform, mallory)
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"(/support/t/\S+)", body.get_content())
    assert found is not None
    page = await gateway.post(f"{found[1]}/code")
    entered = await gateway.post(
        f"{found[1]}/enter",
        data={"proof_id": hidden(page.text, "proof_id"), "code": await code_for(platform, mallory)},
    )
    proof = entered.headers["set-cookie"].partition(";")[0].partition(".")[2]
    stub = portal_pb2_grpc.PortalServiceStub(platform.support)
    request = portal_pb2.WriteOwnReplyRequest(email_proof=proof, ticket_id=ticket_id, body="Let me in.")
    with pytest.raises(NotFound, match="TICKET_NOT_FOUND"):
        await platform.call(stub.WriteOwnReply, request, tenant_id=desk.tenant.id)
    other = await a_desk(platform)
    with pytest.raises(ParleyError):
        await platform.call(stub.WriteOwnReply, request, tenant_id=other.tenant.id)
