"""JSON and NDJSON: numbers with their digits, lines of records, what stands around them; in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError, DataError, FileRefused
from passerelle.formats import Group, Row
from passerelle.formats import json_records as records_module

from .shelf import content_of, format_of, refusal, written

DOCUMENT = b"""{
  "meta": {"sequence": 42},
  "old": [{"a": 1}, [2]],
  "data": {"items": [
    {"sku": "A", "price": 1.10, "qty": -0, "big": 12345678901234567890, "ok": true, "none": null},
    {"sku": "\\u00e9\\ud83d\\ude00", "tags": ["x", 1.50, false, {"n": 1E3}]}
  ], "more": "x"},
  "total": 2
}
"""
ITEMS = format_of(json={"record": "/data/items"})
ROOT = format_of(json={})
LINES = format_of(ndjson={})

leaves = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('aé/"\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
records = st.lists(st.dictionaries(st.text("abé", min_size=1, max_size=3), values, max_size=4), max_size=5)


def test_values_are_raw_texts() -> None:
    """1.10 stays 1.10, true is a word, null is None; rows know their line."""
    found = content_of(ITEMS, DOCUMENT)
    assert found.bad == []
    assert found.rows == [
        Row(
            {
                "sku": "A",
                "price": "1.10",
                "qty": "-0",
                "big": "12345678901234567890",
                "ok": "true",
                "none": None,
            },
            1,
            5,
        ),
        Row({"sku": "é😀", "tags": ["x", "1.50", "false", {"n": "1000"}]}, 2, 6),
    ]


def test_what_stands_around_the_records_is_header_and_trailer() -> None:
    """The header is what stands in front; the members of an object have no order, so the trailer is all."""
    found = content_of(ITEMS, DOCUMENT)
    assert found.header == {"meta": {"sequence": "42"}, "data": {}}
    assert found.trailer == {"meta": {"sequence": "42"}, "data": {"more": "x"}, "total": "2"}


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        ('{"a": 1, "a": 2}', "duplicate_name", "a"),
        ("5", "malformed", None),
        ("[]", "malformed", None),
        ("null", "malformed", None),
        ('{"a": NaN}', "malformed", None),
        ('{"a": -Infinity}', "malformed", None),
        ('{"a": "\\ud83d"}', "broken_text", None),
        ('{"a": 1e999999999}', "malformed", None),
        (f'{{"a": {"1" * 5_000}}}', "malformed", None),
        (f'{{"a": {"[" * 70}{"]" * 70}}}', "malformed", None),
    ],
)
def test_a_bad_record_is_reported_and_the_rest_goes_on(item: str, code: str, path: str | None) -> None:
    """With its text as it stood, in a document and in lines."""
    document = content_of(ROOT, f'[{{"x": "1"}},\n{item},\n{{"x": "2"}}]'.encode())
    lines = content_of(LINES, f'{{"x": "1"}}\n{item}\n\n{{"x": "2"}}'.encode())
    assert [row.line for row in document.rows] == [1, 3]
    assert [row.line for row in lines.rows] == [1, 4]
    for found in (document, lines):
        assert found.values == [{"x": "1"}, {"x": "2"}]
        (bad,) = found.bad
        assert (bad.ordinal, bad.line, bad.raw) == (2, 2, item)
        assert [(fault.code, fault.position.path) for fault in bad.faults] == [(code, path)]


@pytest.mark.parametrize(
    "line", ["{", '{"a": 1', '{"a": 1}}', '{"a": 1} {"b": 2}', "x", '"a"', "[" * 100_000]
)
def test_a_line_that_is_no_json_is_reported_alone(line: str) -> None:
    """NDJSON has its borders in the line ends: what is wrong ends there."""
    found = content_of(LINES, f'{line}\n{{"x": "2"}}\n'.encode())
    assert found.faults == [("malformed", 1, 1)]
    assert found.rows == [Row({"x": "2"}, 2, 2)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \n", "empty_file"),
        (b'{"data": {"other": []}}', "record_missing"),
        (b'{"data": {"items": {}}}', "record_missing"),
        (b'{"data": []}', "record_missing"),
        (b"[]", "record_missing"),
        (b'{"data": {"items": [], "items": []}}', "duplicate_name"),
        (b'{"a": 1, "a": 2, "data": {"items": []}}', "duplicate_name"),
        (b'{"data": {"items": [{} {}]}}', "malformed"),
        (b'{"data": {"items": [{"a" 1}]}}', "malformed"),
        (b'{"data": {"items": [{},]}}', "malformed"),
        (b"{data: 1}", "malformed"),
        (b'{"data": {"items": []}} x', "malformed"),
        (b'{"data": {"items": []}}{"data": {"items": []}}', "malformed"),
        (b'{"a": NaN, "data": {"items": []}}', "malformed"),
        (b'{"data": {"items": [' + b"[" * 100_000, "malformed"),
        (b'\xef\xbb\xbf{"data": {"items": [{"a": "\xff"}]}}', "wrong_charset"),
    ],
)
def test_documents_that_are_refused(content: bytes, code: str) -> None:
    """Without borders that can be trusted, nothing behind a fault can be told apart."""
    assert refusal(ITEMS, content)[0] == code


def test_a_path_that_leads_nowhere_names_the_lists_there_are() -> None:
    """One look, and the mapping is right."""
    with pytest.raises(FileRefused, match="/old, /data/items"):
        content_of(format_of(json={"record": "/items"}), DOCUMENT)


@given(cut=st.integers(0, len(DOCUMENT) - 3), size=st.integers(1, 50))
def test_a_document_that_was_cut_is_refused(cut: int, size: int) -> None:
    """Wherever it is cut, and whatever pieces it comes in."""
    code, line = refusal(ITEMS, DOCUMENT[:cut])
    assert code == ("truncated" if DOCUMENT[:cut].strip() else "empty_file")
    assert line is None or line <= DOCUMENT[:cut].count(b"\n") + 1
    assert content_of(ITEMS, b" " * size + DOCUMENT).values == content_of(ITEMS, DOCUMENT).values


def test_records_over_many_pieces() -> None:
    """Records that are longer than what is read at once, and more of them than fit in one piece."""
    items = [{"n": str(number), "text": "é" * (number % 7) * 20_000} for number in range(40)]
    content = json.dumps({"items": items}, indent=1).encode()
    found = content_of(format_of(json={"record": "/items"}), content)
    assert found.values == items
    assert [row.line for row in found.rows] == [3 + 4 * number for number in range(40)]


def test_a_record_without_an_end_is_refused_in_flat_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gigabyte in one value is no record."""
    monkeypatch.setattr(records_module, "JSON_LIMIT", 100_000)
    assert refusal(ROOT, b'[{"a": "' + b"x" * 1_000_000)[0] == "record_too_long"


@given(records=records, charset=st.sampled_from(["UTF-8", "cp1252", "UTF-16"]))
def test_what_is_written_reads_as_it_was(records: list[Group], charset: str) -> None:
    """In lines and in a document, whatever the charset holds: the rest is written as escapes."""
    for spec in (
        format_of(ndjson={"charset": charset}),
        format_of(json={"charset": charset, "record": "/data/items"}),
        format_of(json={"charset": charset}),
    ):
        content = written(spec, records)
        assert content_of(spec, content).values == records
        assert written(spec, content_of(spec, content).values) == content


@given(
    head=st.dictionaries(st.sampled_from(["a", "b/c", "é"]), leaves),
    tail=st.dictionaries(st.just("t"), leaves),
)
def test_what_stands_around_is_written_around(head: Group, tail: Group) -> None:
    """At the names on the way to the list."""
    header: Group = {**head, "data": head}
    trailer: Group = {**tail, "data": tail}
    content = written(ITEMS, [{"x": "1"}], header=header, trailer=trailer)
    whole = json.loads(content)
    assert whole == {**head, **tail, "data": {**head, "items": [{"x": "1"}], **tail}}
    assert content_of(ITEMS, content).header == header
    assert content_of(ITEMS, content).trailer == {**head, **tail, "data": {**head, **tail}}


def test_what_has_no_place_in_a_document() -> None:
    """A name in header and trailer, or around a list that is the whole document; half a character."""
    with pytest.raises(ConfigError, match="header and trailer"):
        written(ITEMS, [], header={"a": "1"}, trailer={"a": "2"})
    for around in ({"header": {"a": "1"}}, {"trailer": {"a": "1"}}):
        with pytest.raises(ConfigError, match="no place"):
            written(ROOT, [], **_as_groups(around))
    with pytest.raises(DataError, match="whole characters"):
        written(LINES, [{"a": "\ud83d"}])


def _as_groups(around: Any) -> Any:
    return around
