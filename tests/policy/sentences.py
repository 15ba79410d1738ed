"""Splits a policy into sentences, and knows of each sentence of the source by which clause it is covered.

The source's words are not ours to publish, so that only the SHA-256 of each sentence is kept, beside the ids of its
clauses or the reason why it promises nothing. `python -m tests.policy.sentences FILE` compares a text with what is
known and prints what nobody covered.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.policy.registry import SENTENCES

_END = re.compile(r"(?<=[.!?])[\s”\"]+(?=[A-Z(])")
#: Ends that end no sentence.
_SHORT = re.compile(r"\b(e\.g|i\.e|U\.S|Inc|No)\.$")


@dataclass(frozen=True, slots=True)
class Covered:
    """What covers a sentence: clauses, or the reason why it needs none."""

    clauses: tuple[str, ...]
    reason: str


def split(text: str) -> list[str]:
    """Returns a text's sentences, each with single spaces, in their order."""
    found: list[str] = []
    for line in text.splitlines():
        pending = ""
        for piece in _END.split(line.strip()):
            pending = f"{pending} {piece}".strip()
            if pending and not _SHORT.search(pending):
                found.append(pending)
                pending = ""
        if pending:
            found.append(pending)
    return [" ".join(sentence.split()) for sentence in found]


def fingerprint(sentence: str) -> str:
    """Returns the SHA-256 of a sentence, of its letters and figures alone, in lower case."""
    return sha256(re.sub(r"[^a-z0-9]+", " ", sentence.lower()).strip().encode()).hexdigest()


@cache
def source() -> dict[str, Covered]:
    """Returns what covers each sentence of the source, by its fingerprint."""
    return {
        each["sha256"]: Covered(tuple(each.get("clauses", ())), each.get("reason", ""))
        for each in tomllib.loads(SENTENCES.read_text())["sentence"]
    }


def uncovered(text: str) -> list[str]:
    """Returns the sentences of a text that nobody has covered."""
    known = source()
    return [sentence for sentence in split(text) if fingerprint(sentence) not in known]


def main() -> None:
    """Prints the sentences of a file that nobody has covered, and fails where there is one."""
    left = uncovered(Path(sys.argv[1]).read_text())
    for sentence in left:
        print(sentence)
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
