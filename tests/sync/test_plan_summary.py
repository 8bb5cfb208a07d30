"""A plan in numbers, as the person who decides reads it."""

from __future__ import annotations

import msgspec

from passerelle.ledger import PlanItem
from passerelle.sync import Change, FieldChange, PlanSummary
from passerelle.sync.plan_summary import summarize


def planned(*records: dict[str, tuple[str, str]]) -> PlanSummary:
    """Count a plan that updates records: of each the fields, old and new."""
    items = []
    for seq, fields in enumerate(records, 1):
        shown = tuple(FieldChange(name, *pair) for name, pair in fields.items())
        change = msgspec.json.encode(Change(key=f"k{seq}", kind="update", fields=shown))
        items.append(PlanItem(seq, f"k{seq}", b"", None, "update", None, change))
    return summarize(items)


def test_all_prices_of_a_product_count() -> None:
    """Not only the first of a change: three prices move far, in two of the three products."""
    small, far, farther = ("10.00 EUR", "11.00 EUR"), ("10.00 EUR", "15.00 EUR"), ("10.00 EUR", "1.00 EUR")
    summary = planned(
        {"name.fr": ("a", "b"), "price[A].EUR FR": small, "price[B].EUR FR": far, "price[B].EUR DE": farther},
        {"price[C].EUR FR": small, "price[C].EUR DE": small},
        {"price[D].EUR FR": far},
    )
    assert (summary.changes, summary.moved, summary.far, summary.far_records) == (3, 6, 3, 2)
    named = [(jump.key, jump.field, jump.by) for jump in summary.jumps]
    assert named == [
        ("k1", "price[B].EUR DE", -0.9),
        ("k1", "price[B].EUR FR", 0.5),
        ("k3", "price[D].EUR FR", 0.5),
    ]


def test_of_many_prices_the_farthest_are_named() -> None:
    """Twenty at most, whichever record holds them; all are counted."""
    summary = planned(
        *(
            {f"price[{n}].{scope}": ("100.00 EUR", f"{200 + n + scope * 30}.00 EUR") for scope in (1, 2)}
            for n in range(30)
        )
    )
    assert (summary.far, summary.far_records) == (60, 30)
    assert [round(jump.by * 100) for jump in summary.jumps] == [189 - n for n in range(20)]
