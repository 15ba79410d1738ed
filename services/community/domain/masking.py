"""What is masked in posts until somebody has decided, and how a text reads without it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import unescape

from kernel.errors import FailedPrecondition
from services.community.domain import quoting
from services.community.domain.contacts import MASK
from services.community.domain.posts import HIDDEN_PENDING, SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """What one case masks in a post; `body`, `title` and `state` are those from before anything was masked in it."""

    case_id: str
    post_id: str
    author_id: str
    body: str = field(repr=False)
    #: Empty where the title is not masked.
    title: str = field(repr=False)
    state: int
    #: Empty where the whole post is hidden.
    words: Sequence[str] = field(repr=False)


def without(text: str, words: Iterable[str]) -> str:
    """Returns a text in which words are masked, however they are written."""
    for each in words:
        text = re.sub(re.escape(each), MASK, text, flags=re.IGNORECASE)
    return text


def is_visible(html: str, words: str) -> bool:
    """Says whether whoever reads a post reads some words, whatever stands between them in its source."""
    return _plain(words) in _plain(unescape(re.sub(r"<[^>]*>", "", html)))


def unmasked(kept: Masked, others: Sequence[Masked], state: int) -> tuple[str, str, int]:
    """Returns text, title and state of a post out of which one case takes its mask; what others mask stays masked."""
    words = [word for each in others for word in each.words]
    if state in SHOWN or state == HIDDEN_PENDING:
        is_hidden = any(not each.words for each in others)
        state = HIDDEN_PENDING if is_hidden else kept.state if state == HIDDEN_PENDING else state
    return without(kept.body, words), without(kept.title, words), state


def narrowed(kept: Masked, words: Sequence[str]) -> Masked:
    """Returns what another case has kept of a post, without words that are masked for good."""
    return replace(kept, body=without(kept.body, words), title=without(kept.title, words))


def check_unmasked(*, is_masked: bool) -> None:
    """Raises FailedPrecondition where a change could bring back what is masked, or be lost with the mask."""
    if is_masked:
        raise FailedPrecondition(
            "POST_MASKED", "Something in it is masked until somebody has decided about it. Nothing was changed."
        )


def check_said(text: str, masks: Iterable[Masked]) -> None:
    """Raises FailedPrecondition for a text that says, or quotes, what is masked in its topic until it is decided."""
    for each in masks:
        lines = quoting.lines_of([each.body]) if not each.words else frozenset[str]()
        if without(text, each.words) != text or quoting.quoted(text, lines):
            raise FailedPrecondition(
                "WORDS_MASKED",
                "Some of these words are masked in this topic until somebody has decided about them. Nothing was kept.",
            )


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
