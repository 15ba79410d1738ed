"""Says on which kind of device somebody signs in: the families of browser and system, and nothing finer."""

from __future__ import annotations

import re

from parley.privacy.v1 import browser_log_pb2

from gateway.browser_log import browser_of

_BROWSERS = {
    browser_log_pb2.BROWSER_FAMILY_EDGE: "Edge",
    browser_log_pb2.BROWSER_FAMILY_OPERA: "Opera",
    browser_log_pb2.BROWSER_FAMILY_SAMSUNG: "Samsung Internet",
    browser_log_pb2.BROWSER_FAMILY_FIREFOX: "Firefox",
    browser_log_pb2.BROWSER_FAMILY_CHROME: "Chrome",
    browser_log_pb2.BROWSER_FAMILY_SAFARI: "Safari",
}
#: The first that is found says what it is: a telephone also names the system that its own is made of.
_SYSTEMS = (
    (re.compile(r"\b(?:iPhone|iPad|iPod)\b"), "iOS"),
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bMac OS X\b"), "macOS"),
    (re.compile(r"\bLinux\b"), "Linux"),
)


def device_of(agent: str) -> str:
    """Returns a device such as `Firefox on Linux`; of what nobody knows, less or nothing."""
    browser = _BROWSERS.get(browser_of(agent)[0], "")
    system = next((name for pattern, name in _SYSTEMS if pattern.search(agent[:512])), "")
    return f"{browser} on {system}" if browser and system else browser or system
