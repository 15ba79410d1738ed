"""Carries changes out on one ticket, without a database: what it is afterwards, what was written, what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from parley.support.v1 import change_pb2, record_pb2

from kernel import ids
from kernel.errors import ParleyError
from services.support.domain import requests, tickets
from services.support.domain.queues import Field, Retired, check_value, no_such_field, no_such_queue, no_such_tag
from services.support.domain.tickets import ChangeMalformed, Entry, Happened, Kind, Ticket, TransitionRefused

#: For how long a ticket may be out of sight.
LONGEST_SNOOZE = timedelta(days=365)
#: What a change leaves of a ticket that can be brought back; words that went out cannot.
UNDONE = (
    "subject",
    "state",
    "outcome",
    "priority",
    "severity",
    "queue_id",
    "assignee_id",
    "site_url",
    "language",
    "is_spam",
    "snooze_until_time",
    "merged_into_id",
    "close_time",
    "is_reply_last",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes: a member of staff, a rule, or with neither the clock or the requester."""

    staff_id: UUID | None = None
    staff_name: str = ""
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One change: its kind, what it names, and words where it has some."""

    kind: int
    value: str = ""
    text: str = ""
    file_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the tenant has, against which changes are held."""

    queue_ids: frozenset[UUID]
    retired_queue_ids: frozenset[UUID]
    tag_ids: frozenset[UUID]
    fields: Mapping[UUID, Field]
    send_after: timedelta


@dataclass(slots=True, kw_only=True)
class Work:
    """One ticket while it is changed."""

    before: Ticket
    ticket: Ticket
    by: By
    now: datetime
    tags_on: list[UUID] = field(default_factory=list)
    tags_off: list[UUID] = field(default_factory=list)
    fields: dict[UUID, str] = field(default_factory=dict)
    fields_before: dict[UUID, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    follows: bool | None = None
    #: Who is to hear of answers by their addresses, who is no more by their ids, and of whom that is new.
    copies_on: list[str] = field(default_factory=list)
    copies_off: list[UUID] = field(default_factory=list)
    copied: list[UUID] = field(default_factory=list)
    uncopied: list[UUID] = field(default_factory=list)
    #: Which files go with which entry.
    files: dict[UUID, Sequence[UUID]] = field(default_factory=dict)

    @classmethod
    def on(cls, ticket: Ticket, by: By, now: datetime) -> Work:
        """Begins to change a ticket."""
        return cls(before=ticket, ticket=ticket, by=by, now=now)

    def note(self, kind: str, before: str = "", after: str = "") -> None:
        """Notes that something happened."""
        self.happened.append(
            Happened(
                id=ids.new_uuid(),
                ticket_id=self.before.id,
                kind=kind,
                time=self.now,
                staff_id=self.by.staff_id,
                rule_id=self.by.rule_id,
                from_value=before,
                to_value=after,
            )
        )

    def move(self, state: int) -> None:
        """Moves the ticket to a state; raises TransitionRefused where it does not follow."""
        before = self.ticket.state
        if before == state:
            return
        tickets.check_transition(before, state)
        changes: dict[str, object] = {"state": state, "close_time": self.now if state == tickets.CLOSED else None}
        if state in (tickets.RESOLVED, tickets.CLOSED):
            changes["snooze_until_time"] = None
            if not self.ticket.outcome or self.ticket.outcome == tickets.ACCEPTED:
                changes["outcome"] = tickets.SOLVED
        elif before == tickets.TRIAGE or self.ticket.outcome != tickets.ACCEPTED:
            changes["outcome"] = tickets.ACCEPTED
        self.ticket = replace(self.ticket, **changes)  # type: ignore[arg-type]  # By names of its own fields.
        self.note("STATE_CHANGED", state_name(before), state_name(state))

    def write(self, kind: int, words: str, known: Known, file_ids: Sequence[UUID] = ()) -> Entry:
        """Writes an answer, which waits a while before it goes out, or a note, with some of the ticket's files."""
        if not requests.is_said(words):
            raise ChangeMalformed("changes.text")
        is_answer = kind == tickets.ANSWER
        entry = Entry(
            id=ids.new_uuid(),
            ticket_id=self.ticket.id,
            kind=kind,
            create_time=self.now,
            body=words.strip() if is_answer else "",
            note="" if is_answer else words.strip(),
            staff_id=self.by.staff_id,
            staff_name=self.by.staff_name,
            send_state=tickets.WAITING if is_answer else 0,
            send_time=self.now + known.send_after if is_answer else None,
        )
        self.entries.append(entry)
        if file_ids:
            self.files[entry.id] = file_ids
        self.ticket = replace(self.ticket, entry_count=self.ticket.entry_count + 1)
        if is_answer:
            self.ticket = replace(self.ticket, last_entry_time=self.now, is_reply_last=False)
            self.note("ANSWERED", "", ids.from_uuid("ent", entry.id))
        else:
            self.note("NOTED", "", ids.from_uuid("ent", entry.id))
        return entry

    def set(self, name: str, value: object, kind: str, before: str, after: str) -> None:
        """Sets one of the ticket's own values and notes it, where it is another one."""
        if getattr(self.ticket, name) != value:
            self.ticket = replace(self.ticket, **{name: value})  # type: ignore[arg-type]  # By the name of a field.
            self.note(kind, before, after)

    @property
    def is_changed(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.happened or self.entries or self.follows is not None)


def state_name(state: int) -> str:
    """Returns the word of a state."""
    return str(record_pb2.State.Name(record_pb2.State.ValueType(state))).removeprefix("STATE_")


def _priority(value: int) -> str:
    return str(record_pb2.Priority.Name(record_pb2.Priority.ValueType(value))).removeprefix("PRIORITY_")


def _severity(value: int) -> str:
    return str(record_pb2.Severity.Name(record_pb2.Severity.ValueType(value))).removeprefix("SEVERITY_")


def number_of(enum: str, value: str) -> int:
    """Returns the number of a word of State, Priority or Severity; raises ChangeMalformed for another."""
    kind = {"STATE": record_pb2.State, "PRIORITY": record_pb2.Priority, "SEVERITY": record_pb2.Severity}[enum]
    try:
        number = int(kind.Value(f"{enum}_{value}"))
    except ValueError:
        raise ChangeMalformed("changes.value") from None
    if not number:
        raise ChangeMalformed("changes.value")
    return number


def id_of(value: str, prefix: str) -> UUID:
    """Returns what a change names; raises ChangeMalformed for what is no id of the kind."""
    try:
        return ids.to_uuid(value, prefix)
    except ParleyError:
        raise ChangeMalformed("changes.value") from None


def _staff(value: UUID | None) -> str:
    return ids.from_uuid("stf", value) if value else ""


def _state(work: Work, asked: Asked, known: Known) -> None:
    work.move(number_of("STATE", asked.value))


def _set_priority(work: Work, asked: Asked, known: Known) -> None:
    value = number_of("PRIORITY", asked.value)
    work.set("priority", value, "PRIORITY_CHANGED", _priority(work.ticket.priority), _priority(value))


def _set_severity(work: Work, asked: Asked, known: Known) -> None:
    value = number_of("SEVERITY", asked.value)
    work.set("severity", value, "SEVERITY_CHANGED", _severity(work.ticket.severity), _severity(value))


def _move(work: Work, asked: Asked, known: Known) -> None:
    queue_id = id_of(asked.value, "que")
    if queue_id not in known.queue_ids:
        raise no_such_queue()
    if queue_id in known.retired_queue_ids and queue_id != work.ticket.queue_id:
        raise Retired
    before = ids.from_uuid("que", work.ticket.queue_id)
    work.set("queue_id", queue_id, "MOVED", before, ids.from_uuid("que", queue_id))


def _assign(work: Work, asked: Asked, known: Known) -> None:
    staff_id = id_of(asked.value, "stf") if asked.value else None
    work.set("assignee_id", staff_id, "ASSIGNED", _staff(work.ticket.assignee_id), _staff(staff_id))


def _tag(work: Work, asked: Asked, known: Known) -> None:
    tag_id = id_of(asked.value, "ttg")
    if asked.kind == Kind.Value("CHANGE_KIND_ADD_TAG"):
        if tag_id not in known.tag_ids:
            raise no_such_tag()
        work.tags_on.append(tag_id)
    else:
        work.tags_off.append(tag_id)


def _accept(work: Work, asked: Asked, known: Known) -> None:
    if work.ticket.state != tickets.TRIAGE:
        raise TransitionRefused
    work.move(tickets.OPEN)


def _decline(work: Work, asked: Asked, known: Known) -> None:
    if work.ticket.state != tickets.TRIAGE:
        raise TransitionRefused
    if asked.text:
        work.write(tickets.ANSWER, asked.text, known)
    work.ticket = replace(work.ticket, outcome=tickets.DECLINED)
    work.move(tickets.CLOSED)


def _duplicate(work: Work, asked: Asked, known: Known) -> None:
    into = id_of(asked.value, "tkt")
    if into == work.ticket.id:
        raise ChangeMalformed("changes.value")
    work.set("merged_into_id", into, "MERGED", "", ids.from_uuid("tkt", into))
    work.ticket = replace(work.ticket, outcome=tickets.DUPLICATE)
    work.move(tickets.CLOSED)


def _snooze(work: Work, asked: Asked, known: Known) -> None:
    try:
        until = datetime.fromisoformat(asked.value)
    except ValueError:
        raise ChangeMalformed("changes.value") from None
    if until.tzinfo is None or not work.now < until <= work.now + LONGEST_SNOOZE:
        raise ChangeMalformed("changes.value")
    if work.ticket.state in (tickets.RESOLVED, tickets.CLOSED):
        raise TransitionRefused
    work.set("snooze_until_time", until, "SNOOZED", "", "")


def _wake(work: Work, asked: Asked, known: Known) -> None:
    work.set("snooze_until_time", None, "WOKEN", "", "")


def _spam(work: Work, asked: Asked, known: Known) -> None:
    is_spam = asked.kind == Kind.Value("CHANGE_KIND_MARK_SPAM")
    work.set("is_spam", is_spam, "SPAM_MARKED" if is_spam else "SPAM_UNMARKED", "", "")


def _answer(work: Work, asked: Asked, known: Known) -> None:
    work.write(tickets.ANSWER, asked.text, known, asked.file_ids)
    after = tickets.after_answer(work.ticket.state)
    if after != work.ticket.state:
        work.move(after)


def _note(work: Work, asked: Asked, known: Known) -> None:
    work.write(tickets.NOTE, asked.text, known, asked.file_ids)


def _follow(work: Work, asked: Asked, known: Known) -> None:
    work.follows = asked.kind == Kind.Value("CHANGE_KIND_FOLLOW")


def _copy(work: Work, asked: Asked, known: Known) -> None:
    if asked.kind == Kind.Value("CHANGE_KIND_REMOVE_COPY"):
        work.copies_off.append(id_of(asked.value, "rqr"))
        return
    try:
        work.copies_on.append(requests.email_of(asked.text))
    except ValueError:
        raise ChangeMalformed("changes.text") from None


def _field(work: Work, asked: Asked, known: Known) -> None:
    found = known.fields.get(id_of(asked.value, "fld"))
    if found is None:
        raise no_such_field()
    work.fields[found.id] = check_value(found, asked.text)
    work.note("FIELD_CHANGED", "", ids.from_uuid("fld", found.id))


def _subject(work: Work, asked: Asked, known: Known) -> None:
    line = requests.line_of(asked.text)[:200]
    if not line:
        raise ChangeMalformed("changes.text")
    # What it was about before is what somebody wrote, and stands in no history.
    work.set("subject", line, "SUBJECT_CHANGED", "", "")


def _site(work: Work, asked: Asked, known: Known) -> None:
    try:
        site = requests.site_of(asked.text)
    except ValueError:
        raise ChangeMalformed("changes.text") from None
    work.set("site_url", site, "SITE_CHANGED", "", "")


def _language(work: Work, asked: Asked, known: Known) -> None:
    try:
        language = requests.language_of(asked.value)
    except ValueError:
        raise ChangeMalformed("changes.value") from None
    work.set("language", language, "LANGUAGE_CHANGED", work.ticket.language, language)


_HOW: Mapping[str, Callable[[Work, Asked, Known], None]] = {
    "SET_STATE": _state,
    "SET_PRIORITY": _set_priority,
    "SET_SEVERITY": _set_severity,
    "MOVE": _move,
    "ASSIGN": _assign,
    "ADD_TAG": _tag,
    "REMOVE_TAG": _tag,
    "ACCEPT": _accept,
    "DECLINE": _decline,
    "DUPLICATE": _duplicate,
    "SNOOZE": _snooze,
    "WAKE": _wake,
    "MARK_SPAM": _spam,
    "UNMARK_SPAM": _spam,
    "ANSWER": _answer,
    "NOTE": _note,
    "FOLLOW": _follow,
    "UNFOLLOW": _follow,
    "SET_FIELD": _field,
    "SET_SUBJECT": _subject,
    "SET_SITE": _site,
    "ADD_COPY": _copy,
    "REMOVE_COPY": _copy,
    "SET_LANGUAGE": _language,
}
_BY_NUMBER: dict[int, Callable[[Work, Asked, Known], None]] = {
    change_pb2.ChangeKind.Value(f"CHANGE_KIND_{name}"): how for name, how in _HOW.items()
}

_WITH_FILES = (Kind.Value("CHANGE_KIND_ANSWER"), Kind.Value("CHANGE_KIND_NOTE"))


def carry_out(work: Work, asked: Asked, known: Known) -> None:
    """Carries one change out; raises a ParleyError, and the work is thrown away, where it may not be."""
    if asked.file_ids and asked.kind not in _WITH_FILES:
        raise ChangeMalformed("changes.file_ids")
    _BY_NUMBER[asked.kind](work, asked, known)
