from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from passerelle.retailer import TROUBLES, FileEntry, Incident, Manifest, Mode, Trouble, generate
from passerelle.retailer.codes import COLOURS
from passerelle.retailer.trouble import double_encode, undo_double_encoding
from tests.retailer.reading import Document, read, texts

Struck = Callable[..., tuple[FileEntry, ...]]


@pytest.fixture
def strike(tmp_path: Path) -> Struck:
    """Generate one day of the small house with one trouble, and return the files of the feed it strikes."""

    def run(trouble: str, *, step: str = "delta1") -> tuple[FileEntry, ...]:
        manifest = generate(
            tmp_path,
            seed=7,
            styles=20,
            stores=3,
            step=step,  # type: ignore[arg-type]  # tests name the steps as text
            troubles=[trouble],
        )
        return manifest.of(Incident.parse(trouble).feed.name)

    return run


def _sound(small: Manifest, entry: FileEntry) -> Document:
    return read(next(e.path for e in small.files if e.name == entry.name))


def test_every_trouble_has_its_row_in_the_table() -> None:
    """Each name says what the file looks like and what a receiver must do."""
    assert set(TROUBLES) == set(Trouble)
    for card in TROUBLES.values():
        assert card.looks
        assert card.receiver


def test_troubles_are_found_by_name(small: Manifest) -> None:
    """A name, with a feed after a colon; a wrong one is answered with the right ones."""
    assert Incident.parse("wrong_count:TARIFS_PL").feed.name == "TARIFS_PL"
    assert Incident.parse(Trouble.BAD_PRICE).feed.name == "TARIFS_FR"
    with pytest.raises(ValueError, match="cut_short"):
        Incident.parse("cut_shrot")
    with pytest.raises(ValueError, match="STOCK_TOUS"):
        Incident.parse("cut_short:STOCK")
    assert not any(entry.troubles for entry in small.files)


@pytest.mark.parametrize("feed", ["STOCK_TOUS", "CATEG_PL", "ARTICLES_FR"])
def test_cut_short_ends_within_a_record_and_has_its_marker(
    strike: Struck, small: Manifest, feed: str
) -> None:
    """The bytes are a beginning of the sound file; the last record is open; the marker lies."""
    (entry,) = strike(f"cut_short:{feed}")
    content = entry.path.read_bytes()
    whole = next(e.path for e in small.files if e.name == entry.name).read_bytes()
    assert whole.startswith(content)
    element = entry.feed.element.encode()
    assert content.count(b"<%s>" % element) == content.count(b"</%s>" % element) + 1
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(content)
    assert entry.path.with_suffix(".ok").exists()


def test_repeated_sequence_has_the_same_number_and_other_content(strike: Struck, small: Manifest) -> None:
    """Two sound files of one number: the first is right, the second says other things."""
    first, second = strike("repeated_sequence")
    assert read(first.path).by_key() == _sound(small, first).by_key()
    one, two = read(first.path), read(second.path)
    assert one.header["SEQUENCE"] == two.header["SEQUENCE"] == "00002"
    assert one.header["MODE"] == two.header["MODE"]
    assert one.by_key() != two.by_key()
    assert first.name != second.name
    assert (first.troubles, second.troubles) == ((), (Trouble.REPEATED_SEQUENCE,))


def test_same_file_again_is_the_same_to_the_byte(strike: Struck) -> None:
    """Another name, the same SHA-256."""
    first, second = strike("same_file_again")
    assert first.path != second.path
    assert first.sha256 == second.sha256
    assert first.path.read_bytes() == second.path.read_bytes()


def test_missing_sequence_leaves_a_gap(strike: Struck, small: Manifest) -> None:
    """Number 2 never comes, number 3 does, as it would have come anyway."""
    (entry,) = strike("missing_sequence")
    assert entry.sequence == 3
    assert read(entry.path).by_key() == _sound(small, entry).by_key()


@pytest.mark.parametrize("feed", ["STOCK_TOUS", "TARIFS_SI", "ARTICLES_FR"])
def test_record_without_sku_is_empty_or_has_none(strike: Struck, small: Manifest, feed: str) -> None:
    """Spoiled records have an empty SKU and none by turns; all others are as they should be."""
    (entry,) = strike(f"record_without_sku:{feed}")
    path = "DECLINAISONS/DECLINAISON" if feed == "ARTICLES_FR" else "."
    document = read(entry.path)
    articles = [article for record in document.records for article in record.iterfind(path)]
    empty = [a for a in articles if a.find("SKU") is not None and not a.findtext("SKU")]
    without = [a for a in articles if a.find("SKU") is None]
    assert empty
    assert len(empty) + len(without) == len(entry.affected) <= 3
    assert abs(len(empty) - len(without)) <= 1
    assert document.count == len(document.records)
    sound = _sound(small, entry).by_key()
    spoiled = {etree.tostring(r, method="c14n", with_tail=False) for r in document.records} - set(
        sound.values()
    )
    assert len(spoiled) == len(entry.affected)
    assert set(entry.affected) <= sound.keys()


def test_unknown_colour_is_in_no_table(strike: Struck) -> None:
    """The affected styles, and only they, have an article in a colour that nobody knows."""
    (entry,) = strike("unknown_colour")
    known = {colour.code for colour in COLOURS}
    strange = [
        (record.findtext("CODE_MODELE") or "",)
        for record in read(entry.path).records
        if {e.text for e in record.iterfind("DECLINAISONS/DECLINAISON/COLORIS")} - known
    ]
    assert strange == list(entry.affected)
    assert strange


@pytest.mark.parametrize("feed", ["ARTICLES_FR", "ARTICLES_PL", "CATEG_SI", "ARTICLES_BE"])
def test_double_encoded_labels_can_be_told_and_taken_back(strike: Struck, small: Manifest, feed: str) -> None:
    """The file stays valid; the affected labels read back by the round trip are the true ones."""
    (entry,) = strike(f"double_encoded:{feed}", step="full")
    name = "CODE" if feed.startswith("CATEG") else "CODE_MODELE"
    document, sound = read(entry.path), _sound(small, entry)
    true = dict(zip(texts(sound, name), texts(sound, "LIBELLE"), strict=True))
    spoiled = []
    for code, label in zip(texts(document, name), texts(document, "LIBELLE"), strict=True):
        if label != true[code]:
            spoiled.append((code,))
            assert undo_double_encoding(label, document.charset) == true[code]
    assert tuple(spoiled) == entry.affected
    assert spoiled
    assert any(not label.isascii() for code, label in true.items() if (code,) not in spoiled), (
        "some stay sound"
    )


@given(st.text(), st.sampled_from(["ISO-8859-1", "ISO-8859-2"]))
def test_double_encoding_loses_nothing(text: str, charset: str) -> None:
    """Both charsets give every byte a character, so the way back is exact."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert undo_double_encoding(double_encode(text, charset), charset) == text


@pytest.mark.parametrize("step", ["full", "delta2"])
def test_stock_third_gone_is_a_full_file_that_agrees_with_itself(
    strike: Struck, small: Manifest, step: str
) -> None:
    """A third of the lines is gone, the trailer counts the rest, the mode says full whatever the day."""
    (entry,) = strike("stock_third_gone", step=step)
    document = read(entry.path)
    number = {"full": 1, "delta2": 3}[step]
    everything = {r.key for r in small.house.day(number).sheet(entry.feed, mode=Mode.FULL).records}
    assert document.header["MODE"] == "C"
    assert document.header["SEQUENCE"] == f"{number:05d}"
    assert document.count == len(document.records)
    assert set(document.by_key()) == everything - set(entry.affected)
    assert len(entry.affected) == len(everything) // 3


@pytest.mark.parametrize("feed", ["STOCK_TOUS", "TARIFS_PL", "CATEG_FR"])
def test_wrong_count_differs_in_the_trailer_only(strike: Struck, small: Manifest, feed: str) -> None:
    """Everything is right but NB_LIGNES."""
    (entry,) = strike(f"wrong_count:{feed}")
    document = read(entry.path)
    assert document.count == len(document.records) + 7
    assert document.by_key() == _sound(small, entry).by_key()


def test_bad_prices_are_no_prices(strike: Struck) -> None:
    """The affected records, and only they, have a price that no reading makes a number."""
    (entry,) = strike("bad_price")
    bad = [
        (record.findtext("SKU"), record.findtext("TYPE"), record.findtext("DEBUT"))
        for record in read(entry.path).records
        if not re.fullmatch(r"\d+,\d\d", record.findtext("PRIX") or "")
    ]
    assert tuple(bad) == entry.affected
    assert len(bad) == 3


def test_no_marker_leaves_a_whole_file_alone(strike: Struck, small: Manifest) -> None:
    """The file is right and unmarked; the other files of the day have their markers."""
    (entry,) = strike("no_marker")
    assert read(entry.path).by_key() == _sound(small, entry).by_key()
    assert not entry.path.with_suffix(".ok").exists()
    assert not entry.marked
    assert len(list(entry.path.parents[1].rglob("*.ok"))) == 12


@pytest.mark.parametrize(
    "trouble",
    [
        "bad_price:STOCK_TOUS",
        "unknown_colour:ARTICLES_PL",
        "record_without_sku:CATEG_FR",
        "stock_third_gone:CATEG_FR",
        "double_encoded:STOCK_TOUS",
    ],
)
def test_a_trouble_that_cannot_show_is_refused(strike: Struck, trouble: str) -> None:
    """A stock file has no price to spoil: the caller is told, rather than handed a sound file."""
    with pytest.raises(ValueError, match=r"choose|only|strikes"):
        strike(trouble)


def test_troubles_add_up(tmp_path: Path) -> None:
    """Two troubles of one feed strike the same file; each keeps to its own in different feeds."""
    manifest = generate(
        tmp_path,
        seed=7,
        styles=20,
        stores=3,
        step="full",
        troubles=["record_without_sku", "wrong_count", "bad_price"],
    )
    (stock,) = manifest.of("STOCK_TOUS")
    document = read(stock.path)
    assert stock.troubles == (Trouble.RECORD_WITHOUT_SKU, Trouble.WRONG_COUNT)
    assert document.count == len(document.records) + 7
    assert manifest.of("TARIFS_FR")[0].troubles == (Trouble.BAD_PRICE,)
    assert manifest.of("TARIFS_BE")[0].troubles == ()
