"""A Black Friday of a project ten times the largest: what it asks of machines and of the shop, reckoned.

`python -m bench.ten_times` prints the tables; `--write` puts them and a picture into docs/deploy/sizing.md.
Nothing is measured here: figures of `ten_times_figures` go through a day in steps of half a minute. Files
come when partners send them, orders when people buy; feeds take them in the order of their lanes; cores,
connections and the shop's answers are what they wait for. The same seed gives the same day.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .ten_times_figures import ASSUMED, MEASURED, PUBLISHED

__all__ = ["Day", "Feed", "Machines", "Project", "play", "project"]

STEP = 30
_DAY = 24 * 3600
#: What is left of a record by rounding.
_NOTHING = 1e-9
#: Connections of one process; half of what a process may have at the most leaves air for retries.
_CONNECTIONS = 100


@dataclass(frozen=True)
class Project:
    """How large, in records; orders and pieces are those of the day."""

    skus: int
    products: int
    stores: int
    store_lines: int
    orders: int
    peak: int
    sold: int
    known: Mapping[str, float]


@dataclass(frozen=True)
class Machines:
    """What there is to work with: cores, and how the shop answers; `calls` a second at the most, or any."""

    cores: int
    latency: float = ASSUMED["latency"].value
    calls: float | None = None
    #: Feeds of one kind beside each other, by country or group of stores: each reads and plans on a core.
    divided: int = 1
    #: Without helpers a run makes its calls in its own process.
    helpers: bool = True


@dataclass
class Feed:
    """One kind of work: what waits, what was done, how old it was by then."""

    name: str
    lane: int
    #: CPU seconds and calls of a record.
    cpu: float
    calls: float
    call_cpu: float
    #: Came since the feed looked last.
    coming: deque[tuple[float, float]] = field(default_factory=deque)
    waiting: deque[tuple[float, float]] = field(default_factory=deque)
    planned: deque[tuple[float, float]] = field(default_factory=deque)
    ages: list[tuple[float, float]] = field(default_factory=list)
    done_at: float = 0.0

    def arrive(self, now: float, records: float) -> None:
        """Take in what came."""
        if records > 0:
            self.coming.append((now, records))

    def look(self) -> None:
        """Begin a run: what came is waiting now."""
        self.waiting += self.coming
        self.coming.clear()

    def plan(self, seconds: float) -> float:
        """Read and plan for so many CPU seconds at the most; return what was used."""
        if not self.waiting:
            return 0.0
        done = _move(self.waiting, self.planned, seconds / self.cpu if self.cpu else math.inf)
        return done * self.cpu

    def send(self, records: float, now: float) -> float:
        """Make the calls of so many records at the most; return how many it were."""
        sent = 0.0
        while self.planned and records > _NOTHING:
            since, count = self.planned.popleft()
            part = min(count, records)
            if part < count:
                self.planned.appendleft((since, count - part))
            self.ages.append((now - since, part))
            records -= part
            sent += part
        if sent:
            self.done_at = now
        return sent

    def age(self, share: float) -> float:
        """Within how many seconds so large a share of the records was in the shop; infinite when not."""
        whole = sum(count for _, count in self.ages) + self.backlog
        passed = 0.0
        for age, count in sorted(self.ages):
            passed += count
            if passed >= whole * share:
                return age
        return math.inf if whole else 0.0

    @property
    def backlog(self) -> float:
        """Records that are not in the shop yet."""
        return sum(count for part in (self.coming, self.waiting, self.planned) for _, count in part)


@dataclass
class Day:
    """What was seen: by feed, and in steps over the day."""

    feeds: dict[str, Feed]
    busy: list[float]
    calls: list[float]
    orders: list[float]

    @property
    def core_hours(self) -> float:
        """CPU of the whole day."""
        return sum(self.busy) * STEP / 3600

    @property
    def busiest(self) -> float:
        """Cores at work in the busiest quarter of an hour."""
        return _highest(self.busy)

    @property
    def most_calls(self) -> float:
        """Calls a second in the busiest quarter of an hour."""
        return _highest(self.calls)


def _highest(series: list[float]) -> float:
    width = 900 // STEP
    return max(sum(series[start : start + width]) / width for start in range(0, len(series), width))


def _move(source: deque[tuple[float, float]], target: deque[tuple[float, float]], records: float) -> float:
    moved = 0.0
    while source and records > _NOTHING:
        since, count = source.popleft()
        part = min(count, records)
        if part < count:
            source.appendleft((since, count - part))
        target.append((since, part))
        records -= part
        moved += part
    return moved


def project(times: float = 10, **known: float) -> Project:
    """So many times the largest published figures; assumptions may be given other values by name."""
    assumed = {name: one.value for name, one in ASSUMED.items()} | known
    public = {name: one.value for name, one in PUBLISHED.items()}
    peak = public["orders_minute"] * times
    stores = public["stores"] * times
    products = public["articles"] * times
    return Project(
        skus=round(products * assumed["variants"]),
        products=round(products),
        stores=round(stores),
        store_lines=round(stores * assumed["range"]),
        orders=round(peak * public["friday_minutes"]),
        peak=round(peak),
        sold=round(stores * assumed["sold"]),
        known=assumed,
    )


def shape(seed: int) -> list[float]:
    """Orders of each minute of a Black Friday, the strongest as 1: midnight, morning, lunch, a long evening.

    The sum is that of the published day, so that its peak and its whole both hold.
    """
    chance = Random(seed)  # noqa: S311 -- a workload, not a secret
    humps = (
        (0, 30, 0.45),
        (8.5 * 60, 90, 0.3),
        (12.5 * 60, 70, 0.45),
        (16.5 * 60, 100, 0.35),
        (20.5 * 60, 85, 1.0),
    )
    minutes = [
        0.02 + sum(high * math.exp(-(((minute - at) / wide) ** 2) / 2) for at, wide, high in humps)
        for minute in range(1440)
    ]
    wanted = PUBLISHED["friday_minutes"].value
    # The base between the humps is what makes the whole right.
    strongest = max(minutes)
    scaled = [value / strongest for value in minutes]
    power = _root(scaled, wanted)
    rough = [value**power * chance.uniform(0.92, 1.0) for value in scaled]
    factor = wanted / sum(rough)
    return [min(1.0, value * factor) for value in rough]


def _root(values: list[float], wanted: float) -> float:
    """Find the power that gives this sum: less than 1 lifts what is low, more lowers it."""
    low, high = 0.05, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if sum(value**middle for value in values) > wanted:
            low = middle
        else:
            high = middle
    return low


def play(project: Project, machines: Machines, *, seed: int = 11) -> Day:
    """Let the day pass."""
    feeds = {feed.name: feed for feed in _feeds()}
    coming = deque(sorted(_files(project, seed)))
    by_minute = [value * project.peak for value in shape(seed)]
    chance = Random(seed + 1)  # noqa: S311 -- as above
    day = Day(feeds, [], [], [])
    for now in range(0, _DAY, STEP):
        orders = by_minute[now // 60] * STEP / 60
        day.orders.append(orders * 60 / STEP)
        feeds["orders to the ERP"].arrive(now, orders)
        while coming and coming[0][0] <= now:
            _, name, records = coming.popleft()
            feeds[name].arrive(now, records)
        if now % project.known["look"] == 0:
            for feed in feeds.values():
                feed.look()
        latency = machines.latency * chance.lognormvariate(0, 0.25)
        used, calls = _step(feeds, machines, latency, float(now))
        day.busy.append(used / STEP)
        day.calls.append(calls / STEP)
    return day


def _step(feeds: Mapping[str, Feed], machines: Machines, latency: float, now: float) -> tuple[float, float]:
    """Give each lane its turn, the first one first; return CPU seconds and calls that were used."""
    left = float(machines.cores * STEP)
    process = STEP * _CONNECTIONS / latency * MEASURED["share"].value
    room = math.inf if machines.calls is None else machines.calls * STEP
    made = 0.0
    for feed in sorted(feeds.values(), key=lambda one: one.lane):
        left -= feed.plan(min(left, machines.divided * STEP))
        if not feed.calls:
            feed.send(math.inf, now + STEP)
            continue
        processes = machines.cores if machines.helpers else machines.divided
        cpu = min(left, float(processes * STEP))
        most = min(room - made, process * processes, cpu / feed.call_cpu)
        sent = feed.send(max(0.0, most / feed.calls), now + STEP)
        made += sent * feed.calls
        left -= sent * feed.calls * feed.call_cpu
    return machines.cores * STEP - left, made


def _feeds() -> Iterator[Feed]:
    """List the feeds: lane, CPU of reading and planning a record, calls and CPU of a call."""
    call = MEASURED["call"].value / 1e6
    changed = MEASURED["update"].value / 1e6 - call
    row = 1 / MEASURED["rows"].value
    order = MEASURED["order"].value / 1e3 - MEASURED["order_calls"].value * call
    yield Feed("orders to the ERP", 1, order, MEASURED["order_calls"].value, call)
    message = MEASURED["message"].value / 1e3 - MEASURED["answer_calls"].value * call
    yield Feed("what is said of orders", 2, message, MEASURED["answer_calls"].value, call)
    yield Feed("stock of the warehouse", 3, changed, 1.0, call)
    yield Feed("stock of the stores", 4, changed, 1.0, call)
    yield Feed("prices of the day", 5, changed, 1.0, call)
    yield Feed("catalogue", 6, MEASURED["product"].value / 1e6, MEASURED["product_calls"].value / 1000, call)
    yield Feed("full stock of the night", 7, row, 0.0, 0.0)


def _files(project: Project, seed: int) -> Iterator[tuple[float, str, float]]:
    """List the files of the day: when, for which feed, how many records ask for work."""
    chance = Random(seed + 2)  # noqa: S311 -- as above
    by_minute = [value * project.peak for value in shape(seed)]
    yield 0.0, "prices of the day", project.skus * project.known["countries"] * project.known["repriced"]
    yield 2 * 3600.0, "catalogue", float(project.products)
    yield 3 * 3600.0, "full stock of the night", float(project.skus + project.store_lines)
    opening, closing = 8 * 60, 23 * 60
    for minute in range(10, 1441, 10):
        late = chance.uniform(0, 120)
        at = minute * 60 + late
        pieces = sum(by_minute[minute - 10 : minute]) * project.known["lines"]
        yield at, "stock of the warehouse", _distinct(pieces, project.skus)
        if opening < minute <= closing:
            pieces = project.sold / ((closing - opening) / 10)
            yield at + chance.uniform(0, 60), "stock of the stores", _distinct(pieces, project.store_lines)
        said = project.orders * project.known["messages"] / 144
        yield minute * 60 + chance.uniform(0, 60), "what is said of orders", said


def _distinct(pieces: float, lines: float) -> float:
    """How many different lines so many pieces are taken from: some are sold twice within ten minutes.

    Half of the pieces are of a hundredth of the lines, as it is with clothes.
    """
    few = lines / 100
    return sum(among * -math.expm1(-pieces / 2 / among) for among in (few, lines - few))


def main(arguments: list[str] | None = None) -> int:
    """Print the reckoning, or write it into the documentation."""
    from .ten_times_page import page, tables  # noqa: PLC0415 -- it needs what is above

    parser = argparse.ArgumentParser(prog="python -m bench.ten_times", description=__doc__)
    parser.add_argument("--times", type=float, default=10, help="so many times the largest published figures")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put tables and picture into this page")
    for name, one in ASSUMED.items():
        parser.add_argument(
            f"--{name}", type=float, default=one.value, help=f"{one.unit} ({one.value:g}: {one.source})"
        )
    chosen = vars(parser.parse_args(arguments))
    wanted = project(chosen["times"], **{name: chosen[name] for name in ASSUMED})
    if chosen["write"] is not None:
        page(chosen["write"], wanted, seed=chosen["seed"])
    else:
        sys.stdout.write("\n".join(tables(wanted, seed=chosen["seed"]).values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
