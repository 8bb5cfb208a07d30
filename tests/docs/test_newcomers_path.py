"""The newcomer's path as it is written: a project, a schedule, a late file, a backfill, a stop decided."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from tests.waiting import free_port

from .links import ROOT, links
from .pages import Block, blocks, same_lines
from .terminals import Staying, Typing, until

PAGE = ROOT / "docs/tutorial/run-it.md"
#: How long what stays running may take to be ready, on a busy machine.
_READY = 240.0
#: Seconds between two looks: each of them starts a program beside those that it waits for.
_PAUSE = 3.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a newcomer's shell has: the program on its path, where it was unpacked, and nothing of ours."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PASSERELLE", "PREFECT"))
    }
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
        "PASSERELLE": str(ROOT),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "PYTHONWARNINGS": "ignore",
    }


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_path_leads_where_it_says(tmp_path: Path, environment: dict[str, str]) -> None:
    """Every file is written, every command run, in real terminals; each prints what stands there."""
    folder = tmp_path / "project"
    folder.mkdir()
    with ExitStack() as open_, Typing(folder, environment) as terminal:
        for block in blocks(PAGE):
            if block.title:
                _write(folder, block)
            elif "terminal" in block.options:
                log = tmp_path / f"{block.options['terminal']}.log"
                stays = Staying(folder, environment, [line for line, _ in _typed(block)], log)
                open_.enter_context(stays)
                _await(block, stays)
            elif block.language == "console":
                for command, expected in _typed(block):
                    _type(terminal, block, command, expected)
            else:
                assert block.language == "text", f"{PAGE.name}:{block.line} is not run"


def _typed(block: Block) -> Iterator[tuple[str, list[str]]]:
    """List the commands of a block, as they are typed, each with what it prints."""
    command, expected = "", list[str]()
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = _on_free_ports(line[2:]), []
        else:
            expected.append(line)
    yield command, expected


def _on_free_ports(command: str) -> str:
    """Two of these tests at once, or somebody's own service, do not meet."""
    if not command.startswith("passerelle up"):
        return command
    return f"{command} --port {free_port()} --web-port {free_port()}"


def _write(folder: Path, block: Block) -> None:
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(block.text.encode(block.options.get("charset", "utf-8")))


def _await(block: Block, stays: Staying) -> None:
    *_, (_, expected) = _typed(block)
    if not until(lambda: same_lines(expected, stays.printed()), seconds=_READY):
        pytest.fail(f"{PAGE.name}:{block.line} stays at\n" + "\n".join(stays.printed()))


def _type(terminal: Typing, block: Block, command: str, expected: list[str]) -> None:
    """Type it once, or again within the time that the page gives."""
    printed: list[str] = []

    def fits() -> bool:
        printed[:] = terminal.enter(command)
        assert not any("Traceback" in line for line in printed), "\n".join(printed)
        return same_lines(expected, printed)

    if not until(fits, seconds=float(block.options.get("within", "0")), pause=_PAUSE):
        shown = "\n".join(line.rstrip() for line in printed)
        pytest.fail(f"{PAGE.name}:{block.line}: {command} prints\n{shown}")


def test_the_path_has_no_gap() -> None:
    """README → index → first feed → this page, by links alone."""
    way = [ROOT / "README.md", ROOT / "docs/README.md", PAGE]
    for page, following in pairwise(way):
        assert following in {link.path for link in links(page)}, page.name
    assert ROOT / "docs/tutorial/first-feed.md" in {link.path for link in links(ROOT / "README.md")}
    assert ROOT / "docs/tutorial/first-feed.md" in {link.path for link in links(PAGE)}
