"""What Prometheus and Grafana are given: every series that a rule or a panel asks for is one that the code keeps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from prometheus_client.core import Metric

from cli.builds import builds
from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.metrics import LiveMetrics
from kernel.config import Config
from kernel.rpc.channels import Channels
from kernel.telemetry import allowed, metrics

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
SERIES = re.compile(r"\bparley_[a-z_]+\b")
LABELS = re.compile(r"\{([a-z]+)(?:=|!=|=~)|by \(([a-z, ]+)\)|\{\{([a-z]+)\}\}")
#: What every series has from whoever collects it, and how a histogram is cut.
COLLECTED = {"job", "instance", "le"}


def asked() -> list[str]:
    """Returns every expression and legend."""
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    targets = [target for panel in panels for target in panel["targets"]]
    return [
        *(rule["expr"] for rule in rules),
        *(target["expr"] for target in targets),
        *(target["legendFormat"] for target in targets),
    ]


def kept() -> set[str]:
    """Returns the names of all series that a process of Parley serves."""
    assert builds(), "loading the services registers what they count"
    channels = Channels(Config(), "gateway")
    none = Replicas((), lambda replica: channels.of(replica.name))
    families: list[Metric] = list(metrics.REGISTRY.collect())
    families += LiveMetrics(
        create_app(Config(), Upstreams(services=channels, replicas=none, store=None)).live
    ).collect()
    names = set()
    for family in families:
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        names |= {family.name + end for end in ends}
    return names


def test_every_series_that_is_asked_for_is_kept() -> None:
    wanted = {name for text in asked() for name in SERIES.findall(text)}
    assert len(wanted) > 12
    assert wanted - kept() == set()


def test_every_label_that_is_asked_for_is_on_the_list() -> None:
    parts = [part for text in asked() for groups in LABELS.findall(text) for part in groups]
    found = {label.strip() for part in parts for label in part.split(",")}
    assert found - {""} - COLLECTED <= allowed.LABELS


def test_every_alert_says_what_to_look_at() -> None:
    for rule in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "look"}
        assert all(text.endswith(".") for text in rule["annotations"].values())
