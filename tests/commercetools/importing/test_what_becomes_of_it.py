"""Accepted is not imported: what fails, waits, is given up or forgotten ends as if sent one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from passerelle.commercetools import CategorySink, ImportDoor
from passerelle.records import Category
from passerelle.sync.bulk.door import Parcel, Receipt
from tests.commercetools.importing.yard import PROJECT, Yard


def category(key: str, **more: Any) -> Category:
    """A category with a name and a slug."""
    return Category(key=key, name={"en": key.upper()}, slug={"en": f"slug-{key}"}, **more)


def tree(count: int) -> list[Category]:
    """So many categories, each the parent of the next, the leaf first."""
    first = category("cat-0")
    below = [category(f"cat-{n}", parent=f"cat-{n - 1}") for n in range(1, count)]
    return [*reversed(below), first]


async def there(yard: Yard) -> set[str]:
    """The categories of the shop."""
    return {one["key"] async for one in yard.client.query("categories")}


async def test_children_may_come_before_their_parents(yard: Yard) -> None:
    """A tree in the wrong order is unresolved at first, and all of it is there in the end."""
    report = await yard.load(yard.job(CategorySink(yard.client)), tree(25))
    assert (report.created, report.parked, report.failed) == (25, 0, 0)
    assert await there(yard) == {f"cat-{n}" for n in range(25)}
    assert yard.claims("categories") == []


async def test_only_what_was_rejected_is_sent_again(yard: Yard) -> None:
    """Two of twenty are rejected: the second request has these two, and that is all."""
    yard.outcomes({"state": "rejected", "count": 2})
    report = await yard.load(yard.job(CategorySink(yard.client)), [category(f"cat-{n}") for n in range(20)])
    assert (report.created, report.failed, report.quarantined) == (20, 0, 0)
    sent = [call.body["resources"] for call in yard.recorder.calls() if "/categories/import-" in call.path]
    assert [len(resources) for resources in sent] == [20, 2]


async def test_what_is_rejected_for_ever_goes_one_by_one(yard: Yard) -> None:
    """Three times rejected is enough; the record is created by a call of its own, and the report says so."""
    yard.outcomes({"state": "rejected", "count": 50, "resourceKey": "cat-1"})
    report = await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0"), category("cat-1")])
    assert (report.created, report.failed) == (2, 0)
    assert len(yard.sent("POST", "/categories/import-containers/")) == 3
    assert yard.sent("POST", f"/{PROJECT}/categories")[-1:] == [f"/{PROJECT}/categories"]
    assert any("1 records went one by one after the Import API: rejected" in note for note in report.notes)


@pytest.mark.parametrize("state", ["partiallyImported", "canceled"])
async def test_what_is_half_done_is_finished(yard: Yard, state: str) -> None:
    """Half written or cancelled: the shop is read, and the record completed by the other way."""
    yard.outcomes({"state": state, "count": 1, "resourceKey": "cat-1"})
    report = await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0"), category("cat-1")])
    assert (report.created, report.failed, report.quarantined) == (2, 0, 0)
    assert await there(yard) == {"cat-0", "cat-1"}
    assert yard.claims("categories") == []


async def test_what_is_wrong_goes_to_quarantine_with_the_reason(yard: Yard) -> None:
    """A slug that no slug may be fails alone, with the reason of the API, by its key; the rest is there."""
    records = [category("cat-0"), Category(key="cat-1", name={"en": "x"}, slug={"en": "a slug with spaces"})]
    report = await yard.load(yard.job(CategorySink(yard.client)), records)
    assert (report.created, report.quarantined) == (1, 1)
    [entry] = list(yard.ledger.quarantine.entries("categories"))
    assert entry.record_key == "cat-1"
    assert "the Import API refused it" in str(entry.faults)
    assert yard.claims("categories") == []


async def test_a_slug_that_somebody_else_has_is_looked_at_closer(yard: Yard) -> None:
    """A duplicate may be our own record; it is not, so the record is quarantined, not lost."""
    await yard.client.create("categories", {"key": "old", "name": {"en": "x"}, "slug": {"en": "slug-cat-1"}})
    report = await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0"), category("cat-1")])
    assert (report.created, report.quarantined) == (1, 1)
    assert [entry.record_key for entry in yard.ledger.quarantine.entries("categories")] == ["cat-1"]


async def test_what_waits_is_parked_told_and_resolves(yard: Yard) -> None:
    """A child without a parent is parked with what it waits for; when that comes, nothing is sent again."""
    child = category("child", parent="parent")
    report = await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0"), child])
    assert (report.created, report.parked) == (1, 1)
    assert any(
        "1 records wait in the Import API, such as child for category parent" in n for n in report.notes
    )
    [waiting] = yard.ledger.parked.waiting("categories")
    assert (waiting.key, waiting.waits_for) == ("child", ("category parent",))
    assert yard.claims("categories") == ["child"]
    await yard.client.create(
        "categories", {"key": "parent", "name": {"en": "P"}, "slug": {"en": "slug-parent"}}
    )
    yard.sandbox.pass_time(hours=1)
    yard.recorder.exchanges.clear()
    report = await yard.load(yard.job(CategorySink(yard.client)), [])
    assert yard.sent("POST", "categories") == []
    assert list(yard.ledger.parked.waiting("categories")) == []
    assert yard.claims("categories") == []
    assert "child" in await there(yard)


async def test_the_deadline_loses_nothing(yard: Yard) -> None:
    """After 48 hours the Import API has forgotten it; parked here, it is handed over again, and arrives."""
    child = category("child", parent="parent")
    await yard.load(yard.job(CategorySink(yard.client)), [child])
    yard.sandbox.pass_time(hours=47)
    report = await yard.load(yard.job(CategorySink(yard.client)), [])
    assert any("1 records still wait in the Import API" in note for note in report.notes)
    assert yard.claims("categories") == ["child"]
    yard.sandbox.pass_time(hours=2)
    report = await yard.load(yard.job(CategorySink(yard.client)), [])
    assert any("1 records that the Import API had not carried are over there" in n for n in report.notes)
    assert len(yard.sent("POST", "/categories/import-containers/")) == 2
    assert [one.key for one in yard.ledger.parked.waiting("categories")] == ["child"]
    await yard.client.create(
        "categories", {"key": "parent", "name": {"en": "P"}, "slug": {"en": "slug-parent"}}
    )
    await yard.load(yard.job(CategorySink(yard.client)), [])
    assert "child" in await there(yard)
    assert list(yard.ledger.parked.waiting("categories")) == []


async def test_an_older_version_that_arrives_late_is_set_right(yard: Yard) -> None:
    """What waited in the Import API wins for a moment over what was written since; the next run mends it."""
    job = yard.job(CategorySink(yard.client))
    await yard.load(job, [category("child", parent="parent")])
    newer = Category(key="child", name={"en": "NEWER"}, slug={"en": "slug-child"})
    report = await yard.load(yard.job(CategorySink(yard.client)), [newer])
    assert report.created == 1
    await yard.client.create(
        "categories", {"key": "parent", "name": {"en": "P"}, "slug": {"en": "slug-parent"}}
    )
    found = await yard.client.get("categories/key=child")
    assert found is not None
    assert found["name"] == {"en": "CHILD"}
    await yard.load(yard.job(CategorySink(yard.client)), [])
    found = await yard.client.get("categories/key=child")
    assert found is not None
    assert found["name"] == {"en": "NEWER"}


class Died(Exception):
    """The run is over here."""


class DyingDoor(ImportDoor):
    """A door in which a run dies, after its n-th request was taken and before or after it hears of it."""

    def __init__(self, door: ImportDoor, *, heard: bool) -> None:
        self.__dict__.update(door.__dict__)
        self._heard = heard

    async def send(self, place: str, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Send, and die without the answer."""
        receipts = await super().send(place, parcels)
        if not self._heard:
            raise Died
        return receipts

    async def in_work(self, place: str) -> int:
        """Die while waiting."""
        del place
        raise Died


@pytest.mark.parametrize("heard", [True, False])
async def test_a_run_that_died_is_harvested_and_not_repeated(yard: Yard, *, heard: bool) -> None:
    """What was handed over is found in its container, by number or by name; no request is sent again."""
    yard.pace(delayMs=600_000)
    records = [category(f"cat-{n}") for n in range(30)]
    job = yard.job(CategorySink(yard.client))
    assert isinstance(job.bulk, ImportDoor)
    object.__setattr__(job, "bulk", DyingDoor(job.bulk, heard=heard))
    with pytest.raises(Died):
        await yard.load(job, records)
    assert len(yard.claims("categories")) == 30
    yard.recorder.exchanges.clear()
    report = await yard.load(yard.job(CategorySink(yard.client)), records)
    assert (report.created, report.updated, report.failed) == (30, 0, 0)
    assert yard.sent("POST", "categories") == []
    assert yard.claims("categories") == []
    assert len(await there(yard)) == 30


async def test_a_run_that_died_finds_what_arrived(yard: Yard) -> None:
    """Imported before the next run: the shop agrees, the ledger learns it, nothing is sent."""
    job = yard.job(CategorySink(yard.client))
    assert isinstance(job.bulk, ImportDoor)
    object.__setattr__(job, "bulk", DyingDoor(job.bulk, heard=True))
    records = [category(f"cat-{n}") for n in range(5)]
    with pytest.raises(Died):
        await yard.load(job, records)
    yard.recorder.exchanges.clear()
    report = await yard.load(yard.job(CategorySink(yard.client)), records)
    assert report.created == 0
    assert yard.sent("POST", "categories") == []
    assert yard.claims("categories") == []
    assert yard.ledger.wanted.count("categories") == 5


async def test_a_newer_file_after_a_run_that_died(yard: Yard) -> None:
    """The newer version is not taken for the one that is under way; it stands in the end."""
    yard.pace(delayMs=600_000)
    job = yard.job(CategorySink(yard.client))
    assert isinstance(job.bulk, ImportDoor)
    object.__setattr__(job, "bulk", DyingDoor(job.bulk, heard=True))
    with pytest.raises(Died):
        await yard.load(job, [category("cat-0"), category("cat-1")])
    newer = Category(key="cat-1", name={"en": "NEWER"}, slug={"en": "slug-cat-1"})
    await yard.load(yard.job(CategorySink(yard.client)), [category("cat-0"), newer])
    yard.sandbox.pass_time(hours=1)
    await yard.load(yard.job(CategorySink(yard.client)), [])
    found = await yard.client.get("categories/key=cat-1")
    assert found is not None
    assert found["name"] == {"en": "NEWER"}
    assert yard.claims("categories") == []


FAULTS: list[Callable[[str], dict[str, Any]]] = [
    lambda path: {"path": path, "kind": "status", "status": 429, "count": 3},
    lambda path: {"path": path, "kind": "status", "status": 503, "count": 3},
    lambda path: {"path": path, "kind": "truncated", "method": "POST", "count": 2},
    lambda path: {"path": path, "kind": "lost_answer", "method": "POST", "count": 2},
    lambda path: {"path": path, "kind": "reset", "count": 2},
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_bad_answers_change_nothing(yard: Yard, fault: Callable[[str], dict[str, Any]]) -> None:
    """Too many requests, no answer, half an answer: the same end, for requests are repeated by key."""
    yard.sandbox.fail(fault(f"/{PROJECT}/categories/import-containers"))
    report = await yard.load(yard.job(CategorySink(yard.client)), [category(f"cat-{n}") for n in range(45)])
    assert (report.created, report.failed, report.quarantined) == (45, 0, 0)
    assert await there(yard) == {f"cat-{n}" for n in range(45)}


async def test_an_import_api_that_is_down_holds_nobody_up(yard: Yard) -> None:
    """Down while we send: what is left goes one by one, the report says why, nothing is lost or twice."""
    yard.sandbox.fail({"path": f"/{PROJECT}/categories/import-containers", "kind": "status", "status": 503,
                       "count": None})  # fmt: skip
    report = await yard.load(yard.job(CategorySink(yard.client)), [category(f"cat-{n}") for n in range(5)])
    assert (report.created, report.failed) == (5, 0)
    assert any("The Import API did not answer any more" in note for note in report.notes)
    assert yard.claims("categories") == []


async def test_an_import_api_that_stands_still_is_left_to_the_next_run(yard: Yard) -> None:
    """After a quarter of an hour without progress the records count as not taken; the next run has them."""
    yard.pace(byHand=True)
    records = [category(f"cat-{n}") for n in range(3)]
    report = await yard.load(yard.job(CategorySink(yard.client)), records)
    assert (report.created, report.failed) == (0, 3)
    assert sum(yard.slept) < 1_200
    assert report.rejects[0].code == "not_taken"
    yard.pace(byHand=False)
    yard.recorder.exchanges.clear()
    report = await yard.load(yard.job(CategorySink(yard.client)), records)
    assert (report.failed, yard.claims("categories")) == (0, [])
    assert yard.sent("POST", "categories") == []
