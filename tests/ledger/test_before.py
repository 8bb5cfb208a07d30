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
    ledger.runs.finish(run.id, "succeeded")
    assert ledger.before.drop_older(datetime.now(UTC) - timedelta(days=1), 100) == 0
    assert ledger.before.drop_older(datetime.now(UTC) + timedelta(seconds=1), 100) == 1
    assert list(ledger.before.of_run(run.id)) == []


def test_images_go_in_pieces_and_a_run_that_lost_some_says_so(ledger: Ledger) -> None:
    """The oldest run goes first, a piece at a time; one of which a piece is gone counts as dropped."""
    runs = []
    for feed in ("products", "prices"):
        run = ledger.runs.start(feed, mode="auto")
        ledger.before.keep(run.id, "product", [(seq, f"k{seq}", "create", b"") for seq in range(1, 4)])
        ledger.before.done(run.id, [(seq, f"id-{seq}", 1, b"{}") for seq in range(1, 4)])
        ledger.runs.finish(run.id, "succeeded", {"created": 3})
        runs.append(run)
    old, new = runs
    soon = datetime.now(UTC) + timedelta(seconds=1)
    assert ledger.before.oldest() == old.started_at
    assert ledger.before.drop_older(soon, 2) == 2
    assert _left(ledger, old.id) == [3]
    assert ledger.before.oldest() == new.started_at
    assert ledger.before.oldest("products") is None
    assert ledger.before.drop_older(soon, 2) == 2
    assert (_left(ledger, old.id), _left(ledger, new.id)) == ([], [2, 3])
    assert [_is_dropped(ledger, run.id) for run in runs] == [True, True]
    assert ledger.before.drop_older(soon, 100) == 2
    assert ledger.before.drop_older(soon, 100) == 0
    found = ledger.runs.get(new.id)
    assert found is not None
    assert found.totals["created"] == 3


def test_a_run_at_work_keeps_its_images(ledger: Ledger) -> None:
    """However long it takes; what is younger behind it is looked at all the same."""
    works = ledger.runs.start("products", mode="auto")
    ledger.before.keep(works.id, "product", [(1, "a", "create", b"")])
    over = ledger.runs.start("prices", mode="auto")
    ledger.before.keep(over.id, "price", [(1, "p", "create", b"")])
    ledger.runs.finish(over.id, "failed")
    assert ledger.before.drop_older(datetime.now(UTC) + timedelta(seconds=1), 100) == 1
    ledger.before.done(works.id, [(1, "id-a", 1, b"{}")])
    assert _left(ledger, works.id) == [1]
    assert not _is_dropped(ledger, works.id)


def _left(ledger: Ledger, run_id: str) -> list[int]:
    return [image.seq for page in ledger.before.of_run(run_id) for image in page]


def _is_dropped(ledger: Ledger, run_id: str) -> bool:
    run = ledger.runs.get(run_id)
    assert run is not None
    return ledger.before.dropped(run) is not None
