from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun

from flows.deployments import read_declaration
from flows.lanes import Lane, Lanes

from .conftest import PROJECT

STOCK, ORDERS, PRICES, CATALOGUE, BACKFILL, NOBODY = (uuid4() for _ in range(6))
LANES = Lanes(
    {
        "now": Lane(priority=1),
        "prices": Lane(priority=2, leaves_free=1),
        "catalogue": Lane(priority=3, leaves_free=2),
        "backfills": Lane(priority=4, leaves_free=2, at_once=1),
    },
    {STOCK: "now", ORDERS: "now", PRICES: "prices", CATALOGUE: "catalogue", BACKFILL: "backfills"},
)
NOON = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


def _due(deployment: UUID, minutes: int = 0) -> FlowRun:
    moment = NOON + dt.timedelta(minutes=minutes)
    return FlowRun.model_validate(
        {"flow_id": uuid4(), "deployment_id": deployment, "next_scheduled_start_time": moment}
    )


def _chosen(*waiting: FlowRun, at_work: tuple[UUID, ...] = (), places: int | None = 4) -> list[UUID | None]:
    return [run.deployment_id for run in LANES.choose(waiting, at_work, places=places)]


def test_stock_and_orders_go_before_a_catalogue_that_waits_longer() -> None:
    """The lane decides, then the clock."""
    waiting = (_due(CATALOGUE, -60), _due(PRICES, -30), _due(ORDERS, 1), _due(STOCK, 0))
    assert _chosen(*waiting) == [STOCK, ORDERS, PRICES]


def test_a_night_s_catalogue_leaves_places_free() -> None:
    """Eight catalogues that are due together take two places of four: stock starts at once when it comes."""
    assert _chosen(*[_due(CATALOGUE, n) for n in range(8)]) == [CATALOGUE] * 2
    assert _chosen(_due(CATALOGUE), at_work=(CATALOGUE, CATALOGUE)) == []
    assert _chosen(_due(STOCK), at_work=(CATALOGUE, CATALOGUE, PRICES)) == [STOCK]


def test_backfills_work_one_at_a_time() -> None:
    """However many places are free."""
    assert _chosen(_due(BACKFILL), _due(BACKFILL, 1)) == [BACKFILL]
    assert _chosen(_due(BACKFILL), at_work=(BACKFILL,)) == []


@pytest.mark.parametrize("deployment", [STOCK, PRICES, CATALOGUE, BACKFILL])
def test_with_one_place_every_lane_comes_to_its_turn(deployment: UUID) -> None:
    """Nobody can leave the only place free: nothing would ever run."""
    assert _chosen(_due(deployment), places=1) == [deployment]
    assert _chosen(_due(deployment), at_work=(STOCK,), places=1) == []


def test_without_a_bound_all_start_but_what_is_bound_itself() -> None:
    """No limit of places is no reason to run two backfills."""
    assert _chosen(_due(STOCK), _due(BACKFILL), _due(BACKFILL), places=None) == [STOCK, BACKFILL]


def test_a_run_of_no_lane_waits_for_nobody() -> None:
    """A deployment that somebody made by hand is as it was: it takes a free place."""
    assert _chosen(_due(STOCK), _due(NOBODY, 5)) == [NOBODY, STOCK]


def test_every_deployment_goes_in_a_declared_lane_stock_and_orders_first() -> None:
    """The lanes of prefect.yaml: what sells now before prices before the catalogue before backfills."""
    declaration = read_declaration(PROJECT / "prefect.yaml")
    by_urgency = sorted(declaration.lanes, key=lambda name: declaration.lanes[name].priority)
    assert by_urgency == ["now", "prices", "catalogue", "backfills"]
    urgent = {entry.name for entry in declaration.deployments if entry.lane == "now"}
    selling = {"stock", "orders", "alerts"}
    assert urgent == {entry.name for entry in declaration.deployments if selling & set(entry.tags)}
    assert {entry.lane for entry in declaration.deployments if entry.schedules} <= set(declaration.lanes)
