"""From a draft to a result: a survey is made, published, offered, answered and counted."""

from __future__ import annotations

from tests.platform import Platform
from tests.survey.asking import asking, definition, question


async def test_a_survey_goes_from_its_draft_to_its_results(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(
        definition(question("NPS", "nps"), question("SINGLE_CHOICE", "why", choices=["quick", "kind"]))
    )
    visitor = await shop.tenant.visitor("Ann")
    invitation = await shop.offer(visitor.token)
    opened = await shop.open(visitor.token, invitation)
    assert [each.id for each in opened.definition.sections[0].questions] == ["q_00000nps", "q_00000why"]
    assert not opened.needs_age
    kept = await shop.submit(visitor.token, invitation, {"nps": 10, "why": ["kind"]})
    assert (kept.kept_count, kept.dropped_count) == (2, 0)
    for number in range(11):
        await shop.answered(survey.id, {"nps": 9 if number % 2 else 10, "why": ["kind"]})
    assert await shop.seal() == 12
    results = await shop.look(survey.id)
    assert results.threshold == results.count == 10
    assert [cell.count for cell in results.questions[1].cells] == [0, 10]
    assert results.funnel.offered == 12
    assert results.funnel.submitted == 10
