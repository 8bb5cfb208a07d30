"""The other side: takes each order once, answers by a seed, and keeps a book that no telling changes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from passerelle.mapping import load_incoming
from passerelle.records import OrderMessage
from passerelle.retailer.answering import CALM, ROUGH, OtherSide, Temper
from passerelle.retailer.sheet import mark

MAPPINGS = Path(__file__).parents[2] / "mappings" / "erp"
#: Which mapping reads which of its files.
READERS = {
    "ACQCMD": "order-acks",
    "EXPED": "shipments",
    "EVTCMD": "order-messages",
    "MAGCMD": "store-messages",
    "SUIVI": "carrier-events",
    "RECCMD": "order-receipts",
    "ETATCMD": "order-statements",
}


def order_xml(number: str, *, revision: int = 1, mode: str = "LIV", pieces: int = 2) -> str:
    """One order as our files have it."""
    return (
        f"<COMMANDE><NUMERO>{number}</NUMERO><REVISION>{revision}</REVISION>"
        f"<MODE_LIVRAISON>{mode}</MODE_LIVRAISON><DATE>20261102</DATE><LIGNES>"
        f"<LIGNE><REF>l-1</REF><TYPE>A</TYPE><SKU>S-1</SKU><QTE>{pieces}</QTE>"
        f"<MONTANT>{20 * pieces},00</MONTANT>"
        f"</LIGNE><LIGNE><REF>l-2</REF><TYPE>A</TYPE><SKU>S-2</SKU><QTE>1</QTE><MONTANT>10,00</MONTANT></LIGNE>"
        f"</LIGNES><TOTAL>{20 * pieces + 10},00</TOTAL><DEVISE>EUR</DEVISE></COMMANDE>"
    )


def drop(root: Path, sequence: int, *orders: str, marked: bool = True) -> None:
    """We drop a file of orders."""
    name = f"CMDWEB_{sequence:05d}_20261102.xml"
    total = sum(50 if "<QTE>2</QTE>" in order else 30 for order in orders)
    text = (
        f"<FICHIER><ENTETE><FLUX>CMDWEB</FLUX><SEQUENCE>{sequence:05d}</SEQUENCE></ENTETE>{''.join(orders)}"
        f"<PIED><NB_COMMANDES>{len(orders):06d}</NB_COMMANDES><TOTAL>{total},00</TOTAL></PIED></FICHIER>"
    )
    path = root / "in" / "commandes" / name
    path.write_text(text, encoding="utf-8")
    if marked:
        mark(path)


def other(root: Path, temper: Temper = CALM, *, seed: int = 1) -> OtherSide:
    """An ERP with forty orders of all kinds before it."""
    side = OtherSide(root / "erp", seed=seed, temper=temper)
    modes = ("LIV", "SFS", "CC", "RES")
    drop(side.root, 1, *(order_xml(f"W-{count}", mode=modes[count % 4]) for count in range(40)))
    return side


def told(root: Path) -> dict[str, bytes]:
    """Every file that it wrote."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / "out").rglob("*"))
        if path.suffix in (".xml", ".csv", ".json")
    }


@pytest.mark.parametrize("temper", [CALM, ROUGH])
def test_a_seed_tells_always_the_same(tmp_path: Path, temper: Temper) -> None:
    """The same orders and the same seed: every byte is the same; another seed tells another story."""
    runs = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        side = other(tmp_path / name, temper, seed=seed)
        side.until_quiet()
        runs.append(told(side.root))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_all_that_it_tells_can_be_read(tmp_path: Path) -> None:
    """Each file goes through its mapping without a reject, also what it tells wrong."""
    side = other(tmp_path, Temper(**{**ROUGH._asdict(), "refusals": 0.3, "returns": 0.9, "uncollected": 0.5}))
    side.until_quiet()
    side.speak_up()
    side.state()
    read: Counter[str] = Counter()
    for path in sorted((side.root / "out").rglob("*")):
        flux = path.name.split("_")[0]
        if flux not in READERS or path.suffix == ".ok":
            continue
        mapping = load_incoming(MAPPINGS / f"{READERS[flux]}.yaml")
        with path.open("rb") as stream:
            reader = mapping.reader(stream, file=path.name)
            header = reader.read_header()
            for row in reader.rows():
                mapping.record(row, file=path.name, header=header)  # type: ignore[arg-type]  # no BadRow: it would raise
                read[flux] += 1
    assert set(read) == set(READERS)


def test_it_takes_pieces_out_of_orders_by_itself(tmp_path: Path) -> None:
    """A line is shortened or cancelled, never a whole order: the rest goes on, its money goes back."""
    side = other(tmp_path, CALM._replace(shortened=1.0, shortages=0.0, returns=0.0, uncollected=0.0))
    side.until_quiet()
    mapping = load_incoming(MAPPINGS / "order-messages.yaml")
    cancelled: dict[str, Counter[str]] = {}
    for path in sorted((side.root / "out").rglob("EVTCMD*.xml")):
        with path.open("rb") as stream:
            reader = mapping.reader(stream, file=path.name)
            header = reader.read_header()
            for row in reader.rows():
                said = mapping.record(row, file=path.name, header=header)  # type: ignore[arg-type]  # no BadRow: it would raise
                if isinstance(said, OrderMessage) and said.kind == "cancelled":
                    pieces = Counter({line.sku or "": line.quantity for line in said.lines})
                    cancelled[said.order_number] = pieces
    held = {number: one for number, one in side.held.items() if one.order.mode != "RES"}
    assert set(cancelled) == set(held)
    kinds = set()
    for number, one in held.items():
        gone, fate = cancelled[number], one.fate
        assert gone.keys() in ({"S-1"}, {"S-2"})
        assert (fate.state, fate.cancelled) == ("EXPEDIE", gone)
        assert fate.shipped + fate.collected + gone == Counter({"S-1": 2, "S-2": 1})
        assert fate.refunded == 20 * gone["S-1"] + 10 * gone["S-2"]
        kinds.add(tuple(gone.items()))
    assert kinds == {(("S-1", 1),), (("S-1", 2),), (("S-2", 1),)}


def test_an_order_that_comes_twice_is_an_alarm_and_is_held_once(tmp_path: Path) -> None:
    """The same number with the same revision again: counted, and never shipped twice."""
    side = OtherSide(tmp_path / "erp")
    drop(side.root, 1, order_xml("W-1"))
    side.turn()
    drop(side.root, 2, order_xml("W-1"))
    side.until_quiet()
    assert [(one.code, one.number) for one in side.alarms] == [("twice", "W-1")]
    assert list(side.held) == ["W-1"]
    assert sum(side.held["W-1"].fate.shipped.values()) <= 3


def test_reservations_come_in_files_of_their_own(tmp_path: Path) -> None:
    """In their own folder and name; a name that says another flow than the header is refused."""
    side = OtherSide(tmp_path / "erp", temper=CALM)
    drop(side.root, 1, order_xml("R-1", mode="RES"))
    path = side.root / "in" / "commandes" / "CMDWEB_00001_20261102.xml"
    mine = side.root / "in" / "reservations" / "RESAWEB_00001_20261102.xml"
    mine.write_text(path.read_text("utf-8").replace("CMDWEB", "RESAWEB"), encoding="utf-8")
    mark(mine)
    path.rename(path.with_name("RESAWEB_00002_20261102.xml"))
    path.with_suffix(".ok").rename(path.with_name("RESAWEB_00002_20261102.ok"))
    side.until_quiet()
    assert [one.code for one in side.alarms] == ["unreadable"]
    assert side.held["R-1"].order.file == mine.name
    assert any("MAGCMD" in name for name in told(side.root))


def test_a_refused_order_may_come_again(tmp_path: Path) -> None:
    """What a person mended is no second order: it is taken then."""
    side = OtherSide(tmp_path / "erp", temper=Temper(refusals=1.0))
    drop(side.root, 1, order_xml("W-1"))
    side.until_quiet()
    assert side.held["W-1"].fate.state == "REFUSE"
    drop(side.root, 2, order_xml("W-1"))
    side.until_quiet()
    assert (side.held["W-1"].fate.state, side.alarms) == ("EXPEDIE", [])


def test_a_later_revision_is_no_second_order(tmp_path: Path) -> None:
    """It is answered, not counted."""
    side = OtherSide(tmp_path / "erp")
    drop(side.root, 1, order_xml("W-1"))
    side.turn()
    drop(side.root, 2, order_xml("W-1", revision=2, pieces=1))
    side.until_quiet()
    assert side.alarms == []
    assert any(b"MODIF_KO" in content for content in told(side.root).values())


def test_a_file_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    """Without its marker it is not there yet; one whose sums are wrong is refused with a receipt."""
    side = OtherSide(tmp_path / "erp")
    drop(side.root, 1, order_xml("W-1"), marked=False)
    side.turn()
    assert side.held == {}
    path = side.root / "in" / "commandes" / "CMDWEB_00001_20261102.xml"
    path.write_text(path.read_text(encoding="utf-8").replace("000001", "000002"), encoding="utf-8")
    mark(path)
    side.until_quiet()
    assert side.held == {}
    assert [one.code for one in side.alarms] == ["unreadable"]
    (receipt,) = (content for name, content in told(side.root).items() if "RECCMD" in name)
    assert b";KO;" in receipt


@pytest.mark.parametrize("seed", range(5))
def test_goods_and_money_add_up_in_its_book(tmp_path: Path, seed: int) -> None:
    """What left and what was cancelled is what was ordered; no more is paid back than was paid."""
    side = other(tmp_path, ROUGH, seed=seed)
    side.until_quiet()
    assert len(side.held) == 40
    for held in side.held.values():
        fate, ordered = held.fate, Counter({"S-1": 2, "S-2": 1})
        assert fate.shipped + fate.collected + fate.cancelled == ordered
        assert fate.returned <= fate.shipped + fate.collected
        assert 0 <= fate.refunded <= 50


def test_the_book_is_the_same_whatever_is_told(tmp_path: Path) -> None:
    """Delays, repeats, silence and lies are about messages: the goods do not know of them."""
    calm, loud = other(tmp_path / "a"), other(tmp_path / "b", ROUGH._replace(refusals=0.0, shortened=0.0))
    for side in (calm, loud):
        side.until_quiet()
    assert {number: held.fate for number, held in calm.held.items()} == {
        number: held.fate for number, held in loud.held.items()
    }


def test_what_it_kept_silent_about_can_be_asked_for(tmp_path: Path) -> None:
    """A silent side tells nothing; asked, it tells all of it."""
    side = other(tmp_path, Temper(silence=1.0))
    side.until_quiet()
    assert {name.split("/")[1] for name in told(side.root)} == {"receptions"}
    assert side.unsaid
    assert side.speak_up()
    assert side.unsaid == []
    assert "acquittements" in {name.split("/")[1] for name in told(side.root)}
