from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from passerelle.retailer import Erp, ReceivedOrder, Split
from tests.retailer.conftest import OrderWriter

_SHIRT = ("000001-012-38", 2, "59,90")
_BELT = ("000002-050-085", 1, "39,90")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root that the ERP serves; the order writer writes below it."""
    return tmp_path / "erp"


def _journal(erp: Erp) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (erp.state / "journal.jsonl").read_text().splitlines()]


def _records(path: Path | None) -> list[etree._Element]:
    assert path is not None
    assert path.with_suffix(".ok").exists()
    _, *records, trailer = list(etree.fromstring(path.read_bytes()))
    assert int(trailer.findtext("NB_LIGNES") or -1) == len(records)
    return records


def _said(record: etree._Element, *names: str) -> tuple[str, ...]:
    return tuple(record.findtext(name) or "" for name in names)


def _shipped(path: Path | None) -> list[tuple[str, dict[str, int], int]]:
    return [
        (
            record.findtext("NUMERO") or "",
            {_said(line, "SKU")[0]: int(_said(line, "QTE")[0]) for line in record.iterfind("LIGNES/LIGNE")},
            len(list(record.iterfind("COLIS/COLI"))),
        )
        for record in _records(path)
    ]


def test_an_order_is_in_the_journal_with_file_and_line(root: Path, write_orders: OrderWriter) -> None:
    """The journal names order, file and line; data and marker lie in the ERP's archive."""
    path = write_orders(1, [("W-1", [_SHIRT]), ("W-2", [_SHIRT, _BELT])])
    content = path.read_bytes()
    erp = Erp(root)
    taken = erp.take_orders()
    assert [order.number for order in taken.orders] == ["W-1", "W-2"]
    received = [event for event in _journal(erp) if event["event"] == "order_received"]
    lines = content.split(b"\r\n")
    for event in received:
        assert event["file"] == path.name
        assert f"<NUMERO>{event['order']}<".encode() in lines[event["line"] - 1]
    assert not list(path.parent.iterdir())
    archived = erp.state / "archive" / "taken" / path.name
    assert archived.read_bytes() == content
    assert archived.with_suffix(".ok").exists()


def test_an_order_counts_once_and_every_repeat_is_reported(root: Path, write_orders: OrderWriter) -> None:
    """Exactly once: the same order in another file, in the same file, or changed, is a duplicate."""
    erp = Erp(root)
    write_orders(1, [("W-1", [_SHIRT]), ("W-1", [_SHIRT])])
    first = erp.take_orders()
    write_orders(2, [("W-1", [_BELT]), ("W-2", [_BELT])])
    second = erp.take_orders()
    assert list(erp.orders) == ["W-1", "W-2"]
    assert [(d.number, d.same_content) for d in first.duplicates] == [("W-1", True)]
    assert [(d.number, d.first_file, d.same_content) for d in second.duplicates] == [
        ("W-1", "CMDWEB_00001_20261102.xml", False)
    ]
    assert erp.orders["W-1"].lines[0].sku == _SHIRT[0], "the first one stands"
    assert [e["order"] for e in _journal(erp) if e["event"] == "order_received"] == ["W-1", "W-2"]


def test_a_file_delivered_again_is_all_duplicates(root: Path, write_orders: OrderWriter) -> None:
    """A partner that sends a file twice has its orders counted as duplicates; both files are kept."""
    erp = Erp(root)
    for _ in range(2):
        write_orders(1, [("W-1", [_SHIRT])])
        erp.take_orders()
    assert len(erp.orders) == len(erp.duplicates) == 1
    kept = sorted(path.name for path in (erp.state / "archive" / "taken").iterdir())
    stem = "CMDWEB_00001_20261102"
    assert kept == [f"{stem}.2.ok", f"{stem}.2.xml", f"{stem}.ok", f"{stem}.xml"]


def test_files_without_marker_are_left_alone(root: Path, write_orders: OrderWriter) -> None:
    """Data without marker is not ready, a marker without data is nothing."""
    path = write_orders(1, [("W-1", [_SHIRT])], marker=False)
    (path.parent / "CMDWEB_00002_20261102.ok").touch()
    erp = Erp(root)
    assert erp.take_orders().files == ()
    assert path.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"count": 3}, "wrong_count"),
        ({"total": "1,00"}, "wrong_total"),
        ({"total": "119.80"}, "bad_value"),
        ({"name": "ORDERS_1.xml"}, "bad_name"),
        ({"name": "CMDWEB_00009_20261102.xml"}, "bad_header"),
    ],
)
def test_a_file_that_disagrees_is_refused_whole(
    root: Path, write_orders: OrderWriter, change: dict[str, Any], code: str
) -> None:
    """Wrong trailer, number or name: no order of it counts, the file is put aside with the reason."""
    path = write_orders(1, [("W-1", [_SHIRT])], **change)
    erp = Erp(root)
    (refused,) = erp.take_orders().refused
    assert (refused.name, refused.code) == (path.name, code)
    assert erp.orders == {}
    assert (erp.state / "archive" / "refused" / path.name).exists()
    assert Erp(root).refused_files == [refused]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"</COMMANDE>", b"", "malformed"),
        (b"<FICHIER>", b'<!DOCTYPE FICHIER [<!ENTITY a "b">]><FICHIER>', "dtd_forbidden"),
        (b"<SKU>000001-012-38</SKU>", b"<SKU/>", "missing_value"),
        (b"<NUMERO>W-1</NUMERO>", b"", "missing_value"),
        (b"<QTE>2</QTE>", b"<QTE>2,5</QTE>", "bad_value"),
        (b"<QTE>2</QTE>", b"<QTE>0</QTE>", "bad_value"),
    ],
)
def test_a_spoiled_file_is_refused_whole(
    root: Path, write_orders: OrderWriter, before: bytes, after: bytes, code: str
) -> None:
    """What is not well-formed, has a DTD or lacks a value is not taken; the reason has a position."""
    path = write_orders(1, [("W-1", [_SHIRT])])
    path.write_bytes(path.read_bytes().replace(before, after, 1))
    (refused,) = Erp(root).take_orders().refused
    assert refused.code == code
    assert refused.reason.startswith(path.name)


def test_every_order_is_answered_once(root: Path, write_orders: OrderWriter) -> None:
    """Accepted orders get consecutive ERP numbers, refused ones a reason; then there is nothing to say."""

    def refuse(order: ReceivedOrder) -> str | None:
        return "Référence épuisée" if order.lines[0].sku == _BELT[0] else None

    erp = Erp(root, refuse=refuse)
    write_orders(1, [("W-1", [_SHIRT]), ("W-2", [_BELT]), ("W-3", [_SHIRT])])
    erp.take_orders()
    answers = _records(erp.acknowledge())
    assert [_said(a, "NUMERO", "STATUT", "NUMERO_ERP", "MOTIF") for a in answers] == [
        ("W-1", "A", "C00000001", ""),
        ("W-2", "R", "", "Référence épuisée"),
        ("W-3", "A", "C00000002", ""),
    ]
    assert erp.acknowledge() is None
    assert erp.erp_numbers == {"W-1": "C00000001", "W-3": "C00000002"}


def test_only_accepted_orders_are_shipped(root: Path, write_orders: OrderWriter) -> None:
    """No shipment before the answer, none for a refused order."""
    erp = Erp(root, refuse=lambda order: "non" if order.number == "W-2" else None)
    write_orders(1, [("W-1", [_SHIRT]), ("W-2", [_SHIRT])])
    erp.take_orders()
    assert erp.ship() is None
    erp.acknowledge()
    assert [number for number, _, _ in _shipped(erp.ship(Split.WHOLE))] == ["W-1"]
    assert erp.ship() is None


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (Split.WHOLE, [({_SHIRT[0]: 2, _BELT[0]: 1}, 1)]),
        (Split.TWO_PARCELS, [({_SHIRT[0]: 2, _BELT[0]: 1}, 2)]),
        (Split.TWO_SHIPMENTS, [({_SHIRT[0]: 2}, 1), ({_BELT[0]: 1}, 1)]),
    ],
)
def test_an_order_leaves_whole_or_in_two(
    root: Path, write_orders: OrderWriter, split: Split, expected: list[tuple[dict[str, int], int]]
) -> None:
    """Pieces add up to what was ordered, however they travel; then nothing is left."""
    erp = Erp(root)
    write_orders(1, [("W-1", [_SHIRT, _BELT])])
    erp.take_orders()
    erp.acknowledge()
    sent = [_shipped(erp.ship(split)) for _ in expected]
    assert sent == [[("W-1", lines, parcels)] for lines, parcels in expected]
    assert erp.ship(split) is None


def test_delivery_and_tracking_numbers_never_repeat(root: Path, write_orders: OrderWriter) -> None:
    """Each shipment has its own number, each parcel its own tracking."""
    erp = Erp(root, today=date(2026, 11, 5))
    write_orders(1, [(f"W-{number}", [_SHIRT, _BELT]) for number in range(20)])
    erp.turn()
    files = [path for _ in range(3) if (path := erp.ship()) is not None]
    records = [record for path in files for record in _records(path)]
    slips = [record.findtext("NUMERO_BL") for record in records]
    tracking = [e.text for record in records for e in record.iterfind("COLIS/COLI/SUIVI")]
    assert len(set(slips)) == len(slips) >= 20
    assert len(set(tracking)) == len(tracking) >= 20
    assert {record.findtext("DATE") for record in records} == {"20261105"}
    assert [path.name for path in files] == [f"EXPED_0000{n}_20261105.xml" for n in range(1, len(files) + 1)]


def test_the_same_orders_get_the_same_answers(tmp_path: Path, root: Path, write_orders: OrderWriter) -> None:
    """No clock and no chance: two ERPs with the same orders send the same bytes."""
    sent = []
    for name in ("one", "two"):
        write_orders(1, [(f"W-{number}", [_SHIRT, _BELT]) for number in range(9)])
        erp = Erp(root, state=tmp_path / name)
        erp.turn()
        erp.turn()
        sent.append({path.name: path.read_bytes() for path in sorted((root / "out").rglob("*.xml"))})
    assert sent[0] == sent[1]
    assert len(sent[0]) == 2


def test_a_restarted_erp_goes_on_where_it_stopped(root: Path, write_orders: OrderWriter) -> None:
    """A new ERP on the same state knows orders, answers, shipments and numbers."""
    write_orders(1, [("W-1", [_SHIRT, _BELT])])
    Erp(root).take_orders()
    assert len(_records(Erp(root).acknowledge())) == 1
    assert Erp(root).acknowledge() is None
    assert _shipped(Erp(root).ship(Split.TWO_SHIPMENTS)) == [("W-1", {_SHIRT[0]: 2}, 1)]
    assert _shipped(Erp(root).ship(Split.TWO_SHIPMENTS)) == [("W-1", {_BELT[0]: 1}, 1)]
    assert Erp(root).ship() is None
    write_orders(2, [("W-1", [_SHIRT, _BELT]), ("W-2", [_BELT])])
    erp = Erp(root)
    assert [d.number for d in erp.take_orders().duplicates] == ["W-1"]
    assert _said(_records(erp.acknowledge())[0], "NUMERO", "NUMERO_ERP") == ("W-2", "C00000002")


def test_a_crash_before_the_move_does_not_count_an_order_twice(root: Path, write_orders: OrderWriter) -> None:
    """Journal written, file still in the inbox: the restart moves it and reports no duplicate."""
    path = write_orders(1, [("W-1", [_SHIRT])])
    content = path.read_bytes()
    erp = Erp(root)
    erp.take_orders()
    archived = erp.state / "archive" / "taken" / path.name
    archived.replace(path)
    archived.with_suffix(".ok").replace(path.with_suffix(".ok"))
    again = Erp(root)
    assert archived.read_bytes() == content
    assert again.take_orders().files == ()
    assert again.duplicates == []


def test_a_crash_between_data_and_marker_leaves_no_orphan(root: Path, write_orders: OrderWriter) -> None:
    """Data moved, marker not: the restart moves the marker too."""
    path = write_orders(1, [("W-1", [_SHIRT])])
    erp = Erp(root)
    erp.take_orders()
    marker = erp.state / "archive" / "taken" / path.with_suffix(".ok").name
    marker.replace(path.with_suffix(".ok"))
    Erp(root)
    assert marker.exists()
    assert not path.with_suffix(".ok").exists()


def test_a_crash_before_the_answer_is_written_sends_it_once(root: Path, write_orders: OrderWriter) -> None:
    """An answer in the journal that never reached the folder is sent at the restart, with the same bytes."""
    erp = Erp(root)
    write_orders(1, [("W-1", [_SHIRT])])
    erp.take_orders()
    path = erp.acknowledge()
    assert path is not None
    content = path.read_bytes()
    journal = erp.state / "journal.jsonl"
    kept = [line for line in journal.read_text().splitlines(keepends=True) if '"event": "sent"' not in line]
    journal.write_text("".join(kept))
    path.unlink()
    path.with_suffix(".ok").unlink()
    again = Erp(root)
    assert path.read_bytes() == content
    assert path.with_suffix(".ok").exists()
    assert again.acknowledge() is None


def test_an_order_number_outside_the_charset_is_answered(root: Path) -> None:
    """A number that ISO-8859-1 cannot write comes back as a character reference, which XML reads the same."""
    folder = root / "in" / "commandes"
    folder.mkdir(parents=True)
    path = folder / "CMDWEB_00001_20261102.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><FICHIER><ENTETE><FLUX>CMDWEB</FLUX><SEQUENCE>00001</SEQUENCE>'
        "</ENTETE><COMMANDE><NUMERO>Ł-1</NUMERO><LIGNES><LIGNE><SKU>a</SKU><QTE>1</QTE></LIGNE></LIGNES>"
        "<TOTAL>1,00</TOTAL><DEVISE>PLN</DEVISE></COMMANDE><PIED><NB_COMMANDES>1</NB_COMMANDES>"
        "<TOTAL>1,00</TOTAL></PIED></FICHIER>",
        encoding="utf-8",
    )
    path.with_suffix(".ok").touch()
    erp = Erp(root)
    erp.take_orders()
    assert _said(_records(erp.acknowledge())[0], "NUMERO") == ("Ł-1",)
