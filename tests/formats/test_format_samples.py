"""Real files of other houses: counts, charsets and oddities as their descriptions say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.formats import Counting

from .shelf import Content, content_of, format_of

DATANORM_5: dict[str, Any] = {
    "charset": "cp850",
    "delimiter": ";",
    "type": {"field": 1},
    "records": {
        "V": {"columns": {"VERSION": 2, "DATE": 4, "CURRENCY": 5}},
        "A": {"columns": {"ACTION": 2, "NO": 3, "NAME": 4, "UNIT": 6, "CENTS": 9, "TEXT_KEY": 24}},
        "T": {"columns": ["_", "ACTION", "KEY", "_", "NUMBER", "TEXT"]},
        "D": {},
        "E": {"columns": ["_", "COUNT", "BY"]},
    },
    "header": "V",
    "trailer": "E",
    "counted": "lines",
}
PRICES = {"at": 3, "every": 9, "times": 3, "columns": ["NO", "KIND", "CENTS", "RULE"]}
DATANORM_4: dict[str, Any] = {
    "charset": "cp850",
    "delimiter": ";",
    "type": {"at": 1, "width": 1},
    "records": {
        "V": {"columns": {"DATE": {"at": 3, "width": 6}, "CURRENCY": {"at": 126, "width": 3}}},
        "A": {"columns": {"NO": 3, "NAME": 5, "MORE": 6, "UNIT": 9, "CENTS": 10, "TEXT_KEY": 13}},
        "B": {"columns": {"NO": 3, "MATCH": 4}, "below": "A"},
        "P": {"repeat": {"PRICES": PRICES}},
        "T": {"columns": {"KEY": 3, "TEXT": 7}},
    },
    "header": "V",
    "ignore": ["K", "C", "S", "D"],
}  # fmt: skip


def csv_of(path: Path, **layout: Any) -> Content:
    """Read a delimited sample."""
    return content_of(
        format_of(csv={"charset": "utf-8", "delimiter": ","} | layout | {"ragged": "reject"}),
        path.read_bytes(),
    )


def test_sunrise_stock(samples: Path) -> None:
    """26,137 rows, each SKU once, 4,106,948 pieces."""
    found = csv_of(samples / "commercetools/sunrise/inventory.csv", columns=["sku", "quantityOnStock"])
    assert (len(found.rows), found.bad) == (26_137, [])
    assert len({str(values["sku"]) for values in found.values}) == 26_137
    assert sum(int(str(values["quantityOnStock"])) for values in found.values) == 4_106_948
    assert found.rows[-1].line == 26_138


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("sunrise/inventory-stores.csv", 14_538),
        ("sunrise/categories.csv", 102),
        ("sunrise-small-2023/products.csv", 102),
        ("sunrise/products-ci.csv", 3),
    ],
)
def test_other_sunrise_files(samples: Path, name: str, rows: int) -> None:
    """Quoted texts, empty columns, umlauts."""
    found = csv_of(samples / "commercetools" / name)
    assert (len(found.rows), found.bad) == (rows, [])


def test_a_classification_in_windows_1252(samples: Path) -> None:
    """4,949 classes, umlauts as single bytes, no quotes; read as UTF-8, the file is refused."""
    folder = samples / "csv-semicolon-latin1"
    found = csv_of(folder / "proficlass60_Klassen.csv", charset="windows-1252", delimiter=";", quote="none")
    assert (len(found.rows), found.bad) == (4_949, [])
    assert found.rows[6].values["Klassenbezeichnung"] == "Fächerschleifer"
    with pytest.raises(Exception, match=r"line 8: received '0xe4 at byte \d+', expected text in utf-8"):
        csv_of(folder / "proficlass60_Klassen.csv", delimiter=";")


def test_german_numbers_stay_as_they_stand(samples: Path) -> None:
    """What 1.234,99 means is for the mapping to say."""
    path = samples / "csv-semicolon-latin1/test_german_cp1252.csv"
    found = csv_of(path, charset="cp1252", delimiter=";", rename={"Gültig ab": "from"})
    assert found.values[1] == {
        "Artikelnummer": "A-2",
        "Bezeichnung": "Müslischale",
        "Preis": "1.234,99",
        "from": "01.11.2025",
        "Aktiv": "nein",
        "Land": "AT",
        "Menge": "",
    }


@pytest.mark.parametrize(("record", "count"), [("A", 771), ("T", 13_274), ("D", 6)])
def test_datanorm_5(samples: Path, record: str, count: int) -> None:
    """771 articles and 13,274 lines of text; the trailer counts all 14,053 lines, itself included."""
    content = (samples / "datanorm/halo-v5_only_texts_and_products.001").read_bytes()
    found = content_of(format_of(lines=DATANORM_5 | {"record": record}), content)
    assert (len(found.rows), found.bad) == (count, [])
    assert found.header == {"VERSION": "050", "DATE": "20200401", "CURRENCY": "EUR"}
    assert found.trailer["COUNT"] == "14053"
    assert isinstance(found.reader, Counting)
    assert found.reader.counted == 14_053
    assert found.reader.trailer_line == 14_053
    if record == "A":
        assert sum(int(str(values["CENTS"])) for values in found.values) == 73_879_872


def test_a_trailer_that_counts_wrong(samples: Path) -> None:
    """27,300 for 26,105 lines: the controls of a feed would refuse this file."""
    content = (samples / "datanorm/halo-v5_texts_products.001").read_bytes()
    found = content_of(format_of(lines=DATANORM_5 | {"record": "A"}), content)
    assert isinstance(found.reader, Counting)
    assert (found.trailer["COUNT"], found.reader.counted) == ("27300", 26_105)


def test_datanorm_4(samples: Path) -> None:
    """Fixed columns in the first line, thirty prices in ten lines, additions below their article."""
    content = (samples / "datanorm/halo-v4_products_before_texts.001").read_bytes()
    found = content_of(format_of(lines=DATANORM_4 | {"record": "P"}), content)
    assert found.header == {"DATE": "050321", "CURRENCY": "EUR"}
    prices = [price for values in found.values for price in _list(values["PRICES"])]
    assert (len(found.rows), len(prices)) == (10, 30)
    assert prices[1] == {"NO": "QATA207569016", "KIND": "1", "CENTS": "240", "RULE": "1"}
    articles = content_of(format_of(lines=DATANORM_4 | {"record": "A"}), content)
    assert len(articles.rows) == 2
    assert articles.values[1]["MORE"] == "LF-Kanal, PVC, verkehrsweiß"
    assert articles.values[1]["B"] == {"NO": "QBMK10208R", "MATCH": "HAGER"}


@pytest.mark.parametrize(
    ("name", "charset", "faults"),
    [
        ("halo-v4_with_empty_lines_and_invalid_tags.001", "utf-8", [("unknown_record_type", 1, 7)]),
        ("halo-v4_with_texts.001", "cp850", []),
        ("fahrjo-datanorm_test.001", "cp850", []),
    ],
)
def test_oddities_of_datanorm_4(samples: Path, name: str, charset: str, faults: list[Any]) -> None:
    """Empty lines, an end mark, a record type X that nobody knows: the rest goes on."""
    content = (samples / "datanorm" / name).read_bytes()
    found = content_of(format_of(lines=DATANORM_4 | {"record": "A", "charset": charset}), content)
    assert found.faults == faults
    assert found.rows


def test_purchase_orders_of_fixed_lines(samples: Path) -> None:
    """8 orders, 24 products below them, 38 lines of locations below these, ten places in each."""
    places = {"at": 3, "every": 12, "times": 10,
              "columns": {"NO": {"at": 1, "width": 4}, "QTY": {"at": 5, "width": 8}}}  # fmt: skip
    spec = format_of(
        lines={
            "charset": "ascii",
            "type": {"at": 1, "width": 2},
            "record": "H1",
            "records": {
                "H1": {"columns": {"PO": {"at": 18, "width": 12}}},
                "D1": {"columns": {"QTY": {"at": 3, "width": 9}}, "below": "H1"},
                "S1": {"repeat": {"PLACES": places}, "below": "D1"},
            },
        }
    )
    content = (samples / "fixedwidth-cobol/Ams_PODownload_20041231.txt").read_bytes()
    found = content_of(spec, content)
    assert (len(found.rows), found.bad) == (8, [])
    products = [product for values in found.values for product in _list(values["D1"])]
    lines = [line for product in products for line in _list(product["S1"])]
    assert (len(products), len(lines)) == (24, 38)
    assert _list(lines[0]["PLACES"])[0] == {"NO": "5043", "QTY": "00000001"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
