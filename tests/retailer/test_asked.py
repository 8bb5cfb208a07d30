"""Asked of the other side: granted before goods leave, refused after; late, twice, in silence; journalled."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from passerelle.retailer.answering import CALM, OtherSide, Temper
from passerelle.retailer.sheet import mark

from .test_other_side import drop, order_xml, told

#: Nothing happens to goods but what a test does.
PLAIN = CALM._replace(shortages=0.0, partial=0.0, absences=0.0, returns=0.0)


def ask(side: OtherSide, sequence: int, *asked: tuple[str, str, str], pieces: int = 0) -> None:
    """We drop a file of requests: key, type, order."""
    lines = f"<LIGNES><LIGNE><SKU>S-1</SKU><QTE>{pieces}</QTE></LIGNE></LIGNES>" if pieces else ""
    body = "".join(
        f"<DEMANDE><CLE>{key}</CLE><TYPE>{kind}</TYPE><NUMERO>{number}</NUMERO>{lines}"
        f"<MONTANT>50,00</MONTANT></DEMANDE>"
        for key, kind, number in asked
    )
    path = side.root / "in" / "demandes" / f"DEMCMD_{sequence:05d}_20261102.xml"
    path.write_text(
        f"<FICHIER><ENTETE><FLUX>DEMCMD</FLUX><SEQUENCE>{sequence:05d}</SEQUENCE></ENTETE>{body}"
        f"<PIED><NB_DEMANDES>{len(asked):06d}</NB_DEMANDES></PIED></FICHIER>",
        encoding="utf-8",
    )
    mark(path)


def side_with(root: Path, temper: Temper = PLAIN, *, turns: int = 1) -> OtherSide:
    """An ERP that took one order so many hours ago."""
    side = OtherSide(root / "erp", temper=temper)
    drop(side.root, 1, order_xml("W-1"))
    for _ in range(turns):
        side.turn()
    return side


def events(side: OtherSide) -> list[str]:
    """Everything that was told of events, whole."""
    return [content.decode("iso-8859-1") for name, content in told(side.root).items() if "EVTCMD" in name]


def count(side: OtherSide, kind: str) -> int:
    """How often an event was told."""
    return sum(content.count(f"<TYPE>{kind}</TYPE>") for content in events(side))


def test_what_has_not_left_is_cancelled_and_paid_back(tmp_path: Path) -> None:
    """The goods stay: what was to come never happens, the money goes back, the journal says so."""
    side = side_with(tmp_path)
    ask(side, 1, ("cancel/CR-1", "ANNUL", "W-1"))
    side.until_quiet()
    fate = side.held["W-1"].fate
    assert (fate.state, fate.cancelled, fate.refunded) == (
        "ANNULE",
        Counter({"S-1": 2, "S-2": 1}),
        Decimal(50),
    )
    assert (fate.shipped, not any("EXPED" in name for name in told(side.root))) == (Counter(), True)
    assert (count(side, "ANNUL_OK"), count(side, "REMBOURSE"), count(side, "FACTURE")) == (1, 1, 0)
    [asked] = side.asked.values()
    assert (asked.granted, asked.times, asked.request.number) == (True, 1, "W-1")


def test_what_has_left_is_not_cancelled(tmp_path: Path) -> None:
    """It says why; the order goes its way."""
    side = side_with(tmp_path, turns=40)
    assert side.held["W-1"].fate.state == "EXPEDIE"
    ask(side, 1, ("cancel/CR-1", "ANNUL", "W-1"), ("cancel/CR-2", "ANNUL", "W-9"))
    side.until_quiet()
    assert [(one.granted, one.reason) for one in side.asked.values()] == [
        (False, "déjà partie"),
        (False, "commande inconnue"),
    ]
    assert (side.held["W-1"].fate.state, count(side, "ANNUL_KO")) == ("EXPEDIE", 2)


def test_a_part_of_an_order_is_not_cancelled(tmp_path: Path) -> None:
    """This ERP cancels whole orders."""
    side = side_with(tmp_path)
    ask(side, 1, ("cancel/CR-1", "ANNUL", "W-1"), pieces=1)
    side.until_quiet()
    assert side.asked["W-1/cancel/CR-1"].reason == "annulation partielle impossible"
    assert side.held["W-1"].fate.state == "EXPEDIE"


def test_a_charge_is_answered_with_its_amount(tmp_path: Path) -> None:
    """Under our key; a side that refuses says so."""
    for name, temper, kind in (("a", PLAIN, "ENCAISSE"), ("b", PLAIN, "ENCAISSE_KO")):
        side = side_with(tmp_path / name, temper)
        if kind == "ENCAISSE_KO":
            side.temper = temper._replace(refusals=1.0)
        ask(side, 1, ("capture/BL-1", "ENCAISSE", "W-1"))
        side.until_quiet()
        assert count(side, kind) == 1
        assert any("<REF>capture/BL-1</REF>" in content for content in events(side))


@pytest.mark.parametrize(
    ("temper", "answers"),
    [
        (PLAIN._replace(delays=1.0), 1),
        (PLAIN._replace(duplicates=1.0), 2),
        (PLAIN._replace(silence=1.0), 0),
    ],
)
def test_an_answer_may_be_late_twice_or_never(tmp_path: Path, temper: Temper, answers: int) -> None:
    """What was decided is in the journal all the same; who asks for everything again gets it."""
    side = side_with(tmp_path, temper)
    ask(side, 1, ("cancel/CR-1", "ANNUL", "W-1"))
    side.turn()
    assert side.asked["W-1/cancel/CR-1"].granted
    assert count(side, "ANNUL_OK") == (1 if temper.duplicates else 0)
    side.until_quiet()
    assert count(side, "ANNUL_OK") == answers
    side.speak_up()
    assert count(side, "ANNUL_OK") == max(answers, 1)


def test_a_request_that_comes_again_is_an_alarm_and_done_once(tmp_path: Path) -> None:
    """A key is one request, in whatever file."""
    side = side_with(tmp_path)
    ask(side, 1, ("cancel/CR-1", "ANNUL", "W-1"))
    side.turn()
    ask(side, 2, ("cancel/CR-1", "ANNUL", "W-1"))
    side.until_quiet()
    assert [(one.code, one.number) for one in side.alarms] == [("asked_twice", "W-1")]
    assert (side.asked["W-1/cancel/CR-1"].times, count(side, "ANNUL_OK")) == (2, 1)


def test_a_file_that_cannot_be_read_asks_nothing(tmp_path: Path) -> None:
    """Its trailer counts other requests than there are."""
    side = side_with(tmp_path)
    ask(side, 1, ("cancel/CR-1", "ANNUL", "W-1"))
    path = side.root / "in" / "demandes" / "DEMCMD_00001_20261102.xml"
    path.write_text(path.read_text("utf-8").replace("000001<", "000002<"), encoding="utf-8")
    side.turn()
    assert ([one.code for one in side.alarms], side.asked) == (["unreadable"], {})
