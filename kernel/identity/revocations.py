"""Remembers which sessions and whose tokens are no longer good, until the tokens would have expired anyway.

Every process holds one and feeds it from identity's events; it is consulted on every call and by every live channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from kernel.identity.actor import Actor

_REMEMBERED = 100_000

#: The events of identity that revoke, and the attribute that says what.
SESSION_REVOKED, SESSION_ID = "session.revoked", "session_id"
STAFF_CHANGED, STAFF_ID = "staff.changed", "staff_id"
REVOKING = (SESSION_REVOKED, STAFF_CHANGED)


class Revocations:
    """The credentials that were revoked lately."""

    def __init__(self) -> None:
        """Starts with nothing revoked."""
        self._sessions: dict[str, None] = {}
        self._not_before: dict[str, datetime] = {}
        self._listeners: dict[object, Callable[[], None]] = {}

    def revoke_session(self, session_id: str) -> None:
        """Refuses every token of a session, an API key or a visitor's credential from now on."""
        self._sessions[session_id] = None
        self._changed()

    def revoke_before(self, subject_id: str, moment: datetime) -> None:
        """Refuses a person's tokens that were issued before a moment, since what the person may do has changed."""
        # Put in anew, so that it is not the first to be forgotten.
        self._not_before[subject_id] = max(moment, self._not_before.pop(subject_id, moment))
        self._changed()

    def hear(self, kind: str, attributes: Mapping[str, str], moment: datetime) -> None:
        """Takes an event of identity; one that revokes nothing is passed over."""
        if kind == SESSION_REVOKED:
            self.revoke_session(attributes[SESSION_ID])
        elif kind == STAFF_CHANGED:
            self.revoke_before(attributes[STAFF_ID], moment)

    def is_revoked(self, actor: Actor) -> bool:
        """Says whether an actor's token is no longer good."""
        if actor.session_id and actor.session_id in self._sessions:
            return True
        not_before = self._not_before.get(actor.subject_id) if actor.subject_id else None
        return not_before is not None and (actor.issue_time is None or actor.issue_time < not_before)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls the listener after every revocation, so that live channels are looked at again; returns how to stop."""
        key = object()
        self._listeners[key] = listener

        def forget() -> None:
            self._listeners.pop(key, None)

        return forget

    def _changed(self) -> None:
        # Tokens live for minutes, so what was revoked longest ago can be forgotten first.
        for known in (self._sessions, self._not_before):
            while len(known) > _REMEMBERED:
                known.pop(next(iter(known)))
        for listener in tuple(self._listeners.values()):
            listener()
