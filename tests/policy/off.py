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


def the_closed_house() -> Switched:
    """C12: the house is a tenant like the others."""
    return Switched(("services.privacy.domain.legal.check_regime", returning(None)))


class _AnyNotice(str):
    __slots__ = ()

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def the_notice_in_force() -> Switched:
    """C14: whatever notice somebody names is taken for the one in force."""
    return Switched(("services.chat.actions.peers.Peers.current_notice", returning_later(_AnyNotice())))


def the_second_person() -> Switched:
    """C19: whoever opens a case confirms it as well."""
    from services.privacy.domain import legal

    confirmed = legal.confirmed_case

    def alone(case: Any, staff_id: str, now: Any) -> Any:
        return confirmed(replace(case, proposer_id="somebody else"), staff_id, now)

    return Switched(("services.privacy.domain.legal.confirmed_case", alone))


def the_reminder() -> Switched:
    """C20: nobody is reminded."""
    return Switched(("services.privacy.actions.notices.owed", returning(())))


def versions_that_cannot_change() -> Switched:
    """C36: the service may write over what was published."""
    return Switched(sql="GRANT UPDATE, DELETE, TRUNCATE ON privacy.notices TO parley_privacy")


def the_seal() -> Switched:
    """HOLD: a seal keeps nobody out."""
    return Switched(("kernel.privacy.seals.check", returning_later(None)))


def the_newest_notice() -> Switched:
    """RUNNING: the first version stays in force for ever."""
    from services.privacy.store import notices

    async def first(connection: Any, tenant_id: Any, site_id: str) -> Any:
        return (await notices.list_notices(connection, tenant_id, site_id, None, 1000))[-1]

    return Switched(("services.privacy.store.notices.find_current_notice", first))


def the_longest_period() -> Switched:
    """PERIODS: a period may be as long as one likes."""
    return Switched(("kernel.settings.Setting.accept", lambda _, value: value))


def the_rewrite() -> Switched:
    """ERASED: the tables in which something was erased are left as they are."""
    return Switched(("kernel.storage.rewrite._rewrite_one", returning_later(True)))


def the_audience_of_a_field() -> Switched:
    """DERIVED: everybody sees every field."""
    return Switched(("kernel.privacy.redaction.visible", returning(True)))


def the_time_to_be_told() -> Switched:
    """C31: a company's data go as soon as somebody asks for them."""
    return Switched(("cli.transfer.announcing.Announced.check", returning(None)))


def the_replay() -> Switched:
    """RESTORED: a backup is taken for the whole truth."""
    from cli.replay import Replayed

    return Switched(("cli.restore.replay", returning_later(Replayed())))
