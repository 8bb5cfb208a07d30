"""The two sides of a product, and actions that change one of them or both."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from ...actions import Action
from ...project import Project
from ...store import Doc, copied
from ...vocabulary import as_json, put
from ..variants import variant_named

__all__ = ["OnVariant", "SetStaged", "Staged"]


class Staged(Action):
    """Changes the staged side, with `staged: false` the current one too."""

    staged: bool = True

    def sides(self, doc: Doc) -> Iterator[Doc]:
        """The sides that the action changes."""
        master = doc["masterData"]
        if not self.staged:
            yield master["current"]
        yield master["staged"]


class SetStaged(Staged, kw_only=True):
    """Sets what it names, `staged` aside."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for data in self.sides(doc):
            for name, encoded in zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True):
                if name != "staged":
                    put(data, encoded, copied(as_json(getattr(self, name))))


class OnVariant(Staged, kw_only=True):
    """Changes one variant, named by id or by SKU."""

    variant_id: int | None = None
    sku: str | None = None

    def variants(self, doc: Doc) -> Iterator[Doc]:
        """The variant that is meant, on each side that changes."""
        for data in self.sides(doc):
            yield variant_named(data, self.variant_id, self.sku)
