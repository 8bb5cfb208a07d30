"""Compiling: from a feed's spec to its fields, with every flaw noted where it stands."""

from __future__ import annotations

from collections.abc import Callable

from ..entities import Kind, Shape, Target
from ..fields import (
    Alternative,
    Conditional,
    Constant,
    Each,
    EachText,
    Field,
    FirstOf,
    Gaps,
    Gathered,
    Leaf,
    Lines,
    Record,
)
from ..paths import ABSENT, Source
from ..pipeline import Location, Pipeline, describe
from ..spec import FieldSpec
from ..spec.fields import AlternativeSpec, LinesSpec
from ..yaml_source import nearest
from .conditional import condition_of, default_fits, gaps_of
from .context import Context
from .money import money_field
from .spread import locales_field, pairs_field
from .words import among

__all__ = ["Compiler"]

_SORTS = ("from", "first_of", "all_of", "lines", "each", "money", "attributes", "locales", "value")
_ONLY_EACH = ("fields", "where", "first")


class Compiler:
    """Makes the fields of one incoming feed."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.report = context.report

    def source(self, path: str, depth: int, at: Location) -> Source | None:
        """Read a path; None when a flaw was reported."""
        return self.context.source(path, depth, at)

    def record(self, shape: Shape, specs: tuple[FieldSpec, ...], at: Location, depth: int = 0) -> Record:
        """Compile the fields of one record type; what is wrong is reported and left out."""
        fields: list[Field] = []
        first: dict[str, int] = {}
        for index, spec in enumerate(specs):
            here = (*at, index)
            if spec.to in first:
                self.report((*here, "to"), f"{spec.to} has a field already, the {first[spec.to] + 1}.")
                continue
            first[spec.to] = index
            field = self._field(shape, spec, here, depth)
            if field is not None:
                fields.append(field)
        named = {to.partition(".")[0] for to in first}
        missing = [name for name, target in shape.targets.items() if target.mandatory and name not in named]
        if missing:
            self.report(at, f"{shape.record.__name__} cannot be made without {', '.join(missing)}")
        return Record(shape, tuple(fields))

    def _field(self, shape: Shape, spec: FieldSpec, at: Location, depth: int) -> Field | None:
        sort = self._sort(spec, at)
        found = self._target(shape, spec, sort, at)
        if sort is None or found is None:
            return None
        target, key = found
        if not self._allowed(sort, target, spec, at):
            return None
        field = self._of_sort(sort, target, key, spec, at, depth)
        condition = condition_of(self.context, spec.when, depth, (*at, "when"))
        if field is None or spec.when is None:
            return field
        if target.mandatory and not spec.has_default:
            self.report(
                (*at, "when"), f"{spec.to} must always have a value: give it a default, or use first_of"
            )
            return None
        otherwise = spec.default if spec.has_default else target.absent
        return None if condition is None else Conditional(field, condition, otherwise)

    def _sort(self, spec: FieldSpec, at: Location) -> str | None:
        given = [
            spec.from_, spec.first_of, spec.all_of, spec.lines, spec.each, spec.money, spec.attributes,
            spec.locales, spec.value if spec.is_constant else None,
        ]  # fmt: skip
        sorts = [name for name, value in zip(_SORTS, given, strict=True) if value is not None]
        if spec.is_constant and spec.value is None:
            sorts.append("value")
        if spec.from_ is None and "from_" in spec.model_fields_set:
            self.report(
                (*at, "from"), "from is empty: YAML takes what follows # for a comment, put it in quotes"
            )
            return None
        if len(sorts) != 1:
            self.report(
                at,
                f"{spec.to} needs one of {', '.join(_SORTS[:-1])} and value, "
                f"not {' and '.join(sorts) or 'none'}",
            )
            return None
        return sorts[0]

    def _target(
        self, shape: Shape, spec: FieldSpec, sort: str | None, at: Location
    ) -> tuple[Target, str | None] | None:
        try:
            if sort in ("attributes", "locales"):
                return shape.whole(spec.to, "attributes" if sort == "attributes" else "localized"), None
            return shape.find(spec.to)
        except ValueError as error:
            self.report((*at, "to"), f"{error}; {nearest(spec.to, shape.names())}")
            return None

    def _allowed(self, sort: str, target: Target, spec: FieldSpec, at: Location) -> bool:
        """Check what goes together with the origin of a field."""
        for word in _ONLY_EACH if sort != "each" else ():
            if getattr(spec, word) is not None:
                self.report((*at, word), f"{word} belongs to each, not to {sort}")
                return False
        if sort in ("value", "attributes", "locales", "each") and (spec.has_default or spec.empty):
            word = "default" if spec.has_default else "empty"
            self.report((*at, word), f"{word} is for a value that is read, not for {sort}")
            return False
        if sort in ("attributes", "locales", "value") and (spec.required or spec.absent):
            word = "required" if spec.required else "absent"
            self.report((*at, word), f"{word} is for a value that is read, not for {sort}")
            return False
        if sort == "value" and target.nature in ("records", "texts"):
            self.report((*at, sort), f"{spec.to} is a list: read it with each")
            return False
        if sort in ("from", "first_of") and target.nature == "records":
            self.report((*at, sort), f"{spec.to} is a list: read it with each")
            return False
        return True

    def _of_sort(
        self, sort: str, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        makers: dict[str, Callable[[], Field | None]] = {
            "from": lambda: self._leaf(target, key, spec, at, depth),
            "first_of": lambda: self._first_of(target, key, spec, at, depth),
            "all_of": lambda: self._gathered(target, key, spec, at, depth),
            "lines": lambda: self._gathered(target, key, spec, at, depth),
            "each": lambda: self._each(target, key, spec, at, depth),
            "money": lambda: money_field(self.context, target, spec, at, depth),
            "attributes": lambda: pairs_field(self.context, target, spec, at, depth),
            "locales": lambda: locales_field(self.context, target, spec, at, depth),
            "value": lambda: self._constant(target, key, spec, at),
        }
        return makers[sort]()

    def _leaf(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        paths = spec.from_ or ()
        sources = [self.source(path, depth, (*at, "from")) for path in paths]
        pipeline = self._pipeline(spec, "texts" if len(sources) > 1 else "text", depth, at)
        if pipeline is None or None in sources:
            return None
        if target.nature == "texts" and pipeline.kind != "texts":
            self.report((*at, "from"), f"{spec.to} is a list: read it with each, or split the text")
            return None
        gaps = gaps_of(self.context, target, spec, pipeline, at)
        if gaps is None or not self._fits(target, pipeline, gaps, spec, at):
            return None
        known = tuple(source for source in sources if source is not None)
        checked = among(target, pipeline)
        return Leaf(spec.to, target, key, known, checked, self.context.doctor, gaps=gaps)

    def _fits(self, target: Target, pipeline: Pipeline, gaps: Gaps, spec: FieldSpec, at: Location) -> bool:
        provided = gaps.none is not ... and not (pipeline.skips and gaps.absent is ...)
        return self.context.fits(spec.to, target, pipeline, at, gap=provided or spec.empty == "reject")

    def _gathered(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        origins = self._origins(spec, at, depth)
        pipeline = self._pipeline(spec, "texts", depth, at)
        if pipeline is None or origins is None:
            return None
        gaps = gaps_of(self.context, target, spec, pipeline, at)
        if gaps is None or not self._fits(target, pipeline, gaps, spec, at):
            return None
        return Gathered(spec.to, target, key, origins, pipeline, self.context.doctor, gaps)

    def _origins(self, spec: FieldSpec, at: Location, depth: int) -> tuple[Source, ...] | Lines | None:
        if spec.lines is not None:
            return self._lines(spec.lines, (*at, "lines"), depth)
        sources = [self.source(path, depth, (*at, "all_of")) for path in spec.all_of or ()]
        known = tuple(source for source in sources if source is not None)
        return known if len(known) == len(sources) else None

    def _lines(self, spec: LinesSpec, at: Location, depth: int) -> Lines | None:
        each = self.source(spec.each, depth, (*at, "each"))
        text = self.source(spec.text, 0, (*at, "text"))
        by = None if spec.by is None else self.source(spec.by, 0, (*at, "by"))
        where = condition_of(self.context, spec.where, depth + 1, (*at, "where"))
        if each is None or text is None or (spec.by is not None and by is None):
            return None
        return None if spec.where is not None and where is None else Lines(each, text, by, where)

    def _first_of(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        gaps = gaps_of(self.context, target, spec, None, at)
        made = [
            self._alternative(target, key, spec, one, (*at, "first_of", index), depth)
            for index, one in enumerate(spec.first_of or ())
        ]
        known = tuple(one for one in made if one is not None)
        if gaps is None or len(known) < len(made):
            return None
        return FirstOf(spec.to, target, key, known, gaps)

    def _alternative(
        self,
        target: Target,
        key: str | None,
        spec: FieldSpec,
        one: AlternativeSpec,
        at: Location,
        depth: int,
    ) -> Alternative | None:
        condition = condition_of(self.context, one.when, depth, (*at, "when"))
        if one.when is not None and condition is None:
            return None
        if one.from_ is None:
            constant = self._constant(target, key, FieldSpec(to=spec.to, value=one.value), at)
            return None if constant is None else Alternative(constant, condition)
        # What it does not say for itself, the field says for all of them, and there its flaws stand.
        own = bool(one.via) or one.as_ is not None
        tried = spec.model_copy(
            update={"from_": one.from_, "via": one.via or spec.via, "as_": one.as_ if own else spec.as_}
        )
        where = at if own else at[: at.index("first_of")]
        field = self._tried(target, key, tried, where, depth)
        return None if field is None else Alternative(field, condition)

    def _tried(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        """Compile one alternative: what is absent, empty or none there gives ABSENT."""
        sources = [self.source(path, depth, at) for path in spec.from_ or ()]
        pipeline = self._pipeline(spec, "texts" if len(sources) > 1 else "text", depth, at)
        if (
            pipeline is None
            or None in sources
            or not self.context.fits(spec.to, target, pipeline, at, gap=True)
        ):
            return None
        known = tuple(source for source in sources if source is not None)
        default = ABSENT if pipeline.default is ... else pipeline.default
        gaps = Gaps(default, default, default)
        checked = among(target, pipeline)
        return Leaf(spec.to, target, key, known, checked, self.context.doctor, gaps=gaps)

    def _each(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        if target.nature == "records" and target.item is not None:
            if spec.fields is None or spec.via:
                self.report(at, f"{spec.to} holds records: give their fields")
                return None
            return self._each_record(target, target.item, spec, at, depth)
        if target.nature != "texts" or spec.fields is not None:
            self.report((*at, "each"), f"{spec.to} is no list of records")
            return None
        if spec.first is not None:
            self.report((*at, "first"), f"{spec.to} is a list of texts: they stay in their order")
            return None
        return self._each_text(target, key, spec, at, depth)

    def _each_record(
        self, target: Target, item: Shape, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        source = self.source(spec.each or "", depth, (*at, "each"))
        where = condition_of(self.context, spec.where, depth + 1, (*at, "where"))
        first = condition_of(self.context, spec.first, depth + 1, (*at, "first"))
        gaps = gaps_of(self.context, target, spec, None, at)
        record = self.record(item, spec.fields or (), (*at, "fields"), depth + 1)
        if source is None or gaps is None:
            return None
        return Each(spec.to, target, source, record, gaps, where=where, first=first)

    def _each_text(
        self, target: Target, key: str | None, spec: FieldSpec, at: Location, depth: int
    ) -> Field | None:
        source = self.source(spec.each or "", depth, (*at, "each"))
        where = condition_of(self.context, spec.where, depth + 1, (*at, "where"))
        if spec.where is not None and where is None:
            return None
        gaps = gaps_of(self.context, target, spec, None, at)
        pipeline = self._pipeline(spec, "text", depth, at)
        if pipeline is None or source is None or gaps is None:
            return None
        if pipeline.kind != "text" or pipeline.default is not ... or pipeline.operands:
            self.report((*at, "via"), f"{spec.to} is a list of texts, without default and without places")
            return None
        return EachText(spec.to, target, key, source, pipeline, self.context.doctor, gaps, where)

    def _constant(self, target: Target, key: str | None, spec: FieldSpec, at: Location) -> Field | None:
        sound = target.nullable if spec.value is None else default_fits(target, spec.value)
        if not sound or spec.via:
            wanted = f"one of {', '.join(target.words)}" if target.words else describe(target.kind)
            self.report((*at, "value"), f"{spec.to} is {wanted}, not {spec.value!r}")
            return None
        return Constant(spec.to, target, key, spec.value)

    def _pipeline(self, spec: FieldSpec, start: Kind, depth: int, at: Location) -> Pipeline | None:
        if start == "texts" and len(spec.from_ or ()) > 1 and not spec.via and spec.as_ is None:
            self.report((*at, "from"), "several sources need a function that makes one of them: join or slug")
            return None
        return self.context.pipeline(spec.via, spec.as_, start, depth, at)
