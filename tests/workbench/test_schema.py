"""Schema and reference: written from the models, and in step with them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # no stubs among our dependencies
import pytest
import yaml

from passerelle.mapping import READING, WRITING, MappingSpec
from passerelle.mapping.entities import ENTITIES
from passerelle.mapping.loading import yaml_files
from passerelle.workbench.reference import reference
from passerelle.workbench.schema import json_schema
from tests.workbench.workplace import STOCK

PROJECT = Path(__file__).parents[2]
SHIPPED = yaml_files(PROJECT / "mappings")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    """A validator for mappings; the schema itself is one."""
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


class _Loader(yaml.SafeLoader):
    """The plain types of YAML 1.2, as editors know them: no dates, and `no` is a text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", "true|false", "tf"),
    ("null", "null|~|", ["n", "~", ""]),
    ("int", "-?(?:0|[1-9][0-9]*)", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def _plain(text: str) -> Any:
    (document,) = _documents(text)
    return document


def _documents(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=_Loader))


@pytest.mark.parametrize(
    "path", SHIPPED, ids=[str(path.relative_to(PROJECT / "mappings")) for path in SHIPPED]
)
def test_every_mapping_of_the_project_is_valid(validator: jsonschema.Draft7Validator, path: Path) -> None:
    """Whole ones, overlays, and what goes out: an editor that shows red where check is green is not used."""
    errors = [
        f"{number}. {e.json_path}: {e.message}"
        for number, document in enumerate(_documents(path.read_text(encoding="utf-8")), 1)
        for e in validator.iter_errors(document)
    ]
    assert errors == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("entity: stock", "entity: stocks"),
        ("key: [SKU, PLACE]", "keys: [SKU, PLACE]"),
        ("ready: {stable_for: 30s}", "ready: {stable_for: thirty}"),
        ("via: trim, required", "via: trimm, required"),
        ('{decimal: "1234,5"}', '{decimals: "1234,5"}'),
        ("{code: colours}", "{code: colours, unknown: forget}"),
        ("as: integer", "as: whole"),
    ],
)
def test_what_is_wrong_is_red(validator: jsonschema.Draft7Validator, old: str, new: str) -> None:
    """Names, functions and their parameters, shares, what is missing."""
    assert old in STOCK
    assert list(validator.iter_errors(_plain(STOCK))) == []
    assert list(validator.iter_errors(_plain(STOCK.replace(old, new))))


def test_an_overlay_needs_nothing_and_takes_names_away(validator: jsonschema.Draft7Validator) -> None:
    """`extends` with a field or two, null for a name, `${names}` where a word is expected."""
    text = """\
extends: base.yaml
with: {entity: stock}
entity: "${entity}"
codes: null
guard: {volume_drop: "${drop}"}
fields:
  - {to: quantity, drop: true}
"""
    assert list(validator.iter_errors(_plain(text))) == []
    assert list(validator.iter_errors(_plain(text.replace("guard", "gard"))))


BOTH_WAYS = """\
feed: both
entity: order
files: {folder: o, pattern: "O_{sequence:5}.json", ready: {marker: .ok}}
format: {json: {charset: UTF-8, record: items}}
"""
COMES_IN = BOTH_WAYS + "key: ID\nfields: [{to: order_number, from: ID, via: trim}]\n"
GOES_OUT = BOTH_WAYS + "fields: [{to: NO, position: true}]\n"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (COMES_IN, True),
        (COMES_IN + "controls: {count: HEAD/N}\n", True),
        (COMES_IN + "unfit: replace\n", False),
        (COMES_IN.replace("via: trim", "position: true"), False),
        (GOES_OUT, True),
        (GOES_OUT + "unfit: replace\n", True),
        (GOES_OUT + "controls: {count: HEAD/N}\n", False),
    ],
)
def test_orders_go_both_ways(validator: jsonschema.Draft7Validator, text: str, good: bool) -> None:  # noqa: FBT001  # what is expected
    """With a key they come in, without one they go out; each way has the words of its own."""
    assert (list(validator.iter_errors(_plain(text))) == []) is good


def test_functions_and_targets_are_offered(validator: jsonschema.Draft7Validator) -> None:
    """Each function of the registries by its name, each entity with what it can be filled with."""
    text = json.dumps(validator.schema)
    for name in (*READING, *WRITING):
        assert f'"{name}"' in text
    for record in ENTITIES.values():
        assert f'"{record.__name__}Field"' in text
    assert set(MappingSpec.model_json_schema()["properties"]) <= set(
        validator.schema["$defs"]["Incoming"]["properties"]
    )


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("mapping.schema.json", lambda: json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"),
        ("mapping.md", reference),
    ],
    ids=["schema", "reference"],
)
def test_what_is_published_is_in_step(name: str, made: Any) -> None:
    """`passerelle mapping schema -o docs/reference/mapping.schema.json`, and `reference -o …/mapping.md`."""
    assert (PROJECT / "docs" / "reference" / name).read_text(encoding="utf-8") == made()


def test_the_reference_describes_everything() -> None:
    """No name of the spec and no function without a sentence about it."""
    bare = [line for line in reference().splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert [line for line in bare if line.count("|") == 5] == []
