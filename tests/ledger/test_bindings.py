from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger

shared = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
keys = st.sampled_from([f"style-{number}" for number in range(8)])
rows = st.lists(
    st.tuples(keys, st.sampled_from(["id-1", "id-2", "id-3"]), st.integers(1, 2**40)), max_size=10
)


class TestBindings:
    @shared
    @given(puts=st.lists(st.one_of(rows, st.lists(keys, max_size=3)), max_size=8))
    def test_the_last_binding_of_a_key_holds(
        self, ledger: Ledger, fresh: Callable[[str], str], puts: list[list[tuple[str, str, int]] | list[str]]
    ) -> None:
        """Any mix of binding and unbinding is what a dictionary holds; `since` moves with the id only."""
        entity = fresh("product")
        model: dict[str, tuple[str, int]] = {}
        since: dict[str, object] = {}
        for put in puts:
            bound = [row for row in put if isinstance(row, tuple)]
            unbound = [key for key in put if isinstance(key, str)]
            before = dict(model)
            ledger.bindings.put("shop", entity, bound)
            model.update({key: (target_id, version) for key, target_id, version in bound})
            assert ledger.bindings.forget("shop", entity, unbound) == len(set(unbound) & set(model))
            for key in unbound:
                model.pop(key, None)
            found = ledger.bindings.get("shop", entity, [*model, "style-unknown"])
            assert {key: (one.target_id, one.version) for key, one in found.items()} == model
            for key, one in found.items():
                if key in before and before[key][0] == one.target_id:
                    assert one.since == since[key]
            since = {key: one.since for key, one in found.items()}
        ids = {target_id for target_id, _ in model.values()}
        expected = {
            target_id: sorted(key for key, bound in model.items() if bound[0] == target_id)
            for target_id in ids
        }
        assert ledger.bindings.keys_of("shop", entity, [*ids, "id-unknown"]) == expected

    def test_pages_give_each_binding_once_in_key_order(self, ledger: Ledger) -> None:
        """Whatever the size of a page; other kinds are not among them."""
        names = [f"style-{number}" for number in range(7)]
        ledger.bindings.put("shop", "paged", [(key, f"id-{key}", 1) for key in reversed(names)])
        ledger.bindings.put("shop", "other", [("style-9", "id-9", 1)])
        for size in (1, 3, 7, 8):
            pages = list(ledger.bindings.pages("shop", "paged", size))
            assert [key for page in pages for key in page] == names
            assert max(map(len, pages)) <= size
        assert next(ledger.bindings.pages("shop", "paged"))["style-3"].target_id == "id-style-3"
        assert list(ledger.bindings.pages("shop", "unknown")) == []

    def test_systems_and_entities_do_not_mix(self, ledger: Ledger) -> None:
        """The same key names other things elsewhere."""
        ledger.bindings.put("shop", "product", [("a", "id-1", 1)])
        ledger.bindings.put("shop", "category", [("a", "id-2", 1)])
        assert ledger.bindings.get("shop", "product", ["a"])["a"].target_id == "id-1"
        assert ledger.bindings.get("erp", "product", ["a"]) == {}

    def test_since_is_a_time_with_its_zone(self, ledger: Ledger) -> None:
        """Times are aware and in UTC, also where the database knows no zones."""
        ledger.bindings.put("shop", "product", [("a", "id-1", 1)])
        offset = ledger.bindings.get("shop", "product", ["a"])["a"].since.utcoffset()
        assert offset is not None
        assert not offset
