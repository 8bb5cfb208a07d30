"""Compiling: from the spec of an assembly to its plan, with every flaw noted where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from ..codes import CodeTable
from ..conditions import compile_condition
from ..controls import Controls, compile_controls
from ..entities import Kind
from ..functions import READING
from ..paths import Source
from ..patterns import TextPattern
from ..pipeline import Location, Report, build
from ..spec import FormatSpec, MappingSpec
from ..spec.assembly import AssemblySpec, ComputeSpec, InputSpec, JoinSpec, SplitSpec
from ..spec.conditions import ConditionSpec
from ..yaml_source import nearest
from .cells import Fold, Pair, Split
from .computing import Computation
from .filtering import Filter
from .grouping import Group
from .joining import Join, Link
from .plan import Plan
from .reaching import Place

__all__ = ["Assembly", "Input", "compile_assembly"]


class Input(NamedTuple):
    """One input: how its files are read and shaped, and by which keys its rows are asked for."""

    name: str
    spec: InputSpec
    plan: Plan
    links: tuple[Link, ...]
    controls: Controls = Controls()

    @property
    def in_main_file(self) -> bool:
        """True when its rows stand in the main file itself."""
        return self.spec.files is None


class Assembly(NamedTuple):
    """A compiled assembly: the plan of the main source, and the inputs in the order of their reading.

    An input that nothing joins is not read: feeds of one source share their inputs.
    """

    format: FormatSpec
    main: Plan
    inputs: tuple[Input, ...]


def compile_assembly(spec: MappingSpec, tables: Mapping[str, CodeTable], report: Report) -> Assembly | None:
    """Compile what a feed says of assembling its rows; None when it says nothing, or has a flaw."""
    inputs = spec.inputs
    given = AssemblySpec.model_fields.keys() & spec.model_fields_set
    if not given and not inputs:
        return None
    flaws = 0

    def count(at: Location, message: str) -> None:
        nonlocal flaws
        flaws += 1
        report(at, message)

    compiler = _Compiler(inputs, tables, count)
    main = compiler.plan(spec, spec.format.header_name, ())
    plans = {
        name: compiler.plan(source, source.format.header_name, ("inputs", name))
        for name, source in inputs.items()
    }
    controls = {
        name: compile_controls(
            source.controls, source.files or spec.files, source.format.header_name, count, ("inputs", name)
        )
        for name, source in inputs.items()
    }
    ordered = compiler.ordered()
    if flaws:
        return None
    known = tuple(
        Input(name, inputs[name], plans[name], tuple(compiler.links[name]), controls[name])
        for name in ordered
    )
    return Assembly(spec.format, main, known)


class _Compiler:
    """Makes plans; collects how each input is asked for, and which input needs which."""

    def __init__(
        self, inputs: Mapping[str, InputSpec], tables: Mapping[str, CodeTable], report: Report
    ) -> None:
        self._inputs = inputs
        self._tables = tables
        self._report = report
        self.links: dict[str, dict[Link, None]] = {}

    def plan(self, spec: AssemblySpec, header: str | None, at: Location) -> Plan:
        """Compile what happens to the rows of one source."""
        splits = [self._split(to, one, (*at, "split", to)) for to, one in spec.split.items()]
        folds = [Fold(to, one.columns, one.names, one.drop_empty) for to, one in spec.fold.items()]
        pairs = [
            Pair(
                to,
                tuple(self._names(path, (*at, "pair", to, "lists")) for path in one.lists),
                one.uneven == "pad",
            )
            for to, one in spec.pair.items()
        ]
        return Plan(
            self._filter(spec.where, header, (*at, "where")),
            self._computations(spec.compute, (*at, "compute"), 0),
            (*splits, *folds, *pairs),
            self._joins(spec.join, (*at, "join"), 0),
            self._group(spec, header, (*at, "group")),
            self._filter(spec.keep, header, (*at, "keep")),
            () if spec.each is None else self._names(spec.each, (*at, "each")),
            self._computations(spec.then_compute, (*at, "then_compute"), 0),
            self._filter(spec.then_keep, header, (*at, "then_keep")),
        )

    def ordered(self) -> list[str]:
        """Order the inputs so that each comes behind those that its own joins ask."""
        done: list[str] = []
        waiting = [name for name in self._inputs if name in self.links]
        needs = {name: _asked(self._inputs[name].join) for name in waiting}
        while waiting:
            free = [name for name in waiting if needs[name] <= set(done)]
            if not free:
                self._report(("inputs", waiting[0]), f"{waiting[0]} is joined, by way of others, to itself")
                return done
            done += free
            waiting = [name for name in waiting if name not in free]
        return done

    def _filter(self, spec: ConditionSpec | None, header: str | None, at: Location) -> Filter | None:
        if spec is None:
            return None
        condition = compile_condition(spec, depth=0, header=header, report=self._report, at=at)
        return None if condition is None else Filter(condition)

    def _computations(
        self, specs: tuple[ComputeSpec, ...], at: Location, depth: int
    ) -> tuple[Computation, ...]:
        made: list[Computation] = []
        for index, spec in enumerate(specs):
            here = (*at, index)
            word = "first_of" if spec.first_of else "from"
            places = [self._place(path, depth, (*here, word)) for path in spec.first_of or spec.from_]
            start: Kind = "texts" if len(spec.from_) > 1 else "text"
            if len(spec.from_) > 1 and not spec.via:
                self._report((*here, "from"), "several sources need a function that makes one of them: join")
            pipeline = build(
                spec.via,
                start,
                READING,
                self._tables,
                self._report,
                (*here, "via"),
                partial(self._source, depth),
            )
            known = tuple(place for place in places if place is not None)
            if pipeline is not None and len(known) == len(places):
                made.append(Computation(spec.to, known, pipeline if spec.via else None, bool(spec.first_of)))
        return tuple(made)

    def _split(self, to: str, spec: SplitSpec, at: Location) -> Split:
        parts = None
        if spec.parts is not None:
            try:
                parts = TextPattern(spec.parts)
            except ValueError as error:
                self._report((*at, "parts"), str(error))
            if parts is not None and not parts.groups:
                self._report((*at, "parts"), "parts names what it finds: (?P<CENTS>[0-9]+)")
        computations = self._computations(spec.compute, (*at, "compute"), 1)
        return Split(to, self._names(spec.cell, (*at, "cell")), spec.by, parts, computations)

    def _joins(self, specs: Mapping[str, JoinSpec], at: Location, depth: int) -> tuple[Join, ...]:
        made = [self._join(to, spec, (*at, to), depth) for to, spec in specs.items()]
        return tuple(join for join in made if join is not None)

    def _join(self, to: str, spec: JoinSpec, at: Location, depth: int) -> Join | None:
        if spec.input not in self._inputs:
            message = f"there is no input {spec.input!r}; {nearest(spec.input, self._inputs)}"
            self._report((*at, "input"), message)
            return None
        if any(path == to or path.startswith(f"{to}/") for path in spec.on):
            self._report((*at, "on"), f"{to} is a name of the row itself: give what is joined another one")
        if spec.by is not None and (depth or spec.at is not None):
            self._report((*at, "by"), "only rows themselves are joined by order: say on")
            return None
        inner = depth + (spec.at is not None)
        left = [self._place(path, inner, (*at, "on", path)) for path in spec.on]
        right = [self._place(path, 0, (*at, "on", mine)) for mine, path in spec.on.items()]
        link = Link(spec.input, tuple(spec.on.values()))
        self.links.setdefault(spec.input, {})[link] = None
        keys = " and ".join(spec.on.values())
        return Join(
            to,
            link,
            tuple(place for place in left if place is not None),
            () if spec.at is None else self._names(spec.at, (*at, "at")),
            spec.take,
            spec.missing,
            f"{spec.input} with this {keys}" if right else f"{spec.input} at this place",
            self._joins(spec.join, (*at, "join"), inner + 1),
        )

    def _group(self, spec: AssemblySpec, header: str | None, at: Location) -> Group | None:
        group = spec.group
        if group is None:
            return None
        by = [self._place(path, 0, (*at, "by", index)) for index, path in enumerate(group.by)]
        for index, place in enumerate(by):
            if place is not None and place.pseudo is not None:
                self._report(
                    (*at, "by", index), f"{place.text} differs in every row: work out a name in compute"
                )
        for index, name in enumerate(group.lift):
            if "/" in name:
                self._report(
                    (*at, "lift", index), f"{name} stands below another name: only a row's own are lifted"
                )
        return Group(
            group.as_,
            tuple(place for place in by if place is not None),
            self._filter(group.starts_when, header, (*at, "starts_when")),
            group.order == "any",
            group.empty == "above",
            group.lift,
            group.clash,
            bool(spec.join),
        )

    def _source(self, depth: int, path: str, at: Location) -> Source | None:
        """Read the path of a value that a function takes beside its own."""
        place = self._place(path, depth, at)
        if place is not None and place.pseudo is not None:
            self._report(at, f"{path} cannot be read here: work out a name from it first")
            return None
        return None if place is None else place.source

    def _place(self, path: str, depth: int, at: Location) -> Place | None:
        try:
            return Place(path, depth=depth)
        except ValueError as error:
            self._report(at, str(error))
            return None

    def _names(self, path: str, at: Location) -> tuple[str, ...]:
        try:
            source = Source.parse(path, depth=0, header=None)
        except ValueError as error:
            self._report(at, str(error))
            return ("",)
        if source.picks or source.pseudo is not None or not source.names:
            self._report(at, f"{path!r} must be names alone: GROUP/NAME")
            return ("",)
        return source.names


def _asked(joins: Mapping[str, JoinSpec]) -> set[str]:
    return {name for join in joins.values() for name in (join.input, *_asked(join.join))}
