"""A site's logo is drawn anew, small, and shown to that site's visitors alone."""

from __future__ import annotations

import io

import pytest
from parley.identity.v1 import site_logo_pb2, site_logo_pb2_grpc, site_pb2
from PIL import Image

from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from tests.platform import Member, Platform, Tenant


def a_picture(width: int = 900, height: int = 300, form: str = "JPEG") -> bytes:
    """Returns a picture that says where it was taken."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "Secret Street 7"
    Image.new("RGB", (width, height), "teal").save(out, form, exif=exif)
    return out.getvalue()


def stub(platform: Platform) -> site_logo_pb2_grpc.SiteLogoServiceStub:
    return site_logo_pb2_grpc.SiteLogoServiceStub(platform.channels.of("identity"))


async def set_logo(platform: Platform, token: str, site_id: str, image: bytes) -> bytes:
    request = site_logo_pb2.SetSiteLogoRequest(site_id=site_id, image=image)
    return bytes((await platform.call(stub(platform).SetSiteLogo, request, token=token)).image)


async def shown(platform: Platform, token: str) -> tuple[bool, bytes]:
    """Returns what a visitor's panel learns."""
    site = await platform.call(platform.sites.GetWidgetSite, site_pb2.GetWidgetSiteRequest(), token=token)
    logo = await platform.call(stub(platform).GetWidgetLogo, site_logo_pb2.GetWidgetLogoRequest(), token=token)
    return site.has_logo, logo.image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_logo_is_drawn_anew_and_small_and_shown_by_the_panel(platform: Platform, form: str) -> None:
    tenant = await platform.tenant()
    anonymous = await tenant.anonymous()
    assert await shown(platform, anonymous) == (False, b"")
    kept = await set_logo(platform, tenant.admin.token, tenant.site.id, a_picture(form=form))
    assert b"Secret Street" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.width, image.height) == ("PNG", 128, 43)
    assert await shown(platform, anonymous) == (True, kept)
    remove = site_logo_pb2.RemoveSiteLogoRequest(site_id=tenant.site.id)
    for _ in range(2):
        await platform.call(stub(platform).RemoveSiteLogo, remove, token=tenant.admin.token)
    assert await shown(platform, anonymous) == (False, b"")


async def test_what_is_no_picture_changes_nothing(platform: Platform, shop: Tenant) -> None:
    kept = await set_logo(platform, shop.admin.token, shop.site.id, a_picture())
    bomb = a_picture(6000, 6000, "PNG")
    for wrong in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n", a_picture()[:400], bomb, b"x"):
        with pytest.raises(InvalidArgument, match="IMAGE_"):
            await set_logo(platform, shop.admin.token, shop.site.id, wrong)
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
        await set_logo(platform, shop.admin.token, shop.site.id, b"")
    assert await shown(platform, await shop.anonymous()) == (True, kept)


async def test_a_logo_is_set_by_the_sites_own_administrators(platform: Platform, shop: Tenant, robin: Member) -> None:
    stranger = await platform.tenant()
    with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
        await set_logo(platform, stranger.admin.token, shop.site.id, a_picture())
    with pytest.raises(PermissionDenied):
        await set_logo(platform, robin.token, shop.site.id, a_picture())
