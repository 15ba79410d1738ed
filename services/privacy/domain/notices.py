"""What a notice is, what counts as a change that matters to people, and what a tenant still owes them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from parley.privacy.v1 import notice_pb2

from kernel.errors import InvalidArgument, NotFound

NOTICE_MISSING = notice_pb2.Reminder.KIND_NOTICE_MISSING
POLICY_URL_MISSING = notice_pb2.Reminder.KIND_POLICY_URL_MISSING
PERIOD_OUTDATED = notice_pb2.Reminder.KIND_PERIOD_OUTDATED


def no_such_notice() -> NotFound:
    """Returns the one answer to a notice that does not exist or is another tenant's."""
    return NotFound("NOTICE_NOT_FOUND", "There is no such notice.")


def not_one_site() -> InvalidArgument:
    """Returns the answer to those who compare notices of two sites."""
    return InvalidArgument(
        "NOTICES_UNRELATED",
        "These notices stand on two sites, so there is nothing to compare.",
        fields=[("to_notice_id", "must be a version of the same site's notice")],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that the tenant asks before a chat."""

    number: int
    label: str
    hint: str
    kind: int
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One version of what a site tells people before a chat, and asks behind it. It never changes."""

    id: str
    site_id: str
    version: int
    language: str
    text: str
    content_hash: str
    policy_url: str
    effective_time: datetime
    material: bool = False
    change_summary: str = ""
    questions: tuple[Question, ...] = ()
    #: For how many days transcripts were kept when it was published.
    transcript_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChange:
    """What has happened since an earlier version."""

    from_id: str
    material: bool
    summaries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Something that a tenant still owes the people who come to one of its sites."""

    kind: int
    site_id: str
    notice_id: str = ""


def content_hash(text: str, policy_url: str, questions: Sequence[Question] = ()) -> str:
    """Returns the SHA-256 of what a notice says and asks, in hexadecimal; every consent names it."""
    asked = json.dumps([asdict(question) for question in questions], sort_keys=True) if questions else ""
    said = f"{text}\x00{policy_url}" + (f"\x00{asked}" if asked else "")
    return hashlib.sha256(said.encode()).hexdigest()


def is_material(notice: Notice, earlier: Notice | None) -> bool:
    """Says whether a new version changes something that matters to people: its publisher says so, or it asks anew."""
    return earlier is not None and (notice.material or notice.questions != earlier.questions)


def change_since(known: Notice, later: Sequence[Notice]) -> NoticeChange | None:
    """Returns what the versions after a known one have changed, the oldest first; None where there are none."""
    if not later:
        return None
    return NoticeChange(
        from_id=known.id,
        material=any(notice.material for notice in later),
        summaries=tuple(notice.change_summary for notice in later if notice.change_summary),
    )


def owed(site_id: str, notice: Notice | None, transcript_days: int) -> list[Reminder]:
    """Returns what a tenant still owes on a site, by the notice that is in force there."""
    if notice is None:
        return [Reminder(kind=NOTICE_MISSING, site_id=site_id)]
    found: list[Reminder] = []
    if not notice.policy_url:
        found.append(Reminder(kind=POLICY_URL_MISSING, site_id=site_id, notice_id=notice.id))
    if notice.transcript_days not in (None, transcript_days) and re.search(
        rf"\b{notice.transcript_days}\b", notice.text
    ):
        found.append(Reminder(kind=PERIOD_OUTDATED, site_id=site_id, notice_id=notice.id))
    return found
