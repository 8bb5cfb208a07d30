"""Cases: samples beside a mapping, and the records expected of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passerelle.errors import ConfigError
from passerelle.mapping import load_incoming
from passerelle.mapping.documents import feeds_of
from passerelle.workbench.cases import find_cases, run_cases, write_expected
from tests.workbench.workplace import STOCK, Workplace, row

MAPPINGS = Path(__file__).parents[2] / "mappings"
SHIPPED = feeds_of(sorted((MAPPINGS / "erp").glob("*.yaml")))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.name for path in SHIPPED])
def test_every_shipped_mapping_gives_what_is_expected(path: Path) -> None:
    """Each has a case at least, and all come out as expected."""
    suite = run_cases(path)
    assert suite.results
    assert {result.case: result.differences for result in suite.results if result.differences} == {}
    assert suite.passed


def _case(workplace: Workplace, *rows: str, expected: Any = None) -> Path:
    path = workplace.write("shelf.yaml", STOCK)
    folder = workplace.folder / "shelf.tests" / "one"
    folder.mkdir(parents=True)
    workplace.stock(*rows).replace(folder / "in.xml")
    if expected is not None:
        (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    return path


def test_a_case_without_expectation_does_not_pass(workplace: Workplace) -> None:
    """What nobody has read yet proves nothing."""
    suite = run_cases(_case(workplace, row("a")))
    assert [result.state for result in suite.results] == ["new"]
    assert not suite.passed


def test_a_mapping_without_cases_does_not_pass(workplace: Workplace) -> None:
    """No case is no success."""
    assert not run_cases(workplace.write("shelf.yaml", STOCK)).passed


def test_what_is_taken_as_expected_passes_from_then_on(workplace: Workplace) -> None:
    """Records and rejects, in the order of the file, with code and place of each fault."""
    path = _case(workplace, row("a", qty="0"), row("b", place="99"))
    write_expected(run_cases(path))
    assert run_cases(path).passed
    (case,) = find_cases(path, load_incoming(path).spec.files)
    assert json.loads(case.expected.read_text(encoding="utf-8")) == {
        "records": [
            {"key": "a|012", "record": {"sku": "a", "quantity": 0, "supply_channel": "navy"}},
            {
                "key": "b|99",
                "rejected": [{"code": "unknown_code", "line": 4, "path": "PLACE", "received": "99"}],
            },
        ]
    }


def test_a_difference_names_record_and_path(workplace: Workplace) -> None:
    """One more record in the middle is one difference; a changed value is told with both sides."""
    record = {"key": "a|012", "record": {"sku": "a", "quantity": 5, "supply_channel": "navy"}}
    last = {"key": "c|012", "record": {"sku": "c", "quantity": 1, "supply_channel": "navy"}}
    path = _case(workplace, row("a", qty="6"), row("b"), row("c"), expected={"records": [record, last]})
    (result,) = run_cases(path).results
    told = [(one.record, one.path, one.change, one.expected, one.got) for one in result.differences]
    assert told[0] == ("a|012", "record.quantity", "other", 5, 6)
    assert [(name, change) for name, _, change, _, _ in told[1:]] == [("b|012", "unexpected")]


def test_zero_and_false_are_two_values(workplace: Workplace) -> None:
    """0 is not false, and 1 is not true: a comparison that says so hides a wrong type."""
    record = {"key": "a|012", "record": {"sku": "a", "quantity": False, "supply_channel": "navy"}}
    path = _case(workplace, row("a", qty="0"), expected={"records": [record]})
    (result,) = run_cases(path).results
    assert [one.path for one in result.differences] == ["record.quantity"]


def test_a_refused_file_is_an_outcome(workplace: Workplace) -> None:
    """A case may be a broken file: what is expected is its refusal."""
    path = _case(workplace, row("a"))
    sample = path.parent / "shelf.tests" / "one" / "in.xml"
    sample.write_bytes(sample.read_bytes()[:-20])
    write_expected(run_cases(path))
    (case,) = find_cases(path, load_incoming(path).spec.files)
    expected = json.loads(case.expected.read_text(encoding="utf-8"))
    assert expected["refused"]["code"] == "truncated"
    assert run_cases(path).passed


def test_a_case_holds_one_sample(workplace: Workplace) -> None:
    """With none or two of them nobody knows what is compared."""
    path = _case(workplace, row("a"))
    (path.parent / "shelf.tests" / "two").mkdir()
    with pytest.raises(ConfigError, match="holds 0 samples"):
        find_cases(path, load_incoming(path).spec.files)


def test_a_mapping_that_goes_out_is_compared_line_by_line(workplace: Workplace) -> None:
    """Its sample is a list of records; what does not fit is an outcome as well."""
    text = """\
        feed: out
        entity: order
        files: {folder: out, pattern: "O_{sequence:5}.csv", ready: {marker: .ok}}
        format: {csv: {charset: UTF-8, delimiter: ";", columns: [NUMBER, STATE]}}
        fields:
          - {to: NUMBER, from: order_number, via: {pad: 8}}
          - {to: STATE, from: state}
        """
    path = workplace.write("out.yaml", text)
    order = {
        "id": "o", "version": 1, "order_number": "42", "created_at": "2026-11-01T00:00:00Z", "state": "Open",
        "payment_state": None, "total": {"cent_amount": 1, "currency": "EUR"}, "lines": [],
    }  # fmt: skip
    workplace.write("out.tests/one/orders.json", json.dumps([order]))
    workplace.write("out.tests/one/expected.json", json.dumps({"lines": ["NUMBER;STATE", "00000042;Open"]}))
    assert run_cases(path).passed
    workplace.write("out.tests/one/orders.json", json.dumps([{**order, "order_number": "123456789"}]))
    (result,) = run_cases(path).results
    assert [fault["code"] for fault in result.got["rejected"]] == ["too_long"]
