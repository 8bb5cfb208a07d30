"""Actions on the addresses of orders: the two of the order, and those that single lines go to."""

from __future__ import annotations

from typing import TypeAlias

from typing_extensions import override

from ...actions import Action
from ...custom_fields import CustomFieldAction, CustomTypeAction
from ...problems import duplicate_field, invalid_input, invalid_operation
from ...project import Project
from ...store import Doc
from ...vocabulary import Address, as_json, put

__all__ = ["AddressAction", "keyed_address"]


class SetShippingAddress(Action):
    """`address` left out removes it."""

    address: Address | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "shippingAddress", as_json(self.address))


class SetBillingAddress(Action):
    """`address` left out removes it."""

    address: Address | None = None

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        put(doc, "billingAddress", as_json(self.address))


def _of_order(doc: Doc, field: str) -> Doc:
    address: Doc | None = doc.get(field)
    if address is None:
        raise invalid_operation(f"The order has no {field}.")
    return address


class SetShippingAddressCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "address"

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _of_order(doc, "shippingAddress")


class SetShippingAddressCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _of_order(doc, "shippingAddress")


class SetBillingAddressCustomType(CustomTypeAction):
    """`type` left out removes type and fields."""

    resource_type = "address"

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _of_order(doc, "billingAddress")


class SetBillingAddressCustomField(CustomFieldAction):
    """`value` left out removes the field."""

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _of_order(doc, "billingAddress")


def keyed_address(address: Address) -> Doc:
    """An address of single lines as orders hold it: lines point to it by its key.

    Raises:
        Problem: 400 InvalidInput without a key.
    """
    if address.key is None:
        raise invalid_input("An item shipping address needs a key.")
    stored: Doc = as_json(address)
    return stored


def _of_items(doc: Doc, key: str) -> Doc:
    for address in doc["itemShippingAddresses"]:
        if address["key"] == key:
            found: Doc = address
            return found
    raise invalid_input(f"The order has no item shipping address with the key '{key}'.")


class AddItemShippingAddress(Action):
    """Adds an address that lines can go to."""

    address: Address

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        added = keyed_address(self.address)
        if any(known["key"] == added["key"] for known in doc["itemShippingAddresses"]):
            raise duplicate_field("key", added["key"])
        doc["itemShippingAddresses"].append(added)


class UpdateItemShippingAddress(Action):
    """Replaces the address of the same key."""

    address: Address

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        changed = keyed_address(self.address)
        present = _of_items(doc, changed["key"])
        present.clear()
        present.update(changed)


class RemoveItemShippingAddress(Action):
    """Takes an address away."""

    address_key: str

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        doc["itemShippingAddresses"].remove(_of_items(doc, self.address_key))


class SetItemShippingAddressCustomType(CustomTypeAction, kw_only=True):
    """`type` left out removes type and fields."""

    resource_type = "address"
    address_key: str

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _of_items(doc, self.address_key)


class SetItemShippingAddressCustomField(CustomFieldAction, kw_only=True):
    """`value` left out removes the field."""

    address_key: str

    @override
    def holder(self, doc: Doc, project: Project) -> Doc:
        return _of_items(doc, self.address_key)


AddressAction: TypeAlias = (
    SetShippingAddress
    | SetBillingAddress
    | SetShippingAddressCustomType
    | SetShippingAddressCustomField
    | SetBillingAddressCustomType
    | SetBillingAddressCustomField
    | AddItemShippingAddress
    | UpdateItemShippingAddress
    | RemoveItemShippingAddress
    | SetItemShippingAddressCustomType
    | SetItemShippingAddressCustomField
)
