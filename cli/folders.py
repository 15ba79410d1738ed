"""Knows where each service keeps its migrations."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from kernel.config import SERVICES

MIGRATIONS = {service: Path(str(files(f"services.{service}"))) / "migrations" for service in SERVICES}
