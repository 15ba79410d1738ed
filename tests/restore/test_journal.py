"""The journal: durable before it answers, the same in two places, whole or refused, and mute about the erased."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import Unavailable
from kernel.identity import Subject
from kernel.journal import (
    KEPT,
    Account,
    BackedUp,
    Corrected,
    Entry,
    Erased,
    Journal,
    JournalDamaged,
    LedgerHead,
    Minor,
    Redacted,
    Restored,
    Revoked,
    Sealed,
    TakenBack,
    Withdrawn,
    read,
)
from tests.engines import SECRET

FIELD = "parley.chat.v1.Conversation.display_name"
CANARY = "Canary Zoë"
TENANT = ids.new_id("ten")


def somebody() -> Subject:
    """A visitor of one tenant."""
    return Subject(tenant_id=TENANT, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=ids.new_id("vis"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon."""
    return ManualClock(datetime(2026, 5, 1, 12, tzinfo=UTC))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A journal's folder, and that of its copy."""
    return tmp_path / "journal", tmp_path / "elsewhere" / "copy"


@pytest.fixture
def journal(folders: tuple[Path, Path], clock: ManualClock) -> Journal:
    """A journal in two places."""
    return Journal(folders[0], copy=folders[1], secret_key=SECRET, clock=clock)


def every_kind() -> list[Entry]:
    """One entry of each kind."""
    return [
        Erased(subject=somebody()),
        Minor(subject=somebody()),
        Revoked(tenant_id=TENANT, credential_id=ids.new_id("ses")),
        Account(tenant_id=TENANT, staff_id=ids.new_id("stf"), state=2, roles=(3, 4)),
        Corrected(subject=somebody(), field=FIELD, value=CANARY),
        Redacted(tenant_id=TENANT, conversation_id=ids.new_id("cnv"), message_id=ids.new_id("msg"), sequence=3),
        Withdrawn(
            subject=somebody(), choice_id=ids.new_id("cho"), store="privacy.choices", row={"kind": 3, "by_signal": True}
        ),
        TakenBack(tenant_id=TENANT, record_id=ids.new_id("fbk"), store="privacy.feedback"),
        Sealed(tenant_id=TENANT, seal_id=ids.new_id("hld"), store="chat.seals", row={"reason": 1, "lift_time": None}),
        LedgerHead(tenant_id=TENANT, sequence=7, head="ab" * 32, signature="cd" * 64),
        BackedUp(backup_id="2026"),
        Restored(backup_id="2026"),
    ]


async def test_what_was_appended_is_read_back_in_its_order_from_either_place(
    journal: Journal, folders: tuple[Path, Path]
) -> None:
    entries = every_kind()
    for entry in entries:
        await journal.append(entry)
    for places in (folders[:1], folders[1:], folders):
        assert read(places, SECRET).entries == entries
    (file,) = (path for path in folders[0].iterdir() if path.is_file())
    assert file.read_bytes() == (folders[1] / file.name).read_bytes()
    assert CANARY.encode() not in file.read_bytes()
    assert CANARY not in repr(entries)
    assert file.stat().st_mode & 0o077 == folders[0].stat().st_mode & 0o077 == 0


async def test_many_at_once_and_several_processes_lose_nothing(folders: tuple[Path, Path], clock: ManualClock) -> None:
    journals = [Journal(folders[0], copy=folders[1], secret_key=SECRET, clock=clock) for _ in range(3)]
    people = [somebody() for _ in range(60)]
    await asyncio.gather(*(journals[index % 3].append(Erased(subject=person)) for index, person in enumerate(people)))
    reading = read(folders, SECRET)
    assert {str(entry.subject) for entry in reading.entries if isinstance(entry, Erased)} == set(map(str, people))
    assert len(reading.files) == 3


async def test_an_erasure_makes_the_persons_corrections_unreadable(
    journal: Journal, folders: tuple[Path, Path]
) -> None:
    gone, other = somebody(), somebody()
    for subject in (gone, other, gone):
        await journal.append(Corrected(subject=subject, field=FIELD, value=CANARY))
    keys = list(folders[0].glob("keys/*")) + list(folders[1].glob("keys/*"))
    assert len(keys) == 4
    kept = {path: path.read_bytes() for path in keys}
    await journal.append(Erased(subject=gone))
    assert len([path for path in keys if path.exists()]) == 2
    values = [(e.subject, e.value) for e in read(folders, SECRET).entries if isinstance(e, Corrected)]
    assert values == [(gone, None), (other, CANARY), (gone, None)]
    # The keys were what opened them: with them back, and only then, the values can be read again.
    for path, content in kept.items():
        path.write_bytes(content)
    assert [e.value for e in read(folders, SECRET).entries if isinstance(e, Corrected)] == [CANARY] * 3


async def test_a_refusal_for_age_destroys_the_key_as_well(journal: Journal, folders: tuple[Path, Path]) -> None:
    minor = somebody()
    await journal.append(Corrected(subject=minor, field=FIELD, value=CANARY))
    await journal.append(Minor(subject=minor))
    assert list(folders[0].glob("keys/*")) + list(folders[1].glob("keys/*")) == []


async def test_without_its_second_place_nothing_is_acknowledged_and_it_goes_on_afterwards(
    journal: Journal, folders: tuple[Path, Path], clock: ManualClock
) -> None:
    first, refused, later = (Erased(subject=somebody()) for _ in range(3))
    await journal.append(first)
    journal.close()
    shutil.move(folders[1], away := folders[1].with_name("away"))
    folders[1].write_text("no folder")
    with pytest.raises(Unavailable, match="JOURNAL_UNAVAILABLE"):
        await journal.append(refused)
    with pytest.raises(Unavailable, match="JOURNAL_UNAVAILABLE"):
        await journal.check()
    folders[1].unlink()
    shutil.move(away, folders[1])
    await journal.check()
    clock.advance(timedelta(seconds=1))
    await journal.append(later)
    assert read(folders[1:], SECRET).entries == [first, later]
    # What was not acknowledged may stand in one place; to erase somebody once more does no harm.
    assert read(folders, SECRET).entries[-1] == later


def cut(content: bytes) -> bytes:
    """Leaves out a line in the middle."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:1] + lines[2:])


@pytest.mark.parametrize(
    "change",
    [
        cut,
        lambda content: content.replace(b"erased", b"minor_"),
        lambda content: content.replace(b'"entry"', b'"enter"', 1),
        lambda content: content + content.splitlines(keepends=True)[0],
    ],
)
async def test_a_changed_line_is_found(
    journal: Journal, folders: tuple[Path, Path], change: Callable[[bytes], bytes]
) -> None:
    for _ in range(3):
        await journal.append(Erased(subject=somebody()))
    for file in (path for folder in folders for path in folder.glob("*.jsonl")):
        file.write_bytes(change(file.read_bytes()))
    with pytest.raises(JournalDamaged, match="changed after it was written"):
        read(folders, SECRET)


async def test_another_deployments_journal_and_a_file_under_another_name_are_refused(
    journal: Journal, folders: tuple[Path, Path]
) -> None:
    await journal.append(Erased(subject=somebody()))
    with pytest.raises(JournalDamaged, match="another deployment"):
        read(folders, "another secret")
    (file,) = folders[0].glob("*.jsonl")
    file.rename(file.with_name("20260501-120000-00000000.jsonl"))
    with pytest.raises(JournalDamaged):
        read(folders[:1], SECRET)


async def test_of_two_copies_the_longer_one_counts_and_a_different_one_is_refused(
    journal: Journal, folders: tuple[Path, Path]
) -> None:
    entries = [Erased(subject=somebody()) for _ in range(3)]
    await journal.append(*entries)
    (file,) = folders[1].glob("*.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    # Somebody cut off the end of one copy, or the machine stopped before the line was whole.
    file.write_bytes(lines[0] + lines[1][:20])
    assert read(folders[1:], SECRET).entries == entries[:1]
    assert read(folders[1:], SECRET).torn == 1
    assert read(folders, SECRET).entries == entries
    assert read(folders, SECRET).torn == 0
    file.write_bytes(lines[1])
    with pytest.raises(JournalDamaged, match="differs"):
        read(folders, SECRET)


async def test_what_no_backup_can_be_older_than_goes_and_the_ledgers_heads_stay(
    journal: Journal, folders: tuple[Path, Path], clock: ManualClock
) -> None:
    old_head, head = (LedgerHead(tenant_id=TENANT, sequence=number, head="ab") for number in (7, 8))
    other = LedgerHead(tenant_id=ids.new_id("ten"), sequence=3, head="cd")
    corrected = Corrected(subject=somebody(), field=FIELD, value=CANARY)
    await journal.append(Erased(subject=somebody()), old_head, head, other, corrected)
    clock.advance(timedelta(days=1))
    kept = Erased(subject=somebody())
    await journal.append(kept)
    clock.advance(KEPT - timedelta(days=1))
    journal.prune()
    assert len(read(folders, SECRET).entries) == 6
    clock.advance(timedelta(days=2))
    journal.prune()
    for places in (folders[:1], folders[1:]):
        assert read(places, SECRET).entries == [kept, head, other]
        assert list(places[0].glob("keys/*")) == []
    assert await journal.latest_head(TENANT) == head
    assert await journal.latest_head(ids.new_id("ten")) is None


async def test_after_a_restore_a_ledger_may_be_shorter(journal: Journal, clock: ManualClock) -> None:
    longer, shorter = (LedgerHead(tenant_id=TENANT, sequence=number, head="ab") for number in (9, 5))
    await journal.append(longer)
    clock.advance(timedelta(seconds=1))
    await journal.append(shorter)
    assert await journal.latest_head(TENANT) == longer
    clock.advance(timedelta(seconds=1))
    await journal.append(Restored(backup_id="2026"), shorter)
    assert await journal.latest_head(TENANT) == shorter


async def test_a_damaged_journal_is_not_pruned(
    journal: Journal, folders: tuple[Path, Path], clock: ManualClock
) -> None:
    await journal.append(Erased(subject=somebody()))
    (file,) = folders[0].glob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(b"erased", b"minor_"))
    clock.advance(KEPT + timedelta(days=2))
    journal.prune()
    assert file.exists()
