"""What people ask in the privacy centre: to have something put right, a copy, to be forgotten, to be left alone."""

from __future__ import annotations

import httpx
import pytest
from parley.privacy.v1 import request_pb2

from kernel.errors import InvalidArgument, ResourceExhausted
from tests.gateway.backend import Backend
from tests.gateway.centre import COOKIE, HOME, asked, fields
from tests.gateway.conftest import Door
from tests.gateway.rights import CODE, NAME_FIELD, SLUG, TRACKING, numbered

pytestmark = pytest.mark.usefixtures("known")


async def test_a_correction_sends_what_was_changed_and_nothing_else(
    inside: httpx.AsyncClient, backend: Backend
) -> None:
    page = await inside.get(f"{HOME}/correct")
    assert 'value="Ada &lt;b&gt;Byron&lt;/b&gt;"' in page.text
    form = fields(page)
    same = await inside.post(f"{HOME}/correct", data={**form, NAME_FIELD: "Ada <b>Byron</b>", "details": " "})
    assert (same.status_code, "Nothing was changed" in same.text) == (400, True)
    assert not asked(backend, request_pb2.CreateRequestRequest)
    sent = await inside.post(f"{HOME}/correct", data={**form, NAME_FIELD: "Ada", "parley.x.Y.z": "no", "details": ""})
    assert TRACKING in sent.text
    (request,) = asked(backend, request_pb2.CreateRequestRequest)
    assert request == request_pb2.CreateRequestRequest(
        kind=request_pb2.SubjectRequest.KIND_CORRECT,
        corrections=[request_pb2.Correction(field=NAME_FIELD, value="Ada")],
        request_id=form["request_id"],
    )


async def test_what_somebody_asks_in_vain_is_told_why_and_keeps_the_text(
    inside: httpx.AsyncClient, backend: Backend
) -> None:
    form = fields(await inside.get(f"{HOME}/correct"))
    for path, more in (("/correct", {}), ("/object", {"kind": "OBJECT"})):
        long = await inside.post(HOME + path, data={**form, **more, "details": "ü" * 4001})
        assert (long.status_code, "longer than 4000 characters" in long.text, "ü" * 4001 in long.text) == (
            400,
            True,
            True,
        )
    unsaid = await inside.post(f"{HOME}/object", data={**form, "kind": "OBJECT", "details": " "})
    assert (unsaid.status_code, "Say what is no longer to be done" in unsaid.text) == (400, True)
    assert not asked(backend, request_pb2.CreateRequestRequest)
    for refusal, said in (
        (InvalidArgument("VALUE_NOT_RIGHT", "No."), "has not the form that it needs"),
        (ResourceExhausted("TOO_MANY_REQUESTS", "No."), "still being answered"),
    ):
        backend.rights.refusal = refusal
        refused = await inside.post(f"{HOME}/correct", data={**form, NAME_FIELD: "Ada <i>", "details": "And <b>"})
        assert said in refused.text
        assert 'value="Ada &lt;i&gt;"' in refused.text
        assert ">And &lt;b&gt;</textarea>" in refused.text
    # A page without a field of its own says so as well, and promises nothing of a minute.
    erase = await inside.post(f"{HOME}/erase", data=form)
    assert ("still being answered" in erase.text, "minute" in erase.text) == (True, False)


async def test_words_beside_a_value_of_several_forms_leave_it_as_it_is(
    inside: httpx.AsyncClient, backend: Backend
) -> None:
    backend.rights.held.records[2].values.add(field=NAME_FIELD, value="Ada Lovelace")
    page = await inside.get(f"{HOME}/correct")
    assert "It stands there in several forms" in page.text
    await inside.post(
        f"{HOME}/correct", data={**fields(page), NAME_FIELD: "Ada <b>Byron</b>", "details": "Not my pot."}
    )
    (request,) = asked(backend, request_pb2.CreateRequestRequest)
    assert (list(request.corrections), request.details) == ([], "Not my pot.")


async def test_a_copy_is_handed_out_piece_by_piece(inside: httpx.AsyncClient) -> None:
    response = await inside.post(f"{HOME}/copy")
    assert response.content == b"PK\x03\x04 and more"
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == 'attachment; filename="copy.zip"'


async def test_a_program_gets_the_same_copy_by_the_api(door: Door, backend: Backend) -> None:
    async with door.client("widget", authorization=f"Bearer {backend.token()}") as client:
        response = await client.get("/v1/held:download")
    assert response.content == b"PK\x03\x04 and more"
    assert response.headers["content-disposition"] == 'attachment; filename="copy.zip"'


async def test_deleting_asks_once_more_then_ticks_off_the_stores_and_says_what_remains(
    inside: httpx.AsyncClient, backend: Backend
) -> None:
    page = await inside.get(f"{HOME}/erase")
    assert "Backups: the last one" in page.text
    assert not asked(backend, request_pb2.CreateRequestRequest)
    gone = await inside.post(f"{HOME}/erase", data=fields(page))
    (request,) = asked(backend, request_pb2.CreateRequestRequest)
    assert request.kind == request_pb2.SubjectRequest.KIND_ERASE
    order = [
        gone.text.index(words)
        for words in (
            TRACKING,
            "Chats, messages and files: done",
            "Codes, keys and being remembered: done",
            "Choices, requests and complaints: done",
            "Gone here.",
            "The last backup that may still hold it runs out on 28 June 2026.",
            "</html>",
        )
    ]
    assert order == sorted(order)
    assert gone.text.count("Chats, messages and files: done") == 1
    assert gone.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")
    # What follows it is asked by nobody in particular: the person's own token may be dead by now.
    anonymous = backend.grants[SLUG].access_token
    assert backend.metadata[-1]["authorization"] == [f"Bearer {anonymous}"]


async def test_a_code_that_is_good_no_more_leads_to_the_page_that_says_so(
    inside: httpx.AsyncClient, backend: Backend, door: Door
) -> None:
    await inside.get(HOME)
    await inside.post(f"{HOME}/erase", data=fields(await inside.get(f"{HOME}/erase")))
    del backend.grants[f"{SLUG}:{CODE}"]
    response = await inside.get(f"{HOME}/correct")
    assert response.status_code == 410
    assert "This has expired" in response.text
    assert f'href="{HOME}"' in response.text
    assert response.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")


async def test_a_restriction_and_an_objection_are_asked_for(inside: httpx.AsyncClient, backend: Backend) -> None:
    form = fields(await inside.get(f"{HOME}/object"))
    missing = await inside.post(f"{HOME}/object", data={**form, "details": "keep this"})
    assert (missing.status_code, ">keep this</textarea>" in missing.text) == (400, True)
    sent = await inside.post(f"{HOME}/object", data={**form, "kind": "RESTRICT", "details": ""})
    assert TRACKING in sent.text
    (request,) = asked(backend, request_pb2.CreateRequestRequest)
    assert request.kind == request_pb2.SubjectRequest.KIND_RESTRICT
    assert (await inside.get(f"{HOME}/requests/{numbered('req', 1)}")).status_code == 200
    assert (await inside.get(f"{HOME}/requests/{numbered('req', 2)}")).status_code == 404
