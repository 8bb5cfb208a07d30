"""Trying and explaining: records with their sources, and why one is not there."""

from __future__ import annotations

import gzip

import pytest

from passerelle.errors import FileRefused
from passerelle.workbench.explaining import explain
from passerelle.workbench.trying import try_file
from tests.workbench.workplace import Workplace, row


def test_the_first_records_with_source_and_result(workplace: Workplace) -> None:
    """Two of three, the file has more; each field says its text and what became of it."""
    path = workplace.stock(row("a", qty="0"), row("b", qty="2"), row("c"))
    tried = try_file(workplace.mapping(), path, limit=2)
    assert tried.more
    assert [told.key for told in tried.records] == ["a|012", "b|012"]
    first = {field.fills: field for field in tried.records[0].fields}
    assert first["quantity"].result == 0
    assert [(origin.source, origin.raw) for origin in first["quantity"].origins] == [("QTY", "0")]
    assert [run.rule for run in first["supply_channel"].rules] == ["trim", "code: colours"]
    assert first["supply_channel"].result == "navy"
    assert first["restockable_in_days"].state == "absent"


def test_bad_records_stand_among_the_good_ones(workplace: Workplace) -> None:
    """Every fault of a record, each once, and no canonical record."""
    path = workplace.stock(row("a"), row("", place="99", qty="x"), row("c"))
    tried = try_file(workplace.mapping(), path)
    assert not tried.more
    good, bad, _ = tried.records
    assert good.faults == ()
    assert bad.record is None
    assert [(fault.code, fault.position.path) for fault in bad.faults] == [
        ("empty_value", "SKU"),
        ("unknown_code", "PLACE"),
        ("not_a_number", "QTY"),
    ]
    assert bad.line == 4


def test_only_the_first_records_are_read(workplace: Workplace) -> None:
    """What is wrong behind them is not met: that is for a run, or for coverage."""
    path = workplace.stock(row("a"), row("b"))
    path.write_text(path.read_text(encoding="utf-8").replace("</F>", "<F>"), encoding="utf-8")
    tried = try_file(workplace.mapping(), path, limit=1)
    assert len(tried.records) == 1


def test_a_packed_sample_is_unpacked(workplace: Workplace) -> None:
    """Gzip by its first bytes, whatever the name says."""
    path = workplace.stock(row("a"))
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert [told.key for told in try_file(workplace.mapping(), path).records] == ["a|012"]


def test_a_record_is_found_by_its_key_first(workplace: Workplace) -> None:
    """The whole key before a part of it; all records of a part."""
    path = workplace.stock(row("a"), row("a", place="013"), row("b"))
    whole = explain(workplace.mapping(), path, "a|012")
    assert (whole.how, whole.found, whole.read) == ("key", 1, 3)
    part = explain(workplace.mapping(), path, "a")
    assert (part.how, part.found) == ("part", 2)
    assert [told.ordinal for told in part.records] == [1, 2]


def test_a_key_that_comes_again_is_told_each_time(workplace: Workplace) -> None:
    """Two records of one key: the report shows both, in their order."""
    path = workplace.stock(row("a", qty="1"), row("a", qty="2"))
    explained = explain(workplace.mapping(), path, "a|012")
    assert [told.record.quantity for told in explained.records] == [1, 2]


def test_a_record_that_is_not_there(workplace: Workplace) -> None:
    """How many were read, and the keys that look alike."""
    path = workplace.stock(row("000123-A"), row("000124-A"), row("zzz"))
    explained = explain(workplace.mapping(), path, "000125-A|012")
    assert (explained.how, explained.found, explained.read) == (None, 0, 3)
    assert set(explained.nearest) == {"000123-A|012", "000124-A|012"}


def test_a_record_without_its_key_is_found_by_its_text(workplace: Workplace) -> None:
    """A rejected record has no key to be found by; the text that one looks for still stands in it."""
    path = workplace.stock(row("", place="x-99"), row("b"))
    explained = explain(workplace.mapping(), path, "x-99")
    assert explained.how == "text"
    assert [fault.code for fault in explained.records[0].faults] == ["empty_value", "unknown_code"]


def test_a_canonical_name_finds_its_record(workplace: Workplace) -> None:
    """`style-12` is what the shop knows; its file says 12."""
    text = """\
        feed: styles
        entity: category
        files: {folder: in, pattern: "S_{date:AAAAMMJJ}.xml", ready: {stable_for: 30s}}
        format: {xml: {charset: UTF-8, record: /F/R}}
        key: CODE
        fields:
          - {to: key, from: CODE, via: {key: style-}}
        """
    path = workplace.write("S_20261101.xml", "<F><R><CODE>11</CODE></R><R><CODE>12</CODE></R></F>")
    explained = explain(workplace.mapping(text, "styles.yaml"), path, "style-12")
    assert explained.how == "identity"
    assert [told.key for told in explained.records] == ["12"]


def test_a_file_that_is_cut_is_refused(workplace: Workplace) -> None:
    """Whether a record is absent can only be told of a whole file."""
    path = workplace.stock(row("a"), row("b"))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FileRefused):
        explain(workplace.mapping(), path, "zzz")
