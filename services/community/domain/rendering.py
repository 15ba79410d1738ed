"""Renders what members write, once, when it is written: Markdown first, then only what is harmless is left of it.

A raised VERSION tells which posts an older renderer made; they stay as they are until somebody renders them again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.community.domain.polls import Poll

VERSION = 1
#: What links carry: search engines follow none, and the page that is opened learns of none.
REL = "nofollow ugc noopener"

_TAGS = set("p br strong em s code pre blockquote ul ol li a h3 hr table thead tbody tr th td".split())
_ATTRIBUTES = {"a": {"href", "title", "class"}, "ol": {"start"}, "code": set[str]()}
_SCHEMES = {"http", "https"}
_MENTION = re.compile(r"(?<![\w/@.-])@([a-z0-9][a-z0-9_-]{2,29})(?![\w@])")
_MOST_MENTIONS = 20

# Raw HTML is text; pictures would tell their host who reads, and become links.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_markdown.disable(["image", "html_block", "html_inline"])
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes=_SCHEMES,
    link_rel=REL,
    allowed_classes=None,
    strip_comments=True,
)


def render(body: str) -> str:
    """Returns a post as HTML that is safe in a page of ours."""
    tokens = _markdown.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            # The page has its own outline; what a post calls a heading is one below it.
            token.tag = "h3"
        if token.children is not None:
            token.children = _with_mentions(token.children)
    return _cleaner.clean(_markdown.renderer.render(tokens, _markdown.options, {}))


def render_poll(poll: Poll | None) -> str:
    """Returns what a poll asks as HTML, for whoever reads what a report was about; nothing for none."""
    if poll is None:
        return ""
    options = "".join(f"<li>{escape(each.text)}</li>" for each in poll.options)
    return f"<p>{escape(poll.question)}</p><ul>{options}</ul>"


def mentions(body: str) -> list[str]:
    """Returns the names that a post mentions, outside of code, each once."""
    found: list[str] = []
    for token in _markdown.parse(body):
        for child in token.children or ():
            if child.type == "text":
                found += _MENTION.findall(child.content)
    return list(dict.fromkeys(found))[:_MOST_MENTIONS]


def _with_mentions(children: Sequence[Token]) -> list[Token]:
    made: list[Token] = []
    links = 0
    for child in children:
        links += child.type == "link_open"
        links -= child.type == "link_close"
        if child.type != "text" or links:
            made.append(child)
            continue
        at = 0
        for found in _MENTION.finditer(child.content):
            made.append(_text(child.content[at : found.start()]))
            # Every page with posts stands at one depth, so that this leads to the member from each of them.
            opened = Token("link_open", "a", 1, attrs={"href": f"../m/{found[1]}", "class": "mention"})
            made += [opened, _text(found[0]), Token("link_close", "a", -1)]
            at = found.end()
        made.append(_text(child.content[at:]))
    return made


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
