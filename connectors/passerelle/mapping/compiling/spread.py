"""Compiling fields with several keys at once: attributes from pairs, texts whose language the file names."""

from __future__ import annotations

from msgspec import UNSET

from ..entities import LOCALE, Target
from ..fields import Field, Gaps, KnownPair, Leaf, Localized, Pairs
from ..fields.spread import ANY
from ..paths import Source
from ..pipeline import Location, Pipeline
from ..spec import FieldSpec
from ..spec.fields import KnownAttributeSpec
from .conditional import condition_of
from .context import Context

__all__ = ["locales_field", "pairs_field"]

#: What may have any key: attributes have those of their product type alone.
_OPEN = frozenset({"category_order_hints"})


def pairs_field(context: Context, target: Target, spec: FieldSpec, at: Location, depth: int) -> Field | None:
    """Compile attributes from free pairs; None when a flaw was reported."""
    pairs = spec.attributes
    if pairs is None or spec.via or spec.as_ is not None:
        context.report(at, "attributes take no via and no as: each name has its own")
        return None
    here = (*at, "attributes")
    for written, one in pairs.only.items():
        if (written == ANY) != (one.to == ANY) or (ANY in (written, one.to) and target.name not in _OPEN):
            context.report(
                (*here, "only", written),
                'every name is taken by "*": {to: "*"}, of category_order_hints alone',
            )
            return None
    each = context.source(pairs.each, depth, (*here, "each"))
    name = context.source(pairs.name.from_, depth + 1, (*here, "name"))
    called = context.pipeline(pairs.name.via, None, "text", depth + 1, (*here, "name"))
    value = context.source(pairs.value, depth + 1, (*here, "value"))
    where = condition_of(context, pairs.where, depth + 1, (*here, "where"))
    known = {
        written: _known_pair(context, target, one, value, (*here, "only", written), depth + 1)
        for written, one in pairs.only.items()
        if value is not None
    }
    found = {written: pair for written, pair in known.items() if pair is not None}
    if called is not None and called.kind != "text":
        context.report((*here, "name", "via"), "a name is a text")
        return None
    if each is None or name is None or called is None or value is None or len(found) < len(pairs.only):
        return None
    if pairs.where is not None and where is None:
        return None
    return Pairs(
        spec.to,
        target,
        each,
        (name, called),
        value,
        found,
        where=where,
        reject=pairs.unknown == "reject",
        misses=context.misses,
    )


def _known_pair(
    context: Context, target: Target, spec: KnownAttributeSpec, value: Source | None, at: Location, depth: int
) -> KnownPair | None:
    pipeline = context.pipeline(spec.via, spec.as_, "text", depth, at)
    to = f"{target.name}.{spec.to}"
    if pipeline is None or value is None or not context.fits(to, target, pipeline, at):
        return None
    default = None if pipeline.default is ... else pipeline.default
    gaps = Gaps(UNSET, default, None)
    field = Leaf(to, target, None, (value,), pipeline, context.doctor, gaps=gaps)
    return KnownPair(field, spec.to, spec.many)


def locales_field(
    context: Context, target: Target, spec: FieldSpec, at: Location, depth: int
) -> Field | None:
    """Compile a localized text whose languages the file names; None when a flaw was reported."""
    locales = spec.locales
    if locales is None:
        return None
    here = (*at, "locales")
    inner = depth + 1
    each = context.source(locales.each or ".", depth, (*here, "each"))
    language = context.source(locales.language, inner, (*here, "language"))
    text = context.source(locales.text, inner, (*here, "text"))
    where = condition_of(context, locales.where, inner, (*here, "where"))
    names = _names(context, locales.names, here)
    pipeline = _of_texts(context, spec, inner, at)
    if pipeline is None or names is None or each is None or language is None or text is None:
        return None
    if locales.where is not None and where is None:
        return None
    return Localized(
        spec.to,
        target,
        each,
        language,
        text,
        names,
        pipeline,
        context.doctor,
        where=where,
        reject=locales.unknown == "reject",
        misses=context.misses,
    )


def _names(context: Context, said: dict[str, str], at: Location) -> dict[str, str] | None:
    names = dict(said) or {code: locale for locale, code in context.locales.items()}
    if not names:
        context.report(at, "say which code is which locale: names: {F: fr-FR}, or locales of the feed")
        return None
    wrong = [code for code, locale in names.items() if LOCALE.fullmatch(locale) is None]
    for code in wrong:
        context.report((*at, "names", code), f"{names[code]!r} is no locale such as fr-FR")
    return None if wrong else names


def _of_texts(context: Context, spec: FieldSpec, depth: int, at: Location) -> Pipeline | None:
    pipeline = context.pipeline(spec.via, None, "text", depth, at)
    if pipeline is None:
        return None
    if pipeline.kind != "text" or pipeline.operands or pipeline.nullable or pipeline.skips:
        context.report((*at, "via"), f"{spec.to} is a text in each language")
        return None
    return pipeline
