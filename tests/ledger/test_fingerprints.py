from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Known, Ledger

# Examples share one ledger; each has a feed of its own.
shared = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
prints = st.binary(min_size=1, max_size=16)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("store"),
            st.lists(st.tuples(keys, prints, st.one_of(st.none(), prints)), max_size=12),
        ),
        st.tuples(st.just("touch"), st.lists(st.tuples(keys, prints), max_size=12)),
        st.tuples(st.just("full"), st.lists(keys, max_size=12)),
        st.tuples(st.just("delta"), st.lists(keys, max_size=6)),
        st.tuples(st.just("forget"), st.lists(keys, max_size=4)),
        st.tuples(st.just("invalidate"), st.lists(keys, max_size=4)),
    ),
    max_size=12,
)


_feeds = itertools.count()


def _sku(number: int) -> str:
    return f"{number:06d}-{number % 40:03d}-38/001"


class TestLookup:
    def test_unknown_keys_are_left_out(self, ledger: Ledger) -> None:
        """What was never stored is not in the answer, also when the feed itself is new."""
        assert ledger.fingerprints.lookup("stock", ["a"]) == {}
        ledger.fingerprints.store("stock", [("a", b"raw", b"strong"), ("b", b"raw2", None)])
        assert ledger.fingerprints.lookup("stock", ["b", "c", "a"]) == {
            "a": Known(1, b"raw", b"strong"),
            "b": Known(2, b"raw2", None),
        }
        assert ledger.fingerprints.lookup("prices", ["a"]) == {}

    @pytest.mark.parametrize("order", ["sorted", "reversed", "sparse", "two depots"])
    def test_more_than_a_batch_in_any_order(self, ledger: Ledger, order: str) -> None:
        """Which way the database is asked depends on the order of the keys; the answer does not."""
        stored = [_sku(number) for number in range(4000)]
        ledger.fingerprints.store("stock", [(key, key.encode(), b"s") for key in stored])
        asked = {
            "sorted": stored,
            "reversed": stored[::-1],
            "sparse": stored[::7],
            "two depots": stored[::2] + stored[1::2],
        }[order]
        found = ledger.fingerprints.lookup("stock", [*asked, "unknown"])
        assert list(found) == sorted(asked, key=list(found).index)
        assert {key: known.raw for key, known in found.items()} == {key: key.encode() for key in asked}

    def test_only_what_is_new_or_other_comes_back_from_unlike(self, ledger: Ledger) -> None:
        """`unlike` gives the places of new and of other raw fingerprints, and marks what is known as seen."""
        stored = [_sku(number) for number in range(2500)]
        ledger.fingerprints.store("stock", [(key, _print("1"), b"s") for key in stored])
        seen = ledger.presence.new_seen("stock")
        raws = {**dict.fromkeys(stored[:2400], _print("1")), stored[7]: _print("2"), "new": _print("1")}
        unlike = ledger.fingerprints.unlike("stock", raws, seen)
        assert unlike.places == [7, 2400]
        assert unlike.new <= {2400}
        known = ledger.fingerprints.lookup("stock", [stored[7], "new"])
        assert known == {stored[7]: Known(8, _print("1"), b"s")}
        assert list(ledger.presence.absent("stock", seen)) == stored[2400:]

    def test_what_nobody_knows_need_not_be_looked_up(self, ledger: Ledger) -> None:
        """Of a first load every record is certainly new; one that was invalidated is known all the same."""
        raws = {_sku(number): _print("1") for number in range(1500)}
        seen = ledger.presence.new_seen("stock")
        assert ledger.fingerprints.unlike("stock", raws, seen).new == frozenset(range(1500))
        ledger.fingerprints.store("stock", [(key, raw, b"s") for key, raw in raws.items()])
        ledger.fingerprints.invalidate("stock", [_sku(3)])
        unlike = ledger.fingerprints.unlike("stock", raws, ledger.presence.new_seen("stock"))
        assert (unlike.places, 3 in unlike.new) == ([3], False)


class TestStore:
    def test_a_key_given_twice_counts_once_with_its_last_values(self, ledger: Ledger) -> None:
        """A file may name a record twice; the batch is still one transaction."""
        ledger.fingerprints.store("stock", [("a", b"1", b"1"), ("a", b"2", None)])
        assert ledger.fingerprints.lookup("stock", ["a"]) == {"a": Known(1, b"2", None)}
        assert ledger.fingerprints.count("stock") == 1

    def test_numbers_stay_dense_when_records_change(self, ledger: Ledger) -> None:
        """The bitmap of a run stays as small as the feed, however often its records change."""
        for turn in range(20):
            ledger.fingerprints.store("stock", [(_sku(n), bytes([turn]), b"s") for n in range(50)])
        assert ledger.fingerprints.max_id("stock") == 50

    def test_raw_alone_never_makes_a_record_known(self, ledger: Ledger) -> None:
        """A record that the target never accepted must be mapped and sent again, whatever was read of it."""
        ledger.fingerprints.store("stock", [("a", b"1", b"strong")])
        ledger.fingerprints.touch_raw("stock", [("a", b"2"), ("b", b"2")])
        assert ledger.fingerprints.lookup("stock", ["a", "b"]) == {"a": Known(1, b"2", b"strong")}

    def test_invalidated_records_are_sent_again(self, ledger: Ledger) -> None:
        """After `invalidate` neither fingerprint can be equal to anything; the records stay known."""
        ledger.fingerprints.store("stock", [("a", b"1", b"s"), ("b", b"1", b"s"), ("c", b"1", b"s")])
        assert ledger.fingerprints.invalidate("stock", ["a", "x"]) == 1
        assert ledger.fingerprints.lookup("stock", ["a", "b"]) == {
            "a": Known(1, b"", None),
            "b": Known(2, b"1", b"s"),
        }
        assert ledger.fingerprints.invalidate("stock") == 3
        assert {one.strong for one in ledger.fingerprints.lookup("stock", ["a", "b", "c"]).values()} == {None}


class _Model:
    """What the ledger should know, in a dictionary."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[bytes, bytes | None]] = {}
        self.absent: dict[str, int] = {}

    def full(self, present: list[str]) -> set[str]:
        gone = set(self.known) - set(present)
        self.absent = {key: self.absent.get(key, 0) + 1 for key in gone}
        return gone

    def bring(self, keys: list[str]) -> None:
        for key in keys:
            self.absent.pop(key, None)


class TestModel:
    @shared
    @given(steps=steps)
    def test_it_behaves_like_a_dictionary(
        self,
        ledger: Ledger,
        fresh: Callable[[str], str],
        steps: list[tuple[str, list[object]]],
    ) -> None:
        """Any mix of stores, fulls, deltas and deletions leaves what a dictionary would hold."""
        feed = fresh("feed")
        model = _Model()
        for kind, items in steps:
            _do(ledger, feed, model, kind, items)
            found = ledger.fingerprints.lookup(feed, [*model.known, "\x7fnever"])
            assert {key: (one.raw, one.strong) for key, one in found.items()} == model.known
            assert len({one.id for one in found.values()}) == len(found)
            assert ledger.fingerprints.count(feed) == len(model.known)
            for fulls in (1, 2, 3):
                expected = {key for key, times in model.absent.items() if times >= fulls}
                assert set(ledger.presence.long_absent(feed, fulls)) == expected


def _do(ledger: Ledger, feed: str, model: _Model, kind: str, items: list[object]) -> None:
    prints = ledger.fingerprints
    if kind == "store":
        rows = [row for row in items if isinstance(row, tuple)]
        prints.store(feed, rows)
        model.known.update({key: (raw, strong) for key, raw, strong in rows})
        model.bring([row[0] for row in rows])
    elif kind == "touch":
        rows = [row for row in items if isinstance(row, tuple)]
        prints.touch_raw(feed, rows)
        for key, raw in rows:
            if key in model.known:
                model.known[key] = (raw, model.known[key][1])
    else:
        _do_keys(ledger, feed, model, kind, [key for key in items if isinstance(key, str)])


def _do_keys(ledger: Ledger, feed: str, model: _Model, kind: str, keys: list[str]) -> None:
    prints, presence = ledger.fingerprints, ledger.presence
    if kind == "full":
        seen = presence.new_seen(feed)
        prints.unlike(feed, dict.fromkeys(keys, _print("?")), seen)
        run = ledger.runs.start(feed, mode="full")
        gone = model.full(keys)
        assert set(presence.absent(feed, seen)) == gone
        assert presence.mark_absent(feed, seen, run.id) == len(gone)
    elif kind == "delta":
        assert presence.clear_absent(feed, keys) == len(set(keys) & set(model.absent))
        model.bring(keys)
    elif kind == "forget":
        assert prints.forget(feed, keys) == len(set(keys) & set(model.known))
        model.bring(keys)
        for key in keys:
            model.known.pop(key, None)
    elif kind == "invalidate":
        assert prints.invalidate(feed, keys) == len(set(keys) & set(model.known))
        model.known.update({key: (b"", None) for key in keys if key in model.known})


class TestComparing:
    @shared
    @given(
        stored=st.dictionaries(keys, st.one_of(prints, st.binary(min_size=16, max_size=16)), max_size=40),
        # A digest is not all zeros.
        asked=st.dictionaries(keys, st.binary(min_size=16, max_size=16).filter(any), max_size=40),
        equal=st.sets(keys, max_size=20),
        ordered=st.booleans(),
    )
    def test_unlike_says_what_look_up_and_comparison_say(
        self,
        ledger: Ledger,
        *,
        stored: dict[str, bytes],
        asked: dict[str, bytes],
        equal: set[str],
        ordered: bool,
    ) -> None:
        """Whichever way the database is asked: the same records are new, other or seen."""
        name = f"feed {next(_feeds)}"
        ledger.fingerprints.store(name, [(key, raw, b"s") for key, raw in stored.items()])
        asked |= {key: stored[key] for key in equal & set(stored) if len(stored[key]) == len(_print(""))}
        if ordered:
            asked = dict(sorted(asked.items()))
        known = ledger.fingerprints.lookup(name, list(asked))
        seen = ledger.presence.new_seen(name)
        unlike = ledger.fingerprints.unlike(name, asked, seen)
        assert unlike.places == [
            place
            for place, (key, raw) in enumerate(asked.items())
            if key not in known or known[key].raw != raw
        ]
        assert not {place for place, key in enumerate(asked) if key in known} & unlike.new
        assert set(ledger.presence.absent(name, seen)) == set(stored) - set(asked)

    @pytest.mark.parametrize("missing", [0, 5, 600])
    @pytest.mark.parametrize("order", ["as stored", "sorted", "reversed", "shuffled numbers"])
    def test_batches_of_a_thousand(self, ledger: Ledger, order: str, missing: int) -> None:
        """In key order or not, with numbers in a row or scattered, with strangers in between and gaps."""
        stored = [_sku(number * 7919 % 3000) for number in range(3000)]
        if order == "shuffled numbers":
            ledger.fingerprints.store("stock", [(key, b"", None) for key in stored[::-2]])
        ledger.fingerprints.store("stock", [(key, _print(key), b"s") for key in stored])
        asked = {"as stored": stored, "reversed": stored[::-1]}.get(order, sorted(stored))[missing:]
        raws = {key: _print(key) for key in asked}
        raws[asked[11]] = _print("other")
        raws["new"] = _print("new")
        seen = ledger.presence.new_seen("stock")
        unlike = ledger.fingerprints.unlike("stock", raws, seen)
        assert unlike.places == [11, len(asked)]
        assert unlike.new <= {len(asked)}
        known = ledger.fingerprints.lookup("stock", [asked[11], "new"])
        assert {key: one[1:] for key, one in known.items()} == {asked[11]: (_print(asked[11]), b"s")}
        assert sorted(ledger.presence.absent("stock", seen)) == sorted(set(stored) - set(asked))


def _print(key: str) -> bytes:
    return key.encode().rjust(16)[-16:]
