from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from textwrap import dedent

import pytest

from passerelle.errors import FileRefused
from passerelle.formats import Row
from passerelle.mapping import Mapping, Sources, load_incoming
from passerelle.mapping.assembly import InputFile

from .conftest import Flaws

FEED = """\
feed: test
entity: stock
files: {{folder: o, pattern: "T_{{date:AAAAMMJJ}}.csv", ready: {{marker: .ok}}}}
format:
  csv: {{charset: UTF-8, delimiter: ";", header_record: {{starts: H, columns: [_, DAY]}}}}
controls: {controls}
key: SKU
fields:
  - {{to: sku, from: SKU}}
  - {{to: quantity, from: Q, as: integer}}
"""
JOINED = """\
feed: test
entity: stock
files: {folder: o, pattern: "T_{date:AAAAMMJJ}.csv", ready: {marker: .ok}}
format: {csv: {charset: UTF-8, delimiter: ";"}}
inputs:
  places:
    files: {pattern: "P_{date:AAAAMMJJ}.csv"}
    format:
      csv:
        header_record: {starts: H, columns: [_, DAY]}
        trailer: {starts: T, columns: [_, COUNT, SUM]}
    controls: {count: TRAILER/COUNT, sums: {TRAILER/SUM: Q}, date: {header: HEADER/DAY, form: JJ/MM/AAAA}}
join: {AT: {input: places, on: {SKU: ID}}}
key: SKU
fields:
  - {to: sku, from: SKU}
  - {to: quantity, from: AT/Q, as: integer}
"""
MAIN = "SKU\na\nb\n"
PLACES = "H;{day}\nID;Q\na;1\nb;{last}\nT;{count};{sum}\n"
TODAY = {"date": "20261101"}


def loaded(folder: Path, text: str) -> Mapping:
    """Load a mapping from its text."""
    path = folder / "test.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load_incoming(path)


@pytest.mark.parametrize(
    ("control", "day"),
    [
        ("HEADER/DAY", "20261101"),
        ("{header: HEADER/DAY, form: JJ/MM/AAAA}", "01/11/2026"),
        ("{header: HEADER/DAY, form: 'AAAA-MM-JJ hh:mm'}", "2026-11-01 23:59"),
        ("{header: HEADER/DAY, form: iso}", "2026-11-01T03:00:00Z"),
    ],
)
def test_the_day_in_the_header_is_the_one_in_the_name(tmp_path: Path, control: str, day: str) -> None:
    """It is written as in the name unless the feed says how; the time of day does not count."""
    mapping = loaded(tmp_path, FEED.format(controls=f"{{date: {control}}}"))
    stream = BytesIO(f"H;{day}\nSKU;Q\na;1\n".encode())
    rows = list(mapping.reader(stream, file="T_20261101.csv", sources=Sources(parts=TODAY)).rows())
    assert [mapping.record(row).quantity for row in rows if isinstance(row, Row)] == [1]


@pytest.mark.parametrize("day", ["20261031", "01/11/2026", "", "20261301"])
def test_another_day_refuses_the_file_before_its_first_row(tmp_path: Path, day: str) -> None:
    """Convention 38: a renamed file, or yesterday's under today's name, is not read at all."""
    mapping = loaded(tmp_path, FEED.format(controls="{date: HEADER/DAY}"))
    stream = BytesIO(f"H;{day}\nSKU;Q\na;1\n".encode())
    with pytest.raises(FileRefused) as caught:
        mapping.reader(stream, file="T_20261101.csv", sources=Sources(parts=TODAY))
    fault = caught.value.fault
    assert (fault.code, fault.position.path, fault.expected) == (
        "header_mismatch",
        "HEADER/DAY",
        "2026-11-01, the day in the name",
    )


def test_a_file_whose_name_was_not_read_has_no_day_to_compare(tmp_path: Path) -> None:
    """Somebody tries a sample under another name: nothing is held against it."""
    mapping = loaded(tmp_path, FEED.format(controls="{date: HEADER/DAY}"))
    assert len(list(mapping.reader(BytesIO(b"H;20990101\nSKU;Q\na;1\n"), file="sample.csv").rows())) == 1


@pytest.mark.parametrize(
    ("control", "pattern", "message"),
    [
        ("date: HEADER/DAY", "T_{sequence:5}.csv", "pattern has no day"),
        ("date: HEADER/DAY", "T_{time:hhmm}.csv", "pattern has no day"),
        ("date: {header: HEADER/DAY, form: week}", "T_{date:AAAAMMJJ}.csv", "'week' is no pattern of days"),
        ("date: {header: HEADER/DAY, form: hhmm}", "T_{date:AAAAMMJJ}.csv", "'hhmm' is no pattern of days"),
        ("sequence: HEADER/NO", "T_{date:AAAAMMJJ}.csv", "pattern has no {sequence:5}"),
        ("mode: HEADER/MODE", "T_{date:AAAAMMJJ}.csv", "pattern has no {mode}"),
    ],
)
def test_a_control_without_anything_to_compare_is_a_flaw(
    flaws_of: Flaws, control: str, pattern: str, message: str
) -> None:
    """A control that could never refuse a file would be trusted for nothing."""
    feed = FEED.format(controls=f"{{{control}}}").replace("T_{date:AAAAMMJJ}.csv", pattern)
    (flaw,) = flaws_of(feed)
    assert message in flaw.message
    assert flaw.place.line == 6


# Joined inputs -------------------------------------------------------------------------------------


def joined(
    folder: Path, *, day: str = "01/11/2026", last: str = "2", count: str = "2", total: str = "3"
) -> list[int]:
    """Read a main file with the places beside it; gives the quantities."""
    mapping = loaded(folder, JOINED)
    content = PLACES.format(day=day, last=last, count=count, sum=total).encode()
    inputs: dict[str, Sequence[InputFile]] = {
        "places": [InputFile("P_20261101.csv", partial(BytesIO, content), TODAY)]
    }
    sources = Sources(inputs, parts=TODAY, folder=folder)
    rows = mapping.reader(BytesIO(MAIN.encode()), file="T_20261101.csv", sources=sources).rows()
    return [mapping.record(row).quantity for row in rows if isinstance(row, Row)]


def test_an_input_that_tells_its_own_story_is_joined(tmp_path: Path) -> None:
    """Count, sum and day of a joined file agree: its rows are taken."""
    assert joined(tmp_path) == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"count": "3"}, "wrong_count", "TRAILER/COUNT"),
        ({"count": ""}, "wrong_count", "TRAILER/COUNT"),
        ({"total": "4"}, "wrong_total", "TRAILER/SUM"),
        ({"day": "31/10/2026"}, "header_mismatch", "HEADER/DAY"),
    ],
)
def test_an_input_that_contradicts_itself_refuses_the_whole(
    tmp_path: Path, wrong: dict[str, str], code: str, path: str
) -> None:
    """Convention 38: a record made with half a file would be wrong; the fault names the file."""
    with pytest.raises(FileRefused) as caught:
        joined(tmp_path, **wrong)
    fault = caught.value.fault
    assert (fault.code, fault.position.file, fault.position.path) == (code, "P_20261101.csv", path)


def test_flaws_of_an_inputs_controls(flaws_of: Flaws) -> None:
    """They stand where the input says them; sequence and mode are the main file's."""
    flaws = flaws_of(JOINED.replace("P_{date:AAAAMMJJ}.csv", "P.csv").replace("SUM: Q", "SUM: Q//Q"))
    assert [flaw.place.line for flaw in flaws] == [12, 12]
    assert "'Q//Q' is no path" in str(flaws)
    assert "pattern has no day" in str(flaws)
    (unknown,) = flaws_of(JOINED.replace("controls: {count", "controls: {sequence: HEADER/N, count"))
    assert "unknown key 'sequence'" in unknown.message
