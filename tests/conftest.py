"""What all tests share: where nothing may be missing, a skipped test is a failed test.

A test that needs something this machine lacks (npm, a browser, sshd) says what and how to get it, and
skips. With PASSERELLE_NO_SKIP=1, as in CI, that is a failure and the closing summary lists what is missing.
Every request that our client sends to a shop, in whatever test, is held against the official contracts; what
the shell says of language, colours and proxies reaches no test.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.contract.judging", "tests.surroundings"]

ROOT = Path(__file__).resolve().parent.parent
NOTHING_MAY_BE_MISSING = os.environ.get("PASSERELLE_NO_SKIP") == "1"
_missing = pytest.StashKey[list[str]]()

# How long an example takes says how busy the machine is: speed is measured in bench/, never in a test.
# The blob that is printed plays again elsewhere what failed in CI.
settings.register_profile("passerelle", deadline=None, print_blob=True)
settings.load_profile("passerelle")


def pytest_configure(config: pytest.Config) -> None:
    """Start the list of what is missing."""
    config.stash[_missing] = []


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real sample files: PASSERELLE_SAMPLES, or `shared/samples` beside the project."""
    folder = ROOT / os.environ.get("PASSERELLE_SAMPLES", "../shared/samples")
    if not (folder / "expected.json").is_file():
        pytest.skip(f"needs the sample files: set PASSERELLE_SAMPLES to their folder, not {folder}")
    return folder.resolve()


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # pytest gives a skip as (file, line, reason).
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


def _refuse(report: pytest.TestReport | pytest.CollectReport, missing: list[str]) -> None:
    reason = _reason(report)
    missing.append(f"{report.nodeid}: {reason}")
    report.outcome = "failed"
    report.longrepr = f"skipped where nothing may be skipped (PASSERELLE_NO_SKIP=1): {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one; an expected failure stays what it is."""
    report = yield
    if NOTHING_MAY_BE_MISSING and report.skipped and not hasattr(report, "wasxfail"):
        _refuse(report, item.config.stash[_missing])
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a file that skips itself as a whole into an error."""
    report = yield
    if NOTHING_MAY_BE_MISSING and report.skipped:
        _refuse(report, collector.config.stash[_missing])
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """List what was missing, in one place."""
    if config.stash[_missing]:
        terminalreporter.section("missing on this machine")
        for line in config.stash[_missing]:
            terminalreporter.write_line(line)
