"""What a full and its neighbours say about presence, plans without one kind, files that share a name."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger, PlanItem, mark_seen

shared = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LETTERS = st.sets(st.sampled_from("abcdef"))


@shared
@given(known=LETTERS, looks=st.lists(st.tuples(st.booleans(), LETTERS), max_size=6))
def test_absence_is_news_once(
    ledger: Ledger, fresh: Callable[[str], str], known: set[str], looks: list[tuple[bool, set[str]]]
) -> None:
    """Newly absent is what was there until this full; a file that holds a record brings it back."""
    feed = fresh("present")
    prints = ledger.fingerprints
    prints.store(feed, [(key, b"r", b"s") for key in known])
    gone: set[str] = set()
    for is_full, named in looks:
        held = named & known
        run = ledger.runs.start(feed, mode="auto")
        seen = prints.new_seen(feed)
        mark_seen(seen, (one.id for one in prints.lookup(feed, sorted(held)).values()))
        assert prints.count_present(feed) == len(known - gone)
        if is_full:
            newly = known - gone - held
            assert prints.absence(feed, seen) == (len(known - gone), len(newly))
            assert prints.mark_absent(feed, seen, run.id, newly=bool(newly)) == len(known - held)
            gone = known - held
        else:
            assert prints.clear_returned(feed, seen) == len(gone & held)
            gone -= held
        assert set(prints.long_absent(feed, 1)) == gone


@shared
@given(
    count=st.integers(0, 90),
    forgotten=st.sets(st.integers(0, 89)),
    missing=st.sets(st.integers(0, 89), max_size=3),
    late=st.integers(0, 2),
)
def test_absence_is_counted_whatever_was_forgotten(
    ledger: Ledger, fresh: Callable[[str], str], count: int, forgotten: set[int], missing: set[int], late: int
) -> None:
    """Numbers that no record has any more are no absence, nor is a record that came after the file."""
    feed, prints = fresh("gaps"), ledger.fingerprints
    keys = [f"k{number:02d}" for number in range(count)]
    prints.store(feed, [(key, b"r", b"s") for key in keys])
    prints.forget(feed, [keys[number] for number in forgotten if number < count])
    known = [key for number, key in enumerate(keys) if number not in forgotten]
    held = [key for number, key in enumerate(known) if number not in missing]
    seen = prints.new_seen(feed)
    mark_seen(seen, (one.id for one in prints.lookup(feed, held).values()))
    prints.store(feed, [(f"late{number}", b"r", b"s") for number in range(late)])
    gone = len(known) - len(held)
    assert prints.absence(feed, seen) == (len(known) + late, gone)
    assert sorted(prints.absent(feed, seen)) == sorted(set(known) - set(held))


def test_one_kind_is_dropped_from_a_plan_and_no_other(ledger: Ledger) -> None:
    """Of this run only."""
    runs = [ledger.runs.start("stock", mode="full") for _ in range(2)]
    for run in runs:
        ledger.plans.spool(
            run.id, [PlanItem(seq, f"k{seq}", b"", None, kind) for seq, kind in enumerate("abab", 1)]
        )
    assert ledger.plans.discard(runs[0].id, "a") == 2
    assert ledger.plans.totals(runs[0].id).by_kind == {"b": 2}
    assert ledger.plans.totals(runs[1].id).by_kind == {"a": 2, "b": 2}
    assert ledger.plans.discard("no-such-run", "a") == 0


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


@shared
@given(
    known=LETTERS,
    flagged=LETTERS,
    looks=st.lists(st.tuples(st.booleans(), LETTERS), max_size=4),
    fulls=st.integers(1, 3),
)
def test_absence_is_foreseen_as_it_will_be_counted(
    ledger: Ledger,
    fresh: Callable[[str], str],
    known: set[str],
    flagged: set[str],
    looks: list[tuple[bool, set[str]]],
    fulls: int,
) -> None:
    """What a dry run foresees of files is what the ledger says after them; what is flagged is no absence."""
    feed = fresh("foreseen")
    prints = ledger.fingerprints
    prints.store(feed, [(key, b"r", b"s") for key in known])
    assert prints.flag(feed, sorted(flagged)) == len(known & flagged)
    assert set(prints.flagged(feed)) == known & flagged
    files: list[tuple[bool, bytearray]] = []
    for is_full, named in looks:
        seen = prints.new_seen(feed)
        mark_seen(seen, (one.id for one in prints.lookup(feed, sorted(named)).values()))
        files.append((is_full, seen))
    foreseen = list(prints.foreseen_absent(feed, fulls, files))
    for is_full, seen in files:
        run = ledger.runs.start(feed, mode="auto")
        if is_full:
            prints.mark_absent(feed, seen, run.id)
        else:
            prints.clear_returned(feed, seen)
    assert foreseen == list(prints.long_absent(feed, fulls))
    named = {letter for _, letters in looks for letter in letters}
    assert set(prints.flagged(feed)) == (known & flagged) - named
