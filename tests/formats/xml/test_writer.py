"""Writing XML: deterministic bytes in a declared charset, and nothing lost unseen."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from passerelle.errors import ConfigError, DataError
from passerelle.formats import Group, Replacement, Row, XmlReader, XmlWriter

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
    with XmlWriter(stream, charset=charset, record="/FICHIER/LIGNE") as writer:
        writer.write(record)
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
def test_any_text_is_written_whole_or_refused(text: str, charset: str) -> None:
    """A text comes back as it was, or is a fault that names each character that XML cannot hold."""
    forbidden = {character for character in text if ord(character) < 32 and character not in "\t\n\r"}
    forbidden |= {character for character in text if "\ud800" <= character <= "\udfff"}
    forbidden |= {character for character in text if character in "\ufffe\uffff"}
    if forbidden:
        with pytest.raises(DataError) as caught:
            written({"A": text}, charset)
        assert [fault.code for fault in caught.value.faults] == ["not_writable"] * len(forbidden)
        return
    content, _ = written({"A": text}, charset)
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/FICHIER/LIGNE").rows()
    assert isinstance(row, Row)
    assert row.values["A"] == text


def test_what_the_charset_cannot_hold_is_a_reference_and_is_reported() -> None:
    """Nothing is lost: the character reference means the character."""
    content, writer = written({"L": [{"T": "été"}, {"T": "œ"}]})
    assert b"<T>&#339;</T>" in content
    assert writer.replaced == [Replacement("LIGNE[1]/L[2]/T", "œ", "&#339;")]


def test_a_control_character_is_a_fault_with_its_place_before_a_byte_is_written() -> None:
    """All faults of a record at once; the file stands as it stood before."""
    stream = BytesIO()
    with XmlWriter(stream, file="orders", charset="UTF-8", record="/F/R") as writer:
        writer.write({"A": "1"})
        before = stream.getvalue()
        record: Group = {"L": [{"T": "a"}, {"T": "b\x0b", "@u": "\x00"}]}
        for act in (writer.check, writer.write):
            with pytest.raises(DataError) as caught:
                act(record)
            places = [
                (fault.position.file, fault.position.path, fault.received) for fault in caught.value.faults
            ]
            assert places == [("orders", "L[2]/@u", "\x00"), ("orders", "L[2]/T", "b\x0b")]
        assert stream.getvalue() == before


def test_with_replace_what_xml_forbids_is_a_question_mark_and_is_told() -> None:
    """A feed may rather let an order go than hold it for a control character."""
    stream = BytesIO()
    with XmlWriter(stream, charset="UTF-8", record="/F/R", replace=True) as writer:
        writer.write({"A": "a\x0bb", "B": {"@c": "\x00"}})
    assert b"<A>a?b</A>" in stream.getvalue()
    assert writer.replaced == [Replacement("R[1]/A", "\x0b", "?"), Replacement("R[1]/B/@c", "\x00", "?")]


def test_namespaces_stand_on_the_root_and_any_reader_resolves_them() -> None:
    """A default namespace and prefixes, attributes too; read again by lxml, which asks for addresses."""
    stream = BytesIO()
    spaces = {"": "urn:order", "cbc": "urn:basic"}
    with XmlWriter(stream, charset="UTF-8", record="/Order", namespaces=spaces) as writer:
        writer.write({"cbc:ID": "7", "Line": {"cbc:Price": {"@currencyID": "EUR", "#text": "1.50"}}})
    root = etree.fromstring(stream.getvalue())
    assert root.tag == "{urn:order}Order"
    assert root.findtext("{urn:basic}ID") == "7"
    (price,) = root.findall("{urn:order}Line/{urn:basic}Price")
    assert (price.text, price.items()) == ("1.50", [("currencyID", "EUR")])


def test_a_prefix_without_an_address_is_refused() -> None:
    """Such a file would be no XML."""
    with (
        pytest.raises(ConfigError, match="'cbc:ID' has a prefix"),
        XmlWriter(BytesIO(), charset="UTF-8", record="/Order") as writer,
    ):
        writer.write({"cbc:ID": "7"})


def test_the_elements_on_the_way_to_the_records_are_opened_and_closed() -> None:
    """Header, records and trailer may stand at different depths."""
    stream = BytesIO()
    with XmlWriter(
        stream, charset="UTF-8", record="/F/L/R", header="/F/H", trailer="/F/T", newline="", indent=""
    ) as writer:
        writer.write_header({"A": "1"})
        writer.write({"B": "2"})
        writer.write({"B": "3"})
        writer.write_trailer({"C": "4"})
    assert stream.getvalue().decode().partition("?>")[2] == (
        "<F><H><A>1</A></H><L><R><B>2</B></R><R><B>3</B></R></L><T><C>4</C></T></F>"
    )
    assert writer.counts == {"H": 1, "R": 2, "T": 1}


def test_a_file_without_records_is_a_file() -> None:
    """Its root is there."""
    stream = BytesIO()
    with XmlWriter(stream, charset="UTF-8", record="/F/R", newline=""):
        pass
    assert stream.getvalue().endswith(b"<F></F>")


def test_a_record_that_is_the_root_is_the_only_one() -> None:
    """A second root would be no XML."""
    with XmlWriter(BytesIO(), charset="UTF-8", record="/Order") as writer:
        writer.write({"A": "1"})
        with pytest.raises(ConfigError, match="holds one record"):
            writer.write({"A": "1"})


def test_attributes_are_written_and_read_back() -> None:
    """`@name` is an attribute and `#text` the text beside it."""
    record: Group = {"@a": 'x"\n&', "M": {"@cur": "EUR", "#text": "3"}, "E": {"@b": "1", "#text": ""}}
    content, _ = written(record)
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/FICHIER/LIGNE").rows()
    assert row.values == record


def test_a_file_whose_writing_failed_is_cut_short() -> None:
    """An error while writing leaves a file that nobody takes for complete."""
    stream = BytesIO()
    with (
        pytest.raises(ConfigError, match="no name"),
        XmlWriter(stream, charset="UTF-8", record="/F/R") as writer,
    ):
        writer.write({"A B": ""})
    assert not stream.getvalue().rstrip().endswith(b"</F>")


def test_a_charset_that_is_not_known_is_refused() -> None:
    """Before a byte is written."""
    with pytest.raises(ConfigError, match="KLINGON"):
        XmlWriter(BytesIO(), charset="KLINGON", record="/F/R")
