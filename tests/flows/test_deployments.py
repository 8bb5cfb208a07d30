from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.schedules import IntervalSchedule

from flows.deployments import (
    OWN_TAG,
    Declared,
    DeclaredSchedule,
    load_flow,
    read_declared,
    remove_stale,
    to_deployment,
)
from passerelle.errors import ConfigError
from passerelle.feeds import Settings, Workspace

from .conftest import PROJECT

DECLARED = read_declared(PROJECT / "prefect.yaml")
each = pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.name)


#: A declaration with one schedule.
SCHEDULE = """
deployments:
  - {{name: a, entrypoint: b.c, description: d, tags: [], concurrency_limit: {{limit: 1}},
      schedules: [{{slug: s, {}}}]}}
"""


@each
def test_a_deployment_serves_a_feed_that_exists(declared: Declared) -> None:
    """The entrypoint imports, and its form accepts the parameters declared here and in each schedule."""
    flow = load_flow(declared.entrypoint)
    for schedule in declared.schedules:
        flow.validate_parameters({**declared.parameters, **schedule.parameters})
    if declared.schedules and "feed" in flow.parameters.properties:
        assert declared.parameters["feed"] in flow.parameters.properties["feed"]["enum"]


@each
def test_runs_of_one_feed_never_overlap(declared: Declared) -> None:
    """A second scheduled run of a feed is cancelled; what people ask for one by one waits for its turn."""
    assert declared.concurrency_limit.limit == 1
    strategy = declared.concurrency_limit.collision_strategy.value
    assert strategy == ("CANCEL_NEW" if declared.schedules else "ENQUEUE")
    assert declared.enforce_parameter_schema


def test_every_feed_has_a_deployment() -> None:
    """A mapping that somebody added and forgot to schedule is found here, not by a customer."""
    feeds = Workspace(Settings(mappings=PROJECT / "mappings")).feeds()
    served = {entry.parameters["feed"] for entry in DECLARED if "feed" in entry.parameters}
    assert served == {name for names in feeds.values() for name in names}


def test_every_country_is_served_by_one_flow_of_its_kind() -> None:
    """Countries are parameters: the four prices, four trees and four catalogues share their entrypoints."""
    by_kind: dict[str, dict[str, str]] = {}
    for entry in DECLARED:
        kind, _, country = entry.name.partition("-")
        if kind in {"prices", "categories", "products"}:
            assert country in entry.tags
            by_kind.setdefault(kind, {})[country] = entry.entrypoint
    assert set(by_kind) == {"prices", "categories", "products"}
    assert all(set(countries) == {"fr", "be", "pl", "si"} for countries in by_kind.values())
    assert all(len(set(countries.values())) == 1 for countries in by_kind.values())


def test_slugs_names_and_feeds_are_unique() -> None:
    """A slug or a name is an identity on the server; a feed has one deployment."""
    for values in (
        [entry.name for entry in DECLARED],
        [entry.parameters["feed"] for entry in DECLARED if "feed" in entry.parameters],
        [schedule.slug for entry in DECLARED for schedule in entry.schedules],
    ):
        assert len(values) == len(set(values))


def test_every_deployment_is_ours_by_its_tag() -> None:
    """What is no longer declared is found by the tag."""
    assert all(OWN_TAG in entry.tags for entry in DECLARED)


def test_the_declaration_names_no_folder_of_a_machine() -> None:
    """No pull step, no path: the project works wherever it is checked out."""
    content = yaml.safe_load((PROJECT / "prefect.yaml").read_text(encoding="utf-8"))
    assert content["pull"] == []
    assert all(":" not in entry.entrypoint and "/" not in entry.entrypoint for entry in DECLARED)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("deployments: [{name: x}]", "entrypoint"),
        ("deployments: [", "no YAML"),
        ("{}", "no list `deployments`"),
        ("[]", "no list `deployments`"),
        ("deployments: []\ndefinitions: {lanes: {now: {priority: 0}}}", "priority"),
        (SCHEDULE.format("timezone: UTC"), "exactly one of cron and interval"),
        (SCHEDULE.format("timezone: UTC, interval: 600"), "anchor_date with its offset"),
        (
            SCHEDULE.format("timezone: Europe/Paris, interval: 600, anchor_date: 2026-01-01T00:00:00Z"),
            "needs timezone UTC",
        ),
    ],
)
def test_a_wrong_declaration_is_explained(tmp_path: Path, content: str, said: str) -> None:
    """The message says what is missing."""
    path = tmp_path / "prefect.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_declared(path)


@pytest.mark.parametrize(
    "entrypoint", ["flows.stock.StockFeed", "flows.stock.nothing", "flows.nowhere.sync", "x"]
)
def test_an_entrypoint_that_is_no_flow_is_refused(entrypoint: str) -> None:
    """A wrong entrypoint says so when it is declared, not when it is due at night."""
    with pytest.raises(ConfigError, match="not a flow"):
        load_flow(entrypoint)


@pytest.mark.usefixtures("prefect_server")
async def test_what_is_no_longer_declared_goes_away() -> None:
    """A deployment or a schedule taken out of prefect.yaml is taken off the server; the others stay."""
    keep, drop = (
        Declared(
            name=name,
            entrypoint="flows.stock.sync_stock",
            description="x",
            tags=[OWN_TAG],
            parameters={"feed": "stock"},
            concurrency_limit=ConcurrencyLimitConfig(limit=1),
            schedules=[
                DeclaredSchedule(slug=f"{name}-day", cron="0 6 * * *", timezone="Europe/Paris"),
                DeclaredSchedule(slug=f"{name}-night", cron="0 1 * * *", timezone="Europe/Paris"),
            ],
        )
        for name in ("keep", "drop")
    )
    ids = [await (await to_deployment(entry, paused=True)).aapply() for entry in (keep, drop)]
    wanted = keep.model_copy(update={"schedules": keep.schedules[:1]})
    async with get_client() as client:
        removed = await remove_stale(client, [wanted])
        left = [deployment.id for deployment in await client.read_deployments()]
        kept = await client.read_deployment(ids[0])
    assert sorted(removed) == ["drop", "keep: keep-night"]
    assert ids[0] in left
    assert ids[1] not in left
    assert [schedule.slug for schedule in kept.schedules] == ["keep-day"]
    assert (kept.path, kept.pull_steps, kept.entrypoint) == (None, [], "flows.stock.sync_stock")


@pytest.mark.usefixtures("prefect_server")
async def test_a_schedule_that_is_declared_anew_replaces_the_old_one() -> None:
    """A slug that was a cron and is an interval now is one schedule, also on a server that knows it."""
    nightly = DeclaredSchedule(slug="again", cron="0 6 * * *", timezone="Europe/Paris")
    frequent = DeclaredSchedule.model_validate(
        {"slug": "again", "interval": 600, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "UTC"}
    )
    declared = Declared(
        name="changing",
        entrypoint="flows.stock.sync_stock",
        description="x",
        tags=[OWN_TAG],
        parameters={"feed": "stock"},
        concurrency_limit=ConcurrencyLimitConfig(limit=1),
        schedules=[nightly],
    )
    for schedule in (nightly, frequent):
        served = declared.model_copy(update={"schedules": [schedule]})
        number = await (await to_deployment(served, paused=True)).aapply()
    async with get_client() as client:
        (found,) = (await client.read_deployment(number)).schedules
    assert found.slug == "again"
    assert isinstance(found.schedule, IntervalSchedule)
    assert found.schedule.interval.total_seconds() == 600
