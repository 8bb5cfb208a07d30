"""Marks of exports: the shop is told under which name each order left, in one call an order.

An order is written at the version at which it was read; only when it moved meanwhile it is read again, many
in a call, and decided about afresh. A repeated mark changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from ...errors import Conflict, Retriable, Skippable
from ..http.client import Client
from .actions import exported
from .export_channel import export_channel

__all__ = ["ExportMarks", "Mark", "Marked"]

#: How often an order that keeps moving is read and tried again.
_TRIES = 5
_PAUSE = 0.2
_TOGETHER = 200


class Mark(NamedTuple):
    """An order to mark: `version` is the one at which it was not marked yet, None when nobody knows."""

    shop_id: str
    number: str
    external_id: str
    version: int | None = None


class Marked(NamedTuple):
    """What became of a mark: `refused` will never be, `later` is to be tried again after reading."""

    mark: Mark
    state: Literal["done", "refused", "later"]
    error: Retriable | Skippable | None = None


class ExportMarks:
    """Marks orders in the shop; `channel` is the key of the channel with role OrderExport."""

    def __init__(
        self,
        client: Client,
        *,
        channel: str = "erp",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._channel_key = channel
        self._channel_id = ""
        self._clock = clock

    async def prepare(self) -> None:
        """Read the export channel.

        Raises:
            ConfigError: there is none, or it lacks the role OrderExport.
        """
        self._channel_id = (await export_channel(self._client, self._channel_key))["id"]

    async def mark(self, marks: Sequence[Mark]) -> list[Marked]:
        """Mark orders, side by side; gives each with what became of it, in no order.

        Raises Fatal (token, scope, project) as the client does: then nothing is known of those under way.
        """
        unseen = await self._client.each(marks, self._at_known_version)
        done = [one for one in unseen if one is not None]
        moved = [mark for mark, one in zip(marks, unseen, strict=True) if one is None]
        for attempt in range(1, _TRIES + 1):
            if not moved:
                break
            if attempt > 1:
                await self._client.sleep(_PAUSE * attempt)
            moved = await self._after_reading(moved, done)
        kept_moving = Conflict("the order kept moving while it was marked")
        return [*done, *(Marked(mark, "later", kept_moving) for mark in moved)]

    async def _at_known_version(self, mark: Mark) -> Marked | None:
        """None: the order moved, its version is not known, or the answer was lost; it must be read."""
        if mark.version is None:
            return None
        written = await self._write(mark, {"version": mark.version, "syncInfo": []})
        # What is refused unseen is looked at first: it may be gone.
        return None if written is not None and written.state == "refused" else written

    async def _after_reading(self, moved: Sequence[Mark], done: list[Marked]) -> list[Mark]:
        bodies = {
            body["id"]: body
            for body in await self._client.query_in(
                "orders", "id", [mark.shop_id for mark in moved], most=_TOGETHER
            )
        }

        async def write(mark: Mark) -> Marked | None:
            body = bodies.get(mark.shop_id)
            if body is None:
                gone = Skippable(
                    f"there is no order {mark.number} in the shop any more",
                    code="reference_missing",
                    advice="It left for the ERP: tell the ERP when it was deleted on purpose",
                )
                return Marked(mark, "refused", gone)
            return await self._write(mark, body)

        answers = await self._client.each(moved, write)
        done += [one for one in answers if one is not None]
        return [mark for mark, one in zip(moved, answers, strict=True) if one is None]

    async def _write(self, mark: Mark, body: dict[str, Any]) -> Marked | None:
        actions = exported(body, self._channel_id, mark.external_id, self._clock())
        if not actions:
            return Marked(mark, "done")
        try:
            await self._client.update("orders", mark.shop_id, body["version"], actions)
        except Conflict:
            return None
        except Retriable as error:
            return Marked(mark, "later", error)
        except Skippable as error:
            return Marked(mark, "refused", error)
        return Marked(mark, "done")
