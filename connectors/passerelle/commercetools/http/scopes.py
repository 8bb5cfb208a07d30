"""Which scopes of an API client allow what: least privilege for each entity that a feed carries.

Source: the `security` lists of the official OpenAPI (facts: commercetools 1). Where two scopes are listed for
an endpoint either one opens it; the narrower one stands first here and is the one that advice names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

__all__ = ["ENTITIES", "RESOURCES", "Access", "Need", "allowed", "missing", "needs_of", "scope_for"]


class Access(NamedTuple):
    """Scopes that open a resource, each alone being enough."""

    read: tuple[str, ...]
    write: tuple[str, ...]


class Need(NamedTuple):
    """What somebody is going to do with a resource, named by its path below the project."""

    path: str
    write: bool = False

    def __str__(self) -> str:
        return f"{'write' if self.write else 'read'} {self.path or 'project settings'}"


def _both(*names: str) -> Access:
    return Access(tuple(f"view_{name}" for name in names), tuple(f"manage_{name}" for name in names))


#: By path; the empty one is the project itself. `import:` marks the paths of the Import API.
RESOURCES: dict[str, Access] = {
    "": Access(("view_project_settings",), ("manage_project_settings",)),
    "categories": _both("categories", "products"),
    "channels": _both("channels", "products"),
    "customer-groups": _both("customer_groups", "customers"),
    "inventory": _both("products"),
    "messages": Access(("view_messages",), ()),
    "orders": _both("orders"),
    "orders/edits": _both("order_edits"),
    "product-projections": Access(("view_products",), ()),
    "product-selections": _both("product_selections"),
    "product-types": _both("product_types", "products"),
    "products": _both("products"),
    "standalone-prices": _both("standalone_prices"),
    "states": _both("states"),
    "stores": _both("stores"),
    # Also who only reads them needs the scope to manage them.
    "subscriptions": Access((), ("manage_subscriptions",)),
    "tax-categories": _both("tax_categories", "products"),
    "types": _both("types"),
    "variants": _both("products"),
    "import:containers": _both("import_containers"),
}

#: What a feed of each entity does in the shop, besides what its fields point to.
ENTITIES: dict[str, tuple[Need, ...]] = {
    "product_type": (Need("product-types", write=True),),
    "custom_type": (Need("types", write=True),),
    "state": (Need("states", write=True),),
    "channel": (Need("channels", write=True),),
    "tax_category": (Need("tax-categories", write=True),),
    "customer_group": (Need("customer-groups", write=True),),
    "store": (Need("stores", write=True), Need("channels"), Need("product-selections")),
    "product_selection": (Need("product-selections", write=True), Need("products")),
    "category": (Need("categories", write=True),),
    "product": (
        Need("products", write=True),
        Need("product-types"),
        Need("categories"),
        Need("tax-categories"),
    ),
    "price": (Need("standalone-prices", write=True),),
    "stock": (Need("inventory", write=True), Need("channels")),
    "order": (Need("orders", write=True), Need("channels")),
    "order_import": (Need("orders", write=True), Need("channels")),
    "order_edit": (Need("orders/edits", write=True), Need("orders"), Need("channels")),
    "order_ack": (Need("orders", write=True), Need("channels")),
    "order_file_ack": (Need("orders", write=True), Need("channels")),
    "shipment": (Need("orders", write=True), Need("channels")),
    "order_message": (Need("orders", write=True), Need("channels")),
}

#: What the shop would make of it is asked as it is written: `dryRun`.
_ASKED_BY_WRITING = frozenset({"orders/edits"})

# Words in the names of fields, and what is read to resolve them.
_POINTING = {
    "channel": "channels",
    "supply_channel": "channels",
    "customer_group": "customer-groups",
    "custom": "types",
    "custom_type": "types",
    "movement": "types",
    "tax_included": "tax-categories",
    "state": "states",
}


def needs_of(entity: str, fields: Iterable[str] = (), *, dry_run: bool = False) -> tuple[Need, ...]:
    """What a feed of an entity does that fills these fields (`variants.prices.channel`); once each.

    A dry run reads only. An entity that the shop has no place for needs nothing.
    """
    known = ENTITIES.get(entity)
    if known is None:
        return ()
    named = {part for field in fields for part in field.split(".")}
    pointed = [Need(path) for word, path in _POINTING.items() if word in named]
    wanted = [*known, *pointed]
    if dry_run:
        wanted = [need._replace(write=need.path in _ASKED_BY_WRITING) for need in wanted]
    written = {need.path for need in wanted if need.write}
    return tuple(dict.fromkeys(need for need in wanted if need.write or need.path not in written))


def scope_for(need: Need) -> str:
    """The narrowest scope that allows it, without the project."""
    access = RESOURCES[need.path]
    return (access.write if need.write else access.read)[0]


def allowed(need: Need, granted: AbstractSet[str]) -> bool:
    """Whether these scopes (without the project) allow it: who may manage may view."""
    access = RESOURCES[need.path]
    enough = set(access.write if need.write else (*access.read, *access.write))
    return "manage_project" in granted or not enough.isdisjoint(granted)


def missing(needs: Collection[Need], granted: AbstractSet[str]) -> list[Need]:
    """What these scopes do not allow."""
    return [need for need in needs if not allowed(need, granted)]
