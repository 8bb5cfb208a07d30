"""Asking: what a person wants carried again, checked as a whole, and written down in the ledger."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...errors import ConfigError
from ...feeds import RunOptions, Workspace
from ...ledger import Backfill, Ledger
from ...mapping import Mapping

__all__ = ["BATCH", "BackfillRequest", "Lane", "ask_for", "request_of"]

#: Changes that are sent between two looks at what people want: some seconds of work.
BATCH = 200
_LARGEST = 2_000

#: `behind` leaves the shop's call budget to the runs of the day; `feed` takes what the feed itself would.
Lane: TypeAlias = Literal["behind", "feed"]


class BackfillRequest(BaseModel):
    """Which words of the past are carried again: of a window of days, of files, of SKUs, or as of one day.

    Days are those in the names of the files. Of a record that several files speak of the last word counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str
    since: date | None = None
    until: date | None = None
    as_of: date | None = None
    files: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    mode: Literal["auto", "full", "delta"] = "auto"
    lane: Lane = "behind"
    dry_run: bool = True
    batch: int = Field(default=BATCH, ge=1, le=_LARGEST)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.options.replay:
            raise ValueError("say what: a window of days, names of files, SKUs, or a day as of which")
        return self

    @property
    def options(self) -> RunOptions:
        """The same as options of a run that only plans."""
        return RunOptions(
            mode=self.mode,
            dry_run=True,
            skus=self.skus,
            since=self.since,
            until=self.until,
            as_of=self.as_of,
            files=self.files,
            behind=self.lane == "behind",
        )


def request_of(backfill: Backfill) -> BackfillRequest:
    """Read back what was asked; raises ConfigError when this version does not understand it."""
    try:
        return BackfillRequest.model_validate(backfill.asked)
    except ValidationError as error:
        raise ConfigError(
            f"Backfill {backfill.id} was asked by another version of Passerelle: {error}",
            advice="Cancel it and ask again",
        ) from error


def ask_for(
    workspace: Workspace, ledger: Ledger, request: BackfillRequest, *, by: str, token: str | None = None
) -> Backfill:
    """Write a backfill down; the same token again gives the same one, as it stands.

    Raises:
        ConfigError: there is no such feed, or it is not one of records that replace each other.
    """
    check_feed(workspace, request.feed)
    return ledger.backfills.ask(request.feed, request.model_dump(mode="json"), by=by, token=token)


def check_feed(workspace: Workspace, feed: str) -> Mapping:
    """Give the mapping of a feed that can be carried again; raises ConfigError."""
    mapping = workspace.incoming(feed)
    known = [name for group, names in workspace.feeds().items() if group != "order" for name in names]
    if feed not in known:
        raise ConfigError(
            f"{feed} speaks of orders: what was said of them is heard once and never again",
            advice=f"Feeds of a backfill: {', '.join(known)}",
        )
    return mapping
