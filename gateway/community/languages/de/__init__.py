"""What the communities' pages say in German."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.community.languages.de.labels import MESSAGES as LABELS
from gateway.community.languages.de.sentences import MESSAGES as SENTENCES

MESSAGES: Mapping[str, str] = {**LABELS, **SENTENCES}
