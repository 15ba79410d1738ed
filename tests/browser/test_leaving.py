"""What an administrator takes along before the organisation closes."""

from __future__ import annotations

import json
import zipfile

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People


async def test_settings_and_surveys_are_taken_along_in_one_archive(people: People) -> None:
    admin = await people.operator("admin", reduced_motion="reduce")
    page = admin.page
    await page.goto(f"{people.demo.origin('console')}/#/settings/organisation")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Save settings and surveys").click()
    file = await download.value
    assert file.suggested_filename == "fern-settings-and-surveys.zip"
    await expect(page.get_by_text("The archive was handed to your browser to save.")).to_be_visible()
    await axe.check(page, "the organisation")
    with zipfile.ZipFile(await file.path()) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    lists = {name: json.loads(text) for name, text in held.items() if name.endswith(".json")}
    assert [each["displayName"] for each in lists["sites.json"]["sites"]][:1] == ["Fern & Pot"]
    site = lists["sites.json"]["sites"][0]["id"]
    assert lists[f"sites/{site}-notices.json"]["notices"]
    staff = {each["displayName"] for each in lists["staff.json"]["staff"]}
    assert {"Maria Lindqvist", "Kai Nakamura"} <= staff
    assert all(
        lists[f"{name}.json"] for name in ("settings", "organisation", "tags", "canned-replies", "ticket-queues")
    )
    surveys = {name.partition("/")[2].partition(".")[0] for name in held if name.startswith("surveys/")}
    assert surveys, "the demo has surveys"
    assert any(name.endswith("-results.csv") for name in held)
    # Whoever finds the archive can sign in nowhere with it.
    for account in people.demo.tenant("fern")["accounts"]:
        assert not [name for name, text in held.items() if account["password"] in text]
