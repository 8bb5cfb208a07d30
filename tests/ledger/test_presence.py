"""What a full and its neighbours say about presence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger, bulk, mark_seen
from passerelle.ledger.fingerprints import Unlike

shared = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LETTERS = st.sets(st.sampled_from("abcdef"))


@shared
@given(known=LETTERS, looks=st.lists(st.tuples(st.booleans(), LETTERS), max_size=6))
def test_absence_is_news_once(
    ledger: Ledger, fresh: Callable[[str], str], known: set[str], looks: list[tuple[bool, set[str]]]
) -> None:
    """Newly absent is what was there until this full; a file that holds a record brings it back."""
    feed = fresh("present")
    prints, presence = ledger.fingerprints, ledger.presence
    prints.store(feed, [(key, b"r", b"s") for key in known])
    gone: set[str] = set()
    for is_full, named in looks:
        held = named & known
        run = ledger.runs.start(feed, mode="auto")
        seen = presence.new_seen(feed)
        mark_seen(seen, (one.id for one in prints.lookup(feed, sorted(held)).values()))
        assert presence.count_present(feed) == len(known - gone)
        if is_full:
            newly = known - gone - held
            assert presence.absence(feed, seen) == (len(known - gone), len(newly))
            assert presence.mark_absent(feed, seen, run.id, newly=bool(newly)) == len(known - held)
            gone = known - held
        else:
            assert presence.clear_returned(feed, seen) == len(gone & held)
            gone -= held
        assert set(presence.long_absent(feed, 1)) == gone


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
    feed, prints, presence = fresh("gaps"), ledger.fingerprints, ledger.presence
    keys = [f"k{number:02d}" for number in range(count)]
    prints.store(feed, [(key, b"r", b"s") for key in keys])
    prints.forget(feed, [keys[number] for number in forgotten if number < count])
    known = [key for number, key in enumerate(keys) if number not in forgotten]
    held = [key for number, key in enumerate(known) if number not in missing]
    seen = presence.new_seen(feed)
    mark_seen(seen, (one.id for one in prints.lookup(feed, held).values()))
    prints.store(feed, [(f"late{number}", b"r", b"s") for number in range(late)])
    gone = len(known) - len(held)
    assert presence.absence(feed, seen) == (len(known) + late, gone)
    assert sorted(presence.absent(feed, seen)) == sorted(set(known) - set(held))


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
    prints, presence = ledger.fingerprints, ledger.presence
    prints.store(feed, [(key, b"r", b"s") for key in known])
    assert presence.flag(feed, sorted(flagged)) == len(known & flagged)
    assert set(presence.flagged(feed)) == known & flagged
    files: list[tuple[bool, bytearray]] = []
    for is_full, named in looks:
        seen = presence.new_seen(feed)
        mark_seen(seen, (one.id for one in prints.lookup(feed, sorted(named)).values()))
        files.append((is_full, seen))
    foreseen = list(presence.foreseen_absent(feed, fulls, files))
    for is_full, seen in files:
        run = ledger.runs.start(feed, mode="auto")
        if is_full:
            presence.mark_absent(feed, seen, run.id)
        else:
            presence.clear_returned(feed, seen)
    assert foreseen == list(presence.long_absent(feed, fulls))
    named = {letter for _, letters in looks for letter in letters}
    assert set(presence.flagged(feed)) == (known & flagged) - named


def _sku(number: int) -> str:
    return f"A{number:05d}"


def _print(text: str) -> bytes:
    return text.encode().ljust(16, b".")


class TestAbsence:
    def test_a_full_counts_and_a_return_clears(self, ledger: Ledger) -> None:
        """A record is long absent after that many fulls in a row without it, and not when it came back."""
        ledger.fingerprints.store("stock", [(key, b"1", b"s") for key in "abc"])
        fulls = [
            (["a"], {1: ["b", "c"], 2: []}),
            (["a"], {1: ["b", "c"], 2: ["b", "c"], 3: []}),
            (["a", "c"], {1: ["b"], 2: ["b"], 3: ["b"]}),
            (["a"], {1: ["b", "c"], 2: ["b"], 4: ["b"], 5: []}),
        ]
        for present, long_absent in fulls:
            seen = ledger.presence.new_seen("stock")
            known = ledger.fingerprints.lookup("stock", present)
            mark_seen(seen, (one.id for one in known.values()))
            run = ledger.runs.start("stock", mode="full")
            absent = sorted({"a", "b", "c"} - set(present))
            assert list(ledger.presence.absent("stock", seen)) == absent
            assert ledger.presence.mark_absent("stock", seen, run.id) == len(absent)
            for times, gone in long_absent.items():
                assert list(ledger.presence.long_absent("stock", times)) == gone

    def test_the_same_run_counts_once(self, ledger: Ledger) -> None:
        """A task that is repeated does not bring a deletion nearer."""
        ledger.fingerprints.store("stock", [("a", b"1", b"s")])
        seen = ledger.presence.new_seen("stock")
        run = ledger.runs.start("stock", mode="full")
        for _ in range(3):
            assert ledger.presence.mark_absent("stock", seen, run.id) == 1
        assert list(ledger.presence.long_absent("stock", 2)) == []

    def test_what_a_run_stores_itself_is_not_absent(self, ledger: Ledger) -> None:
        """New records have no bit in the run's bitmap, and met they were."""
        ledger.fingerprints.store("stock", [("a", b"1", b"s")])
        seen = ledger.presence.new_seen("stock")
        ledger.fingerprints.store("stock", [(_sku(number), _print("1"), b"s") for number in range(20)])
        assert list(ledger.presence.absent("stock", seen)) == ["a"]
        known = ledger.fingerprints.lookup("stock", [_sku(3)])
        mark_seen(seen, (one.id for one in known.values()))
        assert ledger.fingerprints.unlike("stock", {_sku(4): _print("1")}, seen) == Unlike([], frozenset())
        assert list(ledger.presence.absent("stock", seen)) == ["a"]

    def test_a_record_forgotten_meanwhile_hides_no_absence(self, ledger: Ledger) -> None:
        """The quick answer "all seen" compares more than the number of records."""
        ledger.fingerprints.store("stock", [(key, b"1", b"s") for key in "abc"])
        seen = ledger.presence.new_seen("stock")
        ledger.fingerprints.unlike("stock", dict.fromkeys("ab", _print("1")), seen)
        ledger.fingerprints.forget("stock", ["a"])
        assert list(ledger.presence.absent("stock", seen)) == ["c"]

    def test_the_bitmap_of_a_million_records_is_125_kb(self, ledger: Ledger) -> None:
        """One bit a record."""
        ledger.fingerprints.store("stock", [(_sku(number), b"1", b"s") for number in range(8000)])
        assert len(ledger.presence.new_seen("stock")) == 1001

    def test_an_unknown_run_is_refused(self, ledger: Ledger) -> None:
        """A count that belongs to no run could be counted twice."""
        with pytest.raises(ValueError, match="no-run"):
            ledger.presence.mark_absent("stock", bytearray(1), "no-run")

    def test_nothing_absent_costs_no_rows(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        """The usual night: no record is missing that was there before, told without reading any."""
        prints, presence = ledger.fingerprints, ledger.presence
        prints.store("stock", [(_sku(number), b"1", b"s") for number in range(2000)])
        seen = presence.new_seen("stock")
        mark_seen(seen, range(1, 2001))
        mark_seen(seen_but_one := bytearray(len(seen)), range(2, 2001))
        runs = [ledger.runs.start("stock", mode="full").id for _ in range(3)]
        given: list[object] = []
        read = bulk.rows

        def noting(*arguments: Any) -> Iterator[Any]:
            for row in read(*arguments):
                given.append(row)
                yield row

        monkeypatch.setattr(bulk, "rows", noting)
        assert presence.absence("stock", seen) == (2000, 0)
        assert presence.mark_absent("stock", seen, runs[0], newly=False) == 0
        assert len(given) < 20
        assert presence.absence("stock", seen_but_one) == (2000, 1)
        assert presence.mark_absent("stock", seen_but_one, runs[1]) == 1
        assert len(given) > 2000, "where one is missing, they are read"
        given.clear()
        assert presence.absence("stock", seen_but_one) == (1999, 0)
        assert presence.mark_absent("stock", seen_but_one, runs[2], newly=False) == 1
        assert len(given) < 20, "one that is missing for long is no news"
        assert list(presence.long_absent("stock", 2)) == [_sku(0)]
