"""Rules: the functions of a mapping's fields, as its author wrote them, by the field that they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..mapping.spec import FieldSpec, MappingSpec, StepSpec

__all__ = ["Rules", "spoken"]

_DEFAULT = "default"
_NUMBER = re.compile(r"\[\d+\]")


class Rules:
    """The steps of each field; `fills` names a field as a trace does (`variants[1].sku`)."""

    def __init__(self, spec: MappingSpec) -> None:
        self.fields: dict[str, FieldSpec] = dict(_walk(spec.fields, ""))
        self._steps = {path: _compiled(field) for path, field in self.fields.items()}

    def written(self, fills: str) -> str:
        """Give what a field was written to fill: `variants.sku` for `variants[1].sku`."""
        return _NUMBER.sub("", fills)

    def steps(self, fills: str) -> tuple[StepSpec, ...]:
        """Give the functions that run, in their order."""
        return self._steps.get(self.written(fills), ())

    def spoken(self, fills: str, names: Iterable[str]) -> list[str]:
        """Say the steps that ran as the mapping says them; others keep their names.

        A field that reads several texts runs through its steps for each of them.
        """
        written = list(self.steps(fills))
        field = self.fields.get(self.written(fills))
        said: list[str] = []
        left = list(written)
        for name in names:
            if not left or (left[0].name != name and written[0].name == name):
                left = list(written)
            if name == "when" and field is not None and field.when is not None:
                said.append(f"when: {_value(field.when.model_dump(by_alias=True, exclude_unset=True))}")
            elif left and left[0].name == name:
                said.append(spoken(left.pop(0)))
            else:
                said.append(name)
        return said


def spoken(step: StepSpec) -> str:
    """Say a function with its parameters: `date: AAAAMMJJ, zone: Europe/Paris`."""
    if not step.argument:
        return step.name
    options = "".join(f", {name}: {_value(value)}" for name, value in step.options.items())
    return f"{step.name}: {_value(step.argument[0])}{options}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return "null" if value is None else str(value)


def _compiled(field: FieldSpec) -> tuple[StepSpec, ...]:
    steps = [step for step in field.via if step.name != _DEFAULT]
    if field.as_ is not None:
        steps.append(StepSpec(name=field.as_))
    return tuple(steps)


def _walk(fields: Iterable[FieldSpec], around: str) -> Iterator[tuple[str, FieldSpec]]:
    for field in fields:
        path = f"{around}{field.to}"
        yield path, field
        yield from _walk(field.fields or (), f"{path}.")
