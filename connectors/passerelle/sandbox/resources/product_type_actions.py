"""Update actions of product types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..problems import Problem, invalid_input, invalid_operation
from ..project import Project
from ..store import Doc
from ..vocabulary import Key, Localized, Text, as_json
from .attribute_definitions import (
    AttributeDefinitionDraft,
    AttributeName,
    Constraint,
    InputHint,
    add_enum_value,
    already_exists,
    definition_named,
    enum_of,
    enum_value,
    enum_value_named,
    new_definition,
    uses,
    variants_of,
)
from .attribute_types import EnumKey, EnumValue, LocalizedEnumValue

__all__ = ["ProductTypeAction"]


class ChangeName(SetFields):
    """`name` is required."""

    name: Text


class ChangeDescription(SetFields):
    """`description` is required."""

    description: str


class SetKey(SetFields):
    """`key` left out removes it."""

    key: Key | None = None


class AddAttributeDefinition(Action):
    """Adds an attribute; a required one must not leave existing variants without."""

    attribute: AttributeDefinitionDraft

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        name = self.attribute.name
        if any(known["name"] == name for known in doc["attributes"]):
            raise already_exists(doc, name)
        if self.attribute.is_required and next(variants_of(doc["id"], project), None) is not None:
            raise invalid_operation(
                f"The attribute '{name}' is required; products of this type exist and have none."
            )
        doc["attributes"].append(new_definition(self.attribute))


class RemoveAttributeDefinition(Action):
    """Takes an attribute away, and its values from every product."""

    name: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["attributes"].remove(definition_named(doc, self.name))


class _OnAttribute(Action):
    attribute_name: str


class ChangeLabel(_OnAttribute, kw_only=True):
    """Relabels an attribute."""

    label: Localized

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition_named(doc, self.attribute_name)["label"] = self.label


class SetInputTip(_OnAttribute, kw_only=True):
    """`inputTip` left out removes it."""

    input_tip: Localized | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = definition_named(doc, self.attribute_name)
        if self.input_tip is None:
            definition.pop("inputTip", None)
        else:
            definition["inputTip"] = self.input_tip


class ChangeInputHint(_OnAttribute, kw_only=True):
    """Whether people type one line or several."""

    new_value: InputHint

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition_named(doc, self.attribute_name)["inputHint"] = self.new_value


class ChangeIsSearchable(_OnAttribute, kw_only=True):
    """Whether searches know the attribute."""

    is_searchable: bool

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition_named(doc, self.attribute_name)["isSearchable"] = self.is_searchable


class ChangeAttributeConstraint(_OnAttribute, kw_only=True):
    """A constraint can only be lifted, and that of a combination not even that."""

    new_value: Constraint

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = definition_named(doc, self.attribute_name)
        if self.new_value != "None" or definition["attributeConstraint"] == "CombinationUnique":
            raise invalid_operation(
                f"The constraint of '{self.attribute_name}' can only be changed to None, "
                f"not from {definition['attributeConstraint']} to {self.new_value}."
            )
        definition["attributeConstraint"] = self.new_value


class ChangeAttributeOrderByName(Action):
    """Reorders all attributes."""

    attribute_names: list[str]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        names = [definition["name"] for definition in doc["attributes"]]
        if sorted(names) != sorted(self.attribute_names):
            raise invalid_input(f"attributeNames must name each of {names} once, not {self.attribute_names}.")
        doc["attributes"].sort(key=lambda definition: self.attribute_names.index(definition["name"]))


class AddPlainEnumValue(_OnAttribute, kw_only=True):
    """Adds a value to an enum."""

    value: EnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        add_enum_value(doc, self.attribute_name, "enum", as_json(self.value))


class AddLocalizedEnumValue(_OnAttribute, kw_only=True):
    """Adds a value to a localized enum."""

    value: LocalizedEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        add_enum_value(doc, self.attribute_name, "lenum", as_json(self.value))


class ChangePlainEnumValueLabel(_OnAttribute, kw_only=True):
    """Relabels a value, on every product too."""

    new_value: EnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        enum_value_named(doc, self.attribute_name, "enum", self.new_value.key)["label"] = self.new_value.label


class ChangeLocalizedEnumValueLabel(_OnAttribute, kw_only=True):
    """Relabels a value, on every product too."""

    new_value: LocalizedEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        enum_value_named(doc, self.attribute_name, "lenum", self.new_value.key)["label"] = (
            self.new_value.label
        )


class RemoveEnumValues(_OnAttribute, kw_only=True):
    """Takes values away, from every product too; not from those that must have one."""

    keys: Annotated[list[str], Meta(min_length=1)]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = definition_named(doc, self.attribute_name)
        kind = enum_of(definition, None)
        for key in self.keys:
            enum_value(kind, key, self.attribute_name)
        if definition["isRequired"] and _in_use(doc, project, self.attribute_name, self.keys):
            message = f"The enum values {self.keys} are used by at least one product, which must have one."
            raise Problem(400, "EnumValueIsUsed", message)
        kind["values"] = [known for known in kind["values"] if known["key"] not in self.keys]


class ChangePlainEnumValueOrder(_OnAttribute, kw_only=True):
    """Reorders all values."""

    values: list[EnumValue]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _reorder(doc, self.attribute_name, "enum", as_json(self.values))


class ChangeLocalizedEnumValueOrder(_OnAttribute, kw_only=True):
    """Reorders all values."""

    values: list[LocalizedEnumValue]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _reorder(doc, self.attribute_name, "lenum", as_json(self.values))


class ChangeEnumKey(_OnAttribute, kw_only=True):
    """Gives a value another key, on every product too."""

    key: EnumKey
    new_key: EnumKey

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        kind = enum_of(definition_named(doc, self.attribute_name), None)
        value = enum_value(kind, self.key, self.attribute_name)
        if self.key == self.new_key:
            return
        if any(known["key"] == self.new_key for known in kind["values"]):
            raise Problem(
                400,
                "EnumKeyAlreadyExists",
                f"The attribute '{self.attribute_name}' already has an enum value '{self.new_key}'.",
                conflictingEnumKey=self.new_key,
                conflictingAttributeName=self.attribute_name,
            )
        value["key"] = self.new_key
        doc.setdefault("renamed", []).append([self.attribute_name, self.key, self.new_key])


class ChangeAttributeName(_OnAttribute, kw_only=True):
    """Gives an attribute another name, on every product too."""

    new_attribute_name: AttributeName

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = definition_named(doc, self.attribute_name)
        if self.new_attribute_name == self.attribute_name:
            return
        if any(known["name"] == self.new_attribute_name for known in doc["attributes"]):
            raise already_exists(doc, self.new_attribute_name)
        definition["name"] = self.new_attribute_name
        doc.setdefault("renamed", []).append([self.attribute_name, self.new_attribute_name])


class ChangeAttributeOrder(Action):
    """Reorders all attributes, each given whole (the older way to do it)."""

    attributes: list[AttributeDefinitionDraft]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        wanted = [new_definition(attribute) for attribute in self.attributes]
        if len(wanted) != len(doc["attributes"]) or any(one not in doc["attributes"] for one in wanted):
            raise invalid_input("attributes must be those of the product type, in another order.")
        doc["attributes"] = wanted


ProductTypeAction: TypeAlias = (
    ChangeName
    | ChangeDescription
    | SetKey
    | AddAttributeDefinition
    | RemoveAttributeDefinition
    | ChangeLabel
    | SetInputTip
    | ChangeInputHint
    | ChangeIsSearchable
    | ChangeAttributeConstraint
    | ChangeAttributeOrderByName
    | AddPlainEnumValue
    | AddLocalizedEnumValue
    | ChangePlainEnumValueLabel
    | ChangeLocalizedEnumValueLabel
    | RemoveEnumValues
    | ChangePlainEnumValueOrder
    | ChangeLocalizedEnumValueOrder
    | ChangeEnumKey
    | ChangeAttributeName
    | ChangeAttributeOrder
)


def _in_use(doc: Doc, project: Project, attribute_name: str, keys: Sequence[str]) -> bool:
    return any(
        attribute["name"] == attribute_name and uses(attribute["value"], keys)
        for variant in variants_of(doc["id"], project)
        for attribute in variant["attributes"]
    )


def _reorder(doc: Doc, attribute_name: str, expected: str, values: list[Doc]) -> None:
    kind = enum_of(definition_named(doc, attribute_name), expected)
    if len(values) != len(kind["values"]) or any(value not in kind["values"] for value in values):
        message = f"The values of '{attribute_name}' must be given as they are, in another order."
        raise Problem(400, "EnumValuesMustMatch", message)
    kind["values"] = values
