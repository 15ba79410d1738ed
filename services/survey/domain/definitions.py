"""What may be published: ids that are never used again, conditions that speak of what stands before, and the system's
age question first wherever something personal is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from parley.survey.v1.definition_pb2 import Definition, Question

from services.survey.domain import expression
from services.survey.domain.expression.checking import Asked
from services.survey.domain.questions import (
    AGE,
    AGE_QUESTION,
    AGE_SECTION,
    EMAIL,
    POSTAL_CODE,
    SCALES,
    WITH_CHOICES,
    is_personal,
    questions_of,
)

#: What a survey may weigh, translations included.
LARGEST_BYTES, MOST_QUESTIONS = 512 * 1024, 100
_AGE_TEXT = "How old are you, in full years?"
_AGE_HELP = "Your age itself is not kept, only a range. You may leave it blank and skip the personal questions."


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong: where, as a stable word, and as a sentence."""

    at: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was published before: every id that ever was, and those that the newest version still has."""

    #: The kind of every question that was ever published.
    kinds: Mapping[str, int] = field(default_factory=dict)
    #: The question of every choice that was ever published.
    choices: Mapping[str, str] = field(default_factory=dict)
    #: What the newest version has, sections included.
    current: frozenset[str] = frozenset()
    #: Every section that ever was.
    sections: frozenset[str] = frozenset()

    def is_retired(self, id_: str) -> bool:
        """Says whether an id was used and given up."""
        return id_ not in self.current and (id_ in self.kinds or id_ in self.choices or id_ in self.sections)


def history_of(versions: list[Definition]) -> History:
    """Returns what was published before, of all versions, oldest first."""
    kinds: dict[str, int] = {}
    choices: dict[str, str] = {}
    sections: set[str] = set()
    for version in versions:
        sections |= {section.id for section in version.sections}
        for question in questions_of(version):
            kinds[question.id] = question.kind
            choices |= {choice.id: question.id for choice in question.choices}
    current = frozenset(_ids(versions[-1])) if versions else frozenset[str]()
    return History(kinds=kinds, choices=choices, current=current, sections=frozenset(sections))


def _ids(definition: Definition) -> Iterator[str]:
    for section in definition.sections:
        yield section.id
        for question in section.questions:
            yield question.id
            yield from (choice.id for choice in question.choices)


def with_ids(definition: Definition, mint: Callable[[str], str]) -> Definition:
    """Returns a draft in which every part has an id, which `mint` makes, and without the system's question."""
    made = Definition()
    made.CopyFrom(definition)
    kept = [section for section in made.sections if section.id != AGE_SECTION]
    del made.sections[:]
    made.sections.extend(kept)
    for section in made.sections:
        section.id = section.id or mint("s")
        for question in section.questions:
            question.id = question.id or mint("q")
            for choice in question.choices:
                choice.id = choice.id or mint("c")
    return made


def asks_age(definition: Definition) -> bool:
    """Says whether the age has to be asked first."""
    return definition.asks_age or any(is_personal(question) for question in questions_of(definition))


def published_form(draft: Definition) -> Definition:
    """Returns what is published of a draft: the same, with the system's age question first where it has to be."""
    made = Definition()
    made.CopyFrom(draft)
    sections = [section for section in made.sections if section.id != AGE_SECTION]
    del made.sections[:]
    if asks_age(draft):
        first = made.sections.add(id=AGE_SECTION)
        first.questions.add(id=AGE_QUESTION, kind=AGE, text=_AGE_TEXT, help=_AGE_HELP)
    made.sections.extend(sections)
    return made


def content_hash(definition: Definition) -> str:
    """Returns the SHA-256 of a definition in its canonical form."""
    return sha256(definition.SerializeToString(deterministic=True)).hexdigest()


def complaints(draft: Definition, history: History) -> list[Complaint]:
    """Returns everything that is wrong with a draft whose parts have ids."""
    return [
        *_whole(draft),
        *_ids_wrong(draft, history),
        *_questions_wrong(draft, history),
        *_conditions_wrong(draft),
        *_translations_wrong(draft),
    ]


def _whole(draft: Definition) -> Iterator[Complaint]:
    count = sum(1 for _ in questions_of(draft))
    if not count:
        yield Complaint("", "NOTHING_ASKED", "The survey asks nothing.")
    if sum(1 for question in questions_of(draft) if question.kind == EMAIL) > 1:
        yield Complaint("", "ADDRESS_TWICE", "A survey asks for one address.")
    if count > MOST_QUESTIONS:
        yield Complaint("", "TOO_MANY_QUESTIONS", f"A survey asks at most {MOST_QUESTIONS} questions.")
    if draft.ByteSize() > LARGEST_BYTES:
        yield Complaint("", "TOO_LARGE", "The survey is too long, translations included.")


def _ids_wrong(draft: Definition, history: History) -> Iterator[Complaint]:
    seen: set[str] = set()
    for id_ in _ids(draft):
        if id_ in seen or id_ in (AGE_SECTION, AGE_QUESTION):
            yield Complaint(id_, "ID_TWICE", "Two parts have the same id.")
        elif history.is_retired(id_):
            yield Complaint(id_, "ID_USED_BEFORE", "This id stood for something else before, and is not used again.")
        seen.add(id_)
    for question in questions_of(draft):
        kind = history.kinds.get(question.id)
        if kind is not None and kind != question.kind:
            yield Complaint(question.id, "KIND_CHANGED", "The kind of a published question stays; ask a new one.")
        for choice in question.choices:
            if history.choices.get(choice.id, question.id) != question.id:
                yield Complaint(choice.id, "ID_USED_BEFORE", "This choice belongs to another question.")


def _questions_wrong(draft: Definition, history: History) -> Iterator[Complaint]:
    linked: set[str] = set()
    here = frozenset(_ids(draft))
    for question in questions_of(draft):
        at = question.id
        if question.kind == AGE:
            yield Complaint(at, "AGE_IS_ASKED_BY_THE_SYSTEM", "The age is asked by the system, first and once.")
        if question.required and is_personal(question):
            yield Complaint(at, "PERSONAL_REQUIRED", "What says something about a person cannot be required.")
        if question.kind in WITH_CHOICES and len(question.choices) < 2:
            yield Complaint(at, "CHOICES_MISSING", "There have to be two choices at least.")
        if question.kind not in WITH_CHOICES and question.choices:
            yield Complaint(at, "CHOICES_UNWANTED", "This kind of question has no choices.")
        if question.declared_purpose and question.kind != POSTAL_CODE:
            yield Complaint(at, "PURPOSE_UNWANTED", "A purpose is declared for postal codes only.")
        yield from _meaning_wrong(question, history, linked, here)


def _meaning_wrong(question: Question, history: History, linked: set[str], here: frozenset[str]) -> Iterator[Complaint]:
    earlier = question.same_meaning_as
    if not earlier:
        if any(choice.same_meaning_as for choice in question.choices):
            yield Complaint(question.id, "MEANING_UNKNOWN", "Choices mean the same only where their questions do.")
        return
    if history.kinds.get(earlier) != question.kind or earlier in here:
        yield Complaint(
            question.id, "MEANING_UNKNOWN", "No earlier question of this kind has this id and was given up."
        )
    if earlier in linked:
        yield Complaint(question.id, "MEANING_TWICE", "Two questions cannot mean the same as one.")
    linked.add(earlier)
    meant: set[str] = set()
    for choice in question.choices:
        if not choice.same_meaning_as:
            continue
        if history.choices.get(choice.same_meaning_as) != earlier:
            yield Complaint(choice.id, "MEANING_UNKNOWN", "The earlier question has no such choice.")
        if choice.same_meaning_as in meant:
            yield Complaint(choice.id, "MEANING_TWICE", "Two choices cannot mean the same as one.")
        meant.add(choice.same_meaning_as)


def _conditions_wrong(draft: Definition) -> Iterator[Complaint]:
    before: dict[str, Asked] = {}
    for section in draft.sections:
        if section.condition and (problem := expression.check(section.condition, before)) is not None:
            yield Complaint(section.id, problem.reason, problem.detail)
        for question in section.questions:
            if question.condition and (problem := expression.check(question.condition, before)) is not None:
                yield Complaint(question.id, problem.reason, problem.detail)
            before[question.id] = Asked(
                has_number=question.kind in SCALES,
                choices=frozenset(choice.id for choice in question.choices) if question.kind in WITH_CHOICES else None,
            )


def _translations_wrong(draft: Definition) -> Iterator[Complaint]:
    known = {"title", "consent", "thanks", AGE_QUESTION, f"{AGE_QUESTION}.help", *_ids(draft)}
    known |= {f"{question.id}.{part}" for question in questions_of(draft) for part in ("help", "low", "high")}
    languages: set[str] = set()
    for translation in draft.translations:
        tag = translation.language.lower()
        if tag in languages or tag == draft.language.lower():
            yield Complaint(translation.language, "LANGUAGE_TWICE", "The survey is in this language already.")
        languages.add(tag)
        for text in translation.texts:
            if text.of not in known:
                yield Complaint(text.of, "TRANSLATION_OF_NOTHING", "There is nothing that this is a translation of.")


def in_language(definition: Definition, wanted: str) -> Definition:
    """Returns a definition as somebody reads it: in the wanted language where there is one, without the others."""
    made = Definition()
    made.CopyFrom(definition)
    del made.translations[:]
    texts = _texts(definition, wanted)
    if texts is None:
        return made
    made.language, found = texts
    made.title = found.get("title", made.title)
    made.consent_text = found.get("consent", made.consent_text)
    made.thanks_text = found.get("thanks", made.thanks_text)
    for section in made.sections:
        section.title = found.get(section.id, section.title)
        for question in section.questions:
            question.text = found.get(question.id, question.text)
            question.help = found.get(f"{question.id}.help", question.help)
            question.low_label = found.get(f"{question.id}.low", question.low_label)
            question.high_label = found.get(f"{question.id}.high", question.high_label)
            for choice in question.choices:
                choice.text = found.get(choice.id, choice.text)
    return made


def _texts(definition: Definition, wanted: str) -> tuple[str, Mapping[str, str]] | None:
    wanted = wanted.lower()
    if not wanted or wanted == definition.language.lower():
        return None
    first = wanted.partition("-")[0]
    by_tag = {each.language.lower(): each for each in definition.translations}
    near = [tag for tag in by_tag if tag.partition("-")[0] == first]
    found = by_tag.get(wanted) or by_tag.get(first)
    if found is None and definition.language.lower().partition("-")[0] != first and near:
        found = by_tag[near[0]]
    return None if found is None else (found.language, {text.of: text.text for text in found.texts})


def meanings_of(definition: Definition, before: Mapping[str, str]) -> dict[str, str]:
    """Returns, for every question and choice with an earlier meaning, the id under which it is counted.

    `before` are the meanings of the versions so far, so that a chain leads to its first link.
    """
    found: dict[str, str] = {}
    for question in questions_of(definition):
        links = [(question.id, question.same_meaning_as)]
        links += [(choice.id, choice.same_meaning_as) for choice in question.choices]
        found |= {id_: before.get(earlier, earlier) for id_, earlier in links if earlier}
    return found
