"""What the target should hold of each record."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger

shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
keys = st.sampled_from([f"style-{number}" for number in range(8)])
records = st.dictionaries(st.text("abc", min_size=1), st.text(max_size=600), max_size=4).map(
    msgspec.json.encode
)
steps = st.lists(
    st.one_of(st.lists(st.tuples(keys, records), max_size=6), st.sets(keys, max_size=3)), max_size=8
)


@shared
@given(steps=steps)
def test_the_last_record_of_a_key_holds(
    ledger: Ledger, fresh: Callable[[str], str], steps: list[list[tuple[str, bytes]] | set[str]]
) -> None:
    """Any mix of keeping and forgetting is what a dictionary holds, short records and long ones alike."""
    feed = fresh("products")
    model: dict[str, bytes] = {}
    for step in steps:
        if isinstance(step, set):
            assert ledger.wanted.forget(feed, sorted(step)) == len(step & set(model))
            model = {key: record for key, record in model.items() if key not in step}
        else:
            ledger.wanted.put(feed, step)
            model.update(step)
    found = ledger.wanted.get(feed, [*model, "style-unknown"])
    assert {key: one.record for key, one in found.items()} == model
    assert ledger.wanted.count(feed) == len(model)
    paged = [one for page in ledger.wanted.pages(feed, size=2) for one in page]
    assert [(one.key, one.record) for one in paged] == sorted(model.items())


def test_a_record_tells_its_run_and_its_time(ledger: Ledger) -> None:
    """Who wants it, and since when, in UTC; a record taken away has no text and names how it was."""
    run = ledger.runs.start("products", mode="auto")
    ledger.wanted.put("products", [("a", b"{}"), ("b", b"{}")], run.id)
    ledger.wanted.bury("products", ["b"], "unpublish", run.id)
    found = ledger.wanted.get("products", ["a", "b"])
    assert found["a"].run_id == run.id
    assert found["a"].since.utcoffset() is not None
    assert [(one.record, one.removed) for one in found.values()] == [(b"{}", None), (b"", "unpublish")]
