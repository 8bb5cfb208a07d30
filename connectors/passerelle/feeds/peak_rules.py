"""Peak rules: what a profile of peak mode says of feeds, buffers and risky work."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from ..mapping.spec.base import Duration, Names, Share, Spec, Zone
from ..mapping.spec.stock import BufferSpec

__all__ = ["FREEZABLE", "LANES", "Freezable", "PeakLane", "PeakProfile", "PeakStock"]

#: What may be frozen: deletes of records that left their source, repair of what drifted, set-up of the
#: project, undo of a run, backfills.
Freezable: TypeAlias = Literal["deletes", "repair", "project", "undo", "backfill"]
FREEZABLE: tuple[Freezable, ...] = ("deletes", "repair", "project", "undo", "backfill")
#: Lanes that a profile may name beside single feeds, and the kinds of feeds that are meant.
LANES: dict[str, tuple[str, ...]] = {
    "catalogue": ("category", "product"),
    "categories": ("category",),
    "products": ("product",),
    "prices": ("price",),
}


class PeakLane(Spec):
    """How a feed runs meanwhile; what is left out stays as usual."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    paused: bool = False
    """No run at all starts, but those that a person asks for with a reason."""
    every: Duration | None = None
    """The shortest time between the starts of two runs; those that come earlier are skipped."""
    calls: Share | None = None
    """The share of the project's call budget that it uses at most."""
    batch: int | None = Field(default=None, ge=1, le=10_000)
    """Records that are compared and noted together."""

    @model_validator(mode="after")
    def _some_calls(self) -> PeakLane:
        if self.calls == 0:
            raise ValueError("calls: 0% would wait for ever: say paused: true")
        if self.paused and self.model_fields_set - {"paused"}:
            raise ValueError("a lane that is paused needs nothing else")
        return self


class PeakStock(BufferSpec):
    """What is kept back of every place, where its own rules keep back less; how fast they are carried out."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    recompute: int | None = Field(default=None, ge=0)
    """Most SKUs of one run that are worked out again."""
    batch: int | None = Field(default=None, ge=1, le=10_000)
    """Records that are compared and noted together."""


class PeakProfile(Spec):
    """One file of `mappings/peak`: what holds while peak mode is on."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    description: str = ""
    """What it is for, in your words."""
    zone: Zone = "Europe/Paris"
    """In which zone its times are told, and `--until` is read."""
    lanes: dict[str, PeakLane] = Field(default={})
    """How feeds run, by the name of a feed or of a lane (catalogue, categories, products, prices); the feed's
    own name counts more than its lane. Stock and orders are as fast as ever and cannot be named."""
    stock: PeakStock = PeakStock()
    """Buffers of the stock law."""
    freeze: Names = ()
    """What does not happen: deletes, repair, project, undo, backfill."""

    @model_validator(mode="after")
    def _freezable(self) -> PeakProfile:
        unknown = [name for name in self.freeze if name not in FREEZABLE]
        if unknown:
            raise ValueError(f"freeze knows {', '.join(FREEZABLE)}, not {', '.join(map(str, unknown))}")
        return self

    def lane(self, feed: str, entity: str) -> PeakLane:
        """Give the lane of a feed: its own, else the narrowest one of its kind of record."""
        names = [name for name, kinds in LANES.items() if entity in kinds]
        names.sort(key=lambda name: len(LANES[name]))
        return next((self.lanes[name] for name in (feed, *names) if name in self.lanes), PeakLane())
