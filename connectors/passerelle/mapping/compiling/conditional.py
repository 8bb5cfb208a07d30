"""Conditions and gaps of fields: when they are read, and what stands in where nothing is."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from ..conditions import Condition, compile_condition
from ..entities import Target
from ..fields import Gaps
from ..paths import ABSENT
from ..pipeline import Location, Pipeline, describe
from ..spec import FieldSpec
from ..spec.conditions import ConditionSpec
from .context import LITERALS, Context

__all__ = ["condition_of", "default_fits", "gaps_of"]


def condition_of(context: Context, spec: ConditionSpec | None, depth: int, at: Location) -> Condition | None:
    """Compile a condition; None when there is none, or a flaw was reported."""
    if spec is None:
        return None
    return compile_condition(spec, depth=depth, header=context.header, report=context.report, at=at)


def default_fits(target: Target, default: Any) -> bool:
    """Tell whether a value of the mapping can stand for a target."""
    if default is None:
        return target.nullable
    if target.nature in ("texts", "records"):
        return False
    if target.words and default not in target.words:
        return False
    wanted = LITERALS.get(target.kind)
    return target.kind == "any" or (wanted is not None and type(default) is wanted)


def gaps_of(
    context: Context, target: Target, spec: FieldSpec, pipeline: Pipeline | None, at: Location
) -> Gaps | None:
    """Work out what absent and empty become; None when a flaw was reported."""
    default: Any = ... if pipeline is None else pipeline.default
    where: Location = (*at, "via")
    if spec.has_default:
        if default is not ...:
            context.report((*at, "default"), f"{spec.to} has a default already, in via")
            return None
        default, where = spec.default, (*at, "default")
    if default is not ... and not default_fits(target, default):
        wanted = "a list" if target.nature == "texts" else describe(target.kind)
        wanted = f"one of {', '.join(target.words)}" if target.words else wanted
        context.report(where, f"default {default!r} is not {wanted}")
        return None
    if spec.required and (spec.empty or spec.absent):
        context.report((*at, "required"), f"{spec.to} is required: it takes no empty and no absent")
        return None
    gaps = Gaps.of(target, required=spec.required, default=default)
    for word in ("absent", "empty"):
        policy = getattr(spec, word)
        if policy is not None:
            value = _by_policy(context, target, policy, spec.to, (*at, word))
            if value is ABSENT:
                return None
            gaps = gaps._replace(**{word: value})
            # "There is none" is said by an empty element too: whoever decides on it decides on both.
            if word == "empty" and policy != "keep":
                gaps = gaps._replace(none=value)
    return gaps


def _by_policy(context: Context, target: Target, policy: str, to: str, at: Location) -> Any:
    match policy:
        case "none" if target.nullable or target.nature in ("localized", "texts"):
            return None if target.nullable else target.empty
        case "absent" if not target.mandatory:
            return target.absent if target.absent is not ... else UNSET
        case "reject":
            return ...
        case "keep" if target.kind in ("text", "any"):
            return ""
    reason = {
        "none": f"{to} cannot be none",
        "absent": f"{to} must always have a value",
        "keep": f"{to} is {describe(target.kind)}: only a text can be empty",
    }[policy]
    context.report(at, f"{reason}; choose among none, absent, reject and keep")
    return ABSENT
