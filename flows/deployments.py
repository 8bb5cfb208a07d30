"""Deployments: what prefect.yaml declares, and keeping the server to it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, ConfigDict, ValidationError

from passerelle.errors import ConfigError

__all__ = [
    "OWN_TAG",
    "Declared",
    "DeclaredSchedule",
    "load_flow",
    "read_declared",
    "remove_stale",
    "to_deployment",
]

#: Every deployment of prefect.yaml carries this tag; what carries it and is no longer declared goes away.
OWN_TAG = "passerelle"

_DOTTED = "Name module and function: flows.stock.sync_stock"


class DeclaredSchedule(BaseModel):
    """One schedule; the slug is its identity on the server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: str
    cron: str
    timezone: str
    active: bool = True
    parameters: dict[str, Any] = {}


class Declared(BaseModel):
    """One deployment as prefect.yaml declares it; work pools are for `prefect deploy` only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    entrypoint: str
    description: str
    tags: list[str]
    parameters: dict[str, Any] = {}
    enforce_parameter_schema: bool = True
    concurrency_limit: ConcurrencyLimitConfig
    schedules: list[DeclaredSchedule] = []


def read_declared(path: Path) -> list[Declared]:
    """Read the deployments of a prefect.yaml; raises ConfigError naming what is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("deployments"), list):
        raise ConfigError(f"{path} has no list `deployments`")
    try:
        return [Declared.model_validate(entry) for entry in content["deployments"]]
    except ValidationError as error:
        raise ConfigError(f"{path} declares a deployment that cannot be served: {error}") from error


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
        schedules=[
            Cron(
                schedule.cron,
                timezone=schedule.timezone,
                active=schedule.active,
                parameters=schedule.parameters,
                slug=schedule.slug,
            )
            for schedule in declared.schedules
        ],
    )
    deployment.entrypoint = declared.entrypoint
    return deployment


async def remove_stale(client: PrefectClient, declared: list[Declared]) -> list[str]:
    """Delete our deployments and schedules that prefect.yaml no longer has; returns their names.

    Prefect itself never does: a schedule taken out of the file would go on for ever.
    """
    wanted = {entry.name: {schedule.slug for schedule in entry.schedules} for entry in declared}
    removed: list[str] = []
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[OWN_TAG]))
    for deployment in await client.read_deployments(deployment_filter=ours, limit=200):
        if deployment.name not in wanted:
            await client.delete_deployment(deployment.id)
            removed.append(deployment.name)
            continue
        for schedule in deployment.schedules:
            if schedule.slug not in wanted[deployment.name] and schedule.id is not None:
                await client.delete_deployment_schedule(deployment.id, schedule.id)
                removed.append(f"{deployment.name}: {schedule.slug}")
    return removed
