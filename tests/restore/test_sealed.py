"""Sealed backups: all is lost but the second place and the keys, and what is not as it was written is refused."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from cli.archive import ArchiveError
from cli.doctor import about_backups
from cli.main import main
from cli.restore import Request, restore
from cli.sealed.checking import verify
from cli.sealed.drill import drill
from cli.sealed.stream import MAGIC, PIECE, Sealer, make_keys, read_private_key, read_public_keys, unseal
from cli.sealed.taking import run
from kernel.clock import ManualClock
from kernel.config import Config
from kernel.embedded import EngineUrls, engines_from
from kernel.files import open_files
from tests.engines import SECRET
from tests.platform import a_config, running_platform
from tests.restore.conftest import Deployment, a_deployment, erase, heard, say
from tests.restore.test_restore import bytes_of, everything

KEPT, ERASED, IN_A_FILE = "canary-kept-5ab1", "canary-erased-90f2", b"canary-in-a-file-77d3 "


@dataclass(slots=True, kw_only=True)
class Vault:
    """Two places, the file with the private key, and the settings of the deployment that is backed up."""

    config: Config
    first: Path
    second: Path
    key: Path
    clock: ManualClock
    #: How many files are in each backup.
    files: int = 0

    @classmethod
    def of(cls, deployment: Deployment, folder: Path) -> Vault:
        """Makes the keys, elsewhere, and names the places."""
        key = folder / "safe" / "backup.key"
        key.parent.mkdir(parents=True)
        first, second = folder / "first", folder / "second place"
        config = replace(
            deployment.config, backup_dir=str(first), backup_copy=str(second), backup_recipients=(make_keys(key),)
        )
        return cls(config=config, first=first, second=second, key=key, clock=ManualClock(datetime.now(UTC)))

    async def run(self, **changes: object) -> tuple[str, str]:
        """Takes a backup; returns its name and what was said."""
        said: list[str] = []
        config = replace(self.config, **changes)  # type: ignore[arg-type]  # Settings by their names.
        return await asyncio.to_thread(run, config, said.append, clock=self.clock), "\n".join(said)

    def wrong(self, *, key: bool = False, places: list[str] | None = None) -> str:
        """Verifies both places; returns what is wrong, and nothing where nothing is."""
        said: list[str] = []
        try:
            verify(self.config, places or [], self.key if key else None, said.append, clock=self.clock)
        except ArchiveError:
            return "\n".join(said)
        return ""


@pytest_asyncio.fixture(scope="module")
async def vault(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Three nights of backups in two places."""
    made = Vault.of(deployment, tmp_path_factory.mktemp("vault"))
    tenant = await deployment.platform.tenant()
    visitor = await tenant.visitor("Somebody")
    files = open_files(made.config)
    stored = await files.put(tenant.id, visitor.conversation.id, bytes_of(IN_A_FILE * 20), most_bytes=1000)
    await files.judge(tenant.id, stored.key, "text/plain")
    # Others may have left some there before.
    made.files = sum(path.is_file() for path in (made.config.data_dir / "files").rglob("*"))
    made.clock.advance(timedelta(minutes=1, days=-2))
    for _ in range(3):
        await made.run()
        made.clock.advance(timedelta(days=1))
    made.clock.advance(timedelta(days=-1))
    return made


@pytest.fixture
def copied(vault: Vault, tmp_path: Path) -> Vault:
    """The same in folders that may be spoiled."""
    first, second = tmp_path / "first", tmp_path / "second"
    shutil.copytree(vault.first, first)
    shutil.copytree(vault.second, second)
    config = replace(vault.config, backup_dir=str(first), backup_copy=str(second))
    return replace(vault, config=config, first=first, second=second, clock=ManualClock(vault.clock.now()))


async def test_all_is_lost_but_the_second_place_and_the_keys(engines: EngineUrls, tmp_path: Path) -> None:
    async with a_deployment(engines, tmp_path / "old") as old:
        vault = Vault.of(old, tmp_path)
        vault.first = tmp_path / "old" / "data" / "backups"
        tenant = await old.platform.tenant()
        kept, gone = await tenant.visitor("Control"), await tenant.visitor(ERASED)
        await say(tenant, kept, KEPT)
        await say(tenant, gone, ERASED)
        backing_up = asyncio.create_task(vault.run(backup_dir=""))
        talk = 0
        while not backing_up.done():
            await say(tenant, kept, f"while it is backed up {talk:08}")
            talk += 1
        name, _ = await backing_up
        await erase(tenant, gone.conversation.visitor_id)
        journal = old.copy
    shutil.rmtree(tmp_path / "old" / "data")

    into, said = tmp_path / "new", list[str]()
    request = Request(
        archive=vault.second / f"{name}.sealed", folder=into, journals=[journal], backup_key=vault.key, key_file=None
    )
    await asyncio.to_thread(restore, Config(secret_key=SECRET), request, said.append)
    assert any("every one is equal" in line for line in said), said
    assert "  people erased again: 1" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old", "safe", "second place"]
    with engines_from(replace(a_config("", "", into), database_url="", redis_url="")) as new:
        database = await everything(new.database_url)
        assert KEPT in database
        assert ERASED not in database
        async with running_platform(a_config(new.database_url, new.redis_url, into)) as platform:
            read_again = await heard(platform, kept)
    # Of what was said meanwhile there is a beginning without a hole, as of one moment.
    assert read_again == [KEPT, *(f"while it is backed up {turn:08}" for turn in range(len(read_again) - 1))]
    assert len(read_again) - 1 < talk


async def test_neither_place_holds_anything_in_clear_and_the_host_cannot_open_it(vault: Vault) -> None:
    for folder in (vault.first, vault.second):
        for path in folder.iterdir():
            content = path.read_bytes()
            assert path.name == ".lock" or path.suffix in (".sealed", ".record")
            assert IN_A_FILE not in content
            assert b"messages" not in content
            if path.suffix == ".record":
                assert json.loads(content.split(b"\n")[0]).keys() == {
                    *("kind", "number", "name", "time", "size", "sha256", "recipients", "keep_until", "previous")
                }
    # The control: it is there for whoever has the key.
    newest = max(vault.second.glob("*.sealed"))
    said: list[str] = []
    done = await asyncio.to_thread(drill, vault.config, str(vault.second), vault.key, said.append)
    assert (done.name, done.files) == (newest.stem, vault.files)
    assert done.tables > 50
    assert done.rows > 20
    assert f"{newest.stem} can be restored" in said[-1]
    assert vault.key.stat().st_mode & 0o777 == 0o600


def pieces(content: bytes) -> tuple[bytes, list[bytes]]:
    """Takes a sealed file apart."""
    start = len(MAGIC) + 4 + struct.unpack(">I", content[len(MAGIC) : len(MAGIC) + 4])[0]
    step = PIECE + 16
    return content[:start], [content[at : at + step] for at in range(start, len(content), step)]


def without_the_end(content: bytes) -> bytes:
    head, parts = pieces(content)
    return head + b"".join(parts[:-1])


def in_another_order(content: bytes) -> bytes:
    head, (first, second, *rest) = pieces(content)
    return head + second + first + b"".join(rest)


def with_a_bit_turned(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


SPOILED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut at a piece": (without_the_end, "was cut off: its last piece is missing"),
    "cut anywhere": (lambda content: content[:-100], "was cut off or changed: its end is not"),
    "cut in its header": (lambda content: content[:40], "its header is not whole"),
    "empty": (lambda _: b"", "is no sealed archive"),
    "tampered": (with_a_bit_turned, "was changed, or its pieces are not in the order"),
    "reordered": (in_another_order, "was changed, or its pieces are not in the order"),
    "continued": (lambda content: content + content[-PIECE:], "was c|was changed|behind its end"),
    "of another key": (lambda content: content.replace(b'"key":"', b'"key":"0', 1), "header|another"),
}


@pytest.mark.parametrize("how", SPOILED)
async def test_what_is_not_as_it_was_written_is_refused(vault: Vault, tmp_path: Path, how: str) -> None:
    spoil, words = SPOILED[how]
    archive = tmp_path / "spoiled.sealed"
    archive.write_bytes(spoil(max(vault.second.glob("*.sealed")).read_bytes()))
    said = await refused(tmp_path, archive, vault.key)
    assert any(each in said for each in words.split("|")), said


async def refused(folder: Path, archive: Path, key: Path | None) -> str:
    """Tries to restore; returns the reason, and makes sure that nothing is left."""
    request = Request(archive=archive, folder=folder / "into", backup_key=key)
    with pytest.raises(ArchiveError) as error:
        await asyncio.to_thread(restore, Config(secret_key=SECRET), request, lambda _: None)
    assert not list(folder.glob("into*"))
    return str(error.value)


async def test_another_key_none_and_what_is_no_key_are_told_apart(vault: Vault, tmp_path: Path) -> None:
    archive = max(vault.second.glob("*.sealed"))
    assert "Give the file with the private key" in await refused(tmp_path, archive, None)
    other = make_keys(tmp_path / "other")
    said = await refused(tmp_path, archive, tmp_path / "other")
    assert "The key is another one" in said
    assert other in said
    assert vault.config.backup_recipients[0] in said
    (tmp_path / "no key").write_text("something else")
    assert "holds no key for backups" in await refused(tmp_path, archive, tmp_path / "no key")
    assert "cannot be read" in await refused(tmp_path, archive, tmp_path / "missing")
    with pytest.raises(ArchiveError, match="is there already"):
        make_keys(tmp_path / "other")
    with pytest.raises(ArchiveError, match="no public key"):
        read_public_keys(["not hexadecimal"])


async def test_a_chain_of_backups_is_verified_without_the_key(copied: Vault) -> None:
    assert copied.wrong() == ""
    assert copied.wrong(key=True) == ""
    first, second, third = sorted(path.stem for path in copied.second.glob("*.sealed"))
    kept = {path.name: path.read_bytes() for path in copied.second.iterdir()}

    def after(change: Callable[[], object]) -> str:
        for name, content in kept.items():
            (copied.second / name).write_bytes(content)
        change()
        return copied.wrong(places=[str(copied.second)])

    there = copied.second
    assert f"{second} is missing" in after(lambda: (there / f"{second}.sealed").rename(there / "away"))
    assert f"{second} stands in no record" in (
        said := after(lambda: (there / f"{second}.record").rename(there / "away"))
    )
    assert f"{third} does not follow that of {first}" in said
    # Two backups in one another's place.
    swapped = after(
        lambda: [
            (there / f"{a}.sealed").write_bytes(kept[f"{b}.sealed"]) for a, b in ((first, second), (second, first))
        ]
    )
    assert first in swapped
    assert second in swapped
    assert f"the record of {second} was changed" in after(
        lambda: (there / f"{second}.record").write_bytes(kept[f"{second}.record"].replace(b'"number":2', b'"number":3'))
    )
    assert f"{third} is not what was written" in after(
        lambda: (there / f"{third}.sealed").write_bytes(with_a_bit_turned(kept[f"{third}.sealed"]))
    )
    assert "are missing" in after(lambda: [path.rename(path.with_suffix(".away")) for path in there.glob(f"{first}.*")])
    # Whoever takes the newest away on the one side is noticed by the other, and by the clock.
    for path in copied.second.glob(f"{third}.*"):
        path.unlink()
    assert f"the record of {third} is missing" in copied.wrong()
    copied.clock.advance(timedelta(days=1))
    assert "there should be one every day" in copied.wrong()


async def test_a_second_place_that_was_away_gets_all_and_old_backups_go_from_both(copied: Vault) -> None:
    shutil.rmtree(copied.second)
    copied.second.touch()
    copied.clock.advance(timedelta(days=1))
    with pytest.raises(ArchiveError, match=r"no folder|not in the second place"):
        await copied.run()
    copied.second.unlink()
    copied.clock.advance(timedelta(days=1))
    name, said = await copied.run()
    assert len(list(copied.second.glob("*.sealed"))) == len(list(copied.first.glob("*.sealed")))
    assert f"Copied to {copied.second}: {name}" in said
    assert copied.wrong(key=True) == ""
    copied.clock.advance(timedelta(days=33))
    name, said = await copied.run()
    assert [path.stem for path in copied.second.glob("*.sealed")] == [name]
    assert [path.stem for path in copied.first.glob("*.sealed")] == [name]
    assert copied.wrong() == ""


async def test_nothing_goes_to_the_second_place_in_clear_and_nothing_is_kept_too_long(copied: Vault) -> None:
    with pytest.raises(ArchiveError, match="nothing goes there in clear"):
        await copied.run(backup_recipients=())
    with pytest.raises(ArchiveError, match="between 1 and 34"):
        await copied.run(backup_keep_days=35)
    # On a machine without a key pair there is still a backup, and somebody is told.
    clear = copied.first.parent / "clear"
    name, said = await copied.run(backup_recipients=(), backup_copy="", backup_dir=str(clear))
    assert (clear / name / "manifest.json").is_file()
    assert "Set PARLEY_BACKUP_RECIPIENTS" in said


async def test_a_clock_that_was_ahead_is_said_until_its_backup_is_out_of_the_way(copied: Vault) -> None:
    copied.clock.advance(timedelta(days=20))
    name, _ = await copied.run()
    copied.clock.advance(timedelta(days=-19))
    assert "which is still to come: a clock was ahead" in copied.wrong()
    findings = about_backups(copied.config, copied.clock.now())
    assert [each.about for each in findings if "still to come" in each.found] == ["backups"] * 2
    with pytest.raises(ArchiveError, match=f"move {name}.sealed and {name}.record out of both places"):
        await copied.run()
    for path in (*copied.first.glob(f"{name}.*"), *copied.second.glob(f"{name}.*")):
        path.unlink()
    await copied.run()
    assert copied.wrong(key=True) == ""
    assert about_backups(copied.config, copied.clock.now()) == []


async def test_two_at_once_make_one_backup(copied: Vault) -> None:
    copied.clock.advance(timedelta(days=1))
    both = await asyncio.gather(copied.run(), copied.run(), return_exceptions=True)
    (error,) = [each for each in both if isinstance(each, ArchiveError)]
    assert "Another backup into" in str(error)
    assert copied.wrong() == ""


def test_memory_stays_flat_however_large_a_backup_is(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    recipients, path = read_public_keys([make_keys(keys)]), tmp_path / "large"
    tracemalloc.start()
    try:
        with path.open("wb") as file:
            sealer = Sealer(recipients, file.write)
            for _ in range(320):
                sealer.write(bytes(100_000))
            sealer.close()
        with path.open("rb") as file:
            size = sum(len(piece) for piece in unseal(file.read, read_private_key(keys), "large"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 32_000_000
    assert peak < 3_000_000


def test_the_command_makes_keys_of_which_it_prints_the_public_half_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["backup", "keys", str(tmp_path / "key")])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    key = read_private_key(tmp_path / "key")
    assert f"PARLEY_BACKUP_RECIPIENTS={key.public}" in said
    assert key.key.private_bytes_raw().hex() not in said
