"""The context of compiling one feed: its tables, its header, where flaws are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..codes import CodeTable
from ..entities import Kind, Target
from ..functions import READING
from ..misses import Misses
from ..paths import Source
from ..pipeline import Location, Pipeline, Report, build, describe
from ..repair import TextDoctor
from ..spec import StepSpec
from ..spec.fields import Steps

__all__ = ["LITERALS", "Context"]

#: Kinds of which a value may stand in the mapping itself.
LITERALS: Mapping[Kind, type] = {"text": str, "integer": int, "boolean": bool}
#: What an attribute may hold.
_OPEN = frozenset({"text", "texts", "integer", "decimal", "boolean", "instant", "any"})


class Context(NamedTuple):
    """What every field of one incoming feed is compiled with; `locales` is the feed's own table of them."""

    tables: Mapping[str, CodeTable]
    doctor: TextDoctor
    header: str | None
    report: Report
    misses: Misses
    locales: Mapping[str, str]

    def source(self, path: str, depth: int, at: Location) -> Source | None:
        """Read a path; None when a flaw was reported."""
        try:
            return Source.parse(path, depth=depth, header=self.header)
        except ValueError as error:
            self.report(at, str(error))
            return None

    def pipeline(
        self, steps: Steps, kind: str | None, start: Kind, depth: int, at: Location
    ) -> Pipeline | None:
        """Build the functions of a `via`, with what `as` says behind them; `at` is where both stand."""
        all_steps = [*steps, *((StepSpec(name=kind),) if kind is not None else ())]
        return build(
            all_steps,
            start,
            READING,
            self.tables,
            self.report,
            (*at, "via"),
            lambda path, where: self.source(path, depth, where),
        )

    def fits(self, to: str, target: Target, pipeline: Pipeline, at: Location, *, gap: bool = False) -> bool:
        """Check that a pipeline gives what a target takes; `gap`: "there is none" is provided for."""
        kind = pipeline.kind
        fits = (
            kind == target.kind
            or (target.kind == "any" and kind in _OPEN)
            or (target.nature == "texts" and kind == "texts")
        )
        if not fits:
            hint = ": add as: integer" if target.kind in ("integer", "any") else ""
            hint = hint or (": join them, or take one" if kind == "texts" else "")
            self.report(
                (*at, "to"), f"{to} is {describe(target.kind)}, but its field gives {describe(kind)}{hint}"
            )
        if pipeline.nullable and not target.nullable and not gap:
            self.report(
                (*at, "via"), f"{to} cannot be none: say what empty means (empty: absent), or default"
            )
            fits = False
        if pipeline.skips and target.mandatory and not gap:
            self.report((*at, "via"), f"{to} must always have a value: it cannot be skipped")
            fits = False
        return fits
