"""Records as single facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from passerelle.records import Category, Money, Price, Product, StockLevel, Variant
from passerelle.sync.overlay import GONE, HERE, built, facts

texts = st.dictionaries(st.sampled_from(["fr-FR", "fr-BE", "nl-BE"]), st.text(max_size=3), min_size=1)
values = st.one_of(st.none(), st.text(min_size=1, max_size=3), st.integers(), st.booleans())
attributes = st.dictionaries(st.sampled_from(["colour", "size", "weight"]), values, min_size=1)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The field is said, or left out."""
    return st.one_of(st.just(...), strategy)


def made(kind: Any, **fields: Any) -> Any:
    """A record of what is said."""
    return kind(**{name: value for name, value in fields.items() if value is not ...})


variants = st.lists(
    st.builds(
        made,
        st.just(Variant),
        sku=st.sampled_from(["A", "B", "C"]),
        key=maybe(st.sampled_from(["k1", "k2"])),
        attributes=maybe(attributes),
        images=maybe(st.lists(st.sampled_from(["u1", "u2"])).map(tuple)),
    ),
    min_size=1,
    unique_by=lambda variant: variant.sku,
).map(tuple)
products = st.builds(
    made,
    st.just(Product),
    key=st.just("p"),
    name=maybe(texts),
    description=maybe(st.one_of(st.none(), texts)),
    categories=maybe(st.lists(st.sampled_from(["c1", "c2"])).map(tuple)),
    search_keywords=maybe(st.dictionaries(st.just("fr-FR"), st.just(("a", "b")), min_size=1)),
    category_order_hints=maybe(st.dictionaries(st.just("c1"), st.sampled_from(["0.5", None]), min_size=1)),
    variants=maybe(variants),
)
stock = st.builds(
    made,
    st.just(StockLevel),
    sku=st.just("A"),
    supply_channel=st.sampled_from([None, "depot"]),
    quantity=st.integers(-3, 3),
    restockable_in_days=maybe(st.one_of(st.none(), st.integers(0, 3))),
    custom=maybe(attributes),
)


@given(record=st.one_of(products, stock))
def test_a_record_is_the_sum_of_its_facts(record: Any) -> None:
    """Taken apart and built again it is the same, built on itself or on one that says less."""
    assert built(record, facts(record)) == record
    if isinstance(record, Product):
        assert built(Product(key=record.key), facts(record)) == record


@given(record=products, left_out=st.sets(st.integers(0, 30)))
def test_facts_that_are_left_out_are_not_said(record: Product, left_out: set[int]) -> None:
    """What is built says the facts that were given, and no other."""
    all_facts = list(facts(record).items())
    kept = dict(fact for place, fact in enumerate(all_facts) if place not in left_out)
    # Whoever says something of a variant names it.
    named = {path[:2]: HERE for path in kept if path[0] == "variants"}
    assert facts(built(record, {**named, **kept})) == {**named, **kept}


def test_facts_are_named_as_people_would() -> None:
    """A locale, an attribute of a variant, a list as a whole, an amount; no key, no scope."""
    record = Product(
        key="p",
        name={"fr-FR": "Robe", "nl-BE": ""},
        tax_category=None,
        variants=(Variant(sku="A", attributes={"colour": "red", "size": None}, images=("u",)),),
    )
    assert facts(record) == {
        ("name", "fr-FR"): "Robe",
        ("name", "nl-BE"): GONE,
        ("tax_category",): GONE,
        ("variants", "A"): HERE,
        ("variants", "A", "attributes", "colour"): "red",
        ("variants", "A", "attributes", "size"): GONE,
        ("variants", "A", "images"): ("u",),
    }
    start = datetime(2026, 1, 1, tzinfo=UTC)
    price = Price(sku="A", value=Money(100, "EUR"), country="FR", valid_from=start)
    assert facts(price) == {("value",): Money(100, "EUR"), ("valid_until",): GONE}


def test_what_no_record_can_be_without_stays() -> None:
    """A stock level without a fact about its quantity has the quantity of the one it is built on."""
    level = StockLevel(sku="A", quantity=5, restockable_in_days=2)
    assert built(level, {("restockable_in_days",): GONE}) == StockLevel(
        sku="A", quantity=5, restockable_in_days=None
    )
    assert built(Category(key="c", name={"fr": "x"}), {}) == Category(key="c")
