"""Opens a sealed backup with a private key: into a folder for a restore, or to look whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.archive import ArchiveError, alone
from cli.deployment import Say
from cli.sealed.packing import unpack
from cli.sealed.places import open_file
from cli.sealed.stream import read_private_key, unseal


def is_sealed(archive: str | Path) -> bool:
    """Says whether an archive is a file, and no folder."""
    return "://" in str(archive) or Path(archive).is_file()


@contextmanager
def opened(archive: str | Path, key_file: Path | None, folder: Path, say: Say) -> Iterator[Path]:
    """Yields the folder of an archive; a sealed one is unpacked into `folder`, which goes at the end."""
    if not is_sealed(archive):
        yield Path(archive)
        return
    if key_file is None:
        raise ArchiveError(
            f"{archive} is sealed. Give the file with the private key that opens it with --backup-key FILE. Nothing "
            "was changed."
        )
    key = read_private_key(key_file)
    place, name = open_file(archive)
    say(f"Opening {name}")
    with alone(folder, str(folder)):
        with place.reading(name) as read:
            unpack(unseal(read, key, name), folder / "opened", name)
        yield folder / "opened"
