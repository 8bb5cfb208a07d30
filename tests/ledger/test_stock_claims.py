"""The last word of each feed on each SKU and place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.fulfilment.availability import Reason
from passerelle.ledger import HeldClaim, LawState, Ledger

NIGHT = datetime(2026, 11, 2, 2, 10, tzinfo=UTC)
shared = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
keys = st.sampled_from(["A|1", "A|2", "B|1"])
moments = st.integers(0, 3).map(lambda hours: NIGHT + timedelta(hours=hours))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), keys, st.integers(-2, 9), moments),
        st.tuples(st.just("counted"), keys, st.just(0), moments),
        st.tuples(st.just("forget"), keys, st.just(0), moments),
    ),
    max_size=8,
)


def claim(key: str, quantity: int = 12, *, at: datetime | None = NIGHT, unknown: int = 0) -> HeldClaim:
    """A claim on the SKU that the key begins with."""
    sku, _, place = key.partition("|")
    because = (Reason("claimed", quantity, at), Reason("buffer", -1, text="kept"))
    return HeldClaim(
        key, sku, place or None, quantity, at, "S.xml", quantity - 1, quantity - 1, unknown, because, b"r"
    )


def told(one: HeldClaim) -> HeldClaim:
    """All but the feed and the time of writing."""
    return one._replace(since=None, feed="")


@shared
@given(steps=steps)
def test_a_claim_is_what_was_put_last_and_its_moment_never_goes_back(
    ledger: Ledger, fresh: Callable[[str], str], steps: list[tuple[str, str, int, datetime]]
) -> None:
    """Any mix of putting, counting again and forgetting is what a dictionary holds."""
    feed = fresh("stock")
    model: dict[str, HeldClaim] = {}
    for what, key, quantity, at in steps:
        if what == "put":
            model[key] = claim(key, quantity, at=at)
            ledger.stock_claims.put(feed, [model[key]])
        elif what == "counted":
            moved = ledger.stock_claims.counted(feed, [key], at)
            before = model[key].at if key in model else None
            assert moved == (before is not None and before < at)
            if moved:
                model[key] = model[key]._replace(at=at)
        else:
            assert ledger.stock_claims.forget(feed, [key]) == (model.pop(key, None) is not None)
    found = ledger.stock_claims.get(feed, ["A|1", "A|2", "B|1"])
    assert {key: told(one) for key, one in found.items()} == model
    moments = ledger.stock_claims.moments(feed, ["A|1", "A|2", "B|1"])
    assert moments == {key: one.at for key, one in model.items()}


def test_a_feed_that_leaves_the_law_leaves_nothing_behind(
    ledger: Ledger, fresh: Callable[[str], str]
) -> None:
    """Claims and how far the law was carried; those of other feeds stay."""
    erp, stores = fresh("stock"), fresh("stock")
    for feed in (erp, stores):
        ledger.stock_claims.put(feed, [claim("A|1", at=None)])
        ledger.stock_claims.carried(feed, full_at=NIGHT)
    ledger.stock_claims.drop(erp)
    assert (ledger.stock_claims.get(erp, ["A|1"]), ledger.stock_claims.law(erp)) == ({}, LawState())
    assert (list(ledger.stock_claims.get(stores, ["A|1"])), ledger.stock_claims.law(stores).full_at) == (
        ["A|1"],
        NIGHT,
    )
    assert ledger.stock_claims.moments(stores, ["A|1"]) == {}


def test_claims_are_found_by_sku_in_one_feed_or_in_all(ledger: Ledger, fresh: Callable[[str], str]) -> None:
    """Who asks why the shop shows a number knows the SKU, and perhaps not the feed."""
    erp, stores = fresh("stock"), fresh("stock")
    ledger.stock_claims.put(erp, [claim("A|1"), claim("B|1")])
    ledger.stock_claims.put(stores, [claim("A|2")])
    assert [one.key for one in ledger.stock_claims.of_skus(erp, ["A"])] == ["A|1"]
    both = {(one.feed, one.key) for one in ledger.stock_claims.of_skus(None, ["A"])}
    assert {(erp, "A|1"), (stores, "A|2")} <= both


def test_only_claims_that_do_not_know_of_some_pieces_wait_for_a_later_snapshot(
    ledger: Ledger, fresh: Callable[[str], str]
) -> None:
    """A thousand claims that know all are not read when a file says the same again."""
    feed = fresh("stock")
    ledger.stock_claims.put(feed, [claim(f"S{number}|1") for number in range(50)])
    ledger.stock_claims.put(feed, [claim("A|1", unknown=2)])
    assert [one.key for page in ledger.stock_claims.with_unknown(feed) for one in page] == ["A|1"]


def test_all_claims_are_streamed_page_by_page(ledger: Ledger, fresh: Callable[[str], str]) -> None:
    """More claims than one page come once each, in the order of their keys."""
    feed = fresh("stock")
    wanted = [f"S{number:05}|1" for number in range(2100)]
    ledger.stock_claims.put(feed, [claim(key) for key in wanted])
    pages = list(ledger.stock_claims.pages(feed))
    assert [one.key for page in pages for one in page] == wanted
    assert len(pages) == 3


def test_how_far_the_law_is_carried_is_kept_part_by_part(ledger: Ledger, fresh: Callable[[str], str]) -> None:
    """What is not named stays as it was; a feed that nobody noted anything of has nothing."""
    feed = fresh("stock")
    assert ledger.stock_claims.law(feed) == LawState()
    ledger.stock_claims.carried(feed, full_at=NIGHT)
    ledger.stock_claims.carried(feed, looked_at=NIGHT + timedelta(hours=1), rules=b"x")
    assert ledger.stock_claims.law(feed) == LawState(NIGHT, NIGHT + timedelta(hours=1), b"x")
