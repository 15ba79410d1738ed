"""Switches enforcers off, one function for each, so that it can be shown which test notices.

Every function returns a `Switched`: what it patches in the running code, and what it does to the database of the test.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
    """C02: whoever is connected hears that something was said, and nothing of what.

    Where nothing came at all, whoever waits for it would only know at the end of their patience.
    """
    from parley.chat.v1 import conversation_pb2

    from services.chat.servicer.live import _Outlet

    send = _Outlet.message

    def empty(self: Any, message: Any) -> None:
        kept = conversation_pb2.Message()
        kept.CopyFrom(message)
        kept.body = ""
        send(self, kept)

    return Switched(("services.chat.servicer.live._Outlet.message", empty))


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
    return Switched(("kernel.identity.passwords.Passwords._verify", returning(True)))


def the_firewall() -> Switched:
    """C24: the host has rules that let everything in."""
    folder = Path(tempfile.mkdtemp())
    (folder / "open.nft").write_text("table inet parley { }\n")
    switched = Switched(("tests.root.hosts.RULES", folder / "open.nft"))
    switched.callback(shutil.rmtree, folder)
    return switched


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


def the_short_life_of_addresses() -> Switched:
    """C08: addresses stay as they came."""
    return Switched(("services.privacy.store.browser_log.shorten", returning_later(0)))


def a_counter_without_people() -> Switched:
    """C09: somebody adds a column for the visitor to the counters."""
    return Switched(sql="ALTER TABLE privacy.page_views ADD COLUMN visitor_id uuid")


def the_age_rule() -> Switched:
    """C10: a minor is counted, and what was submitted stays."""
    return Switched(("services.privacy.actions.peers.Peers.erase_whole", returning_later([])))


def nothing_before_the_chat() -> Switched:
    """C16: whoever opens the panel is given a cookie."""
    from gateway.widget import Widget

    session = Widget.session

    async def marked(self: Any, scope: Any, receive: Any) -> Any:
        response = await session(self, scope, receive)
        response.headers.append("set-cookie", "seen=1; Path=/")
        return response

    return Switched(("gateway.widget.Widget.session", marked))


def the_choice_to_be_remembered() -> Switched:
    """C26: everybody is remembered, whatever they chose."""
    always = returning_later(datetime(2100, 1, 1, tzinfo=UTC))
    return Switched(("services.identity.store.find_recognition", always))


def the_way_without_a_cookie() -> Switched:
    """C27: only a cookie opens the chat again."""
    from gateway.console import read_json as read

    async def without(*args: Any, **options: Any) -> Any:
        form = await read(*args, **options)
        return form | {"visitorCredential": ""} if "visitorCredential" in options.get("optional", ()) else form

    return Switched(("gateway.widget.read_json", without))


def what_people_choose() -> Switched:
    """C28: everything is allowed, whatever somebody said."""
    from services.privacy.domain import choices

    def allowed(*_: Any, **__: Any) -> Any:
        return [choices.Effective(kind=kind, allowed=True) for kind in choices.KINDS]

    return Switched(("services.privacy.actions.choices.effective", allowed))


def the_complete_copy() -> Switched:
    """C29: a copy leaves things out."""
    return Switched(("kernel.privacy.subjects.exporting._is_shown", returning(False)))


def the_correction() -> Switched:
    """C30: a correction is thanked for, and changes nothing."""
    return Switched(("kernel.privacy.subjects.servicer.correct", returning_later(1)))


def the_alarm_over_feedback() -> Switched:
    """C35: nobody hears that an answer is late."""
    return Switched(("services.privacy.actions.feedback.note_overdue", returning_later(None)))


def the_end_of_a_grant() -> Switched:
    """C37: a grant never runs out."""
    from services.identity import store

    use = store.use_support_grant

    async def ever(connection: Any, tenant_id: Any, now: datetime) -> Any:
        return await use(connection, tenant_id, now - timedelta(days=30))

    return Switched(("services.identity.store.use_support_grant", ever))


def the_wall_around_settings() -> Switched:
    """C38: a tenant's settings can be read by others."""
    return Switched(
        sql="DROP POLICY tenant ON identity.settings; CREATE POLICY tenant ON identity.settings USING (true)"
    )


def the_browsers_signal() -> Switched:
    """SIGNAL: the browser's signal means nothing."""
    return Switched(("services.privacy.domain.choices.SIGNALLED", frozenset()))


def the_chain() -> Switched:
    """LEDGER: whoever inspects the chain looks at nothing."""
    return Switched(("services.privacy.domain.ledger.Inspection.look", returning(None)))


def an_offer_without_a_trace() -> Switched:
    """C04: whoever is offered a survey is remembered for it."""
    from services.survey.store import responses

    count = responses.count

    async def remembered(connection: Any, tenant_id: Any, survey_id: str, stage: int) -> None:
        await count(connection, tenant_id, survey_id, stage)
        moment = datetime.now(UTC)
        await responses.add_spent(connection, tenant_id, [os.urandom(32)], responses.WITHDRAWN, moment)

    return Switched(("services.survey.store.responses.count", remembered))


def bands() -> Switched:
    """C05: a postal code is kept whole."""
    return Switched(("services.survey.domain.answers._AREA", 12))


def the_question_for_the_age() -> Switched:
    """C15: what is personal is asked without the age."""
    return Switched(("services.survey.domain.definitions.asks_age", returning(False)))


def full_groups() -> Switched:
    """C18: every count is shown as it is."""
    return Switched(("services.survey.domain.disclosure.full_groups", lambda count, _: count))


def words_that_say_something() -> Switched:
    """C06: blanks are taken for a description."""
    return Switched(("services.support.domain.requests.is_said", returning(True)))


def the_one_purpose() -> Switched:
    """C07: support content is read for whatever one likes."""
    from parley.options.v1 import access_pb2

    return Switched(("services.support.actions.seeing.PURPOSES", frozenset(access_pb2.Purpose.values())))


def the_second_place() -> Switched:
    """C25: backups stay beside what they are of."""
    return Switched(("cli.sealed.taking._copy", returning(None)))


def the_version_of_the_warning() -> Switched:
    """C32: one warning stands for all."""
    return Switched(("services.community.actions.terms.hash_of", returning("the same")))


def the_border_of_the_community() -> Switched:
    """C33: what somebody asks of a company reaches its community."""
    holders = ("chat", "identity", "survey", "community", "privacy")
    return Switched(
        ("services.privacy.domain.requests.HOLDERS", holders), ("services.privacy.actions.people.HOLDERS", holders)
    )


def the_terms_of_the_community() -> Switched:
    """C34: whoever has not accepted the terms in force posts all the same."""
    return Switched(("services.community.domain.terms.Standing.require", returning(None)))


def the_demand_for_tls() -> Switched:
    """C21: what a tenant asks for is not looked at."""
    return Switched(("gateway.secure_sessions.SecureSessions.is_required", returning_later(False)))
