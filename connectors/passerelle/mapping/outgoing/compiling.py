"""Compiling: from the fields of an outgoing feed to its nodes, with every flaw noted where it stands."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from ..codes import CodeTable
from ..pipeline import Location, Report
from ..spec import ConditionSpec, OutFieldSpec, OutItemSpec
from .conditions import OutCondition
from .fields import Text
from .names import parse_target
from .nodes import Branch, Item, Items, Leaf, Node, Texts
from .paths import RecordPath
from .places import Places
from .values import Addend, Types, ValueCompiler

__all__ = ["OutgoingCompiler"]

Fields = tuple[OutFieldSpec, ...]


class _Plan(NamedTuple):
    """A name on its way to a node: what stands at it, and the names below it."""

    to: str
    place: Location
    below: dict[str, _Plan]
    made: list[Node | Text]
    when: list[OutCondition]
    places: Places | None


class OutgoingCompiler:
    """Makes the nodes of one outgoing feed; `omit` leaves names without a value out.

    `lists` keeps a list of one item a list, for formats that tell the two apart.
    """

    def __init__(
        self, tables: Mapping[str, CodeTable], report: Report, *, omit: bool, lists: bool = False
    ) -> None:
        self._lists = lists
        self._report = report
        self._omit = omit
        self._values = ValueCompiler(tables, report)

    @property
    def addends(self) -> tuple[Addend, ...]:
        """What the trailer adds up over all records."""
        return tuple(self._values.addends)

    def fields(
        self, record: type[msgspec.Struct], specs: Fields, at: Location, places: Places | None = None
    ) -> Branch:
        """Compile fields that read from a record type; what is wrong is reported and left out.

        `places` is what the format has room for.
        """
        return self._branch((record,), specs, at, places)

    def trailer(
        self,
        totals: type[msgspec.Struct],
        record: type[msgspec.Struct],
        specs: Fields,
        at: Location,
        places: Places | None = None,
    ) -> Branch:
        """Compile the fields of a trailer; its `sum` and `count` go over all records of the file."""
        self._values.summed = record
        branch = self._branch((totals,), specs, at, places)
        self._values.summed = None
        return branch

    def _branch(self, around: Types, specs: Fields, at: Location, places: Places | None) -> Branch:
        plan = _Plan("", at, {}, [], [], places)
        self._plan(plan, around, specs, at)
        return Branch(tuple((name, self._node(below)) for name, below in plan.below.items()), self._omit)

    def _plan(self, plan: _Plan, around: Types, specs: Fields, at: Location) -> None:
        for index, spec in enumerate(specs):
            here = (*at, index)
            try:
                names = parse_target(spec.to)
            except ValueError as error:
                self._report((*here, "to"), str(error))
                continue
            place = self._place(plan, names, (*here, "to"))
            if place is None:
                continue
            if place.made or (place.below and not _only_attributes(place)):
                self._report((*here, "to"), f"{spec.to} is written already")
                continue
            self._fill(place, around, spec, here)

    def _place(self, plan: _Plan, names: tuple[str, ...], at: Location) -> _Plan | None:
        for number, name in enumerate(names):
            to = f"{plan.to}/{name}" if plan.to else name
            if plan.made and not name.startswith("@"):
                self._report(at, f"{to} stands below {plan.to}, which is written already")
                return None
            if any(not hasattr(made, "text") for made in plan.made):
                self._report(at, f"{to} belongs among the fields of {plan.to}")
                return None
            try:
                places = None if plan.places is None else plan.places.below(name)
            except ValueError as error:
                self._report(at, str(error))
                return None
            plan = plan.below.setdefault(name, _Plan(to, at[:-1], {}, [], [], places))
            if number < len(names) - 1 and plan.when:
                self._report(at, f"{to} has a condition: write what stands below it among its fields")
                return None
        return plan

    def _fill(self, place: _Plan, around: Types, spec: OutFieldSpec, at: Location) -> None:
        when = None if spec.when is None else self._condition(spec.when, around, (*at, "when"))
        if when is not None:
            place.when.append(when)
        sorts: dict[str, bool] = {
            "from": spec.from_ is not None,
            "first_of": spec.first_of is not None,
            "each": spec.each is not None,
            "list": spec.list_ is not None,
            "value": spec.is_constant,
            "position": spec.position is not None,
            "count": spec.count is not None,
            "sum": spec.sum_ is not None,
        }
        given = [name for name, said in sorts.items() if said]
        if not given and spec.fields is not None:
            self._plan(place, around, spec.fields, (*at, "fields"))
            if not place.when:
                return
            nodes = tuple((name, self._node(below)) for name, below in place.below.items())
            place.below.clear()
            place.made.append(Branch(nodes, self._omit, place.when[0]))
            return
        if len(given) != 1:
            known = ", ".join([*sorts, "fields"])
            self._report(at, f"{spec.to} needs one of {known}, not {' and '.join(given) or 'none'}")
            return
        if spec.fields is not None and given[0] != "each":
            self._report((*at, "fields"), f"{spec.to}: fields go with each, or stand alone")
            return
        made = self._made(given[0], around, spec, place, at, when)
        if made is not None:
            place.made.append(made)

    def _made(
        self,
        sort: str,
        around: Types,
        spec: OutFieldSpec,
        place: _Plan,
        at: Location,
        when: OutCondition | None,
    ) -> Node | Text | None:
        if sort == "each":
            return self._each(around, spec, place, at, when)
        if sort == "list":
            items = [
                self._item(around, item, place, (*at, "list", index))
                for index, item in enumerate(spec.list_ or ())
            ]
            return Items(
                place.to, tuple(item for item in items if item is not None), spec.required, when, self._lists
            )
        return self._values.text(sort, around, spec, place.to, at)

    def _node(self, plan: _Plan) -> Node:
        """Freeze a plan."""
        nodes = tuple((name, self._node(below)) for name, below in plan.below.items())
        for made in plan.made:
            if isinstance(made, Items | Texts | Branch):
                return made
            return Leaf(typing.cast("Text", made), nodes, self._omit, plan.when[0] if plan.when else None)
        return Branch(nodes, self._omit)

    def _each(
        self, around: Types, spec: OutFieldSpec, place: _Plan, at: Location, when: OutCondition | None
    ) -> Node | None:
        source, item = self._list(spec.each or "", around, at)
        if source is None:
            return None
        if spec.fields is not None:
            branch = self._branch((*around, item), spec.fields, (*at, "fields"), place.places)
            return Items(place.to, (Item(source, branch),), spec.required, when, self._lists)
        if msgspec.inspect.is_struct_type(item):
            self._report(at, f"{spec.each} holds records: give their fields")
            return None
        content = self._values.item_text(item, spec, at)
        return None if content is None else Texts(place.to, source, content, spec.required, when, self._lists)

    def _item(self, around: Types, spec: OutItemSpec, place: _Plan, at: Location) -> Item | None:
        source, item = None, None
        if spec.each is not None:
            source, item = self._list(spec.each, around, at)
            if source is None:
                return None
            around = (*around, item)
        branch = self._branch(around, spec.fields, (*at, "fields"), place.places)
        when = None if spec.when is None else self._condition(spec.when, around, (*at, "when"))
        return Item(source, branch._replace(when=when))

    def _list(self, path: str, around: Types, at: Location) -> tuple[RecordPath | None, Any]:
        source = self._values.path(path, around, (*at, "each"))
        if source is not None and typing.get_origin(source.hint) is not tuple:
            self._report((*at, "each"), f"{path} is no list of records")
            return None, None
        return source, None if source is None else typing.get_args(source.hint)[0]

    def _condition(self, spec: ConditionSpec, around: Types, at: Location) -> OutCondition | None:
        return self._values.condition(spec, around, at)


def _only_attributes(plan: _Plan) -> bool:
    return all(name.startswith("@") for name in plan.below)
