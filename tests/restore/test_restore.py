"""All is lost but an archive and the journal's copy: a new deployment is the old one, without those who left since."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from parley.identity.v1 import api_key_pb2, staff_pb2, token_pb2
from parley.privacy.v1 import choice_pb2, feedback_pb2, notice_pb2
from parley.subject.v1 import age_pb2, age_pb2_grpc, subject_pb2

from cli.backup import back_up
from cli.services import METADATA
from kernel import ids
from kernel.config import SERVICES, Config
from kernel.embedded import EngineUrls, engines_from
from kernel.errors import NotFound, PermissionDenied, Unauthenticated
from kernel.files import open_files
from kernel.journal import Erased, read
from tests.chat.people import redact
from tests.command import running
from tests.engines import SECRET
from tests.platform import PASSWORD, Platform, a_config, running_platform
from tests.restore.conftest import STAFF, VISITOR, a_deployment, erase, heard, held, say, subjects

ERASED, KEPT, LATER, HELD = "canary-erased-7f31", "canary-control-22ab", "canary-later-90cd", "canary-held-41ee"
YOUNG = "canary-young-17aa"
SECRET_WORDS = "canary-card-4111"
OLD_NAME, NEW_NAME = "Maria Wrong", "María Right"


async def everything(url: str) -> str:
    """Returns every row of every table as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname = ANY ($1)",
            ["app", *SERVICES],
        )
        rows = [await connection.fetch(f"SELECT t::text AS row FROM {each['name']} t") for each in tables]
        return "\n".join(row["row"] for table in rows for row in table)
    finally:
        await connection.close()


async def bytes_of(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def choose(platform: Platform, notice_id: str, token: str, decision: choice_pb2.ChoiceDecision.ValueType) -> None:
    """Says something about statistics."""
    request = choice_pb2.RecordChoiceRequest(
        kind=choice_pb2.CHOICE_KIND_STATISTICS, decision=decision, notice_id=notice_id
    )
    await platform.call(platform.choices.RecordChoice, request, token=token)


async def correct_name(platform: Platform, tenant_id: str, staff_id: str, name: str) -> None:
    """Corrects the name of a member of staff everywhere."""
    for stub in subjects(platform):
        await platform.call(
            stub.CorrectSubject,
            subject_pb2.CorrectSubjectRequest(
                subject=subject_pb2.Subject(kind=STAFF, id=staff_id),
                field="parley.identity.v1.Staff.display_name",
                value=name,
            ),
            tenant_id=tenant_id,
        )


async def test_what_left_since_the_backup_is_not_there_again(engines: EngineUrls, tmp_path: Path) -> None:
    async with a_deployment(engines, tmp_path / "old") as old:
        platform = old.platform
        tenant = await platform.tenant()
        maria, suspended = await tenant.member(name=OLD_NAME), await tenant.member(name="Sam")
        gone, kept, sealed, young = [await tenant.visitor(name) for name in (ERASED, "Control", HELD, YOUNG)]
        for visitor, words in ((gone, ERASED), (kept, KEPT), (sealed, HELD), (young, YOUNG)):
            await say(tenant, visitor, words)
        await say(tenant, kept, SECRET_WORDS)
        await choose(platform, tenant.notice.id, kept.token, choice_pb2.CHOICE_DECISION_GIVEN)
        complaint = await platform.call(
            platform.feedback.SubmitFeedback,
            feedback_pb2.SubmitFeedbackRequest(kind=feedback_pb2.FEEDBACK_KIND_COMPLAINT, text="I take this back."),
            token=kept.token,
        )
        revoked_key, secret = await tenant.api_key("chat.read")
        _, kept_secret = await tenant.api_key("chat.read")
        files = open_files(old.config)
        stored = await files.put(tenant.id, kept.conversation.id, bytes_of(b"a file ", b"of two parts"), most_bytes=100)
        await files.judge(tenant.id, stored.key, "text/plain")

        # People go on talking while the backup is made; it is of one moment all the same.
        backing_up = asyncio.create_task(old.back_up())
        talk = 0
        while not backing_up.done():
            await say(tenant, kept, f"while it is backed up {talk:08}")
            talk += 1
        archive = await backing_up

        await erase(tenant, gone.conversation.visitor_id)
        await redact(platform, kept.token, kept.conversation.id, 3)
        await say(tenant, kept, LATER)
        minor = subject_pb2.Subject(kind=VISITOR, id=young.conversation.visitor_id)
        await platform.call(
            age_pb2_grpc.AgeServiceStub(platform.channels.of("privacy")).RefuseMinor,
            age_pb2.RefuseMinorRequest(subject=minor, site_id=tenant.site.id),
            tenant_id=tenant.id,
        )
        # The choice is withdrawn under a notice that the backup does not know.
        newer = await platform.call(
            platform.notices.PublishNotice,
            notice_pb2.PublishNoticeRequest(site_id=tenant.site.id, language="en", text="A newer notice."),
            tenant_id=tenant.id,
        )
        await choose(platform, newer.notice.id, kept.token, choice_pb2.CHOICE_DECISION_WITHDRAWN)
        take_back = feedback_pb2.WithdrawFeedbackRequest(code=complaint.code)
        await platform.call(platform.feedback.WithdrawFeedback, take_back, token=kept.token)
        hold_id = ids.new_id("hld")
        who = subject_pb2.Subject(kind=VISITOR, id=sealed.conversation.visitor_id)
        for stub in subjects(platform):
            request = subject_pb2.SealSubjectRequest(subject=who, reason=subject_pb2.SEAL_REASON_HELD, seal_id=hold_id)
            await platform.call(stub.SealSubject, request, tenant_id=tenant.id)
        await erase(tenant, sealed.conversation.visitor_id)
        await correct_name(platform, tenant.id, maria.id, NEW_NAME)
        await platform.call(
            platform.api_keys.RevokeApiKey,
            api_key_pb2.RevokeApiKeyRequest(api_key_id=revoked_key),
            token=tenant.admin.token,
        )
        change = staff_pb2.UpdateStaffRequest(
            staff=staff_pb2.Staff(id=suspended.id, state=staff_pb2.Staff.STATE_SUSPENDED)
        )
        change.update_mask.paths.append("state")
        await platform.call(platform.staff.UpdateStaff, change, token=tenant.admin.token)
        manifest = json.loads((archive / "manifest.json").read_text())
        said, copy = old.said, old.copy
    # The database is dropped by now; the files and the live journal go too. What is left is on other disks.
    shutil.rmtree(tmp_path / "old" / "data")
    (tmp_path / "kept key").write_text(SECRET)

    into = tmp_path / "a new one"
    async with running(
        *("restore", str(archive), "--into", str(into), "--journal", str(copy), "--key", str(tmp_path / "kept key")),
        data_dir=tmp_path / "unused",
    ) as command:
        assert await command.ended(seconds=120) == 0, command.output
    assert "every one is equal" in command.output
    for line in (
        "people erased again: 2",
        "people refused for age, erased again: 1",
        "withdrawn choices put back: 1",
        "records removed again that their authors took back: 1",
        "sessions, credentials and keys revoked again: ",
        "accounts set to what they may do now: 1",
        f"seals set or lifted again: {len(SERVICES)}",
        "corrections made again: 1",
        "messages removed again: 1",
    ):
        assert line in command.output, command.output
    assert not any(canary in command.output + "".join(said) for canary in (ERASED, KEPT, NEW_NAME, OLD_NAME))
    assert ERASED not in (archive / "manifest.json").read_text()
    # Whatever a service keeps is in the backup, without anybody having listed it.
    tables = {table.fullname for metadata in METADATA.values() for table in metadata.sorted_tables}
    assert tables <= manifest["tables"].keys()

    choice = replace(a_config("", "", into), database_url="", redis_url="")
    with engines_from(choice) as new:
        database = await everything(new.database_url)
        assert KEPT in database
        assert HELD in database
        assert ERASED not in database
        assert YOUNG not in database
        assert LATER not in database
        assert SECRET_WORDS not in database
        config = a_config(new.database_url, new.redis_url, into)
        async with running_platform(config) as platform:
            # Who stayed goes on where they were; what was said after the backup is lost, and nothing else.
            token = await platform.call(
                platform.tokens.ExchangeCredential,
                token_pb2.ExchangeCredentialRequest(visitor_credential=kept.credential),
            )
            read_again = await heard(platform, kept, token.access_token)
            assert read_again[0] == KEPT
            assert read_again[1:] == [f"while it is backed up {turn:08}" for turn in range(len(read_again) - 1)]
            chosen = await platform.call(
                platform.choices.GetChoices, choice_pb2.GetChoicesRequest(), token=token.access_token
            )
            (statistics,) = (each for each in chosen.choices if each.kind == choice_pb2.CHOICE_KIND_STATISTICS)
            assert not statistics.allowed
            assert statistics.decision == choice_pb2.CHOICE_DECISION_WITHDRAWN
            for credential in (
                token_pb2.ExchangeCredentialRequest(visitor_credential=gone.credential),
                token_pb2.ExchangeCredentialRequest(api_key=secret),
                token_pb2.ExchangeCredentialRequest(session=suspended.session),
            ):
                with pytest.raises(Unauthenticated):
                    await platform.call(platform.tokens.ExchangeCredential, credential)
            await platform.call(
                platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(api_key=kept_secret)
            )
            with pytest.raises((Unauthenticated, PermissionDenied, NotFound)):
                await platform.call(
                    platform.tokens.SignIn,
                    token_pb2.SignInRequest(tenant_slug=tenant.slug, email=suspended.email, password=PASSWORD),
                )
            about_maria = await held(platform, tenant.id, subject_pb2.Subject(kind=STAFF, id=maria.id))
            assert f"parley.identity.v1.Staff.display_name={NEW_NAME}" in about_maria[f"identity.staff {maria.id}"]
            who = subject_pb2.Subject(kind=VISITOR, id=gone.conversation.visitor_id)
            assert ERASED not in str(await held(platform, tenant.id, who))
            content = await open_files(config).get(tenant.id, stored.key)
            assert b"".join([chunk async for chunk in content.chunks]) == b"a file of two parts"
            # The journal came along, so that the same backup, restored once more, forgets the same people.
            entries: list[Any] = read([into / "journal"], SECRET).entries
            erased = {entry.subject.id for entry in entries if isinstance(entry, Erased)}
            assert erased == {gone.conversation.visitor_id, sealed.conversation.visitor_id}

    # Stopped as it is, and with nothing but its folder, it can be backed up again.
    again: list[str] = []
    await asyncio.to_thread(back_up, Config(data_dir=into), tmp_path / "again", again.append)
    assert again[0] == "Starting PostgreSQL for the time that this takes"
    tables_now = json.loads((tmp_path / "again" / "manifest.json").read_text())["tables"]
    assert tables_now["identity.sites"] == manifest["tables"]["identity.sites"]
