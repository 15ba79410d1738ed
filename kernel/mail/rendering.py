"""Writes mails from templates: `<name>/<language>.txt`, whose first line is the subject, and `<name>/<language>.html`.

A language that a template does not have falls back to its base (`de-AT` to `de`), then to the one that the caller names
for that, then to English. What is put into a template is escaped for HTML, and a value that a template wants and does
not get is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

FALLBACK = "en"
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_OURS = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A written mail."""

    language: str
    subject: str
    text: str
    html: str


class Templates:
    """The templates of the platform, and of the folders that are given besides."""

    def __init__(self, *folders: Path) -> None:
        """Takes more folders, which come before the platform's own."""
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([*folders, _OURS]),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._find = lru_cache(maxsize=1024)(self._search)

    def render(self, name: str, language: str, values: Mapping[str, object], *, otherwise: str = FALLBACK) -> Rendered:
        """Writes a mail; raises LookupError where there is no such template in any language."""
        found = self._find(name, language, otherwise)
        context = {
            **values,
            "language": found,
            "direction": "rtl" if found.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
        }
        plain = self._environment.get_template(f"{name}/{found}.txt").render(context)
        head, _, text = plain.partition("\n")
        subject = head.removeprefix("Subject:").strip()
        html = self._environment.get_template(f"{name}/{found}.html").render(context, subject=subject)
        return Rendered(language=found, subject=subject, text=text.strip() + "\n", html=html)

    def _search(self, name: str, language: str, otherwise: str) -> str:
        # A language comes from a browser, so that only those that a file is named after are looked for.
        wanted, other = (each.lower().replace("_", "-") for each in (language, otherwise))
        for tag in (wanted, wanted.split("-")[0], other, other.split("-")[0], FALLBACK):
            if not tag.replace("-", "").isalnum() or not tag.isascii():
                continue
            try:
                self._environment.get_template(f"{name}/{tag}.txt")
            except TemplateNotFound:
                continue
            return tag
        raise LookupError("there is no such template")
