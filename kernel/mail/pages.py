"""Reads pages that came by mail: as words, and as a page that can be shown, from which nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

LONGEST_PAGE, MOST_TAGS = 400_000, 5_000

_TAGS = frozenset(
    "a abbr b blockquote br caption center code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins "
    "kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start"},
    "*": {"dir", "lang"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that can be shown: its pictures are files of the same mail, and it names no other."""

    html: str
    #: How many pictures were left out because they lie elsewhere: who fetches one tells that the mail was read.
    blocked: int

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Page(…)"


def is_showable(page: str) -> bool:
    """Says whether a page is of a size that a person's program makes; others are kept as files."""
    return len(page) <= LONGEST_PAGE and page.count("<") <= MOST_TAGS


def clean(page: str, content_ids: Collection[str]) -> Page:
    """Returns a page without what could run, fetch or deceive; pictures that came with the mail stay, as `cid:`."""
    if not is_showable(page):
        return Page(html="", blocked=0)
    blocked = 0

    def judge(tag: str, attribute: str, value: str) -> str | None:
        nonlocal blocked
        if tag == "img" and attribute == "src":
            if value.startswith("cid:") and value[4:] in content_ids:
                return value
            blocked += 1
            return None
        if attribute == "href" and value.lower().startswith("cid:"):
            return None
        return value

    html = nh3.clean(
        page,
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "head", "title", "object", "svg", "math", "noscript", "template"},
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return Page(html=html, blocked=blocked)


class _Words(HTMLParser):
    """Collects the words of a page, a line for each block; scripts and styles are no words."""

    _BLOCKS = frozenset({"p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3", "hr"})
    _SILENT = frozenset({"script", "style", "head", "title"})

    def __init__(self, *, quotes: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._ignored = self._SILENT if quotes else self._SILENT | {"blockquote"}
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._ignored:
            self._silent += 1
        if tag in self._BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._ignored:
            self._silent = max(0, self._silent - 1)
        if tag in self._BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def words_of(page: str, *, quotes: bool = False) -> str:
    """Returns the words of a page; without those that it quotes, unless they are wanted."""
    words = _Words(quotes=quotes)
    with suppress(Exception):
        words.feed(page[:LONGEST_PAGE])
        words.close()
    return re.sub(r"\n{2,}", "\n\n", "".join(words.words)).strip()
