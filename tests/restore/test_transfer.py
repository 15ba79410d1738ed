"""One company's data go to another deployment: after everybody was told and had their time, whole, and for good."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import receipt_code_pb2, token_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import ledger_pb2, notice_pb2
from parley.subject.v1 import subject_pb2

from cli.archive import ArchiveError, fingerprint, signing_key
from cli.folders import MIGRATIONS
from cli.main import main
from cli.services import METADATA
from cli.transfer import NOTICE, announce, export_tenant, import_tenant
from cli.transfer.rows import LEFT_BEHIND
from kernel import ids
from kernel.clock import ManualClock
from kernel.config import Config
from kernel.embedded import Engines
from kernel.files import open_files
from kernel.storage.migrate import migrate
from tests.platform import OPERATOR, PASSWORD, Tenant, Visitor, a_config, running_platform
from tests.privacy.rights import Kind, ask, my_ledger, settled, track, until
from tests.privacy.rights import held as held_page
from tests.restore.conftest import STAFF, VISITOR, Deployment, erase, heard, held, say
from tests.restore.test_restore import bytes_of, everything

STAYS, GOES, OTHERS = "canary-stays-55aa", "canary-goes-61bb", "canary-others-93cc"
RECIPIENT = "Harbour Ltd"
THEIR_SECRET = "the secret of another deployment"


@dataclass(frozen=True, slots=True)
class Sale:
    """A company that is to be handed over, its people, and the archive of it."""

    tenant: Tenant
    stays: Visitor
    goes: Visitor
    archive: Path
    file_key: str
    said: str
    #: The codes that the person wrote down: of the receipt, and of a request.
    receipt_code: str
    tracking_code: str
    #: What was held about the people at that moment.
    held: list[dict[str, list[str]]]

    @property
    def people(self) -> tuple[subject_pb2.Subject, ...]:
        """Who stays, who was erased, and a member of the staff."""
        return (
            subject_pb2.Subject(kind=VISITOR, id=self.stays.conversation.visitor_id),
            subject_pb2.Subject(kind=VISITOR, id=self.goes.conversation.visitor_id),
            subject_pb2.Subject(kind=STAFF, id=self.tenant.admin.id),
        )

    @property
    def signer(self) -> str:
        """The key that its people tell the other side."""
        return fingerprint(signing_key(self.tenant.platform.config.secret_key, "tenant").public_key())


def a_day(after: timedelta = NOTICE) -> date:
    """A day that may be announced."""
    return (datetime.now(UTC) + after + timedelta(days=1)).date()


def later() -> ManualClock:
    """A clock at a moment at which everybody had their time."""
    return ManualClock(datetime.now(UTC) + NOTICE + timedelta(days=2))


@pytest_asyncio.fixture(scope="session")
async def sale(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Sale:
    """A company with people in it, one of whom was erased while it was announced."""
    platform, folder = deployment.platform, tmp_path_factory.mktemp("sale")
    tenant, other = await platform.tenant(), await platform.tenant()
    await say(other, await other.visitor(OTHERS), OTHERS)
    maria = await tenant.member(OPERATOR, name="Maria")
    stays, goes = await tenant.visitor(STAYS), await tenant.visitor(GOES)
    await say(tenant, stays, STAYS)
    await say(tenant, goes, GOES)
    # Somebody reads along, so that there is a record of it to take along.
    request = conversation_pb2.ListMessagesRequest(conversation_id=stays.conversation.id)
    await platform.call(platform.chat.ListMessages, request, token=maria.token)
    files = open_files(deployment.config)
    stored = await files.put(tenant.id, stays.conversation.id, bytes_of(b"a file"), most_bytes=100)
    await files.judge(tenant.id, stored.key, "text/plain")
    lines: list[str] = []
    await asyncio.to_thread(announce, deployment.config, tenant.slug, a_day(), RECIPIENT, lines.append)
    await erase(tenant, goes.conversation.visitor_id)
    receipt = await platform.call(
        platform.receipt_codes.IssueReceiptCode, receipt_code_pb2.IssueReceiptCodeRequest(), token=stays.token
    )
    asked = await ask(platform, stays.token, Kind.KIND_ACCESS)
    await settled(platform, tenant, asked.tracking_code)
    await until(lambda: my_ledger(platform, stays.token), bool)
    archive = folder / "archive"
    sale = Sale(tenant, stays, goes, archive, stored.key, "", receipt.receipt_code, asked.tracking_code, held=[])
    sale.held.extend([await held(platform, tenant.id, who) for who in sale.people])
    await asyncio.to_thread(export_tenant, deployment.config, tenant.slug, archive, lines.append, clock=later())
    return replace(sale, said="\n".join(lines))


@pytest_asyncio.fixture(scope="session")
async def elsewhere() -> AsyncIterator[Config]:
    """The settings of another deployment: other engines, other roles, another key."""
    with tempfile.TemporaryDirectory(prefix="parley-elsewhere-") as folder:
        with Engines(Path(folder) / "engines", durable=False) as engines:
            config = a_config(engines.database_url, engines.redis_url, Path(folder) / "data", secret_key=THEIR_SECRET)
            await migrate(engines.database_url, THEIR_SECRET, MIGRATIONS)
            yield config


async def take_in(config: Config, archive: Path, signer: str, slug: str = "") -> str:
    """Imports an archive and returns what was said."""
    said: list[str] = []
    await asyncio.to_thread(import_tenant, config, archive, signer, said.append, slug=slug)
    return "\n".join(said)


async def test_people_are_told_on_every_site(sale: Sale) -> None:
    platform = sale.tenant.platform
    request = notice_pb2.GetCurrentNoticeRequest(site_id=sale.tenant.site.id, known_notice_id=sale.tenant.notice.id)
    current = await platform.call(platform.notices.GetCurrentNotice, request, token=await sale.tenant.anonymous())
    assert RECIPIENT in current.notice.text
    assert f"On {a_day():%-d %B %Y}" in current.notice.text
    assert current.notice.text.startswith(sale.tenant.notice.text)
    # It matters, so that whoever comes back is told of the change; the old version stays what it was.
    assert current.change.material
    assert RECIPIENT in current.change.summaries[-1]


async def test_nothing_is_handed_over_before_people_were_told_and_had_their_time(
    deployment: Deployment, tmp_path: Path
) -> None:
    tenant = await deployment.platform.tenant()
    config, now = deployment.config, datetime.now(UTC)

    async def refused(clock: ManualClock) -> str:
        with pytest.raises(ArchiveError) as error:
            await asyncio.to_thread(
                export_tenant, config, tenant.slug, tmp_path / "archive", lambda _: None, clock=clock
            )
        assert list(tmp_path.iterdir()) == []
        return str(error.value)

    assert "Nobody was told" in await refused(later())
    with pytest.raises(ArchiveError, match="People are told 30 days before"):
        await asyncio.to_thread(
            announce, config, tenant.slug, (now + timedelta(days=29)).date(), RECIPIENT, lambda _: None
        )
    assert "Nobody was told" in await refused(later())
    said: list[str] = []
    await asyncio.to_thread(announce, config, tenant.slug, a_day(timedelta(days=60)), RECIPIENT, said.append)
    for days in (0, 31, 60):
        assert f"not handed over before {a_day(timedelta(days=60)):%-d %B %Y}" in await refused(
            ManualClock(now + timedelta(days=days))
        )
    # Another recipient is another announcement, and begins the time anew.
    await asyncio.to_thread(announce, config, tenant.slug, a_day(), "Somebody Else", said.append)
    assert "not handed over before" in await refused(ManualClock(now + timedelta(days=29)))
    # A notice that does not say so any more tells nobody.
    await deployment.platform.call(
        deployment.platform.notices.PublishNotice,
        notice_pb2.PublishNoticeRequest(site_id=tenant.site.id, language="en", text="Nothing of it."),
        tenant_id=tenant.id,
    )
    assert "The notice of Shop does not say" in await refused(later())
    with pytest.raises(ArchiveError, match="no company of this short name"):
        await asyncio.to_thread(export_tenant, config, "nobody", tmp_path / "archive", said.append, clock=later())


async def test_the_archive_holds_all_of_one_company_and_nothing_of_another(sale: Sale) -> None:
    manifest = json.loads((sale.archive / "manifest.json").read_text())
    declared = {
        table.fullname
        for metadata in METADATA.values()
        for table in metadata.sorted_tables
        if "tenant_id" in table.c and table.name not in LEFT_BEHIND
    }
    assert manifest["tables"].keys() == declared
    content = "".join(path.read_text(errors="replace") for path in sale.archive.rglob("*") if path.is_file())
    assert STAYS in content
    assert GOES not in content
    assert OTHERS not in content
    assert manifest["recipient"] == RECIPIENT
    assert sale.signer in sale.said
    assert STAYS not in sale.said


async def test_after_the_import_everybody_is_known_and_a_copy_of_ones_data_is_complete(
    sale: Sale, elsewhere: Config
) -> None:
    tenant = sale.tenant
    assert STAYS in str(sale.held[0])
    said = await take_in(elsewhere, sale.archive, sale.signer)
    assert "every table equal" in said
    assert "Files: 1" in said
    async with running_platform(elsewhere) as platform:
        assert [await held(platform, tenant.id, who) for who in sale.people] == sale.held
        assert GOES not in await everything(elsewhere.database_url)
        # Their credentials are good, signed by the new deployment from now on, and lead to the same words.
        issued = await platform.call(
            platform.tokens.ExchangeCredential,
            token_pb2.ExchangeCredentialRequest(visitor_credential=sale.stays.credential),
        )
        assert await heard(platform, sale.stays, issued.access_token) == [STAYS]
        session = await platform.call(
            platform.tokens.SignIn,
            token_pb2.SignInRequest(tenant_slug=tenant.slug, email=tenant.admin.email, password=PASSWORD),
        )
        assert session.session
        # The codes that people wrote down open here what they opened there; asked for again, there is one that does so.
        moved = replace(tenant, platform=platform)
        tracked = await track(platform, moved, sale.tracking_code)
        assert (tracked.kind, tracked.state) == (Kind.KIND_ACCESS, Kind.STATE_DONE)
        again = await platform.call(
            platform.receipt_codes.IssueReceiptCode,
            receipt_code_pb2.IssueReceiptCodeRequest(),
            token=issued.access_token,
        )
        for code in (sale.receipt_code, again.receipt_code):
            receipt = token_pb2.ReceiptCode(tenant_slug=tenant.slug, code=code, network_address="192.0.2.1")
            opened = await platform.call(
                platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(receipt_code=receipt)
            )
            assert STAYS in str(await held_page(platform, opened.access_token))
        # The ledger came whole, with the handing over in it, and this deployment answers for it from now on.
        admin = await platform.sign_in(tenant.slug, tenant.admin.email)
        verdict = await platform.call(platform.ledger.VerifyLedger, ledger_pb2.VerifyLedgerRequest(), token=admin.token)
        assert verdict.whole, verdict
        listed = await platform.call(platform.ledger.ListLedger, ledger_pb2.ListLedgerRequest(), token=admin.token)
        kinds = [entry.kind for entry in listed.entries]
        assert {ledger_pb2.LedgerEntry.KIND_READ, ledger_pb2.LedgerEntry.KIND_TRANSFER} <= set(kinds)
        content = await open_files(elsewhere).get(tenant.id, sale.file_key)
        assert b"".join([chunk async for chunk in content.chunks]) == b"a file"
        # What goes on, goes on: a new word, and an erasure by whoever wants it now.
        visitor = replace(sale.stays, token=issued.access_token)
        await say(replace(tenant, platform=platform), visitor, "a word on the new one")
        await erase(replace(tenant, platform=platform), sale.stays.conversation.visitor_id)
        assert STAYS not in str(await held(platform, tenant.id, sale.people[0]))
    with pytest.raises(ArchiveError, match=r"company called .* here already"):
        await take_in(elsewhere, sale.archive, sale.signer)


async def test_who_asked_to_be_erased_comes_before_the_handing_over(deployment: Deployment, tmp_path: Path) -> None:
    tenant = await deployment.platform.tenant()
    visitor = await tenant.visitor()
    said: list[str] = []
    await asyncio.to_thread(announce, deployment.config, tenant.slug, a_day(), RECIPIENT, said.append)
    asked = await ask(deployment.platform, visitor.token, Kind.KIND_ACCESS)
    await settled(deployment.platform, tenant, asked.tracking_code)
    connection = await asyncpg.connect(deployment.config.database_url)

    async def set_state(state: int) -> None:
        await connection.execute(
            "UPDATE privacy.requests SET kind = $1, state = $2 WHERE tenant_id = $3",
            Kind.KIND_ERASE,
            state,
            ids.to_uuid(tenant.id, "ten"),
        )

    try:
        for state in (Kind.STATE_RUNNING, Kind.STATE_WAITING):
            await set_state(state)
            with pytest.raises(ArchiveError, match="asked to be erased and still wait for it: 1"):
                await asyncio.to_thread(
                    export_tenant, deployment.config, tenant.slug, tmp_path / "a", said.append, clock=later()
                )
        await set_state(Kind.STATE_DONE)
    finally:
        await connection.close()
    await asyncio.to_thread(export_tenant, deployment.config, tenant.slug, tmp_path / "a", said.append, clock=later())


def change_first_row(folder: Path, table: str, **changes: object) -> None:
    """Changes the first row of a table."""
    path = folder / "rows" / f"{table}.jsonl"
    first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(orjson.dumps(orjson.loads(first) | changes) + b"\n" + b"".join(others))


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Returns a document with parts of it replaced."""
    return {
        name: merged(old[name], new[name]) if isinstance(new.get(name), dict) and name in old else new.get(name, value)
        for name, value in old.items()
    }


def sign(folder: Path, secret: str = "a stranger") -> str:
    """Measures the files of an archive again and signs them with another key, which is returned."""
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    for name in manifest["files"]:
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    content = orjson.dumps(manifest)
    key = signing_key(secret, "tenant")
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sig").write_text(f"{fingerprint(key.public_key())} {key.sign(content).hex()}\n")
    return fingerprint(key.public_key())


def rewrite(folder: Path) -> None:
    """Changes the manifest and leaves its signature."""
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(RECIPIENT.encode(), b"Pirates Ltd"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rewrite, "was changed after it was signed"),
        (sign, "signed by another key"),
        (lambda folder: (folder / "rows" / "chat.messages.jsonl").write_text(""), "is not what was written"),
        (lambda folder: (folder / "rows" / "chat.messages.jsonl").unlink(), "is missing"),
        (lambda folder: (folder / "rows" / "more.jsonl").touch(), "does not belong there"),
    ],
)
async def test_an_archive_that_was_changed_on_the_way_is_refused(
    sale: Sale, elsewhere: Config, tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    shutil.copytree(sale.archive, tmp_path / "changed")
    change(tmp_path / "changed")
    with pytest.raises(ArchiveError, match=words):
        await take_in(elsewhere, tmp_path / "changed", sale.signer, "another-name")


async def test_whatever_the_other_side_signs_reaches_its_own_company_only(
    deployment: Deployment, elsewhere: Config, tmp_path: Path
) -> None:
    """The other side may sign what it likes: it adds one company, below this platform, or nothing."""
    house = await deployment.platform.tenant(house=True)
    mighty = await house.member(access_pb2.CALLER_PLATFORM_ADMIN, OPERATOR, name="Mighty")
    said: list[str] = []
    await asyncio.to_thread(announce, deployment.config, house.slug, a_day(), RECIPIENT, said.append)
    folder = tmp_path / "archive"
    await asyncio.to_thread(export_tenant, deployment.config, house.slug, folder, said.append, clock=later())
    victim = ids.to_uuid(ids.new_id("ten"), "ten")
    connection = await asyncpg.connect(elsewhere.database_url)
    try:
        await connection.execute("INSERT INTO identity.tenants VALUES ($1, 'victim', 'Victim', 'asp', now())", victim)

        async def refused(words: str, slug: str = "", **changes: object) -> None:
            original = (folder / "manifest.json").read_bytes()
            (folder / "manifest.json").write_bytes(orjson.dumps(merged(orjson.loads(original), changes)))
            with pytest.raises(ArchiveError, match=words):
                await take_in(elsewhere, folder, sign(folder), slug)
            (folder / "manifest.json").write_bytes(original)
            found = await connection.fetch("SELECT slug FROM identity.tenants")
            assert house.slug not in {row["slug"] for row in found}

        await refused("bring both to the same release first", revisions={"chat": "9999"})
        await refused("identity.staff is not what was written", tables={"identity.staff": {"rows": 9, "checksum": ""}})
        await refused("A short name has", slug="No Name")
        await refused("company called victim here already", slug="victim")
        change_first_row(folder, "identity.staff", tenant_id=str(victim))
        heard = await take_in(elsewhere, folder, sign(folder), "taken-over")
        assert "which they lose here: 1" in heard
        rows = await connection.fetch("SELECT tenant_id, id, roles FROM identity.staff")
        assert victim not in {row["tenant_id"] for row in rows}
        (roles,) = (row["roles"] for row in rows if row["id"] == ids.to_uuid(mighty.id, "stf"))
        assert roles == [OPERATOR]
        found = await connection.fetchval("SELECT slug FROM identity.tenants WHERE tenant_id <> $1", victim)
        assert found
    finally:
        await connection.close()


def test_the_command_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["tenant"], ["tenant", "import", "x"], ["tenant", "announce", "fern", "--on", "soon"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
    assert "--signer" in capsys.readouterr().err
