"""Says of settings of which nothing could be made which form they have to have, before anything is made of any."""

from __future__ import annotations

import logging
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit


def _is_url(value: str, *schemes: str) -> bool:
    parts = urlsplit(value)
    return (not schemes or parts.scheme in schemes) and bool(parts.scheme) and (not schemes or bool(parts.hostname))


def _is_place(value: str) -> bool:
    host, _, port = value.rpartition(":")
    return value.startswith("unix:") or (bool(host) and port.isdigit() and int(port) < 2**16)


def _all(test: Callable[[str], object]) -> Callable[[tuple[str, ...]], bool]:
    return lambda values: all(test(each) for each in values)


_PORT: tuple[Callable[[Any], object], str] = (lambda value: 0 <= value < 2**16, "a number from 0 to 65535")
#: Where the replicas of a service are; it is never empty.
PLACES: tuple[Callable[[Any], object], str] = (
    lambda values: values and all(map(_is_place, values)),
    "host:port, or several of them separated by commas",
)
#: What a setting must be, where it is set, and in which words that is said.
FORMS: dict[str, tuple[Callable[[Any], object], str]] = {
    "port": _PORT,
    "metrics_port": _PORT,
    "public_base": (lambda value: _is_url(value, "http", "https"), "https://help.example.com"),
    "trusted_proxies": (_all(lambda each: ip_network(each, strict=False)), "networks such as 10.0.0.0/8"),
    "webhook_networks": (_all(ip_network), "networks such as 10.0.0.0/8"),
    "smtp_url": (lambda value: _is_url(value, "smtp", "smtps"), "smtp://user:password@host:port"),
    "files_url": (_is_url, "s3://bucket/prefix"),
    "scanner_address": (_is_place, "host:port"),
    "otlp_endpoint": (lambda value: _is_url(value, "http", "https"), "https://host:port"),
    "log_level": (lambda value: value.upper() in logging.getLevelNamesMapping(), "debug, info, warning or error"),
    "redis_url": (
        lambda value: value.startswith("unix:") or not urlsplit(value).path.strip("/").strip("0123456789"),
        "redis://user:password@host:port/0",
    ),
}


def fits(test: Callable[[Any], object], value: Any) -> bool:
    """Says whether a value passes a test that may also raise ValueError."""
    try:
        return bool(test(value))
    except ValueError:
        return False
