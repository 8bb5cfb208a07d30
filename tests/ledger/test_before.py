"""What resources were before a run changed them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from passerelle.ledger import Ledger


def test_only_what_was_done_can_be_undone(ledger: Ledger) -> None:
    """An image counts when its change was taken; what was only planned is not shown, and can be dropped."""
    run = ledger.runs.start("products", mode="auto")
    long = b'{"name":"' + b"n" * 2000 + b'"}'
    rows = [(1, "a", "update", long), (2, "b", "create", b""), (3, "c", "update", b"{}")]
    ledger.before.keep(run.id, "product", rows)
    ledger.before.done(run.id, [(1, "id-a", 4, b'{"key":"a"}'), (2, "id-b", 1, b'{"key":"b"}')])
    ((first, second),) = ledger.before.of_run(run.id)
    assert (first.key, first.before, first.version, first.record) == ("a", long, 4, b'{"key":"a"}')
    assert (second.kind, second.before, second.target_id, second.entity) == ("create", b"", "id-b", "product")
    ledger.before.drop_undone(run.id)
    ledger.before.done(run.id, [(3, "id-c", 2, b"{}")])
    assert [one.key for page in ledger.before.of_run(run.id) for one in page] == ["a", "b"]


def test_a_change_planned_again_has_one_image(ledger: Ledger) -> None:
    """The shop moved before the change was sent: what counts is what it was right before."""
    run = ledger.runs.start("products", mode="auto")
    ledger.before.keep(run.id, "product", [(1, "a", "create", b"")])
    ledger.before.keep(run.id, "product", [(1, "a", "update", b'{"version":7}')])
    ledger.before.done(run.id, [(1, "id-a", 8, b"{}")])
    ((image,),) = ledger.before.of_run(run.id)
    assert (image.kind, image.before, image.version) == ("update", b'{"version":7}', 8)


def test_old_images_go(ledger: Ledger) -> None:
    """Images are kept as long as they may be asked for, and no longer."""
    run = ledger.runs.start("products", mode="auto")
    ledger.before.keep(run.id, "product", [(1, "a", "create", b"")])
    ledger.before.done(run.id, [(1, "id-a", 1, b"{}")])
    assert ledger.before.drop_older(datetime.now(UTC) - timedelta(days=1)) == 0
    assert ledger.before.drop_older(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert list(ledger.before.of_run(run.id)) == []
