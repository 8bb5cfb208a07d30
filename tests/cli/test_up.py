from __future__ import annotations

import importlib.util
import socket
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from passerelle.cli.up import HOST, PrefectUp, UpOptions, run
from passerelle.errors import ConfigError

PROJECT = Path(__file__).parents[2]


def _options(home: Path, *, project: Path = PROJECT, port: int = 0) -> UpOptions:
    return UpOptions(home=home, project=project, port=port)


def _enter(options: UpOptions) -> None:
    with PrefectUp(options):
        pytest.fail("it started")


def test_without_prefect_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Prefect is an extra: who lacks it learns the one command that brings it."""
    found = importlib.util.find_spec

    def without_prefect(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "prefect" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_prefect)
    with pytest.raises(ConfigError, match=r"pip install 'passerelle\[prefect\]'"):
        _enter(_options(tmp_path))


def test_outside_the_project_it_says_where_to_go(tmp_path: Path) -> None:
    """What is missing is named."""
    with pytest.raises(ConfigError, match=r"no prefect.yaml and no flows/serve.py"):
        _enter(_options(tmp_path, project=tmp_path))


def test_a_taken_port_is_named_with_another_one(tmp_path: Path) -> None:
    """The message names the port and a way out, and the claim is given back."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"Port {port} .*--port {port + 1}"):
            _enter(_options(tmp_path, port=port))
    assert not (tmp_path / "prefect" / "up.json").exists()


def test_a_refusal_is_an_exit_code_and_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what is wrong on stderr and returns 1."""
    assert run(_options(tmp_path, project=tmp_path)) == 1
    assert "prefect.yaml" in capsys.readouterr().err
