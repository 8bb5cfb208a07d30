from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.ledger import Ledger, PlanItem

shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

items = st.builds(
    PlanItem,
    seq=st.integers(1, 10_000),
    key=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    raw=st.binary(max_size=4),
    strong=st.one_of(st.none(), st.binary(max_size=4)),
    kind=st.sampled_from(["create", "update", "unchanged"]),
    record=st.one_of(st.none(), st.just(b"{}")),
    change=st.one_of(st.none(), st.binary(max_size=6)),
    rank=st.integers(0, 3),
)


def _item(seq: int, *, rank: int = 0, kind: str = "update", change: bytes | None = b"{}") -> PlanItem:
    return PlanItem(seq, f"sku-{seq}", b"raw", b"strong", kind, b'{"sku":1}', change, rank)


class TestSpool:
    @shared
    @given(batches=st.lists(st.lists(items, max_size=8), max_size=5))
    def test_what_is_spooled_is_read_by_seq(self, ledger: Ledger, batches: list[list[PlanItem]]) -> None:
        """Batches in any order read back by `seq`; a repeated task replaces what it spooled."""
        run = ledger.runs.start("stock", mode="full")
        model: dict[int, PlanItem] = {}
        for batch in batches:
            ledger.plans.spool(run.id, batch)
            model.update({item.seq: item for item in batch})
        expected = [model[seq] for seq in sorted(model)]
        assert list(ledger.plans.stream(run.id, batch=3)) == expected
        totals = ledger.plans.totals(run.id)
        assert totals.items == len(model)
        assert sum(totals.by_kind.values()) == len(model)
        assert totals.last_seq == max(model, default=0)
        assert ledger.plans.ranks(run.id) == sorted({item.rank for item in expected})

    def test_it_is_read_in_pieces(self, ledger: Ledger) -> None:
        """`after` and `limit` walk through a plan, and `rank` takes what goes first."""
        run = ledger.runs.start("categories", mode="full")
        ledger.plans.spool(run.id, [_item(seq, rank=seq % 2) for seq in range(1, 11)])
        assert [item.seq for item in ledger.plans.read(run.id, after=4, limit=3)] == [5, 6, 7]
        assert [item.seq for item in ledger.plans.stream(run.id, rank=1, batch=2)] == [1, 3, 5, 7, 9]
        assert ledger.plans.read("no-such-run") == []

    def test_more_than_one_statement_holds(self, ledger: Ledger) -> None:
        """A large batch is one transaction whatever number of statements it takes."""
        run = ledger.runs.start("stock", mode="full")
        ledger.plans.spool(run.id, (_item(seq) for seq in range(1, 12_001)))
        assert ledger.plans.totals(run.id).by_kind == {"update": 12_000}

    def test_some_places_are_picked(self, ledger: Ledger) -> None:
        """In the order of the plan, whatever order they are named in; places that are empty are left out."""
        run = ledger.runs.start("stock", mode="full")
        spooled = [_item(seq, rank=seq % 2) for seq in range(1, 2_501)]
        ledger.plans.spool(run.id, spooled)
        assert ledger.plans.pick(run.id, [9, 2, 7_000]) == [spooled[1], spooled[8]]
        assert ledger.plans.pick(run.id, range(2_500, 0, -1)) == spooled
        assert ledger.plans.pick("no-such-run", [1]) == ledger.plans.pick(run.id, []) == []


class TestSuperseding:
    @shared
    @given(spooled=st.lists(items, max_size=12))
    def test_the_last_version_of_a_key_stays(self, ledger: Ledger, spooled: list[PlanItem]) -> None:
        """Two versions of one record in a file: the later one is what the sender means."""
        run, other = (ledger.runs.start("stock", mode="full") for _ in range(2))
        ledger.plans.spool(run.id, spooled)
        ledger.plans.spool(other.id, spooled)
        placed = {item.seq: item for item in spooled}
        last = {placed[seq].key: placed[seq] for seq in sorted(placed)}
        assert ledger.plans.supersede(run.id) == len(placed) - len(last)
        assert list(ledger.plans.stream(run.id)) == sorted(last.values(), key=lambda item: item.seq)
        assert ledger.plans.totals(other.id).items == len(placed)


class TestDigest:
    def test_the_same_work_has_the_same_digest_in_another_run(self, ledger: Ledger) -> None:
        """An approval given on a dry run holds for a run that would send exactly the same."""
        first, second = (ledger.runs.start("stock", mode="full") for _ in range(2))
        ledger.plans.spool(first.id, [_item(1), _item(2)])
        ledger.plans.spool(second.id, [_item(2), _item(1)])
        assert ledger.plans.digest(first.id) == ledger.plans.digest(second.id)

    @shared
    @given(one=items, other=items)
    def test_other_work_has_another_digest(
        self, ledger: Ledger, fresh: Callable[[str], str], one: PlanItem, other: PlanItem
    ) -> None:
        """Digests agree exactly when kind, key, rank and change do."""
        digests = []
        for item in (one, other):
            run_id = fresh("run")
            ledger.plans.spool(run_id, [item])
            digests.append(ledger.plans.digest(run_id))
        sent = [(item.kind, item.key, item.rank, item.change) for item in (one, other)]
        assert (digests[0] == digests[1]) == (sent[0] == sent[1])

    def test_no_change_and_an_empty_change_differ(self, ledger: Ledger) -> None:
        """Absent is not empty."""
        first, second = (ledger.runs.start("stock", mode="full") for _ in range(2))
        ledger.plans.spool(first.id, [_item(1, change=None)])
        ledger.plans.spool(second.id, [_item(1, change=b"")])
        assert ledger.plans.digest(first.id) != ledger.plans.digest(second.id)


class TestDropping:
    def test_the_plan_of_one_run_goes(self, ledger: Ledger) -> None:
        """With its items; those of other runs stay."""
        gone, stays = (ledger.runs.start("stock", mode="full").id for _ in range(2))
        for run_id in (gone, stays):
            ledger.plans.spool(run_id, [_item(1)])
        ledger.plans.drop(gone)
        assert [ledger.plans.totals(run_id).items for run_id in (gone, stays)] == [0, 1]


def test_records_of_one_kind_are_named_in_order(ledger: Ledger) -> None:
    """Those that a plan holds as gone, first things first; of no plan there are none."""
    run = ledger.runs.start("stock", mode="auto")
    items = [PlanItem(seq=seq, key=key, raw=b"", strong=None, kind=kind)
             for seq, key, kind in ((3, "c", "gone"), (1, "z", "gone"), (2, "b", "update"))]  # fmt: skip
    ledger.plans.spool(run.id, items)
    assert ledger.plans.keys(run.id, "gone") == ["z", "c"]
    assert ledger.plans.keys("no-such-run", "gone") == []


def test_one_kind_is_dropped_from_a_plan_and_no_other(ledger: Ledger) -> None:
    """Of this run only."""
    runs = [ledger.runs.start("stock", mode="full") for _ in range(2)]
    for run in runs:
        ledger.plans.spool(
            run.id, [PlanItem(seq, f"k{seq}", b"", None, kind) for seq, kind in enumerate("abab", 1)]
        )
    assert ledger.plans.discard(runs[0].id, "a") == 2
    assert ledger.plans.totals(runs[0].id).by_kind == {"b": 2}
    assert ledger.plans.totals(runs[1].id).by_kind == {"a": 2, "b": 2}
    assert ledger.plans.discard("no-such-run", "a") == 0
