"""Serves the built web part: hashed files for ever, everything else with a revalidation.

Files are found once, at start, by walking the folder, so no request ever names a path on disk. Where the web part was
not built, there is nothing here, and the pages that need it say so.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

FOR_EVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
LAUNCHER = "public, max-age=300"
PRIVATE = "private, no-cache"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, in memory, with the headers that it is served with."""

    body: bytes
    media_type: str
    etag: str

    def response(self, *, cache: str, if_none_match: str = "", headers: dict[str, str] | None = None) -> Response:
        """Returns the file, or 304 where the client has it."""
        sent = {"etag": self.etag, "cache-control": cache, **(headers or {})}
        if if_none_match and self.etag in (each.strip() for each in if_none_match.split(",")):
            return Response(status_code=304, headers=sent)
        return Response(self.body, headers={**sent, "content-type": self.media_type})

    def filled(self, mark: bytes, value: bytes) -> Asset:
        """Returns the same file with a value in the place of a mark."""
        body = self.body.replace(mark, value)
        return Asset(body, self.media_type, _etag(body))


def read_asset(path: Path) -> Asset:
    """Reads a file."""
    body = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, media_type, _etag(body))


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


class Assets:
    """All files of the built web part, and the gateway's own stylesheet."""

    def __init__(self, dist: Path) -> None:
        """Reads the folder; a folder that is not there is an empty one."""
        self._files: dict[str, Asset] = {}
        if dist.is_dir():
            for path in sorted(dist.rglob("*")):
                if path.is_file() and not any(part.startswith(".") for part in path.relative_to(dist).parts):
                    self._files[path.relative_to(dist).as_posix()] = read_asset(path)
        own = _own_stylesheet(self._files.get("tokens.css"))
        self.stylesheet = "gateway-" + own.etag.strip('"')[:8] + ".css"
        self._files[f"assets/{self.stylesheet}"] = own
        #: The scripts of the communities' forms; empty where the web part was not built.
        self.calculator = self._script("calculator")
        self.composer = self._script("composer")

    def _script(self, name: str) -> str:
        """Serves a script of the communities' pages under a name that changes with it; returns that name."""
        script = self._files.get(f"forum/{name}.js")
        if script is None:
            return ""
        hashed = f"{name}-" + script.etag.strip('"')[:8] + ".js"
        self._files[f"assets/{hashed}"] = script
        return hashed

    def find(self, name: str) -> Asset | None:
        """Returns a file by its path in the built folder."""
        return self._files.get(name)

    def hashed(self, asset: Asset, *, if_none_match: str, shared: bool) -> Response:
        """Returns a file whose name changes with its content; `shared` where pages of other origins may load it."""
        headers = {"cross-origin-resource-policy": "cross-origin"} if shared else None
        return asset.response(cache=FOR_EVER, if_none_match=if_none_match, headers=headers)


def _own_stylesheet(tokens: Asset | None) -> Asset:
    """Joins the design tokens and the rules of the gateway's pages, which must look right without the web part too."""
    static = Path(__file__).parent / "pages" / "static"
    body = tokens.body if tokens is not None else (static / "tokens.css").read_bytes()
    names = ("pages", "privacy", "survey", "support", "community")
    body += b"".join((static / f"{name}.css").read_bytes() for name in names)
    return Asset(body, _TYPES[".css"], _etag(body))
