"""Types: the custom fields that resources of some kinds may and must have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import CREATED, Leaf, Tree
from ..field_types import AnyFieldType, FieldEnumValue, FieldLocalizedEnumValue
from ..kind import Kind
from ..problems import Problem, invalid_input, invalid_operation, reference_exists
from ..project import Project
from ..store import Doc, copied
from ..vocabulary import Key, Localized, Model, as_json

__all__ = ["Types"]

FieldName: TypeAlias = Annotated[str, Meta(min_length=2, max_length=36, pattern=r"^[A-Za-z0-9_-]+$")]
InputHint: TypeAlias = Literal["SingleLine", "MultiLine"]
ResourceTypeId: TypeAlias = Literal[
    "address", "asset", "approval-flow", "approval-rule", "associate-role", "business-unit", "cart-discount",
    "category", "channel", "customer", "customer-group", "custom-line-item", "discount-code",
    "inventory-entry", "line-item", "order", "order-edit", "order-delivery", "order-parcel",
    "order-return-item", "payment", "payment-interface-interaction", "payment-method", "payment-method-info",
    "product-price", "product-selection", "product-tailoring", "quote", "reservation", "review",
    "recurring-order", "shipping", "shipping-method", "shopping-list", "shopping-list-text-line-item",
    "standalone-price", "store", "transaction",
]  # fmt: skip


class FieldDefinitionDraft(Model):
    """A new custom field."""

    type: AnyFieldType
    name: FieldName
    label: Localized
    required: bool
    input_hint: InputHint = "SingleLine"


class TypeDraft(Model):
    """A new type; what it is for stays for good."""

    key: Key
    name: Localized
    resource_type_ids: Annotated[list[ResourceTypeId], Meta(min_length=1)]
    description: Localized | None = None
    field_definitions: tuple[FieldDefinitionDraft, ...] = ()


class ChangeKey(SetFields):
    """`key` is required: a type cannot be without."""

    key: Key


class ChangeName(SetFields):
    """`name` replaces all locales."""

    name: Localized


class SetDescription(SetFields):
    """`description` left out removes it."""

    description: Localized | None = None


class AddFieldDefinition(Action):
    """Adds a field; resources that use the type have no value for it yet."""

    field_definition: FieldDefinitionDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["fieldDefinitions"].append(_definition(self.field_definition))


class _OnField(Action):
    field_name: str


class RemoveFieldDefinition(_OnField):
    """Takes a field away, and its values from every resource."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["fieldDefinitions"].remove(_named(doc, self.field_name))


class ChangeLabel(_OnField, kw_only=True):
    """Relabels a field."""

    label: Localized

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _named(doc, self.field_name)["label"] = self.label


class ChangeFieldDefinitionLabel(ChangeLabel):
    """The same under another name."""


class ChangeInputHint(_OnField, kw_only=True):
    """Whether people type one line or several."""

    input_hint: InputHint

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _named(doc, self.field_name)["inputHint"] = self.input_hint


class ChangeFieldDefinitionOrder(Action):
    """Reorders all fields."""

    field_names: list[str]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        names = [definition["name"] for definition in doc["fieldDefinitions"]]
        if sorted(names) != sorted(self.field_names):
            raise invalid_input(f"fieldNames must name each of {names} once, not {self.field_names}.")
        doc["fieldDefinitions"].sort(key=lambda definition: self.field_names.index(definition["name"]))


class AddEnumValue(_OnField, kw_only=True):
    """Adds a value to an enum."""

    value: FieldEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _add_value(doc, self.field_name, "Enum", as_json(self.value))


class AddLocalizedEnumValue(_OnField, kw_only=True):
    """Adds a value to a localized enum."""

    value: FieldLocalizedEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _add_value(doc, self.field_name, "LocalizedEnum", as_json(self.value))


class ChangeEnumValueLabel(_OnField, kw_only=True):
    """Relabels the value of a key."""

    value: FieldEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _relabel(doc, self.field_name, "Enum", as_json(self.value))


class ChangeLocalizedEnumValueLabel(_OnField, kw_only=True):
    """Relabels the value of a key."""

    value: FieldLocalizedEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _relabel(doc, self.field_name, "LocalizedEnum", as_json(self.value))


class ChangeEnumValueOrder(_OnField, kw_only=True):
    """Reorders all values."""

    keys: list[str]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _reorder(doc, self.field_name, "Enum", self.keys)


class ChangeLocalizedEnumValueOrder(_OnField, kw_only=True):
    """Reorders all values."""

    keys: list[str]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _reorder(doc, self.field_name, "LocalizedEnum", self.keys)


TypeAction: TypeAlias = (
    ChangeKey
    | ChangeName
    | SetDescription
    | AddFieldDefinition
    | RemoveFieldDefinition
    | ChangeLabel
    | ChangeFieldDefinitionLabel
    | ChangeInputHint
    | ChangeFieldDefinitionOrder
    | AddEnumValue
    | AddLocalizedEnumValue
    | ChangeEnumValueLabel
    | ChangeLocalizedEnumValueLabel
    | ChangeEnumValueOrder
    | ChangeLocalizedEnumValueOrder
)


def _definition(draft: FieldDefinitionDraft) -> Doc:
    kind: Doc = as_json(draft.type)
    keys = [value["key"] for value in kind.get("elementType", kind).get("values", ())]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        message = f"The enum values of the field '{draft.name}' have duplicate keys: {twice}."
        raise Problem(400, "DuplicateEnumValues", message, duplicates=twice)
    return {"inputHint": "SingleLine", **as_json(draft)}


def _named(doc: Doc, name: str) -> Doc:
    for definition in doc["fieldDefinitions"]:
        if definition["name"] == name:
            found: Doc = definition
            return found
    raise invalid_input(f"The type '{doc['key']}' has no field definition '{name}'.")


def _values(doc: Doc, field_name: str, expected: str) -> list[Doc]:
    kind = _named(doc, field_name)["type"]
    kind = kind.get("elementType", kind)
    if kind["name"] != expected:
        raise invalid_operation(f"The field '{field_name}' is of type {kind['name']}, not {expected}.")
    values: list[Doc] = kind["values"]
    return values


def _add_value(doc: Doc, field_name: str, expected: str, value: Doc) -> None:
    values = _values(doc, field_name, expected)
    if any(known["key"] == value["key"] for known in values):
        raise Problem(
            400,
            "EnumKeyAlreadyExists",
            f"The field '{field_name}' already has an enum value with the key '{value['key']}'.",
            conflictingEnumKey=value["key"],
            conflictingAttributeName=field_name,
        )
    values.append(value)


def _relabel(doc: Doc, field_name: str, expected: str, value: Doc) -> None:
    for known in _values(doc, field_name, expected):
        if known["key"] == value["key"]:
            known["label"] = value["label"]
            return
    raise Problem(
        400,
        "EnumKeyDoesNotExist",
        f"The field '{field_name}' has no enum value with the key '{value['key']}'.",
        conflictingEnumKey=value["key"],
        conflictingAttributeName=field_name,
    )


def _reorder(doc: Doc, field_name: str, expected: str, keys: list[str]) -> None:
    values = _values(doc, field_name, expected)
    present = [known["key"] for known in values]
    if sorted(present) != sorted(keys):
        message = f"keys must name each of {present} once, not {keys}."
        raise Problem(400, "EnumValuesMustMatch", message)
    values.sort(key=lambda known: keys.index(known["key"]))


def _kind_of_type(definition: Doc) -> tuple[str, str | None, str | None]:
    kind = definition["type"]
    element = kind.get("elementType", {})
    return kind["name"], element.get("name"), element.get("referenceTypeId", kind.get("referenceTypeId"))


class Types(Kind[TypeDraft]):
    """`/types`."""

    type_id = "type"
    path = "types"
    read_scopes = ("view_types",)
    write_scopes = ("manage_types",)
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.LOCALIZED,
        "description": Leaf.LOCALIZED,
        "resourceTypeIds": Leaf.TEXTS,
        "fieldDefinitions": {
            "name": Leaf.TEXT,
            "type": {
                "name": Leaf.TEXT,
                "values": {"key": Leaf.TEXT, "label": Leaf.ANY},
                "referenceTypeId": Leaf.TEXT,
                "elementType": {
                    "name": Leaf.TEXT,
                    "values": {"key": Leaf.TEXT, "label": Leaf.ANY},
                    "referenceTypeId": Leaf.TEXT,
                },
            },
            "label": Leaf.LOCALIZED,
            "required": Leaf.BOOLEAN,
            "inputHint": Leaf.TEXT,
        },
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(TypeDraft, TypeAction)

    @override
    def build(self, draft: TypeDraft, project: Project) -> Doc:
        return {
            **as_json(draft),
            "resourceTypeIds": list(dict.fromkeys(draft.resource_type_ids)),
            "fieldDefinitions": [_definition(field) for field in draft.field_definitions],
        }

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        known: dict[str, Any] = {}
        for definition in doc["fieldDefinitions"]:
            if definition["name"] in known:
                raise invalid_input(f"Two field definitions have the name '{definition['name']}'.")
            known[definition["name"]] = _kind_of_type(definition)
        # One name has one type in the whole project.
        for other in project.collection(self.type_id).docs.values():
            if other["id"] == doc["id"]:
                continue
            for definition in other["fieldDefinitions"]:
                name = definition["name"]
                if name in known and known[name] != _kind_of_type(definition):
                    raise invalid_input(f"The field '{name}' has another type in the type '{other['key']}'.")

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is None:
            return
        left = {definition["name"] for definition in new["fieldDefinitions"]}
        gone = {definition["name"] for definition in old["fieldDefinitions"]} - left
        if gone:
            _forget(new["id"], gone, project)

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        for kind, collection in project.collections():
            if collection.found("type", doc["id"]):
                raise reference_exists("type", kind.type_id)


def _forget(type_id: str, names: set[str], project: Project) -> None:
    """Take fields off every resource and part of one; versions stay, as for attributes on products."""
    for _kind, collection in project.collections():
        for doc in tuple(collection.sharing("type", type_id)):
            rewritten: Doc = copied(doc)
            for custom in _customs(rewritten):
                if custom["type"]["id"] == type_id:
                    custom["fields"] = {n: v for n, v in custom["fields"].items() if n not in names}
            collection.replace(doc, rewritten)


def _customs(value: Any) -> Iterator[Doc]:
    """Every `custom` in a document, at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _customs(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "custom" and isinstance(one, dict):
                yield one
            else:
                yield from _customs(one)
