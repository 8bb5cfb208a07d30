"""Records with which the target agrees become known out of the plan itself."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Known, Ledger, PlanItem

shared = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
keys = st.sampled_from([f"style-{number}" for number in range(12)])
prints = st.binary(min_size=16, max_size=16)
records = st.dictionaries(st.text("abc", min_size=1), st.text(max_size=600), max_size=4).map(
    msgspec.json.encode
)


@st.composite
def plans(draw: st.DrawFn) -> list[PlanItem]:
    """Each key once, some of it to be sent and the rest agreed, at places with gaps."""
    items: list[PlanItem] = []
    for key in draw(st.lists(keys, unique=True)):
        seq = (items[-1].seq if items else 0) + draw(st.integers(1, 3))
        kind = draw(st.sampled_from(["same", "same", "update"]))
        items.append(PlanItem(seq, key, draw(prints), draw(prints), kind, draw(records)))
    return items


@shared
@given(
    before=st.dictionaries(keys, st.tuples(prints, records), max_size=8),
    gone=st.sets(keys),
    items=plans(),
    most=st.integers(1, 5),
    times=st.integers(1, 2),
)
def test_what_agrees_is_known_as_if_it_were_stored_one_by_one(
    ledger: Ledger,
    fresh: Callable[[str], str],
    *,
    before: dict[str, tuple[bytes, bytes]],
    gone: set[str],
    items: list[PlanItem],
    most: int,
    times: int,
) -> None:
    """Known or new, short or long, absent or not, a page said twice: the ledger says the same."""
    same = [item for item in items if item.kind == "same"]
    ends: list[object] = []
    for name in ("one by one", "at once"):
        feed = fresh(name)
        run = ledger.runs.start(feed, mode="auto")
        ledger.fingerprints.store(feed, [(key, raw, None) for key, (raw, _) in before.items()], run.id)
        ledger.wanted.put(feed, [(key, record) for key, (_, record) in before.items()])
        ledger.presence.flag(feed, sorted(gone))
        ledger.plans.spool(run.id, items)
        if name == "one by one":
            ledger.fingerprints.store(feed, [(one.key, one.raw, one.strong) for one in same], run.id)
            ledger.wanted.put(feed, [(one.key, one.record or b"") for one in same], run.id)
        else:
            after, told = 0, list[str]()
            while True:
                pages = [ledger.agreed.learn(run.id, feed, after=after, most=most) for _ in range(times)]
                assert pages == pages[:1] * times
                if not pages[0].keys:
                    break
                after = pages[0].last
                told += pages[0].keys
            assert told == [one.key for one in same]
            assert ledger.plans.totals(run.id).items == len(items), "the plan is whole until it is dropped"
        everything = [*before, *(item.key for item in items)]
        wanted = ledger.wanted.get(feed, everything)
        ends.append(
            (
                ledger.fingerprints.lookup(feed, everything),
                ledger.fingerprints.max_id(feed),
                list(ledger.presence.flagged(feed)),
                {key: (one.record, one.run_id == run.id) for key, one in wanted.items()},
            )
        )
    assert ends[0] == ends[1]


def test_a_plan_that_is_not_there_teaches_nothing(ledger: Ledger) -> None:
    """No plan, no page."""
    run = ledger.runs.start("stock", mode="auto")
    assert ledger.agreed.learn(run.id, "stock", after=0, most=10).keys == []


def test_new_records_are_numbered_without_a_gap(ledger: Ledger) -> None:
    """A known record keeps its number; new ones follow the last number in the order of the plan."""
    run = ledger.runs.start("stock", mode="auto")
    ledger.fingerprints.store("stock", [("b", b"0", b"0"), ("x", b"0", b"0")])
    ledger.plans.spool(
        run.id,
        [PlanItem(seq, key, b"1", b"2", "same", b"{}") for seq, key in enumerate("cba", 1)],
    )
    ledger.agreed.learn(run.id, "stock", after=0, most=10)
    assert ledger.fingerprints.lookup("stock", ["a", "b", "c", "x"]) == {
        "a": Known(4, b"1", b"2"),
        "b": Known(1, b"1", b"2"),
        "c": Known(3, b"1", b"2"),
        "x": Known(2, b"0", b"0"),
    }
    assert ledger.fingerprints.max_id("stock") == 4
