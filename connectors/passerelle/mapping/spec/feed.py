"""The spec of a feed: the YAML of one mapping as frozen models, nothing unknown in it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from .assembly import AssemblySpec, InputSpec, inherited
from .base import Names, Spec
from .controls import ControlsSpec, GuardSpec, RepairSpec
from .fields import Fields
from .files import FilesSpec
from .formats import FormatSpec

__all__ = ["CodesSpec", "MappingSpec"]


class CodesSpec(Spec):
    """A code table: a CSV beside the mapping, and its two columns."""

    file: str
    from_: str = Field(alias="from")
    to: str


class _Feed(Spec):
    feed: str
    title: dict[str, str] = Field(default={})
    files: FilesSpec
    format: FormatSpec
    codes: dict[str, CodesSpec] = Field(default={})
    target: dict[str, dict[str, Any]] = Field(default={})
    fields: Fields


class MappingSpec(_Feed, AssemblySpec):
    """An incoming feed: files to canonical records."""

    inputs: dict[str, InputSpec] = Field(
        default={}, description="Sources beside the main one, whose rows are joined, by name."
    )

    entity: Literal["category", "product", "price", "stock", "order_ack", "shipment"]
    controls: ControlsSpec = ControlsSpec()
    repair: RepairSpec = RepairSpec()
    key: Names
    creates: bool = True
    guard: GuardSpec = GuardSpec()

    @model_validator(mode="before")
    @classmethod
    def _inherited(cls, values: Any) -> Any:
        return inherited(values)
