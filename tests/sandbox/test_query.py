"""Queries: filters, order, pages and totals over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.sandbox import Sandbox, query
from passerelle.sandbox.field_tree import Leaf, Tree
from passerelle.sandbox.problems import Problem, duplicate_field
from passerelle.sandbox.store import Collection, Doc
from tests.sandbox.shopfront import DEPOT, Shopfront, product, reference, variant


def nothing_unique() -> Collection:
    """A collection in which documents share whatever they like."""
    return Collection(lambda _: (), lambda _: (), lambda field, _: Problem(400, "DuplicateField", field))


@pytest.fixture(scope="module")
def many(sandbox: Sandbox) -> Iterator[Shopfront]:
    """A project with 60 stock entries of 30 SKUs, half of them in the warehouse."""
    front = Shopfront(sandbox, "many")
    front.create("channels", DEPOT)
    for n in range(60):
        draft = {"key": f"entry-{n:02}", "sku": f"S{n % 30}", "quantityOnStock": n}
        if n < 30:
            draft["supplyChannel"] = reference("channel", "depot-001")
        front.create("inventory", draft)
    yield front
    front.close()


def test_page_of_a_query(many: Shopfront) -> None:
    """A page says its limit, offset, count and total; 20 is the default."""
    page = many.get("inventory")
    assert (page["limit"], page["offset"], page["count"], page["total"]) == (20, 0, 20, 60)
    assert len(page["results"]) == 20
    page = many.get("inventory", limit=0)
    assert (page["count"], page["total"], page["results"]) == (0, 60, [])
    page = many.get("inventory", offset=55, limit=500, withTotal="false")
    assert page["count"] == 5
    assert "total" not in page


def test_walking_by_id_sees_everything_once(many: Shopfront) -> None:
    """`sort=id asc` with `id > last` walks through all, each once, in order."""
    seen: list[str] = []
    while True:
        where = {"where": f'id > "{seen[-1]}"'} if seen else {}
        page = many.results("inventory", sort="id asc", limit=7, withTotal="false", **where)
        if not page:
            break
        seen += [doc["id"] for doc in page]
    assert seen == sorted(seen)
    assert len(set(seen)) == 60


def test_walking_with_a_condition(many: Shopfront) -> None:
    """The id cursor goes together with other conditions, and totals count the rest."""
    first = many.get("inventory", sort="id asc", limit=10, where="quantityOnStock >= 30")
    assert first["total"] == 30
    last = first["results"][-1]["id"]
    rest = many.get("inventory", sort="id asc", limit=500, where=["quantityOnStock >= 30", f'id > "{last}"'])
    assert rest["total"] == 20
    assert not {doc["id"] for doc in first["results"]} & {doc["id"] for doc in rest["results"]}


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ('sku = "S7"', {"entry-07", "entry-37"}),
        ('sku in ("S7", "S8", "nothing")', {"entry-07", "entry-37", "entry-08", "entry-38"}),
        ('sku = "S7" and supplyChannel is not defined', {"entry-37"}),
        ('sku = "S7" and supplyChannel(typeId = "channel")', {"entry-07"}),
        ('key = "entry-03" or key = "entry-04"', {"entry-03", "entry-04"}),
        ("quantityOnStock > 57", {"entry-58", "entry-59"}),
        ('quantityOnStock > 57 and not (key = "entry-59")', {"entry-58"}),
        ('key = "entry-59" and quantityOnStock < 3', set()),
        ("quantityOnStock in (1, 2)", {"entry-01", "entry-02"}),
    ],
)
def test_filters(many: Shopfront, where: str, keys: set[str]) -> None:
    """Predicates find the same with an index and without."""
    assert many.keys("inventory", where) == keys


def test_variables(many: Shopfront) -> None:
    """`:name` stands for the parameter `var.name`, several of them for a list."""
    found = many.keys(
        "inventory", "sku in :skus and quantityOnStock < :most", **{"var.skus": ["S1", "S2"], "var.most": 20}
    )
    assert found == {"entry-01", "entry-02"}


def test_several_predicates_are_all_meant(many: Shopfront) -> None:
    """`where` given several times is a conjunction."""
    found = many.results("inventory", where=['sku = "S7"', "quantityOnStock > 20"])
    assert [doc["key"] for doc in found] == ["entry-37"]


def test_sorting(many: Shopfront) -> None:
    """Several sort keys, each in its direction; numbers by value."""
    page = many.results("inventory", sort=["sku desc", "quantityOnStock asc"], limit=4)
    assert [doc["key"] for doc in page] == ["entry-09", "entry-39", "entry-08", "entry-38"]
    page = many.results("inventory", sort="quantityOnStock desc", limit=2)
    assert [doc["quantityOnStock"] for doc in page] == [59, 58]
    page = many.results("inventory", sort="quantityOnStock", limit=3, offset=9)
    assert [doc["quantityOnStock"] for doc in page] == [9, 10, 11]


@pytest.mark.parametrize("where", ["colour = 1", "sku =", "sku = 5", 'id > "a" or', "sku = :nothing"])
def test_bad_predicates_are_400(many: Shopfront, where: str) -> None:
    """A predicate that is malformed or names what does not exist is InvalidInput."""
    error = many.refused("GET", "inventory", code="InvalidInput", where=where)
    assert error["message"].startswith("Malformed parameter: where")


def test_deep_fields_of_products(catalogue: Shopfront) -> None:
    """Products are found by what lies deep in them: SKUs on either side, localized slugs, attributes."""
    catalogue.create("products", product("style-1", variant("A", colour="012"), variant("B"), publish=True))
    catalogue.create("products", product("style-2", variant("C", weight=3)))
    for where in (
        'masterData(current(masterVariant(sku="A")))',
        'masterData(staged(variants(sku in ("B"))))',
        'masterData(current(slug(fr-FR="style-1")))',
        'masterData(staged(masterVariant(attributes(name="colour" and value(key="012")))))',
        "masterData(published = true)",
        'productType(id is defined) and masterData(current(name(`fr-FR`="Modèle style-1")))',
    ):
        assert catalogue.keys("products", where) == {"style-1"}, where
    where = 'masterVariant(sku in ("A","B","C")) or variants(sku in ("A","B","C"))'
    assert catalogue.keys("product-projections", where) == {"style-1"}
    assert catalogue.keys("product-projections", where, staged="true") == {"style-1", "style-2"}
    assert catalogue.keys("product-projections", 'variants(sku="B")') == {"style-1"}


def test_total_stops_at_the_highest_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a predicate the total says at most as many as can be paged through."""
    monkeypatch.setattr(query, "MAX_OFFSET", 5)
    collection = nothing_unique()
    for n in range(9):
        collection.add({"id": str(n), "count": n})
    tree = {"id": Leaf.TEXT, "count": Leaf.NUMBER}

    def total(parameters: query.Parameters) -> object:
        return query.Query.of(parameters, tree).answer(collection, {})["total"]

    assert total({"where": ["count >= 0"]}) == 5
    assert total({}) == 9


def test_ids_stay_ordered() -> None:
    """Ids are in order whatever was added and removed between two looks."""
    collection = nothing_unique()
    docs: list[Doc] = [{"id": f"{n * 37 % 101:03}"} for n in range(101)]
    for n, doc in enumerate(docs):
        collection.add(doc)
        if n % 10 == 3:
            collection.remove(docs[n - 2])
        if n % 7 == 0:
            assert list(collection.ids_after(None)) == sorted(collection.docs)
    assert list(collection.ids_after("050")) == [known for known in sorted(collection.docs) if known > "050"]


MOMENTS = [f"2026-11-22T10:00:{second:02d}.000Z" for second in range(6)]


@given(
    moments=st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=30),
    low=st.sampled_from(MOMENTS),
    high=st.sampled_from(MOMENTS),
    kind=st.sampled_from(["", ' and kind = "a"', ' or kind = "a"']),
    limit=st.integers(1, 40),
    total=st.sampled_from(["true", "false"]),
)
def test_read_on_by_time_is_a_plain_search(
    moments: list[str], low: str, high: str, kind: str, limit: int, total: str
) -> None:
    """Results by time are those that a look at every document finds, whatever an index names."""
    found = Collection(lambda _doc: (), lambda doc: (("kind", doc["kind"]),), duplicate_field)
    docs = [
        {"id": f"{place:03d}", "createdAt": at, "kind": "ab"[place % 2]} for place, at in enumerate(moments)
    ]
    for place, doc in enumerate(docs):
        found.add(doc)
        if place == 0:
            assert found.timeline("createdAt").ids(range(1)) == ["000"]
    where = f'(createdAt >= "{low}" and createdAt < "{high}"{kind})'
    asked: dict[str, list[str]] = {
        "where": [where],
        "sort": ["createdAt asc", "id asc"],
        "limit": [str(limit)],
        "withTotal": [total],
    }
    tree: Tree = {"id": Leaf.TEXT, "createdAt": Leaf.TIME, "kind": Leaf.TEXT}
    answer = query.Query.of(asked, tree).answer(found, {("kind",): "kind"})
    timely = {doc["id"] for doc in docs if low <= doc["createdAt"] < high}
    alike = {doc["id"] for doc in docs if doc["kind"] == "a"}
    wanted = timely if not kind else timely & alike if "and" in kind else timely | alike
    expected = sorted(
        (doc for doc in docs if doc["id"] in wanted), key=lambda doc: (doc["createdAt"], doc["id"])
    )
    assert answer["results"] == expected[:limit]
    assert answer.get("total", len(expected)) == len(expected)


def test_a_timeline_follows_its_documents() -> None:
    """What changes or goes does so on the timeline too."""
    found = Collection(lambda _doc: (), lambda _doc: (), duplicate_field)
    docs = [{"id": str(place), "lastModifiedAt": MOMENTS[place]} for place in range(4)]
    for doc in docs:
        found.add(doc)
    timeline = found.timeline("lastModifiedAt")
    moved = {**docs[0], "lastModifiedAt": MOMENTS[5]}
    found.replace(docs[0], moved)
    found.remove(docs[2])
    assert timeline.ids(timeline.between(None, None)) == ["1", "3", "0"]
    assert timeline.ids(timeline.between(MOMENTS[2], MOMENTS[4])) == ["3"]
