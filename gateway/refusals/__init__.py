"""Says to whoever is in front of a page why something was refused, in their language.

Every server-rendered page that has no closer sentence of its own asks here. A reason is stable and a service's own
sentence is English and written for programs, so the page's sentence goes by the reason: it says what did not happen,
what is safe and what to do next.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from starlette.responses import Response
from starlette.types import Scope

from gateway.pages import MAINTENANCE, NOT_FOUND, Notice, Pages
from gateway.privacy.visits import LANGUAGE
from gateway.privacy.words import choose
from gateway.problems import Problem
from gateway.refusals import ar, de, en, notices
from gateway.requests import cookie, text_header

SENTENCES: Mapping[str, Mapping[str, str]] = {"en": en.SENTENCES, "de": de.SENTENCES, "ar": ar.SENTENCES}


def said(problem: Problem, tag: str) -> str:
    """Returns what to say to a refusal in the language of a tag; by its status where the reason is not known here."""
    sentences = SENTENCES[tag]
    for key in (problem.reason, str(problem.status)):
        if key in sentences:
            return sentences[key]
    return sentences["400"]


def page(pages: Pages, scope: Scope, problem: Problem, *, missing: Collection[int] = (401, 404)) -> Response:
    """Returns what stands where a page would, for a refusal of which nobody's page can tell.

    `missing` are the statuses that look like an address where nothing is, so that whoever guesses learns no more.
    """
    language = choose(text_header(scope, b"accept-language"), preferred=cookie(scope, LANGUAGE))
    spoken = {"language": language.TAG, "direction": language.DIRECTION}
    if problem.status >= 500:
        return pages.notice(notices.told(MAINTENANCE, language.TAG), **spoken)
    if problem.status in missing:
        return pages.notice(notices.told(NOT_FOUND, language.TAG), **spoken)
    title = SENTENCES[language.TAG]["title"]
    refused = Notice(
        status=problem.status,
        title=title,
        happened=said(problem, language.TAG),
        safe="",
        advice="",
        retry_seconds=0 if problem.retry_after is None else max(1, math.ceil(problem.retry_after.total_seconds())),
    )
    return pages.notice(refused, headers=problem.headers, **spoken)


def fields_of(problem: Problem) -> frozenset[str]:
    """Returns the names of the fields at fault, as they stand in forms: without the message that holds them."""
    return frozenset(name.rsplit(".", 1)[-1] for name, _ in problem.fields)
