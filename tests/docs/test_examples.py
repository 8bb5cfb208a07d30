"""Every example of the documentation is run as it stands there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.mapping import HOOKS, READING, OutgoingMapping, load_incoming, load_mapping
from passerelle.mapping.documents import addresses
from passerelle.workbench.sample import Sample
from passerelle.workbench.written import written_lines
from tests.docs.pages import Block, blocks, commands, same_lines

DOCS = Path(__file__).parents[2] / "docs"
#: Commands of these pages stay running, or wait: tests of their own type them in real terminals.
IN_TERMINALS = ("run-it.md",)
PAGES = sorted(
    path
    for path in [
        *DOCS.glob("tutorial/*.md"),
        *DOCS.glob("how-to/[a-z]*.md"),
        *DOCS.glob("how-to/orders/*.md"),
    ]
    if path.name not in IN_TERMINALS
)
RECORDS = "records: "
WRITTEN = "written: "
#: What may stand in a page without being run: one line for a shell or an editor, output of no command.
LOOSE = ("text", "sh")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, from which modules are read; functions of a page are gone after it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    known, hooks, loaded = dict(READING), set(HOOKS), set(sys.modules)
    yield tmp_path
    for name in READING.keys() - known.keys():
        del READING[name]
    for name in HOOKS.keys() - hooks:
        del HOOKS[name]
    for name in set(sys.modules) - loaded:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("page", PAGES, ids=[f"{page.parent.name}/{page.stem}" for page in PAGES])
@pytest.mark.usefixtures("desk")
def test_a_page_does_what_it_says(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written, commands print what stands there, mappings make the records that stand there."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("PASSERELLE_LANG", raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    ran = 0
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.language == "console":
            ran += _run(block, where)
        elif block.title.startswith(RECORDS):
            _compare(block, where)
            ran += 1
        elif block.title.startswith(WRITTEN):
            _compare_written(block, where)
            ran += 1
        elif block.title:
            _write(block)
        else:
            assert block.language in LOOSE, f"{where}: a block of {block.language} without a title is not run"
    assert ran, f"{page.name} shows nothing that is run"


def _write(block: Block) -> None:
    path = Path(block.title)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = block.text
    if block.options.get("newline") == "none":
        text = text.removesuffix("\n")
    path.write_bytes(text.encode(block.options.get("charset", "utf-8")))
    if block.language == "python":
        _install(path)


def _install(module: Path) -> None:
    """Leave what pip leaves of a package, so that it counts as installed."""
    package = module.parts[0]
    facts = Path(f"{package}-1.0.dist-info")
    facts.mkdir(exist_ok=True)
    (facts / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8"
    )
    (facts / "top_level.txt").write_text(f"{package}\n", encoding="utf-8")


def _run(block: Block, where: str) -> int:
    count = 0
    for command in commands(block):
        program, *words = command.words
        assert program == "passerelle", f"{where}: only passerelle is run, not {program}"
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        printed = result.output.splitlines()
        shown = "\n".join(line.rstrip() for line in printed)
        assert same_lines(command.output, printed), f"{where}: {' '.join(words)} prints\n{shown}"
        count += 1
    return count


def _compare(block: Block, where: str) -> None:
    mapping, _, sample = block.title.removeprefix(RECORDS).partition(" ")
    expected = json.loads(block.text)
    with Sample(load_incoming(Path(mapping)), Path(sample)) as opened:
        made = [_shown(item) for item in opened.items()]
    assert made == expected, (
        f"{where}: {mapping} makes of {sample}\n{json.dumps(made, ensure_ascii=False, indent=1)}"
    )


def _compare_written(block: Block, where: str) -> None:
    name, _, sample = block.title.removeprefix(WRITTEN).partition(" ")
    mapping = load_mapping(Path(name))
    assert isinstance(mapping, OutgoingMapping)
    made = [line.rstrip() for line in written_lines(mapping, Path(sample))]
    shown = "\n".join(made)
    assert made == block.text.splitlines(), f"{where}: {name} writes\n{shown}"


def _shown(item: Any) -> Any:
    if item.faults:
        return {"rejected": [f"{fault.code} {fault.position.path}" for fault in item.faults]}
    return json.loads(msgspec.json.encode(item.record))


@pytest.mark.parametrize("page", PAGES, ids=[f"{page.parent.name}/{page.stem}" for page in PAGES])
@pytest.mark.usefixtures("desk")
def test_every_mapping_on_a_page_is_sound(page: Path) -> None:
    """Also those that no command of the page names; what is a base of others is loaded with them."""
    found = list(blocks(page))
    for block in found:
        if block.title and not block.title.startswith((RECORDS, WRITTEN)):
            _write(block)
    for block in found:
        is_mapping = block.language == "yaml" and "\nfeed:" in f"\n{block.text}"
        if is_mapping and block.options.get("broken") != "true":
            for path in addresses(Path(block.title)):
                assert isinstance(load_mapping(path).feed, str)


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link of a page names a file that is there."""
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(DOCS)} links to {target}"
