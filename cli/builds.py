"""Knows how each service is built, and loads it only then: whoever runs one service starts without the others."""

from __future__ import annotations

from importlib import import_module

from kernel.config import SERVICES
from kernel.rpc.process import Build


def build_of(service: str) -> Build:
    """Returns what builds a service."""
    build: Build = import_module(f"services.{service}.__main__").build
    return build


def builds() -> list[Build]:
    """Returns what builds each of them, in the order in which they start."""
    return [build_of(service) for service in SERVICES]
