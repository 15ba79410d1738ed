"""Reads the templates that come with the platform, each a file of sentences beside this one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from parley.privacy.v1 import template_pb2

from services.privacy.domain.templates import Gap, Paragraph, Sentence, Template

_FOLDER = "texts"
_KINDS = {"notice": template_pb2.Template.KIND_NOTICE, "policy": template_pb2.Template.KIND_POLICY}


@cache
def templates() -> Mapping[str, Template]:
    """Returns the templates by their names."""
    found: dict[str, Template] = {}
    for file in sorted(files("services.privacy.store").joinpath(_FOLDER).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            template = read_template(file.read_text(encoding="utf-8"))
            found[template.name] = template
    return found


def read_template(text: str) -> Template:
    """Reads a template from TOML."""
    written: dict[str, Any] = tomllib.loads(text)
    return Template(
        name=written["name"],
        kind=_KINDS[written["kind"]],
        language=written["language"],
        title=written["title"],
        gaps=tuple(
            Gap(name=each["name"], label=each["label"], hint=each["hint"], required=each["required"])
            for each in written.get("gap", [])
        ),
        paragraphs=tuple(
            Paragraph(
                heading=each.get("heading", ""),
                sentences=tuple(
                    Sentence(text=sentence["text"], clauses=tuple(sentence["clauses"])) for sentence in each["sentence"]
                ),
            )
            for each in written["paragraph"]
        ),
    )
