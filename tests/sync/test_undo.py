"""A run taken back: what it did is undone, what happened since is left alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.errors import ConfigError, Position
from passerelle.ledger import PlanItem
from passerelle.records import Category, Product, StockLevel
from passerelle.sync import (
    Change,
    FieldChange,
    Job,
    Live,
    RunReport,
    Seen,
    apply_plan,
    apply_stored,
    decide,
    encode_record,
    plan_undo,
    remove,
    store_plan,
    strong_fingerprint,
)
from passerelle.sync.candidates import Candidate
from passerelle.sync.comparing import Comparer
from passerelle.sync.learning import carried
from passerelle.testing import Crash, Flaky, Shelf, Trouble

from .desk import Desk, level, open_ledger, stock_shelf

Body = dict[str, Any]


class ProductShelf(Shelf[Product]):
    """A shop that merges as shops do: a locale, an attribute, a variant that is not named stays."""

    def __init__(self) -> None:
        super().__init__(Product, key=lambda record: record.key, entity="product")

    def put(self, record: Product) -> None:
        """Somebody else writes what the record says."""
        kept = self._kept.get(record.key)
        if kept is None:
            super().put(Product(key=record.key))
            kept = self._kept[record.key]
        else:
            kept.version += 1
        kept.body = merged(kept.body, said(record))

    def plan(self, record: Product, live: Live | None) -> Change | None:
        """Compare with what merging would give."""
        body = merged({} if live is None else live.body, said(record))
        if live is None:
            fields = tuple(FieldChange(name, None, value) for name, value in body.items())
            return Change(key=record.key, kind="create", fields=fields, body={**body, "parents": []})
        names = [name for name in {**live.body, **body} if live.body.get(name) != body.get(name)]
        if not names:
            return None
        return Change(
            key=record.key,
            kind="update",
            fields=tuple(FieldChange(name, live.body.get(name), body.get(name)) for name in names),
            target_id=live.id,
            version=live.version,
            actions=tuple({"action": "set", "field": name, "value": body.get(name)} for name in names),
        )

    def record_of(self, live: Live) -> Product:
        """Every field it holds; what was removed is none of them."""
        return msgspec.convert({k: v for k, v in live.body.items() if v is not None}, Product)


def said(record: msgspec.Struct) -> Body:
    """A record as JSON says it."""
    body: Body = msgspec.json.decode(msgspec.json.encode(record))
    return body


def merged(held: Body, wanted: Body) -> Body:
    """What a shop holds after somebody said something."""
    body = copy.deepcopy(held)
    for name, value in wanted.items():
        if name == "variants":
            there = {one["sku"]: one for one in body.get(name, [])}
            if wanted.get("variants_complete"):
                there = {one["sku"]: there.get(one["sku"], {"sku": one["sku"]}) for one in value}
            for one in value:
                there[one["sku"]] = merged(there.get(one["sku"], {}), one)
            body[name] = [there[sku] for sku in sorted(there)]
        elif name == "variants_complete":
            continue
        elif isinstance(value, dict):
            both = {**(body.get(name) or {}), **value}
            body[name] = {
                key: leaf for key, leaf in both.items() if leaf is not None and leaf not in ("", [])
            }
        elif value is None:
            body.pop(name, None)
        else:
            body[name] = value
    return {name: value for name, value in body.items() if value not in ({}, []) and value is not None}


def shop(desk: Desk) -> dict[str, Body]:
    """What the shop holds; a value that was removed and one that never was are the same."""
    return {key: merged({}, body) for key, body in desk.shelf.contents().items()}


async def write(desk: Desk, *records: msgspec.Struct, base: int = 0, job: Job[Any] | None = None) -> Job[Any]:
    """Carry records as a run does, without files; gives the job of the run."""
    if job is None:
        run = desk.ledger.runs.start(desk.mapping.feed, mode="auto")
        job = Job(
            feed=desk.mapping.feed, run_id=run.id, system="shelf", mapping=desk.mapping,
            sink=desk.shelf, ledger=desk.ledger,
        )  # fmt: skip
    report = RunReport(feed=job.feed, entity=job.sink.entity, run_id=job.run_id)
    candidates = {}
    for seq, record in enumerate(records, 1):
        encoded = encode_record(record)
        key = desk.shelf.key(record)
        strong = strong_fingerprint(encoded)
        candidates[key] = Candidate(seq, Position("f"), key, b"raw" + encoded, strong, encoded, record)
    comparer: Comparer[Any] = Comparer(job, report, Seen(full=False, known=0), base=base)
    desk.ledger.plans.drop(job.run_id)
    await comparer.plan(candidates)
    await apply_plan(job, report, file="f", total=comparer.spooled, base=base)
    desk.ledger.plans.drop(job.run_id)
    return job


async def undone(
    desk: Desk, job: Job[Any], *, sink: Any = None, **options: Any
) -> tuple[RunReport, RunReport]:
    """Take a run back: plan, approve, apply. Gives both reports."""
    run = desk.ledger.runs.start(job.feed, mode="undo")
    desk.job = replace(job, run_id=run.id, dry_run=True)
    planned = RunReport(feed=job.feed, entity=job.sink.entity, run_id=run.id)
    await plan_undo(desk.job, planned, job.run_id, **options)
    plan = store_plan(desk.job, planned, origin="undo", facts={"undoes": job.run_id})
    plan = decide(desk.ledger, plan, approve=True, by="ann")
    try:
        return planned, await carried_out(desk, plan.id, sink=sink)
    except Crash:
        return planned, await carried_out(desk, plan.id)


async def carried_out(desk: Desk, plan_id: int, *, sink: Any = None) -> RunReport:
    """Apply an approved plan under a run of its own."""
    plan = desk.ledger.decisions.get(plan_id)
    assert plan is not None
    run = desk.ledger.runs.start(plan.feed, mode="apply")
    desk.job = replace(desk.job, run_id=run.id, dry_run=False, sink=sink or desk.shelf)
    report = RunReport(feed=plan.feed, entity=desk.shelf.entity, run_id=run.id)
    await apply_stored(desk.job, report, plan)
    return report


def left(report: RunReport) -> list[str]:
    """The first of what was left alone."""
    return [row.example for row in report.rejects if row.code == "changed_since"]


@pytest.fixture
def products(desk: Desk) -> Desk:
    """A shop of products; the feed is called stock, which is nobody's business here."""
    desk.shelf = ProductShelf()
    return desk


# Stock ---------------------------------------------------------------------------------------------------


async def test_a_run_is_taken_back(desk: Desk) -> None:
    """What it changed is as it was, what it made is gone; it can be taken back once."""
    desk.shelf.put(level("A", 5))
    before = shop(desk)
    job = await write(desk, level("A", 7), level("B", 1))
    planned, report = await undone(desk, job)
    assert (planned.planned, report.updated, report.removed) == (2, 1, 1)
    assert shop(desk) == before
    planned, _ = await undone(desk, job)
    assert planned.planned == 0
    assert shop(desk) == before


async def test_an_undo_can_be_taken_back(desk: Desk) -> None:
    """It is a run like any other: the shop is as the first run left it."""
    desk.shelf.put(level("A", 5))
    job = await write(desk, level("A", 7), level("B", 1))
    after = shop(desk)
    await undone(desk, job)
    await undone(desk, desk.job)
    assert shop(desk) == after


async def test_the_next_file_writes_it_again(desk: Desk) -> None:
    """What was undone is not known as taken any more: only a mended source keeps it undone."""
    await write(desk, level("A", 5))
    job = await write(desk, level("A", 7), level("B", 1))
    await undone(desk, job)
    known = desk.ledger.fingerprints.lookup("stock", ["A/depot-001", "B/depot-001"])
    assert list(known) == ["A/depot-001"]
    assert (known["A/depot-001"].raw, known["A/depot-001"].strong) == (b"", None)
    wanted = desk.ledger.wanted.get("stock", ["A/depot-001", "B/depot-001"])
    assert b'"quantity":5' in wanted["A/depot-001"].record
    assert wanted["B/depot-001"].removed == "delete"
    assert desk.ledger.bindings.get("shelf", "stock", ["B/depot-001"]) == {}
    await write(desk, level("A", 7), level("B", 1))
    assert {key: body["quantity"] for key, body in shop(desk).items()} == {"A/depot-001": 7, "B/depot-001": 1}


async def test_what_changed_since_is_left_alone_and_named(desk: Desk) -> None:
    """Orders took pieces, a person touched what the run made: theirs stays."""
    for sku in "AB":
        desk.shelf.put(level(sku, 5))
    job = await write(desk, level("A", 7), level("B", 8), level("C", 1))
    desk.shelf.put(level("A", 6))
    desk.shelf.put(StockLevel(sku="C", quantity=1, supply_channel="depot-001", restockable_in_days=3))
    planned, _ = await undone(desk, job)
    assert (planned.planned, planned.moved) == (1, 2)
    assert left(planned) == ["A/depot-001: quantity changed since"]
    assert {key[0]: body["quantity"] for key, body in shop(desk).items()} == {"A": 6, "B": 5, "C": 1}


async def test_a_later_run_is_not_undone_with_an_earlier(desk: Desk) -> None:
    """Our own later word counts as much as anybody's."""
    desk.shelf.put(level("A", 5))
    job = await write(desk, level("A", 7))
    await write(desk, level("A", 9))
    planned, _ = await undone(desk, job)
    assert (planned.planned, shop(desk)["A/depot-001"]["quantity"]) == (0, 9)


async def test_what_a_run_took_away_is_back(desk: Desk) -> None:
    """Deleted records are created as they were, unless somebody did that already."""
    for sku, days in (("A", 3), ("B", 4)):
        await write(desk, replace_days(sku, days))
    before = shop(desk)
    run = desk.ledger.runs.start("stock", mode="auto")
    job = replace(await write(desk), run_id=run.id)
    report = RunReport(feed="stock", entity="stock", run_id=run.id)
    await remove(job, report, ["A/depot-001", "B/depot-001"], "delete", file="removals")
    desk.shelf.put(level("B", 1))
    planned, applied = await undone(desk, job)
    assert (planned.planned, planned.moved, applied.created) == (1, 1, 1)
    assert shop(desk) == before | {"B/depot-001": said(level("B", 1))}
    wanted = desk.ledger.wanted.get("stock", ["A/depot-001"])["A/depot-001"]
    assert (wanted.removed, b'"restockable_in_days":3' in wanted.record) == (None, True)
    assert desk.ledger.bindings.get("shelf", "stock", ["A/depot-001"])["A/depot-001"].target_id == "id-4"


def replace_days(sku: str, days: int) -> StockLevel:
    """A stock level with its days until restock."""
    return msgspec.structs.replace(level(sku, 5), restockable_in_days=days)


async def test_a_run_of_several_files_is_taken_back_to_its_beginning(desk: Desk) -> None:
    """Each file changed the record: what was before the first is given back."""
    desk.shelf.put(level("A", 5))
    before = shop(desk)
    job = await write(desk, level("A", 6), level("B", 1))
    await write(desk, level("A", 7), level("B", 2), base=2, job=job)
    planned, _ = await undone(desk, job)
    assert (planned.planned, shop(desk)) == (2, before)


async def test_a_target_that_cannot_be_read_back_is_refused(desk: Desk) -> None:
    """Said at once and with what to do; nothing is planned."""

    class Mute(Shelf[StockLevel]):
        record_of = None  # type: ignore[assignment]  # a sink without this door

    desk.shelf = Mute(StockLevel, key=lambda record: record.sku, entity="stock")
    job = await write(desk, level("A", 1))
    del Mute.record_of
    muted = Flaky(desk.shelf, Trouble.LOST)
    job = replace(job, sink=muted)
    with pytest.raises(ConfigError, match="a run cannot be undone"):
        await plan_undo(job, RunReport(feed="stock", entity="stock", run_id="r"), job.run_id)


# Products ------------------------------------------------------------------------------------------------


async def test_only_what_the_run_changed_is_given_back(products: Desk) -> None:
    """A locale or an attribute that others wrote before or since is none of the undo's business."""
    products.shelf.put(product({"fr": "Lampe", "de": "Lampe"}, A={"colour": "red", "size": "S"}))
    before = shop(products)
    job = await write(products, product({"fr": "Lampadaire", "en": "Lamp"}, A={"colour": "blue"}))
    products.shelf.put(product({"de": "Leuchte"}, A={"size": "M"}))
    planned, _ = await undone(products, job)
    expected = merged(before["p"], said(product({"de": "Leuchte"}, A={"size": "M"})))
    assert (shop(products)["p"], left(planned)) == (expected, [])


def test_what_was_left_to_others_is_none_of_the_run() -> None:
    """A field that the run did not carry is not given back, and not told as changed since."""
    record = product({"fr": "y", "en": "theirs"}, A={"colour": "red"})
    change = Change(key="p", kind="update", fields=(), kept=(("name", "en"),))
    item = PlanItem(1, "p", b"", None, "update", encode_record(record), msgspec.json.encode(change))
    told = msgspec.json.decode(carried(item, Product), type=Product)
    assert told.name == {"fr": "y"}
    free = item._replace(change=msgspec.json.encode(msgspec.structs.replace(change, kept=())))
    assert carried(free, Product) == item.record


async def test_a_variant_that_the_run_added_goes(products: Desk) -> None:
    """Unless somebody wrote something else into it; and one that it took away comes back."""
    products.shelf.put(product({"fr": "x"}, A={"colour": "red"}, B={"colour": "blue"}))
    before = shop(products)
    complete = msgspec.structs.replace(
        product({"fr": "x"}, A={"colour": "red"}, C={"colour": "green"}, D={"colour": "grey"}),
        variants_complete=True,
    )
    job = await write(products, complete)
    products.shelf.put(product({}, D={"colour": "gold"}))
    planned, _ = await undone(products, job)
    expected = merged(before["p"], said(product({}, D={"colour": "gold"})))
    assert shop(products)["p"] == expected
    assert left(planned) == ["p: variants[D].attributes.colour changed since"]


async def test_a_published_product_is_unpublished(products: Desk) -> None:
    """It may be in carts and orders: it is deleted only when that is asked for."""
    job = await write(products, Product(key="p", published=True), Product(key="q", published=False))
    await undone(products, job)
    assert shop(products) == {"p": {"key": "p", "published": False}}
    again = await write(products, Product(key="r", published=True))
    await undone(products, again, published="delete")
    assert list(shop(products)) == ["p"]


async def test_what_was_unpublished_is_published_again(products: Desk) -> None:
    """A run took it off the shop; a policy leaves no record, only its tombstone."""
    await write(products, Product(key="p", published=True), Product(key="q", published=True))
    run = products.ledger.runs.start("stock", mode="auto")
    job = replace(await write(products), run_id=run.id)
    report = RunReport(feed="stock", entity="product", run_id=run.id)
    await remove(job, report, ["p", "q"], "unpublish", file="removals")
    assert {body["published"] for body in shop(products).values()} == {False}
    await undone(products, job)
    assert {body["published"] for body in shop(products).values()} == {True}


# Trees ---------------------------------------------------------------------------------------------------


async def test_a_tree_is_taken_down_from_its_leaves_and_built_from_its_roots(tree_desk: Desk) -> None:
    """Children go before their parents; what comes back comes the other way round."""
    tree_desk.shelf = Strict()
    records = [Category(key=key, parent=parent) for key, parent in (("c", "b"), ("a", None), ("b", "a"))]
    job = await write(tree_desk, *records)
    after = shop(tree_desk)
    await undone(tree_desk, job)
    assert shop(tree_desk) == {}
    assert tree_desk.shelf.log[-3:] == ["c", "b", "a"]
    await undone(tree_desk, tree_desk.job)
    assert (shop(tree_desk), tree_desk.shelf.log[-3:]) == (after, ["a", "b", "c"])


class Strict(Shelf[Category]):
    """Categories."""

    def __init__(self) -> None:
        super().__init__(
            Category,
            key=lambda record: record.key,
            parents=lambda record: (record.parent,) if isinstance(record.parent, str) else (),
            entity="category",
        )


# Any run -------------------------------------------------------------------------------------------------

_texts = st.dictionaries(st.sampled_from(["fr", "en"]), st.sampled_from(["", "a", "b"]))
_attributes = st.dictionaries(st.sampled_from(["colour", "size"]), st.sampled_from([None, "r", "b"]))
_variants = st.dictionaries(st.sampled_from("AB"), _attributes, min_size=1)
_complete = st.booleans()


def product(name: Mapping[str, str], **variants: Mapping[str, Any]) -> Product:
    """A product that says this and nothing else."""
    body: Body = {"key": "p", "variants": [{"sku": k, "attributes": dict(v)} for k, v in variants.items()]}
    return msgspec.convert(body | ({"name": dict(name)} if name else {}), Product)


@st.composite
def _products(draw: st.DrawFn, *, whole: bool = False) -> Product:
    made = product(draw(_texts), **draw(_variants))
    if draw(st.booleans()):
        made = msgspec.structs.replace(made, categories=tuple(draw(st.sets(st.sampled_from("xy")))))
    return made if whole else msgspec.structs.replace(made, variants_complete=draw(_complete))


def leaves(body: Body) -> dict[tuple[str, ...], Any]:
    """A product as its single values; an empty one and none are the same."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in body.items():
        if name == "variants":
            for one in value:
                found[name, one["sku"]] = True
                found.update({(name, one["sku"], *path): leaf for path, leaf in leaves(one).items()})
        elif isinstance(value, dict):
            found.update({(name, key): leaf for key, leaf in value.items()})
        elif value:
            found[name,] = value
    return found


@given(
    before=_products(whole=True),
    wrote=_products(),
    since=st.one_of(st.none(), _products()),
    crash=st.integers(1, 3),
)
@settings(max_examples=150)
async def test_a_run_then_its_undo_gives_what_was_before(
    tmp_path_factory: pytest.TempPathFactory,
    before: Product,
    wrote: Product,
    since: Product | None,
    crash: int,
) -> None:
    """Of any product, value by value: what the run changed is back, what others changed since is theirs."""
    with open_ledger(tmp_path_factory.mktemp("undo") / "ledger.db") as ledger:
        desk = Desk(ledger, shelf=ProductShelf())
        desk.shelf.put(before)
        was = leaves(shop(desk)["p"])
        job = await write(desk, wrote)
        ran = leaves(shop(desk)["p"])
        if since is not None:
            desk.shelf.put(since)
        found = leaves(shop(desk)["p"])
        await undone(desk, job, sink=Flaky(desk.shelf, Trouble.CRASH_AFTER, at={crash}))
        now = leaves(shop(desk)["p"])
    for path in {*was, *ran, *found, *now}:
        theirs = found.get(path) != ran.get(path)
        ours = ran.get(path) != was.get(path)
        if ours and not theirs and not _with_a_variant(path, was, ran, found):
            assert now.get(path) == was.get(path), path
        elif not ours:
            # What the run did not change stays as whoever came last wrote it.
            assert now.get(path) == found.get(path) or _with_a_variant(path, was, ran, found), path
    if since is None:
        assert now == was


def _with_a_variant(path: tuple[str, ...], *states: dict[tuple[str, ...], Any]) -> bool:
    """Whether the value belongs to a variant that came or went: it stays or goes as a whole."""
    return path[0] == "variants" and len({state.get(path[:2]) for state in states}) > 1


@given(
    before=st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 3)),
    runs=st.lists(st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 3)), min_size=1, max_size=3),
    since=st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 3)),
)
@settings(max_examples=60)
async def test_what_others_wrote_since_a_run_stays(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[str, int],
    runs: list[dict[str, int]],
    since: dict[str, int],
) -> None:
    """Of any stock, any files in one run and any edits since: theirs stays, the rest is as it was."""
    with open_ledger(tmp_path_factory.mktemp("undo") / "ledger.db") as ledger:
        desk = Desk(ledger, shelf=stock_shelf())
        _put(desk, before)
        job: Job[Any] | None = None
        for place, levels in enumerate(runs):
            records = [level(sku, quantity) for sku, quantity in levels.items()]
            job = await write(desk, *records, base=10 * place, job=job)
        assert job is not None
        ran = _quantities(desk)
        _put(desk, since)
        found = _quantities(desk)
        await undone(desk, job)
        now = _quantities(desk)
    for sku in "ABCD":
        untouched = found.get(sku) == ran.get(sku) if sku in before else sku not in since
        assert now.get(sku) == (before.get(sku) if untouched else found.get(sku)), sku


def _put(desk: Desk, levels: Mapping[str, int]) -> None:
    for sku, quantity in levels.items():
        desk.shelf.put(level(sku, quantity))


def _quantities(desk: Desk) -> dict[str, int]:
    return {key[0]: body["quantity"] for key, body in shop(desk).items()}
