"""Carrying an example: its mapping, a folder of files, and the records that come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from passerelle.errors import DataError
from passerelle.files import FileNamePattern, Wanted, companions_of
from passerelle.formats import BadRow
from passerelle.mapping import Mapping, load_incoming
from passerelle.mapping.assembly import AssembledReader, AssemblyCounts, InputFile, Sources

EXAMPLES = Path(__file__).parents[2] / "mappings" / "examples"
FIXTURES = Path(__file__).parent / "fixtures"

Carry = Callable[..., "Carried"]


@dataclass
class Carried:
    """What one file gave: records by their keys in the order of the file, faults, counts of the assembly."""

    mapping: Mapping
    keys: list[str] = field(default_factory=list)
    records: list[Any] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: AssemblyCounts = field(default_factory=AssemblyCounts)
    header: dict[str, Any] = field(default_factory=dict)
    trailer: dict[str, Any] = field(default_factory=dict)

    def by(self, name: str) -> dict[str, Any]:
        """Give the records by one of their fields."""
        return {getattr(record, name): record for record in self.records}


@pytest.fixture
def fixtures() -> Path:
    """The folder of small files of our own, one folder a format."""
    return FIXTURES


@pytest.fixture(scope="session")
def expected(samples: Path) -> dict[str, Any]:
    """What a correct mapping of each case contains, computed from the sample files alone."""
    found: dict[str, Any] = json.loads((samples / "expected.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def carry() -> Carry:
    """Read a file with an example's mapping, and the files of its other inputs from the same root."""

    def run(example: str, root: Path, file: str | None = None) -> Carried:
        mapping = load_incoming(EXAMPLES / example)
        folder = root / mapping.spec.files.folder
        folder = folder if folder.is_dir() else root
        path = folder / (file or _only(mapping, folder))
        made = Carried(mapping)
        with path.open("rb") as stream:
            reader = mapping.reader(stream, file=path.name, sources=_sources(mapping, root, path))
            made.header = reader.read_header()
            for row in reader.rows():
                if isinstance(row, BadRow):
                    made.faults += map(str, row.faults)
                    continue
                try:
                    made.records.append(mapping.record(row, file=path.name, header=made.header))
                    made.keys.append(mapping.key(row))
                except DataError as error:
                    made.faults += map(str, error.faults)
            made.trailer = reader.trailer
        if isinstance(reader, AssembledReader):
            made.counts = reader.counts
        return made

    return run


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _only(mapping: Mapping, folder: Path) -> str:
    pattern = FileNamePattern.parse(mapping.spec.files.pattern, modes=mapping.spec.files.modes)
    (name,) = (file.name for file in folder.iterdir() if pattern.match(file.name))
    return name


def _sources(mapping: Mapping, root: Path, path: Path) -> Sources:
    own = FileNamePattern.parse(mapping.spec.files.pattern, modes=mapping.spec.files.modes)
    main = own.match(path.name)
    assert main is not None, f"{path.name} is no file of this feed"
    inputs: dict[str, list[InputFile]] = {}
    for source in () if mapping.assembly is None else mapping.assembly.inputs:
        files = source.spec.files
        if files is None:
            continue
        pattern = FileNamePattern.parse(files.pattern, modes=files.modes)
        wanted = Wanted(pattern, source.spec.same, source.spec.expect, source.spec.optional)
        folder = root / files.folder
        found = companions_of(main, wanted, [file.name for file in folder.iterdir()])
        assert not found.missing, found.missing
        inputs[source.name] = [
            InputFile(one.name, partial(_opened, folder / one.name), one.parts) for one in found.files
        ]
    return Sources(inputs, again=partial(_opened, path), parts=main.parts)
