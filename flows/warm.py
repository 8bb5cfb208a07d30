"""Warm: each run in a process of its own that begins where the imports end.

A flow's process needs more CPU to import Prefect and the library than most scheduled runs need for their
work: nothing came, nothing is to do. Here one process of the runner imports everything once and forks one
child for each run, which is a process as any other: it has its own memory, can be cancelled and killed, and
what it leaves behind nobody else sees. It reads settings, mappings and the ledger anew; code that was changed
needs a new runner, as any service does.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import cast
from uuid import UUID

import anyio
import anyio.abc
import anyio.to_thread
from prefect.client.schemas.objects import FlowRun
from prefect.runner._control_channel import ControlChannel
from prefect.runner._process_manager import ProcessHandle
from prefect.settings import get_current_settings

__all__ = ["WarmProcesses", "WarmStarter"]

#: What every run needs, beside its flow. Nothing of it starts a thread: forking is safe (a test looks).
PRELOADED = (
    "prefect.engine",
    "prefect.flow_engine",
    "prefect.artifacts",
    "prefect._internal.metrics",
    "passerelle.feeds",
    # Asked for by mappings that expect nothing on public holidays.
    "holidays",
)


class WarmProcesses:
    """The process that forks; it starts with the first run, and ends with this one."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*PRELOADED, *modules])

    def start(self, target: Callable[..., object], *arguments: object) -> ForkServerProcess:
        """Fork a process that calls this."""
        process = self._context.Process(target=target, args=arguments)
        process.start()
        return process


class WarmStarter:
    """Starts a run's engine in a forked process, where Prefect's starter begins with an empty one."""

    def __init__(
        self, warm: WarmProcesses, *, deployment_name: str | None, control_channel: ControlChannel
    ) -> None:
        self._warm = warm
        self._deployment_name = deployment_name
        self._control_channel = control_channel

    async def start(
        self,
        flow_run: FlowRun,
        task_status: anyio.abc.TaskStatus[ProcessHandle] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Start it, hand over its handle, and return when it has ended."""
        variables = self._variables(flow_run.id)
        process = await anyio.to_thread.run_sync(lambda: self._warm.start(run_engine, variables))
        task_status.started(ProcessHandle(cast("multiprocessing.context.SpawnProcess", process)))
        await anyio.to_thread.run_sync(process.join, abandon_on_cancel=True)

    def _variables(self, run: UUID) -> dict[str, str]:
        """What Prefect's own starter puts into the environment of a run."""
        variables = {
            **os.environ,
            **get_current_settings().to_environment_variables(exclude_unset=True),
            "PREFECT__FLOW_RUN_ID": str(run),
            "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS": "false",
        }
        if self._deployment_name is not None:
            variables["PREFECT__DEPLOYMENT_NAME"] = self._deployment_name
        try:
            port, token = self._control_channel.register(run)
        except RuntimeError:
            return variables  # no listener: cancelling falls back to a signal alone, as Prefect's does
        return {**variables, "PREFECT__CONTROL_PORT": str(port), "PREFECT__CONTROL_TOKEN": token}


def run_engine(variables: Mapping[str, str]) -> None:
    """Be the process of one run: what `python -m prefect.engine` does, with this environment."""
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["prefect.engine"]
    # The module was imported to be warm; run as a program it is another one.
    sys.modules.pop("prefect.engine", None)
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
