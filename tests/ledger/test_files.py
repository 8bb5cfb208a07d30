"""Files: what the ledger keeps of those that came."""

from __future__ import annotations

from passerelle.ledger import Ledger


def test_of_files_that_share_a_name_the_last_one_counts(ledger: Ledger) -> None:
    """A partner overwrites `stock.xml`: what was applied last is told, not what came first or was refused."""

    def applied(content: str) -> int:
        record = ledger.files.record("plain", "stock.xml", content * 64, 10)
        return ledger.files.set_state(record.id, "applied").id

    assert ledger.files.last_named("plain", "stock.xml", "applied") is None
    first, second = applied("a"), applied("b")
    refused = ledger.files.record("plain", "stock.xml", "c" * 64, 10, state="refused")
    last = ledger.files.last_named("plain", "stock.xml", "applied")
    assert last is not None
    assert last.id == second
    assert applied("a") == first
    last = ledger.files.last_named("plain", "stock.xml", "applied")
    assert last is not None
    assert last.id == first
    last = ledger.files.last_named("plain", "stock.xml", "refused", "skipped")
    assert last is not None
    assert last.id == refused.id
    assert ledger.files.last_named("other", "stock.xml", "applied") is None
