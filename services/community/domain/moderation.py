"""What may be decided about a post, by whom, and what is said to whoever wrote it. No path un-hides without a decision.

The words of statements are those of the transparency database of the EU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kernel.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from services.community.domain.posts import AUTHOR_DELETED, LIVE, PURGED, REMOVED, RESTRICTED, Author

SPAM, UNSOLICITED, EXPOSED, HARASSMENT, ILLEGAL, OFF_TOPIC, OTHER = 1, 2, 3, 4, 5, 6, 7
OPEN, DECIDED, APPEALED, CLOSED = 1, 2, 3, 4
#: Why a post waits before anybody reported it.
NOT_HELD, FIRST_POSTS, TOO_FAST = 0, 1, 2
NONE, RESTRICT, REMOVE, PURGE = 1, 2, 3, 4
#: What is told to the platform's reviewers, and can be reported without an account.
ESCALATED = frozenset({EXPOSED, ILLEGAL})
APPEAL_TIME = timedelta(days=183)

STATE_AFTER = {NONE: LIVE, RESTRICT: RESTRICTED, REMOVE: REMOVED, PURGE: PURGED}
_VISIBILITY = {
    RESTRICT: "DECISION_VISIBILITY_CONTENT_DEMOTED",
    REMOVE: "DECISION_VISIBILITY_CONTENT_DISABLED",
    PURGE: "DECISION_VISIBILITY_CONTENT_REMOVED",
}
_CATEGORY = {
    SPAM: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    UNSOLICITED: "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE",
    EXPOSED: "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    HARASSMENT: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    ILLEGAL: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    OFF_TOPIC: "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE",
    OTHER: "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A report."""

    id: str
    case_id: str
    reporter_id: str
    staff_id: str
    kind: int
    text: str = field(repr=False)
    snapshot: str = field(repr=False)
    revision: int
    is_upheld: bool
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided."""

    id: str
    case_id: str
    action: int
    is_upheld: bool
    clause_id: str
    terms_id: str
    facts: str = field(repr=False)
    appeal_id: str
    staff_id: str
    member_id: str
    create_time: datetime

    @property
    def restricts(self) -> bool:
        """Says whether somebody is restricted by it: what restricts names a rule, and a suspension acts on no post."""
        return bool(self.clause_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """What somebody says against a decision."""

    id: str
    decision_id: str
    member_id: str
    by_author: bool
    text: str = field(repr=False)
    is_decided: bool
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One reported post, one reported message between two members, or the suspension of one."""

    id: str
    post_id: str
    author_id: str
    state: int
    is_escalated: bool
    flag_count: int
    create_time: datetime
    hold_reason: int = NOT_HELD
    thread_id: str = ""
    message_number: int = 0
    terms_id: str = ""
    topic_id: str = ""
    number: int = 0
    post_state: int = 0
    author: Author = field(default_factory=Author)
    #: What the reports say, each kind once.
    kinds: Sequence[int] = ()

    @property
    def is_message(self) -> bool:
        """Says whether it is about a message."""
        return bool(self.thread_id)

    @property
    def is_suspension(self) -> bool:
        """Says whether it is about a suspension, which waits for somebody only when the member appeals."""
        return not self.post_id and not self.thread_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of reasons."""

    id: str
    decision_id: str
    member_id: str
    topic_id: str
    number: int
    decision_visibility: str
    decision_account: str
    decision_ground: str
    category: str
    source_type: str
    clause_id: str
    facts: str = field(repr=False)
    content: str = field(repr=False)
    create_time: datetime
    thread_id: str = ""
    is_reversed: bool = False
    may_appeal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A post in which words stand; its title where they stand in the title of the topic that it begins."""

    post_id: str
    topic_id: str
    author_id: str
    body: str = field(repr=False)
    state: int
    title: str = field(default="", repr=False)


def check_reporter(kind: int, *, has_account: bool) -> None:
    """Raises PermissionDenied where a report needs an account."""
    if not has_account and kind not in ESCALATED:
        raise PermissionDenied(
            "ACCOUNT_NEEDED", "Sign in to report this. Illegal content and exposed data need no account."
        )


def check_open(case: Case) -> None:
    """Raises FailedPrecondition where a case is not waiting for its first decision."""
    if case.state != OPEN:
        raise FailedPrecondition("CASE_DECIDED", "This case was decided already. Nothing was changed.")


def check_decided(case: Case) -> None:
    """Raises FailedPrecondition where there is no decision that could be overruled."""
    if case.state not in (DECIDED, CLOSED):
        raise FailedPrecondition("CASE_OPEN", "This case is not decided yet. Nothing was changed.")


def check_decider(staff_id: str, flags: Sequence[Flag]) -> None:
    """Raises PermissionDenied for somebody who would decide what they reported themselves."""
    if any(each.staff_id == staff_id for each in flags):
        raise PermissionDenied("OWN_FLAG", "Somebody else decides what you reported. Nothing was changed.")


def check_restriction(action: int, *, is_upheld: bool, clause_id: str, facts: str, clauses: Sequence[str]) -> None:
    """Raises InvalidArgument for a restriction without a ground: a right flag, a clause in force, and facts."""
    if action == NONE:
        return
    if not is_upheld:
        raise InvalidArgument(
            "RESTRICTION_WITHOUT_GROUND",
            "A restriction needs a flag that was right. Nothing was decided.",
            fields=[("is_upheld", "true for a restriction")],
        )
    if clause_id not in clauses or not facts.strip():
        raise InvalidArgument(
            "RESTRICTION_WITHOUT_GROUND",
            "A restriction names a clause that was in force, and the facts. Nothing was decided.",
            fields=[("clause_id", "a clause of the terms in force when it was posted"), ("facts", "required")],
        )


def check_refusal(case: Case, action: int, facts: str) -> None:
    """Raises InvalidArgument where somebody who reported or appealed would be refused without a reason."""
    if action == NONE and case.hold_reason == NOT_HELD and not facts.strip():
        raise InvalidArgument(
            "REASONS_MISSING",
            "Whoever is refused is told why. Nothing was decided.",
            fields=[("facts", "required")],
        )


def check_effect(case: Case, action: int) -> None:
    """Raises InvalidArgument for what cannot be done: only two read a message, and a suspension stands or ends."""
    if case.is_suspension and action not in (NONE, REMOVE):
        raise InvalidArgument(
            "SUSPENSION_STANDS_OR_ENDS",
            "A suspension stands, or it ends. Nothing was decided.",
            fields=[("action", "CASE_ACTION_NONE or CASE_ACTION_REMOVE for a suspension")],
        )
    if case.is_message and action == RESTRICT:
        raise InvalidArgument(
            "MESSAGE_NOT_SHOWN_LESS",
            "A message stays, or it is taken away. Nothing was decided.",
            fields=[("action", "not CASE_ACTION_RESTRICT for a message")],
        )


def check_appeal(
    decision: Decision, appeals: Sequence[Appeal], *, is_author: bool, is_reporter: bool, now: datetime
) -> None:
    """Raises what stands in the way of an appeal; `appeals` are those in the case.

    What answers the appeal of one side is the end for that side. The other may appeal against it, if they have not
    appealed before.
    """
    if not is_author and not is_reporter:
        raise no_such_decision()
    if decision.appeal_id and any(each.by_author == is_author and each.decision_id != decision.id for each in appeals):
        raise FailedPrecondition("APPEAL_DECIDED", "An appeal was decided; that is the end here.")
    if now - decision.create_time > APPEAL_TIME:
        raise FailedPrecondition("APPEAL_LATE", "The six months for an appeal are over.")
    if is_author and not decision.restricts:
        raise FailedPrecondition("NOTHING_TO_APPEAL", "Nothing was restricted, so there is nothing to appeal against.")
    if not is_author and decision.restricts:
        raise FailedPrecondition("NOTHING_TO_APPEAL", "Your report was found to be right.")


def check_second_decider(staff_id: str, decided: Sequence[Decision], flags: Sequence[Flag]) -> None:
    """Raises PermissionDenied for somebody who decided before, or who reported it."""
    check_decider(staff_id, flags)
    if any(each.staff_id == staff_id for each in decided):
        raise PermissionDenied("OWN_DECISION", "Somebody else decides about your decision. Nothing was changed.")


def state_after(action: int, before: int) -> int:
    """Returns what becomes of a post; what its author took away stays away, and what is purged stays purged."""
    return before if before in (AUTHOR_DELETED, PURGED) else STATE_AFTER[action]


def words_of(action: int, kinds: Sequence[int], *, by_notice: bool) -> dict[str, Any]:
    """Returns the words of a statement: what happened, on which ground, of which category, and how it was found."""
    kind = min(kinds, default=OTHER)
    illegal = ILLEGAL in kinds
    return {
        "decision_visibility": _VISIBILITY.get(action, ""),
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT" if illegal else "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "category": _CATEGORY[ILLEGAL if illegal else kind],
        "source_type": "SOURCE_ARTICLE_16" if by_notice else "SOURCE_VOLUNTARY",
    }


def no_such_case() -> NotFound:
    """Returns what is said where there is no such case."""
    return NotFound("CASE_NOT_FOUND", "There is no such case.")


def no_such_flag() -> NotFound:
    """Returns what is said where there is no such report."""
    return NotFound("FLAG_NOT_FOUND", "There is no such report.")


def no_such_decision() -> NotFound:
    """Returns what is said where there is no such decision for somebody."""
    return NotFound("DECISION_NOT_FOUND", "There is no such decision.")


def no_such_appeal() -> NotFound:
    """Returns what is said where there is no such appeal."""
    return NotFound("APPEAL_NOT_FOUND", "There is no such appeal.")


def appealed_already() -> AlreadyExists:
    """Returns what is said to a second appeal."""
    return AlreadyExists("APPEALED_ALREADY", "There is an appeal already. Nothing was changed.")
