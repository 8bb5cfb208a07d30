"""The registry: functions by name, for what comes in and for what goes out, and how one is added."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, TypeAlias, Union, get_args, get_origin

from ..entities import Kind
from ..spec.conditions import Plain
from ..spec.fields import OperandSpec

__all__ = [
    "READING",
    "WRITING",
    "Convert",
    "Function",
    "NumberOrPlace",
    "TextOrPlace",
    "reading",
    "writing",
]

#: A text as it stands in the mapping, or the place where it stands in the file.
TextOrPlace: TypeAlias = Union[OperandSpec, Plain]  # noqa: UP007  # Annotated has no |
#: A number as it stands in the mapping, or the place where it stands in the file.
NumberOrPlace: TypeAlias = Annotated[Union[OperandSpec, Plain], "decimal"]  # noqa: UP007  # as above

#: A conversion of one value. Where parameters name places, what stands there follows the value.
Convert: TypeAlias = Callable[..., Any]
Make: TypeAlias = Callable[..., Convert]
Told: TypeAlias = Callable[[Mapping[str, Any]], bool]


def _never(_arguments: Mapping[str, Any]) -> bool:
    return False


class Function(NamedTuple):
    """A named conversion: which kinds it takes, which it gives, and how it is made from its parameters.

    With some parameters the conversion may give None ("there is none", `nullable`) or `ABSENT` ("nothing was
    said", `skips`), or must see every value and not only new ones (`counts`). `module` is where it was
    written.
    """

    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    make: Make
    doc: str
    parameters: Mapping[str, inspect.Parameter]
    nullable: Told = _never
    skips: Told = _never
    counts: Told = _never
    module: str = ""

    @property
    def main(self) -> str | None:
        """The parameter that stands beside the function's name: `{pad: 5}`."""
        return next(iter(self.parameters), None)

    @property
    def operands(self) -> dict[str, Kind]:
        """The parameters that may stand in the record (`{divide: {from: UNIT}}`), with their kind."""
        kinds = {name: _operand(parameter.annotation) for name, parameter in self.parameters.items()}
        return {name: kind for name, kind in kinds.items() if kind is not None}


def _operand(annotation: Any) -> Kind | None:
    if get_origin(annotation) is Annotated and "decimal" in annotation.__metadata__:
        return "decimal"
    return "text" if annotation is OperandSpec or OperandSpec in get_args(annotation) else None


READING: dict[str, Function] = {}
WRITING: dict[str, Function] = {}


def _register(registry: dict[str, Function], function: Function) -> None:
    there = registry.get(function.name)
    if there is not None:
        raise ValueError(
            f"there is a function {function.name!r} already, in {there.module}: give this one another name"
        )
    registry[function.name] = function


def _kinds(takes: Kind | tuple[Kind, ...]) -> tuple[Kind, ...]:
    return (takes,) if isinstance(takes, str) else takes


def reading(
    name: str,
    takes: Kind | tuple[Kind, ...],
    gives: Kind,
    *,
    nullable: Told = _never,
    skips: Told = _never,
    counts: Told = _never,
) -> Callable[[Make], Make]:
    """Register a function for what comes in: what it decorates takes the parameters and gives the conversion.

    ```python
    @reading("season", "text", "text")
    def season(century: int = 20) -> Convert:
        \"\"\"Write a season code in full.\"\"\"
        return lambda text: f"{text[:2]} {century}{text[2:]}"
    ```

    The conversion raises `Unreadable` for a value of which it can make nothing, and is told the same value
    only once: its answer is remembered. A mapping names the module: `functions: mypackage.erp`.

    Raises:
        ValueError: there is a function of that name.
    """

    def register(make: Make) -> Make:
        parameters = inspect.signature(make, eval_str=True).parameters
        doc = inspect.getdoc(make) or ""
        _register(
            READING,
            Function(
                name, _kinds(takes), gives, make, doc, parameters, nullable, skips, counts, make.__module__
            ),
        )
        return make

    return register


def writing(name: str, takes: Kind | tuple[Kind, ...], gives: Kind) -> Callable[[Make], Make]:
    """Register a function for what goes out, as `reading` does for what comes in."""

    def register(make: Make) -> Make:
        parameters = inspect.signature(make, eval_str=True).parameters
        doc = inspect.getdoc(make) or ""
        _register(
            WRITING, Function(name, _kinds(takes), gives, make, doc, parameters, module=make.__module__)
        )
        return make

    return register
