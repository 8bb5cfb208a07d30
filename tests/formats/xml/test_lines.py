"""Lines of records: counted when somebody asks, whoever asks in whatever order."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats.xml import lines
from passerelle.formats.xml.lines import LineCounter, line_of

_blanks = st.text("\n ", max_size=4)
#: Records with blanks before them and inside, in pieces; what only begins like a record is none.
_PIECES = st.lists(st.lists(st.tuples(_blanks, _blanks), min_size=1, max_size=6), min_size=1, max_size=3)


@given(pieces=_PIECES, block=st.sampled_from([1, 20, 8_192]), local=st.booleans(), data=st.data())
def test_the_order_of_asking_does_not_matter(
    pieces: list[list[tuple[str, str]]], block: int, *, local: bool, data: st.DataObject
) -> None:
    """Each record has the line of its start tag in the file, asked for in any order and more than once.

    However much is counted as one, and whether or not the name may have a prefix.
    """
    counter = LineCounter("r", known=True, local=local)
    text = ""
    expected: list[int] = []
    for piece in pieces:
        begun = len(text)
        for before, inside in piece:
            text += before
            expected.append(text.count("\n") + 1)
            text += f"<r>{inside}<rest/></r>"
        with patch.object(lines, "_BLOCK", block):
            counter.feed(text[begun:].encode())
    places = counter.take(len(expected))
    asked = data.draw(st.lists(st.sampled_from(range(len(expected)))))
    assert [line_of(places[number]) for number in asked] == [expected[number] for number in asked]
    assert list(map(line_of, places)) == expected


def test_what_was_not_counted_has_no_line() -> None:
    """An element that never started in what was counted has no line, and none is made up."""
    counter = LineCounter("r", known=True)
    counter.feed(b"\n<r/>")
    assert [line_of(place) for place in counter.take(2)] == [2, None]


@given(records=st.lists(st.tuples(_blanks, _blanks), min_size=1, max_size=8), block=st.sampled_from([1, 20]))
def test_a_run_has_the_lines_of_what_came_before(records: list[tuple[str, str]], block: int) -> None:
    """Whole records that are read by themselves are counted as if they had been fed; so are their lines."""
    before, text = "\n<r/>\n", ""
    expected: list[int] = []
    for between, inside in records:
        text += between
        expected.append((before + text).count("\n") + 1)
        text += f"<r>{inside}<rest/></r>"
    counter = LineCounter("r", known=True)
    counter.feed(before.encode())
    counter.next()
    with patch.object(lines, "_BLOCK", block):
        assert counter.run(text.encode(), len(records) - 1) is None, "more start tags stand there"
        found = counter.run(text.encode(), len(records))
        assert found is not None
        counter.feed(b"\n<r/>")
    places, ended = found
    assert list(map(line_of, places)) == expected
    assert ended == text.count("\n")
    assert line_of(counter.next()) == (before + text).count("\n") + 2
