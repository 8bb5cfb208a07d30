"""Edits of orders in the ledger: claimed one at a time, answered for by the last run, kept when done."""

from __future__ import annotations

import msgspec

from passerelle.ledger import EditClaim, Ledger
from passerelle.records import EditedLine, OrderEdit

CLAIM = EditClaim(number="W-1", key="M-1", digest="d", before=200, after=100, currency="EUR")


def test_one_edit_of_an_order_at_a_time(ledger: Ledger) -> None:
    """A second one waits until the first is settled; of another order it does not."""
    other = msgspec.structs.replace(CLAIM, key="M-2")
    assert ledger.order_edits.claim(CLAIM, feed="edits")
    assert not ledger.order_edits.claim(other, feed="edits")
    assert ledger.order_edits.claim(msgspec.structs.replace(other, number="W-2"), feed="edits")
    assert ledger.order_edits.open_among(["W-1", "W-2", "W-3"]) == {"W-1", "W-2"}
    ledger.order_edits.release("W-1", "M-1")
    assert ledger.order_edits.claim(other, feed="edits")


def test_what_is_done_stays_done(ledger: Ledger) -> None:
    """Neither a claim nor its being taken back changes what the shop applied."""
    ledger.order_edits.claim(CLAIM, feed="edits")
    ledger.order_edits.done("W-1", "M-1", before=200, after=90)
    ledger.order_edits.claim(CLAIM, feed="edits")
    ledger.order_edits.release("W-1", "M-1")
    [kept] = ledger.order_edits.of("W-1")
    assert (kept.state, kept.after, kept.in_doubt) == ("done", 90, False)
    assert ledger.order_edits.open_among(["W-1"]) == frozenset()


def test_a_claim_whose_run_is_over_is_in_doubt(ledger: Ledger) -> None:
    """Until another run claims it; a run that is under way is left alone by others."""
    first = ledger.runs.start("edits", mode="auto")
    ledger.order_edits.claim(CLAIM, feed="edits", run_id=first.id)
    assert ledger.order_edits.open() == []
    assert [one.key for one in ledger.order_edits.open(feed="edits")] == ["M-1"]
    ledger.runs.finish(first.id, "failed", {}, "interrupted")
    assert [one.in_doubt for one in ledger.order_edits.open()] == [True]
    second = ledger.runs.start("edits", mode="auto")
    ledger.order_edits.claim(CLAIM, feed="edits", run_id=second.id)
    assert ledger.order_edits.open() == []


def test_the_digest_is_of_what_is_done_not_of_why() -> None:
    """The same change told with another reason is the same; with other pieces it is not."""
    edit = OrderEdit(order_number="W-1", key="M-1", lines=(EditedLine(sku="S-1", quantity=1),))
    why = msgspec.structs.replace(edit, reason="damaged")
    more = msgspec.structs.replace(edit, lines=(EditedLine(sku="S-1", quantity=2),))
    assert EditClaim.digest_of(edit) == EditClaim.digest_of(why)
    assert EditClaim.digest_of(edit) != EditClaim.digest_of(more)
