"""Cases: samples beside a mapping with the records that are expected of them.

`stock.yaml` has its cases in `stock.tests/`, one folder a case (in `poland.tests/prices-pl/`, when it is the
feed `prices-pl` of several in `poland.yaml`): one sample under any name (the files of other inputs beside it,
under the names that the mapping expects), and `expected.json` with what comes out, in the order of the file:
`{"records": [{"key", "record"}]}`, with `rejected` in the place of `record` where a record has faults, or
`{"refused": {…}}` for the whole file. The sample of a mapping that goes out is a JSON list of records, and
what is expected are the `lines` of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..errors import ConfigError, DataError, Fault, FileRefused
from ..mapping import FilesSpec, Mapping, OutgoingMapping, load_mapping
from ..mapping.documents import file_of
from .companions import is_main
from .sample import Item, Sample
from .written import written_lines

__all__ = [
    "Case",
    "CaseResult",
    "Difference",
    "Suite",
    "cases_folder",
    "find_cases",
    "run_case",
    "run_cases",
    "write_expected",
]

EXPECTED = "expected.json"
_FOLDER = ".tests"


class Case(msgspec.Struct, frozen=True):
    """One sample with the place of its expected records."""

    name: str
    sample: Path
    expected: Path


class Difference(msgspec.Struct, frozen=True):
    """One value that is not what was expected; `record` names its record by key or number."""

    record: str
    path: str
    change: Literal["missing", "unexpected", "other"]
    expected: Any = None
    got: Any = None


class CaseResult(msgspec.Struct, frozen=True):
    """What came of a case: `state` is `passed`, `differs` or `new` (nothing is expected yet)."""

    case: str
    sample: str
    expected: str
    state: Literal["passed", "differs", "new"]
    records: int
    differences: tuple[Difference, ...]
    got: dict[str, Any]


class Suite(msgspec.Struct, frozen=True):
    """All cases of one mapping; a mapping without cases did not pass."""

    mapping: str
    folder: str
    results: tuple[CaseResult, ...]

    @property
    def passed(self) -> bool:
        """True when there are cases and all came out as expected."""
        return bool(self.results) and all(result.state == "passed" for result in self.results)


def cases_folder(mapping: Path) -> Path:
    """Name the folder in which a mapping keeps its cases; one of several feeds of a file has one below."""
    file, feed = file_of(mapping)
    return file.with_suffix(_FOLDER) / feed


def find_cases(mapping: Path, files: FilesSpec) -> list[Case]:
    """List the cases of a mapping by name; `files` tells its own samples from those of other inputs.

    Raises:
        ConfigError: a folder holds no sample, or several.
    """
    folder = cases_folder(mapping)
    if not folder.is_dir():
        return []
    return [_case(place, files) for place in sorted(folder.iterdir()) if place.is_dir()]


def _case(folder: Path, files: FilesSpec) -> Case:
    samples = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != EXPECTED]
    if len(samples) > 1:
        samples = [path for path in samples if is_main(files, path.name)]
    if len(samples) != 1:
        raise ConfigError(
            f"The case {folder} holds {len(samples)} samples, and must hold one",
            advice=f"Put one file of the partner there, other inputs beside it; --update writes {EXPECTED}",
        )
    return Case(folder.name, samples[0], folder / EXPECTED)


def run_case(mapping: Mapping | OutgoingMapping, case: Case) -> CaseResult:
    """Read the sample and compare what comes out with what is expected.

    Raises:
        ConfigError: the expected records cannot be read.
    """
    if isinstance(mapping, OutgoingMapping):
        got = _written(mapping, case.sample)
    else:
        got = _outcome(mapping, case.sample)
    count = len(got.get("records", got.get("lines", ())))
    if not case.expected.exists():
        return CaseResult(
            case.name, case.sample.name, str(case.expected), "new", count, tuple(_compare({}, got)), got
        )
    try:
        expected = json.loads(case.expected.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{case.expected} cannot be read: {error}") from error
    differences = tuple(_compare(expected, got))
    state: Literal["passed", "differs"] = "differs" if differences else "passed"
    return CaseResult(case.name, case.sample.name, str(case.expected), state, count, differences, got)


def run_cases(mapping: Path) -> Suite:
    """Run every case of a mapping.

    Raises:
        ConfigError: the mapping or one of its cases is wrong.
    """
    loaded = load_mapping(mapping)
    cases = find_cases(mapping, loaded.spec.files)
    return Suite(str(mapping), str(cases_folder(mapping)), tuple(run_case(loaded, case) for case in cases))


def write_expected(suite: Suite) -> None:
    """Take what came out as what is expected from now on; show the differences first."""
    for result in suite.results:
        if result.state != "passed":
            text = json.dumps(result.got, ensure_ascii=False, indent=2)
            Path(result.expected).write_text(f"{text}\n", encoding="utf-8")


def _outcome(mapping: Mapping, path: Path) -> dict[str, Any]:
    records: list[dict[str, Any]] = []
    try:
        with Sample(mapping, path) as sample:
            records += [_entry(item) for item in sample.items()]
    except FileRefused as error:
        return {"refused": _fault(error.fault)}
    return {"records": records}


def _written(mapping: OutgoingMapping, path: Path) -> dict[str, Any]:
    try:
        return {"lines": written_lines(mapping, path)}
    except DataError as error:
        return {"rejected": [_fault(fault) for fault in error.faults]}


def _entry(item: Item) -> dict[str, Any]:
    if item.faults:
        return {"key": item.key, "rejected": [_fault(fault) for fault in item.faults]}
    # As it will be read back: a tuple is a list.
    return {"key": item.key, "record": json.loads(msgspec.json.encode(item.record))}


def _fault(fault: Fault) -> dict[str, Any]:
    """Keep of a fault what its words may change around: code, line, path, received."""
    where = {"line": fault.position.line, "path": fault.position.path, "received": fault.received}
    return {"code": fault.code, **{name: value for name, value in where.items() if value is not None}}


def _compare(expected: dict[str, Any], got: dict[str, Any]) -> Iterator[Difference]:
    for part in ("refused", "rejected"):
        yield from _values("", part, expected.get(part), got.get(part))
    yield from _lines(expected.get("lines", []), got.get("lines", []))
    before, after = expected.get("records", []), got.get("records", [])
    old, new = ([str(entry.get("key")) for entry in entries] for entries in (before, after))
    # By key, so that one record more in the middle is one difference and not a hundred.
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and b - a == d - c):
            for number, (wanted, came) in enumerate(zip(before[a:b], after[c:d], strict=True), a + 1):
                yield from _values(_name(wanted, number), "", wanted, came)
            continue
        for number, wanted in enumerate(before[a:b], a + 1):
            yield Difference(_name(wanted, number), "", "missing", expected=wanted)
        for number, came in enumerate(after[c:d], c + 1):
            yield Difference(_name(came, number), "", "unexpected", got=came)


def _lines(expected: list[str], got: list[str]) -> Iterator[Difference]:
    """Compare the lines of a file: one line more is one difference."""
    for kind, a, b, c, d in SequenceMatcher(None, expected, got, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for number, line in enumerate(expected[a:b], a + 1):
            yield Difference("", f"line {number}", "missing", expected=line)
        for number, line in enumerate(got[c:d], c + 1):
            yield Difference("", f"line {number}", "unexpected", got=line)


def _name(entry: dict[str, Any], number: int) -> str:
    return str(entry.get("key") or f"#{number}")


def _values(record: str, path: str, expected: Any, got: Any) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in dict.fromkeys([*expected, *got]):
            inner = f"{path}.{name}" if path else name
            if name not in got:
                yield Difference(record, inner, "missing", expected=expected[name])
            elif name not in expected:
                yield Difference(record, inner, "unexpected", got=got[name])
            else:
                yield from _values(record, inner, expected[name], got[name])
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for number, (one, other) in enumerate(zip(expected, got, strict=True), 1):
            yield from _values(record, f"{path}[{number}]", one, other)
    elif type(expected) is not type(got) or expected != got:
        yield Difference(record, path, "other", expected, got)
