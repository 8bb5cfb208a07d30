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
    """One computed name: from which places, by which conversion (None: the text as it stands).

    With `first` it is made of the first place that has a text, else of all together.
    """

    to: str
    places: tuple[Place, ...]
    pipeline: Pipeline | None
    first: bool = False


def compute(computations: Sequence[Computation], draft: Draft, above: tuple[dict[str, Any], ...]) -> None:
    """Add the computed names to the innermost of `above`: the row's values, or those of an item in it."""
    values = above[-1]
    for computation in computations:
        texts: list[str | None] = []
        try:
            texts = _texts(computation, draft, above)
            if any(text is not None for text in texts) or _default(computation) is not ...:
                value = _converted(computation, [text or "" for text in texts], above)
                if value is not ABSENT:
                    values[computation.to] = value
        except Unreadable as error:
            received = " + ".join(text for text in texts if text is not None)
            draft.fault(computation.places[-1].text, error, received or None)


def _texts(computation: Computation, draft: Draft, above: tuple[dict[str, Any], ...]) -> list[str | None]:
    """Give the texts that a name is made of, None for what is absent."""
    texts: list[str | None] = []
    for place in computation.places:
        text = _text(place, draft, above)
        if computation.first and text and not text.isspace():
            return [text]
        texts.append(text)
    return [next((text for text in texts if text is not None), None)] if computation.first else texts


def _text(place: Place, draft: Draft, above: tuple[dict[str, Any], ...]) -> str | None:
    if place.pseudo is not None:
        return pseudo_text(place.pseudo, draft.around, draft.ordinal, draft.line)
    try:
        found = place.source.find(above[-1 - place.climb])
        return None if found is ABSENT else leaf_text(found)
    except Unreadable as error:
        raise Unreadable(error.code, error.expected, error.advice, path=place.text) from error


def _default(computation: Computation) -> Any:
    return ... if computation.pipeline is None else computation.pipeline.default


def _converted(computation: Computation, texts: list[str], above: tuple[dict[str, Any], ...]) -> Any:
    if not any(text and not text.isspace() for text in texts):
        default = _default(computation)
        return texts[0] if default is ... else raw_value(default)
    pipeline = computation.pipeline
    if pipeline is None:
        return texts[0]
    beside = [operand.source.find(above[-1 - operand.source.climb]) for operand in pipeline.operands]
    value = pipeline.convert(texts if len(texts) > 1 else texts[0], *beside)
    return value if value is ABSENT else raw_value(value)


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
