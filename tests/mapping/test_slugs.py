"""Slugs and keys: readable, legal, deterministic, unique by their code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping.slugs import checked_key, slug_of, transliterate
from passerelle.mapping.unreadable import Unreadable

codes = st.from_regex("[A-Za-z0-9_]{1,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Gilet côtelé à cœur", "Gilet cotele a coeur"),
        ("ÆŒçÿßéëïü", "AeOecyssee" + "iu"),
        ("Żółta łódź, ŁĄĘŚĆŃ", "Zolta lodz, LAESCN"),
        ("Črna žametna šal đ", "Crna zametna sal d"),
        ("één ijsblauw, coördinatie", "een ijsblauw, coordinatie"),
        ("日本", ""),
    ],
)
def test_letters_of_the_four_languages_become_plain(text: str, plain: str) -> None:
    """Also those that Unicode does not take apart: ł, ø, æ, œ, ß."""
    assert transliterate(text) == plain


@pytest.mark.parametrize(
    ("parts", "slug"),
    [
        (["Robe d'été « Ligne A »", "000123"], "robe-d-ete-ligne-a-000123"),
        (["Robe d\u2019été", "000123"], "robe-d-ete-000123"),
        (["Żakiet z wełny", "A_7"], "zakiet-z-welny-A_7"),
        (["日本", "000123"], "000123"),
        (["Vestes", " 12 "], "vestes-12"),
        (["Vestes & gilets"], "vestes-gilets"),
    ],
)
def test_slugs(parts: list[str], slug: str) -> None:
    """Words with hyphens between them, and the code as it is."""
    assert slug_of(parts) == slug


@given(st.text(max_size=400), codes)
def test_every_label_gives_a_legal_slug_that_ends_with_its_code(label: str, code: str) -> None:
    """Slugs in commercetools have 2 to 256 characters of letters, digits, _ and -."""
    try:
        slug = slug_of([label, code])
    except Unreadable:
        assert len(code) == 1
        assert not re.search("[a-z0-9]", transliterate(label).lower())
        return
    assert re.fullmatch("[A-Za-z0-9_-]{2,256}", slug)
    assert slug == code or slug.endswith(f"-{code}")


@given(st.text(max_size=30), codes, codes)
def test_two_codes_never_share_a_slug(label: str, one: str, other: str) -> None:
    """The same label on two articles gives two slugs."""
    if one != other:
        assert slug_of([f"x{label}", one]) != slug_of([f"x{label}", other])


@pytest.mark.parametrize("parts", [["Robe", "12/3"], ["Robe", ""], ["日本"], ["Robe", "é1"]])
def test_no_slug(parts: list[str]) -> None:
    """A code that would have to be changed could meet another one: it is refused."""
    with pytest.raises(Unreadable) as caught:
        slug_of(parts)
    assert caught.value.code == "bad_slug"


@pytest.mark.parametrize("key", ["a", "cat-é", "a b", "", "x" * 257])
def test_no_key(key: str) -> None:
    """What the target would refuse is refused before."""
    with pytest.raises(Unreadable):
        checked_key(key)
    assert checked_key("cat-0012") == "cat-0012"
