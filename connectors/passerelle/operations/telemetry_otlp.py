"""OpenTelemetry: spans of runs, files, phases, batches; metrics of records, calls, ages; sent by OTLP."""

from __future__ import annotations

import platform
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from .. import __version__, tracks
from ..errors import ConfigError
from ..feeds.settings import TelemetrySettings

__all__ = ["OtelListener", "to_collector"]

_NAME = "passerelle"
_KEPT = "otel"
#: Bounds of the histogram of calls, in seconds: from a cached read to the API's own end at 60 s.
_CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 15, 30, 60)
_STOP_MILLISECONDS = 5_000


class OtelListener:
    """Hands what runs tell to OpenTelemetry; one trace a run."""

    def __init__(self, spans: SpanProcessor, metrics: MetricReader, *, resource: Resource) -> None:
        # Our own providers, not the global ones: a process may have others for its own code.
        self._tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._tracing.add_span_processor(spans)
        self._metering = MeterProvider([metrics], resource=resource, shutdown_on_exit=False)
        self._tracer = self._tracing.get_tracer(_NAME, __version__)
        meter = self._metering.get_meter(_NAME, __version__)
        self._records = meter.create_counter("passerelle.records", unit="{record}", description="By result")
        self._calls = meter.create_counter("passerelle.calls", unit="{call}", description="Calls to the shop")
        self._call_seconds = meter.create_histogram(
            "passerelle.call.duration",
            unit="s",
            description="From sending a call to its whole answer",
            explicit_bucket_boundaries_advisory=_CALL_SECONDS,
        )
        self._run_seconds = meter.create_histogram("passerelle.run.duration", unit="s", description="Of runs")
        self._age = meter.create_gauge(
            "passerelle.data.age", unit="s", description="How old a file was when it had been applied"
        )

    def began(self, span: tracks.Span) -> None:
        """Begin a span below the one that it is in."""
        outer = None if span.parent is None else span.parent.kept.get(_KEPT)
        context = None if outer is None else trace.set_span_in_context(outer)
        span.kept[_KEPT] = self._tracer.start_span(
            f"{span.kind} {span.name}" if span.kind != "file" else "file",
            context=context,
            start_time=span.began,
            attributes={"passerelle.correlation": span.correlation},
        )

    def ended(self, span: tracks.Span) -> None:
        """End it, with what came of it."""
        told = span.kept.pop(_KEPT, None)
        if told is None:
            return
        told.set_attributes(
            {f"passerelle.{name}": value for name, value in span.facts.items() if value not in ("", None)}
        )
        if span.error or span.facts.get("outcome") == "failed":
            told.set_status(Status(StatusCode.ERROR, span.error or str(span.facts.get("message", ""))))
        told.end(span.ended)

    def call_made(self, method: str, path: str, status: int, seconds: float, correlation: str) -> None:  # noqa: ARG002 - a metric has no ids
        """Count a call and how long it took, by what of the shop was asked."""
        kind = {
            "method": method,
            "resource": path.split("/", 1)[0].split("?", 1)[0],
            "status": _class(status),
        }
        self._calls.add(1, kind)
        self._call_seconds.record(seconds, kind)

    def measured(self, name: str, value: float, facts: dict[str, str]) -> None:
        """Count records, time runs, note ages."""
        if name == "records":
            self._records.add(value, facts)
        elif name == "run":
            self._run_seconds.record(value, facts)
        elif name == "age":
            self._age.set(value, facts)

    def stop(self) -> None:
        """Send what is left; a collector that is away costs some seconds at most."""
        self._tracing.force_flush(_STOP_MILLISECONDS)
        self._tracing.shutdown()
        self._metering.shutdown(_STOP_MILLISECONDS)


def _class(status: int) -> str:
    """`2xx`, or what happened when no answer came."""
    return f"{status // 100}xx" if status else "none"


def to_collector(settings: TelemetrySettings, *, installation: str = "") -> OtelListener:
    """Make the listener that sends to the collector of the settings.

    Raises:
        ConfigError: its address is none.
    """
    parts = urlsplit(settings.otlp)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            "PASSERELLE_TELEMETRY__OTLP is no address",
            advice="Write http://127.0.0.1:4318, without /v1/traces",
        )
    base = settings.otlp.rstrip("/")
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    resource = Resource.create(
        {
            "service.name": settings.service,
            "service.version": __version__,
            "service.instance.id": platform.node(),
            **({"deployment.environment.name": installation} if installation else {}),
        }
    )
    spans = BatchSpanProcessor(OTLPSpanExporter(f"{base}/v1/traces", headers=headers, timeout=5))
    metrics = PeriodicExportingMetricReader(
        OTLPMetricExporter(f"{base}/v1/metrics", headers=headers, timeout=5),
        export_interval_millis=settings.interval * 1000,
    )
    return OtelListener(spans, metrics, resource=resource)
