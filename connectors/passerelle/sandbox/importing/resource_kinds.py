"""Every kind of import request that the sandbox takes, by its path."""

from __future__ import annotations

from .catalogue import CategoryImports, ProductSelectionImports
from .definitions import ProductTypeImports, TypeImports
from .offers import InventoryImports, StandalonePriceImports
from .products import ProductDraftImports, ProductImports
from .upserts import ImportKind
from .variants import PatchImports, PriceImports, VariantImports

__all__ = ["IMPORT_KINDS"]

IMPORT_KINDS: dict[str, ImportKind] = {
    kind.path: kind
    for kind in (
        TypeImports(),
        ProductTypeImports(),
        CategoryImports(),
        ProductDraftImports(),
        ProductImports(),
        VariantImports(),
        PatchImports(),
        PriceImports(),
        StandalonePriceImports(),
        InventoryImports(),
        ProductSelectionImports(),
    )
}
