"""Computing: raw names worked out from others, with the functions of fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ..paths import ABSENT, leaf_text
from ..pipeline import Pipeline
from ..unreadable import Unreadable
from .drafts import Draft
from .reaching import Place, pseudo_text

__all__ = ["Computation", "compute"]


class Computation(NamedTuple):
    """One computed name: from which places, by which conversion (None: the text as it stands)."""

    to: str
    places: tuple[Place, ...]
    pipeline: Pipeline | None


def compute(computations: Sequence[Computation], draft: Draft, above: tuple[dict[str, Any], ...]) -> None:
    """Add the computed names to the innermost of `above`: the row's values, or those of an item in it."""
    values = above[-1]
    for computation in computations:
        texts: list[str] = []
        absent = 0
        place = computation.places[-1]
        try:
            for place in computation.places:
                text = _text(place, draft, above)
                absent += text is None
                texts.append(text or "")
            if absent < len(texts) or _default(computation) is not ...:
                values[computation.to] = _converted(computation, texts)
        except Unreadable as error:
            draft.fault(place.text, error, " + ".join(texts) or None)


def _text(place: Place, draft: Draft, above: tuple[dict[str, Any], ...]) -> str | None:
    if place.pseudo is not None:
        return pseudo_text(place.pseudo, draft.around, draft.ordinal, draft.line)
    found = place.source.find(above[-1 - place.climb])
    return None if found is ABSENT else leaf_text(found)


def _default(computation: Computation) -> Any:
    return ... if computation.pipeline is None else computation.pipeline.default


def _converted(computation: Computation, texts: list[str]) -> Any:
    if not any(text and not text.isspace() for text in texts):
        default = _default(computation)
        return texts[0] if default is ... else raw_value(default)
    if computation.pipeline is None:
        return texts[0]
    return raw_value(computation.pipeline.convert(texts if len(texts) > 1 else texts[0]))


def raw_value(value: Any) -> Any:
    """Write what a function gave as a file would bring it: exact numbers, true and false, ISO instants."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [raw_value(item) for item in value]
    return str(value)
