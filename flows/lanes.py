"""Lanes: who goes first when runs wait for a place, and how many places stay free for what is more urgent.

Stock and orders cost sales when they are late, a catalogue does not: a night's catalogue must never hold all
places while orders wait. The lanes stand in prefect.yaml (`definitions: lanes:`); a deployment's lane is its
work queue. `passerelle up` keeps to them in its runner, workers by the queues' priorities (`flows.pool`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

import anyio.abc
from prefect.client.schemas.objects import FlowRun
from prefect.runner._scheduled_run_poller import ScheduledRunPoller, StarterResolver
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Lane", "LanePoller", "Lanes"]


class Lane(BaseModel):
    """One lane; 1 is the most urgent.

    `leaves_free` is how many places stay for more urgent lanes, `at_once` how many of its own runs may work
    at the same time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    priority: int = Field(ge=1)
    leaves_free: int = Field(default=0, ge=0)
    at_once: int | None = Field(default=None, ge=1)


class Lanes:
    """Which deployment goes in which lane, and who may start now."""

    def __init__(self, lanes: Mapping[str, Lane], lane_of: Mapping[UUID, str]) -> None:
        self._lanes = lanes
        self._lane_of = lane_of

    def choose(
        self, waiting: Iterable[FlowRun], at_work: Iterable[UUID | None], *, places: int | None
    ) -> list[FlowRun]:
        """Choose the runs to start now, the most urgent first, then the one that waits longest.

        `at_work` are the deployments of the runs that hold a place, one for each run. With one place only
        nobody can leave one free: then the order alone decides.
        """
        busy = Counter(self._name(deployment) for deployment in at_work)
        chosen: list[FlowRun] = []
        for run in sorted(waiting, key=self._turn):
            name = self._name(run.deployment_id)
            lane = self._lanes.get(name)
            taken = busy.total()
            if places is not None and taken >= places:
                break
            if lane is not None:
                if lane.at_once is not None and busy[name] >= lane.at_once:
                    continue
                if places is not None and taken >= places - min(lane.leaves_free, places - 1):
                    continue
            busy[name] += 1
            chosen.append(run)
        return chosen

    def _turn(self, run: FlowRun) -> tuple[int, bool, float]:
        lane = self._lanes.get(self._name(run.deployment_id))
        due = run.next_scheduled_start_time
        # A run of no lane was started by somebody who knows why: it waits for nobody.
        return lane.priority if lane else 0, due is None, due.timestamp() if due else 0.0

    def _name(self, deployment: UUID | None) -> str:
        return "" if deployment is None else self._lane_of.get(deployment, "")


class LanePoller(ScheduledRunPoller):
    """Prefect's poller takes runs by the clock alone; this one by lane, then by the clock."""

    lanes: Lanes
    places: int | None
    deployments: dict[UUID, UUID | None]

    @classmethod
    def in_place_of(
        cls,
        poller: ScheduledRunPoller,
        lanes: Lanes,
        *,
        places: int | None,
        resolve_starter: StarterResolver,
    ) -> LanePoller:
        """Take over what a runner's own poller was made with, before it starts to poll."""
        mine = cls.__new__(cls)
        mine.__dict__.update({**poller.__dict__, "_resolve_starter": resolve_starter})
        mine.lanes, mine.places, mine.deployments = lanes, places, {}
        return mine

    @property
    def at_work(self) -> set[UUID]:
        """The runs that this runner has in hand, from before their process starts until after it ended."""
        return set(self._submitting_flow_run_ids)

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[FlowRun], task_group: anyio.abc.TaskGroup
    ) -> None:
        in_hand = self._submitting_flow_run_ids
        self.deployments = {run: self.deployments.get(run) for run in in_hand}
        waiting = [run for run in flow_run_response if run.id not in in_hand]
        for run in self.lanes.choose(waiting, self.deployments.values(), places=self.places):
            try:
                place = self._limit_manager.acquire()
            except anyio.WouldBlock:
                break
            in_hand.add(run.id)
            self.deployments[run.id] = run.deployment_id
            task_group.start_soon(self._submit_run, run, task_group, place)
