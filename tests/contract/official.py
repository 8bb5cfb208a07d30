"""Requests and answers held against the official OpenAPI description, made strict.

As published, the description lets too much pass: unknown fields, unknown actions, items of an action
without their required fields. Here a schema is closed, `action`, `type` and `typeId` choose the concrete
schema, and a reference names its own kind. Where the description itself is wrong or silent, `CORRECTIONS`
and `LIMITS` say so, each with its reason.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import yaml

__all__ = ["CORRECTIONS", "OfficialContract", "find_description"]

Schema = Mapping[str, Any]
ANYTHING: Final[Schema] = {}

#: What the description says wrongly: schema name -> (what stands instead, why).
CORRECTIONS: Final[Mapping[str, tuple[Schema, str]]] = {
    "FieldContainer": (
        {"names": r"^[a-zA-Z0-9_-]{2,36}$", "additionalProperties": ANYTHING},
        "a custom field holds any value of its type, not only text",
    ),
    "SearchKeywords": (
        {
            "names": r"^[a-z]{2}(-[A-Z]{2})?$",
            "additionalProperties": {"type": "array", "items": {"$ref": "SearchKeyword"}},
        },
        "each locale holds a list of keywords",
    ),
    "ProductVariantChannelAvailabilityMap": (
        {"additionalProperties": {"$ref": "ProductVariantChannelAvailability"}},
        "each channel holds an availability",
    ),
    "FacetResults": ({"additionalProperties": ANYTHING}, "each facet holds an object"),
    "SuggestionResult": ({"additionalProperties": ANYTHING}, "each locale holds a list"),
    "GraphQLVariablesMap": ({"additionalProperties": ANYTHING}, "a GraphQL variable is of any type"),
}
#: What the API answers though no schema has it; the description's own examples show it.
UNDESCRIBED_FIELDS: Final[Mapping[str, Mapping[str, Schema]]] = {
    "Order": {"type": {"type": "string", "enum": ["Order"]}},
    "CreatedBy": {"isPlatformClient": {"type": "boolean"}},
    "LastModifiedBy": {"isPlatformClient": {"type": "boolean"}},
}
#: Required by inheritance, though the API takes the draft without: schema -> fields.
NOT_REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    # The cents of a high precision amount are computed by the API when they are left out.
    "HighPrecisionMoneyDraft": frozenset({"centAmount"}),
}
#: Errors carry whatever else their code needs.
OPEN: Final = frozenset({"ErrorObject", "GraphQLErrorObject", "ExtensionError"})
#: Answers that the description leaves out: any request may meet them.
UNDESCRIBED_ANSWERS: Final = dict.fromkeys(("400", "404", "409", "429", "504"), "ErrorResponse")

#: A token that is missing or too weak is refused in the words of the authorization service.
REFUSED_TOKEN: Final = frozenset({401, 403})

KEY: Final = r"^[A-Za-z0-9_-]{2,256}$"
#: Rules that stand only in the prose of the reference: scalar schema -> pattern.
LIMITS: Final[Mapping[str, str]] = {"CurrencyCode": r"^[A-Z]{3}$", "CountryCode": r"^[A-Z]{2}$"}
MOST_ACTIONS: Final = 500
#: Query parameters with bounds: name -> (least, most).
QUERY_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {"limit": (0, 500), "offset": (0, 10_000)}
#: Actions on one variant choose it by number or by SKU, never by both or none; the prose says so.
VARIANT_CHOICE: Final = re.compile(
    r"^Product(AddExternalImage|AddAsset|AddPrice|ChangeMasterVariant|MoveImageToPosition|RemoveImage"
    r"|RemoveAsset|SetAttribute|SetImageLabel|SetPrices|SetProductVariantKey)Action$"
)
#: Exact types: true is no number.
JSON_TYPES: Final[Mapping[str, frozenset[type]]] = {
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "object": frozenset({dict}),
}
INTEGER_BITS: Final = {"int32": 31, "int64": 63}


def find_description(name: str = "openapi.yaml") -> Path | None:
    """Return an official description: in the folder PASSERELLE_CONTRACTS names, or beside the project."""
    named = os.environ.get("PASSERELLE_CONTRACTS")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "contracts"
    for candidate in (folder / name, folder / "commercetools" / name):
        if candidate.is_file():
            return candidate
    return None


@dataclass(frozen=True)
class Operation:
    """One method of one path: the names of its body, its answers and its query parameters."""

    body: str | None
    answers: Mapping[str, str | None]
    query: Mapping[str, bool]  # name or /pattern/ -> required


@dataclass(frozen=True)
class Route:
    """One path with its methods."""

    template: str
    pattern: re.Pattern[str]
    operations: Mapping[str, Operation]


def _ref(schema: Schema) -> str | None:
    reference = schema.get("$ref")
    return reference.rsplit("/", 1)[-1] if isinstance(reference, str) else None


def _content(described: Schema, responses: Mapping[str, Any]) -> str | None:
    shared = _ref(described)
    if shared is not None:
        described = responses[shared]
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else _ref(schema)


def _digest(description: Mapping[str, Any]) -> dict[str, Any]:
    """Take what is checked out of the description: schemas without their prose, paths with names only."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if not (isinstance(k, str) and k.startswith("x-"))}
        return [bare(v) for v in value] if isinstance(value, list) else value

    components = description["components"]
    paths = {
        template: {
            method: {
                "body": _content(operation.get("requestBody", {}), {}),
                "answers": {
                    status: _content(answer, components.get("responses", {}))
                    for status, answer in operation["responses"].items()
                },
                "query": {
                    parameter["name"]: bool(parameter.get("required"))
                    for parameter in operation.get("parameters", ())
                    if parameter["in"] == "query"
                },
            }
            for method, operation in item.items()
            if method in {"get", "head", "post", "put", "delete"}
        }
        for template, item in description["paths"].items()
    }
    return {"schemas": bare(components["schemas"]), "paths": paths}


class OfficialContract:
    """The official description, closed; its checks return the faults they find, none when all is well."""

    def __init__(self, description: Path, cache: Path) -> None:
        content = description.read_bytes()
        # Parsing the YAML takes seconds: keep what is needed of it, under the name of both files' contents.
        name = hashlib.sha256(content + Path(__file__).read_bytes()).hexdigest()
        kept = cache / f"commercetools-{name[:16]}.json"
        if not kept.is_file():
            partial = kept.with_suffix(f".{os.getpid()}")
            # The C loader is as safe as SafeLoader, and five times faster.
            partial.write_text(json.dumps(_digest(yaml.load(content, Loader=yaml.CSafeLoader))))
            partial.replace(kept)
        digest = json.loads(kept.read_bytes())
        self._schemas: dict[str, Schema] = digest["schemas"]
        self._shapes: dict[str, _Shape] = {}
        self._kinds = dict(self._read_kinds())
        # The most literal template first: /products/key={key} before /products/{ID}.
        self._routes: dict[tuple[int, str], list[Route]] = {}
        for template, operations in sorted(
            digest["paths"].items(), key=lambda path: -len(re.sub(r"\{\w+\}", "", path[0]))
        ):
            self._routes.setdefault(_aisle(template), []).append(_route(template, operations))

    def _read_kinds(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Which concrete schema is which kind: ChannelReference -> (typeId, channel)."""
        for schema in self._schemas.values():
            own = _discriminator(schema)
            for kind, reference in (own or {}).get("mapping", {}).items():
                yield reference.rsplit("/", 1)[-1], (str((own or {})["propertyName"]), kind)

    def _operation(self, method: str, path: str) -> Operation | str:
        plain = urlsplit(path).path
        for route in self._routes.get(_aisle(plain), ()):
            if route.pattern.match(plain):
                found = route.operations.get(method.lower())
                return found or f"{method} is not a method of {route.template}"
        return f"{plain} is no path of the API"

    def check_request(self, method: str, path: str, body: Any) -> list[str]:
        """Name every fault of one request; `path` starts with the project and may carry a query."""
        operation = self._operation(method, path)
        if isinstance(operation, str):
            return [operation]
        faults = list(_query_faults(operation, urlsplit(path).query))
        if operation.body is None:
            return faults if body is None else [*faults, f"$: {method} takes no body"]
        if body is None:
            return [*faults, "$: the body is missing"]
        return [*faults, *self._named(operation.body, body, "$")]

    def check_answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Name every fault of the answer to such a request."""
        operation = self._operation(method, path)
        if isinstance(operation, str):
            return [] if status in {404, 405} else [operation]
        text = str(status)
        if text not in operation.answers and text not in UNDESCRIBED_ANSWERS:
            return [f"status {status} is not described, known are {', '.join(sorted(operation.answers))}"]
        name = operation.answers.get(text) or UNDESCRIBED_ANSWERS.get(text)
        if status in REFUSED_TOKEN and isinstance(body, dict) and "error" in body:
            name = "AuthErrorResponse"
        if name is None or method == "HEAD":
            return [] if body is None else [f"$: the answer to {method} has no body"]
        return list(self._named(name, body, "$"))

    def check_schema(self, name: str, value: Any) -> list[str]:
        """Hold one value against one schema of the description."""
        return list(self._named(name, value, "$"))

    def concrete(self, name: str) -> Mapping[str, str]:
        """Return the schema of each kind of an abstract one: changeQuantity -> …ChangeQuantityAction."""
        own = _discriminator(self._schemas[name]) or {}
        return {kind: reference.rsplit("/", 1)[-1] for kind, reference in own.get("mapping", {}).items()}

    def knows(self, name: str) -> bool:
        """Whether the description has a schema of this name."""
        return name in self._schemas

    def properties(self, name: str) -> frozenset[str]:
        """Return the fields of one schema, inherited ones too."""
        return frozenset(self._shape(name).properties)

    # -- checking -----------------------------------------------------------------------------------

    def _shape(self, name: str) -> _Shape:
        if name not in self._shapes:
            shape = _Shape({}, set(), None, None)
            self._collect(name, shape)
            shape.properties.update(UNDESCRIBED_FIELDS.get(name, {}))
            shape.required -= NOT_REQUIRED.get(name, frozenset())
            if name in OPEN or any(base in OPEN for base in self._bases(name)):
                shape.others = ANYTHING
            self._shapes[name] = shape
        return self._shapes[name]

    def _bases(self, name: str) -> Iterator[str]:
        for part in self._schemas[name].get("allOf", ()):
            base = _ref(part)
            if base is not None:
                yield base
                yield from self._bases(base)

    def _collect(self, name: str, shape: _Shape) -> None:
        schema = CORRECTIONS[name][0] if name in CORRECTIONS else self._schemas[name]
        for part in schema.get("allOf", (schema,)):
            base = _ref(part)
            if base is not None:
                self._collect(base, shape)
                continue
            shape.properties.update(part.get("properties", {}))
            for field in part.get("required", ()):
                if field.startswith("/"):
                    # A pattern of names that the generator took for a field.
                    if not shape.properties and field != "//":
                        shape.names = field.strip("/")
                else:
                    shape.required.add(field)
            shape.names = part.get("names", shape.names)
            shape.others = part.get("additionalProperties", shape.others)

    def _named(self, name: str, value: Any, at: str) -> Iterator[str]:
        # Money in a draft may say which precision it has, though the description names only plain Money.
        if name == "Money" and self.knows("TypedMoneyDraft") and isinstance(value, dict) and "type" in value:
            name = "TypedMoneyDraft"
        schema = self._schemas[name]
        own = _discriminator(schema)
        if own is not None and name not in CORRECTIONS:
            yield from self._chosen(own, name, value, at)
        elif name not in CORRECTIONS and "allOf" not in schema and schema.get("type") != "object":
            pattern = LIMITS.get(name)
            yield from self._value({**schema, "pattern": pattern} if pattern else schema, value, at)
        else:
            yield from self._object(name, value, at)

    def _chosen(self, own: Schema, name: str, value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: expected {name}, got {_shown(value)}"
            return
        field, mapping = own["propertyName"], own["mapping"]
        kind = value.get(field)
        if kind is None:
            yield f"{at}: {field} is missing"
        elif kind not in mapping:
            near = difflib.get_close_matches(str(kind), mapping, n=1)
            yield f"{at}.{field}: unknown {_shown(kind)}" + (f", did you mean {near[0]}?" if near else "")
        else:
            concrete = mapping[kind].rsplit("/", 1)[-1]
            if concrete == name:
                yield from self._object(name, value, at)
            else:
                yield from self._named(concrete, value, at)

    def _object(self, name: str, value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: expected {name}, got {_shown(value)}"
            return
        shape = self._shape(name)
        for field in sorted(shape.required - value.keys()):
            yield f"{at}: {field} is missing ({name})"
        for field, content in value.items():
            if field in shape.properties:
                yield from self._value(shape.properties[field], content, f"{at}.{field}")
            elif shape.others is None:
                near = difflib.get_close_matches(field, shape.properties, n=1)
                yield f"{at}: unknown field {field} ({name})" + (f", did you mean {near[0]}?" if near else "")
            elif shape.names and not re.match(shape.names, field):
                yield f"{at}: {field} does not match {shape.names} ({name})"
            else:
                yield from self._value(shape.others, content, f"{at}.{field}")
        yield from self._prose(name, value, at)

    def _prose(self, name: str, value: Mapping[str, Any], at: str) -> Iterator[str]:
        """Hold the rules that the reference states in words only."""
        if name in self._kinds:
            field, kind = self._kinds[name]
            if value.get(field, kind) != kind:
                yield f"{at}.{field}: expected {kind}, got {_shown(value[field])}"
        if name.endswith("ResourceIdentifier") and ("id" in value) == ("key" in value):
            yield f"{at}: exactly one of id and key identifies a resource ({name})"
        if VARIANT_CHOICE.match(name) and ("variantId" in value) == ("sku" in value):
            yield f"{at}: exactly one of variantId and sku names the variant ({name})"
        if name == "ProductRemoveVariantAction" and ("id" in value) == ("sku" in value):
            yield f"{at}: exactly one of id and sku names the variant ({name})"
        if name.endswith("Update") and len(value.get("actions", ())) > MOST_ACTIONS:
            yield f"{at}.actions: {len(value['actions'])} actions, at most {MOST_ACTIONS}"
        if name.endswith(("Draft", "SetKeyAction")):
            yield from _pattern_faults(value.get("key"), f"{at}.key")
        if name in {"ProductDraft", "CategoryDraft", "ProductChangeSlugAction", "CategoryChangeSlugAction"}:
            slugs = value.get("slug")
            for locale, slug in (slugs if isinstance(slugs, dict) else {}).items():
                yield from _pattern_faults(slug, f"{at}.slug.{locale}")

    def _value(self, schema: Schema, value: Any, at: str) -> Iterator[str]:
        reference = _ref(schema)
        if reference is not None:
            yield from self._named(reference, value, at)
        elif "oneOf" in schema:
            results = [list(self._value(one, value, at)) for one in schema["oneOf"]]
            yield from min(results, key=len)
        elif schema.get("type") == "array":
            if not isinstance(value, list):
                yield f"{at}: expected a list, got {_shown(value)}"
                return
            for index, item in enumerate(value):
                yield from self._value(schema.get("items", ANYTHING), item, f"{at}[{index}]")
        else:
            yield from _scalar_faults(schema, value, at)


@dataclass
class _Shape:
    """An object's fields with those it inherits; `others` is the schema of further fields, None for none."""

    properties: dict[str, Schema]
    required: set[str]
    others: Schema | None
    names: str | None


def _discriminator(schema: Schema) -> Schema | None:
    """Return the schema's own discriminator, not one it inherits."""
    for part in (schema, *schema.get("allOf", ())):
        found: Schema | None = part.get("discriminator")
        if found is not None:
            return found
    return None


def _aisle(path: str) -> tuple[int, str]:
    """Where to look for a path: how many parts it has, and the collection that it begins with."""
    parts = path.split("/")
    return len(parts), parts[2].partition("=")[0] if len(parts) > 2 else ""


def _route(template: str, operations: Mapping[str, Any]) -> Route:
    expression = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template))
    return Route(
        template,
        re.compile(f"^{expression}$"),
        {method: Operation(**operation) for method, operation in operations.items()},
    )


def _query_faults(operation: Operation, query: str) -> Iterator[str]:
    given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    names = {name for name, _ in given}
    patterns = [re.compile(name.strip("/")) for name in operation.query if name.startswith("/")]
    for name, required in operation.query.items():
        if required and name not in names:
            yield f"?{name} is missing"
    for name, value in given:
        if name not in operation.query and not any(pattern.match(name) for pattern in patterns):
            yield f"?{name} is no parameter here"
        elif name in QUERY_BOUNDS:
            least, most = QUERY_BOUNDS[name]
            if not value.isdecimal() or not least <= int(value) <= most:
                yield f"?{name}={value}: expected {least} to {most}"
        elif name == "version" and not value.isdecimal():
            yield f"?version={value}: expected a number"
        elif name == "withTotal" and value not in {"true", "false"}:
            yield f"?withTotal={value}: expected true or false"


def _pattern_faults(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.match(KEY, value):
        yield f"{at}: {_shown(value)} does not match {KEY}"


def _scalar_faults(schema: Schema, value: Any, at: str) -> Iterator[str]:
    expected = schema.get("type")
    if expected is not None and type(value) not in JSON_TYPES[expected]:
        yield f"{at}: expected {expected}, got {_shown(value)}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {_shown(value)} is none of {', '.join(schema['enum'])}"
    elif isinstance(value, str):
        pattern = schema.get("pattern")
        if pattern and not re.match(pattern, value):
            yield f"{at}: {_shown(value)} does not match {pattern}"
        elif not _is_format(schema.get("format"), value):
            yield f"{at}: {_shown(value)} is no {schema['format']}"
    elif isinstance(value, int):
        bits = INTEGER_BITS.get(str(schema.get("format")))
        if bits and not -(1 << bits) <= value < 1 << bits:
            yield f"{at}: {value} does not fit {schema['format']}"


def _is_format(name: str | None, text: str) -> bool:
    """Whether the text is such a time; a point in time carries its zone."""
    try:
        if name == "datetime":
            return datetime.fromisoformat(text).tzinfo is not None and "T" in text
        if name == "date-only":
            return date.fromisoformat(text).isoformat() == text
        if name == "time-only":
            return time.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
