"""Feed checks: what a feed says beside its fields: tables, scopes, deletes, owners, functions of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from pathlib import Path

from .codes import CodeTable
from .compiling import Context
from .conditions import Condition, compile_condition
from .entities import ABOUT_ORDERS
from .functions.own import imported
from .pipeline import Location, Report
from .scopes import EVERYWHERE, Dimension, Scopes, scope_name
from .spec import FieldSpec, MappingSpec, StepSpec
from .spec.codes import CodesSpec
from .spec.fields import OperandSpec
from .spec.owners import ForeignPolicy

__all__ = [
    "check_movements",
    "code_tables",
    "delete_flag",
    "foreign_policies",
    "guarded_fields",
    "own_functions",
    "owned_by_shop",
    "scoped_fields",
    "scopes_of",
]

#: What the shop owns is filled once, when the record is created.
_SHOP = "shop"
#: How records can be taken away, beside `keep`; what is not named can be deleted only.
_REMOVALS: dict[str, tuple[str, ...]] = {
    "product": ("unpublish", "delete"),
    "price": ("deactivate", "delete"),
    "stock": ("zero", "delete"),
    **dict.fromkeys(ABOUT_ORDERS, ()),
}


def code_tables(
    specs: dict[str, CodesSpec], beside: Callable[[str, int], Path], report: Report
) -> dict[str, CodeTable]:
    """Read the tables of a feed; `beside` gives the folder of the mapping that names the n-th file of one."""
    return {name: _table(name, codes, partial(beside, name), report) for name, codes in specs.items()}


def _table(name: str, codes: CodesSpec, beside: Callable[[int], Path], report: Report) -> CodeTable:
    """Lay the files and the values of a table over one another; an empty one when a flaw was reported."""
    at: Location = ("codes", name, "file")
    layers: list[CodeTable] = []
    try:
        for number, file in enumerate(codes.file or ()):
            at = ("codes", name, "file", number)
            layers.append(CodeTable.read(name, beside(number) / file, codes.from_ or (), codes.to or ()))
        if codes.values is not None:
            at = ("codes", name, "values")
            layers.append(CodeTable.inline(name, codes.values))
        return reduce(CodeTable.under, layers)
    except ValueError as error:
        report(at, str(error))
        return CodeTable(name, ", ".join(codes.file or ()))


def own_functions(entries: Iterable[str], report: Report) -> list[str]:
    """Import the modules of a feed's own functions; gives their names."""
    modules: list[str] = []
    for index, entry in enumerate(entries):
        try:
            modules.append(imported(entry))
        except ValueError as error:
            report(("functions", index), str(error))
    return modules


def scopes_of(spec: MappingSpec, context: Context) -> Scopes | None:
    """Compile the scopes of a feed of prices; None when it has none, or a flaw was reported."""
    if spec.scopes is None:
        return None
    at: Location = ("scopes",)
    if spec.entity != "price":
        context.report(at, f"scopes are for prices, not for {spec.entity}")
        return None
    dimensions: list[Dimension] = []
    words = {"country": "countries", "customer_group": "customer_groups", "channel": "channels"}
    for field, said in spec.scopes.said().items():
        here = (*at, words[field])
        if any(one.to == field for one in spec.fields):
            context.report(here, f"{field} has a field already: say one of the two")
        elif not isinstance(said, OperandSpec):
            dimensions.append(Dimension(field, tuple(dict.fromkeys(said))))
        else:
            source = context.source(said.from_, 0, (*here, "from"))
            pipeline = context.pipeline(said.via, None, "text", 0, here)
            if pipeline is not None and (pipeline.kind not in ("text", "texts") or pipeline.operands):
                context.report((*here, "via"), f"{words[field]} are texts, without places")
            elif source is not None and pipeline is not None:
                dimensions.append(Dimension(field, (), source, pipeline))
    return Scopes(tuple(dimensions), spec.scopes.clash == "reject")


def scoped_fields(scopes: Scopes | None) -> tuple[FieldSpec, ...]:
    """Give the fields that read what a row carries of its scope."""
    if scopes is None:
        return ()
    everywhere = StepSpec(name="none_if", argument=([EVERYWHERE],))
    return tuple(
        FieldSpec.model_validate({"to": one.field, "from": scope_name(one.field), "via": [everywhere]})
        for one in scopes.dimensions
    )


def delete_flag(spec: MappingSpec, context: Context) -> Condition | None:
    """Check what is done with deleted records, and compile what flags one."""
    deletes = spec.deletes
    for name, policy in (("absent", deletes.absent), ("flagged", deletes.flagged)):
        if policy is None or policy == "keep":
            continue
        known = _REMOVALS.get(spec.entity, ("delete",))
        if policy not in known:
            context.report(
                ("deletes", name), f"a {spec.entity} cannot be {policy!r}: {', '.join(('keep', *known))}"
            )
        elif not spec.creates:
            context.report(
                ("deletes", name), "a feed that only completes what others create takes nothing away: keep"
            )
    if deletes.flag is None:
        if deletes.flagged is not None:
            context.report(("deletes", "flagged"), "say with flag which records are deleted")
        return None
    return compile_condition(
        deletes.flag, depth=0, header=context.header, report=context.report, at=("deletes", "flag")
    )


def check_movements(spec: MappingSpec, report: Report) -> None:
    """Check that a feed of stock movements names each of them, and takes nothing away.

    A record is known by its `key`: were the movement's own name no part of it, the second movement of an
    article would be a new version of the first one.
    """
    fields = {field.to: field for field in spec.fields}
    if spec.entity != "stock" or "movement" not in fields:
        return
    missing = [place for place in fields["movement"].from_ or () if place not in spec.key]
    if missing:
        report(("key",), f"movements are told apart by {', '.join(missing)}: name it in key too")
    for name, policy in (("absent", spec.deletes.absent), ("flagged", spec.deletes.flagged)):
        if policy not in (None, "keep"):
            report(("deletes", name), "a movement that is over takes no stock away: keep")


def guarded_fields(fields: Iterable[FieldSpec], within: str = "") -> Iterable[tuple[str, FieldSpec]]:
    """Give every field with an owner or `only_create`, by what it fills (`variants.attributes.colour`)."""
    for field in fields:
        to = f"{within}{field.to}"
        if field.owner is not None or field.only_create:
            yield to, field
        if field.fields is not None:
            yield from guarded_fields(field.fields, f"{to}.")


def foreign_policies(spec: MappingSpec) -> dict[str, ForeignPolicy]:
    """Give what is done with foreign edits, by what a field fills, where it or its owner says so."""
    return dict(_foreign(spec.fields, spec.foreign_edits.owners, ""))


def _foreign(
    fields: Iterable[FieldSpec], owners: Mapping[str, ForeignPolicy], within: str
) -> Iterable[tuple[str, ForeignPolicy]]:
    for field in fields:
        to = f"{within}{field.to}"
        policy = field.foreign_edits or owners.get(field.owner or "")
        if policy is not None:
            yield to, policy
        if field.fields is not None:
            yield from _foreign(field.fields, owners, f"{to}.")


def owned_by_shop(field: FieldSpec) -> bool:
    """Tell whether a field is filled once only."""
    return field.only_create or field.owner == _SHOP
