"""Hooks at a shop that answers over HTTP: what they want is what plan, run, look for drift and undo go by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passerelle.feeds import RunOptions, RunReport, Workspace
from passerelle.feeds.approving import apply_decided, plan_feed, undo_run
from passerelle.feeds.drift import drift_of
from passerelle.mapping import HOOKS
from tests.docs.pages import blocks
from tests.sync.desk import counted
from tests.sync.hooked import Package, feed_text, installed

from .orders.till import Till

#: The harshest rule: asked again, it would want something else each time.
APPENDS = """
ASKED.append((record.key, live))
return named(record, record.name["en"] + (" new" if live is None else " was " + live.name["en"]))
"""


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    """A package without hooks yet."""
    with installed(tmp_path / "site") as made:
        made.says("return record")
        yield made


class Shop:
    """One feed of categories at one till."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.number = 0

    def load(self, **spec: str) -> None:
        """Read the mapping, as the next run of a command does."""
        folder = self.till.home / "mappings"
        folder.mkdir(exist_ok=True)
        (folder / "category.yaml").write_text(feed_text(**spec), encoding="utf-8")
        self.till.workspace = Workspace(self.till.workspace.settings.model_copy(update={"mappings": folder}))

    def drop(self, mode: str = "D", **names: str) -> None:
        """The ERP drops a file of these categories; `name<parent` puts one below another."""
        self.number += 1
        rows = [f"{key};{text.partition('<')[0]};{text.partition('<')[2]}" for key, text in names.items()]
        path = self.till.home / "erp" / "out" / f"category_{mode}_202611{self.number:02}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["KEY;TEXT;PARENT", *rows, ""]), encoding="utf-8")
        path.with_suffix(".ok").touch()

    async def carry(self, **names: str) -> RunReport:
        """Drop a delta and run."""
        self.drop(**names)
        return await self.run()

    async def run(self, **options: Any) -> RunReport:
        """Run; every record is in one count."""
        report = await self.till.run("category", **options)
        assert counted(report) == report.received + report.resumed
        return report

    async def names(self, locale: str = "en") -> dict[str, str]:
        """What the shop shows."""
        async with self.till.workspace.client() as client:
            found = await client.query_all("categories", [None])
        return {one["key"].removeprefix("k-"): one["name"].get(locale, "") for one in found}

    async def edit(self, key: str, **names: str) -> None:
        """A person changes names in the shop's back office."""
        async with self.till.workspace.client() as client:
            body = await client.get(f"categories/key=k-{key}")
            assert body is not None
            action = {"action": "changeName", "name": {**body["name"], **names}}
            await client.update("categories", body["id"], body["version"], [action])

    @property
    def writes(self) -> int:
        """Writes to categories so far."""
        log = self.till.sandbox.control("GET", "/log?limit=2000")
        place = f"/{self.till.project}/categories"
        return sum(one["method"] == "POST" and one["path"].startswith(place) for one in log)


@pytest.fixture
async def shop(till: Till, package: Package) -> Shop:  # noqa: ARG001 - the mapping names it
    """A feed whose hook lets everything pass."""
    made = Shop(till)
    made.load()
    return made


async def test_before_a_create_and_before_an_update(shop: Shop, package: Package) -> None:
    """What a hook gives is written; before an update it sees what is live of what the feed carries."""
    package.says(APPENDS)
    shop.load()
    report = await shop.carry(A="One", B="Two")
    assert (report.outcome, report.created, report.verified, report.mismatched) == ("succeeded", 2, 2, 0)
    assert await shop.names() == {"A": "One new", "B": "Two new"}
    assert "Hook asked was asked about 2 records: 2 changed" in report.notes
    await shop.edit("A", de="Eins")
    package.asked.clear()
    report = await shop.carry(A="Uno")
    assert await shop.names() == {"A": "Uno was One new", "B": "Two new"}
    assert await shop.names("de") == {"A": "Eins", "B": ""}
    [(key, live)] = [one for one in package.asked if one[1] is not None][:1]
    # German is nobody's of this feed: the hook does not see it.
    assert (key, getattr(live, "name", None)) == ("k-A", {"en": "One new"})
    assert getattr(live, "slug", None) == {"en": "k-A"}


async def test_a_hook_for_one_moment_is_not_asked_at_the_other(shop: Shop, package: Package) -> None:
    """`before_update` alone lets new records pass as they are said."""
    package.says(APPENDS)
    shop.load(hooks="{before_update: asked}")
    await shop.carry(A="One")
    assert (await shop.names(), package.asked) == ({"A": "One"}, [])
    await shop.carry(A="Uno")
    assert await shop.names() == {"A": "Uno was One"}


async def test_plan_run_drift_and_undo_follow_from_one_value(shop: Shop, package: Package) -> None:
    """The plan shows it, applying writes it, drift compares with it, undo leads back to what was before."""
    package.says(APPENDS)
    shop.load()
    await shop.carry(A="One", B="Two")
    shop.drop(A="Uno")
    made = await plan_feed(shop.till.workspace, "category", RunOptions())
    assert made.plan is not None
    [row] = [(one.field, one.old, one.new) for one in made.report.changes]
    assert row == ("name.en", "One new", "Uno was One new")
    asked = len(package.asked)
    report = await apply_decided(shop.till.workspace, made.plan.short, by="ann")
    assert (report.updated, report.verified, report.mismatched) == (1, 1, 0)
    # The plan holds the value: nobody was asked again.
    assert len(package.asked) == asked
    assert await shop.names() == {"A": "Uno was One new", "B": "Two new"}
    writes = shop.writes
    report = await shop.run()
    assert (report.unchanged, report.planned, shop.writes) == (1, 0, writes)

    found = await drift_of(shop.till.workspace, "category")
    assert (found.drift.checked, found.drift.agreeing) == (2, 2)
    await shop.edit("A", en="Edited")
    found = await drift_of(shop.till.workspace, "category", repair=True)
    assert [(row.key, row.ours, row.theirs) for row in found.drift.rows] == [
        ("A", "Uno was One new", "Edited")
    ]
    assert found.plan is not None
    await apply_decided(shop.till.workspace, found.plan.short, by="ann")
    assert (await shop.names())["A"] == "Uno was One new"
    assert len(package.asked) == asked

    report = await shop.carry(B="Due")
    assert (await shop.names())["B"] == "Due was Two new"
    undone = await undo_run(shop.till.workspace, report.run_id)
    assert undone.plan is not None
    await apply_decided(shop.till.workspace, undone.plan.short, by="ann")
    assert await shop.names() == {"A": "Uno was One new", "B": "Two new"}
    assert (await drift_of(shop.till.workspace, "category")).drift.found == 0


async def test_what_was_decided_is_not_asked_about_again(shop: Shop, package: Package) -> None:
    """A replay compares each record with the shop: with what the hook wanted when it was said."""
    package.says(APPENDS)
    shop.load()
    await shop.carry(A="One", B="Two")
    await shop.carry(A="Uno")
    asked, writes = len(package.asked), shop.writes
    report = await shop.run(skus=("k-A", "k-B"))
    assert (report.unchanged, report.planned, shop.writes) == (2, 0, writes)
    assert len(package.asked) == asked
    await shop.edit("A", en="Edited")
    await shop.run(skus=("k-A", "k-B"))
    assert await shop.names() == {"A": "Uno was One new", "B": "Two new"}


async def test_another_version_of_a_hook_looks_at_everything_again(shop: Shop, package: Package) -> None:
    """Its module's source is part of what the ledger knows a record by, as with other own functions."""
    package.says('return named(record, record.name["en"].upper())')
    shop.load()
    shop.drop("C", A="One", B="Two")
    await shop.run()
    shop.drop("C", A="One", B="Two")
    assert (await shop.run()).mapped == 0
    package.says('return named(record, record.name["en"].lower())')
    shop.load()
    shop.drop("C", A="One", B="Two")
    report = await shop.run()
    assert (report.mapped, report.updated) == (2, 2)
    assert await shop.names() == {"A": "one", "B": "two"}
    shop.drop("C", A="One", B="Two")
    report = await shop.run()
    assert (report.mapped, report.unchanged) == (0, 2)


async def test_nothing_is_left_alone(shop: Shop, package: Package) -> None:
    """None: it is neither made nor changed, counted and told, and asked about once for what is said of it."""
    package.says("""
        ASKED.append((record.key, live))
        return None if record.name["en"].startswith("Leave") else record
    """)
    shop.load()
    report = await shop.carry(A="Leave me", B="Two", C="Three")
    assert (report.created, report.unchanged, report.left_alone, report.outcome) == (2, 1, 1, "succeeded")
    assert any(note.endswith("line 2, A)") and "1 left alone" in note for note in report.notes), report.notes
    asked = len(package.asked)
    assert (await shop.carry(A="Leave me")).mapped == 0
    assert len(package.asked) == asked
    # One that we made: what was wanted of it is wanted no more, also by a look for drift.
    report = await shop.carry(B="Leave it")
    assert (report.updated, report.left_alone) == (0, 1)
    await shop.edit("B", en="Somebody's")
    found = await drift_of(shop.till.workspace, "category", repair=True)
    assert (found.drift.checked, found.drift.found, found.plan) == (1, 0, None)
    assert await shop.names() == {"B": "Somebody's", "C": "Three"}
    # Said anew, it is asked about anew.
    report = await shop.carry(A="One", B="Due")
    assert (report.created, report.updated, report.left_alone) == (1, 1, 0)
    assert await shop.names() == {"A": "One", "B": "Due", "C": "Three"}
    # A plan of what is left alone is none.
    shop.drop(C="Leave too")
    made = await plan_feed(shop.till.workspace, "category", RunOptions())
    assert (made.plan, made.report.left_alone, made.report.unchanged) == (None, 1, 1)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ('raise ValueError("no name ends in S")', "hook_refused", "hook asked: no name ends in S"),
        ("return 1 / 0", "hook_failed", "hook asked fails: ZeroDivisionError"),
        ('return "One"', "hook_answer", "hook asked gave str, not a Category"),
        ("return replace(record, name=5)", "hook_answer", "gave what is no Category"),
        ("return replace(record, name={'en': object()})", "hook_answer", "gave what is no Category"),
        ('return replace(record, key="k-B")', "hook_answer", "changed key, which the record is known by"),
    ],
)
async def test_what_a_hook_refuses_goes_into_quarantine(
    shop: Shop, package: Package, body: str, code: str, words: str
) -> None:
    """With the hook's name and words; the others go on, and it is asked again by the next file."""
    package.says(f'if record.name["en"] == "Bad":\n    {body}\nreturn record')
    shop.load()
    report = await shop.carry(A="Bad", B="Two")
    assert (report.created, report.quarantined, report.outcome) == (1, 1, "completed_with_rejects")
    [reject] = report.rejects
    assert (reject.code, reject.count) == (code, 1)
    assert words in reject.example
    assert "category_D_20261101.csv, record 1, line 2" in reject.example
    with shop.till.workspace.ledger() as ledger:
        [entry] = ledger.quarantine.entries("category")
    assert (entry.record_key, entry.code) == ("A", code)
    assert (await shop.carry(A="Bad")).quarantined == 1
    report = await shop.carry(A="Good")
    assert await shop.names() == {"A": "Good", "B": "Two"}
    with shop.till.workspace.ledger() as ledger:
        assert list(ledger.quarantine.entries("category")) == []


async def test_copies_are_given(shop: Shop, package: Package) -> None:
    """What a hook does to the record that it was given changes nothing."""
    package.says('record.name["en"] = "spoilt"\nreturn None if live else None')
    shop.load(hooks="{before_update: asked}")
    await shop.carry(A="One")
    package.says(
        'record.name["en"] = "spoilt"\nlive.name["en"] = "spoilt"\nreturn replace(record, slug=live.slug)'
    )
    shop.load(hooks="{before_update: asked}")
    report = await shop.carry(A="Uno")
    assert await shop.names() == {"A": "spoilt"}
    # Asked twice it said the same: each time it had copies of its own.
    assert [row.code for row in report.rejects] == []


async def test_a_hook_that_is_not_pure_is_told(shop: Shop, package: Package) -> None:
    """Two answers about one record: carried by the first, and told."""
    package.says("ASKED.append((record.key, live))\nreturn named(record, str(len(ASKED)))")
    shop.load()
    report = await shop.carry(A="One", B="Two")
    assert (report.created, report.outcome) == (2, "completed_with_rejects")
    [reject] = report.rejects
    assert (reject.code, reject.count) == ("hook_not_pure", 2)
    assert await shop.names() == {"A": "1", "B": "3"}
    assert (await drift_of(shop.till.workspace, "category")).drift.found == 0


async def test_a_record_that_waits_is_asked_about_when_it_is_carried(shop: Shop, package: Package) -> None:
    """Parked is what was said; nothing is asked twice of one word."""
    package.says(APPENDS)
    shop.load()
    report = await shop.carry(B="Two<A")
    assert (report.parked, await shop.names()) == (1, {})
    report = await shop.carry(A="One")
    assert (report.created, report.resumed) == (2, 1)
    assert await shop.names() == {"A": "One new", "B": "Two new"}
    assert (await drift_of(shop.till.workspace, "category")).drift.found == 0


async def test_of_two_versions_in_a_file_the_last_counts(shop: Shop, package: Package) -> None:
    """Also when it is left alone: the one before is not carried in its stead."""
    package.says('return None if record.name["en"] == "Leave" else named(record, record.name["en"] + "!")')
    shop.load()
    await shop.carry(A="One", B="Two")
    shop.number += 1
    path = shop.till.home / "erp" / "out" / f"category_D_202611{shop.number:02}.csv"
    path.write_text("KEY;TEXT;PARENT\nA;Uno;\nB;Due;\nA;Leave;\nB;Zwei;\n", encoding="utf-8")
    path.with_suffix(".ok").touch()
    report = await shop.run()
    assert (report.updated, report.superseded, report.left_alone) == (1, 2, 1)
    assert await shop.names() == {"A": "One!", "B": "Zwei!"}


async def test_the_page_about_hooks_is_right(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/how-to/hooks.md tells of three files and an editor is what happens."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "hooks.md"
    site, folder, inbox = till.home / "site", till.home / "mappings", till.home / "erp" / "out"
    files = {block.title: block.text for block in blocks(page) if block.title}
    for name, at in (("nordlicht/rules.py", site), ("styles.yaml", folder), ("STYLES_20261101.csv", inbox)):
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(files[name], encoding="utf-8")
    (site / "nordlicht-1.0.dist-info").mkdir()
    (site / "nordlicht-1.0.dist-info" / "METADATA").write_text("Name: nordlicht\nVersion: 1.0\n")
    (site / "nordlicht-1.0.dist-info" / "top_level.txt").write_text("nordlicht\n")
    monkeypatch.syspath_prepend(str(site))
    till.workspace = Workspace(till.workspace.settings.model_copy(update={"mappings": folder}))

    async def shown() -> dict[str, tuple[str, bool]]:
        async with till.workspace.client() as client:
            found = await client.query_all("products", [None])
        return {
            one["key"]: (one["masterData"]["staged"]["name"]["en"], one["masterData"]["published"])
            for one in found
        }

    async def said(day: int, name: str) -> RunReport:
        path = inbox / f"STYLES_202611{day:02}.csv"
        path.write_text(f"SKU;NAME\nA-1;{name}\n", encoding="utf-8")
        path.with_suffix(".ok").touch()
        return await till.run("styles")

    try:
        async with till.workspace.client() as client:
            await client.create("product-types", {"key": "article", "name": "A", "description": "A"})
        (inbox / "STYLES_20261101.ok").touch()
        report = await till.run("styles")
        assert (report.created, report.left_alone, report.rejects) == (1, 1, [])
        assert await shown() == {"p-A-1": ("Shirt", False)}
        async with till.workspace.client() as client:
            body = await client.get("products/key=p-A-1")
            assert body is not None
            action = {"action": "changeName", "name": {"en": "Shirt of soft linen"}, "staged": True}
            await client.update("products", body["id"], body["version"], [action])
        assert (await said(2, "Linen shirt")).rejects == []
        assert (await shown())["p-A-1"][0] == "Shirt of soft linen"
        assert (await drift_of(till.workspace, "styles")).drift.found == 0
        assert (await said(3, "Shirt of soft linen, made in Lyon")).rejects == []
        assert (await shown())["p-A-1"][0] == "Shirt of soft linen, made in Lyon"
    finally:
        for name in ("nordlicht_new", "nordlicht_known"):
            HOOKS.pop(name, None)
        for name in [name for name in sys.modules if name.partition(".")[0] == "nordlicht"]:
            del sys.modules[name]
