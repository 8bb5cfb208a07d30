"""`passerelle stock`: why the shop shows this number."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passerelle.cli.app import app
from passerelle.fulfilment.availability import Reason
from passerelle.ledger import HeldClaim, Ledger

MAPPINGS = Path(__file__).parents[2] / "mappings"
AT = datetime(2026, 11, 2, 2, 10, tzinfo=UTC)


def claim(place: str | None, *because: Reason) -> HeldClaim:
    """A claim on A-1 with what it came to."""
    left = sum(reason.pieces for reason in because)
    return HeldClaim(
        f"A-1|{place}", "A-1", place, because[0].pieces, AT, "STOCK.xml", left, left + 2, 2, because, b"r"
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger that holds claims of the shipped feed on one SKU in two places."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path))
    monkeypatch.setenv("PASSERELLE_MAPPINGS", str(MAPPINGS))
    monkeypatch.setenv("COLUMNS", "220")
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        ledger.stock_claims.put(
            "stock",
            [
                claim("depot-101", Reason("claimed", 12, AT), Reason("sold", -2), Reason("buffer", -1)),
                claim("depot-001", Reason("claimed", 3, AT), Reason("not_eligible", -3, text="inventaire")),
            ],
        )
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, ["stock", *words])
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.usefixtures("home")
def test_each_place_says_its_number_and_the_steps_to_it() -> None:
    """In the zone of the feed, place by place."""
    told = run("A-1", "--lang", "en")
    rows = [line for line in told.splitlines() if "depot-" in line]
    assert ["depot-001" in rows[0], "depot-101" in rows[1]] == [True, True]
    assert "nothing is sold from here: inventaire → 0" in rows[0]
    assert "12 counted 2026-11-02 03:10, 2 sold that it does not know of, 1 kept back → 9" in rows[1]


@pytest.mark.usefixtures("home")
def test_it_speaks_french_and_can_be_asked_of_one_place() -> None:
    """The store that asks knows its own key."""
    told = run("A-1", "--place", "depot-101", "--lang", "fr")
    assert "12 comptées 2026-11-02 03:10, 2 vendues qu'il ignore, 1 gardées en réserve → 9" in told
    assert "depot-001" not in told


@pytest.mark.usefixtures("home")
def test_machines_read_the_same() -> None:
    """Every step with its pieces; they add up."""
    (one,) = json.loads(run("A-1", "--place", "depot-101", "--json"))
    assert (one["quantity"], one["available"], one["file"]) == (12, 9, "STOCK.xml")
    assert sum(step.get("pieces", 0) for step in one["because"]) == 9


def test_a_page_holds_the_table(home: Path) -> None:
    """For somebody who has no terminal."""
    run("A-1", "--html", str(home / "why.html"), "--lang", "en")
    assert "2 sold that it does not know of" in (home / "why.html").read_text("utf-8")


@pytest.mark.usefixtures("home")
def test_a_sku_that_no_feed_spoke_of_is_told_so() -> None:
    """With what to look at, and an exit code for scripts."""
    assert "No feed of stock spoke of B-9" in run("B-9", "--lang", "en", code=1)


def test_what_was_taken_away_is_not_told_any_more(home: Path) -> None:
    """A record that its source no longer has is not for sale, whatever was published for it once."""
    with Ledger.open(f"sqlite:///{home}/ledger.db") as ledger:
        ledger.wanted.bury("stock", ["A-1|depot-101"], "zero")
    assert "depot-101" not in run("A-1", "--lang", "en")
