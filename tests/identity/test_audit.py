"""Who changed what in a tenant's administration: written with the change, never over it, and read by few."""

from __future__ import annotations

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from parley.identity.v1 import api_key_pb2, audit_pb2, invitation_pb2, site_pb2, staff_pb2, tenant_pb2
from parley.options.v1 import access_pb2
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from kernel.errors import Aborted, PermissionDenied
from kernel.storage import Database, runtime_url
from tests.identity.test_entry_links import an_email, invite
from tests.platform import ADMIN, OFFICER, OPERATOR, Member, Platform, Tenant


async def entries(platform: Platform, member: Member, kind: str = "") -> list[audit_pb2.AuditEntry]:
    """Returns what was changed, the latest first."""
    answer = await platform.call(
        platform.audit.ListAuditEntries, audit_pb2.ListAuditEntriesRequest(kind=kind), token=member.token
    )
    return list(answer.entries)


async def test_every_change_of_the_administration_is_on_record(platform: Platform) -> None:
    tenant = await platform.tenant()
    admin = await tenant.member(ADMIN)
    site = tenant.site
    site.colour = "#1f5f4d"
    await platform.call(
        platform.sites.UpdateSite,
        site_pb2.UpdateSiteRequest(site=site, update_mask=FieldMask(paths=["colour"])),
        token=admin.token,
    )
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="staff.session_hours", value_json="8"),
        token=admin.token,
    )
    team = await platform.call(
        platform.staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name="Nights"), token=admin.token
    )
    key = await platform.call(
        platform.api_keys.CreateApiKey,
        api_key_pb2.CreateApiKeyRequest(display_name="Export", scopes=["chat.read"]),
        token=admin.token,
    )
    await platform.call(
        platform.api_keys.RevokeApiKey,
        api_key_pb2.RevokeApiKeyRequest(api_key_id=key.api_key.id),
        token=admin.token,
    )
    invited = await platform.call(
        platform.invitations.InviteStaff,
        invitation_pb2.InviteStaffRequest(email=an_email(), display_name="Ines Somebody", roles=[OPERATOR]),
        token=admin.token,
    )
    found = [each for each in await entries(platform, admin) if each.staff_id == admin.id]
    assert [(each.action, each.target_id) for each in found] == [
        ("staff.invited", invited.staff.id),
        ("api_key.revoked", key.api_key.id),
        ("api_key.created", key.api_key.id),
        ("team.created", team.team.id),
        ("setting.updated", "staff.session_hours"),
        ("site.updated", site.id),
    ]
    told = {each.action: {c.field: (c.before_json, c.after_json) for c in each.changes} for each in found}
    assert told["site.updated"] == {"colour": ('""', '"#1f5f4d"')}
    assert told["setting.updated"] == {"value": ("12", "8")}
    assert [each.action for each in await entries(platform, admin, kind="setting")] == ["setting.updated"]


async def test_the_record_tells_what_is_numbered_by_its_name(platform: Platform) -> None:
    tenant = await platform.tenant()
    member = await invite(platform, tenant, an_email())
    member.roles.append(access_pb2.CALLER_SUPERVISOR)
    await platform.call(
        platform.staff.UpdateStaff,
        staff_pb2.UpdateStaffRequest(staff=member, update_mask=FieldMask(paths=["roles"])),
        token=tenant.admin.token,
    )
    site = tenant.site
    site.position = site_pb2.Site.POSITION_START
    await platform.call(
        platform.sites.UpdateSite,
        site_pb2.UpdateSiteRequest(site=site, update_mask=FieldMask(paths=["position"])),
        token=tenant.admin.token,
    )
    told = {
        (each.action, change.field): (change.before_json, change.after_json)
        for each in await entries(platform, tenant.admin)
        for change in each.changes
    }
    assert told["staff.updated", "roles"] == ('["CALLER_OPERATOR"]', '["CALLER_OPERATOR","CALLER_SUPERVISOR"]')
    assert told["site.updated", "position"][1] == '"POSITION_START"'


async def test_the_record_names_no_person_and_no_secret(platform: Platform) -> None:
    tenant = await platform.tenant()
    email = an_email()
    member = await invite(platform, tenant, email)
    member.display_name = "Another Name"
    await platform.call(
        platform.staff.UpdateStaff,
        staff_pb2.UpdateStaffRequest(staff=member, update_mask=FieldMask(paths=["display_name"])),
        token=tenant.admin.token,
    )
    written = [each.SerializeToString() for each in await entries(platform, tenant.admin)]
    assert any(b"display_name" in each for each in written)
    for word in (email, "Another Name", "Ines"):
        assert not any(word.encode() in each for each in written)


async def test_a_change_that_is_refused_leaves_no_entry(platform: Platform) -> None:
    tenant = await platform.tenant()
    before = await entries(platform, tenant.admin)
    site = tenant.site
    site.etag, site.colour = "77", "#000000"
    with pytest.raises(Aborted, match="CHANGED_MEANWHILE"):
        await platform.call(
            platform.sites.UpdateSite,
            site_pb2.UpdateSiteRequest(site=site, update_mask=FieldMask(paths=["colour"])),
            token=tenant.admin.token,
        )
    assert await entries(platform, tenant.admin) == before


async def test_nobody_who_serves_may_change_an_entry(platform: Platform, shop: Tenant) -> None:
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "identity"))
    try:
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.transaction(shop.id) as connection:
                await connection.execute(text("UPDATE identity.audit_entries SET action = 'nothing'"))
    finally:
        await database.close()


async def test_administrators_and_officers_read_the_record_of_their_own_tenant(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    officer = await shop.member(OFFICER)
    found = await entries(platform, officer)
    # A shared tenant's record is longer than a page, so each kind is asked for by itself.
    for kind in ("site", "staff"):
        assert {each.action.partition(".")[0] for each in await entries(platform, officer, kind)} == {kind}
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await entries(platform, robin)
    other = await platform.tenant()
    theirs = {each.id for each in await entries(platform, other.admin)}
    assert theirs.isdisjoint(each.id for each in found)
    assert theirs
