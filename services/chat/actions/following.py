"""Follows one conversation from a cursor: every entry once, in order, whatever is missed on the way.

A follower is told what has been committed. It passes an entry on only when that is the very next one; for anything
else it reads the database from its own cursor. Snapshot and stream therefore cannot race: following starts before the
first read.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from parley.chat.v1 import conversation_pb2

from kernel import ids
from kernel.errors import Internal, ParleyError, Unavailable
from kernel.privacy.access import is_recorded
from kernel.telemetry import logs
from services.chat.actions.finding import find_kept
from services.chat.actions.messages import conversation_message, entry_message
from services.chat.actions.wiring import Wiring, tenant_of
from services.chat.domain import (
    OPEN,
    VISITOR,
    Conversation,
    Viewer,
    check_read,
    is_watched,
    may_see,
    reader_of,
    side_of,
)
from services.chat.store import conversations, messages

PAGE = 200
#: A follower that is further behind than this is told of the gap, and lists what it wants to see.
FAR_BEHIND = 500
RETRY_SECONDS = 0.5
#: An inbox looks at what was said after this while: a read mark that is on its way is written by then, and a busy
#: conversation costs a look now and then, not one for each message.
MOVES_SECONDS = 0.25
#: No operator answers more conversations at once.
MOST_ANSWERED = 1000
#: A member of staff who goes on reading is recorded again after so long, so that the interval ends with the reading.
RECORDED_AGAIN = timedelta(minutes=5)

_log = logs.get("chat")


class Outlet(Protocol):
    """Where a follower passes things on to."""

    def has_room(self) -> bool:
        """Says whether more can be taken now."""

    def message(self, message: conversation_pb2.Message) -> None:
        """Takes an entry."""

    def conversation(self, conversation: conversation_pb2.Conversation) -> None:
        """Takes the conversation as it stands now."""

    def presence(self, presence: conversation_pb2.Presence) -> None:
        """Takes what the other side does."""

    def gap(self, gap: conversation_pb2.Gap) -> None:
        """Takes that entries were left out."""

    def ended(self, error: ParleyError) -> None:
        """Takes that the follower may not follow any more."""


class Following:
    """One follower of one conversation."""

    def __init__(self, wiring: Wiring, viewer: Viewer, conversation_id: UUID, after: int, outlet: Outlet) -> None:
        """Takes who follows what, from where, and where it goes."""
        self.tenant_id = tenant_of(viewer.actor)
        self.conversation_id = conversation_id
        self.cursor = after
        self.head = 0
        self._wiring = wiring
        self._viewer = viewer
        self._outlet = outlet
        self._side = side_of(viewer)
        self._speaks = False
        self._read = 0
        self._is_started = False
        self._is_stopped = False
        self._state_is_old = False
        self._recorded: datetime | None = None
        self._working: asyncio.Task[None] | None = None
        self._over: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Starts to follow: first the conversation as it stands, then its entries; raises where it may not be read."""
        self._wiring.hub.follow(self.conversation_id, self)
        try:
            written, head = await self._look()
        except BaseException:
            self.stop()
            raise
        if self._is_stopped:
            return
        self.head = max(self.head, head)
        # A cursor beyond the head was made up, or comes from a database that was restored: it starts again at the head.
        self.cursor = min(self.cursor, self.head)
        self._is_started = True
        self._outlet.conversation(written)
        self._work()

    def stop(self) -> None:
        """Stops following; nothing is passed on from here, also not by a start that is still under way."""
        self._is_stopped = True
        self._wiring.hub.unfollow(self.conversation_id, self)
        if self._over is not None:
            self._over.cancel()
        if self._working is not None:
            self._working.cancel()

    def told(self, head: int, message: conversation_pb2.Message | None) -> None:
        """Passes the next entry on at once; anything else is read from the database."""
        self.head = max(self.head, head)
        if self._recorded is not None and self._wiring.clock.now() - self._recorded > RECORDED_AGAIN:
            self._state_is_old = True
        if (
            message is not None
            and message.sequence == self.cursor + 1
            and self._working is None
            and self._is_started
            and not self._is_stopped
            and not self._state_is_old
            and self._outlet.has_room()
        ):
            self.cursor = message.sequence
            self._outlet.message(message)
        else:
            self._work()

    def changed(self) -> None:
        """Reads the conversation again and passes it on."""
        self._state_is_old = True
        self._work()

    def present(self, presence: conversation_pb2.Presence) -> None:
        """Passes on what the other side does; a follower without room misses it, since it is only of the moment."""
        if presence.side != self._side and self._is_started and not self._is_stopped and self._outlet.has_room():
            self._outlet.presence(presence)

    def resume(self) -> None:
        """Goes on after the outlet got room again."""
        self._work()

    def renew(self, viewer: Viewer) -> None:
        """Goes on as the same person with other rights; what may no longer be read ends at the look that follows."""
        self._viewer = viewer
        self.changed()

    def type(self, *, typing: bool) -> None:
        """Shows the other side that the follower types; one who only looks on shows nothing."""
        if self._speaks:
            self._wiring.hub.seen(self.tenant_id, self.conversation_id, self._side, typing=typing, read=0)

    def read(self, sequence: int) -> None:
        """Moves the follower's read mark and shows it to the other side; nobody has read what has not been sent."""
        if self._speaks:
            self._read = max(self._read, min(sequence, self.cursor))
            self._wiring.marks.move(self.tenant_id, self.conversation_id, self._side, self._read)
            self._wiring.hub.seen(self.tenant_id, self.conversation_id, self._side, typing=False, read=self._read)

    def _work(self) -> None:
        if self._working is None and self._is_started and not self._is_stopped and self._has_work():
            self._working = self._wiring.tasks.start(self._catch_up())

    def _has_work(self) -> bool:
        return (self.cursor < self.head or self._state_is_old) and self._outlet.has_room()

    async def _catch_up(self) -> None:
        try:
            while self._has_work():
                try:
                    await self._step()
                except Unavailable:
                    await asyncio.sleep(RETRY_SECONDS)
        except ParleyError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001  # A follower that stopped without a word would look well and hear nothing.
            _log.error("a follower failed", exc_info=error)
            self._end(Internal())
        finally:
            self._working = None

    def _end(self, error: ParleyError) -> None:
        self._is_stopped = True
        self._wiring.hub.unfollow(self.conversation_id, self)
        if self._over is not None:
            self._over.cancel()
        self._outlet.ended(error)

    async def _step(self) -> None:
        if self._state_is_old:
            written, head = await self._look()
            self.head = max(self.head, head)
            self._outlet.conversation(written)
        elif self.head - self.cursor > FAR_BEHIND:
            self._outlet.gap(
                conversation_pb2.Gap(
                    conversation_id=ids.from_uuid("cnv", self.conversation_id),
                    after_sequence=self.cursor,
                    head_sequence=self.head,
                )
            )
            self.cursor = self.head
        else:
            async with self._wiring.database.transaction(self._viewer.actor.tenant_id) as connection:
                page = await messages.list_messages(connection, self.tenant_id, self.conversation_id, self.cursor, PAGE)
            if not page:
                # What was told of is gone: the conversation was purged meanwhile.
                self.cursor = self.head
                self._state_is_old = True
            for entry in page:
                self.cursor = entry.sequence
                self.head = max(self.head, entry.sequence)
                self._outlet.message(entry_message(entry))
                if not self._outlet.has_room():
                    break

    async def _look(self) -> tuple[conversation_pb2.Conversation, int]:
        """Returns the conversation as it stands, and its head. What changes during the look is looked at again."""
        self._state_is_old = False
        try:
            viewer, now = self._viewer, self._wiring.clock.now()
            kept = await self._wiring.kept_for(viewer.actor.tenant_id)
            async with self._wiring.database.transaction(viewer.actor.tenant_id) as connection:
                conversation = check_read(
                    viewer,
                    await find_kept(connection, self._wiring, self.tenant_id, self.conversation_id, kept),
                    now,
                )
                reader = reader_of(viewer, conversation, now)
                await self._wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
                place = await self._wiring.queue.place_of(connection, conversation)
        except BaseException:
            self._state_is_old = True
            raise
        self._recorded = now if is_recorded(viewer.actor) else None
        self._look_when_over(conversation, now)
        self._speaks = self._side == VISITOR or conversation.operator_id == viewer.staff_id
        self._read = max(self._read, conversation.visitor_read if self._side == VISITOR else conversation.operator_read)
        return conversation_message(conversation, kept, place), conversation.head

    def _look_when_over(self, conversation: Conversation, now: datetime) -> None:
        # Whoever watches stops to hear at the very moment at which the time is over, and both sides see that it is.
        if self._over is not None:
            self._over.cancel()
            self._over = None
        if is_watched(conversation, now) and conversation.watch_end_time is not None:
            left = (conversation.watch_end_time - now).total_seconds()
            self._over = asyncio.get_running_loop().call_later(left, self.changed)


class InboxOutlet(Protocol):
    """Where an inbox's changes go."""

    def has_room(self) -> bool:
        """Says whether more can be taken now."""

    def inbox(self, change: conversation_pb2.WatchInboxResponse) -> None:
        """Takes a change."""

    def inbox_ended(self, error: ParleyError) -> None:
        """Takes that the follower may not follow any more."""


class InboxFollowing:
    """One follower of a tenant's inbox, who hears only of what that person may see."""

    def __init__(self, wiring: Wiring, viewer: Viewer, outlet: InboxOutlet) -> None:
        """Takes who follows, and where it goes."""
        self._wiring = wiring
        self._viewer = viewer
        self._tenant_id = tenant_of(viewer.actor)
        self._outlet = outlet
        # What changed meanwhile, in the order in which it did; each conversation once, however often it changed.
        self._changed: dict[UUID, None] = {}
        self._missed = False
        # What the follower answers, and what was said there since the last look.
        self._answered: set[UUID] = set()
        self._is_listed = viewer.staff_id is None
        self._moved: dict[UUID, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_stopped = False
        self._working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts to follow."""
        self._wiring.hub.follow_inbox(self._tenant_id, self)
        self.resume()

    def stop(self) -> None:
        """Stops following."""
        self._leave()
        if self._working is not None:
            self._working.cancel()

    def renew(self, viewer: Viewer) -> None:
        """Goes on as the same person with other rights; the list is to be read again."""
        self._viewer = viewer
        self.missed()

    def missed(self) -> None:
        """Notes that changes may have been missed: the list is to be read again."""
        self._missed = True
        self._is_listed = self._viewer.staff_id is None
        self.resume()

    def conversation_moved(self, conversation_id: UUID) -> None:
        """Notes that something was said or read where the follower answers, and looks once for all that comes soon."""
        self._moved[conversation_id] = None
        if self._timer is None and not self._is_stopped:
            self._timer = asyncio.get_running_loop().call_later(MOVES_SECONDS, self._look_at_moves)

    def _look_at_moves(self) -> None:
        self._timer = None
        moved, self._moved = self._moved, {}
        for conversation_id in moved:
            self.conversation_changed(conversation_id)

    def conversation_changed(self, conversation_id: UUID) -> None:
        """Notes a change and passes it on as soon as there is room."""
        if len(self._changed) < FAR_BEHIND:
            self._changed[conversation_id] = None
        else:
            self._missed = True
        self.resume()

    def resume(self) -> None:
        """Goes on after the outlet got room again."""
        if self._working is None and not self._is_stopped and self._has_work():
            self._working = self._wiring.tasks.start(self._pass_on())

    def _has_work(self) -> bool:
        return (bool(self._changed) or self._missed or not self._is_listed) and self._outlet.has_room()

    async def _pass_on(self) -> None:
        try:
            while self._has_work():
                try:
                    await self._step()
                except Unavailable:
                    await asyncio.sleep(RETRY_SECONDS)
        except ParleyError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001  # A follower that stopped without a word would look well and hear nothing.
            _log.error("an inbox's follower failed", exc_info=error)
            self._end(Internal())
        finally:
            self._working = None

    def _end(self, error: ParleyError) -> None:
        self._leave()
        self._outlet.inbox_ended(error)

    def _leave(self) -> None:
        self._is_stopped = True
        self._wiring.hub.unfollow_inbox(self._tenant_id, self)
        for conversation_id in self._answered:
            self._wiring.hub.unlisten(conversation_id, self)
        if self._timer is not None:
            self._timer.cancel()

    async def _list_answered(self) -> None:
        staff_id = self._viewer.staff_id
        assert staff_id is not None
        async with self._wiring.database.transaction(self._viewer.actor.tenant_id) as connection:
            found = await conversations.list_running_of_operator(connection, self._tenant_id, staff_id, MOST_ANSWERED)
        for conversation_id in found:
            self._note_answered(conversation_id, True)
        self._is_listed = True

    def _note_answered(self, conversation_id: UUID, is_answered: bool) -> None:
        if is_answered and not self._is_stopped:
            if conversation_id not in self._answered:
                # What was said between the look and this moment was told to nobody, so it is looked at once more.
                self._changed[conversation_id] = None
            self._answered.add(conversation_id)
            self._wiring.hub.listen(conversation_id, self)
        elif conversation_id in self._answered:
            self._answered.discard(conversation_id)
            self._wiring.hub.unlisten(conversation_id, self)

    async def _step(self) -> None:
        if self._missed:
            self._missed = False
            self._changed.clear()
            self._outlet.inbox(conversation_pb2.WatchInboxResponse(gap=conversation_pb2.Gap()))
            return
        if not self._is_listed:
            await self._list_answered()
            return
        # What changes again while the look is under way is noted anew, and looked at again.
        changed, self._changed = list(self._changed), {}
        try:
            kept = await self._wiring.kept_for(self._viewer.actor.tenant_id)
            found = await self._wiring.glances.look(self._viewer.actor.tenant_id, changed)
        except BaseException:
            self._changed = dict.fromkeys(changed) | self._changed
            raise
        for at, conversation_id in enumerate(changed):
            if not self._outlet.has_room():
                self._changed = dict.fromkeys(changed[at:]) | self._changed
                return
            seen = found.get(conversation_id)
            self._note_answered(
                conversation_id,
                seen is not None and seen[0].state == OPEN and seen[0].operator_id == self._viewer.staff_id,
            )
            if seen is not None and may_see(self._viewer, seen[0]):
                change = conversation_pb2.WatchInboxResponse(conversation=conversation_message(seen[0], kept, seen[1]))
            else:
                change = conversation_pb2.WatchInboxResponse(
                    removed_conversation_id=ids.from_uuid("cnv", conversation_id)
                )
            self._outlet.inbox(change)
