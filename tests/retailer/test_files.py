from __future__ import annotations

import re
from pathlib import Path

import pytest

from passerelle.retailer import FEEDS, FOLDERS, House, Manifest, generate
from passerelle.retailer.ean import check_digit
from passerelle.retailer.model import Zone
from tests.retailer.reading import read, texts


def test_every_file_says_the_same_in_name_header_and_trailer(small: Manifest) -> None:
    """Name, ENTETE and PIED agree; the charset is that of the zone; each file has its marker."""
    assert len(small.files) == 3 * len(FEEDS)
    for entry in small.files:
        match = re.fullmatch(r"([A-Z]+)_([A-Z]+)_([CD])_(\d{5})_(\d{8})\.xml", entry.name)
        assert match is not None
        document = read(entry.path)
        header = document.header
        assert match.groups() == tuple(header[n] for n in ("FLUX", "ZONE", "MODE", "SEQUENCE", "DATE"))
        assert header["MODE"] == ("C" if header["SEQUENCE"] == "00001" else "D")
        assert document.charset == ("ISO-8859-2" if header["ZONE"] in {"PL", "SI"} else "ISO-8859-1")
        assert document.count == len(document.records) == entry.records == small.counts[entry.name]
        assert entry.path.with_suffix(".ok").read_bytes() == b""


def test_every_line_ends_in_crlf_and_nothing_temporary_stays(small: Manifest) -> None:
    """Lines end in CR LF, the last one too; no .tmp is left; all folders of the exchange are there."""
    for entry in small.files:
        content = entry.path.read_bytes()
        assert content.endswith(b"</FICHIER>\r\n")
        assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    assert not list(small.root.rglob("*.tmp"))
    assert all((small.root / folder).is_dir() for folder in FOLDERS)


def test_no_sound_file_holds_control_characters(small: Manifest) -> None:
    """Bytes 0x80 to 0x9F would tell text of another charset: ISO-8859 has only controls there."""
    for entry in small.files:
        assert not re.search(rb"[\x80-\x9f]", entry.path.read_bytes()), entry.name


def test_a_full_house_writes_what_it_has(full_house: House, tmp_path: Path) -> None:
    """At 400 styles and 40 stores: a price per SKU and zone, a second one on sale, a line per place."""
    manifest = generate(tmp_path, seed=1, step="full")
    books = full_house.books
    on_sale = sum(
        len(style.articles)
        for style in books.styles.values()
        if books.tariffs[Zone.FR, style.code].sale is not None
    )
    for entry in manifest.files:
        expected = {
            "CATEG": len(books.categories),
            "ARTICLES": len(books.styles),
            "TARIFS": books.skus + on_sale,
            "STOCK": len(books.stock),
        }[entry.feed.flux]
        assert read(entry.path).count == entry.records == expected


def test_values_are_written_as_the_erp_writes_them(small: Manifest) -> None:
    """Decimal commas, leading zeros, AAAAMMJJ; normal prices have no period, sale prices have one."""
    stock, *_ = small.of("STOCK_TOUS")
    lines = read(stock.path)
    assert all(len(record) == 8 for record in lines.records)
    assert all(re.fullmatch(r"\d{5},000", text) for text in texts(lines, "QTE_PHYSIQUE"))
    assert set(texts(lines, "DATE_INV")) == {"20261101"}
    for zone, currency in (("FR", "EUR"), ("BE", "EUR"), ("PL", "PLN"), ("SI", "EUR")):
        prices = read(small.of(f"TARIFS_{zone}")[0].path)
        assert set(texts(prices, "DEVISE")) == {currency}
        for record in prices.records:
            assert re.fullmatch(r"\d+,90", record.findtext("PRIX") or "")
            period = (record.findtext("DEBUT") or "", record.findtext("FIN") or "")
            if record.findtext("TYPE") == "N":
                assert period == ("00000000", "99991231")
            else:
                assert "20261001" < period[0] < period[1] < "20270301"
        assert {"N", "S"} == set(texts(prices, "TYPE"))


def test_articles_refer_to_what_exists(small: Manifest) -> None:
    """Families are categories, SKUs in prices and stock are articles, EANs prove themselves."""
    articles = read(small.of("ARTICLES_FR")[0].path)
    categories = read(small.of("CATEG_FR")[0].path)
    codes = set(texts(categories, "CODE"))
    assert set(texts(articles, "FAMILLES/FAMILLE")) <= codes
    assert {parent for parent in texts(categories, "PARENT") if parent} <= codes
    skus = texts(articles, "DECLINAISONS/DECLINAISON/SKU")
    assert set(skus) == set(texts(read(small.of("STOCK_TOUS")[0].path), "SKU"))
    assert set(skus) == set(texts(read(small.of("TARIFS_PL")[0].path), "SKU"))
    eans = texts(articles, "DECLINAISONS/DECLINAISON/EAN")
    assert len(set(eans)) == len(skus)
    assert all(check_digit(ean[:12]) == ean[12] for ean in eans)
    for zone in ("BE", "PL", "SI"):
        assert [child.tag for child in read(small.of(f"CATEG_{zone}")[0].path).records[0]] == [
            "CODE",
            "LIBELLE",
        ]
        translations = read(small.of(f"ARTICLES_{zone}")[0].path)
        assert [child.tag for child in translations.records[0]] == ["CODE_MODELE", "LIBELLE", "DESCRIPTION"]
        assert texts(translations, "CODE_MODELE") == texts(articles, "CODE_MODELE")


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    """A second run over the same folder leaves the same files with the same bytes."""
    first = generate(tmp_path, seed=2, styles=4, stores=1, step="full")
    names = sorted(path for path in tmp_path.rglob("*"))
    second = generate(tmp_path, seed=2, styles=4, stores=1, step="full")
    assert [entry.sha256 for entry in first.files] == [entry.sha256 for entry in second.files]
    assert sorted(path for path in tmp_path.rglob("*")) == names


def test_steps_one_by_one_write_what_all_at_once_does(small: Manifest, tmp_path: Path) -> None:
    """full, delta1 and delta2 in three calls are the same as "all"."""
    entries = [
        entry
        for step in ("full", "delta1", "delta2")
        for entry in generate(tmp_path, seed=7, styles=20, stores=3, step=step).files
    ]
    assert [(e.name, e.sha256) for e in entries] == [(e.name, e.sha256) for e in small.files]


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    """The message names the steps there are."""
    with pytest.raises(ValueError, match="delta1"):
        generate(tmp_path, step="delta9")  # type: ignore[arg-type]  # what a caller without types may send
