"""Any survey and any answers: what is kept was shown and fits, and the browser walks through it as the service does."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley.survey.v1 import definition_pb2
from parley.survey.v1.answering_pb2 import Answer
from parley.survey.v1.definition_pb2 import Definition, Question

from kernel.errors import InvalidArgument
from services.survey.domain.answers import AgeNeeded, shown_to, take
from services.survey.domain.definitions import History, asks_age, complaints, in_language, published_form
from services.survey.domain.questions import (
    AGE,
    AGE_QUESTION,
    CLOSED,
    EMAIL,
    SCALES,
    WITH_CHOICES,
    is_personal,
    questions_of,
    values_of,
)
from tests.survey.test_expression import node
from tools.web import WEB

KINDS = [kind for kind in definition_pb2.QuestionKind.values() if kind not in (0, AGE)]
CASES = 400
RUN = """
import { readFileSync } from "node:fs";
import { askedOf, written } from "./asked.mjs";
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
process.stdout.write(JSON.stringify(cases.map(([definition, answers, personal]) => {
  const asked = askedOf(definition, answers, personal);
  const shown = asked.sections.flatMap(({ questions }) => questions.map(({ id }) => id));
  return [shown, written(asked.given), asked.missing];
})));
"""


def a_survey(chance: random.Random) -> Definition:
    """Returns a survey that could be published, whose conditions speak of what stands before."""
    made = Definition(title="Any", language="en", asks_age=chance.random() < 0.2)
    before: list[Question] = []
    for number in range(chance.randint(1, 3)):
        section = made.sections.add(id=f"s_{number:0>8}", condition=a_condition(chance, before))
        for _ in range(chance.randint(1, 4)):
            # A survey asks for one address.
            kind = chance.choice([each for each in KINDS if each != EMAIL or EMAIL not in {one.kind for one in before}])
            asked = section.questions.add(
                id=f"q_{len(before):0>8}", kind=kind, text="Why?", condition=a_condition(chance, before)
            )
            asked.required = not is_personal(asked) and chance.random() < 0.3
            if kind in WITH_CHOICES:
                for choice in range(chance.randint(2, 4)):
                    asked.choices.add(id=f"c_{len(before):0>4}{choice:0>4}", text="This")
            before.append(asked)
    return made


def a_condition(chance: random.Random, before: list[Question]) -> str:
    """Returns a condition on earlier questions, or none."""
    if not before or chance.random() < 0.4:
        return ""
    lines: list[Any] = []
    for _ in range(chance.randint(1, 3)):
        about = chance.choice(before)
        line: Any = ["answered", about.id]
        if about.kind in SCALES:
            line = [chance.choice(["<", "<=", "=", "!=", ">=", ">"]), ["value", about.id], chance.randint(0, 10)]
        elif about.kind in WITH_CHOICES:
            line = ["is", about.id, chance.choice(about.choices).id]
        lines.append(["not", line] if chance.random() < 0.3 else line)
    return json.dumps([chance.choice(["all", "any"]), *lines])


def some_answers(chance: random.Random, survey: Definition, *, wild: bool) -> list[Answer]:
    """Returns answers to some of a survey's questions; wild ones may fit no question at all."""
    found = []
    for asked in questions_of(survey):
        if chance.random() < 0.35:
            continue
        answer = Answer(question_id=asked.id)
        kind = chance.choice(KINDS) if wild and chance.random() < 0.2 else asked.kind
        if kind in SCALES:
            low, high = SCALES[kind]
            answer.number = chance.randint(low, high)
        elif kind in WITH_CHOICES:
            several = kind == definition_pb2.QUESTION_KIND_MULTIPLE_CHOICE
            choices = [choice.id for choice in asked.choices] or ["c_00000000"]
            answer.choice_ids.extend(chance.sample(choices, chance.randint(1, len(choices)) if several else 1))
        elif kind == EMAIL:
            answer.text = chance.choice(["ann@people.example", "ann"]) if wild else "ann@people.example"
        else:
            answer.text = chance.choice(["words", "  ", "1010 AB", "x" * 300] if wild else ["words", "1010"])
        found.append(answer)
    if wild and chance.random() < 0.1:
        found.append(Answer(question_id="q_nowhere0", number=1))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**48), st.booleans())
def test_what_is_kept_of_any_answers_to_any_survey_was_shown_and_fits(seed: int, has_pass: bool) -> None:
    chance = random.Random(seed)
    draft = a_survey(chance)
    assert complaints(draft, History()) == []
    survey = published_form(draft)
    assert published_form(survey) == survey
    first = next(questions_of(survey))
    assert (first.id == AGE_QUESTION) == asks_age(draft)
    assert asks_age(draft) or not any(is_personal(question) for question in questions_of(survey))
    assert in_language(survey, "xx") == survey
    answers = some_answers(chance, survey, wild=True)
    shown = set(shown_to(survey, answers))
    by_id = {question.id: question for question in questions_of(survey)}
    try:
        taken = take(survey, answers, has_pass=has_pass)
    except AgeNeeded:
        assert not has_pass
        assert any(is_personal(by_id[answer.question_id]) for answer in answers if answer.question_id in shown)
        return
    except InvalidArgument:
        return
    kept = {*taken.values, *taken.words}
    assert kept <= shown
    assert AGE_QUESTION not in kept
    assert has_pass or not any(is_personal(by_id[id_]) for id_ in kept)
    assert has_pass or not taken.email
    for id_, values in taken.values.items():
        assert by_id[id_].kind in CLOSED
        assert set(values) <= set(values_of(by_id[id_]))
        assert len(values) == 1 or by_id[id_].kind == definition_pb2.QUESTION_KIND_MULTIPLE_CHOICE
    said = [each for each in answers if each.HasField("number") or each.choice_ids or each.text.strip()]
    assert taken.count + taken.dropped == len(said)
    for question in questions_of(survey):
        assert not (question.required and question.id in shown) or question.id in kept


def test_the_browser_asks_what_the_service_shows_and_sends_what_it_keeps(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    cases = []
    for _ in range(CASES):
        survey = published_form(a_survey(chance))
        has_pass = chance.random() < 0.7
        answers = [answer for answer in some_answers(chance, survey, wild=False) if answer.question_id != AGE_QUESTION]
        cases.append((survey, answers, has_pass or not asks_age(survey)))
    bundler = WEB / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    source = WEB / "shared" / "survey" / "asked.ts"
    node(tmp_path, str(bundler), str(source), "--format", "esm", "--file", str(tmp_path / "asked.mjs"))
    (tmp_path / "run.mjs").write_text(RUN)
    (tmp_path / "cases.json").write_text(
        json.dumps([[_told(survey), _given(answers), personal] for survey, answers, personal in cases])
    )
    browser = json.loads(node(tmp_path, "run.mjs", "cases.json"))
    for (survey, answers, personal), (shown, sent, missing) in zip(cases, browser, strict=True):
        by_id = {question.id: question for question in questions_of(survey)}
        mine = [each for each in answers if personal or not is_personal(by_id[each.question_id])]
        expected = [id_ for id_ in shown_to(survey, mine) if personal or not is_personal(by_id[id_])]
        assert shown == [id_ for id_ in expected if id_ != AGE_QUESTION], seed
        written = [json_format.ParseDict(each, Answer()) for each in sent]
        if missing:
            try:
                take(survey, written, has_pass=True)
            except InvalidArgument:
                continue
            raise AssertionError(seed)
        taken = take(survey, written, has_pass=personal)
        assert (taken.dropped, taken.count) == (0, len(written)), seed


def _told(survey: Definition) -> dict[str, Any]:
    told: dict[str, Any] = json_format.MessageToDict(survey, always_print_fields_with_no_presence=True)
    return told


def _given(answers: list[Answer]) -> dict[str, Any]:
    return {
        each.question_id: each.number if each.HasField("number") else list(each.choice_ids) or each.text
        for each in answers
    }
