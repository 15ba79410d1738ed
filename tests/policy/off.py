"""Switches enforcers off, one function for each, so that it can be shown which test notices.

Every function returns a `Switched`: what it patches in the running code, and what it does to the database of the test.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from tests.platform import STATEMENTS


class Switched(contextlib.ExitStack):
    """One enforcer that is switched off while it is entered."""

    def __init__(self, *patches: tuple[str, Any], sql: str = "", needs_own_migration: bool = False) -> None:
        """Takes what stands in the place of a name, and statements for the database after its migrations."""
        super().__init__()
        self._patches = patches
        self._sql = sql
        self.needs_own_migration = needs_own_migration

    def __enter__(self) -> Switched:
        """Switches it off."""
        for name, other in self._patches:
            self.enter_context(mock.patch(name, other))
        if self._sql:
            os.environ[STATEMENTS] = self._sql
            self.callback(os.environ.pop, STATEMENTS)
        return self


def returning(value: Any) -> Callable[..., Any]:
    """Returns a function that returns a value, whatever it is asked."""
    return lambda *_, **__: value


def returning_later(value: Any) -> Callable[..., Any]:
    """Returns a coroutine function that returns a value, whatever it is asked."""

    async def answer(*_: Any, **__: Any) -> Any:
        return value

    return answer


def nothing() -> Switched:
    """The control: everything stays as it is."""
    return Switched()


def names_in_any_format() -> Switched:
    """C01: a name is brought into a format, as a form with two fields would."""
    from services.chat.store import conversations

    add = conversations.add_conversation

    async def formatted(connection: Any, conversation: Any) -> None:
        await add(connection, replace(conversation, display_name=conversation.display_name.strip().title()[:20]))

    return Switched(("services.chat.store.conversations.add_conversation", formatted))


def telling_the_other_side() -> Switched:
    """C02: what was said reaches nobody who is connected."""
    return Switched(("services.chat.servicer.live._Outlet.message", returning(None)))


def the_end_of_keeping() -> Switched:
    """C03: nothing expires."""
    return Switched(
        ("services.chat.actions.finding.is_expired", returning(False)),
        ("kernel.privacy.retention.purge_expired", returning_later([])),
    )


def the_reason_to_watch() -> Switched:
    """C11: whoever may see a running conversation reads it, without a word."""
    from services.chat import domain

    def seen(viewer: Any, conversation: Any, now: Any) -> bool:
        return domain.may_see(viewer, conversation) and conversation.erase_time is None

    return Switched(("services.chat.domain.may_read", seen))


def the_list_of_what_no_purpose_is() -> Switched:
    """C13: a purpose may be called anything."""
    return Switched(("protos.rules.FORBIDDEN_PURPOSES", frozenset()))


def the_record_of_readers() -> Switched:
    """C17: nobody notes who reads."""
    return Switched(("kernel.privacy.access.AccessRecorder.record", returning_later(None)))


def the_password() -> Switched:
    """C22: every password is the right one."""
    return Switched(("services.identity.actions.passwords.Passwords._verify", returning(True)))


def row_security() -> Switched:
    """C23: one table's policy lets every tenant's rows through."""
    return Switched(sql="DROP POLICY tenant ON chat.messages; CREATE POLICY tenant ON chat.messages USING (true)")
