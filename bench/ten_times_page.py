"""The reckoning of `ten_times` as it stands in docs/deploy/sizing.md: tables, and a picture of the day."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .ten_times import STEP, Day, Machines, Project, play, project
from .ten_times_figures import ASSUMED, MEASURED, PUBLISHED, Figure

__all__ = ["PICTURE", "PLACES", "page", "picture", "tables"]

PICTURE = "black-friday.svg"
PLACES = ("measured", "published", "assumed", "project", "machines", "budget", "largest", "ledger")
#: What the picture and the last tables are of.
_CHOSEN = Machines(cores=16, divided=8)


def page(path: Path, wanted: Project, *, seed: int) -> None:
    """Put the tables between their marks, and the picture beside the page."""
    text = path.read_text(encoding="utf-8")
    marks = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
    places = [found[2] for found in marks.finditer(text)]
    if sorted(places) != sorted(PLACES):
        raise SystemExit(f"{path} has not each place once: <!-- name --> … <!-- end -->, {', '.join(PLACES)}")
    made = tables(wanted, seed=seed)
    text = marks.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", text)
    path.write_text(text, encoding="utf-8")
    path.with_name(PICTURE).write_text(picture(wanted, seed=seed), encoding="utf-8")


def tables(wanted: Project, *, seed: int) -> dict[str, str]:
    """Give every table by the name of its place."""
    tenth = project(1, **wanted.known)
    return {
        "measured": _figures(MEASURED),
        "published": _figures(PUBLISHED),
        "assumed": _figures(ASSUMED),
        "project": _sizes(tenth, wanted),
        "machines": _days(wanted, _machines(), seed),
        "budget": _days(wanted, [replace(_CHOSEN, calls=calls) for calls in (2_000, 5_000, 10_000)], seed),
        "largest": _days(tenth, [Machines(1), Machines(2), Machines(4)], seed),
        "ledger": _ledger(tenth, wanted),
    }


def _machines() -> list[Machines]:
    few = [Machines(cores, divided=8) for cores in (4, 8, 12, 16)]
    return [*few, Machines(16, divided=1), Machines(16, divided=1, helpers=False)]


def _figures(figures: Mapping[str, Figure]) -> str:
    rows = ((_number(one.value), one.unit, _source(one.source)) for one in figures.values())
    return _table(("figure", "what", "from"), rows)


def _source(text: str) -> str:
    return f"[{text.split('/')[2].removeprefix('www.')}]({text})" if text.startswith("https:") else text


def _sizes(small: Project, large: Project) -> str:
    names = {
        "products": "products",
        "skus": "SKUs",
        "stores": "stores",
        "store_lines": "stock lines of stores",
        "orders": "orders on the day",
        "peak": "orders in its strongest minute",
        "sold": "pieces sold in stores on the day",
    }
    rows = ((what, *(f"{getattr(one, name):,}" for one in (small, large))) for name, what in names.items())
    return _table(("", "the largest", "ten times"), rows)


def _days(wanted: Project, machines: Iterable[Machines], seed: int) -> str:
    heads = (
        "cores", "feeds beside each other", "helpers", "calls/s allowed", "orders to the ERP",
        "told of orders", "stock of the warehouse", "stock of stores", "prices of the day", "cores busy",
        "calls/s",
    )  # fmt: skip
    return _table(heads, (_row(one, play(wanted, one, seed=seed)) for one in machines))


def _row(machines: Machines, day: Day) -> tuple[str, ...]:
    ages = [day.feeds[name].age(0.99) for name in list(day.feeds)[:5]]
    return (
        str(machines.cores),
        str(machines.divided),
        "yes" if machines.helpers else "no",
        "any" if machines.calls is None else f"{machines.calls:,.0f}",
        *map(_age, ages),
        f"{day.busiest:.1f}",
        f"{day.most_calls:,.0f}",
    )


def _ledger(small: Project, large: Project) -> str:
    rows = []
    for name, count, size in (
        ("stock lines", "lines", "stock_bytes"),
        ("products", "products", "product_bytes"),
        ("orders of the day", "orders", "order_bytes"),
        ("orders of a year, at the yearly average", "year", "order_bytes"),
    ):
        counts = [_count(one, count, times) for one, times in ((small, 1), (large, 10))]
        rows.append((name, *(_size(value * MEASURED[size].value) for value in counts)))
    return _table(("in the ledger", "the largest", "ten times"), rows)


def _count(one: Project, name: str, times: int) -> float:
    if name == "lines":
        return one.skus + one.store_lines
    if name == "year":
        return PUBLISHED["orders_year"].value * times
    return float(getattr(one, name))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.3g}"


def _age(seconds: float) -> str:
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min")):
        if seconds <= limit:
            return f"{seconds / unit:.0f} {name}"
    return "not that day" if math.isinf(seconds) else f"{seconds / 3600:.1f} h"


def _size(count: float) -> str:
    for name in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.3g} {name}"
        count /= 1000
    return f"{count:,.3g} TB"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


_STYLE = 'role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13"'
_WIDE, _HIGH, _LEFT, _TOP, _GAP = 720, 110, 64, 56, 34


def picture(wanted: Project, *, seed: int) -> str:
    """Draw the day on the chosen machines: orders, calls, cores, one above the other."""
    day = play(wanted, _CHOSEN, seed=seed)
    series = (
        ("orders a minute", day.orders, "#0b6e4f"),
        ("calls to the shop a second", day.calls, "#1f4e9e"),
        (f"cores busy, of {_CHOSEN.cores}", day.busy, "#9e3d1f"),
    )
    told = "; ".join(f"{name}: {max(_halves(values)):,.0f} at the most" for name, values, _ in series)
    high = _TOP + len(series) * (_HIGH + _GAP) + 18
    title = f"A Black Friday of {wanted.orders:,} orders, reckoned"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE + _LEFT + 24} {high}" {_STYLE}>',
            f'<title id="t">{title}</title>',
            f'<desc id="d">By half hours. {told}.</desc>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            f'<text x="{_LEFT}" y="26" font-size="16" font-weight="600" fill="#1a1a1a">{title}</text>',
            *(line for number, one in enumerate(series) for line in _curve(number, *one)),
            *_hours(high),
            "</svg>\n",
        ]
    )


def _halves(values: list[float]) -> list[float]:
    width = 1800 // STEP
    return [sum(values[start : start + width]) / width for start in range(0, len(values), width)]


def _curve(number: int, name: str, values: list[float], colour: str) -> Iterator[str]:
    halves = _halves(values)
    top = _TOP + number * (_HIGH + _GAP)
    most = max(halves) or 1
    points = [
        (_LEFT + _WIDE * (place + 0.5) / len(halves), top + _HIGH * (1 - value / most))
        for place, value in enumerate(halves)
    ]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    floor = top + _HIGH
    yield f'<text x="{_LEFT}" y="{top - 6}" fill="#1a1a1a">{name}</text>'
    area = f"M{points[0][0]:.1f} {floor} L{path} L{points[-1][0]:.1f} {floor} Z"
    yield f'<path d="{area}" fill="{colour}" opacity="0.18"/>'
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield f'<line x1="{_LEFT}" y1="{floor}" x2="{_LEFT + _WIDE}" y2="{floor}" stroke="#767676"/>'
    yield f'<text x="{_LEFT - 8}" y="{top + 10}" text-anchor="end" fill="#4a4a4a">{most:,.0f}</text>'
    yield f'<text x="{_LEFT - 8}" y="{floor}" text-anchor="end" fill="#4a4a4a">0</text>'


def _hours(high: int) -> Iterator[str]:
    for hour in range(0, 25, 3):
        x = _LEFT + _WIDE * hour / 24
        yield f'<text x="{x:.1f}" y="{high - 8}" text-anchor="middle" fill="#4a4a4a">{hour:02d}:00</text>'
