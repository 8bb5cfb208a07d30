from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.desk import counted, level, line

from .house import House, Line

SKUS = ("A", "B", "C")
#: "2" and "2,0" mean the same and are written otherwise; "x" cannot be read.
QUANTITIES = st.sampled_from([0, 1, 2, "2", "2,0", "x"])
LINES = st.lists(st.tuples(st.sampled_from(SKUS), QUANTITIES), max_size=9)


def meant(quantity: int | str) -> int | None:
    """What a quantity means; None when it cannot be read."""
    if isinstance(quantity, int):
        return quantity
    return None if quantity == "x" else 2


@settings(max_examples=30, deadline=None)
@given(
    before=st.dictionaries(st.sampled_from(SKUS), st.integers(0, 2)),
    behind=st.dictionaries(st.sampled_from(SKUS), st.integers(0, 2)),
    lines=LINES,
    batch=st.integers(1, 4),
    full=st.booleans(),
)
async def test_the_last_version_of_a_record_counts(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    before: dict[str, int],
    behind: dict[str, int],
    lines: list[tuple[str, int | str]],
    batch: int,
    full: bool,
) -> None:
    """Known or new, equal to the shop or not, readable or not, near or far: the last line of a SKU decides.

    A last line that cannot be read lets nothing through in its stead, and stays in quarantine.
    """
    house = House(tmp_path_factory.mktemp("versions"), batch=batch)
    house.drop(1, [line(sku, quantity) for sku, quantity in before.items()], mode="C")
    await house.run()
    # Somebody else wrote in the shop: what the ledger believes is not what is there.
    for sku, quantity in behind.items():
        if sku not in before:
            house.shelf.put(level(sku, quantity))
    there = house.quantities
    readable = {text: means for _, text in lines if (means := meant(text)) is not None}
    written: list[Line] = [line(sku, quantity) for sku, quantity in lines]
    house.drop(2, written, mode="C" if full else "D")
    report = await house.run(override_guard="any share may move")
    last = dict(lines)
    expected = there | {sku: readable[text] for sku, text in last.items() if text in readable}
    assert house.quantities == expected
    assert counted(report) == report.received == len(lines)
    assert report.pending == report.failed == report.mismatched == 0
    memory = house.memory()
    faulty = {f"{sku}|001" for sku, quantity in last.items() if meant(quantity) is None}
    assert {key for key, _ in memory["quarantine"]} == faulty
    # What the ledger believes is what the shop holds: the same file again changes nothing.
    house.drop(3, [one for one, (_, text) in zip(written, lines, strict=True) if meant(text) is not None])
    again = await house.run(override_guard="any share may move")
    survivors = {sku: readable[text] for sku, text in lines if text in readable}
    assert house.quantities == expected | survivors
    assert again.quarantined == 0


async def test_the_last_of_two_new_versions_counts_when_the_shop_agrees_with_it(house: House) -> None:
    """The first version differs from the shop, the last does not: nothing is sent, the last one is known."""
    house.batch = 1
    house.shelf.put(level("A", 2))
    house.drop(1, [line("A", 1), line("A", 2)], mode="C")
    report = await house.run()
    assert (report.unchanged, report.superseded, report.updated) == (1, 1, 0)
    assert house.shelf.log == []
    assert house.quantities == {"A": 2}


async def test_back_to_what_is_known_is_a_change_all_the_same(house: House) -> None:
    """Known as 1, the file says 2 and then 1 again: the quick reading would send 2."""
    house.batch = 1
    house.drop(1, [line("A", 1)], mode="C")
    await house.run()
    house.drop(2, [line("A", 2), line("A", 1)])
    report = await house.run()
    assert (report.unchanged, report.superseded) == (1, 1)
    assert house.quantities == {"A": 1}


async def test_a_faulty_last_version_lets_no_earlier_one_through(house: House) -> None:
    """Which stock is right nobody knows: the shop keeps what it has, the record is in quarantine."""
    house.batch = 1
    house.drop(1, [line("A", 1), line("A", "?"), line("B", 1)], mode="C")
    report = await house.run()
    assert (report.created, report.superseded, report.quarantined) == (1, 1, 1)
    assert house.quantities == {"B": 1}
    assert house.memory()["quarantine"] == [("A|001", "not_a_number")]
