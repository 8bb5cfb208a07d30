"""Stock: what a number of a feed of stock means, when it was counted, and what is kept back of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from ...fulfilment.availability import InventoryMode, StockMeaning
from .base import Duration, Names, Share, Spec, Zone

__all__ = ["BufferSpec", "SnapshotSpec", "StockSpec"]


class SnapshotSpec(Spec):
    """Where the moment of counting stands: `name`, `mtime`, `record`, or a place in the header."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    said_by: Literal["name", "mtime", "record", "header"] = "header"
    """`name`: the date (and time) in the file's name; `mtime`: when the file was written; `record`: the
    field `counted_at` of each record; `header`: below."""
    header: Names = ()
    """The place in the header, or several that are read one after the other (a day, then a time)."""
    form: str = "AAAAMMJJhhmmss"
    """How it is written there, in the letters of name patterns, or `iso`."""

    @model_validator(mode="after")
    def _placed(self) -> SnapshotSpec:
        if (self.said_by == "header") != bool(self.header):
            raise ValueError("say name, mtime or record, or {header: …, form: …}")
        return self


def _snapshot(value: Any) -> Any:
    return {"said_by": value} if isinstance(value, str) else value


class BufferSpec(Spec):
    """What is kept back: so many pieces, or a share of the file's number (rounded up), whichever is more."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    buffer: int = Field(default=0, ge=0)
    """Pieces that are never shown."""
    buffer_share: Share = 0.0
    """The share of the file's number that is never shown."""
    minimum: int = Field(default=0, ge=0)
    """Fewer pieces than this are shown as none."""


class StockSpec(BufferSpec):
    """The stock law of a feed: its numbers become what may be sold (docs/reference/stock-law.md)."""

    means: StockMeaning
    """What the number is: `physical` (pieces in the building), `available` (less what the ERP put aside for
    the orders it knew), `net_of_web` (the ERP takes off what was ordered in the shop by itself)."""
    at: Annotated[SnapshotSpec, BeforeValidator(_snapshot, json_schema_input_type=SnapshotSpec | str)]
    """When it was counted."""
    zone: Zone | None = None
    """The zone of that moment; left out: that of `files.visits`."""
    clock_margin: Duration = 60.0
    """What happened this short before the snapshot is taken for unknown to it: clocks differ."""
    ahead: Duration = 600.0
    """A snapshot further in the future than this is a mistake: then no sale is taken for known to it."""
    inventory_mode: InventoryMode = "ReserveOnOrder"
    """How the shop itself counts what is ordered: it holds it reserved, takes it off, or does nothing."""
    unplaced: str = "every"
    """Where pieces count whose order names no place: `every` place, `none`, or the key of a channel."""
    places: str | None = None
    """The code table of the places: columns eligible, why, category, buffer, buffer_share, minimum (those
    that it has). A place that is not in it follows its feed."""
    categories: dict[str, BufferSpec] = Field(default={})
    """What holds for the places of a category, where their own row is empty."""
    recompute: int = Field(default=5000, ge=0)
    """Most SKUs of one run that are worked out again because something was sold, sent, given up or changed
    by a rule; the next run goes on."""
