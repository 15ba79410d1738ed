"""Matches request paths against the path templates of `google.api.http`.

A path is split before it is decoded, so an encoded slash never makes a new segment. Whatever could mean two things to
two readers (`..`, `//`, a slash or a control character in a segment) is no path of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

Route = TypeVar("Route")

_CAPTURE = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)(?:=\*)?\}")
_LITERAL = re.compile(r"[A-Za-z0-9._~-]+")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")
_LONGEST_PATH = 4096


class InvalidTemplate(ValueError):
    """A path template that this gateway cannot serve; it refuses to start."""


class InvalidPath(ValueError):
    """A path that no template can match, because it is not a plain path."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A segment that is matched by its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Capture:
    """A segment whose text becomes a field of the request."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed path template: its segments, and the custom verb after the colon."""

    segments: tuple[Literal | Capture, ...]
    verb: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The field paths that the template captures."""
        return tuple(segment.field for segment in self.segments if isinstance(segment, Capture))

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Returns what is captured from decoded segments, or None where they do not match."""
        captured: dict[str, str] = {}
        for ours, theirs in zip(self.segments, segments, strict=True):
            if isinstance(ours, Capture):
                captured[ours.field] = theirs
            elif ours.text != theirs:
                return None
        return captured


def parse_template(text: str) -> Template:
    """Parses a template such as `/v1/sites/{site.id}:verb`; raises InvalidTemplate for what is not served."""
    if not text.startswith("/"):
        raise InvalidTemplate(text)
    body, verb = text[1:], ""
    if ":" in body:
        body, verb = body.rsplit(":", 1)
        if not _LITERAL.fullmatch(verb):
            raise InvalidTemplate(text)
    segments: list[Literal | Capture] = []
    for part in body.split("/"):
        if capture := _CAPTURE.fullmatch(part):
            segments.append(Capture(capture[1]))
        elif _LITERAL.fullmatch(part):
            segments.append(Literal(part))
        else:
            raise InvalidTemplate(text)
    return Template(segments=tuple(segments), verb=verb)


def split_path(raw_path: bytes) -> tuple[str, ...]:
    """Splits a path as it came over the wire and decodes each segment; raises InvalidPath for one that is not plain."""
    if not raw_path.startswith(b"/") or len(raw_path) > _LONGEST_PATH:
        raise InvalidPath
    return tuple(_decode(part) for part in raw_path[1:].split(b"/"))


def _decode(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise InvalidPath from None
    if text in ("", ".", "..") or _FORBIDDEN.search(text):
        raise InvalidPath
    return text


@dataclass(frozen=True, slots=True)
class Match(Generic[Route]):
    """A route that a path has reached, and the fields that the path fills."""

    route: Route
    fields: dict[str, str]


class RouteTable(Generic[Route]):
    """Finds the route of a method and a path."""

    def __init__(self, routes: Iterable[tuple[str, Template, Route]]) -> None:
        """Takes (HTTP method, template, route); two routes that would catch the same paths are refused."""
        self._by_shape: dict[tuple[int, str], list[tuple[str, Template, Route]]] = {}
        seen: set[tuple[str, tuple[str, ...], str]] = set()
        for method, template, route in routes:
            shape = tuple(s.text if isinstance(s, Literal) else "{}" for s in template.segments)
            if (method, shape, template.verb) in seen:
                raise InvalidTemplate(f"two routes for {method} /{'/'.join(shape)}")
            seen.add((method, shape, template.verb))
            self._by_shape.setdefault((len(template.segments), template.verb), []).append((method, template, route))
        for candidates in self._by_shape.values():
            # A literal segment is more precise than a capture, so it is tried first.
            candidates.sort(key=lambda each: len(each[1].fields))

    def find(self, method: str, raw_path: bytes) -> Match[Route] | None:
        """Returns the route and the captured fields; None where no route has this method and path."""
        for found, template_method in self._candidates(raw_path):
            if template_method == method:
                return found
        return None

    def methods(self, raw_path: bytes) -> tuple[str, ...]:
        """Returns the methods that a path answers to."""
        return tuple(sorted({method for _, method in self._candidates(raw_path)}))

    def _candidates(self, raw_path: bytes) -> Iterator[tuple[Match[Route], str]]:
        head, colon, raw_verb = raw_path.rpartition(b":")
        # The verb is what follows a literal colon in the last segment; an encoded colon belongs to the value.
        if not colon or b"/" in raw_verb:
            head, raw_verb = raw_path, b""
        try:
            segments = split_path(head)
            verb = raw_verb.decode("ascii")
        except (InvalidPath, UnicodeDecodeError):
            return
        for method, template, route in self._by_shape.get((len(segments), verb), ()):
            captured = template.match(segments)
            if captured is not None:
                yield Match(route, captured), method
