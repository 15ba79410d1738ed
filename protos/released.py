"""The contract of the last release: what clients in the world, and processes that still run, were built for.

It owns `released.binpb`, the compiled contract without its comments, and `released.toml`, which names the commit it was
taken from. `python protos/released.py COMMIT` records a release, and nothing else ever writes the two.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTOS = Path(__file__).resolve().parent
ROOT = PROTOS.parent
IMAGE = PROTOS / "released.binpb"
RECORD = PROTOS / "released.toml"


class NoHistory(Exception):
    """The commit of the last release is not in this clone; the message says how to fetch it."""


def commit() -> str:
    """Returns the commit of the last release."""
    return str(tomllib.loads(RECORD.read_text())["commit"])


def git(*arguments: str) -> bytes:
    """Runs git in this clone and returns what it printed; raises NoHistory where the release's commit is missing."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise NoHistory(
            f"The last release, commit {commit()}, cannot be read from this clone: "
            f"{done.stderr.decode(errors='replace').strip()}. A shallow clone lacks it; `git fetch --unshallow` brings "
            "it. Where history was written anew, record the release again: `python protos/released.py COMMIT`."
        )
    return done.stdout


def base() -> str:
    """Returns the commit that stands for the last release: its own.

    Where history was written anew and has it no longer, that is the one with which its record came, which is as old as
    can be had. Raises NoHistory in a shallow clone, which may lack either.
    """
    named = commit()
    if not _has(named) and git("rev-parse", "--is-shallow-repository").decode().strip() != "true":
        came = git("log", "--diff-filter=A", "--format=%H", "--", "protos/released.toml").decode().split()
        named = came[-1] if came else named
    git("cat-file", "-e", f"{named}^{{commit}}")
    return named


def _has(revision: str) -> bool:
    asked = ["git", "cat-file", "-e", f"{revision}^{{commit}}"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def contract_of(revision: str) -> bytes:
    """Returns the contract that a commit has, without comments and places, which nobody compares."""
    # In a pool of its own, the options are bytes that stay as they are, whatever else this process has imported.
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(descriptor_pb2.DESCRIPTOR.serialized_pb)
    kind: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    files = kind.FromString(git("show", f"{revision}:stubs/contract.binpb"))
    for file in files.file:
        file.ClearField("source_code_info")
    return bytes(files.SerializeToString(deterministic=True))


def unpack(folder: Path) -> None:
    """Writes the last release's files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = git("archive", "--format=tar", base())
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


def record(revision: str) -> None:
    """Records a commit as the last release."""
    found = git("rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()
    IMAGE.write_bytes(contract_of(found))
    RECORD.write_text(
        "# The commit of the last release, by `python protos/released.py COMMIT`. What comes next works beside it.\n"
        f'commit = "{found}"\n'
    )


if __name__ == "__main__":
    record(sys.argv[1])
