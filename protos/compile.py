"""Compiles the contract in `protos/` into `stubs/`, and refuses a contract that breaks its own rules.

It owns the generated folder: Python messages, typed stubs, gRPC bindings and `contract.binpb`, the whole descriptor set
with comments, from which routes and OpenAPI are made; and the two listings that people review. It reads nothing but
`protos/` and the installed packages, so the same input gives the same bytes: `--check` compares them with what is
committed. What the rules are stands in `rules.py`.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from google.protobuf import (
    any_pb2,
    api_pb2,
    descriptor_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    source_context_pb2,
    struct_pb2,
    timestamp_pb2,
    type_pb2,
    wrappers_pb2,
)
from grpc_tools import protoc

from protos import rules

PROTOS = Path(__file__).resolve().parent
LISTINGS = PROTOS / "listings"
STUBS = PROTOS.parent / "stubs"
WELL_KNOWN = (
    any_pb2,
    source_context_pb2,
    type_pb2,
    api_pb2,
    descriptor_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)


def validate_descriptors(target: Path) -> None:
    """Writes a descriptor set with `buf/validate/validate.proto`, which protovalidate's wheel carries only compiled."""
    wheel = import_module("protovalidate._gen.buf.validate.validate_pb")
    files = descriptor_pb2.FileDescriptorSet()
    for module in WELL_KNOWN:
        files.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
    files.file.add().ParseFromString(wheel.desc().proto.to_binary())
    target.write_bytes(files.SerializeToString())


def run_protoc(*arguments: str) -> None:
    """Runs protoc in this process and stops on its first complaint."""
    if protoc.main(["protoc", *arguments]) != 0:
        sys.exit("protoc refused the contract; its complaint stands above.")


def write_package(package: Path, doc: str) -> None:
    """Makes a folder of stubs a package."""
    (package / "__init__.py").write_text(f'"""{doc}"""\n')


@contextmanager
def include_paths(*roots: Path) -> Iterator[tuple[str, ...]]:
    """Yields the arguments by which protoc finds our protos, protovalidate's and Google's."""
    with tempfile.TemporaryDirectory() as scratch:
        validate = Path(scratch) / "validate.binpb"
        validate_descriptors(validate)
        google_api = Path(import_module("google.api.annotations_pb2").__file__ or "").parents[2]
        yield (f"--descriptor_set_in={validate}", *(f"-I{root}" for root in roots), f"-I{google_api}")


def describe(root: Path, *imported: Path) -> bytes:
    """Returns the descriptor set, with comments, of every proto below a folder and of what they import."""
    sources = sorted(str(path.relative_to(root)) for path in root.glob("parley/**/*.proto"))
    with include_paths(root, *imported) as found, tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "contract.binpb"
        run_protoc(*found, f"--descriptor_set_out={image}", "--include_imports", "--include_source_info", *sources)
        return image.read_bytes()


def compile_to(target: Path) -> None:
    """Compiles everything into `target`."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("parley/**/*.proto"))
    # The types come from mypy-protobuf: they know a field's presence, an option's type and asynchronous calls.
    beside = Path(sys.executable).parent
    with include_paths(PROTOS) as found:
        typed = (
            *found,
            f"--plugin=protoc-gen-mypy={beside / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={beside / 'protoc-gen-mypy_grpc'}",
            f"--python_out={target}",
            f"--mypy_out=quiet:{target}",
        )
        run_protoc(*typed, f"--grpc_python_out={target}", f"--mypy_grpc_out=quiet,only_async:{target}", *sources)
        run_protoc(*typed, "buf/validate/validate.proto")
    for binding in target.glob("parley/**/*_pb2_grpc.py*"):
        # Files without a service get an empty binding from protoc; it would be dead code.
        if "Servicer" not in binding.read_text():
            binding.unlink()
    for folder in (path for path in target.rglob("*") if path.is_dir()):
        write_package(folder, "Generated from protos/ by `make stubs`; never edited.")
    (target / "py.typed").write_text("")


def judge(image: bytes, reviewed: dict[str, str]) -> rules.Contract:
    """Returns the contract, or stops with every rule that it breaks."""
    contract = rules.Contract(image)
    if found := rules.complaints(contract, reviewed):
        lines = "\n".join(f"  {line}" for line in found)
        sys.exit(f"The contract breaks its own rules ({len(found)}):\n{lines}")
    return contract


def write_listings(contract: rules.Contract, target: Path) -> None:
    """Writes the two listings that people review."""
    target.mkdir(exist_ok=True)
    (target / "access.txt").write_text(rules.access_listing(contract))
    (target / "privacy.txt").write_text(rules.privacy_listing(contract))


def compare(left: Path, right: Path) -> list[str]:
    """Returns the files that differ between two folders, or that stand in only one of them."""
    differing: list[str] = []
    names = {p.relative_to(left) for p in left.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    names |= {p.relative_to(right) for p in right.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    for name in sorted(names):
        a, b = left / name, right / name
        if not (a.exists() and b.exists() and filecmp.cmp(a, b, shallow=False)):
            differing.append(str(name))
    return differing


def publish(fresh: Path, committed: Path) -> None:
    """Replaces a committed folder by a fresh one, file by file, so that who reads it meanwhile finds whole files."""
    for name in compare(fresh, committed):
        source, target = fresh / name, committed / name
        if not source.exists():
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{target.name}.new")
        shutil.copyfile(source, unfinished)
        unfinished.replace(target)


def main() -> None:
    """Compiles, or with `--check` only says whether what is committed is fresh."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is committed and change nothing")
    check = parser.parse_args().check
    image = describe(PROTOS)
    contract = judge(image, rules.read_reviewed_names())
    with tempfile.TemporaryDirectory() as scratch:
        stubs, listings = Path(scratch) / "stubs", Path(scratch) / "listings"
        stubs.mkdir()
        compile_to(stubs)
        (stubs / "contract.binpb").write_bytes(image)
        write_listings(contract, listings)
        for fresh, committed in ((stubs, STUBS), (listings, LISTINGS)):
            if not check:
                publish(fresh, committed)
            elif differing := compare(fresh, committed):
                sys.exit(f"{committed.name}/ is stale; run `make stubs`. Differing: {', '.join(differing)}")
    if not check:
        # The data map is read off the contract and the tables. Tables that do not fit yet leave it as it was, for the
        # check of its freshness to find.
        subprocess.run([sys.executable, "-m", "tools.data_map"], cwd=PROTOS.parent, check=False)


if __name__ == "__main__":
    main()
