"""Telemetry: one id from file to call, lines for machines, traces and metrics; nothing when it is off."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from passerelle import tracks
from passerelle.errors import ConfigError
from passerelle.feeds import Settings
from passerelle.feeds.settings import TelemetrySettings
from passerelle.operations.telemetry import Telemetry
from passerelle.sandbox import Sandbox, SandboxConfig
from tests.feeds.house import stock_xml
from tests.feeds.orders.till import Till
from tests.sync.desk import line

FILE = "STOCK_TOUS_C_00001_20261101.xml"


@pytest.fixture(scope="module")
def shops() -> Iterator[Sandbox]:
    """One sandbox for the file."""
    with Sandbox(SandboxConfig(any_project=True), in_process=True) as running:
        yield running


@pytest.fixture
async def till(tmp_path: Path, shops: Sandbox) -> Till:
    """A shop that has depot 001, and a stock file of three records."""
    made = Till(tmp_path, shops, f"till-{uuid4().hex[:12]}")
    await made.set_up()
    async with made.workspace.client() as client:
        await client.create("channels", {"key": "depot-001", "roles": ["InventorySupply"]})
    path = tmp_path / "erp" / "out" / "stock" / FILE
    lines = [line("A", 1), line("B", 2), line("C", 3)]
    path.write_bytes(stock_xml(lines, sequence=1, mode="C"))
    path.with_suffix(".ok").touch()
    return made


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """Telemetry that ends with the test."""
    started = Telemetry()
    yield started
    started.stop()
    assert tracks.heard == []


async def test_one_record_is_followed_from_its_file_to_the_call_that_the_shop_received(
    till: Till, telemetry: Telemetry
) -> None:
    """The id of the file's line is what the ids of its calls begin with, and the shop received those."""
    stream = io.StringIO()
    telemetry.log(as_json=True, debug=True, stream=stream)
    report = await till.run("stock")
    assert report.outcome == "succeeded", report
    told = [json.loads(text) for text in stream.getvalue().splitlines()]
    (file,) = (one for one in told if one["event"] == "file ended")
    assert (file["run"], file["feed"], file["file"]) == (report.run_id, "stock", FILE)
    assert (file["state"], file["received"], file["level"]) == ("applied", 3, "info")
    calls = [one for one in told if one["event"] == "call" and one["method"] == "POST"]
    written = {one["correlation"] for one in calls if one["path"].startswith("inventory")}
    assert written == {f"{file['correlation']}/{seq}" for seq in (1, 2, 3)}
    log = till.sandbox.control("GET", "/log?limit=2000")
    received = {
        one["correlation_id"]
        for one in log
        if one["method"] == "POST" and one["path"].startswith(f"/{till.project}/inventory")
    }
    assert received == written
    (run,) = (one for one in told if one["event"] == "run ended")
    assert file["correlation"].startswith(run["correlation"] + "/")
    assert {one["phase"] for one in told if one["event"] == "phase ended"} >= {"plan", "apply"}
    assert sum(one["records"] for one in told if one.get("batch") == "apply") == 3
    assert all(one["seconds"] >= 0 for one in told if "seconds" in one)


async def test_without_debug_there_are_no_lines_for_calls_and_batches(
    till: Till, telemetry: Telemetry
) -> None:
    """A night of a million records is some lines a file; text for people stays one line a thing."""
    stream = io.StringIO()
    telemetry.log(as_json=False, debug=False, stream=stream)
    await till.run("stock")
    lines = stream.getvalue().splitlines()
    assert not [text for text in lines if " call " in text or "batch ended" in text]
    assert len([text for text in lines if "file ended" in text]) == 1


def test_what_a_file_says_is_no_line_of_its_own(telemetry: Telemetry) -> None:
    """A name with a line break stays on its line, in both forms."""
    for as_json in (True, False):
        stream = io.StringIO()
        telemetry.log(as_json=as_json, debug=False, stream=stream)
        with tracks.span("file", "x", file="a\n2026-01-01 ERROR run ended\x1b[31m"):
            pass
        telemetry.stop()
        assert len(stream.getvalue().splitlines()) == 2
        assert "\x1b" not in stream.getvalue()


async def test_traces_and_metrics_of_a_run(till: Till) -> None:
    """One trace: run, file, phases, batches, never a record; counts of records and calls, times, ages."""
    export = pytest.importorskip(
        "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason="extra otel"
    )
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415 - as above
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415 - as above

    from passerelle.operations.telemetry_otlp import OtelListener  # noqa: PLC0415 - as above

    kept, reader = export.InMemorySpanExporter(), InMemoryMetricReader()
    listener = OtelListener(SimpleSpanProcessor(kept), reader, resource=Resource.create({}))
    tracks.listen(listener)
    try:
        report = await till.run("stock")
        points = _points(reader.get_metrics_data())
    finally:
        tracks.unlisten(listener)
        listener.stop()
    spans = {span.context.span_id: span for span in kept.get_finished_spans()}
    names = [span.name for span in spans.values()]
    assert {span.context.trace_id for span in spans.values()} == {next(iter(spans.values())).context.trace_id}
    assert names.count("run stock") == names.count("file") == 1
    assert len(spans) < 20
    parents = {
        span.name: spans[span.parent.span_id].name for span in spans.values() if span.parent is not None
    }
    assert (parents["file"], parents["phase apply"], parents["batch apply"]) == (
        "run stock",
        "file",
        "phase apply",
    )
    for span in spans.values():
        assert span.start_time <= span.end_time
        if span.parent is not None:
            assert spans[span.parent.span_id].start_time <= span.start_time
    run = next(span for span in spans.values() if span.name == "run stock")
    assert run.attributes["passerelle.run"] == report.run_id
    assert points["passerelle.records"] == {("stock", "created"): 3}
    assert sum(points["passerelle.calls"].values()) >= report.calls
    assert sum(points["passerelle.call.duration"].values()) == sum(points["passerelle.calls"].values())
    assert points["passerelle.data.age"][("stock",)] >= 0


def _points(data: Any) -> dict[str, dict[tuple[str, ...], float]]:
    """What each metric says, by the values of its attributes; of a histogram how many there were."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    value = point.count if hasattr(point, "count") else point.value
                    found.setdefault(metric.name, {})[tuple(point.attributes.values())] = value
    return found


class Collector:
    """A collector that takes OTLP over HTTP and keeps what it was sent, by path."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {}
        self.headers: list[str | None] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                collector.bodies.setdefault(self.path, []).append(self.rfile.read(length))
                collector.headers.append(self.headers.get("X-Key"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """End it."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


async def test_a_collector_receives_them_by_otlp(till: Till, telemetry: Telemetry) -> None:
    """Real requests with the headers of the settings, decoded by OpenTelemetry's own messages."""
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="extra otel")
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (  # noqa: PLC0415 - as above
        ExportMetricsServiceRequest,
    )
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: PLC0415 - as above
        ExportTraceServiceRequest,
    )

    collector = Collector()
    try:
        sent = TelemetrySettings.model_validate({"otlp": collector.address, "headers": {"X-Key": "k-1"}})
        telemetry.trace(Settings(telemetry=sent, installation="prod"))
        await till.run("stock")
        telemetry.stop()
    finally:
        collector.close()
    traces = [_unpacked(ExportTraceServiceRequest, body) for body in collector.bodies["/v1/traces"]]
    names = {
        span.name
        for request in traces
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert {"run stock", "file", "phase plan", "phase apply"} <= names
    metrics = [_unpacked(ExportMetricsServiceRequest, body) for body in collector.bodies["/v1/metrics"]]
    counted = {
        metric.name
        for request in metrics
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert {"passerelle.records", "passerelle.calls", "passerelle.call.duration"} <= counted
    assert set(collector.headers) == {"k-1"}


def _unpacked(kind: Any, body: bytes) -> Any:
    message = kind()
    message.ParseFromString(body)
    return message


def test_an_address_that_is_none_is_said(telemetry: Telemetry) -> None:
    """With the form that is expected."""
    with pytest.raises(ConfigError, match="http://127"):
        telemetry.trace(Settings(telemetry=TelemetrySettings(otlp="collector:4317")))


@pytest.mark.parametrize(
    ("environment", "loaded"),
    [
        ({}, False),
        ({"PASSERELLE_LOG": "json"}, False),
        ({"PASSERELLE_TELEMETRY__OTLP": "http://127.0.0.1:9"}, True),
    ],
)
def test_what_is_off_is_not_loaded(tmp_path: Path, environment: dict[str, str], loaded: bool) -> None:  # noqa: FBT001 - a row of the table
    """OpenTelemetry is imported only by who sends to a collector; one that is away fails nothing."""
    script = (
        "import sys; from passerelle.cli.app import app\n"
        "try: app(['status', '--json'])\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        "sys.stderr.write(f\"loaded {'opentelemetry' in sys.modules}\")"
    )
    settings = {"PASSERELLE_HOME": str(tmp_path), "PASSERELLE_MAPPINGS": "mappings", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**settings, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"loaded {loaded}" in done.stderr
