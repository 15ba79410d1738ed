"""The demo's own notices and policies: each sentence names what makes it true, and the numbers are the settings'."""

from __future__ import annotations

import re

import pytest

from cli.demo.people import COMPANIES, Company
from cli.demo.texts import HOUSE, blocks_of, notice_of, policy_of, texts
from kernel.identity import Regime
from kernel.privacy.recipients import RECIPIENTS, is_allowed
from kernel.privacy.retention import PERIODS
from protos.rules import CLAUSES
from services.privacy.domain.feedback import DUE

#: What the platform does for tenants and never for its own house.
FOR_TENANTS = {"C17", "C19"}


def test_every_sentence_of_the_demo_names_clauses_that_there_are() -> None:
    sentences = [
        (name, sentence)
        for name, text in texts().items()
        for paragraph in text.paragraphs
        for sentence in paragraph.sentences
    ]
    assert {name for name, _ in sentences} >= {*HOUSE, "notice.short", "policy.plain"}
    assert [each for each in sentences if not each[1].clauses or not set(each[1].clauses) <= CLAUSES] == []


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.slug)
def test_what_a_company_tells_people_has_no_gap_and_the_periods_that_are_set(company: Company) -> None:
    notice, policy = notice_of(company), policy_of(company)
    days = {period.default for period in PERIODS} | {DUE.days, 30}
    for draft in (notice, policy):
        assert "{" not in draft.text
        assert company.name in draft.text
        assert {int(number) for number in re.findall(r"(\d+) days", draft.text)} <= days
    assert len(notice.text) < 1000
    assert any(is_heading for is_heading, _ in blocks_of(policy))
    assert " ".join(text for is_heading, text in blocks_of(policy) if not is_heading) == " ".join(
        sentence.text for sentence in policy.sentences
    )


def test_the_house_says_of_itself_only_what_holds_for_the_house() -> None:
    (house,) = [company for company in COMPANIES if company.is_house]
    said = {
        clause for draft in (notice_of(house), policy_of(house)) for each in draft.sentences for clause in each.clauses
    }
    assert not said & FOR_TENANTS
    assert "C12" in said
    assert not [
        each for each in RECIPIENTS.values() if is_allowed(Regime.HOUSE, each.kind) and each.kind.name == "TENANT"
    ]
