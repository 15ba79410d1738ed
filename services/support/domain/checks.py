"""What the company's mail server found out about a sender, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.support.v1 import record_pb2

PASS, FAIL = record_pb2.CHECK_RESULT_PASS, record_pb2.CHECK_RESULT_FAIL
NONE, ERROR = record_pb2.CHECK_RESULT_NONE, record_pb2.CHECK_RESULT_ERROR
_WORDS: Mapping[str, int] = {
    "pass": PASS,
    "fail": FAIL,
    "softfail": FAIL,
    "policy": FAIL,
    "neutral": NONE,
    "none": NONE,
    "temperror": ERROR,
    "permerror": ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was found out by each method; 0 where nothing was."""

    spf: int = 0
    dkim: int = 0
    dmarc: int = 0

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Checks:
        """Reads the words of RFC 8601."""
        return cls(
            **{method: _WORDS[words[method]] for method in ("spf", "dkim", "dmarc") if words.get(method) in _WORDS}
        )

    @property
    def is_forged(self) -> bool:
        """Whether the sender's own domain says that it is not from there."""
        return self.dmarc == FAIL
