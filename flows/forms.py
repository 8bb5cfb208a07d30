"""Forms: what a person fills in to start a run, and how it becomes the options of a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)
from pydantic_core import CoreSchema, core_schema

from passerelle.feeds import RunOptions, Workspace

__all__ = [
    "BackfillFeed",
    "CatalogueFeed",
    "Day",
    "FeedOf",
    "Mode",
    "OrderFeed",
    "PriceFeed",
    "StockFeed",
    "Via",
    "Window",
    "calendar",
    "known_feeds",
    "run_options",
]

Mode = Literal["auto", "full", "delta"]
#: Which way new records take; a field that may be left alone is a word of its own, not an empty choice.
Via = Literal["mapping", "auto", "http", "import"]

#: A form's date that may stay empty: `date | None` would show a type switch instead of a calendar.
Day = Annotated[date | None, WithJsonSchema({"type": "string", "format": "date"})]


@cache
def _feeds_by_entity() -> dict[str, tuple[str, ...]]:
    return {entity: tuple(names) for entity, names in Workspace.load().feeds().items()}


def known_feeds(*entities: str) -> tuple[str, ...]:
    """Name the feeds of these kinds of records that the workspace has a mapping for."""
    by_entity = _feeds_by_entity()
    return tuple(name for entity in entities for name in by_entity.get(entity, ()))


class FeedOf:
    """Marks a `str` parameter as a feed of certain kinds: a drop-down in the form, checked again in the flow.

    An Enum would do the same for a fixed list; the feeds are those of the workspace's mappings.
    """

    def __init__(self, *entities: str) -> None:
        self.entities = entities

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept the name of a known feed and nothing else."""
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """List the known feeds, so that the form offers them."""
        return {**handler(schema), "enum": list(known_feeds(*self.entities))}

    def _known(self, name: str) -> str:
        names = known_feeds(*self.entities)
        if name not in names:
            raise ValueError(f"received {name!r}, expected one of the feeds {', '.join(names) or '(none)'}")
        return name


CatalogueFeed = Annotated[
    str,
    FeedOf(
        "custom_type", "product_type", "tax_category", "channel", "customer_group", "state",
        "product_selection", "store", "category", "product",
    ),
]  # fmt: skip
PriceFeed = Annotated[str, FeedOf("price")]
#: What was said of orders is heard once and never again.
BackfillFeed = Annotated[str, FeedOf("category", "product", "price", "stock")]
StockFeed = Annotated[str, FeedOf("stock")]
OrderFeed = Annotated[str, FeedOf("order")]


def calendar(position: int) -> Callable[[dict[str, Any]], None]:
    """Place a date in its group, without its default: the server refuses null where a date is declared."""

    def adapt(schema: dict[str, Any]) -> None:
        schema.pop("default", None)
        schema["position"] = position

    return adapt


class Window(BaseModel):
    """A period of whole days; a side that is left empty is open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Day = Field(
        default=None,
        title="From",
        description="First day of the period. Leave empty for no limit.",
        json_schema_extra=calendar(0),
    )
    end: Day = Field(
        default=None,
        title="Until",
        description="Last day of the period, included. Leave empty for no limit.",
        json_schema_extra=calendar(1),
    )

    @model_serializer(mode="wrap")
    def _only_what_is_set(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave empty sides out: the form sends its default back, and null is no date."""
        return {side: day for side, day in handler(self).items() if day is not None}


WHOLE_TIME = Window()


def run_options(
    *,
    mode: Mode = "auto",
    dry_run: bool,
    skus: Sequence[str] = (),
    sku_text: str = "",
    window: Window = WHOLE_TIME,
    override_guard: str = "",
    via: Via = "mapping",
    despite_peak: str = "",
) -> RunOptions:
    """Turn what the form gave into options, which check all of it again: the server lets most faults pass.

    SKUs typed one by one and SKUs pasted as text (blanks, commas or semicolons between) add up, each once.
    Raises pydantic.ValidationError.
    """
    pasted = re.split(r"[\s,;]+", sku_text)
    wanted = dict.fromkeys(sku.strip() for sku in (*skus, *pasted) if sku.strip())
    return RunOptions(
        mode=mode,
        dry_run=dry_run,
        skus=tuple(wanted),
        since=window.start,
        until=window.end,
        override_guard=override_guard.strip(),
        via=None if via == "mapping" else via,
        despite_peak=despite_peak.strip(),
    )
