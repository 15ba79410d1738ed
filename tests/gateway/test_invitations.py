"""The launcher invites by the tenant's rules, and nobody who refused: by the browser's signal, or by a choice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
import pytest_asyncio
from google.protobuf.field_mask_pb2 import FieldMask
from parley.identity.v1 import chat_invitation_pb2, chat_invitation_pb2_grpc, recognition_pb2, site_pb2
from parley.privacy.v1 import choice_pb2

from kernel import ids
from tests.gateway.conftest import Door, a_door
from tests.identity.test_sign_in import the_database
from tests.platform import Platform, Tenant

RULE = ("/checkout*", 20, 'Can we "help"?\'`</script>')
RULES: list[object] = [list(RULE)]


@pytest_asyncio.fixture
async def door(platform: Platform, tmp_path: Path) -> AsyncIterator[Door]:
    """A gateway in front of the real services, with a launcher that holds nothing but the mark."""
    (tmp_path / "launcher.js").write_text('launch("PARLEY_INVITATIONS")')
    config = replace(platform.config, public_base="http://localhost:8400", port=0, web_dist=tmp_path, limit_requests=0)
    async with a_door(config) as opened:
        yield opened


async def invite(platform: Platform, tenant: Tenant, *, least_visits: int = 0) -> None:
    """Sets a rule on the tenant's site."""
    stub = chat_invitation_pb2_grpc.ChatInvitationServiceStub(platform.channels.of("identity"))
    page, seconds, text = RULE
    rules = [chat_invitation_pb2.ChatInvitation(page=page, seconds=seconds, text=text, least_visits=least_visits)]
    request = chat_invitation_pb2.UpdateChatInvitationsRequest(site_id=tenant.site.id, invitations=rules)
    await platform.call(stub.UpdateChatInvitations, request, token=tenant.admin.token)


async def offered(door: Door, tenant: Tenant, **headers: str) -> tuple[list[object], str, str]:
    """Returns the rules in the launcher, and how long and by what it may be kept."""
    async with door.client("widget", **headers) as client:
        answer = await client.get("/launcher.js", params={"site": tenant.site.key})
    assert answer.status_code == 200
    inside = answer.text.removeprefix('launch("').removesuffix('")')
    rules = [] if inside == "PARLEY_INVITATIONS" else json.loads(unquote(inside))
    return rules, answer.headers["cache-control"], answer.headers["vary"]


async def test_the_rules_come_with_the_launcher_and_are_no_script(door: Door, platform: Platform) -> None:
    tenant = await platform.tenant()
    assert await offered(door, tenant) == ([], "public, max-age=300", "Origin")
    tenant = await platform.tenant()
    await invite(platform, tenant)
    assert await offered(door, tenant) == (RULES, "private, no-cache", "Origin, Cookie, Sec-GPC")
    async with door.client("widget") as client:
        text = (await client.get("/launcher.js", params={"site": tenant.site.key})).text
    assert not set(text.removeprefix('launch("').removesuffix('")')) & set("\"'`<>\\")


async def test_the_launcher_stands_where_the_site_says(platform: Platform, tmp_path: Path) -> None:
    tenant = await platform.tenant()
    (tmp_path / "launcher.js").write_text('place("PARLEY_POSITION")')
    config = replace(platform.config, public_base="http://localhost:8400", port=0, web_dist=tmp_path, limit_requests=0)
    site = site_pb2.Site(id=tenant.site.id, position=site_pb2.Site.POSITION_START)
    for paths, said in (([], "PARLEY_POSITION"), (["position"], "at-start")):
        if paths:
            request = site_pb2.UpdateSiteRequest(site=site, update_mask=FieldMask(paths=paths))
            await platform.call(platform.sites.UpdateSite, request, token=tenant.admin.token)
        async with a_door(config) as door, door.client("widget") as client:
            answer = await client.get("/launcher.js", params={"site": tenant.site.key})
        assert (answer.text, answer.headers["cache-control"]) == (f'place("{said}")', "public, max-age=300")


async def test_a_browser_that_says_no_for_its_user_is_not_invited(door: Door, platform: Platform) -> None:
    tenant = await platform.tenant()
    await invite(platform, tenant)
    assert (await offered(door, tenant, **{"sec-gpc": "1"}))[0] == []


@pytest.mark.parametrize("kind", [choice_pb2.CHOICE_KIND_INVITATIONS, choice_pb2.CHOICE_KIND_CHAT])
async def test_a_visitor_who_refused_is_not_invited_and_may_chat(
    door: Door, platform: Platform, kind: choice_pb2.ChoiceKind.ValueType
) -> None:
    tenant = await platform.tenant()
    await invite(platform, tenant)
    visitor = await tenant.visitor("Zoë")
    cookie = {"cookie": f"__Host-parley_visitor={visitor.credential}"}
    assert (await offered(door, tenant, **cookie))[0] == RULES
    request = choice_pb2.RecordChoiceRequest(
        kind=kind, decision=choice_pb2.CHOICE_DECISION_REFUSED, notice_id=tenant.notice.id
    )
    await platform.call(platform.choices.RecordChoice, request, token=visitor.token)
    assert (await offered(door, tenant, **cookie))[0] == []
    # Nobody else is kept from it, and a cookie of nobody's names nobody.
    assert (await offered(door, tenant))[0] == RULES
    assert (await offered(door, tenant, cookie="__Host-parley_visitor=vc.made.up"))[0] == RULES
    assert (await tenant.visitor("Zoë")).conversation.id


async def test_whoever_comes_back_is_invited_by_the_number_of_visits_where_recognised_alone(
    door: Door, platform: Platform
) -> None:
    tenant = await platform.tenant()
    await invite(platform, tenant, least_visits=2)
    visitor, other = await tenant.visitor("Zoë"), await tenant.visitor("Yara")
    cookies = [{"cookie": f"__Host-parley_visitor={each.credential}"} for each in (visitor, other)]
    await platform.call(
        platform.recognition.RememberVisitor,
        recognition_pb2.RememberVisitorRequest(notice_id=tenant.notice.id),
        token=visitor.token,
    )
    assert [(await offered(door, tenant, **each))[0] for each in (*cookies, {})] == [[], [], []]
    async with the_database(platform) as owner:
        away = "UPDATE identity.recognitions SET visit_time = now() - interval '1 day' WHERE visitor_id = $1"
        await owner.execute(away, ids.to_uuid(visitor.conversation.visitor_id, "vis"))
    assert [(await offered(door, tenant, **each))[0] for each in (*cookies, {})] == [RULES, [], []]
    assert (await offered(door, tenant, **cookies[0], **{"sec-gpc": "1"}))[0] == []
