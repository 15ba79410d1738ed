"""Writes the log: one JSON object a line on standard error, with listed keys and plain values only.

An event is a literal in the code that logs it, which is checked, so that no text of a person can be one. An exception
leaves its type and where it was raised, never its message or its variables. What libraries log is routed here, and says
which library and how grave, without its text.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
import structlog
from opentelemetry import trace

from kernel.telemetry import metrics
from kernel.telemetry.allowed import LOG_KEYS, is_plain

_FOREIGN = "a library logged"
_MOST_FRAMES = 24
_MOST_CAUSES = 5
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep

# What libraries say in these very words holds nothing of a person, and helps who operates the platform.
LIBRARY_TEXTS = frozenset(
    {
        "Started server process [%d]",
        "Waiting for application startup.",
        "Application startup complete.",
        "Waiting for application shutdown.",
        "Application shutdown complete.",
        "Finished server process [%d]",
        "Shutting down",
        "Waiting for connections to close. (CTRL+C to force quit)",
        "Waiting for background tasks to complete. (CTRL+C to force quit)",
    }
)

_ExcInfo = (
    BaseException
    | bool
    | tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
    | None
)

_service = ""
_level = logging.INFO


class Log:
    """Writes events under one logger's name."""

    def __init__(self, name: str) -> None:
        """Takes the name of the logger: a service, or a part of the kernel."""
        self._name = name

    def debug(self, event: str, *, exc_info: _ExcInfo = None, **values: object) -> None:
        """Notes a detail."""
        self._write(logging.DEBUG, event, exc_info, values)

    def info(self, event: str, *, exc_info: _ExcInfo = None, **values: object) -> None:
        """Notes something that happened."""
        self._write(logging.INFO, event, exc_info, values)

    def warning(self, event: str, *, exc_info: _ExcInfo = None, **values: object) -> None:
        """Notes something that needs a look."""
        self._write(logging.WARNING, event, exc_info, values)

    def error(self, event: str, *, exc_info: _ExcInfo = None, **values: object) -> None:
        """Notes a fault."""
        self._write(logging.ERROR, event, exc_info, values)

    def _write(self, level: int, event: str, exc_info: _ExcInfo, values: Mapping[str, object]) -> None:
        if level < _level:
            return
        # Whoever builds an event out of values would write down what they hold.
        literal = event in sys._getframe(2).f_code.co_consts
        _line(level, self._name, event if literal else "event is not a literal", dict(values), exc_info)


def get(name: str) -> Log:
    """Returns the logger of that name."""
    return Log(name)


def configure(service: str, level: str = "info") -> None:
    """Sets the process's name and lowest level, and routes what libraries and uncaught exceptions say into the log."""
    global _service, _level
    _service, _level = service, logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_foreign, *_processors()], logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer)
    )
    root = logging.getLogger()
    root.handlers[:] = [_LibraryHandler()]
    root.setLevel(max(_level, logging.INFO))
    logging.captureWarnings(True)
    # Whatever a library configured for itself would bypass the root; the access log holds addresses and paths.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "grpc", "sqlalchemy", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    sys.excepthook = _uncaught
    threading.excepthook = lambda raised: _uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)
    sys.unraisablehook = lambda raised: _uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)


def describe(error: BaseException) -> dict[str, object]:
    """Returns what a log may say of an exception: its type, its causes' types, an SQL state, and the lines passed."""
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < _MOST_CAUSES:
        causes.append(_type_name(cause))
        cause = cause.__cause__ or cause.__context__
    said: dict[str, object] = {"error": _type_name(error), "stack": _stack(error)}
    if causes:
        said["causes"] = causes
    code = getattr(getattr(error, "orig", error), "sqlstate", None)
    if code:
        said["sqlstate"] = code
    return said


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _stack(error: BaseException) -> list[str]:
    frames = [
        f"{_short(frame.f_code.co_filename)}:{line}:{frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return frames[-_MOST_FRAMES:]


def _short(path: str) -> str:
    for mark in (f"site-packages{os.sep}", f"lib{os.sep}python"):
        if mark in path:
            return path.rpartition(mark)[2]
    return path.removeprefix(_ROOT)


def _line(level: int, logger: str, event: str, values: dict[str, object], exc_info: _ExcInfo) -> None:
    error = _error_of(exc_info)
    if error is not None:
        values |= describe(error)
    values |= {"level": logging.getLevelName(level).lower(), "logger": logger}
    writer: Any = structlog.wrap_logger(structlog.BytesLogger(sys.stderr.buffer), processors=_processors())
    writer.msg(event, **values)


def _error_of(exc_info: _ExcInfo) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]
    return sys.exc_info()[1] if exc_info else None


def _processors() -> list[Any]:
    return [_complete, _listed_only, _render]


def _foreign(_: Any, __: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # Nothing of ours reaches structlog but through Log; what a library says there gets no further than its level.
    values["event"] = _FOREIGN
    return values


def _complete(_: Any, method: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    values.setdefault("level", method)
    values.setdefault("service", _service)
    values["time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        values["trace_id"] = format(found.trace_id, "032x")
    return values


def _listed_only(_: Any, __: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    kept = {key: value for key, value in values.items() if key in LOG_KEYS and (key == "event" or _may_pass(value))}
    dropped = len(values) - len(kept)
    if dropped:
        kept["dropped"] = dropped
        metrics.LOG_VALUES_DROPPED.labels(str(kept.get("logger", ""))).inc(dropped)
    return kept


def _may_pass(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) and is_plain(each) for each in value)
    return is_plain(value)


def _render(_: Any, __: str, values: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(dict(values))


class _LibraryHandler(logging.Handler):
    """Writes what the standard library's loggers say."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record: its text only where the words themselves are on the list, and never with its arguments."""
        event = record.msg if isinstance(record.msg, str) and record.msg in LIBRARY_TEXTS else _FOREIGN
        exc_info: _ExcInfo = record.exc_info
        _line(record.levelno, record.name, event, {"file": _short(record.pathname), "count": record.lineno}, exc_info)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace_: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _line(logging.CRITICAL, "process", "uncaught exception", {}, error)
