"""What `deploy/` says of a deployment: every service is in it, nothing but the edge is open, and no part may do more
than it needs. The manifests are held against the schemas of the clusters that they are for."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from kernel.config import SERVICES, Config

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
BASE = DEPLOY / "kubernetes" / "base"
#: The oldest and the newest release of Kubernetes that the manifests are for.
RELEASES = ("1.29", "1.35")
#: The parts that face strangers, and hold nothing.
DOORS = ("gateway", "mail")
PARTS = (*SERVICES, *DOORS)

Document = dict[str, Any]


def documents(folder: Path) -> Iterator[Document]:
    """Returns every object of a folder of manifests."""
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text())


def of_kind(kind: str) -> dict[str, Document]:
    """Returns the base's objects of a kind, by name."""
    return {each["metadata"]["name"]: each for each in documents(BASE) if each["kind"] == kind}


def pods() -> dict[str, Document]:
    """Returns the pods that the base makes, by the name of what makes them."""
    found = {name: each["spec"]["template"]["spec"] for name, each in of_kind("Deployment").items()}
    found |= {name: each["spec"]["template"]["spec"] for name, each in of_kind("Job").items()}
    return found | {
        name: each["spec"]["jobTemplate"]["spec"]["template"]["spec"] for name, each in of_kind("CronJob").items()
    }


def compose() -> Document:
    """Returns the compose file."""
    read: Document = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    return read


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("folder", ["base", "large"])
def test_every_object_is_one_that_the_cluster_knows(folder: str, release: str) -> None:
    checked = 0
    for each in documents(DEPLOY / "kubernetes" / folder):
        # A patch is no whole object.
        if folder == "base" or each["kind"] != "Deployment":
            kubernetes_validate.validate(each, release, strict=True)
            checked += 1
    assert checked >= 4


@pytest.mark.parametrize("release", RELEASES)
def test_a_wrong_object_is_found(release: str) -> None:
    wrong = of_kind("Deployment")["gateway"]
    wrong["spec"]["replicsa"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, release, strict=True)


def test_every_part_is_deployed_and_may_be_moved_one_at_a_time() -> None:
    assert of_kind("Deployment").keys() == of_kind("PodDisruptionBudget").keys() == set(PARTS)
    assert set(PARTS) <= compose()["services"].keys()
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "small" / "kustomization.yaml").read_text())
    assert {each["name"] for each in kustomization["replicas"]} == set(PARTS)
    scaled = {each["metadata"]["name"] for each in documents(DEPLOY / "kubernetes" / "large")}
    assert scaled == set(PARTS)


@pytest.mark.parametrize("release", RELEASES)
def test_every_service_can_be_told_of_a_replica_and_reach_it(release: str) -> None:
    component = yaml.safe_load((DEPLOY / "kubernetes" / "replica" / "kustomization.yaml").read_text())
    patched = {}
    for patch in component["patches"]:
        (change,) = yaml.safe_load(patch["patch"])
        *path, last = change["path"].strip("/").split("/")
        assert (change["op"], last) == ("add", "-")
        for name in patch["target"]["name"].split("|"):
            found = of_kind(patch["target"]["kind"])[name]
            place: Any = found
            for step in path:
                place = place[int(step)] if isinstance(place, list) else place[step]
            place.append(change["value"])
            kubernetes_validate.validate(found, release, strict=True)
            patched[name] = change["value"]
    assert patched.keys() == {*SERVICES, "services"}
    assert {patched[each]["name"] for each in SERVICES} == {
        Config.__dataclass_fields__["database_replicas"].metadata["variable"]
    }


#: What a component gives to which kinds of pods, as a volume of this name.
GIVEN = {"mtls": {"Deployment", "CronJob"}, "stores": {"Deployment", "CronJob", "Job"}}


def changes_of(component: str) -> dict[str, list[Document]]:
    """Returns what a component changes, by kind of object."""
    read = yaml.safe_load((DEPLOY / "kubernetes" / component / "kustomization.yaml").read_text())
    return {patch["target"]["kind"]: yaml.safe_load(patch["patch"]) for patch in read["patches"]}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("component", GIVEN)
def test_every_pod_can_be_given_the_certificates_that_it_needs(component: str, release: str) -> None:
    changes = changes_of(component)
    assert changes.keys() - {"ConfigMap"} == GIVEN[component]
    for kind in GIVEN[component]:
        for each in of_kind(kind).values():
            for change in changes[kind]:
                *path, last = change["path"].strip("/").split("/")
                assert (change["op"], last) == ("add", "-")
                place: Any = each
                for step in path:
                    place = place[int(step)] if isinstance(place, list) else place[step]
                place.append(change["value"])
            kubernetes_validate.validate(each, release, strict=True)
            template = each["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else each["spec"]
            pod = template["template"]["spec"]
            (mount,) = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == component]
            assert (mount["mountPath"], mount["readOnly"]) == (f"/{component}", True)
            assert component in {one["name"] for one in pod["volumes"]}


def test_every_process_is_told_where_its_certificate_is() -> None:
    told = {each["path"].removeprefix("/data/"): each["value"] for each in changes_of("mtls")["ConfigMap"]}
    variables = [
        Config.__dataclass_fields__[f"mtls_{part}"].metadata["variable"] for part in ("certificate", "key", "ca")
    ]
    assert list(told) == variables
    assert {str(Path(path).parent) for path in told.values()} == {"/mtls"}


def test_the_schema_goes_before_the_processes_by_what_can_be_typed() -> None:
    first = [each for each in documents(BASE) if each["metadata"].get("labels", {}).get("parley/step") == "schema"]
    # The job, what it is told and where it may go; whoever is not named here comes after it.
    assert {(each["kind"], each["metadata"]["name"]) for each in first} == {
        ("Job", "migrate"),
        ("ConfigMap", "parley"),
        ("NetworkPolicy", "deny-all"),
        ("NetworkPolicy", "names"),
        ("NetworkPolicy", "jobs"),
    }
    for page in ("deploy", "upgrade"):
        text = (DEPLOY.parent / "docs" / "how-to" / f"{page}.md").read_text()
        assert "kubectl -n parley delete job migrate --ignore-not-found" in text
        assert "-l parley/step=schema" in text


def test_every_part_listens_where_the_others_look() -> None:
    defaults = Config()
    for service in SERVICES:
        port = defaults.addresses(service)[0].rpartition(":")[2]
        variable = f"PARLEY_{service.upper()}_ADDRESSES"
        assert of_kind("ConfigMap")["parley"]["data"][variable] == f"{service}:{port}"
        assert of_kind("Service")[service]["spec"]["ports"] == [{"name": "grpc", "port": int(port)}]
        (container,) = pods()[service]["containers"]
        told = {each["name"]: each["value"] for each in container["env"]}
        assert (told["PARLEY_LISTEN"], told["PARLEY_PART"]) == (f"0.0.0.0:{port}", service)
        environment = compose()["services"][service]["environment"]
        assert (environment["PARLEY_LISTEN"], environment["PARLEY_PART"]) == (f"0.0.0.0:{port}", service)
        assert environment[variable] == f"{service}:{port}"


def test_no_pod_may_do_more_than_it_needs() -> None:
    assert pods().keys() == {*PARTS, "migrate", "backup", "maintain"}
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not pod["automountServiceAccountToken"]
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"]
            assert not context["allowPrivilegeEscalation"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


def test_secrets_are_files_and_each_pod_has_only_its_own() -> None:
    assert not any("secretKeyRef" in json.dumps(pod) or "secretRef" in json.dumps(pod) for pod in pods().values())
    for name, pod in pods().items():
        (secret,) = [each["secret"] for each in pod["volumes"] if "secret" in each]
        given = {each["key"] for each in secret["items"]}
        # Only what changes the schema, copies all of it or rewrites it has the owner's address.
        assert ("database-url" in given) == (name in ("migrate", "backup", "maintain"))
        assert not (name in DOORS and "runtime-url" in given)


def test_nothing_is_reached_but_along_the_declared_arrows() -> None:
    policies = of_kind("NetworkPolicy")
    deny = policies.pop("deny-all")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies.keys() == {"names", "gateway", "mail", "services", "jobs", "metrics"}
    # `parley doctor` runs as a job, and asks the stores and every service.
    reached = {port["port"] for rule in policies["jobs"]["spec"]["egress"] for port in rule["ports"]}
    assert reached == {5432, 6379, 8411}
    let_in = policies["services"]["spec"]["ingress"][0]["from"]
    assert {"podSelector": {"matchLabels": {"parley/part": "job"}}} in let_in
    ports = {int(Config().addresses(service)[0].rpartition(":")[2]) for service in SERVICES}
    assert all(8411 <= port <= 8419 for port in ports)
    # Whoever is let in is named: no rule is open to everybody, and none goes to every address.
    for policy in policies.values():
        for rule in policy["spec"].get("ingress", []):
            assert rule["from"]
        for rule in policy["spec"].get("egress", []):
            assert all(peer.get("ipBlock", {}).get("cidr", "/32").endswith("/32") for peer in rule["to"])


def test_a_backup_is_taken_every_night() -> None:
    job = of_kind("CronJob")["backup"]["spec"]
    minute, hour, *every = job["schedule"].split()
    assert (minute.isdigit(), hour.isdigit(), every) == (True, True, ["*", "*", "*"])
    (container,) = pods()["backup"]["containers"]
    assert container["args"] == ["backup", "run"]
    assert container["env"] == [{"name": "PARLEY_BACKUP_DIR", "value": "/backup"}]
    nightly = compose()["services"]["nightly"]
    assert nightly["environment"]["PARLEY_BACKUP_DIR"] == "/backup"
    assert "python -P -m cli backup run" in (DEPLOY / "compose" / "nightly.sh").read_text()
    # Each is told where the second place is, and for whom to seal; the private half is nowhere.
    for told in (nightly["environment"], of_kind("ConfigMap")["parley"]["data"]):
        assert {"PARLEY_BACKUP_RECIPIENTS", "PARLEY_BACKUP_COPY"} <= told.keys()


NIGHTLY = DEPLOY / "compose" / "nightly.sh"


def first_of_the_night(folder: Path, *there: str, hours: float = 1) -> str:
    """Starts the nightly work with backups of some hours ago; returns what it did before it began to wait."""
    backups, programs, done = folder / "backups", folder / "bin", folder / "done"
    for each in (backups, programs):
        each.mkdir()
    for name in there:
        (backups / name).touch()
        os.utime(backups / name, (time.time() - hours * 3600,) * 2)
    (programs / "python").write_text(f'#!/bin/sh\necho "$@" >>"{done}"\n')
    # Whoever waits for the night has done what was to be done at once.
    (programs / "sleep").write_text("#!/bin/sh\nkill -TERM $PPID\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "PARLEY_BACKUP_DIR": str(backups)}
    subprocess.run(["/bin/sh", str(NIGHTLY)], env=environment, timeout=20, check=False)
    return done.read_text() if done.exists() else ""


def test_a_night_in_which_the_host_was_off_is_made_good_for_at_the_next_start(tmp_path: Path) -> None:
    for name, there, is_taken in (
        ("none", (), True),
        ("cut off", ("sealing.part", "20261129T034000Z.record"), True),
        ("sealed", ("20261129T034000Z.sealed",), False),
        ("clear", ("20261129T034000Z",), False),
    ):
        folder = tmp_path / name
        folder.mkdir()
        wanted = "-P -m cli backup run\n-P -m cli maintain --overdue\n" if is_taken else ""
        assert first_of_the_night(folder, *there) == wanted, name
    (tmp_path / "old").mkdir()
    assert "backup run" in first_of_the_night(tmp_path / "old", "20261127T034000Z.sealed", hours=27)


def test_on_one_host_every_part_says_its_counters_to_nobody_outside() -> None:
    for name in PARTS:
        environment = compose()["services"][name]["environment"]
        assert (environment["PARLEY_METRICS_PORT"], environment["PARLEY_METRICS_BIND"]) == ("9400", "0.0.0.0")
        assert all("9400" not in port for port in compose()["services"][name].get("ports", []))
    assert "9400" not in (DEPLOY / "compose" / "Caddyfile").read_text()


def test_whose_headers_are_believed_on_one_host_is_the_network_of_the_edge() -> None:
    (edge,) = compose()["networks"]["edge"]["ipam"]["config"]
    assert compose()["services"]["gateway"]["environment"]["PARLEY_TRUSTED_PROXIES"] == edge["subnet"]


def test_on_one_host_only_the_edge_is_published() -> None:
    services = compose()["services"]
    published = {name: each["ports"] for name, each in services.items() if "ports" in each}
    assert published.keys() == {"caddy", "mail", "mailpit"}
    # Mail comes from this host's own mail server, unless somebody wants the world's.
    assert published["mail"] == ["${PARLEY_MAIL_PUBLISH:-127.0.0.1:2525}:8425"]
    # The mail catcher is for trying out, and for this host only.
    assert services["mailpit"]["profiles"] == ["trial"]
    assert all(port.startswith("127.0.0.1:") for port in published["mailpit"])
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey", "migrate"):
        assert services[name]["networks"] == ["inside"]
    assert all("outside" not in services[door]["networks"] for door in DOORS)


def test_on_one_host_every_part_of_ours_is_held_tight() -> None:
    for name, each in compose()["services"].items():
        if "build" in each or each.get("image", "").startswith("${PARLEY_IMAGE"):
            assert each["read_only"], name
            assert each["cap_drop"] == ["ALL"], name
            assert each["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in each, name
        assert each.get("mem_limit") or each.get("restart") == "no", name


def test_no_secret_stands_in_a_file_of_the_deployment() -> None:
    variables = {"PARLEY_SECRET_KEY", "PARLEY_REDIS_URL", "PARLEY_SMTP_URL", "PARLEY_DATABASE_URL"}
    environments = [each.get("environment", {}) for each in compose()["services"].values()]
    for environment in [*environments, of_kind("ConfigMap")["parley"]["data"]]:
        for variable in variables & environment.keys():
            value = environment[variable] or ""
            assert ":" not in value.removeprefix("postgresql://").rpartition("@")[0] or value.startswith("${")
