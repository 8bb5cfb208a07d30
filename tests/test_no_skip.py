"""The rule that nothing is skipped in CI, shown on small suites of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest

def test_passes(): pass

def test_in_the_body(): pytest.skip("no browser here: apt-get install chromium")

@pytest.fixture
def server(): pytest.skip("no npm here")

def test_in_a_fixture(server): pass

@pytest.mark.xfail(strict=True)
def test_expected_failure(): raise ValueError
"""


def run_suite(folder: Path, suite: str, *, no_skip: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on one file beside a copy of the project's conftest."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_suite.py").write_text(suite)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "PASSERELLE_NO_SKIP": no_skip, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    # The conftest names a plugin that lies among the tests.
    project = str(Path(__file__).parents[1])
    environment["PYTHONPATH"] = os.pathsep.join([project, *filter(None, [environment.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=240,
    )


def test_a_skip_is_allowed_on_a_developers_machine(tmp_path: Path) -> None:
    """Without the switch a skipped test stays skipped and the run is green."""
    run = run_suite(tmp_path, SUITE, no_skip="")

    assert run.returncode == 0, run.stdout
    assert "1 passed, 2 skipped, 1 xfailed" in run.stdout


def test_a_skip_fails_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    """A skip in a test fails it, a skip in a fixture is its error; expected failures stay."""
    run = run_suite(tmp_path, SUITE, no_skip="1")

    assert run.returncode == 1
    assert "1 failed, 1 passed, 1 xfailed, 1 error" in run.stdout
    missing = run.stdout[run.stdout.index("missing on this machine") :]
    assert "no browser here: apt-get install chromium" in missing
    assert "no npm here" in missing


@pytest.mark.parametrize(
    "line", ['pytest.skip("no sshd here", allow_module_level=True)', 'pytest.importorskip("nonesuch_module")']
)
def test_a_file_that_skips_itself_is_an_error(tmp_path: Path, line: str) -> None:
    """A whole file cannot hide either."""
    run = run_suite(tmp_path, f"import pytest\n{line}\ndef test_passes(): pass\n", no_skip="1")

    assert run.returncode not in {0, 5}
    assert "missing on this machine" in run.stdout
