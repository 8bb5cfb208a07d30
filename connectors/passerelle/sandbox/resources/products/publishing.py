"""Update actions that carry one side of a product over to the other."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import override

from ...actions import Action
from ...problems import invalid_operation
from ...project import Project
from ...store import Doc, copied
from ..variants import all_variants, variant_named

__all__ = ["PublishingAction"]


class Publish(Action):
    """Makes the staged side the current one, for sale; with the scope `Prices` only the prices of it.

    Prices of a variant that is on one side only stay as they are.
    """

    scope: Literal["All", "Prices"] = "All"

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        if self.scope == "All":
            master["published"] = True
            master["current"] = copied(master["staged"])
            return
        if not master["published"]:
            raise invalid_operation("Only prices of a published product can be published.")
        prices = {variant["id"]: variant["prices"] for variant in all_variants(master["staged"])}
        for variant in all_variants(master["current"]):
            if variant["id"] in prices:
                variant["prices"] = copied(prices[variant["id"]])


class Unpublish(Action):
    """Takes the product out of sale; both sides stay what they are. Variants of their own go first."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        for variant in project.collection("variant").sharing("product", doc["id"]):
            if variant["published"]:
                raise invalid_operation(f"The variant '{variant['id']}' of the product is published.")
        doc["masterData"]["published"] = False


class RevertStagedChanges(Action):
    """Makes the staged side what the current one is."""

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        master["staged"] = copied(master["current"])


class RevertStagedVariantChanges(Action):
    """Makes one staged variant what it is on the current side."""

    variant_id: int

    @override
    def apply(self, doc: Doc, project: Project) -> None:
        master = doc["masterData"]
        staged = variant_named(master["staged"], self.variant_id, None)
        current = variant_named(master["current"], self.variant_id, None)
        staged.clear()
        staged.update(copied(current))


PublishingAction: TypeAlias = Publish | Unpublish | RevertStagedChanges | RevertStagedVariantChanges
