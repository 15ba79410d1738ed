"""Writes what chat knows as messages of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from parley.chat.v1 import conversation_pb2

from kernel import ids
from kernel.rpc.moments import stamp as stamp  # noqa: PLC0414  # Whoever writes messages finds it here as well.
from kernel.rpc.moments import written
from services.chat.domain import Conversation, Entry, expires
from services.chat.domain.routing import NOWHERE, Place
from services.chat.store.messages import Appended


def conversation_message(
    conversation: Conversation, kept: timedelta, place: Place = NOWHERE
) -> conversation_pb2.Conversation:
    """Writes a conversation, with its place in the queue and the date on which it deletes itself."""
    return conversation_pb2.Conversation(
        id=ids.from_uuid("cnv", conversation.id),
        site_id=ids.from_uuid("sit", conversation.site_id),
        visitor_id=ids.from_uuid("vis", conversation.visitor_id),
        display_name=conversation.display_name,
        language=conversation.language,
        page_path=conversation.page_path,
        state=cast("conversation_pb2.Conversation.State.ValueType", conversation.state),
        operator_id=_id("stf", conversation.operator_id),
        operator_name=conversation.operator_name,
        head_sequence=conversation.head,
        visitor_read_sequence=conversation.visitor_read,
        operator_read_sequence=conversation.operator_read,
        queue_position=place.position,
        closed_by=cast("conversation_pb2.Side.ValueType", conversation.closed_by),
        notice_id=ids.from_uuid("ntc", conversation.notice_id),
        create_time=stamp(conversation.create_time),
        claim_time=stamp(conversation.claim_time),
        close_time=stamp(conversation.close_time),
        expire_time=stamp(expires(conversation, kept)),
        watcher_id=_id("stf", conversation.watcher_id),
        watch_end_time=stamp(conversation.watch_end_time),
        note_count=conversation.note_count,
        is_left_message=conversation.is_left,
        tag_ids=[ids.from_uuid("tag", tag_id) for tag_id in conversation.tag_ids],
        expected_wait_seconds=place.wait,
        queue_time=stamp(conversation.queue_time or conversation.create_time),
        team_id=_id("tea", conversation.team_id),
        offered_to_id=_id("stf", conversation.offered_id),
        offer_end_time=stamp(conversation.offer_end_time),
        rating=conversation.rating,
        rate_time=stamp(conversation.rate_time),
        reply_set_time=stamp(conversation.reply_set_time),
    )


def entry_message(entry: Entry) -> conversation_pb2.Message:
    """Writes an entry that has its place."""
    return _entry(entry, entry.id, entry.sequence, entry.create_time)


def appended_message(entry: Entry, appended: Appended) -> conversation_pb2.Message:
    """Writes an entry that was given its place just now."""
    return _entry(entry, appended.id, appended.sequence, appended.create_time)


def _entry(entry: Entry, entry_id: UUID, sequence: int, moment: datetime | None) -> conversation_pb2.Message:
    # Field by field takes half the time of a call that names them all.
    message = conversation_pb2.Message()
    message.id = ids.from_fresh("msg", entry_id)
    message.conversation_id = ids.from_uuid("cnv", entry.conversation_id)
    message.sequence = sequence
    message.kind = cast("conversation_pb2.Message.Kind.ValueType", entry.kind)
    message.side = cast("conversation_pb2.Side.ValueType", entry.side)
    message.client_message_id = entry.client_message_id
    if entry.operator_id is not None:
        message.operator_id = ids.from_uuid("stf", entry.operator_id)
    message.body = entry.body
    if moment is not None:
        message.create_time.CopyFrom(written(moment))
    if entry.target_sequence:
        message.target_sequence = entry.target_sequence
    if entry.revision:
        message.revision = cast("conversation_pb2.Revision.ValueType", entry.revision)
        if entry.revise_time is not None:
            message.revise_time.CopyFrom(written(entry.revise_time))
    return message


def entry_messages(entries: Sequence[Entry]) -> list[conversation_pb2.Message]:
    """Writes entries that have their places."""
    return [entry_message(entry) for entry in entries]


def _id(prefix: str, value: UUID | None) -> str:
    return "" if value is None else ids.from_uuid(prefix, value)
