"""Addresses: cut where words end, with nothing lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.fulfilment import cut_address, cut_text
from passerelle.records import Address

LONG = Address(
    last_name="Sanchez-Delavigne",
    street="12 bis impasse des Grandes Tanneries",
    additional="Batiment C",
    city="Saint-Remy-en-Bouzemont",
    country="FR",
)


def test_a_field_is_cut_before_the_word_that_does_not_fit() -> None:
    """No half words on a parcel label."""
    found = cut_address(LONG, {"street": 20, "city": 30})
    assert found.address.street == "12 bis impasse des"
    assert found.address.city == LONG.city
    assert [(cut.field, cut.kept) for cut in found.cuts] == [("street", "12 bis impasse des")]
    assert found.full == LONG.street


def test_what_is_cut_goes_on_in_the_overflow_field() -> None:
    """The driver finds the rest of the street behind what stands in the second line."""
    found = cut_address(LONG, {"street": 20, "additional": 35}, overflow="additional")
    assert found.address.additional == "Batiment C Grandes Tanneries"


def test_an_overflow_that_is_too_long_is_cut_and_told_too() -> None:
    """Both fields are told with their whole text: nothing is lost silently."""
    found = cut_address(LONG, {"street": 20, "additional": 15}, overflow="additional")
    assert found.address.additional == "Batiment C"
    assert "street" in [cut.field for cut in found.cuts]
    assert LONG.street in found.full


def test_an_address_that_fits_is_left_alone() -> None:
    """No cut, nothing to report."""
    found = cut_address(LONG, {"street": 60}, overflow="additional")
    assert (found.address, found.full, found.cuts) == (LONG, "", ())


def test_a_word_that_is_too_long_alone_is_cut_in_its_middle() -> None:
    """There is no better place."""
    assert cut_text("Saint-Remy-en-Bouzemont", 10) == ("Saint-Remy", "-en-Bouzemont")


def test_an_accent_stays_with_its_letter() -> None:
    """Text that is not composed is not cut between a letter and its accent."""
    assert cut_text("ae\u0301u", 2) == ("a", "e\u0301u")


@pytest.mark.parametrize("lengths", [{"street": 0}, {"floor": 10}])
def test_lengths_of_no_address_are_refused(lengths: dict[str, int]) -> None:
    """A misspelt field would never be cut."""
    with pytest.raises(ValueError, match=next(iter(lengths))):
        cut_address(LONG, lengths)


@given(st.text(max_size=40), st.integers(1, 30))
def test_no_letter_is_lost_between_what_is_kept_and_what_is_left(text: str, length: int) -> None:
    """Kept and left together are the text, but for the blanks at the cut."""
    kept, rest = cut_text(text, length)
    assert len(kept) <= length
    if rest:
        assert "".join((kept + rest).split()) == "".join(text.split())
    else:
        assert kept == text or kept == text.rstrip()


@given(st.builds(Address, street=st.text(max_size=40), city=st.text(max_size=40)), st.integers(1, 20))
def test_every_cut_field_fits_and_is_told(address: Address, length: int) -> None:
    """What does not fit is in the report with its whole text."""
    found = cut_address(address, {"street": length, "city": length})
    for name in ("street", "city"):
        full = unicodedata.normalize("NFC", getattr(address, name))
        kept = getattr(found.address, name)
        assert len(kept) <= length
        assert kept == full or name in [cut.field for cut in found.cuts]
