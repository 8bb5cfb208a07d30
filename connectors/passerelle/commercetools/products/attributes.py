"""Attributes: the definitions of a product type, compiled once, so that equal values cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ...errors import ReferenceMissing, Refused
from ..planning.pointed import Pointed
from ..planning.wire import merged
from .attribute_kinds import LEFT_OUT, Kind, kind_of
from .limits import check_searchable

__all__ = ["SAME", "Attribute", "Attributes"]

#: What `Attribute.change` says when the shop shows already what the record says.
SAME: Final = object()

#: Attributes of a product type by its id.
Types = Callable[[str], "Attributes | None"]


class Attribute:
    """One attribute definition: `shared` is SameForAll or an attribute of the product itself."""

    __slots__ = ("constraint", "kind", "name", "of_product", "required", "searchable", "shared")

    def __init__(self, definition: Mapping[str, Any], kind: Kind) -> None:
        self.name: str = definition["name"]
        self.kind = kind
        self.constraint: str = definition.get("attributeConstraint", "None")
        #: Held by the product, not by its variants.
        self.of_product: bool = definition.get("level") == "Product"
        self.shared: bool = self.of_product or self.constraint == "SameForAll"
        self.required: bool = definition.get("isRequired", False)
        self.searchable: bool = definition.get("isSearchable", False)

    def change(self, live: Any, wanted: Any, waiting: list[str]) -> Any:
        """What has to be sent so that the shop shows what the record says: SAME, a value, or None to remove.

        12.0 is 12, {key, label} is its key, sets know no order, a reference is what it points to, and of a
        localized text only the record's locales count. What points to nothing yet is left out, and named in
        `waiting`.

        Raises:
            Refused: the value is not of the attribute's type, is too long, or must not go away.
            ReferenceMissing: the enum has no such key.
        """
        if wanted is None:
            value = None
        else:
            value = self._written(wanted, waiting)
            if value is LEFT_OUT:
                return SAME
            if self.kind.name == "ltext" and isinstance(wanted, Mapping):
                value = merged(live, dict(wanted))
        if not value and isinstance(value, list | dict):
            # No texts and no members are no value.
            value = None
        if value is None:
            if not live and (live is None or isinstance(live, list | dict)):
                return SAME
            if self.required:
                raise Refused(
                    f"attribute {self.name} is required: its value {self.shown(live)!r} cannot be removed",
                    code="required_attribute",
                    advice="Send a value, or make the attribute optional in the product type",
                )
            return None
        if live is not None and self.kind.normal(live) == self.kind.normal(value):
            return SAME
        if self.searchable:
            check_searchable(self.name, value)
        return value

    def shown(self, value: Any) -> Any:
        """The value as a report shows it: an enum by its key."""
        if isinstance(value, list | tuple):
            return [_key(part) for part in value]
        return _key(value)

    def _written(self, wanted: Any, waiting: list[str]) -> Any:
        try:
            return self.kind.write(wanted, waiting)
        except LookupError as error:
            raise ReferenceMissing(
                f"attribute {self.name} has no value {error.args[0]!r}; "
                f"it has {', '.join(self.kind.choices[:20]) or 'none'}",
                reference=f"{self.name}={error.args[0]}",
                advice="Add it to the code table of the project model and run the project setup",
            ) from error
        except (TypeError, ValueError) as error:
            raise Refused(
                f"attribute {self.name} is of type {self.kind.name}, the record has {wanted!r}",
                code="invalid_attribute",
                advice="Convert the value in the mapping",
            ) from error


class Attributes:
    """The attribute definitions of one product type; `types` finds those that it nests."""

    def __init__(
        self, product_type: Mapping[str, Any], pointed: Pointed, types: Types = lambda _id: None
    ) -> None:
        self.product_type: str = product_type.get("key", product_type["id"])
        self._types = types
        definitions = product_type.get("attributes", ())
        self.by_name: dict[str, Attribute] = {
            one["name"]: Attribute(one, kind_of(one["type"], pointed, self._nested)) for one in definitions
        }
        #: Names of the attributes that all variants share.
        self.shared = frozenset(one.name for one in self.by_name.values() if one.shared)
        #: Those whose values tell variants apart, alone or together.
        self.unique = tuple(one for one in self.by_name.values() if "Unique" in one.constraint)
        #: Those that may point to other resources, with what they may point to as the API describes it.
        self.pointing = {
            one["name"]: one["type"] for one in definitions if self.by_name[one["name"]].kind.points
        }
        self.of_product = frozenset(one.name for one in self.by_name.values() if one.of_product)
        self.required = tuple(one.name for one in self.by_name.values() if one.required)
        #: Enums: the API shows a value with its label, records have its key.
        self.keyed = frozenset(n for n, one in self.by_name.items() if one.kind.name in ("enum", "lenum"))

    def kinds(self) -> Mapping[str, Kind]:
        """The types of the attributes by their names."""
        return {name: attribute.kind for name, attribute in self.by_name.items()}

    def nested(self, described: Mapping[str, Any]) -> Attributes | None:
        """The definitions behind a nested type, None when that product type is not known."""
        return self._types(described["typeReference"]["id"])

    def described(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each attribute that may point to others, with the API's description of its type."""
        yield from self.pointing.items()

    def __getitem__(self, name: str) -> Attribute:
        attribute = self.by_name.get(name)
        if attribute is None:
            raise Refused(
                f"product type {self.product_type} has no attribute {name}; it has "
                f"{', '.join(self.by_name) or 'none'}",
                code="unknown_attribute",
                advice="Correct the mapping, or add the attribute to the project model and run the setup",
            )
        return attribute

    def _nested(self, type_id: str) -> Mapping[str, Kind]:
        found = self._types(type_id)
        return {} if found is None else found.kinds()


def _key(value: Any) -> Any:
    # Only the value of an enum has a label beside its key.
    return value["key"] if isinstance(value, Mapping) and "label" in value else value
