"""Small assemblies, written in the test: their YAML, and the rows of each input as XML of one line a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from textwrap import dedent
from typing import Any
from xml.sax.saxutils import escape

import pytest

from passerelle.formats import BadRow
from passerelle.mapping.assembly import AssembledReader, AssemblyCounts, InputFile, Sources, compile_assembly
from passerelle.mapping.opening import open_reader
from passerelle.mapping.origins import AssembledRow
from passerelle.mapping.spec import MappingSpec
from passerelle.mapping.yaml_source import load, plain

Raw = Mapping[str, Any]
Assemble = Callable[..., "Assembled"]
FlawsOf = Callable[[str], list[tuple[str, str]]]

HEAD = """
feed: test
entity: stock
files: {folder: out, pattern: "main.xml", ready: {marker: .ok}}
format: {xml: {charset: UTF-8, record: /F/R}}
key: ID
fields: []
"""


@dataclass
class Assembled:
    """What came out of an assembly."""

    rows: list[AssembledRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    counts: AssemblyCounts = field(default_factory=AssemblyCounts)

    @property
    def values(self) -> list[dict[str, Any]]:
        """The values of the rows without a fault."""
        return [row.values for row in self.rows if not row.faults]

    @property
    def faults(self) -> list[tuple[str, str, int | None]]:
        """Code, file and line of every fault."""
        told = [fault for row in self.rows for fault in row.faults]
        told += [fault for bad in self.bad for fault in bad.faults]
        return [(fault.code, fault.position.file, fault.position.line) for fault in told]


def xml(rows: Sequence[Raw]) -> bytes:
    """Write rows as XML: row 1 stands in line 2, row 2 in line 3."""
    return "\n".join(["<F>", *(f"<R>{_inside(row)}</R>" for row in rows), "</F>"]).encode()


def _inside(row: Raw) -> str:
    texts: list[str] = []
    for name, value in row.items():
        for item in value if isinstance(value, list) else [value]:
            inside = _inside(item) if isinstance(item, dict) else escape(item)
            texts.append(f"<{name}>{inside}</{name}>")
    return "".join(texts)


def spec_of(text: str, folder: Path) -> MappingSpec:
    """Read the YAML of an assembly, with all that a feed needs besides."""
    path = folder / "test.yaml"
    path.write_text(HEAD + dedent(text), encoding="utf-8")
    node = load(path, [])
    assert node is not None
    return MappingSpec.model_validate(plain(node))


@pytest.fixture
def assemble(tmp_path: Path) -> Assemble:
    """Assemble the rows of `main` with the rows of each input; `in_memory` values fit in the memory."""

    def run(text: str, main: Sequence[Raw], *, in_memory: int = 100_000, **inputs: Any) -> Assembled:
        def refuse(_at: Any, message: str) -> None:
            raise AssertionError(message)

        spec = spec_of(text, tmp_path)
        assembly = compile_assembly(spec, {}, refuse)
        assert assembly is not None
        content = xml(main)
        sources = Sources(
            {name: _files(name, given) for name, given in inputs.items()},
            again=partial(BytesIO, content),
            folder=tmp_path,
            in_memory=in_memory,
        )
        reader = AssembledReader(
            assembly,
            open_reader(spec.format, BytesIO(content), file="main.xml"),
            file="main.xml",
            sources=sources,
        )
        made = Assembled(counts=reader.counts)
        for row in reader.rows():
            if isinstance(row, AssembledRow):
                made.rows.append(row)
            else:
                assert isinstance(row, BadRow)
                made.bad.append(row)
        assert not list(tmp_path.glob("*.sqlite")), "the database is gone"
        return made

    return run


def _files(name: str, given: Any) -> list[InputFile]:
    """Take rows as one file, or `{language: rows}` as one file a language."""
    if isinstance(given, dict):
        return [
            InputFile(f"{name}_{part}.xml", partial(BytesIO, xml(rows)), {"language": part})
            for part, rows in given.items()
        ]
    return [InputFile(f"{name}.xml", partial(BytesIO, xml(given)))]


@pytest.fixture
def flaws_of(tmp_path: Path) -> FlawsOf:
    """Give the flaws that compiling an assembly notes: place and message."""

    def check(text: str) -> list[tuple[str, str]]:
        flaws: list[tuple[str, str]] = []
        spec = spec_of(text, tmp_path)
        compile_assembly(
            spec,
            {},
            lambda at, message: flaws.append((".".join(map(str, at)), message)),
        )
        return flaws

    return check
