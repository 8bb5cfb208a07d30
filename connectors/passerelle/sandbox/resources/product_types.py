"""Product types: the attributes that variants of a product may and must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta
from typing_extensions import override

from ..actions import Action, SetFields
from ..field_tree import CREATED, Leaf, Tree
from ..kind import Kind
from ..problems import Problem, invalid_input, invalid_operation, reference_exists, referenced_not_found
from ..project import Project
from ..store import Claim, Doc, copied
from ..vocabulary import Key, Localized, Model, Text, as_json
from .attribute_types import AnyType, EnumValue, LocalizedEnumValue, nested_types

__all__ = ["ProductTypes", "variants_of"]

AttributeName: TypeAlias = Annotated[str, Meta(min_length=2, max_length=256, pattern=r"^[A-Za-z0-9_-]+$")]
Constraint: TypeAlias = Literal["None", "Unique", "CombinationUnique", "SameForAll"]
InputHint: TypeAlias = Literal["SingleLine", "MultiLine"]


class AttributeDefinitionDraft(Model):
    """A new attribute."""

    type: AnyType
    name: AttributeName
    label: Localized
    is_required: bool
    level: Literal["Product", "Variant"] = "Variant"
    attribute_constraint: Constraint = "None"
    input_tip: Localized | None = None
    input_hint: InputHint = "SingleLine"
    is_searchable: bool = True


class ProductTypeDraft(Model):
    """A new product type."""

    name: Text
    description: str
    key: Key | None = None
    attributes: tuple[AttributeDefinitionDraft, ...] = ()


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
            raise _already_exists(doc, name)
        if self.attribute.is_required and next(variants_of(doc["id"], project), None) is not None:
            raise invalid_operation(
                f"The attribute '{name}' is required; products of this type exist and have none."
            )
        doc["attributes"].append(_definition(self.attribute))


class RemoveAttributeDefinition(Action):
    """Takes an attribute away, and its values from every product."""

    name: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["attributes"].remove(_named(doc, self.name))


class _OnAttribute(Action):
    attribute_name: str


class ChangeLabel(_OnAttribute, kw_only=True):
    """Relabels an attribute."""

    label: Localized

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _named(doc, self.attribute_name)["label"] = self.label


class SetInputTip(_OnAttribute, kw_only=True):
    """`inputTip` left out removes it."""

    input_tip: Localized | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = _named(doc, self.attribute_name)
        if self.input_tip is None:
            definition.pop("inputTip", None)
        else:
            definition["inputTip"] = self.input_tip


class ChangeInputHint(_OnAttribute, kw_only=True):
    """Whether people type one line or several."""

    new_value: InputHint

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _named(doc, self.attribute_name)["inputHint"] = self.new_value


class ChangeIsSearchable(_OnAttribute, kw_only=True):
    """Whether searches know the attribute."""

    is_searchable: bool

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _named(doc, self.attribute_name)["isSearchable"] = self.is_searchable


class ChangeAttributeConstraint(_OnAttribute, kw_only=True):
    """A constraint can only be lifted."""

    new_value: Constraint

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = _named(doc, self.attribute_name)
        if self.new_value not in ("None", definition["attributeConstraint"]):
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
        _add_value(doc, self.attribute_name, "enum", as_json(self.value))


class AddLocalizedEnumValue(_OnAttribute, kw_only=True):
    """Adds a value to a localized enum."""

    value: LocalizedEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _add_value(doc, self.attribute_name, "lenum", as_json(self.value))


class ChangePlainEnumValueLabel(_OnAttribute, kw_only=True):
    """Relabels a value, on every product too."""

    new_value: EnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _enum_entry(doc, self.attribute_name, "enum", self.new_value.key)["label"] = self.new_value.label


class ChangeLocalizedEnumValueLabel(_OnAttribute, kw_only=True):
    """Relabels a value, on every product too."""

    new_value: LocalizedEnumValue

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        _enum_entry(doc, self.attribute_name, "lenum", self.new_value.key)["label"] = self.new_value.label


class RemoveEnumValues(_OnAttribute, kw_only=True):
    """Takes values away that no product uses."""

    keys: Annotated[list[str], Meta(min_length=1)]

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        definition = _named(doc, self.attribute_name)
        kind = _enum_of(definition, None)
        for key in self.keys:
            _entry(kind, key, self.attribute_name)
        for variant in variants_of(doc["id"], project):
            for attribute in variant["attributes"]:
                if attribute["name"] == self.attribute_name and _uses(attribute["value"], self.keys):
                    raise Problem(
                        400,
                        "EnumValueIsUsed",
                        f"The enum values {self.keys} are used by at least one product.",
                    )
        kind["values"] = [known for known in kind["values"] if known["key"] not in self.keys]


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
)


def variants_of(product_type_id: str, project: Project) -> Iterator[Doc]:
    """Whatever carries attributes, current and staged, of every product of a type."""
    for product in project.collection("product").sharing("productType", product_type_id):
        yield from _variants(product)


def _variants(product: Doc) -> Iterator[Doc]:
    for side in ("current", "staged"):
        data = product["masterData"][side]
        yield data
        yield data["masterVariant"]
        yield from data["variants"]


def _definition(draft: AttributeDefinitionDraft) -> Doc:
    kind: Doc = as_json(draft.type)
    if draft.attribute_constraint != "None" and (draft.level == "Product" or any(nested_types(kind))):
        raise invalid_operation(
            f"The attribute '{draft.name}' can have no constraint: it is at Product level, or nested."
        )
    values = kind.get("elementType", kind).get("values", ())
    keys = [value["key"] for value in values]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise Problem(
            400, "DuplicateEnumValues", f"The enum values contain duplicated keys: {twice}.", duplicates=twice
        )
    return {
        "level": "Variant",
        "attributeConstraint": "None",
        "inputHint": "SingleLine",
        "isSearchable": True,
        **as_json(draft),
    }


def _named(doc: Doc, name: str) -> Doc:
    for definition in doc["attributes"]:
        if definition["name"] == name:
            found: Doc = definition
            return found
    raise Problem(
        400,
        "AttributeNameDoesNotExist",
        f"An attribute definition with name '{name}' does not exist in the product type.",
        invalidAttributeName=name,
    )


def _already_exists(doc: Doc, name: str) -> Problem:
    return Problem(
        400,
        "AttributeDefinitionAlreadyExists",
        f"An attribute definition with name '{name}' already exists in the product type '{doc['name']}'.",
        conflictingProductTypeId=doc["id"],
        conflictingProductTypeName=doc["name"],
        conflictingAttributeName=name,
    )


def _enum_of(definition: Doc, expected: str | None) -> Doc:
    kind: Doc = definition["type"]
    kind = kind.get("elementType", kind)
    if kind["name"] not in ("enum", "lenum") or expected not in (None, kind["name"]):
        raise invalid_operation(
            f"The attribute '{definition['name']}' is of type {kind['name']}, "
            f"not {expected or 'enum or lenum'}."
        )
    return kind


def _entry(kind: Doc, key: str, attribute_name: str) -> Doc:
    for known in kind["values"]:
        if known["key"] == key:
            found: Doc = known
            return found
    raise Problem(
        400,
        "EnumKeyDoesNotExist",
        f"The attribute '{attribute_name}' has no enum value with the key '{key}'.",
        conflictingEnumKey=key,
        conflictingAttributeName=attribute_name,
    )


def _enum_entry(doc: Doc, attribute_name: str, expected: str, key: str) -> Doc:
    return _entry(_enum_of(_named(doc, attribute_name), expected), key, attribute_name)


def _add_value(doc: Doc, attribute_name: str, expected: str, value: Doc) -> None:
    kind = _enum_of(_named(doc, attribute_name), expected)
    if any(known["key"] == value["key"] for known in kind["values"]):
        raise Problem(
            400,
            "EnumKeyAlreadyExists",
            f"The attribute '{attribute_name}' already contains an enum value with the key '{value['key']}'.",
            conflictingEnumKey=value["key"],
            conflictingAttributeName=attribute_name,
        )
    kind["values"].append(value)


def _uses(value: Any, keys: Sequence[str]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict) and one.get("key") in keys for one in values)


def _kind_of_type(definition: Doc) -> tuple[str | None, ...]:
    kind = definition["type"]
    element = kind.get("elementType", kind)
    return kind["name"], element["name"], element.get("referenceTypeId"), *nested_types(kind)


class ProductTypes(Kind[ProductTypeDraft]):
    """`/product-types`."""

    type_id = "product-type"
    path = "product-types"
    read_scopes = ("view_product_types", "view_products")
    write_scopes = ("manage_product_types", "manage_products")
    tree: ClassVar[Tree] = {
        **CREATED,
        "key": Leaf.TEXT,
        "name": Leaf.TEXT,
        "description": Leaf.TEXT,
        "attributes": {
            "name": Leaf.TEXT,
            "type": {"name": Leaf.TEXT, "values": {"key": Leaf.TEXT, "label": Leaf.ANY}},
            "label": Leaf.LOCALIZED,
            "isRequired": Leaf.BOOLEAN,
            "attributeConstraint": Leaf.TEXT,
            "isSearchable": Leaf.BOOLEAN,
        },
    }
    paths: ClassVar = {("key",): "key"}

    def __init__(self) -> None:
        super().__init__(ProductTypeDraft, ProductTypeAction)

    @override
    def build(self, draft: ProductTypeDraft, project: Project) -> Doc:
        return {**as_json(draft), "attributes": [_definition(attribute) for attribute in draft.attributes]}

    @override
    def finish(self, doc: Doc, project: Project) -> None:
        names = [definition["name"] for definition in doc["attributes"]]
        for name in names:
            if names.count(name) > 1:
                raise _already_exists(doc, name)
        for definition in doc["attributes"]:
            for nested in nested_types(definition["type"]):
                # A product type may nest itself: a new one has no id that could be named yet.
                if nested != doc["id"] and not project.holds(self.type_id, nested):
                    raise referenced_not_found(self.type_id, id=nested)
        # One name has one type in the whole project.
        known = {definition["name"]: _kind_of_type(definition) for definition in doc["attributes"]}
        for other in project.collection(self.type_id).docs.values():
            if other["id"] == doc["id"]:
                continue
            for definition in other["attributes"]:
                name = definition["name"]
                if name in known and known[name] != _kind_of_type(definition):
                    raise Problem(
                        400,
                        "AttributeDefinitionTypeConflict",
                        f"The attribute '{name}' has another type in the product type '{other['name']}'.",
                        conflictingProductTypeId=other["id"],
                        conflictingProductTypeName=other["name"],
                        conflictingAttributeName=name,
                    )

    @override
    def committed(self, old: Doc | None, new: Doc, project: Project) -> None:
        if old is None or old["attributes"] == new["attributes"]:
            return
        before = {definition["name"]: definition for definition in old["attributes"]}
        after = {definition["name"]: definition for definition in new["attributes"]}
        for name, definition in before.items():
            if name not in after:
                _rewrite(new, project, name, lambda _value: None)
            elif definition["type"] != after[name]["type"]:
                _rewrite(new, project, name, _relabelled(after[name]["type"]))

    @override
    def finds(self, doc: Doc) -> Iterator[Claim]:
        for definition in doc["attributes"]:
            for nested in nested_types(definition["type"]):
                yield "nested", nested

    @override
    def refuse_delete(self, doc: Doc, project: Project) -> None:
        if any(found != doc["id"] for found in project.collection(self.type_id).found("nested", doc["id"])):
            raise reference_exists("product-type", "product-type")
        if project.collection("product").found("productType", doc["id"]):
            raise reference_exists("product-type", "product")


def _relabelled(kind: Doc) -> Callable[[Any], Any]:
    entries = {value["key"]: value for value in kind.get("elementType", kind).get("values", ())}

    def relabel(value: Any) -> Any:
        if isinstance(value, list):
            return [relabel(one) for one in value]
        return entries.get(value["key"], value) if isinstance(value, dict) and "key" in value else value

    return relabel


def _rewrite(product_type: Doc, project: Project, name: str, change: Callable[[Any], Any]) -> None:
    """Change one attribute on all products of a type; their versions stay, as on the real API."""
    collection = project.collection("product")
    for product in tuple(collection.sharing("productType", product_type["id"])):
        rewritten: Doc = copied(product)
        for variant in _variants(rewritten):
            for attribute in variant["attributes"]:
                if attribute["name"] == name:
                    attribute["value"] = change(attribute["value"])
            variant["attributes"] = [a for a in variant["attributes"] if a["value"] is not None]
        if rewritten != product:
            collection.replace(product, rewritten)
