"""Invitations and forgotten passwords: one link, one use, and nothing that says who has an account."""

from __future__ import annotations

import asyncio
import re
import secrets
from email.message import Message

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from parley.identity.v1 import invitation_pb2, staff_pb2, tenant_pb2, token_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from services.identity.actions.entry_links import MAIL_JOB
from services.identity.actions.guessing import RESETS_OF_ACCOUNT
from tests.identity.test_email_proofs import mails
from tests.identity.test_sign_in import the_database
from tests.isolation.calls import attempt, bearer
from tests.platform import ADMIN, OPERATOR, PASSWORD, Member, Platform, Tenant

RESET = invitation_pb2.DESCRIPTOR.services_by_name["InvitationService"].methods_by_name["RequestPasswordReset"]
NEW = "quite another password"


async def invite(platform: Platform, tenant: Tenant, email: str, **more: str) -> staff_pb2.Staff:
    """Invites an operator."""
    made = await platform.call(
        platform.invitations.InviteStaff,
        invitation_pb2.InviteStaffRequest(email=email, display_name="Ines", roles=[OPERATOR], **more),
        token=tenant.admin.token,
    )
    found: staff_pb2.Staff = made.staff
    return found


async def reset(platform: Platform, slug: str, email: str) -> None:
    """Says that a password was forgotten."""
    await platform.call(
        platform.invitations.RequestPasswordReset,
        invitation_pb2.RequestPasswordResetRequest(tenant_slug=slug, email=email, network_address=secrets.token_hex(8)),
    )


def secrets_in(mail: Message) -> list[str]:
    """Returns the secrets of the links in a mail's text."""
    part = next(each for each in mail.walk() if each.get_content_type() == "text/plain")
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    return [str(found) for found in re.findall(r"/#/entry/(\S+)", text.decode())]


async def links(platform: Platform, email: str) -> list[str]:
    """Returns the secrets that were mailed to an address, once nothing waits to be mailed."""
    async with asyncio.timeout(10), the_database(platform) as owner:
        while await owner.fetchval("SELECT count(*) FROM identity.jobs WHERE kind = $1", MAIL_JOB):
            pass
    return [secret for mail in mails(platform) if mail["To"] == email for secret in secrets_in(mail)]


async def use(platform: Platform, secret: str, password: str = NEW) -> invitation_pb2.UseEntryLinkResponse:
    """Sets a password by a link."""
    answer: invitation_pb2.UseEntryLinkResponse = await platform.call(
        platform.invitations.UseEntryLink,
        invitation_pb2.UseEntryLinkRequest(entry_secret=secret, password=password),
    )
    return answer


async def signs_in(platform: Platform, slug: str, email: str, password: str) -> str:
    """Signs somebody in and returns the session."""
    answer = await platform.call(
        platform.tokens.SignIn, token_pb2.SignInRequest(tenant_slug=slug, email=email, password=password)
    )
    return str(answer.session)


def an_email() -> str:
    """Returns an address that nobody else has."""
    return f"{secrets.token_hex(6)}@people.example"


async def test_who_is_invited_chooses_a_password_and_is_in(platform: Platform, shop: Tenant) -> None:
    email = an_email()
    member = await invite(platform, shop, email)
    assert member.state == staff_pb2.Staff.STATE_INVITED
    for password in (PASSWORD, "nobody has this password"):
        with pytest.raises(Unauthenticated, match="SIGN_IN_REFUSED"):
            await signs_in(platform, shop.slug, email, password)
    (secret,) = await links(platform, email)
    shown = await platform.call(
        platform.invitations.CheckEntryLink, invitation_pb2.CheckEntryLinkRequest(entry_secret=secret)
    )
    assert (shown.display_name, shown.email, shown.tenant_slug, shown.is_invitation) == (
        "Ines",
        email,
        shop.slug,
        True,
    )
    assert (await use(platform, secret)).tenant_slug == shop.slug
    assert await signs_in(platform, shop.slug, email, NEW)
    with pytest.raises(PermissionDenied, match="LINK_REJECTED"):
        await use(platform, secret, "a third password, later")
    with pytest.raises(Unauthenticated):
        await signs_in(platform, shop.slug, email, "a third password, later")


async def test_the_first_administrator_of_a_tenant_is_invited_where_no_password_is_given(
    platform: Platform, house: Tenant
) -> None:
    above, email = await house.member(access_pb2.CALLER_PLATFORM_ADMIN), an_email()
    request = tenant_pb2.CreateTenantRequest(
        slug=f"x{secrets.token_hex(6)}", display_name="New here", admin_email=email, admin_display_name="Noor"
    )
    await platform.call(platform.tenants.CreateTenant, request, token=above.token)
    (secret,) = await links(platform, email)
    assert (await use(platform, secret)).tenant_slug == request.slug
    assert await signs_in(platform, request.slug, email, NEW)
    # Whoever types a password that is too short is refused, and not taken at another word.
    request.slug, request.admin_password = f"x{secrets.token_hex(6)}", "short"
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await platform.call(platform.tenants.CreateTenant, request, token=above.token)
    request.admin_password = ""
    with pytest.raises(PermissionDenied):
        await platform.call(platform.tenants.CreateTenant, request, token=house.admin.token)


async def test_a_link_is_used_by_one_of_two_at_once(platform: Platform, shop: Tenant) -> None:
    email = an_email()
    await invite(platform, shop, email)
    (secret,) = await links(platform, email)
    both = await asyncio.gather(
        use(platform, secret, "the password of one"),
        use(platform, secret, "the password of two"),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in both) == ["PermissionDenied", "UseEntryLinkResponse"]


async def test_a_repeated_invitation_makes_the_first_link_worthless(platform: Platform, shop: Tenant) -> None:
    email = an_email()
    member = await invite(platform, shop, email)
    (first,) = await links(platform, email)
    request = invitation_pb2.RepeatInvitationRequest(staff_id=member.id)
    await platform.call(platform.invitations.RepeatInvitation, request, token=shop.admin.token)
    (second,) = set(await links(platform, email)) - {first}
    with pytest.raises(PermissionDenied, match="LINK_REJECTED"):
        await use(platform, first)
    await use(platform, second)
    with pytest.raises(FailedPrecondition, match="NOT_INVITED"):
        await platform.call(platform.invitations.RepeatInvitation, request, token=shop.admin.token)
    other = await platform.tenant()
    with pytest.raises(NotFound, match="STAFF_MEMBER_NOT_FOUND"):
        await platform.call(platform.invitations.RepeatInvitation, request, token=other.admin.token)


async def test_nobody_but_the_owner_makes_an_invited_account_one_in_use(platform: Platform, shop: Tenant) -> None:
    member = await invite(platform, shop, an_email())
    request = staff_pb2.UpdateStaffRequest(staff=member, update_mask=FieldMask(paths=["state"]))
    request.staff.state = staff_pb2.Staff.STATE_ACTIVE
    with pytest.raises(InvalidArgument, match="STATE_INVALID"):
        await platform.call(platform.staff.UpdateStaff, request, token=shop.admin.token)


async def test_a_link_is_refused_when_it_is_old_or_its_owner_is_suspended(platform: Platform, shop: Tenant) -> None:
    for what in ("old", "suspended", "another tenant's", "none"):
        email = an_email()
        member = await invite(platform, shop, email)
        (secret,) = await links(platform, email)
        async with the_database(platform) as owner:
            if what == "old":
                await owner.execute(
                    "UPDATE identity.entry_links SET expire_time = now() WHERE staff_id = $1",
                    ids.to_uuid(member.id, "stf"),
                )
            if what == "suspended":
                await owner.execute("UPDATE identity.staff SET state = 2 WHERE id = $1", ids.to_uuid(member.id, "stf"))
        if what == "another tenant's":
            other = await platform.tenant()
            secret = secret.replace(shop.id.removeprefix("ten_"), other.id.removeprefix("ten_"))
        if what == "none":
            secret = "pel_" + "x" * 60
        with pytest.raises(PermissionDenied, match="LINK_REJECTED"):
            await use(platform, secret)


async def test_a_forgotten_password_is_chosen_anew_and_every_session_ends(platform: Platform, shop: Tenant) -> None:
    member = await shop.member()
    await reset(platform, shop.slug, member.email.upper())
    (secret,) = await links(platform, member.email)
    await use(platform, secret)
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=member.session)
        )
    with pytest.raises(Unauthenticated):
        await signs_in(platform, shop.slug, member.email, PASSWORD)
    assert await signs_in(platform, shop.slug, member.email, NEW)


async def test_nothing_tells_whether_an_address_has_an_account(platform: Platform, shop: Tenant) -> None:
    """The answer is the same to the byte, and the same rows are written whether somebody has it, or nobody."""
    member = await shop.member()
    written, heard = [], []
    async with the_database(platform) as owner:
        for email in (member.email, an_email()):
            before = await owner.fetchval("SELECT count(*) FROM identity.entry_links")
            request = invitation_pb2.RequestPasswordResetRequest(
                tenant_slug=shop.slug, email=email, network_address=secrets.token_hex(8)
            )
            metadata = bearer(platform.channels.tokens.make())
            heard.append(await attempt(platform.channels.of("identity"), RESET, request, metadata))
            written.append(await owner.fetchval("SELECT count(*) FROM identity.entry_links") - before)
    assert heard[0] == heard[1]
    assert written == [1, 1]
    nobody = an_email()
    await reset(platform, shop.slug, nobody)
    await reset(platform, f"no-{shop.slug}", nobody)
    assert await links(platform, nobody) == []


async def test_links_are_not_asked_for_without_end(platform: Platform, shop: Tenant) -> None:
    email = an_email()
    for _ in range(RESETS_OF_ACCOUNT.most):
        await reset(platform, shop.slug, email)
    with pytest.raises(ResourceExhausted, match="MAIL_LIMITED"):
        await reset(platform, shop.slug, email)


async def test_a_password_is_changed_by_who_knows_it(platform: Platform, shop: Tenant) -> None:
    member = await shop.member(ADMIN)
    elsewhere: Member = await platform.sign_in(shop.slug, member.email)

    async def change(current: str) -> None:
        await platform.call(
            platform.invitations.ChangePassword,
            invitation_pb2.ChangePasswordRequest(current_password=current, new_password=NEW),
            token=member.token,
        )

    with pytest.raises(PermissionDenied, match="PASSWORD_WRONG"):
        await change("not the password")
    await change(PASSWORD)
    exchange = token_pb2.ExchangeCredentialRequest
    with pytest.raises(Unauthenticated):
        await platform.call(platform.tokens.ExchangeCredential, exchange(session=elsewhere.session))
    assert await platform.call(platform.tokens.ExchangeCredential, exchange(session=member.session))
    assert await signs_in(platform, shop.slug, member.email, NEW)


@pytest.mark.parametrize(
    ("language", "words"),
    [("de-AT", "Passwort"), ("ar", "كلمة المرور"), ("", "choose your password"), ("tlh", "choose your password")],
)
async def test_a_link_comes_in_the_language_that_was_asked_for(
    platform: Platform, shop: Tenant, language: str, words: str
) -> None:
    email = an_email()
    member = await invite(platform, shop, email, language=language)
    await links(platform, email)
    repeat = invitation_pb2.RepeatInvitationRequest(staff_id=member.id)
    await platform.call(platform.invitations.RepeatInvitation, repeat, token=shop.admin.token)
    await links(platform, email)
    found = [text_of(mail) for mail in mails(platform) if mail["To"] == email]
    assert [words in text for text in found] == [True, True]


async def test_a_forgotten_password_is_answered_in_the_language_of_the_browser(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    request = invitation_pb2.RequestPasswordResetRequest(
        tenant_slug=shop.slug, email=robin.email, network_address=secrets.token_hex(8), language="de"
    )
    await platform.call(platform.invitations.RequestPasswordReset, request)
    await links(platform, robin.email)
    texts = [text_of(mail) for mail in mails(platform) if mail["To"] == robin.email]
    assert "jemand, wahrscheinlich Sie" in "".join(texts)


def text_of(mail: Message) -> str:
    """Returns a mail's text."""
    part = next(each for each in mail.walk() if each.get_content_type() == "text/plain")
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    return text.decode()
