"""The library alone: the README's lines, a quick import, an installation without Prefect."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.shelf import by_key
from tests.acceptance.stage import PROJECT, Stage

README = PROJECT / "README.md"
#: Show of the project: a library import may not be felt.
IMPORT_SECONDS = 0.3


@pytest.fixture(scope="module")
def snippet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's lines, as they stand there, in a file."""
    section = README.read_text(encoding="utf-8").partition("\n## As a library\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    path = tmp_path_factory.mktemp("readme") / "snippet.py"
    path.write_text(code, encoding="utf-8")
    return path


def _environment(stage: Stage) -> dict[str, str]:
    """What the README's lines read, and nothing that a workspace would."""
    house = stage.rehearsal
    sftp = {
        "host": house.sftp.host,
        "port": house.sftp.port,
        "username": house.sftp.user,
        "password": house.sftp.password,
        "host_keys": [house.sftp.host_key],
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")}
    return {
        **inherited,
        "ERP_SFTP": json.dumps(sftp),
        "CTP_PROJECT_KEY": house.sandbox.project,
        "CTP_CLIENT_ID": house.sandbox.client_id,
        "CTP_CLIENT_SECRET": house.sandbox.client_secret.get_secret_value(),
        "CTP_AUTH_URL": house.sandbox.url,
        "CTP_API_URL": house.sandbox.url,
    }


def _run(snippet: Path, stage: Stage) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(snippet)],
        cwd=PROJECT,
        env=_environment(stage),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _quantities(stage: Stage) -> dict[tuple[str, ...], int]:
    return {key: doc["quantityOnStock"] for key, doc in by_key(stage.shop(), "STOCK_TOUS").items()}


async def test_the_lines_of_the_readme_carry_stock(stage: Stage, snippet: Path) -> None:
    """Run as they stand: all stock is in the shop; run again, nothing is written; the next file is taken."""
    stage.drop("full")
    _run(snippet, stage)
    opening = {line.key: line.quantity for line in stage.house.day(1).books.stock.values()}
    assert _quantities(stage) == opening
    assert 0 in opening.values()

    stage.count_anew()
    _run(snippet, stage)
    assert stage.calls().writes == 0

    (delta,) = stage.drop("delta1").of("STOCK_TOUS")
    _run(snippet, stage)
    later = {line.key: line.quantity for line in stage.house.day(2).books.stock.values()}
    assert _quantities(stage) == opening | {key: later[key] for key in delta.changes.keys}
    assert stage.calls().writes == len(delta.changes.keys)


def test_the_lines_of_the_readme_are_few(snippet: Path) -> None:
    """About ten lines: what is between `def main` and its call, at most fifteen."""
    body = snippet.read_text(encoding="utf-8").partition("async def main")[2].rpartition("asyncio.run")[0]
    assert len([line for line in body.splitlines()[1:] if line.strip()]) <= 15


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_lines_of_the_readme_have_right_types(snippet: Path) -> None:
    """A reader who checks types strictly has no complaint to read."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(PROJECT / "pyproject.toml"), str(snippet)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=570,
        check=False,
    )
    assert done.returncode == 0, done.stdout


# What an import costs, and what it brings ---------------------------------------------------------------


def _python(code: str, *, executable: str = sys.executable, cwd: Path | None = None) -> str:
    """Run a line in a fresh interpreter, away from the project's folder unless told otherwise."""
    done = subprocess.run(
        [executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_import_is_not_felt(tmp_path: Path) -> None:
    """`import passerelle` takes less than 300 ms in a fresh interpreter, the best of five."""
    timed = "import time; start = time.perf_counter(); import passerelle; print(time.perf_counter() - start)"
    best = min(float(_python(timed, cwd=tmp_path)) for _ in range(5))
    assert best < IMPORT_SECONDS


@pytest.mark.parametrize(
    "module",
    [
        "passerelle",
        "passerelle.commercetools",
        "passerelle.feeds",
        "passerelle.cli.app",
        "passerelle.sandbox",
        "passerelle.retailer",
    ],
)
def test_no_room_brings_prefect(tmp_path: Path, module: str) -> None:
    """Neither Prefect nor the flows over the library are loaded, whatever room is imported."""
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    assert not {"prefect", "flows"} & set(_python(code, cwd=tmp_path).split())


def test_the_library_does_not_bring_the_rehearsal(tmp_path: Path) -> None:
    """A production process loads no web server, no SFTP server and no invented retailer."""
    rooms = ("passerelle.sandbox", "passerelle.retailer", "uvicorn", "starlette", "asyncssh")
    code = (
        f"import sys, passerelle.feeds, passerelle.cli.app; print(*[n for n in {rooms} if n in sys.modules])"
    )
    assert _python(code, cwd=tmp_path) == ""


# Installed --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_clean_installation_works_without_prefect(tmp_path: Path) -> None:
    """Installed by pip from the source tree without extras, every room imports and the command answers."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=240)
    binaries = tmp_path / "venv" / "bin"
    # An index that is slow or away for a minute is asked again; one that never answers ends within the limit.
    patient = ["--retries", "10", "--timeout", "60", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [str(binaries / "python"), "-m", "pip", *patient, "install", "--quiet", str(PROJECT)],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    if done.returncode and "connection broken by" in done.stderr:
        pytest.skip("pip reaches no package index: give it one (network, PIP_INDEX_URL or PIP_FIND_LINKS)")
    assert done.returncode == 0, done.stderr

    python = str(binaries / "python")
    rooms = "passerelle.commercetools, passerelle.files, passerelle.mapping, passerelle.feeds"
    where = _python(f"import {rooms}; print(passerelle.__file__)", executable=python, cwd=tmp_path)
    assert Path(where).is_relative_to(tmp_path)
    absent = "from importlib.util import find_spec; print(find_spec('prefect'), find_spec('flows'))"
    assert _python(absent, executable=python, cwd=tmp_path) == "None None"
    answer = subprocess.run(
        [str(binaries / "passerelle"), "--help"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    for command in ("run", "plan", "status", "demo"):
        assert re.search(rf"\b{command}\b", answer.stdout)
    version = subprocess.run(
        [str(binaries / "passerelle"), "version"], capture_output=True, text=True, timeout=240, check=True
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", version.stdout.strip())
    # What needs an extra says which one.
    sandbox = subprocess.run(
        [str(binaries / "passerelle"), "sandbox", "--home", str(tmp_path / "home")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert sandbox.returncode == 1
    assert "pip install 'passerelle[sandbox]'" in " ".join(sandbox.stderr.split())
