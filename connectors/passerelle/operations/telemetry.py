"""Telemetry: what runs tell (`tracks`) as lines of a log, and as traces and metrics for a collector."""

from __future__ import annotations

import atexit
import importlib.util
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from .. import tracks
from ..errors import ConfigError

if TYPE_CHECKING:
    from ..feeds.settings import Settings

__all__ = ["LogListener", "Telemetry", "start_telemetry"]

_LOGGER = "passerelle.runs"
#: Told with `debug` alone: there are many of them.
_SMALL = ("batch",)


class LogListener:
    """Writes what runs do as log records; each carries its fields in `record.told`."""

    def __init__(self, *, debug: bool) -> None:
        self._debug = debug
        self._logger = logging.getLogger(_LOGGER)

    def began(self, span: tracks.Span) -> None:
        """Tell that a run or a file begins."""
        if span.kind in ("run", "file"):
            self._tell(f"{span.kind} began", span.correlation, {**_around(span), **span.facts})

    def ended(self, span: tracks.Span) -> None:
        """Tell what came of it."""
        if span.kind in _SMALL and not self._debug:
            return
        facts = {**_around(span), **span.facts, "seconds": round(span.seconds, 6)}
        level = logging.ERROR if span.error or span.facts.get("outcome") == "failed" else logging.INFO
        if span.error:
            facts["error"] = span.error
        if span.kind in ("phase", "batch"):
            facts[span.kind] = span.name
        self._tell(f"{span.kind} ended", span.correlation, facts, level)

    def call_made(self, method: str, path: str, status: int, seconds: float, correlation: str) -> None:
        """Tell of a single call: its id is the one that the shop received."""
        if self._debug:
            facts = {"method": method, "path": path, "status": status, "seconds": round(seconds, 6)}
            self._tell("call", correlation, facts, logging.DEBUG)

    def measured(self, name: str, value: float, facts: dict[str, str]) -> None:
        """Numbers stand in the lines already."""

    def _tell(self, event: str, correlation: str, facts: dict[str, Any], level: int = logging.INFO) -> None:
        told = {"event": event, "correlation": correlation, **facts}
        self._logger.log(level, "%s", event, extra={"told": told})


def _around(span: tracks.Span) -> dict[str, Any]:
    """Give what is known of the run and the file that something happens in."""
    facts: dict[str, Any] = {}
    outer: tracks.Span | None = span
    while outer is not None:
        for name in ("run", "feed", "file"):
            if name in outer.facts:
                facts.setdefault(name, outer.facts[name])
        outer = outer.parent
    return facts


class _Lines(logging.Formatter):
    """One line a record: JSON for programs, or words and values for people."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = dict(getattr(record, "told", {"event": record.getMessage()}))
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        at = datetime.fromtimestamp(record.created, UTC)
        if self._as_json:
            head = {"at": at.isoformat(timespec="milliseconds"), "level": record.levelname.lower()}
            return msgspec.json.encode({**head, "logger": record.name, **told}, enc_hook=str).decode()
        values = " ".join(f"{name}={_plain(value)}" for name, value in told.items() if name != "event")
        return f"{at:%Y-%m-%dT%H:%M:%S}Z {record.levelname:<5} {told['event']} {values}"


def _plain(value: Any) -> str:
    """Write a value on one line: text from a file must not look like a line of its own."""
    return value if isinstance(value, str) and value.isprintable() and " " not in value else repr(value)


class Telemetry:
    """What was started; `stop` sends what is left and ends it."""

    def __init__(self) -> None:
        self._listeners: list[tracks.Listener] = []
        self._handler: logging.Handler | None = None
        self._ends: list[Any] = []

    def log(self, *, as_json: bool, debug: bool, stream: TextIO | None = None) -> None:
        """Write lines to standard error: standard output belongs to reports."""
        self._handler = logging.StreamHandler(stream or sys.stderr)
        self._handler.setFormatter(_Lines(as_json=as_json))
        logger = logging.getLogger("passerelle")
        logger.addHandler(self._handler)
        logger.setLevel(logging.DEBUG if debug else logging.INFO)
        logger.propagate = False
        self._listen(LogListener(debug=debug))

    def trace(self, settings: Settings) -> None:
        """Send traces and metrics to the collector of the settings.

        Raises:
            ConfigError: the extra is not installed.
        """
        if importlib.util.find_spec("opentelemetry.sdk") is None:
            raise ConfigError(
                "PASSERELLE_TELEMETRY__OTLP asks for OpenTelemetry, which is not installed",
                advice="Install it with: pip install 'passerelle[otel]'",
            )
        from .telemetry_otlp import to_collector  # noqa: PLC0415 - only who sends traces loads OpenTelemetry

        listener = to_collector(settings.telemetry, installation=settings.installation)
        self._listen(listener)
        self._ends.append(listener.stop)

    def stop(self) -> None:
        """Send what is left, and listen no more; a second stop is none."""
        for listener in self._listeners:
            tracks.unlisten(listener)
        self._listeners.clear()
        while self._ends:
            self._ends.pop()()
        if self._handler is not None:
            logging.getLogger("passerelle").removeHandler(self._handler)
            self._handler = None

    def _listen(self, listener: tracks.Listener) -> None:
        self._listeners.append(listener)
        tracks.listen(listener)


_started: list[Telemetry] = []


def start_telemetry(settings: Settings) -> Telemetry | None:
    """Start what the settings ask for, once in a process, until it ends; None when they ask for nothing.

    Raises:
        ConfigError: they ask for OpenTelemetry, which is not installed.
    """
    if _started:
        return _started[0]
    if not settings.log and not settings.telemetry.otlp:
        return None
    telemetry = Telemetry()
    if settings.log:
        telemetry.log(as_json=settings.log == "json", debug=settings.log_level == "debug")
    if settings.telemetry.otlp:
        telemetry.trace(settings)
    _started.append(telemetry)
    atexit.register(_stop)
    return telemetry


def _stop() -> None:
    while _started:
        with suppress(Exception):  # the process ends: who collects telemetry must not change its exit code
            _started.pop().stop()
