"""Fixtures of the flow tests: a Prefect server for the session, and a stand-in for the library's runner.

Prefect is told to be quick and quiet before it is imported; its server is a child and inherits that.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ.update(
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE="100",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE="100",
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL="0.5",
    PREFECT_SERVER_UI_ENABLED="false",
    PREFECT_LOGGING_TO_API_ENABLED="false",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    DO_NOT_TRACK="1",
)

import httpx
import pytest
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

import flows.conduct
from passerelle.feeds import Progress, RunOptions, RunReport, Workspace

PROJECT = Path(__file__).parents[2]

Tell = Callable[[Progress], None]


#: Prefect leaves sockets of its clients to the garbage collector, and the warning surfaces in whatever test
#: runs then. Everything else stays an error.
PREFECT_SOCKETS = r"ignore:Exception ignored in. <socket\.socket:pytest.PytestUnraisableExceptionWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let that one warning pass, in the tests of this folder only."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(PREFECT_SOCKETS))


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """Collect those sockets before a test of another folder runs."""
    yield
    gc.collect()


class Runner:
    """Stands in for `run_feed`: keeps what it was asked, answers with the report it was given."""

    def __init__(self) -> None:
        self.report = RunReport(feed="stock", entity="stock", run_id="run-1")
        self.asked: list[tuple[str, RunOptions]] = []
        self.steps: list[Progress] = []

    async def __call__(
        self, _workspace: Workspace, feed: str, options: RunOptions, *, progress: Tell | None = None
    ) -> RunReport:
        """Answer as the library would."""
        self.asked.append((feed, options))
        self.report.dry_run = options.dry_run
        for step in self.steps:
            if progress is not None:
                progress(step)
        return self.report


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Flows call this instead of the library."""
    stand_in = Runner()
    monkeypatch.setattr(flows.conduct, "run_feed", stand_in)
    return stand_in


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace's home of one test."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    return tmp_path


#: How often a server is started anew whose first answer takes more than the five seconds that Prefect grants.
STARTS = 5


@contextmanager
def _harness() -> Iterator[None]:
    with ExitStack() as stack:
        for start in range(1, STARTS + 1):
            try:
                stack.enter_context(prefect_test_harness(server_startup_timeout=120))
                break
            except httpx.TimeoutException:
                # Prefect leaves the server running that was too slow, and takes it for the default one.
                SubprocessASGIServer._instances.pop(None).stop()  # noqa: SLF001 - nobody else gives it away
                if start == STARTS:
                    raise
        yield


@contextmanager
def _sockets_unheard() -> Iterator[None]:
    """Collect sockets that Prefect left, without a word; everything else is heard."""
    told = sys.unraisablehook

    def tell(found: sys.UnraisableHookArgs) -> None:
        if not isinstance(found.object, socket.socket):
            told(found)

    sys.unraisablehook = tell
    try:
        yield
        gc.collect()
    finally:
        sys.unraisablehook = told


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server with a database of its own; starting it takes some ten seconds, once."""
    with ExitStack() as stack:
        stack.enter_context(_harness())
        stack.enter_context(temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}))
        yield
        ending = stack.pop_all()
    # The last test of a session may be one of another folder, where the warning of a socket is an error.
    with _sockets_unheard(), ending:
        pass
