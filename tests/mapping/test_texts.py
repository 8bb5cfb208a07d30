"""Functions of texts and keys, where an example is not enough."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.mapping import READING, Mapping
from passerelle.mapping.unreadable import Unreadable

from .twice import faults, read

Load = Callable[..., Mapping]

words = st.text(alphabet="abcé0 &<>", max_size=20)


def made(name: str, value: Any, **options: Any) -> Any:
    """Run an incoming function."""
    return READING[name].make(**options)(value)


def refused(name: str, value: Any, **options: Any) -> str:
    """Run an incoming function that must refuse, and give the fault's code."""
    with pytest.raises(Unreadable) as caught:
        made(name, value, **options)
    return caught.value.code


# Parts of texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "length", "text"),
    [(1, 2, "AB"), (3, None, "CDE"), (-2, None, "DE"), (-9, 2, "AB"), (9, None, ""), (5, 9, "E")],
)
def test_a_part_by_its_position(start: int, length: int | None, text: str) -> None:
    """Counted from 1, or from the end; what is not there is empty."""
    assert made("substring", "ABCDE", start=start, length=length) == text


@pytest.mark.parametrize(
    ("options", "text", "found"),
    [
        ({"pattern": "[0-9]+"}, "ab 12 cd", "12"),
        ({"pattern": "EAN ([0-9]+)"}, "x EAN 77 y", "77"),
        ({"pattern": "(?P<w>[0-9]+)x(?P<h>[0-9]+)", "group": "h"}, "30x40", "40"),
        ({"pattern": "(?P<w>[0-9]+)x(?P<h>[0-9]+)", "group": 1}, "30x40", "30"),
        ({"pattern": "a(b)?"}, "a", ""),
        ({"pattern": "[0-9]+", "otherwise": "keep"}, "none", "none"),
        ({"pattern": "[0-9]+", "otherwise": "empty"}, "none", ""),
    ],
)
def test_what_a_pattern_takes_out(options: dict[str, Any], text: str, found: str) -> None:
    """The group that is named, the only one, or the whole; what does not fit is treated as told."""
    assert made("pattern", text, **options) == found


def test_a_text_that_does_not_fit_its_pattern() -> None:
    """It is a fault unless told otherwise; a group that is not there is a flaw."""
    assert refused("pattern", "none", pattern="[0-9]+") == "no_match"
    assert refused("matches", "12", pattern="[A-Z]+") == "no_match"
    with pytest.raises(ValueError, match="has no group 'size'; it has width"):
        READING["pattern"].make(pattern="(?P<width>a)", group="size")


@given(st.lists(st.from_regex("[a-z0-9 ]{1,6}", fullmatch=True).filter(str.strip), min_size=1, max_size=5))
def test_split_undoes_join(parts: list[str]) -> None:
    """What was joined by a sign that no part holds comes apart again, blanks around the parts aside."""
    trimmed = tuple(part.strip() for part in parts)
    assert made("split", made("join", parts, by="#"), by="#") == trimmed


def test_items() -> None:
    """The first is 1, the last -1; what is not there is empty, or a fault when told."""
    parts = ("a", "b", "c")
    assert [made("item", parts, number=n) for n in (1, 3, -1, "last", -3, 4, -4)] == [
        "a", "c", "c", "c", "a", "", "",
    ]  # fmt: skip
    assert refused("item", parts, number=4, otherwise="reject") == "missing_item"


def test_lines_that_were_cut() -> None:
    """A line that fills its width goes on in the next one without a blank."""
    assert made("join_lines", ["12345", "67", "", "8"], width=5) == "1234567 8"


# Markup --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("a<br/>b<br>c", "a\nb\nc"),
        ("<ul><li>x<li>y</ul>", "x\ny"),
        ("<script>alert('x')</script>safe<style>p{}</style>", "safe"),
        ("5 < 6 &amp; 7 &gt; 6", "5 < 6 & 7 > 6"),
        ("no markup ", "no markup"),
        ("<b>open", "open"),
        ("<a href='x' onclick='y'>link</a>", "link"),
        ("a<![if gte mso 9]>b<![endif]>c", "abc"),
        ("a<![CDATA[1 > 2]]>b", "ab"),
        ("a<![ x]>b", "ab"),
        ("a<![", "a<!["),
    ],
)
def test_html_becomes_text(text: str, plain: str) -> None:
    """Blocks end lines, scripts vanish, references are read."""
    assert made("strip_html", text) == plain


def test_tags_that_are_kept_lose_their_attributes() -> None:
    """What stays is HTML again: other signs are escaped."""
    kept = made("strip_html", "<p>1 &lt; 2 <b onclick='x'>bold</b><i>i</i></p>", keep=("b", "br"))
    assert kept == "1 &lt; 2 <b>bold</b>i"
    with pytest.raises(ValueError, match="script cannot be kept"):
        READING["strip_html"].make(keep=("script",))


@given(st.text(alphabet="ab<>&;/ \"'=!-[]", max_size=40))
def test_no_tag_is_left(text: str) -> None:
    """Whatever the markup, with one tag kept no other is written."""
    found = re.findall(r"<(/?)([a-z]+)", made("strip_html", text, keep=("b",)))
    assert all(tag == "b" for _, tag in found)


@given(words, st.integers(1, 3))
def test_unescape_undoes_escape(text: str, times: int) -> None:
    """Escaped as often as it is read, a text is what it was."""
    escaped = text
    for _ in range(times):
        escaped = html.escape(escaped)
    assert made("unescape", escaped, times=times) == text


# Keys ----------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_bent_codes_keep_apart(one: str, other: str) -> None:
    """Whatever the code, its key is one that the target takes, and two codes never share one."""
    keys = [made("key", code, prefix="p-", sanitise=True) for code in (one, other)]
    assert all(re.fullmatch("[A-Za-z0-9_-]{2,256}", key) for key in keys)
    if one.strip() != other.strip():
        assert keys[0] != keys[1]


def test_when_a_key_gets_a_digest() -> None:
    """When its code was bent, always, or never."""
    assert made("key", "A1", prefix="p-", sanitise=True) == "p-A1"
    assert re.fullmatch("p-A-1-[0-9a-f]{8}", made("key", "A/1", prefix="p-", sanitise=True))
    assert re.fullmatch("p-A1-[0-9a-f]{8}", made("key", "A1", prefix="p-", sanitise=True, suffix="always"))
    assert made("key", "A/1", prefix="p-", sanitise=True, suffix="never") == "p-A-1"
    assert refused("key", "///", prefix="p-", sanitise=True, suffix="never") == "bad_key"
    assert refused("key", "A/1", prefix="p-") == "bad_key"
    assert made("key", ["FAM", " 1"], prefix="p-") == "p-FAM-1"


def test_a_slug_whose_code_is_bent() -> None:
    """A code with signs that no slug takes becomes one, and stays unique."""
    assert refused("slug", ["Robe", "A/1"]) == "bad_slug"
    assert re.fullmatch("robe-A-1-[0-9a-f]{8}", made("slug", ["Robe", "A/1"], sanitise=True))


def test_keys_of_category_paths() -> None:
    """The same path gives the same key, its parent's key is its start."""
    path = "Women > T-Shirts & Tops"
    assert made("path_key", path, by=">", prefix="cat-") == "cat-women_t-shirts-tops"
    assert made("path_key", ("Women",), prefix="cat-") == "cat-women"
    assert refused("path_key", " > ", by=">") == "bad_key"


def test_a_tree_of_categories_from_paths(load: Load) -> None:
    """Key, parent and name of a category, all from the path in one cell."""
    mapping = load(
        """
        - {to: key, from: PATH, via: {path_key: ">", prefix: cat-}}
        - {to: parent, from: PATH, via: [{split: ">"}, drop_last, {join: ">"}, {path_key: ">", prefix: cat-}],
           when: {path: PATH, matches: ".*>.*"}}
        - {to: name.en, from: PATH, via: [{split: ">"}, {item: last}]}
        """,
        entity="category",
        key="PATH",
    )
    found = read(mapping, {"PATH": "Women>Clothing>Trousers"})
    assert (found.key, found.parent, found.name) == (
        "cat-women_clothing_trousers", "cat-women_clothing", {"en": "Trousers"},
    )  # fmt: skip


# Damage --------------------------------------------------------------------------------------------


def test_control_characters_are_damage_unless_a_function_takes_them(load: Load) -> None:
    """A bell as a bullet is dropped by rule; elsewhere it is a fault."""
    mapping = load(
        "- {to: key, from: SKU}\n- {to: name.fr, from: N, via: [{strip_control: '*'}, trim]}\n"
        "- {to: description.fr, from: D}",
        entity="product",
    )
    assert read(mapping, {"SKU": "kk", "N": "\x07 acier\x1a"}).name == {"fr": "* acier*"}
    assert faults(mapping, {"SKU": "kk", "N": "x", "D": "\x07 acier"}) == {"D": "damaged_text"}


def test_lost_letters_are_told_or_kept_and_counted(load: Load) -> None:
    """U+FFFD stands for a letter that nobody can bring back: damage to report, not to repair."""
    fields = """
        - {to: key, from: SKU}
        - {to: name.fr, from: N, via: strip_control}
        - {to: slug.fr, from: N, via: slug}
    """
    lost = {"SKU": "kk", "N": "v\ufffdlo"}
    assert faults(load(fields, entity="product"), dict(lost)) == {"N": "damaged_text"}
    mapping = load(fields, entity="product", rest="repair: {lost_characters: keep}")
    assert read(mapping, dict(lost)).name == {"fr": "v\ufffdlo"}
    assert mapping.lost_characters == {"N": 1}
