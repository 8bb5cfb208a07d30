"""Every key of a mapping file does something: the code reads it, by what the type checker knows."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy import build
from mypy.find_sources import create_source_list
from mypy.nodes import MemberExpr
from mypy.options import Options
from mypy.types import Instance, Type, TypeVarType, UnionType, get_proper_type

import passerelle
from passerelle.mapping import spec
from passerelle.mapping.spec import Spec
from tests.memory import alone

ROOT = Path(passerelle.__file__).parent
#: Who acts on mappings; a tool for writing mappings does not.
ROOMS = ("mapping", "feeds", "files", "sync", "commercetools", "operations")
#: Read by other ways than an attribute.
ELSEWHERE = {
    # mapping/conditions.py, by the name of the test; tests/mapping/test_conditions.py asks each of them.
    *(
        ("ConditionSpec", name)
        for name in ("is_", "is_not", "in_", "not_in", "matches", "present", "above", "at_least")
    ),
    # mapping/copybooks.py lays it out before the models are made.
    *((model, "copybook") for model in ("FixedSpec", "RecordTypeSpec")),
    # mapping/yaml_source.py leaves the field out before the models are made; tests/mapping/test_loading.py.
    *((model, "drop") for model in ("FieldSpec", "OutFieldSpec")),
    # feeds/wiring.py hands all of them to the guard by their names; tests/feeds/test_wiring.py.
    *(("GuardSpec", f"{rule}_share") for rule in ("absent", "reject", "removed", "zero")),
    *(("GuardSpec", name) for name in ("floor", "volume_drop", "ask_above")),
}


def classes_of(given: Type) -> Iterator[str]:
    """Name the classes that a value may have, with those they inherit from."""
    kind = get_proper_type(given)
    if isinstance(kind, Instance):
        yield from (base.fullname for base in kind.type.mro)
    elif isinstance(kind, UnionType):
        for item in kind.items:
            yield from classes_of(item)
    elif isinstance(kind, TypeVarType):
        yield from classes_of(kind.upper_bound)


def attributes_read(names: list[str]) -> list[tuple[str, str]]:
    """List what the code reads of which class, as far as it has one of these names.

    For a process of its own: mypy keeps its memory, and turns down the garbage collector for good.
    """
    options = Options()
    options.export_types = True
    options.incremental = False
    options.follow_imports = "silent"
    options.ignore_missing_imports = True
    options.namespace_packages = True
    options.explicit_package_bases = True
    options.mypy_path = [str(ROOT.parent)]
    result = build.build(create_source_list([str(ROOT / room) for room in ROOMS], options), options)
    asked = set(names)
    read = {
        (owner, one.name)
        for one in result.types
        if isinstance(one, MemberExpr) and one.name in asked and one.expr in result.types
        for owner in classes_of(result.types[one.expr])
    }
    return sorted(read)


def models(above: type[Spec]) -> Iterator[type[Spec]]:
    """List the parts of a mapping file."""
    for model in above.__subclasses__():
        yield model
        yield from models(model)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_key_is_read() -> None:
    """A key that parses and does nothing promises what nobody keeps: it is read, or it is not in the spec."""
    for module in pkgutil.iter_modules(spec.__path__):
        importlib.import_module(f"{spec.__name__}.{module.name}")
    parts = [model for model in set(models(Spec)) if model.__module__.startswith(spec.__name__)]
    assert len(parts) > 50
    names = sorted({name for model in parts for name in model.model_fields})
    # JSON has no tuples.
    read = {(owner, name) for owner, name in alone(attributes_read, names)}
    silent: set[tuple[str, str]] = set()
    for model in parts:
        # Of the spec alone: what is read of a column of a table is read of `object`, and so of everything.
        parents = [kin for kin in model.__mro__ if issubclass(kin, Spec)]
        family = [f"{kin.__module__}.{kin.__qualname__}" for kin in (*parents, *models(model))]
        silent |= {
            (model.__name__, name)
            for name in model.model_fields
            if not any((kin, name) in read for kin in family)
        }
    assert silent == ELSEWHERE
