"""Turns the category export of a forum that runs Discourse into a file that a community takes in.

It reads one JSON file and writes another, on this machine, and asks nobody for anything. What people had not shown to
everybody is not carried over: no address, no private message, nothing that was hidden, and no name besides the one to
post under unless it is asked for. Nothing is read by more people than it was. Each line is held to what an import takes
before it is written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from kernel import ids
from kernel.errors import InvalidArgument
from services.community.domain.accounts import RESERVED
from services.community.domain.transfer import FORMAT, read_line

EVERYBODY, MEMBERS, GROUP = 1, 2, 3
_INVITATION = 2
_DISCUSSION = 1
_LONGEST_POST, _LONGEST_TITLE = 20_000, 200
_CUT = "\n\n(The end was too long and is missing.)"
#: What is said where the rules of the other forum are not given.
RULES = "What stands here was posted elsewhere, under the rules of that place."
WARNING = "Whatever you post may be read, collected and used by others, and they may write to you because of it."

_QUOTE = re.compile(r'\[quote(?:="?(?P<who>[^,"\]]*)[^\]]*)?\]\n?(?P<text>(?:(?!\[quote).)*?)\n?\[/quote\]', re.DOTALL)
_FILE = re.compile(r"(?P<picture>!?)\[(?P<name>[^\]|]*)(?:\|[^\]]*)?\]\(upload://[^)\s]*\)")
_MARK = re.compile(r"\[/?(?:spoiler|details|poll|wrap|hide|grid|date|tag)(?:[ =][^\]\n]*)?\]", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w/@.-])@([\w.-]*\w)")
_TAGS = re.compile(r"<[^>]*>")


class NotAnExport(Exception):
    """The file is not what that forum writes; the text says what was looked for."""


@dataclass(slots=True)
class Counts:
    """What was written, and what was left out and why."""

    spaces: int = 0
    members: int = 0
    topics: int = 0
    posts: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def leave(self, why: str, count: int = 1) -> None:
        """Counts what is left out."""
        self.left[why] = self.left.get(why, 0) + count


def convert(source: Path, target: Path, *, rules: str = "", with_names: bool = False) -> Counts:
    """Reads an export and writes the file; raises NotAnExport. What is there already is not written over."""
    try:
        read = orjson.loads(source.read_bytes())
    except orjson.JSONDecodeError:
        raise NotAnExport("the file is no JSON") from None
    try:
        forum = _Forum(read, rules, with_names=with_names)
        made = b"".join(forum.lines())
    except (TypeError, ValueError, KeyError, AttributeError):
        raise NotAnExport("something in it is of another kind than that forum writes") from None
    with target.open("xb") as file:
        file.write(made)
    return forum.counts


class _Forum:
    """An export, as it becomes lines."""

    def __init__(self, read: Any, rules: str, *, with_names: bool) -> None:
        """Takes what was read."""
        if not isinstance(read, dict) or not all(isinstance(read.get(each), list) for each in ("categories", "topics")):
            raise NotAnExport("there are no lists of categories and topics in it")
        self.counts = Counts()
        self._rules, self._with_names = rules.strip() or RULES, with_names
        self._categories = _records(read["categories"])
        self._users = {each["id"]: each for each in _records(read.get("users") or [])}
        self._topics = sorted(_records(read["topics"]), key=lambda topic: str(topic.get("created_at")))
        self._terms_id = ids.new_id("trm")
        self._spaces: dict[int, str] = {}
        # Whoever is not among the users (the forum itself, or somebody who left) has none.
        self._handles: dict[Any, str] = {}
        self._by_name: dict[str, str] = {}
        self._line = 0

    def lines(self) -> Iterator[bytes]:
        """Yields the lines, each in the order in which an import reads them."""
        kept = [(topic, posts) for topic in self._topics if (posts := self._kept(topic))]
        since = min((str(topic.get("created_at")) for topic, _ in kept), default=datetime.now(UTC).isoformat())
        yield self._write("community", {"format": FORMAT, "export_time": datetime.now(UTC).isoformat()})
        clause = {"id": "R1", "title": "Posted elsewhere", "text": self._rules[:4000]}
        yield self._write(
            "terms",
            {
                "id": self._terms_id,
                "number": 1,
                "clauses": [clause],
                "warning": WARNING,
                "change_log": "",
                "is_material": True,
                "effective_time": since,
                "publish_time": since,
            },
        )
        yield from self._spaces_of(kept)
        yield from self._members_of(kept)
        for topic, posts in kept:
            yield from self._topic(topic, posts)

    def _kept(self, topic: dict[str, Any]) -> list[dict[str, Any]]:
        """Returns the posts of a topic that come along; none where it does not."""
        if topic.get("archetype", "regular") not in ("regular", "banner"):
            self.counts.leave("private messages")
            return []
        if topic.get("category_id") not in {each["id"] for each in self._categories}:
            self.counts.leave("topics of a category that is not in the file")
            return []
        posts = sorted(_records(topic.get("posts") or []), key=lambda post: int(post["post_number"]))
        if len({post["post_number"] for post in posts}) < len(posts):
            raise NotAnExport("two posts of a topic have the same number")
        shown = [each for each in posts if not each.get("hidden")]
        if hidden := len(posts) - len(shown):
            self.counts.leave("hidden posts", hidden)
        said = [each for each in shown if str(each.get("raw") or "").strip()]
        if silent := len(shown) - len(said):
            self.counts.leave("posts without words", silent)
        if not said or said[0].get("post_number") != 1:
            self.counts.leave("topics whose first post is not there")
            return []
        return said

    def _spaces_of(self, kept: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Iterator[bytes]:
        names = {each["id"]: str(each.get("name") or "") for each in self._categories}
        used = {topic["category_id"] for topic, _ in kept}
        slugs: set[str] = set()
        for place, each in enumerate(self._categories):
            if each["id"] not in used:
                self.counts.leave("categories in which nothing is left")
                continue
            reads = readers(each.get("permissions_params") or {})
            self._spaces[each["id"]] = space_id = ids.new_id("spc")
            slug = _free(_plain(str(each.get("slug") or names[each["id"]]), r"[^a-z0-9-]+")[:60] or "space", slugs)
            self.counts.spaces += 1
            yield self._write(
                "space",
                {
                    "id": space_id,
                    "slug": slug,
                    "display_name": (names[each["id"]] or slug)[:80],
                    "description": html.unescape(_TAGS.sub("", str(each.get("description") or ""))).strip()[:500],
                    "category": names.get(each.get("parent_category_id"), "")[:60],
                    "visibility": reads,
                    "is_indexed": reads == EVERYBODY,
                    "has_feed": reads == EVERYBODY,
                    "joining": _INVITATION if reads == GROUP else 0,
                    "position": min(place, 10_000),
                    "is_archived": False,
                    "create_time": each.get("created_at"),
                },
            )

    def _members_of(self, kept: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Iterator[bytes]:
        wrote = {post.get("user_id") for _, posts in kept for post in posts}
        taken: set[str] = set()
        for key, user in self._users.items():
            if key not in wrote:
                self.counts.leave("people who wrote nothing that comes along")
                continue
            name = str(user.get("username") or "")
            plain = _plain(name, r"[^a-z0-9_-]+")[:24].lstrip("_-")
            # A name that says that somebody is in charge is nobody's who is not.
            wanted = f"{plain or 'member'}-member" if plain in RESERVED or len(plain) < 3 else plain
            self._handles[key] = handle = _free(wanted, taken)
            self._by_name[name.lower()] = handle
            shown = str(user.get("name") or "")[:60] if self._with_names else ""
            self.counts.members += 1
            yield self._write("member", {"handle": handle, "display_name": shown, "about": ""})

    def _topic(self, topic: dict[str, Any], posts: list[dict[str, Any]]) -> Iterator[bytes]:
        topic_id = ids.new_id("top")
        self.counts.topics += 1
        yield self._write(
            "topic",
            {
                "id": topic_id,
                "space_id": self._spaces[topic["category_id"]],
                "author": self._handles.get(posts[0].get("user_id"), ""),
                "kind_of": _DISCUSSION,
                "title": str(topic.get("title") or "")[:_LONGEST_TITLE],
                "tags": [],
                "is_locked": bool(topic.get("closed") or topic.get("archived")),
                "is_pinned": False,
                "accepted_number": 0,
                "create_time": topic.get("created_at"),
            },
        )
        numbers = {post["post_number"] for post in posts}
        for post in posts:
            body = reworded(str(post["raw"]), self._by_name)
            if len(body) > _LONGEST_POST:
                self.counts.leave("ends of posts that were too long")
                body = body[: _LONGEST_POST - len(_CUT)] + _CUT
            answered = post.get("reply_to_post_number")
            self.counts.posts += 1
            yield self._write(
                "post",
                {
                    "id": ids.new_id("pst"),
                    "topic_id": topic_id,
                    "number": post["post_number"],
                    "author": self._handles.get(post.get("user_id"), ""),
                    "body": body,
                    "reply_to": answered if answered in numbers else 0,
                    "terms_id": self._terms_id,
                    "create_time": post.get("created_at"),
                },
            )

    def _write(self, kind: str, values: dict[str, Any]) -> bytes:
        self._line += 1
        line = orjson.dumps({"kind": kind} | values)
        try:
            read_line(line, self._line)
        except InvalidArgument as error:
            raise NotAnExport(f"a {kind} is not as it should be: {error.fields[0][1]}") from None
        return line + b"\n"


def readers(permissions: Mapping[str, Any]) -> int:
    """Says who reads a category: everybody, whoever is signed in, or a group; in doubt the fewest."""
    if not permissions or "everyone" in permissions:
        return EVERYBODY
    return MEMBERS if "trust_level_0" in permissions else GROUP


def reworded(raw: str, names: Mapping[str, str]) -> str:
    """Writes a post as it is written here: quotes as quotes, files by name, and people by the names that they have."""
    text = raw.replace("\r\n", "\n").replace("\x00", "")
    while (made := _QUOTE.sub(lambda found: _quoted(found, names), text)) != text:
        text = made
    text = _FILE.sub(lambda found: f"({'Picture' if found['picture'] else 'File'}: {found['name'] or '?'})", text)
    text = _MARK.sub("", text)
    return _MENTION.sub(lambda found: f"@{names.get(found[1].lower(), found[1])}", text).strip() or "(Nothing.)"


def _quoted(found: re.Match[str], names: Mapping[str, str]) -> str:
    who = (found["who"] or "").strip()
    head = [f"@{names[who.lower()]}:"] if who.lower() in names else []
    lines = [*head, *found["text"].strip("\n").split("\n")]
    return "\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n"


def _records(read: Iterable[Any]) -> list[dict[str, Any]]:
    made = list(read)
    if not all(isinstance(each, dict) and type(each.get("id")) is int for each in made):
        raise NotAnExport("there is something in its lists that has no id")
    return made


def _plain(text: str, other: str) -> str:
    return re.sub(other, "-", text.lower()).strip("-")


def _free(wanted: str, taken: set[str]) -> str:
    """Returns a name that nobody has yet, and takes it."""
    name, at = wanted, 1
    while name in taken:
        at += 1
        name = f"{wanted[:26]}-{at}"
    taken.add(name)
    return name
