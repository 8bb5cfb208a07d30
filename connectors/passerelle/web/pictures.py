"""Pictures: where bars, boxes and arrows stand; templates draw them, so that every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..operations.landscape import Landscape, LandscapeFlow, LandscapeSystem
from ..operations.trends import Trend, TrendPoint

__all__ = ["Arrow", "Bar", "Box", "LandscapePicture", "TrendPicture", "draw_landscape", "draw_trend"]

#: The least height of a bar that is not zero: one record among thousands is seen.
_LEAST = 2.0
_BAR_WIDTH = 20.0
_SLOTS = 15
_GAP = 4.0
_UP, _DOWN, _SECONDS = 90.0, 36.0, 48.0

_ROW = 52.0
_BETWEEN = 14.0
_MARGIN = 6.0


class Bar(NamedTuple):
    """One run: a bar up (changed), one down (refused), one of its time, and where its mark stands."""

    point: TrendPoint
    x: float
    middle: float
    up: float
    up_y: float
    down: float
    time: float
    time_y: float


class TrendPicture(NamedTuple):
    """The last runs as bars: `zero` is the line between changed and refused."""

    width: float
    height: float
    zero: float
    bar: float
    bars: list[Bar]
    seconds_height: float
    most_changed: int
    most_refused: int
    longest: float


def draw_trend(trend: Trend) -> TrendPicture:
    """Lay the runs out, the last on the right."""
    points = trend.points
    changed = max((point.changed for point in points), default=0)
    refused = max((point.refused for point in points), default=0)
    longest = max((point.seconds or 0.0 for point in points), default=0.0)
    zero = _UP + 14.0
    # A few runs are no wall of bars: they stand on the right of a picture that has room for more.
    slots = max(len(points), _SLOTS)
    width = slots * (_BAR_WIDTH + _GAP) - _GAP
    bars = []
    for place, point in enumerate(points, slots - len(points)):
        x = place * (_BAR_WIDTH + _GAP)
        up = _length(point.changed, changed, _UP)
        time = _length(point.seconds or 0.0, longest, _SECONDS)
        bars.append(
            Bar(
                point=point,
                x=x,
                middle=x + _BAR_WIDTH / 2,
                up=up,
                up_y=round(zero - up, 2),
                down=_length(point.refused, refused, _DOWN),
                time=time,
                time_y=round(_SECONDS - time, 2),
            )
        )
    return TrendPicture(
        width, zero + _DOWN + 4.0, zero, _BAR_WIDTH, bars, _SECONDS, changed, refused, longest
    )


def _length(value: float, most: float, room: float) -> float:
    if not value or not most:
        return 0.0
    return round(max(_LEAST, value / most * room), 2)


class Box(NamedTuple):
    """A system."""

    system: LandscapeSystem
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Where its name stands."""
        return self.x + self.width / 2, self.y + self.height / 2


class Arrow(NamedTuple):
    """A flow: from `x1` to `x2` on the line `y`; its words begin at `text_x`."""

    flow: LandscapeFlow
    number: int
    x1: float
    x2: float
    y: float
    text_x: float

    @property
    def head(self) -> str:
        """The points of its head."""
        back = -9 if self.x2 > self.x1 else 9
        return f"{self.x2},{self.y} {self.x2 + back},{self.y - 5} {self.x2 + back},{self.y + 5}"


class LandscapePicture(NamedTuple):
    """Systems on the left, the shop on the right, a line for each flow between."""

    width: float
    height: float
    boxes: list[Box]
    arrows: list[Arrow]


def draw_landscape(scape: Landscape, *, width: float, left: float, right: float) -> LandscapePicture:
    """Lay systems and flows out in `width`; boxes on the left and right are so wide."""
    shop = scape.systems[-1]
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    top = _MARGIN
    for system in scape.systems[:-1]:
        flows = [one for one in scape.flows if system.id in {one.source, one.target}]
        height = max(1, len(flows)) * _ROW
        boxes.append(Box(system, _MARGIN, top, left, height))
        arrows += _arrows(flows, system, top, left + _MARGIN, width - right - _MARGIN, len(arrows))
        top += height + _BETWEEN
    bottom = max(top - _BETWEEN, _MARGIN + _ROW)
    boxes.append(Box(shop, width - right - _MARGIN, _MARGIN, right, bottom - _MARGIN))
    return LandscapePicture(width, bottom + _MARGIN, boxes, arrows)


def _arrows(
    flows: Sequence[LandscapeFlow], system: LandscapeSystem, top: float, begin: float, end: float, before: int
) -> list[Arrow]:
    found = []
    for place, flow in enumerate(flows):
        y = top + place * _ROW + _ROW - 12
        x1, x2 = (begin + 4, end - 4) if flow.source == system.id else (end - 4, begin + 4)
        found.append(Arrow(flow, before + place + 1, x1, x2, y, begin + 14))
    return found
