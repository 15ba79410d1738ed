"""What the demo's companies tell people: their notices and policies, in our own words, true of the software.

Each text is made from sentences that name the clauses which make them true. The shops begin, as any tenant may, with
the platform's templates; the house has texts of its own, because nothing of it goes to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from cli.demo.people import Company
from services.privacy.actions.templates import known_by_default
from services.privacy.domain.templates import Draft, Template, fill
from services.privacy.store.templates import read_template, templates

#: The house's own texts, each in the file of its name with `_` for the dot.
HOUSE = ("house.notice", "house.policy")


@cache
def texts() -> Mapping[str, Template]:
    """Returns every text of the demo by its name, the templates that the shops use among them."""
    folder = files("cli.demo.texts")
    house = [read_template(folder.joinpath(f"{name.replace('.', '_')}.toml").read_text("utf-8")) for name in HOUSE]
    return {**templates(), **{text.name: text for text in house}}


def notice_of(company: Company) -> Draft:
    """Returns what a company tells people before a chat."""
    return _written("house.notice" if company.is_house else "notice.short", {"company": company.name})


def policy_of(company: Company) -> Draft:
    """Returns a company's whole policy."""
    fillings = {"company": company.name, "contact": f"privacy@{company.slug}.example"}
    return _written("house.policy" if company.is_house else "policy.plain", fillings)


def blocks_of(draft: Draft) -> list[tuple[bool, str]]:
    """Returns a text's paragraphs in order, each with whether it is a heading."""
    return [(block.startswith("# "), block.removeprefix("# ")) for block in draft.text.split("\n\n")]


def _written(name: str, fillings: Mapping[str, str]) -> Draft:
    return fill(texts()[name], fillings, known_by_default())
