"""The privacy centre by HTTP: opened by a code alone, whole without a script, changed from itself only."""

from __future__ import annotations

import re

import httpx
import pytest
from parley.identity.v1 import email_proof_pb2, recognition_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import choice_pb2, feedback_pb2, held_pb2, policy_pb2

from kernel import ids
from tests.gateway.backend import TENANT, Backend
from tests.gateway.centre import COOKIE, HOME, asked, fields
from tests.gateway.rights import CODE, MAILED, PROOF, SLUG, TRACKING, at, erasure, numbered

INSIDE = ("", "/correct", "/copy", "/choices", "/object", "/erase")
OUTSIDE = ("", "/complain", "/track", "/notices", "/policy", "/recipients")

pytestmark = pytest.mark.usefixtures("known")


async def test_a_code_opens_the_pages_for_half_an_hour_and_stands_in_no_address(
    outside: httpx.AsyncClient, backend: Backend
) -> None:
    first = await outside.get(HOME)
    assert first.status_code == 200
    assert "set-cookie" not in first.headers
    opened = await outside.post(HOME, data={"code": " k7qm‐2xpd-9rtv "})
    assert opened.status_code == 303
    assert CODE not in opened.headers["location"]
    parts = opened.headers["set-cookie"].split("; ")
    assert parts[0] == f"{COOKIE}={SLUG}.{CODE}"
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=1800"} == set(parts[1:])
    page = await outside.get(HOME, headers={"cookie": parts[0]})
    assert "What Fern &amp; Pot holds about you" in page.text
    assert CODE not in page.text
    # Who goes on reading is not shut out.
    assert page.headers["set-cookie"].startswith(f"{COOKIE}={SLUG}.{CODE}; Max-Age=1800")
    assert backend.metadata[-1]["authorization"] == [f"Bearer {backend.grants[f'{SLUG}:{CODE}'].access_token}"]


async def test_every_page_has_no_script_and_cannot_be_framed_or_kept(inside: httpx.AsyncClient) -> None:
    for path in {*INSIDE, *OUTSIDE}:
        page = await inside.get(HOME + path)
        assert page.status_code == 200, path
        policy = page.headers["content-security-policy"]
        assert "script-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text), path
        assert re.search(r'<html lang="en" dir="ltr">', page.text)


async def test_the_pages_outside_need_no_code_and_the_others_lead_to_the_door(outside: httpx.AsyncClient) -> None:
    for path in OUTSIDE:
        page = await outside.get(HOME + path)
        assert page.status_code == 200, path
        assert "set-cookie" not in page.headers
    for path in INSIDE[1:]:
        response = await outside.get(HOME + path)
        assert (response.status_code, response.headers["location"]) == (303, HOME)


async def test_wrong_codes_get_one_answer_and_no_cookie(outside: httpx.AsyncClient) -> None:
    answers = [await outside.post(HOME, data={"code": code}) for code in ("K7QM2XPD9RT0", "x", "", "é" * 12, "0" * 90)]
    assert {answer.status_code for answer in answers} == {403}
    assert len({re.sub(r"\s+", " ", answer.text) for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_the_code_of_one_tenant_opens_nothing_at_another(inside: httpx.AsyncClient, backend: Backend) -> None:
    other = "ten_00000000000000000000000002"
    backend.grant("harbor", callers=[access_pb2.CALLER_ANONYMOUS], tenant_id=other, conversation_id="", subject_id="")
    backend.rights.slugs[other] = "harbor"
    response = await inside.get("/privacy/harbor/correct")
    assert (response.status_code, response.headers["location"]) == (303, "/privacy/harbor")
    assert not asked(backend, held_pb2.GetHeldRequest)


async def test_unknown_tenants_and_pages_are_not_there(outside: httpx.AsyncClient) -> None:
    for path in ("/privacy/nobody", "/privacy/Fern", f"{HOME}/nothing", f"{HOME}/notices/ntc_1", "/privacy/"):
        assert (await outside.get(path)).status_code == 404, path
    assert (await outside.put(HOME)).status_code == 405


async def test_nothing_is_changed_from_another_page(inside: httpx.AsyncClient, backend: Backend) -> None:
    before = len(backend.requests)
    for path in (
        "",
        "/leave",
        "/copy",
        "/correct",
        "/object",
        "/erase",
        "/choices",
        "/complain",
        "/track",
        "/withdraw",
    ):
        for origin in ("https://fern.example", "null", ""):
            response = await inside.post(HOME + path, data={"code": CODE}, headers={"origin": origin})
            assert response.status_code == 403, path
            assert "from these pages themselves" in response.text
    assert len(backend.requests) == before


async def test_what_is_held_is_shown_with_why_until_when_and_who_saw_it(inside: httpx.AsyncClient) -> None:
    page = (await inside.get(HOME)).text
    for words in (
        "Ada &lt;b&gt;Byron&lt;/b&gt;",
        "Is the blue pot\n18 cm wide?",
        "to answer you",
        "180 days after the chat ends",
        "deletes itself on 19 November 2026",
        "Maria (an operator) read it",
        "You took a copy",
        "You · 23 May 2026, 14:03 UTC",
        "It is held, and never shown",
        "A copy</a> · Done",
    ):
        assert words in page, words
    assert "4711" not in page, "what says nothing about the person stands in the copy"


async def test_a_long_list_goes_on_by_an_opaque_token(inside: httpx.AsyncClient, backend: Backend) -> None:
    backend.rights.held.next_page_token = "a+b/c="
    assert "?page=a%2Bb/c%3D" in (await inside.get(HOME)).text
    following = await inside.get(HOME, params={"page": "a+b/c="})
    assert "Who saw it" not in following.text
    assert backend.requests[-1].page_token == "a+b/c="


async def test_choices_are_recorded_only_where_they_change(inside: httpx.AsyncClient, backend: Backend) -> None:
    page = await inside.get(f"{HOME}/choices")
    assert page.text.count('value="yes" checked') == 4
    same = await inside.post(f"{HOME}/choices", data={"CHAT": "yes", "RECOGNITION": "no"})
    assert "Nothing was changed." in same.text
    # To be remembered takes a cookie that only the chat can set.
    vain = await inside.post(f"{HOME}/choices", data={"RECOGNITION": "yes"})
    assert ("Nothing was changed." in vain.text, "Saved." in vain.text) == (True, False)
    assert not asked(backend, choice_pb2.RecordChoiceRequest)
    backend.rights.remembered = True
    saved = await inside.post(f"{HOME}/choices", data={"INVITATIONS": "no", "RECOGNITION": "no", "CHAT": "yes"})
    assert "Saved." in saved.text
    kinds = [(choice.kind, choice.decision) for choice in asked(backend, choice_pb2.RecordChoiceRequest)]
    withdrawn = choice_pb2.CHOICE_DECISION_WITHDRAWN
    assert kinds == [
        (choice_pb2.CHOICE_KIND_INVITATIONS, withdrawn),
        (choice_pb2.CHOICE_KIND_RECOGNITION, withdrawn),
    ]
    assert asked(backend, choice_pb2.RecordChoiceRequest)[0].notice_id == numbered("ntc", 2)
    assert len(asked(backend, recognition_pb2.ForgetVisitorRequest)) == 1


async def test_the_browsers_own_signal_counts_as_no(inside: httpx.AsyncClient, backend: Backend) -> None:
    page = await inside.get(f"{HOME}/choices", headers={"sec-gpc": "1"})
    assert "Global Privacy Control" in page.text
    assert page.text.count("your browser says no") == 2
    assert backend.requests[-1].global_privacy_control


async def test_somebody_complains_without_a_code_and_follows_it_with_one(
    outside: httpx.AsyncClient, backend: Backend
) -> None:
    form = fields(await outside.get(f"{HOME}/complain"))
    empty = await outside.post(f"{HOME}/complain", data={**form, "kind": "COMPLAINT", "text": "  "})
    address = await outside.post(
        f"{HOME}/complain", data={**form, "kind": "COMPLAINT", "text": "a <i>", "contact": "a"}
    )
    assert (empty.status_code, address.status_code) == (400, 400)
    assert ">a &lt;i&gt;</textarea>" in address.text
    assert not asked(backend, feedback_pb2.SubmitFeedbackRequest)
    sent = await outside.post(f"{HOME}/complain", data={**form, "kind": "COMPLAINT", "text": "Too slow.\r\nBye"})
    assert "F33D-BACK-C0DE" in sent.text
    assert "by 6 June 2026" in sent.text
    (request,) = asked(backend, feedback_pb2.SubmitFeedbackRequest)
    assert (request.text, request.request_id) == ("Too slow.\nBye", form["request_id"])
    found = await outside.post(f"{HOME}/track", data={"code": "f33d back c0de"})
    assert "We are sorry." in found.text
    taken_back = await outside.post(f"{HOME}/withdraw", data=fields(found))
    assert "Taken back and deleted." in taken_back.text
    assert (await outside.post(f"{HOME}/track", data={"code": "f33d back c0de"})).status_code == 404


async def test_a_request_is_followed_by_its_code(outside: httpx.AsyncClient, backend: Backend) -> None:
    backend.rights.progress = [erasure("chat")]
    page = await outside.post(f"{HOME}/track", data={"code": TRACKING.lower()})
    assert "To be forgotten" in page.text
    assert "Chats, messages and files: done" in page.text
    assert "Codes, keys and being remembered: at work" in page.text


async def test_versions_say_what_changed(outside: httpx.AsyncClient, backend: Backend) -> None:
    listed = await outside.get(f"{HOME}/notices")
    assert "We keep it for a shorter time." in listed.text
    assert "an important change" in listed.text
    second = await outside.get(f"{HOME}/notices/{numbered('ntc', 2)}")
    assert "What changed since version 1" in second.text
    assert "<del>a year</del><ins>180 days</ins>" in second.text
    assert 'href="https://fern.example/privacy"' in second.text
    first = await outside.get(f"{HOME}/notices/{numbered('ntc', 1)}")
    assert "This is the first version." in first.text
    none = await outside.get(f"{HOME}/policy")
    assert "has not published its policy here" in none.text
    assert 'href="https://fern.example/privacy"' in none.text
    for version in (2, 1):
        backend.rights.policies.append(
            policy_pb2.Policy(
                id=numbered("pol", version),
                version=version,
                language="en",
                text="# Who we are\n\nA shop.",
                effective_time=at(version),
            )
        )
    policy = await outside.get(f"{HOME}/policy")
    assert "<h2>Who we are</h2>" in policy.text
    assert "<del>a year</del><ins>180 days</ins>" in policy.text
    assert (await outside.get(f"{HOME}/policy/{numbered('pol', 1)}")).status_code == 200
    assert "The mail relay" in (await outside.get(f"{HOME}/recipients")).text


CREDENTIAL = f"pvc_{TENANT.removeprefix('ten_')}_" + "s" * 43


async def test_an_address_opens_the_one_chat_for_which_it_was_proved(
    outside: httpx.AsyncClient, backend: Backend
) -> None:
    backend.rights.proved = [(ids.new_id("cnv"), CREDENTIAL)]
    backend.grant(CREDENTIAL)
    asking = await outside.post(
        f"{HOME}/email", data={"email": " zoe@people.example "}, headers={"accept-language": "de"}
    )
    assert (asking.status_code, fields(asking)) == (200, {"proof_id": PROOF})
    assert "zoe@people.example" not in asking.text
    (started,) = asked(backend, email_proof_pb2.StartEmailProofRequest)
    assert (started.email, started.language) == ("zoe@people.example", "de")
    wrong = await outside.post(f"{HOME}/email/code", data=fields(asking) | {"code": "AAAA-AAAA"})
    assert wrong.status_code == 403
    assert "not the one that was mailed" in wrong.text
    assert "set-cookie" not in wrong.headers
    opened = await outside.post(f"{HOME}/email/code", data=fields(wrong) | {"code": MAILED})
    assert (opened.status_code, opened.headers["location"]) == (303, f"{HOME}?opened=1")
    cookie, *attributes = opened.headers["set-cookie"].split("; ")
    assert cookie == f"{COOKIE}={SLUG}.{CREDENTIAL}"
    assert {"Secure", "HttpOnly", "SameSite=Strict"} <= set(attributes)
    page = await outside.get(HOME, headers={"cookie": cookie})
    assert "What Fern &amp; Pot holds about you" in page.text
    assert CREDENTIAL not in page.text
    # Once it is over, it leads to the page that says so; another tenant's opens nothing.
    backend.grant(CREDENTIAL, tenant_id="ten_00000000000000000000000002")
    for answer in (
        await outside.post(f"{HOME}/email/open", data={"chat": CREDENTIAL}),
        await outside.post(f"{HOME}/email/open", data={"chat": CREDENTIAL + "x"}),
        await outside.post(f"{HOME}/email/open", data={"chat": "another thing"}),
    ):
        assert answer.status_code in (403, 303)


async def test_an_address_that_was_proved_for_several_chats_opens_the_one_that_is_chosen(
    outside: httpx.AsyncClient, backend: Backend
) -> None:
    second = CREDENTIAL[:-1] + "t"
    backend.rights.proved = [(ids.new_id("cnv"), CREDENTIAL), (ids.new_id("cnv"), second)]
    backend.grant(second)
    form = {"proof_id": PROOF, "code": MAILED}
    page = await outside.post(f"{HOME}/email/code", data=form)
    assert "set-cookie" not in page.headers
    assert re.findall(r'name="chat" value="([^"]+)"', page.text) == [CREDENTIAL, second]
    assert page.headers["cache-control"] == "no-store"
    chosen = await outside.post(f"{HOME}/email/open", data={"chat": second})
    assert chosen.headers["set-cookie"].startswith(f"{COOKIE}={SLUG}.{second}; ")
    over = await outside.post(f"{HOME}/email/open", data={"chat": CREDENTIAL})
    assert (over.status_code, "set-cookie" in over.headers) == (403, False)
    backend.rights.proved = []
    nothing = await outside.post(f"{HOME}/email/code", data=form)
    assert "proved in no chat here" in nothing.text
    for path in ("/email", "/email/code", "/email/open"):
        assert (await outside.get(HOME + path)).headers["location"] == HOME


async def test_whoever_is_inside_proves_an_address_for_that_chat(inside: httpx.AsyncClient, backend: Backend) -> None:
    page = await inside.post(f"{HOME}/email", data={"email": "zoe@people.example"})
    done = await inside.post(f"{HOME}/email/code", data=fields(page) | {"code": MAILED})
    assert (done.status_code, done.headers["location"]) == (303, HOME)
    mine = [f"Bearer {backend.grants[f'{SLUG}:{CODE}'].access_token}"]
    assert [each["authorization"] for each in backend.metadata[-2:]] == [mine, mine]


async def test_a_reader_chooses_a_language_and_keeps_it(outside: httpx.AsyncClient) -> None:
    first = await outside.get(f"{HOME}/complain", headers={"accept-language": "de-DE,en;q=0.5"})
    assert '<html lang="de" dir="ltr">' in first.text
    assert "Etwas anmerken" in (await outside.get(HOME, headers={"accept-language": "de"})).text
    chosen = await outside.get(f"{HOME}/complain?lang=ar")
    assert (chosen.status_code, chosen.headers["location"]) == (303, f"{HOME}/complain")
    cookie, *attributes = chosen.headers["set-cookie"].split("; ")
    assert cookie == "__Host-parley_language=ar"
    # It ends with the browser, and says nothing else.
    assert not any(each.startswith(("Max-Age", "Expires")) for each in attributes)
    page = await outside.get(HOME, headers={"cookie": cookie, "accept-language": "de"})
    assert '<html lang="ar" dir="rtl">' in page.text
    assert re.search(r'<a href="\?lang=ar" lang="ar" hreflang="ar" aria-current="true">', page.text)
    for odd in ("xx", "", "ar&lang=de", "<b>"):
        assert (await outside.get(f"{HOME}?lang={odd}")).status_code == 200


async def test_leaving_takes_the_cookie_away(inside: httpx.AsyncClient) -> None:
    response = await inside.post(f"{HOME}/leave")
    assert (response.status_code, response.headers["location"]) == (303, HOME)
    assert response.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")


async def test_a_browser_that_keeps_no_cookie_is_told_so(outside: httpx.AsyncClient) -> None:
    opened = await outside.post(HOME, data={"code": CODE})
    page = await outside.get(opened.headers["location"])
    assert "this browser kept no cookie" in page.text


async def test_odd_forms_are_refused(inside: httpx.AsyncClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body, headers, status in (
        ("code=a&code=b", form, 400),
        ("code=%ff", form, 400),
        ("&".join(f"a{n}=1" for n in range(101)), form, 400),
        ("a=" + "b" * 70_000, form, 413),
        ('{"code": "a"}', {"content-type": "application/json"}, 415),
    ):
        assert (await inside.post(HOME, content=body, headers=headers)).status_code == status
