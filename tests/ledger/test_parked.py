"""Records that wait for what they point to."""

from __future__ import annotations

from datetime import timedelta

from passerelle.ledger import Ledger, ParkedRecord

DAY = timedelta(days=1)


def record(key: str, *waits_for: str, says: bytes = b"{}") -> ParkedRecord:
    """A record that waits."""
    return ParkedRecord(key=key, waits_for=waits_for, record=says, raw=b"r" * 16, strong=b"s" * 16, line=3)


def test_a_newer_version_takes_the_place_of_the_older(ledger: Ledger) -> None:
    """One record a key: it says what the newest version says, and waits since the first one came."""
    ledger.parked.park("run-1", "products", [record("a", "category x", says=b"1")], age_limit=DAY)
    (first,) = ledger.parked.waiting("products")
    ledger.parked.park("run-2", "products", [record("a", "category y", says=b"2")], age_limit=7 * DAY)
    (again,) = ledger.parked.waiting("products")
    assert (again.record, again.waits_for, again.run_id) == (b"2", ("category y",), "run-2")
    assert (again.parked_at, again.expires_at) == (first.parked_at, first.expires_at)
    assert again.expires_at - again.parked_at == DAY
    assert (again.first_run_id, again.line) == ("run-1", 3)


def test_what_is_resolved_waits_no_more(ledger: Ledger) -> None:
    """A record that was carried leaves; the same key may wait again later, from then on."""
    ledger.parked.park("run-1", "products", [record("a", "x"), record("b", "x", "y")], age_limit=DAY)
    assert ledger.parked.resolve("products", ["a", "unknown"], "run-2") == 1
    assert [one.key for one in ledger.parked.waiting("products")] == ["b"]
    ledger.parked.park("run-3", "products", [record("a", "z")], age_limit=DAY)
    assert {one.key: one.first_run_id for one in ledger.parked.waiting()} == {"b": "run-1", "a": "run-3"}


def test_what_is_awaited_is_counted(ledger: Ledger) -> None:
    """The most awaited first, of one feed or of all."""
    ledger.parked.park("r", "products", [record("a", "x"), record("b", "x", "y")], age_limit=DAY)
    ledger.parked.park("r", "prices", [record("p", "z")], age_limit=DAY)
    assert ledger.parked.awaited("products") == {"x": 2, "y": 1}
    assert list(ledger.parked.awaited()) == ["x", "y", "z"]
    assert (ledger.parked.count("products"), ledger.parked.count()) == (2, 3)
