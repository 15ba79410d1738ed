"""Which images a deployment is made of: each by a release or a digest, and each of them exchanged in one place."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.test_manifests import DEPLOY, compose, pods
from tests.engines import POSTGRES_IMAGE, VALKEY_IMAGE

DOCKERFILES = sorted(DEPLOY.rglob("Dockerfile"))
PIN = DEPLOY / "compose" / "pin.sh"
#: A name with a tag that begins with a number, or with a digest.
PINNED = re.compile(r"[a-z0-9./-]+(?::[a-z]+-?\d[\w.-]*|:v?\d[\w.-]*|@sha256:[0-9a-f]{64})")
VARIABLE = re.compile(r"\$\{(PARLEY_(?:[A-Z]+_)?IMAGE):-([^}]+)\}")
#: What stands for Docker: it has pulled what it is asked for, under another name as well.
_DOCKER = """#!/bin/sh
case "$1" in
  pull) [ "$3" != "$MISSING" ] ;;
  image) echo "another@sha256:00"; echo "${5%:*}@sha256:$(printf '%s' "$5" | sha256sum | cut -c1-64)" ;;
esac
"""


def named() -> Iterator[tuple[str, str]]:
    """Yields every image that a file of the deployment or of the tests names, and where."""
    for service, each in compose()["services"].items():
        found = VARIABLE.fullmatch(each["image"])
        assert found is not None, f"{service} cannot be given another image"
        yield f"compose: {service}", found[2]
    for path in DOCKERFILES:
        text = path.read_text()
        (base,) = re.findall(r"^ARG BASE=(.+)$", text, re.MULTILINE)
        yield str(path), base
        stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
        for used in re.findall(r"^FROM (\S+)|--from=(\S+)", text, re.MULTILINE):
            assert "".join(used) in {"${BASE}", *stages}, f"{path} is made of something else than its base"
    (ours,) = yaml.safe_load((DEPLOY / "kubernetes" / "base" / "kustomization.yaml").read_text())["images"]
    yield "kubernetes", f"{ours['newName']}:{ours['newTag']}"
    # Every pod has the one name that this replaces.
    assert {each["image"] for pod in pods().values() for each in pod["containers"]} == {ours["name"]}
    yield "tests", POSTGRES_IMAGE
    yield "tests", VALKEY_IMAGE


def test_every_image_is_of_a_release_and_none_is_whatever_is_latest() -> None:
    found = list(named())
    assert len(found) > 10
    assert [each for each in found if not PINNED.fullmatch(each[1])] == []
    assert "latest" not in "".join(image for _, image in found)
    for wrong in ("caddy", "caddy:latest", "registry.example:5000/caddy", "caddy:alpine", "caddy@sha256:12"):
        assert not PINNED.fullmatch(wrong)


def pinned(folder: Path, *, missing: str = "") -> subprocess.CompletedProcess[str]:
    """Runs what asks Docker for digests."""
    program = folder / "docker"
    program.write_text(_DOCKER)
    program.chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "MISSING": missing}
    return subprocess.run(["/bin/sh", str(PIN)], env=environment, capture_output=True, text=True, check=False)


def test_the_digest_of_each_image_of_others_is_said_as_its_variable_takes_it(tmp_path: Path) -> None:
    done = pinned(tmp_path)
    said = dict(line.split("=", 1) for line in done.stdout.splitlines())
    services = compose()["services"].values()
    variables = {VARIABLE.fullmatch(each["image"])[1] for each in services}  # type: ignore[index]  # As above.
    assert said.keys() == {*variables, "PARLEY_BASE_IMAGE"} - {"PARLEY_IMAGE"}
    assert all(PINNED.fullmatch(image) and "@sha256:" in image for image in said.values())
    assert said["PARLEY_CADDY_IMAGE"].startswith("caddy@")


@pytest.mark.parametrize("image", ["valkey/valkey:9-alpine", "debian:12-slim"])
def test_an_image_that_cannot_be_had_ends_it(tmp_path: Path, image: str) -> None:
    assert pinned(tmp_path, missing=image).returncode != 0


def test_what_grows_with_its_load_is_set_back_by_no_release() -> None:
    """An autoscaler's number would be exchanged for the manifest's with each `kubectl apply`."""
    spread = yaml.safe_load_all((DEPLOY / "kubernetes" / "large" / "spread.yaml").read_text())
    patched = {each["metadata"]["name"]: each["spec"] for each in spread}
    scaling = yaml.safe_load_all((DEPLOY / "kubernetes" / "large" / "scaling.yaml").read_text())
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in scaling}
    assert {name for name, spec in patched.items() if "replicas" in spec and spec["replicas"] is None} == scaled
