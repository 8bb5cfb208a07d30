"""Words: a field that knows only some (`kind`, `grade`) takes no other, wherever its value comes from."""

from __future__ import annotations

from typing import Any

from ..entities import Target
from ..paths import ABSENT
from ..pipeline import Pipeline
from ..unreadable import Unreadable

__all__ = ["among"]

_STEP = "one of"


def among(target: Target, pipeline: Pipeline) -> Pipeline:
    """Let the pipeline of a field that knows only some words refuse every other one."""
    words = target.words
    if not words or pipeline.kind != "text":
        return pipeline
    known = frozenset(words)
    expected = f"one of {', '.join(words)}"
    convert = pipeline.convert

    def check(value: Any, *_raws: Any) -> Any:
        # What is nothing is for the field's own policies.
        if value in known or value is None or value is ABSENT or value == "":
            return value
        raise Unreadable("unknown_word", expected, "Translate it by a code table in the mapping")

    def checked(value: Any, *raws: Any) -> Any:
        return check(convert(value, *raws))

    return pipeline._replace(convert=checked, steps=(*pipeline.steps, (_STEP, check)))
