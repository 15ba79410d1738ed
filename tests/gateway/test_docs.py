"""OpenAPI from the contract, a page of it for people, and pages that need nothing from anywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway import contract, openapi, pages
from gateway.pages import Notice, Pages
from kernel.config import Config
from tests.gateway.conftest import Door, a_door, without_web

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return openapi.document(contract.load(), "http://api.localhost:8400")


def test_every_routed_call_is_described(document: dict[str, Any]) -> None:
    operations = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    routed = list(contract.load().routed())
    assert len(operations) == len(routed) > 30
    assert all(each["summary"] for path in document["paths"].values() for each in path.values())


def test_the_rules_of_the_contract_are_keywords(document: dict[str, Any]) -> None:
    post = document["paths"]["/v1/conversations/{conversationId}/messages"]["post"]
    fields = post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert "conversationId" not in fields
    assert fields["body"]["minLength"] == 1
    assert fields["body"]["maxLength"] == 4000
    assert fields["clientMessageId"]["pattern"] == "^[A-Za-z0-9_-]{8,64}$"
    assert fields["body"]["x-parley-data"] == "DATA_MESSAGE"
    [parameter] = post["parameters"]
    assert parameter["schema"]["pattern"] == "^cnv_[0-9a-v]{26}$"
    staff = document["components"]["schemas"]["identity.v1.CreateStaffRequest"]["properties"]
    assert staff["email"]["format"] == "email"
    assert staff["roles"]["minItems"] == 1
    assert staff["roles"]["uniqueItems"]
    assert "CALLER_VISITOR" not in staff["roles"]["items"]["enum"]
    pages_ = document["paths"]["/v1/conversations"]["get"]["parameters"]
    assert next(each for each in pages_ if each["name"] == "pageSize")["schema"]["minimum"] == 0


def test_nested_paths_masks_and_streams_are_described(document: dict[str, Any]) -> None:
    patch = document["paths"]["/v1/sites/{site.id}"]["patch"]
    assert {each["name"]: each["in"] for each in patch["parameters"]} == {"site.id": "path", "updateMask": "query"}
    watch = document["paths"]["/v1/conversations/{conversationId}:watch"]["get"]
    assert "text/event-stream" in watch["responses"]["200"]["content"]
    assert "Last-Event-ID" in [each["name"] for each in watch["parameters"]]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            found = {node["$ref"]} if "$ref" in node else set()
            return found.union(*(references(each) for each in node.values()))
        return set().union(*(references(each) for each in node)) if isinstance(node, list) else set()

    for reference in references(document):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


async def test_the_page_of_it_is_whole_without_a_script(door: Door) -> None:
    async with door.client() as client:
        served = await client.get("/openapi.json")
        page = await client.get("/docs")
        problem = await client.get("/problems/ANYTHING")
    assert served.json()["openapi"] == "3.1.0"
    assert served.json()["servers"] == [{"url": "http://api.localhost:8400"}]
    for text in (page.text, problem.text):
        assert "<script" not in text
        assert " style=" not in text
        assert not re.search(r"(src|href)=\"(https?:)?//", text)
    assert page.text.count('<article class="call" id=') == len(list(contract.load().routed()))
    for name in ("authenticate", "subscribeInbox", "welcome", "pong", "4413"):
        assert name in page.text
    assert "ANYTHING" not in problem.text


@pytest.mark.parametrize(
    "notice", [each for each in vars(pages).values() if isinstance(each, Notice)], ids=lambda each: each.title
)
def test_every_page_stands_alone_and_says_what_to_do(notice: Notice) -> None:
    response = Pages("gateway-x.css").notice(notice)
    text = bytes(response.body).decode()
    assert response.status_code == notice.status
    assert notice.advice in text
    assert '<html lang="en" dir="ltr">' in text
    assert "<script" not in text
    assert "<style" not in text
    assert text.count("<h1>") == 1


async def test_the_pages_wear_the_tokens_of_the_web_part_where_it_is_built(config: Config) -> None:
    (config.web_dist / "tokens.css").write_text(":root { --accent: #123456; }")
    for each, built in ((config, True), (without_web(config), False)):
        async with a_door(each) as door, door.client() as client:
            page = await client.get("/docs")
            [stylesheet] = re.findall(r'href="(/assets/[^"]+\.css)"', page.text)
            text = (await client.get(stylesheet)).text
        assert ("#123456" in text) is built
        assert ".notice" in text
        assert "--accent:" in text


def test_the_stylesheet_uses_only_tokens_that_exist() -> None:
    static = ROOT / "gateway/pages/static"
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", (static / "pages.css").read_text()))
    for tokens in (static / "tokens.css", ROOT / "web/shared/tokens.css"):
        assert used <= set(re.findall(r"(--[a-z0-9-]+):", tokens.read_text())), tokens
