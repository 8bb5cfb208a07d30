"""The examples in the functions' descriptions: each is run as it stands."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml

from passerelle.mapping import READING, WRITING, CodeTable, Function
from passerelle.mapping.pipeline import build
from passerelle.mapping.spec import StepSpec
from passerelle.mapping.spec.fields import FieldSpec

_EXAMPLE = re.compile(r"Example: `(?P<via>.*?)` makes `(?P<made>.*)`\s+of `(?P<given>.*)`\.$", re.DOTALL)
TABLES = {"colours": CodeTable("colours", "colours.csv", {"012": "navy", "013": "red"})}
#: Their examples need a record around the value, or an instant that a text cannot say.
TOLD_ONLY = {"edifact_date", "date (writing)"}


def steps(via: str) -> tuple[StepSpec, ...]:
    """Read the via of an example."""
    return FieldSpec.model_validate({"to": "x", "via": yaml.safe_load(via)}).via


def flat(value: Any) -> Any:
    """Compare what YAML can say."""
    if isinstance(value, Decimal):
        return str(value.normalize() + 0) if value == value.to_integral_value() else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("name", "function"),
    [
        *READING.items(),
        *((f"{name} (writing)", function) for name, function in WRITING.items()),
    ],
)
def test_every_function_shows_a_true_example(name: str, function: Function) -> None:
    """The reference is made of these lines."""
    found = _EXAMPLE.search(function.doc)
    if name in TOLD_ONLY:
        assert "Example: " in function.doc
        return
    assert found is not None, function.doc
    registry = WRITING if name.endswith("(writing)") else READING
    given = yaml.safe_load(found["given"])
    start: Any = (
        "texts" if isinstance(given, list)
        else "boolean" if isinstance(given, bool)
        else "integer" if isinstance(given, int)
        else "text"
    )  # fmt: skip
    flaws: list[str] = []
    pipeline = build(
        steps(found["via"]), start, registry, TABLES, lambda _at, message: flaws.append(message), ()
    )
    assert not flaws
    assert pipeline is not None
    assert any(step == function.name for step in pipeline.names) or function.name == "default"
    made = yaml.safe_load(found["made"])
    wanted = flat(Decimal(made)) if pipeline.kind == "decimal" else made
    assert flat(pipeline.convert(given)) == wanted
