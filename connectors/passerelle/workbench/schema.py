"""Schema: the JSON Schema of mappings, for completion and first faults in an editor.

It comes from the models of the spec, the registry of functions and the canonical records, and it is lenient
where only loading can judge: `passerelle mapping check` has the last word.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..mapping import READING, WRITING, CodeTable, Function, MappingSpec, OutgoingSpec
from ..mapping.entities import ENTITIES, Shape, shape_of
from ..mapping.outgoing import OUTGOING
from ..mapping.spec import StepSpec
from ..mapping.spec.fields import OperandSpec

__all__ = ["describe_functions", "json_schema", "part_schema"]

#: What editors' language servers for YAML understand best.
_DIALECT = "http://json-schema.org/draft-07/schema#"
#: A text of `with` may stand in the place of any other.
_VARIABLE: JsonSchemaValue = {"type": "string", "pattern": r"\$\{[^}]*\}"}
_SHARED = ("OperandSpec", "StepSpec")
#: Marks the place of a shared part until it is linked: the generator knows only its own references.
_PART = "x-part"
_TABLE: JsonSchemaValue = {"type": "string", "description": "The name of a table under codes."}


def json_schema() -> dict[str, Any]:
    """Give the schema of a mapping: whole ones by their entity, overlays with nothing required."""
    definitions: dict[str, Any] = {}
    whole = {
        "Incoming": _model(MappingSpec, READING, "Incoming", definitions),
        "Outgoing": _model(OutgoingSpec, WRITING, "Outgoing", definitions),
    }
    for entity, record in ENTITIES.items():
        _targets(shape_of(record), definitions)
        whole["Incoming"].setdefault("allOf", []).append(_fields_of(entity, record.__name__))
    overlay = _partial(definitions, whole)
    # Another input has from the main source what it leaves out.
    inputs = definitions["IncomingInputSpec"]
    inputs["required"] = [name for name in inputs.get("required", ()) if name != "format"]
    for name, part in (("files", "FilesSpec"), ("format", "FormatSpec")):
        overlaid = {"$ref": f"#/$defs/OverlayIncoming{part}"}
        told = inputs["properties"][name].get("description", "")
        inputs["properties"][name] = {"anyOf": [overlaid, {"type": "null"}], "description": told}
    for name, schema in whole.items():
        definitions[name] = _with_overlay_keys(schema)
    return {
        "$schema": _DIALECT,
        "title": "A mapping of Passerelle",
        "description": "What the rows of one feed mean.",
        "type": "object",
        # What others extend may leave out anything, its name first.
        "if": {"anyOf": [{"required": ["extends"]}, {"not": {"required": ["feed"]}}]},
        "then": overlay,
        "else": {
            # Orders go both ways; what comes in has a key.
            "if": {
                "properties": {"entity": {"enum": sorted(OUTGOING)}, "key": False},
                "required": ["entity"],
            },
            "then": {"$ref": "#/$defs/Outgoing"},
            "else": {"$ref": "#/$defs/Incoming"},
        },
        "$defs": definitions,
    }


def part_schema(model: type[MappingSpec | OutgoingSpec], registry: Mapping[str, Function]) -> dict[str, Any]:
    """Give the schema of one kind of mapping alone, its parts under `$defs`."""
    schema = model.model_json_schema(schema_generator=_generator(registry))
    parts = schema.setdefault("$defs", {})
    for shared in (OperandSpec, StepSpec):
        if shared.__name__ not in parts:
            own = shared.model_json_schema(schema_generator=_generator(registry))
            parts.update(own.pop("$defs", {}))
            parts[shared.__name__] = own
    linked: dict[str, Any] = _linked(schema)
    return linked


def _linked(value: Any) -> Any:
    """Turn the names of shared parts into references, now that they all stand beside each other."""
    if isinstance(value, dict):
        if _PART in value:
            return {"$ref": f"#/$defs/{value[_PART]}"}
        return {name: _linked(inner) for name, inner in value.items()}
    return [_linked(inner) for inner in value] if isinstance(value, list) else value


def describe_functions(registry: Mapping[str, Function]) -> Iterator[tuple[Function, dict[str, Any]]]:
    """Give each function with the schemas of its parameters by name, in the order of the registry."""
    for function in registry.values():
        yield function, {name: _parameter(parameter) for name, parameter in function.parameters.items()}


def _model(
    model: type[MappingSpec | OutgoingSpec],
    registry: Mapping[str, Function],
    prefix: str,
    definitions: dict[str, Any],
) -> dict[str, Any]:
    """Give a model's schema; its parts go under names of their own, since two models share their classes."""
    schema = part_schema(model, registry)
    parts = schema.pop("$defs", {})
    for name, part in parts.items():
        definitions[f"{prefix}{name}"] = _renamed(part, prefix)
    renamed: dict[str, Any] = _renamed(schema, prefix)
    return renamed


def _renamed(value: Any, prefix: str) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            return {**value, "$ref": value["$ref"].replace("#/$defs/", f"#/$defs/{prefix}")}
        return {name: _renamed(inner, prefix) for name, inner in value.items()}
    return [_renamed(inner, prefix) for inner in value] if isinstance(value, list) else value


def _generator(registry: Mapping[str, Function] | None) -> type[GenerateJsonSchema]:
    """Make a generator; without a registry, functions stay names alone."""

    class Generator(GenerateJsonSchema):
        """Pydantic's generator, told what the validators of the spec accept."""

        def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
            if schema["cls"] is not StepSpec:
                return super().model_schema(schema)
            return {} if registry is None else _steps(registry)

        def function_before_schema(
            self, schema: core_schema.BeforeValidatorFunctionSchema
        ) -> JsonSchemaValue:
            inner = super().function_before_schema(schema)
            # Every list of the spec may be written as its only item.
            if inner.get("type") == "array" and "items" in inner:
                return {"anyOf": [inner["items"], inner]}
            # A part with a validator of its own has a short form.
            if schema["schema"].get("cls") not in (None, MappingSpec, OutgoingSpec):
                return {"anyOf": [inner, {"type": "string"}, {"type": "array"}]}
            return inner

        def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
            return {"anyOf": [super().literal_schema(schema), _VARIABLE]}

        def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
            inner = super().str_schema(schema)
            return {"anyOf": [inner, _VARIABLE]} if "pattern" in inner else inner

        def get_title_from_name(self, name: str) -> str:
            return name

        def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # titles repeat the names
            return False

    return Generator


def _steps(registry: Mapping[str, Function]) -> JsonSchemaValue:
    """Give what may stand in `via`: bare names, or a name with its parameters."""
    options: list[JsonSchemaValue] = []
    for function, parameters in describe_functions(registry):
        needed = [
            name
            for name, parameter in function.parameters.items()
            if parameter.default is inspect.Parameter.empty
        ]
        if not needed:
            options.append({"const": function.name, "description": function.doc})
        if parameters:
            options.append(_call(function, parameters, needed))
    return {"title": "A function", "anyOf": options}


def _call(function: Function, parameters: dict[str, Any], needed: list[str]) -> JsonSchemaValue:
    main, *others = parameters
    properties = {function.name: {**parameters[main], "description": function.doc}}
    properties |= {name: parameters[name] for name in others}
    return {
        "type": "object",
        "title": function.name,
        "properties": properties,
        "required": [function.name, *(name for name in needed if name != main)],
        "additionalProperties": False,
    }


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    wanted = parameter.annotation
    if wanted is CodeTable:
        return dict(_TABLE)
    if wanted == tuple[str, ...]:
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    schema = _inlined(TypeAdapter(wanted).json_schema(schema_generator=_generator(None)))
    if parameter.default not in (inspect.Parameter.empty, None, ()):
        schema["default"] = parameter.default
    return schema


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Put the parts of a parameter's schema where they are named: they are small."""
    parts = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            # Operands hold functions, which hold operands: they are linked at the end.
            if name in _SHARED:
                return {_PART: name}
            if name:
                return put(copy.deepcopy(parts[name]))
            return {name: put(inner) for name, inner in value.items() if name != "title"}
        return [put(inner) for inner in value] if isinstance(value, list) else value

    inlined: dict[str, Any] = put(schema)
    return inlined


#: Fields that are named together with a locale or a name.
_KEYED = ("localized", "keywords", "attributes")


def _targets(shape: Shape, definitions: dict[str, Any]) -> None:
    """Add what the fields of a record type may fill; other texts stay possible, `check` judges them."""
    plain = [name for name, target in shape.targets.items() if target.nature not in _KEYED]
    below = [name for name, target in shape.targets.items() if target.nature in _KEYED]
    options: list[JsonSchemaValue] = [{"enum": plain}]
    if below:
        options.append({"pattern": rf"^(?:{'|'.join(below)})\..+"})
    to = {
        "description": f"What it fills: {', '.join(shape.names())}.",
        "anyOf": [*options, {"type": "string"}],
    }
    schema: dict[str, Any] = {"properties": {"to": to}}
    for name, target in shape.targets.items():
        if target.item is not None:
            _targets(target.item, definitions)
            inner = {"properties": {"fields": _one_or_more(f"{target.item.record.__name__}Field")}}
            condition = {"properties": {"to": {"const": name}}, "required": ["to"]}
            schema.setdefault("allOf", []).append({"if": condition, "then": inner})
    definitions[f"{shape.record.__name__}Field"] = schema


def _fields_of(entity: str, record: str) -> JsonSchemaValue:
    condition = {"properties": {"entity": {"const": entity}}, "required": ["entity"]}
    return {"if": condition, "then": {"properties": {"fields": _one_or_more(f"{record}Field")}}}


def _one_or_more(name: str) -> JsonSchemaValue:
    reference = {"$ref": f"#/$defs/{name}"}
    return {"if": {"type": "array"}, "then": {"items": reference}, "else": reference}


def _with_overlay_keys(schema: dict[str, Any]) -> dict[str, Any]:
    keys = {
        "extends": {
            "type": "string",
            "description": "What this one changes: a file beside it or, of several feeds in one, FILE#feed.",
        },
        "with": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Texts that stand in the place of their ${names}.",
        },
    }
    return {**schema, "properties": {**keys, **schema.get("properties", {})}}


def _partial(definitions: dict[str, Any], whole: dict[str, Any]) -> JsonSchemaValue:
    """Add the overlays: the same parts with nothing required, and null to take a name away."""
    parts = {name: part for name, part in definitions.items() if name.startswith(("Incoming", "Outgoing"))}
    for name, part in parts.items():
        # A function is replaced, never merged.
        steps = name.endswith(StepSpec.__name__)
        definitions[f"Overlay{name}"] = {"$ref": f"#/$defs/{name}"} if steps else _loosened(part)
    for name, schema in whole.items():
        loose = _loosened(schema)
        loose.pop("allOf", None)
        definitions[f"Overlay{name}"] = _with_overlay_keys(loose)
    return {"anyOf": [{"$ref": f"#/$defs/Overlay{name}"} for name in whole]}


def _loosened(schema: dict[str, Any]) -> dict[str, Any]:
    loose: dict[str, Any] = _renamed(copy.deepcopy(schema), "Overlay")
    # The name of a field says which one is changed; a function is not merged but replaced.
    if "properties" in loose and loose.get("required") != ["to"]:
        loose.pop("required", None)
        nothing = {"type": "null"}
        loose["properties"] = {
            name: {"anyOf": [inner, nothing]} for name, inner in loose["properties"].items()
        }
    return loose
