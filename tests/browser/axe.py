"""Asks axe whether a page can be used by everybody, in the light and in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
from playwright.async_api import Frame, Page

#: A transition half-way has colours that it never comes to rest on.
_AT_REST = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  const finite = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(finite.map(({ finished }) => finished));
}"""
_SCHEME = """() => [
  matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light", getComputedStyle(document.body).color,
]"""
_RUN = """async (rules) => {
  const found = await axe.run(document, { ...rules, resultTypes: ["violations"], iframes: false });
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id} at ${target.join(" ")}: ${failureSummary}`));
}"""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LOOKS = 3
#: What axe calls the one rule whose answer depends on the scheme; it takes most of the time on a long page.
_COLOURS = "color-contrast"
WHOLE: dict[str, Any] = {}
ONLY_COLOURS: dict[str, Any] = {"runOnly": [_COLOURS]}
BUT_COLOURS: dict[str, Any] = {"rules": {_COLOURS: {"enabled": False}}}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def faults(document: Page | Frame, rules: dict[str, Any] = WHOLE) -> list[str]:
    """Returns what axe finds in a document, without the documents that it frames, by all rules or some of them."""
    await document.evaluate(_AT_REST)
    if not await document.evaluate("() => 'axe' in window"):
        await document.evaluate(AXE)
    found: list[Any] = await document.evaluate(_RUN, rules)
    return [str(each) for each in found]


async def check(page: Page, what: str, frame: Frame | None = None) -> None:
    """Fails where axe finds anything in a page, or in a frame of it, in either scheme."""
    document = frame or page
    for scheme in SCHEMES:
        before: list[Any] = await document.evaluate(_SCHEME)
        await page.emulate_media(color_scheme=scheme)
        if before[0] != scheme:
            # The page hears of the other scheme before it is drawn in its colours.
            await document.wait_for_function("([, ink]) => getComputedStyle(document.body).color !== ink", arg=before)
        rules = WHOLE if scheme == SCHEMES[0] else ONLY_COLOURS
        found = await faults(document, rules)
        for _ in range(LOOKS - 1):
            if found:
                # On a busy machine colours may still be changing; what is wrong with the page stays wrong.
                found = await faults(document, rules)
        assert not found, f"{what}, {scheme}: " + "\n".join(found)
