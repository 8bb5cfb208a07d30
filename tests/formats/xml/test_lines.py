"""Lines of records: counted when somebody asks, whoever asks in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerelle.formats.xml.lines import LineCounter, line_of

_blanks = st.text("\n ", max_size=4)
#: Records with blanks before them and inside, in pieces; what only begins like a record is none.
_PIECES = st.lists(st.lists(st.tuples(_blanks, _blanks), min_size=1, max_size=6), min_size=1, max_size=3)


@given(pieces=_PIECES, data=st.data())
def test_the_order_of_asking_does_not_matter(
    pieces: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    """Each record has the line of its start tag in the file, asked for in any order and more than once."""
    counter = LineCounter("r", known=True)
    text = ""
    expected: list[int] = []
    for piece in pieces:
        begun = len(text)
        for before, inside in piece:
            text += before
            expected.append(text.count("\n") + 1)
            text += f"<r>{inside}<rest/></r>"
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
