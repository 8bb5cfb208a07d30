"""Charsets: who is believed, and when a file is refused."""

from __future__ import annotations

import codecs
from io import BytesIO

import pytest

from passerelle.errors import ConfigError, FileRefused
from passerelle.formats import XmlReader, codec_name, detect_charset

UTF_8 = b'<?xml version="1.0" encoding="UTF-8"?><A/>'
LATIN_1 = b"<?xml version='1.0' encoding='iso-8859-1' standalone='yes'?><A/>"
UTF_16 = codecs.BOM_UTF16_LE + '<?xml version="1.0" encoding="UTF-16"?><A/>'.encode("utf-16-le")


@pytest.mark.parametrize(
    ("head", "declared", "name", "source"),
    [
        (b"<A/>", None, "utf-8", "default"),
        (b"<A/>", "latin1", "iso8859-1", "feed"),
        (UTF_8, None, "utf-8", "prolog"),
        (LATIN_1, "ISO-8859-1", "iso8859-1", "prolog"),
        (codecs.BOM_UTF8 + UTF_8, "utf8", "utf-8", "byte order mark"),
        (UTF_16, None, "utf-16", "byte order mark"),
        (UTF_16[2:], None, "utf-16-le", "start"),
        (UTF_16[2:], "UTF-16LE", "utf-16-le", "start"),
        ('<?xml version="1.0"?><A/>'.encode("utf-16-be"), "UTF-16", "utf-16-be", "start"),
        ("<A/>".encode("utf-32-be"), None, "utf-32-be", "start"),
    ],
)
def test_mark_then_prolog_then_feed_then_utf8(
    head: bytes, declared: str | None, name: str, source: str
) -> None:
    """The first that speaks is believed."""
    charset = detect_charset(head, file="a.xml", declared=declared)
    assert (charset.name, charset.source) == (name, source)


@pytest.mark.parametrize(
    ("head", "declared", "code"),
    [
        (UTF_8, "ISO-8859-1", "charset_conflict"),
        (codecs.BOM_UTF8 + LATIN_1, None, "charset_conflict"),
        (codecs.BOM_UTF8 + b"<A/>", "ISO-8859-1", "charset_conflict"),
        ('<?xml version="1.0" encoding="UTF-8"?><A/>'.encode("utf-16-le"), None, "charset_conflict"),
        (UTF_16[2:], "ISO-8859-1", "charset_conflict"),
        (b'<?xml version="1.0" encoding="KLINGON"?><A/>', None, "charset_unknown"),
    ],
)
def test_two_that_disagree_refuse_the_file(head: bytes, declared: str | None, code: str) -> None:
    """No charset is guessed."""
    with pytest.raises(FileRefused) as caught:
        detect_charset(head, file="a.xml", declared=declared)
    assert caught.value.fault.code == code


def test_a_prolog_that_lies_is_overridden_by_rule() -> None:
    """The feed may say that this partner's prolog lies; then the feed is believed."""
    content = '<?xml version="1.0" encoding="UTF-8"?><A><P><T>Crème</T></P></A>'.encode("iso-8859-1")
    reader = XmlReader(
        BytesIO(content), file="a.xml", record="/A/P", charset="ISO-8859-1", override_prolog=True
    )
    assert [row.values for row in reader.rows()] == [{"T": "Crème"}]
    assert reader.charset.source == "feed"


def test_bytes_that_are_not_in_the_charset_refuse_the_file() -> None:
    """Decoding is strict: a wrong byte is never replaced."""
    content = "<A><P><T>1</T></P><P><T>Crème</T></P></A>".encode("iso-8859-1")
    with pytest.raises(FileRefused) as caught:
        list(XmlReader(BytesIO(content), file="a.xml", record="/A/P").rows())
    assert caught.value.fault.code == "wrong_charset"


def test_a_charset_that_the_parser_does_not_know_refuses_the_file() -> None:
    """Python knows more charsets than the XML parser: such a file is refused with words, not with a crash."""
    content = "<A><P><T>1</T></P></A>".encode("cp1147")
    with pytest.raises(FileRefused) as caught:
        list(XmlReader(BytesIO(content), file="a.xml", record="/A/P", charset="cp1147").rows())
    assert caught.value.fault.code == "charset_unknown"


@pytest.mark.parametrize("charset", ["UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"])
@pytest.mark.parametrize("prolog", ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>'])
def test_wide_characters_need_no_mark(charset: str, prolog: str) -> None:
    """The order of bytes is declared, or seen: UTF-16 without its mark is read like any other."""
    prolog = prolog.replace("UTF-16", charset[:6])
    content = f"{prolog}<A><P><T>żółć</T></P></A>".encode(charset)
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/A/P", charset=charset, paths=["T"]).rows()
    assert (row.values, row.line) == ({"T": "żółć"}, None)


@pytest.mark.parametrize("charset", ["UTF-16", "ISO-8859-2", "windows-1250", "UTF-8"])
def test_other_charsets_are_read(charset: str) -> None:
    """Every charset that both Python and libxml2 know is read; lines are given where bytes are ASCII's."""
    content = f'<?xml version="1.0" encoding="{charset}"?>\n<A>\n<P><T>żółć</T></P></A>'.encode(charset)
    (row,) = XmlReader(BytesIO(content), file="a.xml", record="/A/P", charset=charset).rows()
    assert row.values == {"T": "żółć"}
    assert row.line == (None if charset == "UTF-16" else 3)


def test_a_declared_charset_that_is_not_known_is_a_fault_of_the_configuration() -> None:
    """The feed is wrong then, not the file."""
    with pytest.raises(ConfigError, match="KLINGON"):
        detect_charset(b"<A/>", file="a.xml", declared="KLINGON")
    assert codec_name("KLINGON") is None
