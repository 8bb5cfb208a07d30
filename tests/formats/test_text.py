"""Text: strict decoding with exact places, any line end, end marks, marks of byte order."""

from __future__ import annotations

import codecs
from io import BytesIO, RawIOBase
from itertools import chain
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigError, FileRefused
from passerelle.formats import codec_name
from passerelle.formats import text as text_module
from passerelle.formats.text import TextSource

CHUNKS = st.integers(1, 7)
LINES = st.lists(st.text(st.sampled_from("aé;\"'\t €"), max_size=6), max_size=8)


class Trickle(RawIOBase):
    """A stream that gives a few bytes at a time, so that everything is cut somewhere."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content = BytesIO(content)
        self._size = size

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, _size: int = -1) -> bytes:
        """Give the next few bytes."""
        return self._content.read(self._size)


def source(
    content: bytes, charset: str = "utf-8", *, size: int = 65_536, final_newline: bool = False
) -> TextSource:
    """Open a text."""
    stream = cast("BinaryIO", Trickle(content, size))
    return TextSource(stream, file="f.txt", charset=charset, final_newline=final_newline)


def lines_of(content: bytes, charset: str = "utf-8", *, size: int = 65_536) -> list[str]:
    """Read all lines without their ends."""
    return [
        line.rstrip("\r\n") for line in chain.from_iterable(source(content, charset, size=size).batches())
    ]


def refused(text: TextSource) -> FileRefused:
    """Read a text that must be refused."""
    with pytest.raises(FileRefused) as caught:
        list(text.batches())
    return caught.value


@given(lines=LINES, ends=st.data(), size=CHUNKS, charset=st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_every_line_end_ends_a_line_wherever_the_file_is_cut(
    lines: list[str], ends: st.DataObject, size: int, charset: str
) -> None:
    """CR LF, LF and CR, mixed, the last one missing or not; pieces of any size make no difference."""
    # A CR in front of an empty line with LF would be a CR LF.
    drawn = [ends.draw(st.sampled_from(["\r\n", "\n"])) for _ in lines]
    content = "".join(line + end for line, end in zip(lines, drawn, strict=True))
    assert lines_of(content.encode(charset), charset, size=size) == lines
    assert (
        lines_of(content.replace("\r\n", "\n").replace("\n", "\r").encode(charset), charset, size=size)
        == lines
    )
    if lines and lines[-1]:
        assert lines_of(content.rstrip("\r\n").encode(charset), charset, size=size) == lines


def test_other_characters_end_no_line() -> None:
    """Form feeds, separators and U+2028 are text."""
    text = "a\x0bb\x0cc\x1cd\x85e\u2028f"
    assert lines_of(text.encode()) == [text]


def test_the_line_end_of_hosts() -> None:
    """EBCDIC ends lines with NEL (0x15) or LF (0x25)."""
    assert lines_of(b"\xc1\x15\xc2\x25\xc3", "cp1147") == ["A", "B", "C"]


@given(before=st.text(st.sampled_from("aé\r\n"), max_size=30), size=CHUNKS)
def test_a_wrong_byte_is_told_with_line_place_and_value(before: str, size: int) -> None:
    """Line and byte count from 1, wherever the pieces are cut; nothing is replaced."""
    content = before.encode()
    fault = refused(source(content + b"\xff;x\n", size=size)).fault
    ends = before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert fault.code == "wrong_charset"
    assert fault.received == f"0xff at byte {len(content) + 1}"
    assert fault.position.line == ends + 1


def test_a_wrong_byte_in_windows_1252() -> None:
    """0x81 means nothing in windows-1252: the file is in another charset."""
    fault = refused(source("é\r\nok\r\n".encode("cp1252") + b"x\x81\r\n", "windows-1252")).fault
    assert (fault.code, fault.received, fault.position.line) == ("wrong_charset", "0x81 at byte 9", 3)


def test_a_character_that_is_cut_refuses_the_file() -> None:
    """The end of the file inside a character is a file that was cut."""
    fault = refused(source("a\né".encode()[:-1])).fault
    assert (fault.code, fault.position.line) == ("truncated", 2)


@pytest.mark.parametrize(
    ("mark", "charset", "codec"),
    [
        (codecs.BOM_UTF8, "UTF-8", "utf-8"),
        (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
        (b"", "utf-8-sig", "utf-8"),
        (codecs.BOM_UTF16_LE, "UTF-16", "utf-16-le"),
        (codecs.BOM_UTF16_BE, "UTF-16", "utf-16-be"),
        (codecs.BOM_UTF16_BE, "UTF-16BE", "utf-16-be"),
        (codecs.BOM_UTF32_LE, "UTF-32", "utf-32-le"),
        (b"", "UTF-16LE", "utf-16-le"),
        (b"", "cp1147", "cp1147"),
    ],
)
def test_a_mark_that_agrees_is_no_text(mark: bytes, charset: str, codec: str) -> None:
    """The byte order mark is checked and stripped, for every charset that knows one."""
    assert lines_of(mark + "é\n".encode(codec), charset) == ["é"]
    assert lines_of(mark + "é\n".encode(codec), charset, size=1) == ["é"]


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (codecs.BOM_UTF8 + b"A;B\n", "windows-1252"),
        (codecs.BOM_UTF16_LE + b"A\0", "UTF-8"),
        (codecs.BOM_UTF16_LE + b"A\0", "UTF-16BE"),
        ("A".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_a_mark_that_disagrees_refuses_the_file(content: bytes, charset: str) -> None:
    """Whoever is right, the sender or the feed: no charset is guessed."""
    assert refused(source(content, charset)).fault.code == "charset_conflict"


def test_codecs_that_are_no_charsets() -> None:
    """Python's base64 and rot13 decode no text; code pages of hosts are known."""
    assert [codec_name(name) for name in ("base64", "rot13", "zip", "KLINGON")] == [None] * 4
    assert codec_name("cp1147") == "cp1147"
    with pytest.raises(ConfigError, match="base64"):
        list(source(b"a", "base64").batches())


@pytest.mark.parametrize("end", ["\x1a", "\x1a\r\n", "\n\x1a", "\n\x1a\n", "\n\x1a\x1a\n \n", "\n"])
@pytest.mark.parametrize("size", [1, 65_536])
def test_an_end_mark_is_no_text(end: str, size: int) -> None:
    """0x1A closes the file, on a line of its own or behind the last text; blank lines may follow."""
    assert [line for line in lines_of(f"a\nb{end}".encode(), size=size) if line] == ["a", "b"]


@pytest.mark.parametrize("size", [1, 65_536])
def test_nothing_may_stand_behind_the_end_mark(size: int) -> None:
    """Two files joined are no file; a 0x1A inside a line is a character like others."""
    assert lines_of(b"a\x1ab\nc", size=size) == ["a\x1ab", "c"]
    fault = refused(source(b"a\n\x1a\nb\n", size=size)).fault
    assert (fault.code, fault.position.line) == ("content_after_end_mark", 3)
    assert refused(source(b"a\n\x1ab\n", size=size)).fault.position.line == 2


def test_a_last_line_without_end_is_cut_where_the_feed_says_so() -> None:
    """With `final_newline`, a file that was cut inside its last line is told from a whole one."""
    assert refused(source(b"a\nb", final_newline=True)).fault.code == "truncated"
    for whole in (b"a\nb\n", b"a\nb\r", b"a\nb\r\n\x1a", b""):
        assert list(source(whole, final_newline=True).batches()) is not None


def test_a_file_without_line_ends_is_refused_in_flat_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gigabyte in one line is another format."""
    monkeypatch.setattr(text_module, "LINE_LIMIT", 1_000)
    assert refused(source(b"x" * 5_000, size=100)).fault.code == "line_too_long"


@given(lines=st.lists(st.sampled_from(["a", "", "bé"]), min_size=1, max_size=20), size=CHUNKS)
def test_lines_can_be_shown_again(lines: list[str], size: int) -> None:
    """From `needed_from` on, whatever piece they came in."""
    text = source("\n".join(lines).encode() + b"\n", size=size)
    given = 0
    for batch in text.batches():
        for _ in batch:
            given += 1
            first = max(given - 3, 1)
            text.needed_from = first
            assert text.raw(first, given) == "\n".join(lines[first - 1 : given]).rstrip("\n")
