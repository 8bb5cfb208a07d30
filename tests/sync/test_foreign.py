"""What others change in the shop after we wrote it: told, set right or left to them, never fought."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UnsetType

from passerelle.records import Category, Product, StockLevel, Variant
from passerelle.sync import Applied, Change, Live
from passerelle.sync.foreign import field_name, foreign_facts
from passerelle.testing import Flaky, Shelf, Trouble

from .desk import Desk, counted, line, open_ledger, stock_key
from .labels import edit, label, labels_desk, labels_shelf, names


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Make a desk whose feed has these lines."""
    ledger = open_ledger(tmp_path / "ledger.db")
    yield lambda more="", **options: labels_desk(ledger, tmp_path, more, **options)
    ledger.close()


def stories(desk: Desk) -> dict[tuple[str, str], tuple[str, int]]:
    """The ledger's rows: decision and times."""
    return {
        (one.key, one.field): (one.decision, one.times) for one in desk.ledger.foreign_edits.entries("labels")
    }


async def test_by_default_ours_wins_and_the_edit_is_told(make: Any) -> None:
    """With both values, in the report and in the ledger; fields that the file does not change are no news."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"}, order_hint="0.9")
    report = await desk.carry([label("a", "Robes", hint="0.1")])
    assert names(desk)["fr-FR"] == "Robes"
    assert (report.foreign, report.foreign_left, report.rejects) == (2, 0, [])
    told = {(row.field, row.ours, row.theirs, row.decision) for row in report.foreign_edits}
    assert told == {("name.fr-FR", "Robe", "Jupe", "overwrite"), ("order_hint", "0.1", "0.9", "overwrite")}
    assert stories(desk) == {("a", "name.fr-FR"): ("overwrite", 1), ("a", "order_hint"): ("overwrite", 1)}


async def test_what_is_kept_is_left_out_and_the_rest_is_written(make: Any) -> None:
    """Theirs stays however often the file comes with news; verification takes no offence."""
    desk: Desk = make("foreign_edits: keep")
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    for hint in ("0.2", "0.3"):
        report = await desk.carry([label("a", f"Robe {hint}", hint=hint)])
        assert (report.updated, report.mismatched, report.foreign_left) == (1, 0, 1)
        assert (names(desk)["fr-FR"], desk.shelf.contents()["a"]["order_hint"]) == ("Jupe", hint)
    assert stories(desk) == {("a", "name.fr-FR"): ("keep", 1)}
    edit(desk, "a", name={"fr-FR": "Jupon"})
    await desk.carry([label("a", "Robe", hint="0.4")])
    assert stories(desk) == {("a", "name.fr-FR"): ("keep", 2)}


async def test_a_record_of_which_all_is_left_needs_no_call(make: Any) -> None:
    """It counts as unchanged and is known, so the same file asks nothing."""
    desk: Desk = make("foreign_edits: keep")
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    versions = desk.shelf.versions()
    report = await desk.carry([label("a", "Robes")])
    assert (report.updated, report.unchanged, desk.shelf.versions()) == (0, 1, versions)
    reads = desk.shelf.reads
    assert (await desk.carry([label("a", "Robes")])).unchanged == 1
    assert desk.shelf.reads == reads


async def test_when_both_sides_agree_again_ours_is_in_charge_again(make: Any) -> None:
    """They take our value: the story is over, and the next news is written."""
    desk: Desk = make("foreign_edits: keep")
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    await desk.carry([label("a", "Robes")])
    edit(desk, "a", name={"fr-FR": "Robes"})
    await desk.carry([label("a", "Chemise")])
    assert (names(desk)["fr-FR"], stories(desk)) == ("Chemise", {})


async def test_report_leaves_it_and_asks_a_person(make: Any) -> None:
    """A reject with both values and what to do; the record itself is carried."""
    desk: Desk = make("foreign_edits: report")
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    report = await desk.carry([label("a", "Robes", hint="0.2")])
    [reject] = report.rejects
    assert (reject.code, names(desk)["fr-FR"]) == ("foreign_edit", "Jupe")
    assert "a, name.fr-FR: we wrote Robe, the shop shows Jupe" in reject.example
    assert (report.updated, report.quarantined) == (1, 0)


async def test_policies_hold_for_owners_and_fields(make: Any) -> None:
    """The field's own word, else its owner's, else the feed's."""
    desk: Desk = make(
        "foreign_edits: {policy: overwrite, owners: {pim: keep, erp: report}}",
        french=", foreign_edits: overwrite",
    )
    await desk.carry([label("a", "Robe", "Jurk")])
    edit(desk, "a", name={"fr-FR": "Jupe", "nl-BE": "Rok"}, order_hint="0.9")
    report = await desk.carry([label("a", "Robes", "Jurken", hint="0.2")])
    assert names(desk) == {"fr-FR": "Robes", "nl-BE": "Rok"}
    assert {(row.field, row.decision) for row in report.foreign_edits} == {
        ("name.fr-FR", "overwrite"),
        ("name.nl-BE", "keep"),
        ("order_hint", "overwrite"),
    }


async def test_a_field_is_not_fought_over(make: Any) -> None:
    """After three times it is left and told every time, until a person releases it; then ours wins again."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe 0")])
    for turn in range(1, 4):
        edit(desk, "a", name={"fr-FR": "Jupe"})
        await desk.carry([label("a", f"Robe {turn}")])
        assert names(desk)["fr-FR"] == f"Robe {turn}"
    for turn in (4, 5):
        edit(desk, "a", name={"fr-FR": "Jupe"})
        report = await desk.carry([label("a", f"Robe {turn}")])
        assert (names(desk)["fr-FR"], [row.code for row in report.rejects]) == ("Jupe", ["foreign_fight"])
    assert stories(desk) == {("a", "name.fr-FR"): ("fight", 3)}
    assert desk.ledger.foreign_edits.release("labels", key="a") == ["a"]
    report = await desk.carry([label("a", "Robe 6")])
    assert (names(desk)["fr-FR"], report.rejects) == ("Robe 6", [])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    await desk.carry([label("a", "Robe 7")])
    assert names(desk)["fr-FR"] == "Robe 7"


async def test_the_limit_is_the_feeds(make: Any) -> None:
    """One is a limit too."""
    desk: Desk = make("foreign_edits: {limit: 1}")
    await desk.carry([label("a", "Robe 0")])
    for turn in (1, 2):
        edit(desk, "a", name={"fr-FR": "Jupe"})
        await desk.carry([label("a", f"Robe {turn}")])
    assert names(desk)["fr-FR"] == "Jupe"


async def test_an_edit_that_says_what_we_say_now_is_none(make: Any) -> None:
    """Somebody was quicker than the file: nothing is written over, nothing is told."""
    desk: Desk = make("foreign_edits: report")
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    report = await desk.carry([label("a", "Jupe", hint="0.2")])
    assert (report.foreign, report.rejects, report.updated) == (0, [], 1)


async def test_a_dry_run_tells_and_leaves_no_trace(make: Any) -> None:
    """It shows what would be set right, and counts nothing."""
    desk: Desk = make()
    await desk.carry([label("a", "Robe")])
    edit(desk, "a", name={"fr-FR": "Jupe"})
    _, report = await desk.plan([label("a", "Robes")], dry_run=True)
    assert (report.foreign, [row.theirs for row in report.foreign_edits]) == (1, ["Jupe"])
    assert stories(desk) == {}


async def test_our_own_write_without_an_answer_is_no_foreign_edit(make: Any) -> None:
    """The run dies when the shop has our value and the ledger does not know: the file again, all is ours."""
    desk: Desk = make("foreign_edits: report")
    await desk.carry([label("a", "Robe")])
    with pytest.raises(RuntimeError):
        await desk.carry([label("a", "Robes")], sink=Flaky(desk.shelf, Trouble.CRASH_AFTER, at={1}))
    assert names(desk)["fr-FR"] == "Robes"
    report = await desk.carry([label("a", "Robes")])
    assert (report.foreign, report.rejects) == (0, [])
    assert (await desk.carry([label("a", "Chemise")])).foreign == 0


async def test_what_a_sibling_feed_wrote_is_no_foreign_edit(make: Any) -> None:
    """Two feeds of ours that fill one field disagree: the shop is not to blame."""
    desk: Desk = make("foreign_edits: keep")
    other: Desk = make("", feed="others")
    other.shelf = desk.shelf
    await desk.carry([label("a", "Robe")])
    await other.carry([label("a", "Jupe")], siblings=lambda: ["labels"])
    report = await desk.carry([label("a", "Robes")], siblings=lambda: ["others"])
    assert (report.foreign, names(desk)["fr-FR"]) == (0, "Robes")
    edit(desk, "a", name={"fr-FR": "Pull"})
    report = await desk.carry([label("a", "Chemise")], siblings=lambda: ["others"])
    assert (report.foreign, names(desk)["fr-FR"]) == (1, "Pull")


async def test_who_edits_between_plan_and_write_is_heard_too(make: Any) -> None:
    """The version moved: read again, and what is theirs is left to them."""
    desk: Desk = make("foreign_edits: keep")
    await desk.carry([label("a", "Robe")])

    class Busy(Shelf[Category]):
        moved = False

        async def apply(self, change: Change) -> Applied:
            if not self.moved:
                self.moved = True
                edit(desk, "a", name={"fr-FR": "Jupe"})
            return await super().apply(change)

    busy = Busy(Category, key=lambda record: record.key, entity="category")
    busy.__dict__ |= desk.shelf.__dict__
    desk.shelf = busy
    report = await desk.carry([label("a", "Robes", hint="0.2")])
    assert (report.updated, report.mismatched, report.foreign_left) == (1, 0, 1)
    assert (names(desk)["fr-FR"], desk.shelf.contents()["a"]["order_hint"]) == ("Jupe", "0.2")


async def test_stock_that_orders_take_is_no_edit(desk: Desk) -> None:
    """The shop moves quantities itself; the next file sets them, and nobody is told."""
    await desk.carry([line("A", 10)])
    desk.shelf.put(StockLevel(sku="A", quantity=8, supply_channel="depot-001"))
    report = await desk.carry([line("A", 9)])
    assert (report.foreign, desk.shelf.contents()["A/depot-001"]["quantity"]) == (0, 9)


def test_a_fact_has_the_name_that_mappings_give_it() -> None:
    """The key of a variant is no part of it."""
    assert field_name(("name", "fr-FR")) == "name.fr-FR"
    assert field_name(("variants", "A-1", "attributes", "colour")) == "variants.attributes.colour"
    assert field_name(("variants", "A-1")) == "variants"
    assert field_name(("quantity",)) == "quantity"


def test_a_needed_field_that_others_changed_is_told_alone() -> None:
    """A quantity cannot be left out of a record: the others are not taken for changed because of it."""
    shelf: Shelf[StockLevel] = Shelf(StockLevel, key=stock_key)
    wanted = StockLevel(sku="A", quantity=5, restockable_in_days=2, custom={"x": 1})
    live = Live("id", 1, {"sku": "A", "quantity": 7, "restockable_in_days": 2, "custom": {"x": 1}})
    [found] = foreign_facts(shelf, wanted, live)
    assert (found.fact, found.ours, found.theirs) == (("quantity",), 5, 7)


def test_a_variant_that_others_took_away_is_one_edit() -> None:
    """What stood in it is not told one by one."""

    class Styles(Shelf[Product]):
        def plan(self, record: Product, live: Live | None) -> Change | None:
            wanted = () if isinstance(record.variants, UnsetType) else record.variants
            lacking = [one.sku for one in wanted if one.sku not in live.body["skus"]] if live else []
            if not lacking:
                return None
            return Change(key=record.key, kind="update", fields=(), target_id="id", version=1)

    sink: Any = Styles(Product, key=lambda record: record.key)
    sink.record_of = lambda live: Product(
        key="p", variants=tuple(Variant(sku=sku) for sku in live.body["skus"])
    )
    both = tuple(Variant(sku=sku, attributes={"colour": "red", "size": "M"}) for sku in "AB")
    found = foreign_facts(sink, Product(key="p", variants=both), Live("id", 1, {"skus": ["A"]}))
    assert [(one.fact, one.ours, one.theirs) for one in found] == [(("variants", "B"), True, None)]


TEXTS = st.sampled_from(["x", "y", "z"])
LABELS = st.dictionaries(st.sampled_from("ab"), st.tuples(TEXTS, TEXTS, TEXTS), min_size=1)
POLICY = st.sampled_from(["overwrite", "keep", "report"])
EDITS = st.dictionaries(
    st.sampled_from("ab"),
    st.fixed_dictionaries(
        {}, optional={"fr-FR": st.sampled_from("uv"), "nl-BE": st.sampled_from("uv"), "hint": st.just("w")}
    ),
)


@settings(max_examples=25, deadline=None)
@given(
    turns=st.lists(st.tuples(LABELS, EDITS), min_size=1, max_size=5),
    policies=st.tuples(POLICY, POLICY, POLICY),
)
async def test_any_mix_of_runs_and_edits(
    turns: Sequence[tuple[dict[str, Any], dict[str, Any]]], policies: tuple[str, str, str]
) -> None:
    """What is left to them is never written over, the rest ends as wanted, every record is counted once."""
    erp, pim, others = policies
    more = f"foreign_edits: {{policy: {others}, limit: 99, owners: {{erp: {erp}, pim: {pim}}}}}"
    with TemporaryDirectory() as text, open_ledger(Path(text) / "ledger.db") as ledger:
        desk = labels_desk(ledger, Path(text), more)
        theirs: dict[tuple[str, str], str] = {}
        wrote: dict[str, Any] = {}
        for lines, edits in turns:
            report = await desk.carry([label(key, *values) for key, values in lines.items()])
            assert counted(report) == report.received == len(lines)
            for key, values in lines.items():
                if wrote.get(key) == values:
                    continue  # known: nothing to say, nothing is compared
                wrote[key] = values
                for name, policy, value in zip(("fr-FR", "nl-BE", "hint"), policies, values, strict=True):
                    shown = shop(desk, key, name)
                    # Their value still stands there when it is left to them and is not ours by accident.
                    if policy != "overwrite" and theirs.get((key, name)) not in (None, value):
                        assert shown == theirs[key, name]
                    else:
                        assert shown == value
                        theirs.pop((key, name), None)
            for key, changes in edits.items():
                if key in desk.shelf.contents():
                    for name, value in changes.items():
                        field = {"order_hint": value} if name == "hint" else {"name": {name: value}}
                        edit(desk, key, **field)
                        theirs[key, name] = value


def shop(desk: Desk, key: str, name: str) -> Any:
    """What the shop shows of a field."""
    body = desk.shelf.contents()[key]
    return body["order_hint"] if name == "hint" else body["name"].get(name)


def test_the_shelf_of_labels_is_strict() -> None:
    """A locale that is emptied goes, one that is not named stays."""
    shelf = labels_shelf()
    shelf.put(Category(key="a", name={"fr-FR": "x", "nl-BE": "y"}))
    shelf.put(Category(key="a", name={"fr-FR": ""}))
    assert shelf.contents()["a"]["name"] == {"nl-BE": "y"}
