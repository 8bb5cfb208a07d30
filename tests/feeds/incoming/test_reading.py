from __future__ import annotations

from collections import deque
from contextlib import nullcontext
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import FileRefused
from passerelle.feeds.incoming.reading import FeedReader
from passerelle.feeds.wiring import name_pattern
from passerelle.files import FileName
from tests.sync.desk import line, mapping_of

from ..house import stock_xml

STOCK = mapping_of("stock")


def named(text: str) -> FileName:
    """What a name says."""
    name = name_pattern(STOCK.spec.files).match(text)
    assert name is not None
    return name


@given(count=st.integers(0, 20), claimed=st.integers(0, 20))
def test_the_trailer_must_count_what_is_there(count: int, claimed: int) -> None:
    """Equal: every line comes. Different: every line comes, then the refusal, before anyone may apply."""
    content = stock_xml([line(f"S{n}", n) for n in range(count)], sequence=3, mode="D", count=claimed)
    reader = FeedReader(STOCK, BytesIO(content), named("STOCK_TOUS_D_00003_20261101.xml"))
    expected: Any = nullcontext() if claimed == count else pytest.raises(FileRefused, match="NB_LIGNES")
    with expected:
        deque(reader.rows(), maxlen=0)
    assert reader.count == count


@pytest.mark.parametrize(("old", "new", "code"), [
    (b"<NB_LIGNES>000001</NB_LIGNES>", b"<NB_LIGNES>one</NB_LIGNES>", "wrong_count"),
    (b"<NB_LIGNES>000001</NB_LIGNES>", b"", "wrong_count"),
    (b"<SEQUENCE>00003</SEQUENCE>", b"<SEQUENCE>00004</SEQUENCE>", "header_mismatch"),
    (b"<SEQUENCE>00003</SEQUENCE>", b"", "header_mismatch"),
    (b"<MODE>D</MODE>", b"<MODE>C</MODE>", "header_mismatch"),
    (b"<MODE>D</MODE>", b"<MODE>Z</MODE>", "header_mismatch"),
])  # fmt: skip
def test_a_control_that_is_missing_or_unreadable_is_no_control(old: bytes, new: bytes, code: str) -> None:
    """What the feed declares must be there and say the same as the name and the lines."""
    content = stock_xml([line("A", 1)], sequence=3, mode="D")
    assert old in content
    with pytest.raises(FileRefused) as caught:
        list(
            FeedReader(
                STOCK, BytesIO(content.replace(old, new)), named("STOCK_TOUS_D_00003_20261101.xml")
            ).rows()
        )
    assert caught.value.fault.code == code


def test_a_contradicting_header_is_refused_before_the_first_line() -> None:
    """A million lines are not read for nothing."""
    content = stock_xml([line("A", 1)], sequence=4, mode="D")
    with pytest.raises(FileRefused, match="sequence 3, as in the name"):
        FeedReader(STOCK, BytesIO(content), named("STOCK_TOUS_D_00003_20261101.xml"))
