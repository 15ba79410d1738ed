"""What a template of a notice or a policy is, and how a draft is written from it: sentence by sentence.

Every sentence names the clauses that make it true. One that needs something that the tenant did not fill in is left
out, so that no draft has a gap in it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from parley.privacy.v1 import template_pb2

from kernel.errors import InvalidArgument, NotFound

NOTICE = template_pb2.Template.KIND_NOTICE
POLICY = template_pb2.Template.KIND_POLICY

_BLANKS = re.compile(r"\s+")


def no_such_template() -> NotFound:
    """Returns the answer to a template that does not exist."""
    return NotFound("TEMPLATE_NOT_FOUND", "There is no such template.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that only the tenant knows."""

    name: str
    label: str
    hint: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence, with the clauses that make it true."""

    text: str
    clauses: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """What has to be known to write it."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.text) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Sentences that stand together, below a heading or without one."""

    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text to begin with."""

    name: str
    kind: int
    language: str
    title: str
    gaps: tuple[Gap, ...]
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was written from a template."""

    text: str
    sentences: tuple[Sentence, ...]


def fill(template: Template, fillings: Mapping[str, str], known: Mapping[str, str]) -> Draft:
    """Returns a draft from what the tenant filled in and what the platform knows of the tenant's settings.

    Raises InvalidArgument, naming the gaps, where a required one is empty or one is filled that is not there.
    """
    given = {name: _BLANKS.sub(" ", value).strip() for name, value in fillings.items()}
    gaps = {gap.name for gap in template.gaps}
    wrong = [(f"fillings.{name}", "is no gap of this template") for name in sorted(given.keys() - gaps)]
    wrong += [
        (f"fillings.{gap.name}", "must be filled in")
        for gap in template.gaps
        if gap.required and not given.get(gap.name)
    ]
    if wrong:
        raise InvalidArgument("TEMPLATE_INCOMPLETE", "Some gaps have to be filled in first.", fields=wrong)
    values = {**known, **{name: value for name, value in given.items() if value}}
    paragraphs: list[str] = []
    sentences: list[Sentence] = []
    for paragraph in template.paragraphs:
        written = list(_written(paragraph.sentences, values))
        if written:
            if paragraph.heading:
                paragraphs.append(f"# {paragraph.heading}")
            paragraphs.append(" ".join(sentence.text for sentence in written))
            sentences.extend(written)
    return Draft(text="\n\n".join(paragraphs), sentences=tuple(sentences))


def _written(sentences: Sequence[Sentence], values: Mapping[str, str]) -> Iterator[Sentence]:
    for sentence in sentences:
        if sentence.names <= values.keys():
            yield Sentence(text=sentence.text.format_map(values), clauses=sentence.clauses)
