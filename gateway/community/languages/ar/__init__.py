"""What the communities' pages say in Arabic."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.community.languages.ar.labels import MESSAGES as LABELS
from gateway.community.languages.ar.sentences import MESSAGES as SENTENCES

MESSAGES: Mapping[str, str] = {**LABELS, **SENTENCES}
