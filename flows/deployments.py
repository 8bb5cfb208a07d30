"""Deployments: what prefect.yaml declares, and keeping the server to it."""

from __future__ import annotations

import importlib
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import yaml
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passerelle.errors import ConfigError

from .lanes import Lane

__all__ = [
    "OWN_TAG",
    "Declaration",
    "Declared",
    "DeclaredSchedule",
    "WorkPool",
    "load_flow",
    "read_declaration",
    "read_declared",
    "remove_stale",
    "to_deployment",
]

#: Every deployment of prefect.yaml carries this tag; what carries it and is no longer declared goes away.
OWN_TAG = "passerelle"

#: The most that the server gives at once.
_PAGE = 200

_DOTTED = "Name module and function: flows.stock.sync_stock"


class DeclaredSchedule(BaseModel):
    """One schedule; the slug is its identity on the server.

    `cron` names hours of the day in a zone, `interval` (seconds, from `anchor_date` on) a distance in UTC.
    What runs more often than daily needs an interval: when the clocks go back, Prefect lets the second
    2 o'clock of the zone out, and an "every ten minutes" would pause for an hour.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: str
    cron: str | None = None
    interval: int | None = Field(default=None, ge=60)
    anchor_date: datetime | None = None
    timezone: str
    active: bool = True
    parameters: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.cron is None) == (self.interval is None):
            raise ValueError(f"the schedule {self.slug} needs exactly one of cron and interval")
        if self.interval is not None and (self.anchor_date is None or self.anchor_date.tzinfo is None):
            raise ValueError(f"the schedule {self.slug} needs an anchor_date with its offset from UTC")
        if self.interval is not None and self.timezone != "UTC":
            raise ValueError(f"the interval {self.slug} needs timezone UTC: elsewhere it pauses for an hour")
        return self

    def to_schedule(self) -> Schedule:
        """Build it as a runner registers it."""
        if self.cron is not None:
            return Cron(
                self.cron,
                timezone=self.timezone,
                active=self.active,
                parameters=self.parameters,
                slug=self.slug,
            )
        if self.interval is None:
            raise ConfigError(f"The schedule {self.slug} has neither cron nor interval")
        return Interval(
            self.interval,
            anchor_date=self.anchor_date,
            timezone=self.timezone,
            active=self.active,
            parameters=self.parameters,
            slug=self.slug,
        )


class WorkPool(BaseModel):
    """Where workers find the runs; the queue is the lane, here as there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    work_queue_name: str = ""


class Declared(BaseModel):
    """One deployment as prefect.yaml declares it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    entrypoint: str
    description: str
    tags: list[str]
    parameters: dict[str, Any] = {}
    enforce_parameter_schema: bool = True
    concurrency_limit: ConcurrencyLimitConfig
    schedules: list[DeclaredSchedule] = []
    work_pool: WorkPool | None = None

    @property
    def lane(self) -> str:
        """The lane its runs go in; empty for none."""
        return "" if self.work_pool is None else self.work_pool.work_queue_name


class Declaration(BaseModel):
    """A prefect.yaml: its deployments, and its lanes by name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lanes: dict[str, Lane] = {}
    deployments: list[Declared]


def read_declaration(path: Path) -> Declaration:
    """Read a prefect.yaml; raises ConfigError naming what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("deployments"), list):
        raise ConfigError(f"{path} has no list `deployments`")
    lanes = (content.get("definitions") or {}).get("lanes") or {}
    try:
        return Declaration.model_validate({"lanes": lanes, "deployments": content["deployments"]})
    except ValidationError as error:
        raise ConfigError(f"{path} declares a deployment that cannot be served: {error}") from error


def read_declared(path: Path) -> list[Declared]:
    """Read the deployments of a prefect.yaml; raises ConfigError naming what is wrong."""
    return read_declaration(path).deployments


def load_flow(entrypoint: str) -> Flow[..., Any]:
    """Import the flow that a dotted entrypoint (`flows.stock.sync_stock`) names; raises ConfigError."""
    module, _, name = entrypoint.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except (ModuleNotFoundError, ValueError) as error:
        raise ConfigError(f"{entrypoint} is not a flow: {error}", advice=_DOTTED) from error
    if not isinstance(found, Flow):
        raise ConfigError(f"{entrypoint} is not a flow", advice=_DOTTED)
    return found


async def to_deployment(declared: Declared, *, paused: bool | None) -> RunnerDeployment:
    """Build what a runner serves; `paused` None leaves a known deployment as people set it."""
    deployment = await load_flow(declared.entrypoint).ato_deployment(
        declared.name,
        description=declared.description,
        tags=declared.tags,
        parameters=declared.parameters,
        concurrency_limit=declared.concurrency_limit,
        enforce_parameter_schema=declared.enforce_parameter_schema,
        entrypoint_type=EntrypointType.MODULE_PATH,
        paused=paused,
        schedules=[schedule.to_schedule() for schedule in declared.schedules],
    )
    deployment.entrypoint = declared.entrypoint
    return deployment


async def remove_stale(client: PrefectClient, declared: list[Declared]) -> list[str]:
    """Delete our deployments and schedules that prefect.yaml no longer has; returns their names.

    Prefect itself never does: a schedule taken out of the file would go on for ever.
    """
    wanted = {entry.name: {schedule.slug for schedule in entry.schedules} for entry in declared}
    removed: list[str] = []
    for deployment in await _ours(client):
        if deployment.name not in wanted:
            await client.delete_deployment(deployment.id)
            removed.append(deployment.name)
            continue
        for schedule in deployment.schedules:
            if schedule.slug not in wanted[deployment.name] and schedule.id is not None:
                await client.delete_deployment_schedule(deployment.id, schedule.id)
                removed.append(f"{deployment.name}: {schedule.slug}")
    return removed


async def _ours(client: PrefectClient) -> list[DeploymentResponse]:
    """Read all deployments with our tag; the server gives two hundred at a time."""
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[OWN_TAG]))
    found: list[DeploymentResponse] = []
    while True:
        page = await client.read_deployments(deployment_filter=ours, limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return found
