"""Writing XML: deterministic bytes in a declared charset, and nothing lost unseen."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError
from passerelle.formats import Group, Replacement, XmlReader, XmlWriter

CHARSETS = ["ISO-8859-1", "ISO-8859-2", "UTF-8", "windows-1252"]
legal = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff", min_codepoint=32)
    | st.sampled_from("\t\n\r&<>\"']é"),
    max_size=20,
)
names = st.sampled_from(["A", "B", "C_1", "d.e-f"])
values = st.recursive(
    legal,
    lambda inner: st.dictionaries(
        names, inner | st.lists(inner, min_size=2, max_size=3), min_size=1, max_size=3
    ),
    max_leaves=8,
)
records = st.dictionaries(names, values, max_size=4)


def written(record: Group, charset: str = "ISO-8859-1") -> tuple[bytes, XmlWriter]:
    """Write one record and give the bytes with their writer."""
    stream = BytesIO()
    with XmlWriter(stream, charset=charset, root="FICHIER") as writer:
        writer.write("LIGNE", record)
    return stream.getvalue(), writer


def test_the_file_as_the_erp_expects_it() -> None:
    """Prolog, CRLF, two blanks, empty elements short, lists repeated."""
    content, writer = written({"NO": "1", "VIDE": "", "LIGNES": {"LIGNE": [{"SKU": "é<&>"}, {"SKU": "b"}]}})
    assert content.decode("iso-8859-1").split("\r\n") == [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        "<FICHIER>",
        "  <LIGNE>",
        "    <NO>1</NO>",
        "    <VIDE/>",
        "    <LIGNES>",
        "      <LIGNE>",
        "        <SKU>é&lt;&amp;&gt;</SKU>",
        "      </LIGNE>",
        "      <LIGNE>",
        "        <SKU>b</SKU>",
        "      </LIGNE>",
        "    </LIGNES>",
        "  </LIGNE>",
        "</FICHIER>",
        "",
    ]
    assert writer.counts == {"LIGNE": 1}


@given(records, st.sampled_from(CHARSETS))
def test_what_is_written_is_read_back(record: Group, charset: str) -> None:
    """Any legal text survives writing and reading in any charset; the same values give the same bytes."""
    content, _ = written(record, charset)
    assert written(record, charset)[0] == content
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/FICHIER/LIGNE", charset=charset).rows()
    assert row.values == record


@given(st.text(max_size=10), st.sampled_from(CHARSETS))
def test_any_text_gives_well_formed_xml(text: str, charset: str) -> None:
    """Not even control characters break a file; each is counted."""
    content, writer = written({"A": text}, charset)
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/FICHIER/LIGNE").rows()
    lost = [item for item in writer.replaced if item.written == "?"]
    read = row.values["A"]
    assert isinstance(read, str)
    assert sum(a != b for a, b in zip(text, read, strict=True)) == len(lost)


def test_what_the_charset_cannot_hold_is_reported() -> None:
    """Characters outside the charset become references, forbidden ones a question mark; both are listed."""
    content, writer = written({"L": [{"T": "été"}, {"T": "œ\x0b"}]})
    assert b"<T>&#339;?</T>" in content
    assert writer.replaced == [
        Replacement("LIGNE[1]/L[2]/T", "\x0b", "?"),
        Replacement("LIGNE[1]/L[2]/T", "œ", "&#339;"),
    ]


def test_attributes_are_written_and_read_back() -> None:
    """`@name` is an attribute and `#text` the text beside it."""
    record: Group = {"@a": 'x"\n&', "M": {"@cur": "EUR", "#text": "3"}, "E": {"@b": "1", "#text": ""}}
    content, _ = written(record)
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/FICHIER/LIGNE").rows()
    assert row.values == record


def test_a_file_whose_writing_failed_is_cut_short() -> None:
    """An error while writing leaves a file that nobody takes for complete."""
    stream = BytesIO()
    with pytest.raises(ConfigError, match="no name"), XmlWriter(stream, charset="UTF-8", root="F") as writer:
        writer.write("A B", {})
    assert not stream.getvalue().rstrip().endswith(b"</F>")


def test_a_charset_that_is_not_known_is_refused() -> None:
    """Before a byte is written."""
    with pytest.raises(ConfigError, match="KLINGON"):
        XmlWriter(BytesIO(), charset="KLINGON", root="F")
