"""Writes what the image is made of as a CycloneDX 1.6 document: the installed Python packages and the built web's.

Hashes come from the lock, which the installer has checked; the web part is built from the packages that
`web/package-lock.json` pins. Debian's packages are listed by the image's own `dpkg-query`.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

_PIN = re.compile(r"(?m)^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)[^\n]*((?:\n    --hash=[^\n]+)*)")


def normal(name: str) -> str:
    """Returns a package's name in the one form that indexes know."""
    return re.sub(r"[-_.]+", "-", name).lower()


def hashes(lock: str) -> dict[tuple[str, str], list[str]]:
    """Returns the SHA-256 sums that the lock allows for each package in its version."""
    return {
        (normal(name), version): re.findall(r"sha256:([0-9a-f]{64})", sums)
        for name, version, sums in _PIN.findall(lock)
    }


def python_packages(packages: Path, lock: str) -> list[dict[str, Any]]:
    """Returns a component for each package that is installed in a folder."""
    allowed = hashes(lock)
    found = []
    for each in distributions(path=[str(packages)]):
        name, version = normal(each.metadata["Name"]), each.version
        component: dict[str, Any] = {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "bom-ref": f"pkg:pypi/{name}@{version}",
        }
        for licence in each.metadata.get_all("License-Expression") or ():
            component["licenses"] = [{"expression": licence}]
        if sums := allowed.get((name, version)):
            # A package has a file for each platform; the installer took one of these.
            component["properties"] = [{"name": "parley:allowed-sha256", "value": each} for each in sums]
        found.append(component)
    return found


def web_packages(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns a component for each npm package that the web part may hold."""
    return [
        {
            "type": "library",
            "name": path.rpartition("node_modules/")[2],
            "version": each["version"],
            "purl": f"pkg:npm/{path.rpartition('node_modules/')[2].replace('@', '%40')}@{each['version']}",
        }
        for path, each in lock["packages"].items()
        if path and not each.get("dev")
    ]


def main() -> None:
    """Takes the environment's folder and the lock from the command line, and prints the document."""
    (packages,) = Path(sys.argv[1], "lib").glob("python3*/site-packages")
    web = json.loads(Path("web/package-lock.json").read_text())
    components = [*python_packages(packages, Path(sys.argv[2]).read_text()), *web_packages(web)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "parley", "bom-ref": "parley"}},
        "components": sorted(components, key=lambda each: each["purl"]),
    }
    json.dump(document, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
