"""What a person or a schedule may ask of one run."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["RunOptions"]


class RunOptions(BaseModel):
    """How to run a feed.

    With `skus`, `files`, a window of dates or `as_of` the run is a replay: it reads the waiting files and the
    archived originals that are meant, in order, and compares what they say with the live shop.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["auto", "full", "delta"] = Field(default="auto", description="Which files to take")
    dry_run: bool = Field(default=False, description="Show what would change, write nothing")
    skus: tuple[str, ...] = Field(default=(), description="Only records that speak of these SKUs or keys")
    since: date | None = Field(default=None, description="Only files dated this day or later")
    until: date | None = Field(default=None, description="Only files dated this day or earlier")
    files: tuple[str, ...] = Field(default=(), description="Only files of these names, the sender's own")
    as_of: date | None = Field(
        default=None,
        description="What was said at the end of this day: the last full, and what followed it",
    )
    behind: bool = Field(default=False, description="Leave the call budget to others as far as it goes")
    override_guard: str = Field(default="", description="Let the guard pass, for this reason")
    despite_peak: str = Field(default="", description="Do it in spite of peak mode, for this reason")
    via: Literal["auto", "http", "import"] | None = Field(
        default=None, description="Which way new records take; left out, what the mapping says, else auto"
    )
    verify: Annotated[int, Field(ge=0)] | Literal["all"] = Field(
        default=200,
        description="How many of the written records are read back, risky ones first, or all",
    )

    parts: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None,
        description="Into how many parts a large plan is divided, for workers to help with; left out, as set",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(f"the window ends ({self.until}) before it begins ({self.since})")
        if self.as_of is not None and (self.since is not None or self.until is not None):
            raise ValueError("give a window or the day as of which, not both")
        return self

    @property
    def replay(self) -> bool:
        """True when archived originals are read beside the waiting files."""
        return bool(self.skus or self.files) or self.is_past

    @property
    def is_past(self) -> bool:
        """True when the last word that counts may be an older one than the newest."""
        return bool(self.files) or any(day is not None for day in (self.since, self.until, self.as_of))
