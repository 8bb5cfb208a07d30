"""Update actions of types: their fields, the values of enums, labels, the order of all."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_types import AnyFieldType, FieldEnumValue, FieldLocalizedEnumValue
from ..problems import Problem, invalid_input, invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import Key, Localized, Model, as_json

__all__ = ["FieldDefinitionDraft", "TypeAction", "field_definition"]

FieldName: TypeAlias = Annotated[str, Meta(min_length=2, max_length=36, pattern=r"^[A-Za-z0-9_-]+$")]
InputHint: TypeAlias = Literal["SingleLine", "MultiLine"]


class FieldDefinitionDraft(Model):
    """A new custom field."""

    type: AnyFieldType
    name: FieldName
    label: Localized
    required: bool
    input_hint: InputHint = "SingleLine"


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
        doc["fieldDefinitions"].append(field_definition(self.field_definition))


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


def field_definition(draft: FieldDefinitionDraft) -> Doc:
    """A field as its type holds it.

    Raises:
        Problem: 400 DuplicateEnumValues.
    """
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
