"""Record-typed lines: nesting by position, types that are unknown, counts and order; in and out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError, DataError, FileRefused
from passerelle.formats import Counting, Group, Row
from passerelle.formats import record_nesting as nesting_module

from .shelf import content_of, format_of, refusal, written

TYPES: dict[str, Any] = {
    "V": {"columns": ["_", "DATE"]},
    "H": {"columns": ["_", "SHOP"]},
    "A": {"columns": ["_", "NO", "NAME"], "below": "H"},
    "T": {"columns": {"TEXT": 2}, "below": "A"},
    "X": {"columns": {"MORE": 2}, "below": "T"},
    "N": {"columns": ["_", "NOTE"], "below": "H"},
    "E": {"columns": ["_", "NB"]},
}
DELIMITED: dict[str, Any] = {"charset": "cp850", "delimiter": ";", "type": {"field": 1}, "records": TYPES}
FILE = "V;20261101\r\nH;01\r\nA;1;one\r\nT;a\r\nX;b\r\nT;c\r\nA;2;two\r\nN;x\r\nH;02\r\nA;3;three\r\nE;3\r\n"
TEXTS: list[Any] = [{"TEXT": "a", "X": {"MORE": "b"}}, {"TEXT": "c"}]


def typed(**layout: Any) -> Any:
    """Make the spec of record-typed lines, an article a row."""
    return format_of(lines=DELIMITED | {"record": "A", "header": "V", "trailer": "E"} | layout)


def test_lines_belong_to_the_lines_before_them() -> None:
    """What is below a record is a group of it, a list where it repeats; what is above is a group, too."""
    found = content_of(typed(), FILE.encode())
    assert found.bad == []
    assert found.rows == [
        Row({"NO": "1", "NAME": "one", "H": {"SHOP": "01"}, "T": TEXTS}, 1, 3),
        Row({"NO": "2", "NAME": "two", "H": {"SHOP": "01"}}, 2, 7),
        Row({"NO": "3", "NAME": "three", "H": {"SHOP": "02"}}, 3, 10),
    ]  # fmt: skip
    assert (found.header, found.trailer) == ({"DATE": "20261101"}, {"NB": "3"})
    assert found.reader.trailer_line == 11


def test_the_same_file_read_for_another_type() -> None:
    """Each type of a file may be an input of its own; what does not concern it is passed over."""
    assert content_of(typed(record="H"), FILE.encode()).values == [
        {"SHOP": "01",
         "A": [{"NO": "1", "NAME": "one", "T": TEXTS},
               {"NO": "2", "NAME": "two"}],
         "N": {"NOTE": "x"}},
        {"SHOP": "02", "A": {"NO": "3", "NAME": "three"}},
    ]  # fmt: skip
    assert content_of(typed(record="X"), FILE.encode()).values == [
        {"MORE": "b", "T": {"TEXT": "a", "A": {"NO": "1", "NAME": "one", "H": {"SHOP": "01"}}}}
    ]
    assert content_of(typed(record="N"), FILE.encode()).values == [{"NOTE": "x", "H": {"SHOP": "01"}}]


@pytest.mark.parametrize(
    ("counted", "count"),
    [("records", 3), ("lines", 11), ("before_trailer", 10), ("between", 9), ("T", 2), ("H", 2)],
)
def test_what_the_trailer_counts_is_said(counted: str, count: int) -> None:
    """Records, lines with or without header and trailer, or lines of one type; empty lines never."""
    reader = content_of(typed(counted=counted), FILE.replace("H;02", "\r\nH;02").encode()).reader
    assert isinstance(reader, Counting)
    assert reader.counted == count


def test_an_unknown_type_is_reported_and_the_rest_goes_on() -> None:
    """A type in `ignore` may come; one that nobody named goes to quarantine alone."""
    content = FILE.replace("T;c", "Q;?\r\nT;c\r\nZ;!").encode()
    found = content_of(typed(ignore=["Z"]), content)
    assert found.faults == [("unknown_record_type", 1, 6)]
    assert found.bad[0].raw == "Q;?"
    assert found.values == content_of(typed(), FILE.encode()).values


def test_a_line_that_belongs_nowhere_is_reported() -> None:
    """No parent in front of it, or one that something else has closed; a second header is one, too."""
    content = b"V;1\nT;lost\nH;1\nT;lost too\nA;1;x\nN;closes\nT;late\nV;2\nX;lone\nE;1\n"
    found = content_of(typed(), content)
    assert [(code, line) for code, _, line in found.faults] == [
        ("out_of_order", line) for line in (2, 4, 7, 8, 9)
    ]
    assert [row.raw for row in found.bad] == ["T;lost", "T;lost too", "T;late", "V;2", "X;lone"]
    assert found.values == [{"NO": "1", "NAME": "x", "H": {"SHOP": "1"}}]


def test_a_record_with_a_bad_line_is_bad_as_a_whole() -> None:
    """All its lines go to quarantine together; half a record is none."""
    content = FILE.replace("X;b", "X").encode()
    found = content_of(typed(ragged="reject"), content)
    assert [row.values["NO"] for row in found.rows] == ["2", "3"]
    (bad,) = found.bad
    assert (bad.ordinal, bad.line, bad.raw) == (1, 3, "A;1;one\r\nT;a\r\nX\r\nT;c")
    assert found.faults == [("wrong_field_count", 1, 5)]


def test_records_below_a_bad_line_are_bad() -> None:
    """The shop of these articles is not known."""
    content = FILE.replace("H;01", "H").encode()
    found = content_of(typed(ragged="reject"), content)
    assert [(code, line) for code, _, line in found.faults] == [
        ("wrong_field_count", 2),
        ("out_of_order", 3),
        ("out_of_order", 7),
    ]
    assert found.values == [{"NO": "3", "NAME": "three", "H": {"SHOP": "02"}}]


def test_empty_and_surplus_fields() -> None:
    """A delimiter at the end of every line is usual; surplus texts are a fault only when all is named."""
    content = b"V;1;\nH;1;;;\nA;1;x;surplus;\nE;1;;\n"
    assert content_of(typed(), content).values == [{"NO": "1", "NAME": "x", "H": {"SHOP": "1"}}]
    found = content_of(typed(ragged="reject"), content)
    assert found.faults == [("wrong_field_count", 1, 3)]


def test_three_articles_in_one_line() -> None:
    """Groups of columns side by side are a list; empty ones are not there, and a line may end early."""
    records = {"P": {"columns": {"ACTION": 2}, "repeat": {
        "PRICES": {"at": 3, "every": 4, "times": 3, "columns": ["NO", "KIND", "CENTS"]}}}}  # fmt: skip
    spec = format_of(lines=DELIMITED | {"records": records, "record": "P", "ragged": "reject"})
    found = content_of(spec, b"P;A;A1;1;240;;A2;2;88;;;;;\nP;A;A3;1;99\n")
    prices = [{"NO": "A1", "KIND": "1", "CENTS": "240"}, {"NO": "A2", "KIND": "2", "CENTS": "88"}]
    assert found.values == [
        {"ACTION": "A", "PRICES": prices},
        {"ACTION": "A", "PRICES": [{"NO": "A3", "KIND": "1", "CENTS": "99"}]},
    ]
    assert content_of(spec, written(spec, found.values)).values == found.values


def test_fixed_columns_inside_a_delimited_file() -> None:
    """The first line of a Datanorm 4 file has positions, all others have semicolons."""
    columns = {"DATE": {"at": 3, "width": 6}, "FIRM": {"at": 9, "width": 6}, "CUR": {"at": 17, "width": 3}}
    records = {"V": {"columns": columns}, "A": {"columns": {"NO": 3}}}
    spec = format_of(
        lines=DELIMITED | {"type": {"at": 1, "width": 1}, "records": records, "record": "A", "header": "V"}
    )
    content = "V 310725a;ö   04EUR\r\nA;N;77;\r\n".encode("cp850")
    found = content_of(spec, content)
    assert found.header == {"DATE": "310725", "FIRM": "a;ö", "CUR": "EUR"}
    assert found.values == [{"NO": "77"}]


def test_fixed_lines_of_several_types() -> None:
    """The type stands at a position; nothing else changes."""
    records = {
        "H1": {"columns": {"PO": {"at": 3, "width": 4}}},
        "D1": {"columns": {"QTY": {"at": 3, "width": 3}, "SKU": {"at": 6, "width": 5}}, "below": "H1"},
        "TR": {"columns": {"NB": {"at": 3, "width": 4}}},
    }
    place = {"type": {"at": 1, "width": 2}, "record": "H1", "trailer": "TR"}
    spec = format_of(lines={"charset": "cp1252", "records": records, "newline": "lf"} | place)
    content = b"H14711\nD1012A1   \nD1007B2   \nH14712\nTR0005\n"
    found = content_of(spec, content)
    assert found.values == [
        {"PO": "4711", "D1": [{"QTY": "012", "SKU": "A1"}, {"QTY": "007", "SKU": "B2"}]},
        {"PO": "4712"},
    ]
    assert written(spec, found.values, trailer=found.trailer) == content
    assert content_of(spec, b"H14711\nD1012A1\nTR0003\n").values == [
        {"PO": "4711", "D1": {"QTY": "012", "SKU": "A1"}}
    ]


def test_quotes_may_hold_lines() -> None:
    """With a quote, as in any delimited file; a line with broken ones is reported alone."""
    spec = typed(quote='"')
    content = b'V;1\nH;"0\n1"\nA;1;"a;b"\nT;"x"y\nT;ok\nE;1\n'
    found = content_of(spec, content)
    assert found.faults == [("broken_quotes", 1, 5)]
    assert found.rows == [Row({"NO": "1", "NAME": "a;b", "H": {"SHOP": "0\n1"}, "T": {"TEXT": "ok"}}, 2, 4)]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "header_missing", 1),
        (b"H;01\n", "header_missing", 1),
        (b"V;1\nH;1\nA;1;x\n", "trailer_missing", None),
        (b"V;1\nE;0\nH;1\n", "content_after_trailer", 3),
    ],
)
def test_files_that_are_refused(content: bytes, code: str, line: int | None) -> None:
    """A file without its first or its last line is not whole."""
    assert refusal(typed(), content) == (code, line)


def test_a_record_without_an_end_is_refused_in_flat_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million lines below one article: the types of the feed do not fit the file."""
    monkeypatch.setattr(nesting_module, "_LIMIT", 10_000)
    assert refusal(typed(), b"V;1\nH;1\nA;1;x\n" + b"T;y\n" * 1_000) == ("record_too_long", 53)


names = st.text(st.sampled_from("aé0 \"',"), max_size=4)
texts = st.lists(
    st.fixed_dictionaries({"TEXT": names}, optional={"X": st.fixed_dictionaries({"MORE": names})}),
    min_size=2,
    max_size=3,
)
articles = st.fixed_dictionaries(
    {"NO": names, "NAME": names, "H": st.fixed_dictionaries({"SHOP": st.sampled_from(["01", "02"])})},
    optional={"T": texts | st.fixed_dictionaries({"TEXT": names})},
)


@given(values=st.lists(articles, max_size=5), quote=st.sampled_from(["none", '"']))
def test_what_is_written_reads_as_it_was(values: list[Group], quote: str) -> None:
    """Trees come back as they were, with what is above and below them."""
    spec = typed(quote=quote)
    content = written(spec, values, header={"DATE": "1"}, trailer={"NB": "7"})
    found = content_of(spec, content)
    assert (found.header, found.values, found.trailer) == ({"DATE": "1"}, values, {"NB": "7"})
    assert written(spec, found.values, header=found.header, trailer=found.trailer) == content


@given(
    kinds=st.lists(
        st.sampled_from(["H;1", "A;1;x", "A", "T;t", "X;x", "N;n", "Q;?", "Z;", "", "V;2"]), max_size=12
    )
)
def test_no_line_is_lost(kinds: list[str]) -> None:
    """Each line is in a row, in a bad row, passed over by name, or a line above rows."""
    content = "\n".join(["V;1", *kinds, "E;1", ""]).encode()
    found = content_of(typed(ignore=["Z"], ragged="reject"), content)
    assert isinstance(found.reader, Counting)

    def lines_in(group: Any) -> int:
        below = [value for name, value in group.items() if name in ("T", "X")]
        groups = [one for value in below for one in (value if isinstance(value, list) else [value])]
        return 1 + sum(map(lines_in, groups))

    apart = {line for line, kind in enumerate(kinds, 2) if kind in ("H;1", "N;n", "Z;", "")}
    for bad in found.bad:
        assert bad.line is not None
        apart |= set(range(bad.line, bad.line + bad.raw.count("\n") + 1))
    assert sum(map(lines_in, found.values)) + len(apart) == len(kinds)


@given(cut=st.integers(0, FILE.index("E;3")))
def test_a_file_that_was_cut_is_refused(cut: int) -> None:
    """A file without its last line is not whole; that the last line is, its count says."""
    with pytest.raises(FileRefused):
        content_of(typed(), FILE.encode()[:cut])


def test_faults_of_what_is_written() -> None:
    """A delimiter in a text, a type that is another, a group too many, a name without a place."""
    with pytest.raises(DataError) as caught:
        written(typed(), [{"NO": "a;b", "NAME": "", "H": {"SHOP": "1"}}])
    assert [(fault.code, fault.position.path) for fault in caught.value.faults] == [("not_writable", "A/NO")]
    with pytest.raises(ConfigError, match="no column 'WHO'"):
        written(typed(), [{"NO": "1", "NAME": "", "H": {"SHOP": "1"}, "T": {"WHO": "x"}}])
    with pytest.raises(ConfigError, match="group H"):
        written(typed(), [{"NO": "1", "NAME": ""}])
