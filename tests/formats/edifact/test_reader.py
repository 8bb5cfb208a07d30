"""Reading EDIFACT: messages as trees, each check of the syntax, one bad message among good ones."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydifact.parser import Parser

from passerelle.errors import ConfigError, FileRefused
from passerelle.formats import BadRow, Row
from passerelle.formats.edifact import reader as edifact_reader
from passerelle.formats.edifact.reader import EdifactReader
from passerelle.formats.edifact.syntax import Separators, cut_segments

UNB = "UNB+UNOC:3+4012345000009:14+5412345000013:14+261121:0300+000042++ORDERS'"
ORDER = (
    "BGM+220+C4711+9'DTM+137:20261121:102'DTM+2:20261124:102'NAD+BY+5412345000013::9'RFF+VA:FR01'"
    "NAD+SU+4012345000009::9'CUX+2:EUR:9'LIN+1++4000862141404:SRV'PIA+5+A1:SA'QTY+21:48'PRI+AAA:14.58'"
    "LIN+2++4000862141411:SRV'QTY+21:2'UNS+S'CNT+2:2'"
)
GROUPS = {"NAD": ["RFF", "CTA"], "LIN": ["PIA", "QTY", "PRI", "LOC"], "LOC": ["QTY"]}


def message(body: str = ORDER, *, reference: str = "1", kind: str = "ORDERS:D:96A:UN:EAN008") -> str:
    """Wrap a body in UNH and UNT with the right count."""
    return f"UNH+{reference}+{kind}'{body}UNT+{body.count(chr(39)) + 2}+{reference}'"


def interchange(*messages: str, count: int | None = None, unb: str = UNB, reference: str = "000042") -> bytes:
    """Wrap messages in UNB and UNZ."""
    number = len(messages) if count is None else count
    return f"{unb}{''.join(messages)}UNZ+{number}+{reference}'".encode("latin-1")


def reading(content: bytes, **options: Any) -> EdifactReader:
    """Open a reader of orders."""
    settings: dict[str, Any] = {"file": "ORDERS.edi", "message": "ORDERS", "groups": GROUPS} | options
    return EdifactReader(BytesIO(content), **settings)


def refusal(content: bytes, **options: Any) -> str:
    """Read to the end and give the code of the refusal that must come."""
    with pytest.raises(FileRefused) as caught:
        list(reading(content, **options).rows())
    assert caught.value.fault.position.file == "ORDERS.edi"
    return caught.value.fault.code


def codes(content: bytes, **options: Any) -> list[tuple[str, ...]]:
    """Read to the end and give the codes of each row's faults, none for a good one."""
    rows = reading(content, **options).rows()
    return [tuple(fault.code for fault in row.faults) if isinstance(row, BadRow) else () for row in rows]


def test_a_message_is_a_tree() -> None:
    """Segments by tag, elements and components by number, repeated ones as lists, groups below triggers."""
    reader = reading(interchange(message()))
    (row,) = reader.rows()
    assert isinstance(row, Row)
    values: Any = row.values
    assert list(values) == ["UNH", "BGM", "DTM", "NAD", "CUX", "LIN", "UNS", "CNT"]
    assert values["BGM"] == {
        "e1": "220",
        "e1.1": "220",
        "e2": "C4711",
        "e2.1": "C4711",
        "e3": "9",
        "e3.1": "9",
    }
    assert [date["e1.2"] for date in values["DTM"]] == ["20261121", "20261124"]
    buyer, seller = values["NAD"]
    assert buyer == {
        "e1": "BY",
        "e1.1": "BY",
        "e2": "5412345000013",
        "e2.1": "5412345000013",
        "e2.3": "9",
        "RFF": {"e1": "VA", "e1.1": "VA", "e1.2": "FR01"},
    }
    assert "RFF" not in seller
    first, second = values["LIN"]
    assert (first["e3"], first["PIA"]["e2.1"], first["QTY"]["e1.2"], second["QTY"]["e1.2"]) == (
        "4000862141404",
        "A1",
        "48",
        "2",
    )
    assert "UNT" not in values


def test_header_and_trailer_are_unb_and_unz() -> None:
    """The header gives the control reference before any row, the trailer the count behind the last."""
    reader = reading(interchange(message()))
    assert reader.read_header()["e5"] == "000042"
    assert reader.read_header()["e2.1"] == "4012345000009"
    with pytest.raises(LookupError, match="after the last row"):
        _ = reader.trailer
    list(reader.rows())
    assert reader.trailer["e1"] == "1"
    assert reader.count == reader.counted == 1


def test_groups_inside_groups() -> None:
    """A member goes to the innermost group that has it; another tag closes groups up to one that has it."""
    body = "LIN+1'QTY+21:9'LOC+7'QTY+11:4'LOC+7'QTY+11:5'PRI+AAA:1'LIN+2'UNS+S'"
    (row,) = reading(interchange(message(body))).rows()
    assert isinstance(row, Row)
    values: Any = row.values
    line = values["LIN"][0]
    assert line["QTY"]["e1.2"] == "9"
    assert [place["QTY"]["e1.2"] for place in line["LOC"]] == ["4", "5"]
    assert line["PRI"]["e1.2"] == "1"
    assert "QTY" not in values["LIN"][1]


def test_release_characters_and_what_they_release() -> None:
    """A released character is text, whatever it is; a released release character releases nothing."""
    body = "FTX+AAI+++A?+B?:C??:D?'E?F+G??'BGM+1'"
    (row,) = reading(interchange(message(body).replace("UNT+5", "UNT+4"))).rows()
    assert isinstance(row, Row)
    assert row.values["FTX"] == {
        "e1": "AAI",
        "e1.1": "AAI",
        "e4": "A+B:C?",
        "e4.1": "A+B:C?",
        "e4.2": "D'EF",
        "e5": "G?",
        "e5.1": "G?",
    }


def test_una_sets_the_separators() -> None:
    """UNA may set every service character; no release character is a blank."""
    content = interchange(message()).decode("latin-1")
    table = str.maketrans({":": "|", "+": "^", "'": "~"})
    (row,) = reading(("UNA|^. *~" + content.translate(table)).encode("latin-1")).rows()
    assert isinstance(row, Row)
    (plain,) = reading(content.encode("latin-1")).rows()
    assert row == plain


@pytest.mark.parametrize("una", ["UNA::.? '", "UNA:+.?", "UNAA+.? '", "UNA:+.'x'"])
def test_an_ill_una_is_refused(una: str) -> None:
    """Service characters that cannot separate anything are told."""
    assert refusal(una.encode() + interchange(message())) in ("malformed", "no_interchange")


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("una", [True, False])
def test_line_ends_are_noise(newline: str, *, una: bool) -> None:
    """Line ends behind segments and inside them are no text; the lines are counted all the same."""
    wrapped = (
        interchange(message("BGM+220+C47\n11+9'FTX+AAI+++A?\n+B'")).decode("latin-1").replace("'", "'\n")
    )
    text = ("UNA:+.? '\n" if una else "") + wrapped + "\n\x1a"
    (row,) = reading(text.replace("\n", newline).encode("latin-1")).rows()
    assert isinstance(row, Row)
    values: Any = row.values
    assert values["BGM"]["e2"] == "C4711"
    assert values["FTX"]["e4"] == "A+B"
    if newline != "\r":
        assert row.line == 2 + una


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_pieces_of_any_size(chunk: int) -> None:
    """How the bytes come in pieces changes nothing, not even between a release character and its own."""

    class Slow(BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(300 if self.tell() == 0 else chunk)

    content = interchange(
        *(message(f"FTX+AAI+++?+é?'??{number}'", reference=str(number)) for number in range(20))
    )
    whole = list(reading(content).rows())
    assert (
        list(EdifactReader(Slow(content), file="ORDERS.edi", message="ORDERS", groups=GROUPS).rows()) == whole
    )
    assert len(whole) == 20


def test_lines_end_the_segments_when_una_or_the_feed_says_so() -> None:
    """A file without quotes is read when that is known, and told otherwise."""
    content = interchange(message("LIN+1'")).replace(b"'", b"\n")
    assert refusal(content) == "truncated"
    with pytest.raises(FileRefused, match="segment_end: newline"):
        list(reading(content).rows())
    (row,) = reading(content, segment_end="newline").rows()
    assert (row.ordinal, row.line) == (1, 2)
    (crlf,) = reading(content.replace(b"\n", b"\r\n"), segment_end="newline").rows()
    assert isinstance(row, Row)
    assert isinstance(crlf, Row)
    assert crlf.values == row.values
    assert codes(b"UNA:+.? \n" + content.rstrip(b"\n")) == [()]
    assert codes(b"UNA:+.? \r\n" + content.replace(b"\n", b"\r\n")) == [()]
    assert codes(b"UNA:+.? \r" + content.replace(b"\n", b"\r")) == [()]


# Charsets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("syntax", "codec", "text"),
    [
        ("UNOC", "latin-1", "Crème"),
        ("UNOD", "iso8859-2", "Łódź"),
        ("UNOE", "iso8859-5", "Масло"),
        ("UNOF", "iso8859-7", "Λάδι"),
        ("UNOK", "iso8859-9", "Iğd"),
        ("UNOL", "iso8859-15", "12€"),
        ("UNOW", "utf-8", "Œuf 蛋"),
        ("UNOY", "utf-8", "Œuf 蛋"),
    ],
)
def test_the_syntax_names_the_charset(syntax: str, codec: str, text: str) -> None:
    """Bytes are read in the character set of UNB."""
    content = f"{UNB.replace('UNOC', syntax)}{message(f'FTX+AAI+++{text}{chr(39)}')}UNZ+1+000042'".encode(
        codec
    )
    (row,) = reading(content).rows()
    assert isinstance(row, Row)
    values: Any = row.values
    assert values["FTX"]["e4"] == text


def test_bytes_that_are_not_in_the_charset() -> None:
    """An é in UNOA or UNOB, and bytes that are no UTF-8, refuse the file with their place."""
    text = message("FTX+AAI+++Crème'")
    assert refusal(interchange(text, unb=UNB.replace("UNOC", "UNOB"))) == "wrong_charset"
    assert refusal(interchange(text, unb=UNB.replace("UNOC", "UNOW"))) == "wrong_charset"
    with pytest.raises(FileRefused, match="bytes e8 near byte"):
        list(reading(interchange(text, unb=UNB.replace("UNOC", "UNOA"))).rows())


def test_utf8_under_a_false_flag() -> None:
    """Text that is UTF-8 throughout while UNB says ISO 8859-1 is refused, unless the feed declares which."""
    text = f"{UNB}{message(f'FTX+AAI+++Crème brûlée{chr(39)}')}UNZ+1+000042'"
    assert refusal(text.encode()) == "charset_conflict"
    for charset, expected in (("UTF-8", "Crème brûlée"), ("ISO-8859-1", "CrÃ¨me brÃ»lÃ©e")):
        (row,) = reading(text.encode(), charset=charset).rows()
        assert isinstance(row, Row)
        values: Any = row.values
        assert values["FTX"]["e4"] == expected
    assert codes(text.encode("latin-1")) == [()]


def test_byte_order_marks() -> None:
    """A mark of UTF-8 agrees with ASCII and UTF-8, and with nothing else."""
    mark = b"\xef\xbb\xbf"
    assert codes(mark + interchange(message(), unb=UNB.replace("UNOC", "UNOB"))) == [()]
    assert codes(mark + interchange(message(), unb=UNB.replace("UNOC", "UNOW"))) == [()]
    assert refusal(mark + interchange(message())) == "charset_conflict"
    assert codes(mark + interchange(message()), charset="UTF-8") == [()]


def test_unknown_charsets() -> None:
    """A syntax that is not known is refused, unless the feed declares the charset; that one must exist."""
    assert refusal(interchange(message(), unb=UNB.replace("UNOC", "UNOX"))) == "charset_unknown"
    assert codes(interchange(message(), unb=UNB.replace("UNOC", "UNOX")), charset="iso2022_jp") == [()]
    with pytest.raises(ConfigError, match="klingon"):
        reading(b"", charset="klingon")


def test_ebcdic() -> None:
    """A host may send EDIFACT as it writes everything."""
    content = interchange(message()).decode("latin-1").encode("cp500")
    assert codes(content, charset="cp500") == [()]
    assert refusal(content) == "no_interchange"


# One bad message among good ones ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (message(reference="2").replace("UNT+17", "UNT+18"), "segment_count"),
        (message(reference="2").replace("UNT+17", "UNT+"), "segment_count"),
        (message(reference="2").replace("UNT+17+2", "UNT+17+3"), "reference_mismatch"),
        (message(reference="2").replace("CNT+2:2", "CNT+2:3"), "control_total"),
        (message(reference="2").replace("CNT+2:2", "CNT+2"), "control_total"),
        (message(reference="1"), "duplicate_reference"),
        (message(reference="2").replace("QTY+21:48", "qty+21:48"), "bad_segment"),
        (message(reference="2").replace("UNT+17+2'", ""), "message_not_closed"),
        (message(reference="2").replace("UNH+", "NH+"), "message_not_opened"),
        (message("FTX+AAI+++a:b:c:d:e:f'", reference="2"), "too_many_components"),
        (message("IMD+F++:::12 x 10:25 cm:30'", reference="2"), "too_many_components"),
    ],
)
def test_a_bad_message_leaves_the_others(bad: str, code: str) -> None:
    """Each fault of one message goes to quarantine with its text; those before and behind it are read."""
    content = interchange(message(), bad, message(reference="9"))
    before, ill, behind = reading(content).rows()
    assert isinstance(before, Row)
    assert isinstance(behind, Row)
    assert isinstance(ill, BadRow)
    assert code in [fault.code for fault in ill.faults]
    assert ill.ordinal == 2
    assert [fault.position.record for fault in ill.faults] == [2] * len(ill.faults)
    assert ill.raw.replace("\n", "") == bad


def test_all_faults_of_a_message_are_told() -> None:
    """One look shows everything that is wrong, each with the number of its segment."""
    bad = message().replace("UNT+17+1", "UNT+18+2").replace("CNT+2:2", "CNT+2:5")
    (row,) = reading(interchange(bad)).rows()
    assert isinstance(row, BadRow)
    assert [(fault.code, fault.position.path) for fault in row.faults] == [
        ("segment_count", "UNT, segment 17"),
        ("reference_mismatch", "UNT, segment 17"),
        ("control_total", "CNT, segment 16"),
    ]


def test_a_text_with_its_language_is_no_surplus() -> None:
    """The sixth component of an item description is a language, in letters."""
    assert codes(interchange(message("IMD+F++:::Crème:fraîche:FR'"))) == [()]


def test_totals_of_the_feeds_own() -> None:
    """CNT may count other segments, or the sum of an element; what is not declared is not compared."""
    body = "LIN+1'QTY+21:2.5'LIN+2'QTY+21:1'CNT+1:3.5'CNT+7:9'CNT+2:5'"
    totals = {"1": "QTY/e1.2"}
    assert codes(interchange(message(body)), totals=totals) == [()]
    assert codes(interchange(message(body.replace("3.5", "4"))), totals=totals) == [("control_total",)]
    assert codes(interchange(message(body.replace("3.5", "3,5"))), totals=totals) == [()]
    ill = body.replace("QTY+21:1'", "QTY+21:un'")
    assert codes(interchange(message(ill)), totals=totals) == [("not_a_number", "control_total")]
    assert codes(interchange(message(body))) == [("control_total",)]


def test_other_message_types() -> None:
    """A message of another type is reported, or passed over when the feed says that others read it."""
    invoice = message("BGM+380'", reference="2", kind="INVOIC:D:96A:UN")
    content = interchange(message(), invoice)
    assert codes(content) == [(), ("wrong_message_type", "message_not_announced")]
    reader = reading(content, ignore=["INVOIC"])
    assert [row.ordinal for row in reader.rows()] == [1]
    assert (reader.count, reader.counted) == (1, 2)


def test_what_unb_announces() -> None:
    """A message type that UNB names must be the messages'; a reference of another kind says nothing."""
    other = UNB.replace("++ORDERS", "++INVOIC")
    assert codes(interchange(message(), unb=other)) == [("message_not_announced",)]
    assert codes(interchange(message(), unb=other), application="ignore") == [()]
    assert codes(interchange(message(), unb=UNB.replace("++ORDERS", "++EDI-7"))) == [()]
    assert codes(interchange(message(), unb=UNB.replace("++ORDERS", ""))) == [()]


def test_repeated_elements_are_told_in_syntax_4() -> None:
    """From syntax 4 on, * repeats an element; before, it is a letter like others."""
    body = "FTX+AAI+++**Marke**'"
    new = UNB.replace("UNOC:3", "UNOC:4")
    assert codes(interchange(message(body))) == [()]
    assert codes(interchange(message(body), unb=new)) == [("repeated_element",)]
    assert codes(interchange(message(body.replace("*", "?*")), unb=new)) == [()]
    assert codes(b"UNA:+.? '" + interchange(message(body), unb=new)) == [("repeated_element",)]
    assert codes(b"UNA:+.?#'" + interchange(message(body), unb=new)) == [()]


# The interchange ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n ", "empty_file"),
        (b"<xml/>", "no_interchange"),
        (b"UNA:+.? 'UNH+1'", "no_interchange"),
        (b"NB+UNOC:3'", "no_interchange"),
        (interchange(message(), count=2), "count_mismatch"),
        (interchange(message()).replace(b"UNZ+1+", b"UNZ++"), "count_mismatch"),
        (interchange(message(), reference="43"), "reference_mismatch"),
        (interchange(message()).partition(b"UNZ")[0], "truncated"),
        (interchange(message())[:-1], "truncated"),
        (interchange(message())[:200], "truncated"),
        (interchange(message()) + b"UNH+2+ORDERS'", "content_after_end"),
        (interchange(message()) * 2, "content_after_end"),
        (interchange(message(), UNB), "content_after_end"),
        (interchange("UNE+1+1'", message()), "group_not_opened"),
        (interchange("UNG+ORDERS+A+B+C+1'", message(), count=1), "group_not_closed"),
        (interchange("UNG+ORDERS+A+B+C+1'", message(), "UNE+2+1'", count=1), "count_mismatch"),
        (interchange("UNG+ORDERS+A+B+C+1'", message(), "UNE+1+2'", count=1), "reference_mismatch"),
    ],
)
def test_what_concerns_all_messages_refuses_the_file(content: bytes, code: str) -> None:
    """A cut file, two files in one, counts and references that do not fit: nothing of it is taken."""
    assert refusal(content) == code


def test_groups_of_messages() -> None:
    """UNZ counts the groups of an interchange that has them, UNE the messages of its group."""
    group = "UNG+ORDERS+A+B+C+{0}'{1}UNE+1+{0}'"
    content = interchange(group.format(1, message()), group.format(2, message(reference="2")))
    assert codes(content) == [(), ()]


def test_an_interchange_without_messages() -> None:
    """Nothing to say is said with a count of nought."""
    assert codes(interchange()) == []


def test_a_segment_without_end_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that goes on without a terminator is not gathered without limit."""
    monkeypatch.setattr("passerelle.formats.edifact.syntax.SEGMENT_LIMIT", 10_000)

    class Endless(BytesIO):
        reads = 0

        def read(self, _size: int | None = -1, /) -> bytes:
            self.reads += 1
            return UNB.encode() + b"UNH+1+" if self.reads == 1 else b"x" * 4096

    stream = Endless()
    with pytest.raises(FileRefused, match="a segment that ends with"):
        list(EdifactReader(stream, file="x", message="ORDERS").rows())
    assert stream.reads < 8


def test_a_message_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message beyond the limit refuses the file: it would fill the memory."""
    monkeypatch.setattr(edifact_reader, "SEGMENTS_LIMIT", 20)
    assert refusal(interchange(message("LIN+1'" * 30))) == "message_too_large"
    assert codes(interchange(message())) == [()]


# The tokenizer ----------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
ELEMENTS = st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=4)


@given(segments=st.lists(ELEMENTS, min_size=1, max_size=4), cut=st.integers(1, 30))
def test_what_is_released_is_cut_as_it_was(segments: list[list[list[str]]], cut: int) -> None:
    """Whatever the texts hold, released they come back, and an independent parser agrees."""
    marks = Separators()
    text = "".join(
        marks.element.join(["FTX", *(marks.component.join(map(marks.released, parts)) for parts in elements)])
        + marks.terminator
        for elements in segments
    )
    pieces = [text[start : start + cut] for start in range(0, len(text), cut)]
    found = list(cut_segments(pieces, marks, file="x", line=1))
    assert [segment.elements[1:] for segment in found] == segments
    if "'UNA" not in text:
        theirs = [
            [part if isinstance(part, list) else [part] for part in segment.elements]
            for segment in Parser().parse(text)
        ]
        assert theirs == segments


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """No bytes behind a sound header break the reader."""
    try:
        rows = list(reading(UNB.encode() + content).rows())
    except FileRefused:
        return
    assert all(isinstance(row, Row | BadRow) for row in rows)
