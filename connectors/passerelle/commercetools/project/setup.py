"""Bring a project to what its model declares, through the plans of the same sinks that feeds use.

It adds what is missing and leaves alone what is there; `additive=False` changes and removes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from ...errors import ConfigError, Conflict, ReferenceMissing
from ...sync.protocols import Change, FieldChange
from ..categories.sink import CategorySink
from ..channels.sink import ChannelSink
from ..customer_groups.sink import CustomerGroupSink
from ..http.client import Client
from ..planning.keyed_sink import KeyedSink
from ..product_selections.sink import ProductSelectionSink
from ..product_types.attribute_types import shape
from ..product_types.sink import ProductTypeSink
from ..states.sink import StateSink
from ..stores.sink import StoreSink
from ..tax_categories.sink import TaxCategorySink
from ..types.sink import CustomTypeSink
from .model import ProjectModel
from .settings import ensure_settings, read_settings

__all__ = ["SetupStep", "ensure", "plan_setup"]

_TRIES = 3
_WORD = re.compile(r"[A-Za-z0-9_-]+")


class SetupStep(NamedTuple):
    """What one thing of the model needs: a change, or something that must be there before it.

    `path` is that of the API; the project's own settings have no key. `nowhere` are those of `waits_for`
    that neither the project has nor the model declares.
    """

    path: str
    key: str
    change: Change | None
    waits_for: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()

    def told(self) -> list[str]:
        """Say it in words, one line for what is created, one for each field that changes."""
        where = f"{self.path}/{self.key}" if self.key else self.path
        if self.change is None:
            return [f"{where}: waits for {', '.join(self.waits_for)}"]
        if self.change.kind == "create":
            return [f"created {where}"]
        return [f"{where}: {_told(field)}" for field in self.change.fields]


async def plan_setup(client: Client, model: ProjectModel, *, additive: bool = True) -> list[SetupStep]:
    """What the setup would do, nothing written; what points to something that it creates first waits for it.

    Raises:
        ConfigError: an attribute exists with another type (its name holds for the whole project).
    """
    steps: list[SetupStep] = []
    settings = await read_settings(client, model.project, additive=additive)
    if settings is not None and settings.fields:
        change = Change(key="", kind="update", fields=settings.fields, version=settings.version)
        steps.append(SetupStep("project", "", change))
    kinds = list(_kinds(client, model, additive=additive))
    for sink, records in kinds:
        await _check_attribute_types(sink, records)
        await sink.prepare()
        steps += await _plan(sink, records)
    declared = {record.key for _, records in kinds for record in records}
    return [step._replace(nowhere=tuple(_nowhere(step, declared))) for step in steps]


async def ensure(client: Client, model: ProjectModel, *, additive: bool = True) -> list[str]:
    """Create and complete what the model declares; tells what was done, nothing when all was there.

    Raises:
        ConfigError: an attribute exists with another type, and nothing was written; or something points to
            what is nowhere.
    """
    kinds = list(_kinds(client, model, additive=additive))
    for sink, records in kinds:
        await _check_attribute_types(sink, records)
    done = await ensure_settings(client, model.project, additive=additive)
    for sink, records in kinds:
        if records:
            await sink.prepare()
            done += await _carry(sink, records)
    return done


def _kinds(
    client: Client, model: ProjectModel, *, additive: bool
) -> Iterator[tuple[KeyedSink[Any], Sequence[Any]]]:
    """Every kind with its records, what others point to first."""
    yield CustomTypeSink(client, additive=additive), model.types
    product_types = [kind.record() for kind in model.product_types]
    yield ProductTypeSink(client, additive=additive), product_types
    yield TaxCategorySink(client, additive=additive), [tax.record() for tax in model.tax_categories]
    yield ChannelSink(client, additive=additive), [channel.record() for channel in model.channels]
    yield CustomerGroupSink(client, additive=additive), model.customer_groups
    yield StateSink(client, additive=additive), model.states
    yield CategorySink(client, additive=additive), model.categories
    yield ProductSelectionSink(client, additive=additive), model.product_selections
    yield StoreSink(client, additive=additive), model.stores


async def _plan(sink: KeyedSink[Any], records: Sequence[Any]) -> list[SetupStep]:
    live = await sink.read_live(records) if records else {}
    steps: list[SetupStep] = []
    for record in records:
        try:
            change = sink.plan(record, live.get(record.key))
        except ReferenceMissing as error:
            steps.append(SetupStep(sink.path, record.key, None, (error.reference,)))
        else:
            if change is not None:
                steps.append(SetupStep(sink.path, record.key, change, change.waiting))
    return steps


def _nowhere(step: SetupStep, declared: AbstractSet[str]) -> Iterator[str]:
    for reference in step.waits_for:
        # `depot`, or `channel depot`: the words of the refusal that named it.
        if declared.isdisjoint(_WORD.findall(reference)):
            yield reference


async def _carry(sink: KeyedSink[Any], records: Sequence[Any]) -> list[str]:
    """Plan and apply until nothing is left, in rounds: what waited for a neighbour comes in the next one.

    Two setups at a time, or a lost answer, are a Conflict: the next round looks again.
    """
    done: list[str] = []
    left = {record.key: record for record in records}
    tries = 0
    while left:
        steps = await _plan(sink, list(left.values()))
        carried = False
        again = {step.key: step for step in steps if step.waits_for}
        for step in steps:
            if step.change is None:
                continue
            try:
                await sink.apply(step.change)
            except ReferenceMissing as error:
                again[step.key] = step._replace(change=None, waits_for=(error.reference,))
                continue
            except Conflict:
                tries += 1
                if tries >= _TRIES * len(records):
                    raise
                again[step.key] = step
            else:
                done += step.told()
            carried = True
        if again and not carried:
            stuck = "; ".join(line for step in again.values() for line in step.told())
            raise ConfigError(
                f"the project model points to what is nowhere: {stuck}",
                advice="Declare it in the model, or create it in the project",
            )
        left = {key: record for key, record in left.items() if key in again}
    return done


async def _check_attribute_types(sink: KeyedSink[Any], records: Sequence[Any]) -> None:
    """See that no attribute is there with another type; raises ConfigError naming all of them."""
    if not isinstance(sink, ProductTypeSink) or not records:
        return
    wanted = {one.name: shape(one) for record in records for one in record.attributes}
    faults = [
        f"{name} is {held} in product type {owner}, the model declares {wanted[name]}"
        for owner, name, held in await sink.live_shapes()
        if name in wanted and held != wanted[name]
    ]
    if faults:
        raise ConfigError(
            f"an attribute's type holds for the whole project and for good: {'; '.join(faults)}",
            advice="Rename the attribute in the model",
        )


def _told(field: FieldChange) -> str:
    if field.old is None:
        return f"added {_text(field.new)} to {field.field}"
    if field.new is None:
        return f"removed {_text(field.old)} from {field.field}"
    return f"changed {field.field} from {_text(field.old)} to {_text(field.new)}"


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
