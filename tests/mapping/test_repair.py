"""Repair of double encoding: the exact inverse, and nothing else is touched."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from passerelle.mapping import repair_text
from passerelle.mapping.repair import TextDoctor
from passerelle.mapping.unreadable import Unreadable

LETTERS = {
    "ISO-8859-1": "àâäçéèêëîïôöùûüÿÀÂÄÇÉÈÊËÎÏÔÖÙÛÜáíóúñßåøæÆØÅ",
    "ISO-8859-2": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻčšžČŠŽđĐ",
}
_HIGH = bytes(range(0x80, 0x100))
#: What the Windows charset of the region can write beyond ASCII.
REACH = {"ISO-8859-1": _HIGH.decode("cp1252", "ignore"), "ISO-8859-2": _HIGH.decode("cp1250", "ignore")}
PLAIN = "abcXYZ 0123456789-.,;:'()&/%"


@given(st.sampled_from(sorted(LETTERS)), st.data())
def test_repair_is_the_inverse_of_double_encoding(charset: str, data: st.DataObject) -> None:
    """Whatever the Windows charset of the region can write comes back exactly."""
    text = data.draw(st.text(st.sampled_from(REACH[charset] + PLAIN), max_size=30))
    assume(not text.isascii())
    assert repair_text(text.encode("utf-8").decode(charset), charset) == text


@given(st.sampled_from(sorted(LETTERS)), st.data())
def test_clean_text_is_left_alone(charset: str, data: st.DataObject) -> None:
    """Words of the languages of a charset are never mistaken for damage."""
    text = data.draw(st.text(st.sampled_from(LETTERS[charset] + PLAIN), max_size=30))
    assert repair_text(text, charset) == text


@pytest.mark.parametrize("charset", sorted(LETTERS))
def test_no_two_letters_of_a_language_look_like_damage(charset: str) -> None:
    """Every pair and every triple, not only the ones that chance draws."""
    for letters in (*product(LETTERS[charset], repeat=2), *product(LETTERS[charset], repeat=3)):
        text = "".join(letters)
        assert repair_text(text, charset) == text


@pytest.mark.parametrize(
    ("text", "charset", "expected"),
    [
        ("CrÃ¨me brÃ»lÃ©e", "ISO-8859-1", "Crème brûlée"),
        ("LâÅ\x93uf", "ISO-8859-1", "LâÅ\x93uf"),
        ("Å\x93uf", "ISO-8859-1", "œuf"),
        ("SUKIENKA RÓŻOWA", "ISO-8859-2", "SUKIENKA RÓŻOWA"),
        ("Ĺ\x82Ăłdka", "ISO-8859-2", "łódka"),
        ("Crème et crÃ¨me", "ISO-8859-1", "Crème et crÃ¨me"),
        ("Creme", "ISO-8859-1", "Creme"),
    ],
)
def test_examples(text: str, charset: str, expected: str) -> None:
    """All or nothing: a text that is only partly damaged is not touched."""
    assert repair_text(text, charset) == expected


def test_repairs_are_counted_by_path_and_once_a_text() -> None:
    """Two fields that read one text count one repair, and only when the record is settled."""
    doctor = TextDoctor("ISO-8859-1")
    assert [doctor.see("Ã©tÃ©", "LIBELLE") for _ in range(2)] == ["été", "été"]
    assert not doctor.counts
    doctor.settle()
    assert doctor.counts == {"LIBELLE": 1}


@pytest.mark.parametrize("text", ["l\x92été", "caf\ufffd", "a\x07b"])
def test_damage_that_no_rule_mends_is_a_fault(text: str) -> None:
    """Controls of a wrong charset and replacement characters never reach the shop."""
    with pytest.raises(Unreadable) as caught:
        TextDoctor("ISO-8859-1").see(text, "LIBELLE")
    assert caught.value.code == "damaged_text"
