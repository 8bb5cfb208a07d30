"""How is something of the past carried again? Asked, foreseen, carried batch by batch, paused, taken up."""

from typing import TYPE_CHECKING

from ...lazily import lazily

if TYPE_CHECKING:
    from .asking import BackfillRequest, Lane, ask_for
    from .carrying import carry_backfill
    from .foreseeing import Forecast, forecast
    from .schedules import Collision, ScheduledRun, read_schedules
    from .standing import Standing
    from .steering import cancel_backfill, pause_backfill

__all__ = [
    "BackfillRequest",
    "Collision",
    "Forecast",
    "Lane",
    "ScheduledRun",
    "Standing",
    "ask_for",
    "cancel_backfill",
    "carry_backfill",
    "forecast",
    "pause_backfill",
    "read_schedules",
]

__getattr__ = lazily(__name__)
