"""Starting: a run of a deployment from a program, once for one wish, however often it is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from pydantic_core import to_jsonable_python

__all__ = ["idempotency_key", "start_run"]


def idempotency_key(deployment: str, parameters: Mapping[str, Any], occasion: str) -> str:
    """Name one wish: the deployment, what is asked of it, and the occasion (a file's digest, a day).

    Prefect answers a key that it knows with the first run and ignores the new parameters; with their digest
    in the key, other parameters are another wish. The order of parameters makes no difference.
    """
    told = json.dumps(to_jsonable_python(dict(parameters)), sort_keys=True, separators=(",", ":"))
    return f"{deployment}:{occasion}:{hashlib.sha256(told.encode()).hexdigest()[:32]}"


async def start_run(
    client: PrefectClient, deployment: str, parameters: Mapping[str, Any], *, occasion: str
) -> FlowRun:
    """Start a run of `flow/deployment`, or find the one that was started for the same wish; do not wait.

    Raises:
        prefect.exceptions.ObjectNotFound: there is no such deployment.
    """
    return await arun_deployment(
        deployment,
        parameters=to_jsonable_python(dict(parameters)),
        idempotency_key=idempotency_key(deployment, parameters, occasion),
        timeout=0,
        client=client,
        as_subflow=False,
    )
