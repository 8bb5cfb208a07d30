"""What was handed to a target's bulk door."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Claim, Ledger

shared = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
keys = st.sampled_from([f"style-{number}" for number in range(6)])
rows = st.tuples(
    keys, st.sampled_from(["a", "b"]), st.text("xyz", min_size=1), st.binary(), st.none() | st.text("12")
)
steps = st.lists(st.one_of(st.lists(rows, max_size=5), st.sets(keys, max_size=3)), max_size=8)


def told(claim: Claim) -> tuple[str, str, str, bytes, str | None]:
    """All but the time."""
    return claim.key, claim.place, claim.name, claim.digest, claim.number


@shared
@given(steps=steps)
def test_the_last_claim_on_a_record_holds(
    ledger: Ledger,
    fresh: Callable[[str], str],
    steps: list[list[tuple[str, str, str, bytes, str | None]] | set[str]],
) -> None:
    """Any mix of claiming and ending is what a dictionary holds; other feeds have none of it."""
    feed = fresh("products")
    model: dict[str, tuple[str, str, str, bytes, str | None]] = {}
    for step in steps:
        if isinstance(step, set):
            assert ledger.claims.end(feed, sorted(step)) == len(step & set(model))
            model = {key: row for key, row in model.items() if key not in step}
        else:
            ledger.claims.put(feed, step)
            model.update({row[0]: row for row in step})
    found = ledger.claims.get(feed, [*model, "style-unknown"])
    assert {key: told(one) for key, one in found.items()} == model
    paged = [told(one) for page in ledger.claims.pages(feed) for one in page]
    assert paged == [model[key] for key in sorted(model)]
    assert ledger.claims.places(feed) == sorted({row[1] for row in model.values()})
    assert ledger.claims.places(fresh("products")) == []
    assert all(one.since.utcoffset() is not None for one in found.values())
