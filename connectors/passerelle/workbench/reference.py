"""Reference: the page that lists all a mapping may say, written from the models and the functions."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from ..mapping import READING, WRITING, Function, MappingSpec, OutgoingSpec
from ..mapping.entities import ENTITIES, Shape, Target, shape_of
from .schema import describe_functions, part_schema

__all__ = ["reference"]

_HEAD = """\
# What a mapping may say

This page is written by `passerelle mapping reference` from the models and the functions themselves: do not
edit it. `passerelle mapping schema` gives the same to your editor.

A mapping is a YAML file in UTF-8. Its plain values are few: `true`, `false`, `null`, whole numbers and
decimals. Everything else is a text, so that `NO` is Norway, `0012` is a code and `2026-11-01` is a text.
Where a list is expected, its only item may stand alone: `key: SKU` is `key: [SKU]`.

`extends: FILE` lies this mapping over another one beside it: names merge, fields merge by what they fill
(`to`), `null` takes a name away, `drop: true` a field. `with: {name: text}` puts texts in the place of
`${name}`, in this file and in those it extends.

A file may hold several feeds, `---` between them. Each says its `feed` and is called `FILE#feed` wherever a
mapping is named: in `extends` (`#feed` alone is one of the same file), by the tools. Where the first document
holds nothing but `with`, it is as if each feed below said these texts itself.
"""
_KINDS = {
    "text": "text",
    "texts": "several texts",
    "decimal": "decimal number",
    "integer": "whole number",
    "instant": "instant",
    "boolean": "yes or no",
    "money": "money",
    "any": "any value",
}
_NATURES = {
    "localized": "text in a language",
    "keywords": "list of texts in a language",
    "attributes": "attribute",
    "texts": "list of texts, with `each`",
    "records": "list of records, with `each` and `fields`",
}


def reference() -> str:
    """Write the page in Markdown."""
    incoming = part_schema(MappingSpec, READING)
    outgoing = part_schema(OutgoingSpec, WRITING)
    parts: dict[str, Any] = {**outgoing.pop("$defs", {}), **incoming.pop("$defs", {})}
    # What only the way back knows has its chapter after what both ways share.
    order = {**_reached(incoming, parts), **_reached(outgoing, parts)}
    lines = [_HEAD]
    lines += ["## A mapping of a feed that comes in", *_part(incoming)]
    lines += ["## A mapping of a feed that goes out", *_part(outgoing)]
    lines.append("## The parts of a mapping\n")
    for name in order:
        if name != "StepSpec":
            lines += [f"### {_heading(name)}", *_part(parts[name])]
    lines += _targets()
    lines += ["## Functions of what comes in", *_functions(READING)]
    lines += ["## Functions of what goes out", *_functions(WRITING)]
    return "\n".join(lines).rstrip() + "\n"


def _reached(schema: Any, parts: Mapping[str, Any]) -> dict[str, None]:
    """List the parts in the order in which a reader meets them."""
    met: dict[str, None] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if name and name not in met:
                met[name] = None
                walk(parts[name])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(schema)
    return met


def _part(schema: dict[str, Any]) -> Iterator[str]:
    yield f"\n{schema.get('description', '')}\n"
    if "properties" not in schema:
        yield f"It is {_spoken(schema)}.\n"
        return
    needed = set(schema.get("required", ()))
    yield "| name | what it takes | when left out | what it says |"
    yield "|---|---|---|---|"
    for name, inner in schema["properties"].items():
        default = "*required*" if name in needed else _default(inner.get("default"))
        yield f"| `{name}` | {_spoken(inner)} | {default} | {_cell(inner.get('description', ''))} |"
    yield ""


def _default(value: Any) -> str:
    if value is None or value in ([], {}, "", ()):
        return ""
    if isinstance(value, dict):
        # A part with defaults of its own tells them itself.
        return ""
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) and (not value or value != value.strip()) else str(value)


def _spoken(schema: dict[str, Any]) -> str:
    """Say a schema in a few words."""
    if "$ref" in schema or "x-part" in schema:
        name = str(schema.get("$ref", schema.get("x-part"))).rpartition("/")[2]
        if name == "StepSpec":
            return "[function](#functions-of-what-comes-in)"
        return f"[{_heading(name)}](#{_heading(name).replace(' ', '-')})"
    if "anyOf" in schema or "oneOf" in schema:
        options = [
            _spoken(option)
            for option in schema.get("anyOf") or schema["oneOf"]
            if option.get("type") != "null" and option.get("pattern") != r"\$\{[^}]*\}"
        ]
        return " or ".join(dict.fromkeys(options)) or "null"
    if "const" in schema:
        return f"`{_yaml(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{_yaml(value)}`" for value in schema["enum"])
    return _of_type(schema)


def _of_type(schema: dict[str, Any]) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {_spoken(schema.get('items', {}))}"
        case "object":
            inner = schema.get("additionalProperties")
            if isinstance(inner, dict) and inner:
                return f"names, each with {_spoken(inner)}"
            if "properties" in schema:
                parts = (f"{name}: {_spoken(one)}" for name, one in schema["properties"].items())
                return "{" + ", ".join(parts) + "}"
            return "names and values"
        case "string":
            return "share such as `20%`" if "%" in schema.get("pattern", "") else _text(schema)
        case kind:
            words = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
            return words.get(str(kind), "value")


def _text(schema: dict[str, Any]) -> str:
    return "duration such as `30s`" if "min|h|d" in schema.get("pattern", "") else "text"


def _heading(name: str) -> str:
    """Name a part in words: `PriceMoveSpec` is `price move`; of two parts with one name, with its place."""
    place, _, own = name.rpartition("__")
    words = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in own.removesuffix("Spec")
    )
    return f"{place.rpartition('__')[2].replace('_', ' ')} {words.strip()}".strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _targets() -> Iterator[str]:
    yield "## What fields fill\n"
    yield "Each `entity` makes one kind of record. What is *required* must have a field.\n"
    done: set[str] = set()
    for entity, record in ENTITIES.items():
        yield f"### entity: {entity}"
        yield from _shape(shape_of(record), done)


def _shape(shape: Shape, done: set[str]) -> Iterator[str]:
    done.add(shape.record.__name__)
    yield f"\n{_first(shape.record.__doc__)}\n"
    yield "| `to` | what it holds | |"
    yield "|---|---|---|"
    for written, target in zip(shape.names(), shape.targets.values(), strict=True):
        need = "*required*" if target.mandatory else "may be null" if target.nullable else ""
        yield f"| `{written}` | {_target(target)} | {need} |"
    yield ""
    for target in shape.targets.values():
        if target.item is not None and target.item.record.__name__ not in done:
            yield f"The `fields` of `{target.name}`: {_first(target.item.record.__doc__)}"
            yield from _shape(target.item, done)


def _target(target: Target) -> str:
    if target.words:
        return " or ".join(f"`{word}`" for word in target.words)
    return _NATURES.get(target.nature, _KINDS.get(target.kind, target.kind))


def _first(doc: str | None) -> str:
    return inspect.cleandoc(doc or "").partition("\n\n")[0].replace("\n", " ")


def _functions(registry: Mapping[str, Function]) -> Iterator[str]:
    yield "\nThey stand in `via`, in the order in which they run: `via: trim`, `via: [trim, {pad: 5}]`.\n"
    for function, parameters in describe_functions(registry):
        takes = " or ".join(_KINDS.get(kind, kind) for kind in function.takes)
        yield f"### `{function.name}`"
        yield f"\n{function.doc}\n"
        yield f"Takes {takes}, gives {_KINDS.get(function.gives, function.gives)}.\n"
        if parameters:
            yield "| parameter | what it takes | when left out |"
            yield "|---|---|---|"
        for name, schema in parameters.items():
            default = function.parameters[name].default
            left_out = "*required*" if default is inspect.Parameter.empty else f"`{_said(default)}`"
            beside = " (beside the name)" if name == function.main else ""
            yield f"| `{name}`{beside} | {_parameter(schema)} | {left_out} |"
        yield ""


def _parameter(schema: dict[str, Any]) -> str:
    return "name of a code table" if "under codes" in schema.get("description", "") else _spoken(schema)


def _said(default: Any) -> str:
    return "null" if default is None else _yaml(list(default) if isinstance(default, tuple) else default)
