"""The scanner and the parser read the same: rows, places, header, trailer, fingerprints, refusals."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import passerelle.formats.xml.reader as xml_module
from passerelle.errors import Fault, FileRefused
from passerelle.formats import Charset, Kept, Row, XmlReader
from passerelle.formats.charset import COMMON
from passerelle.formats.xml.flat_scanner import FlatScanner

NAMES = ("SKU", "DEPOT", "QTE", "DATE", "NOTE")
VERSION = b"1" * 16


class Seen(NamedTuple):
    """All that a reader says of a file."""

    rows: list[Row]
    prints: list[bytes]
    trailer: Any
    trailer_line: int | None
    fault: Fault | None


def seen(content: bytes, *, scan: bool, size: int = 1000, **options: Any) -> tuple[Seen, int]:
    """Read a file in one way; also how many records the scanner read.

    Some of each batch are kept to the end of the file: their rows are the same then.
    """
    scanned = 0
    kept: list[tuple[list[Row], Kept]] = []
    rows: list[Row] = []
    prints: list[bytes] = []
    told: dict[str, Any] = {
        "file": "S.xml",
        "record": "/F/L",
        "header": "/F/H",
        "trailer": "/F/P",
        "paths": NAMES,
        **options,
    }
    reader = XmlReader(BytesIO(content), scan=scan, **told)
    original = FlatScanner.run

    def counting(self: FlatScanner, *arguments: Any, **named: Any) -> Any:
        nonlocal scanned
        run = original(self, *arguments, **named)
        scanned += 0 if run is None else len(run.batch)
        return run

    fault = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FlatScanner, "run", counting)
        try:
            for batch in reader.batches(size):
                prints += batch.fingerprints(VERSION)
                rows += batch.rows()
                places = range(len(batch) - 1, -1, -2)
                kept.append(([batch.row(place) for place in places], batch.kept(places)))
                texts = batch.texts("SKU")
                if texts is not None:
                    assert list(texts) == [row.values["SKU"] for row in batch.rows()]
            trailer = reader.trailer
        except FileRefused as error:
            fault, trailer = error.fault, None
    for some, later in kept:
        assert later() == some
    return Seen(rows, prints, trailer, None if fault else reader.trailer_line, fault), scanned


def same(content: bytes, **options: Any) -> int:
    """Read both ways and compare; how many records the scanner read."""
    (parsed, none), (scanned, count) = (seen(content, scan=scan, **options) for scan in (False, True))
    fault = parsed.fault
    if fault is not None and fault.expected == "XML with declared namespaces":
        # The parser tells it late: how many records come before depends on what it is given at once.
        most = min(len(parsed.rows), len(scanned.rows))
        parsed, scanned = (
            one._replace(rows=one.rows[:most], prints=one.prints[:most]) for one in (parsed, scanned)
        )
    assert scanned == parsed
    assert none == 0
    return count


def file(
    records: Sequence[str], *, newline: str = "\r\n", charset: str = "ISO-8859-1", tail: str = ""
) -> str:
    """A file around records as they stand."""
    lines = [f'<?xml version="1.0" encoding="{charset}"?>', "<F>", "  <H>", "    <N>1</N>", "  </H>"]
    lines += [*records, "  <P>", f"    <C>{len(records)}</C>", "  </P>", "</F>", tail]
    return newline.join(lines)


def record(number: int, *, newline: str = "\r\n", **leaves: str) -> str:
    """A record of five leaves; a leaf is given as its markup."""
    known = {
        "SKU": f"<SKU>{number:06d}</SKU>",
        "DEPOT": f"<DEPOT>{number % 7:03d}</DEPOT>",
        "QTE": f"<QTE>{number},000</QTE>",
        "DATE": "<DATE/>" if number % 4 == 0 else "<DATE>20261101</DATE>",
        "NOTE": "<NOTE></NOTE>",
    }
    inner = [f"    {known[name] if name not in leaves else leaves[name]}" for name in NAMES]
    inner = [line for line in inner if line.strip()]
    return newline.join(["  <L>", *inner, "  </L>"])


PLAIN = [record(number) for number in range(60)]


@pytest.mark.parametrize("newline", ["\r\n", "\n", "", "\r"])
@pytest.mark.parametrize("charset", ["ISO-8859-1", "UTF-8", "windows-1252", "US-ASCII"])
def test_what_looks_alike_is_scanned(newline: str, charset: str) -> None:
    """All but the first record of a regular file, empty leaves in both spellings included."""
    content = file(
        [record(number, newline=newline) for number in range(60)], newline=newline, charset=charset
    )
    assert same(content.encode(charset)) == 59


ODD = {
    "comment": record(30, QTE="<QTE>1<!-- two -->3</QTE>"),
    "comment around a record": f"<!-- {record(29)} -->",
    "comment that hides an end": "<!-- </L> --><!-- <L> -->" + record(30),
    "cdata": record(30, NOTE="<NOTE><![CDATA[<L>&]]></NOTE>"),
    "cdata with an end tag": record(30, NOTE="<NOTE><![CDATA[</L>\r\n  <L>]]></NOTE>"),
    "predefined entity": record(30, NOTE="<NOTE>a &amp; b &lt;&gt;</NOTE>"),
    "character reference": record(30, NOTE="<NOTE>&#233;&#x20AC;</NOTE>"),
    "undeclared entity": record(30, NOTE="<NOTE>&nbsp;</NOTE>"),
    "bare ampersand": record(30, NOTE="<NOTE>a & b</NOTE>"),
    "attribute of a leaf": record(30, QTE='<QTE unit="PCE">1,000</QTE>'),
    "attribute with a bracket": record(30, QTE='<QTE a="</L>">1,000</QTE>'),
    "attribute with a closing bracket": record(30, QTE='<QTE a="b>c">1,000</QTE>'),
    "attribute of the record": record(30).replace("<L>", '<L id="1">'),
    "processing instruction": record(30, QTE="<QTE><?x </L>?>1</QTE>"),
    "blanks in tags": record(30, QTE="<QTE >1</QTE >").replace("</L>", "</L >"),
    "line in a text": record(30, NOTE="<NOTE>one\r\ntwo</NOTE>"),
    "carriage return": record(30, NOTE="<NOTE>one\rtwo</NOTE>"),
    "tab": record(30, NOTE="<NOTE>\tone\t</NOTE>"),
    "blank text": record(30, NOTE="<NOTE>  </NOTE>"),
    "blank lines in a leaf": record(30, NOTE="<NOTE>\r\n    </NOTE>"),
    "control character": record(30, NOTE="<NOTE>a\x0bb</NOTE>"),
    "null": record(30, NOTE="<NOTE>a\x00b</NOTE>"),
    "closing bracket": record(30, NOTE="<NOTE>a > b</NOTE>"),
    "end of cdata": record(30, NOTE="<NOTE>a ]]> b</NOTE>"),
    "repeated leaf": record(30, NOTE="<NOTE>a</NOTE>\r\n    <NOTE>b</NOTE>"),
    "nested leaf": record(30, NOTE="<NOTE><B>b</B></NOTE>"),
    "nested empty": record(30, NOTE="<NOTE><B/></NOTE>"),
    "missing leaf": record(30, DATE=""),
    "new leaf": record(30, NOTE="<NOTE>a</NOTE>\r\n    <MORE>b</MORE>"),
    "new leaf in front": record(30, SKU="<MORE/><SKU>30</SKU>"),
    "reordered": record(30, SKU="<DEPOT>1</DEPOT>", DEPOT="<SKU>30</SKU>"),
    "no leaf": "  <L>\r\n  </L>",
    "self closed record": "  <L/>",
    "text in a record": record(30, SKU="text<SKU>30</SKU>"),
    "text between records": "junk" + record(30),
    "closing bracket between records": "a > b" + record(30),
    "control between records": "\x01" + record(30),
    "another element": "<X>\r\n" + record(30) + "</X>",
    "record in a record": record(30, NOTE=record(31)),
    "namespace": record(30, NOTE='<n:NOTE xmlns:n="urn:x">a</n:NOTE>'),
    "undeclared prefix": record(30, NOTE="<n:NOTE>a</n:NOTE>"),
    "undeclared prefix of an attribute": record(30, NOTE='<NOTE n:a="1">a</NOTE>'),
    "address that is none": record(30, NOTE='<n:NOTE xmlns:n="urn>:x">a</n:NOTE>'),
    "text in a group": record(30, NOTE="<NOTE>a<B>b</B></NOTE>"),
    "default namespace": record(30).replace("<L>", '<L xmlns="urn:x">'),
    "another parent": "</F><F>" + record(30),
    "wrong nesting": record(30, NOTE="<NOTE>a</NOTA>"),
    "closed twice": record(30, NOTE="<NOTE/></NOTE>"),
    "closed with a text": record(30, NOTE="<NOTE/>a</NOTE>"),
    "record not closed": record(30).replace("</L>", ""),
    "end tag too much": record(30) + "</L>",
    "blanks differ": record(30).replace("    ", "\t"),
    "no blanks": record(30, newline="").replace(" ", ""),
    "letter with an accent": record(30, NOTE="<NOTE>é</NOTE>"),
    "c1 control": record(30, NOTE="<NOTE>\x85</NOTE>"),
    "doctype": "<!DOCTYPE F>",
    "trailer in the middle": "<P><C>1</C></P>",
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("charset", ["ISO-8859-1", "UTF-8"])
@pytest.mark.parametrize("size", [7, 1000])
def test_one_odd_record_is_read_as_the_parser_reads_it(odd: str, charset: str, size: int) -> None:
    """Whatever stands between regular records: the same rows, lines and fingerprints, or the same refusal."""
    content = file([*PLAIN[:30], ODD[odd], *PLAIN[31:]], charset=charset)
    assert same(content.encode(charset), size=size) >= 29


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_record_at_either_end(odd: str) -> None:
    """The first record teaches the layout, and the last stands before the trailer."""
    same(file([ODD[odd], *PLAIN], charset="UTF-8").encode())
    same(file([*PLAIN, ODD[odd]], charset="UTF-8").encode())
    same(file([ODD[odd]] * 40, charset="UTF-8").encode())


WHOLE = file(PLAIN).encode("iso-8859-1")


@pytest.mark.parametrize(
    "content",
    [
        WHOLE[: WHOLE.index(b"000040")],
        WHOLE[: WHOLE.index(b"<SKU>000040") + 3],
        WHOLE[: WHOLE.index(b"<SKU>000040") - 8],
        WHOLE[: WHOLE.index(b"</L>", 3000) + 4],
        WHOLE[: WHOLE.index(b"</L>", 3000) + 8],
        WHOLE[: WHOLE.index(b"</L>", 3000) + 2],
        WHOLE[: WHOLE.rindex(b"</F>")],
        WHOLE[: WHOLE.rindex(b"<P>")],
        WHOLE.replace(b"  <P>", b"  <Q>").replace(b"  </P>", b"  </Q>"),
        WHOLE + b"junk",
        WHOLE + b"<L><SKU>1</SKU></L>",
        WHOLE + WHOLE,
        WHOLE + b"\x1a",
        WHOLE.replace(b"</F>", b"</F><!-- end -->"),
        WHOLE.replace(b"000040", b"00\x0040"),
        WHOLE.replace(b"000040", b"\xff\xfe"),
        WHOLE.replace(b"ISO-8859-1", b"UTF-8").replace(b"000040", b"\xe9t\xe9"),
        WHOLE.replace(b"ISO-8859-1", b"US-ASCII").replace(b"000040", b"\xe9t\xe9"),
        WHOLE.replace(b"ISO-8859-1", b"windows-1252").replace(b"000040", b"\x81\x80"),
        WHOLE.replace(b"ISO-8859-1", b"UTF-8").replace(b"000040", "\ufffe".encode()),
        WHOLE.replace(b"ISO-8859-1", b"UTF-8").replace(b"000040", b"\xed\xa0\x80"),
        b"\xef\xbb\xbf" + WHOLE.replace(b"ISO-8859-1", b"UTF-8"),
        file(PLAIN, charset="UTF-16").encode("utf-16"),
        WHOLE.replace(b"1.0", b"1.1", 1),
        b"",
        WHOLE[:70],
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_as_the_parser_refuses_it(content: bytes) -> None:
    """Cut in a tag, in a text or between records; joined; in another charset: the same words and place."""
    same(content)


def test_what_a_cut_hides_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the file is cut, both lanes say the same, also when blocks end anywhere."""
    monkeypatch.setattr(xml_module, "BLOCK", 500)
    for size in range(0, len(WHOLE), 37):
        same(WHOLE[:size])


LEAVES = st.one_of(
    st.text(st.characters(codec="latin-1", exclude_characters="<&"), max_size=6),
    st.sampled_from(
        ["", " ", "\t", "é", "]]>", "&amp;", "<!--x-->", "<![CDATA[<L>]]>", "<?p?>", "<B>1</B>", "&#13;"]
    ),
)
RECORDS = st.lists(
    st.one_of(
        st.integers(0, 99).map(record),
        st.builds(lambda text: record(1, NOTE=f"<NOTE>{text}</NOTE>"), LEAVES),
        st.builds(lambda name: record(2, **{name: ""}), st.sampled_from(NAMES)),
        st.sampled_from(list(ODD.values())),
        st.text("<>/L! -?&A\n", max_size=8),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(
    records=RECORDS, at=st.integers(0, 4000), cut=st.booleans(), block=st.sampled_from([300, 1000, 393_216])
)
def test_both_lanes_agree_on_anything(records: list[str], at: int, cut: bool, block: int) -> None:  # noqa: FBT001 - drawn
    """Regular, odd and broken records in any order, whole or cut, in blocks of any size."""
    content = file([*PLAIN[:3], *records]).encode("iso-8859-1", "xmlcharrefreplace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_module, "BLOCK", block)
        same(content[:at] if cut else content)


DECLARED = ("ISO-8859-1", "UTF-8", "windows-1252", "US-ASCII", "windows-1250", "ISO-8859-15")
SPICES = st.sampled_from(
    [b"&", b"<", b">", b"&amp;", b"&#1;", b"&lol;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?p?>", b"<A/>",
     b"</L>", b"<L>", b"\x00", b"\x0b", b"\r", b"\n", b"\r\n", b"\x85", b"\xe9", b"\xc3\xa9", b"\xff",
     b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbf\xbe", b":", b" a='1'", b" xmlns='urn:x'", b" x:a='1'", b"</"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a file in some charset, with bytes in it turned, cut, doubled, moved or added."""
    charset, newline = draw(st.sampled_from(DECLARED)), draw(st.sampled_from(["\r\n", "\n", "", "\r"]))
    records = [record(number, newline=newline) for number in range(draw(st.integers(1, 14)))]
    for odd in draw(st.lists(st.sampled_from(sorted(ODD)), max_size=2)):
        records.insert(draw(st.integers(0, len(records))), ODD[odd])
    content = file(records, newline=newline, charset=charset).encode(charset, "xmlcharrefreplace")
    content = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"])) + content
    for kind in draw(
        st.lists(st.sampled_from(["flip", "cut", "drop", "double", "splice", "spice"]), max_size=3)
    ):
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        match kind:
            case "flip":
                turned = bytes([byte ^ 1 << draw(st.integers(0, 7)) for byte in content[first : first + 1]])
                content = content[:first] + turned + content[first + 1 :]
            case "cut":
                content = content[:last]
            case "drop":
                content = content[:first] + content[last:]
            case "double":
                content = content[:last] + content[first:]
            case "splice":
                content = content[:first] + WHOLE[last:]
            case _:
                content = content[:first] + draw(SPICES) + content[first:]
    return content


@settings(max_examples=300)
@given(
    content=mutated(),
    block=st.sampled_from([200, 700, 393_216]),
    size=st.sampled_from([3, 1000]),
    local=st.booleans(),
)
def test_both_lanes_agree_on_mutated_bytes(content: bytes, block: int, size: int, local: bool) -> None:  # noqa: FBT001 - drawn
    """Any bytes at all: bits turned, files cut, pieces moved, in any charset, with or without a mark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_module, "BLOCK", block)
        same(content, size=size, ignore_namespaces=local)


@pytest.mark.parametrize(
    ("charset", "wrong"),
    [("US-ASCII", b"\xe9"), ("UTF-8", b"\xe9"), ("windows-1252", b"\x81"), ("windows-1250", b"\x81")],
)
def test_records_before_wrong_bytes_are_all_read(charset: str, wrong: bytes) -> None:
    """The parser decodes ahead; what it refuses is told where it stands, behind all that is before it."""
    content = file(PLAIN, charset=charset).encode().replace(b"<SKU>000040", b"<SKU>" + wrong)
    for scan in (False, True):
        told, _ = seen(content, scan=scan)
        assert told.fault is not None
        assert (told.fault.code, len(told.rows)) == ("wrong_charset", 40)
        assert told.fault.position.line == content[: content.index(wrong)].count(b"\n") + 1


@pytest.mark.parametrize("codec", sorted(COMMON))
def test_every_byte_is_decoded_as_the_parser_decodes_it(codec: str) -> None:
    """Python's charset and libxml2's of the same name are the same, byte by byte."""
    for byte in range(256):
        body = [record(number, NOTE="<NOTE>%s</NOTE>") for number in (1, 2, 3)]
        content = file(body, charset=codec).encode("ascii").replace(b"%s", bytes([byte]))
        same(content, charset=codec, override_prolog=True)


def test_absent_leaves_are_absent_and_scanned_once_they_are_known() -> None:
    """A record without a leaf teaches that it may be absent; the next ones are scanned."""
    records = [record(number, **({"DATE": ""} if number % 3 == 0 else {})) for number in range(90)]
    count = same(file(records).encode())
    assert count > 80


def test_a_long_detour_leads_back() -> None:
    """After many odd records the scanner is tried again, ever more seldom, and takes over."""
    records = [record(number, NOTE="<NOTE>&amp;</NOTE>") for number in range(40)]
    assert same(file([*records, *PLAIN * 3]).encode()) > 100


@pytest.mark.parametrize("local", [False, True])
def test_namespaces_of_the_root(local: bool) -> None:  # noqa: FBT001 - a parameter
    """A default namespace is in every name, unless names are local."""
    content = WHOLE.replace(b"<F>", b'<F xmlns="urn:x">')
    same(content, ignore_namespaces=local)
    same(WHOLE, ignore_namespaces=local)


def test_a_charset_of_wide_characters_is_left_to_the_parser() -> None:
    """Where `<` is not one byte, or may be half of a character, nothing is searched for in bytes."""
    for name in ("utf-16", "utf-32", "shift_jis", "utf-7"):
        assert not FlatScanner.suits("L", Charset(name, "feed", override=True, ascii_compatible=False))


def test_nothing_of_a_batch_is_held_while_the_next_is_read() -> None:
    """Who reads a batch holds it alone: the next one then takes the same memory."""
    lines = "".join(f"<L><SKU>A{number}</SKU><QTE>{number}</QTE></L>" for number in range(90))
    reader = XmlReader(BytesIO(f"<F>{lines}</F>".encode()), file="S.xml", record="/F/L", paths=NAMES)
    batches = reader.batches(10)
    told = 0
    for batch in batches:
        told += len(batch)
        left = weakref.ref(batch)
        del batch
        assert left() is None
    assert told == 90


@given(
    blanks=st.lists(st.sampled_from(["", " ", "\n", "\n \n"]), min_size=1, max_size=7),
    asked=st.lists(st.integers(0, 349), min_size=1, max_size=12),
)
def test_records_between_which_blanks_differ_have_their_lines(blanks: list[str], asked: list[int]) -> None:
    """Whichever records of a run are asked for, in whatever order: the line of the start tag."""
    text, expected = "<F>", list[int]()
    for number in range(350):
        text += blanks[number % len(blanks)]
        expected.append(text.count("\n") + 1)
        text += f"<L><SKU>A{number}</SKU>{blanks[-1 - number % len(blanks)]}<QTE>{number}</QTE></L>"
    reader = XmlReader(BytesIO(f"{text}</F>".encode()), file="S.xml", record="/F/L", paths=NAMES)
    (batch,) = reader.batches(350)
    assert [batch.row(place).line for place in asked] == [expected[place] for place in asked]
