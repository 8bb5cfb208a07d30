"""The spec of a feed: the YAML of one mapping as frozen models, nothing unknown in it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field, model_validator

from .assembly import AssemblySpec, InputSpec, inherited
from .base import Duration, Names, Spec
from .codes import CodesSpec
from .conditions import ConditionSpec
from .controls import ControlsSpec, GuardSpec, RepairSpec
from .expects import Expected
from .fields import Fields
from .files import FilesSpec
from .formats import FormatSpec
from .hooks import HooksSpec
from .owners import ForeignEditsSpec, WrittenForeignEdits
from .scopes import ScopesSpec
from .stock import StockSpec

__all__ = ["CodesSpec", "DeletesSpec", "MappingSpec", "Removal"]


#: What becomes of a record that its source no longer has: nothing, taken off the shop, its stock set to zero,
#: its price switched off, or deleted.
Removal: TypeAlias = Literal["keep", "unpublish", "zero", "deactivate", "delete"]


class DeletesSpec(Spec):
    """What says that a record is gone, and what is done then.

    `{absent: unpublish, after: 3}`, `{flag: {path: ACTION, is: L}, flagged: delete}`.
    """

    absent: Removal = Field(
        default="keep",
        description="What is done with a record that full files no longer have: nothing, or it is"
        " unpublished, its stock set to zero, its price deactivated, or it is deleted",
    )
    after: int = Field(
        default=2, ge=1, description="So many full files in a row must be without it before that is done"
    )
    flag: ConditionSpec | None = Field(
        default=None, description="What holds for a record that the source has deleted (a tombstone)"
    )
    flagged: Removal | None = Field(
        default=None,
        description="What is done with a flagged record, at once; left out: it is told and held for a person",
    )


class _Feed(Spec):
    feed: str = Field(description="The name of the feed, unique among all mappings")
    title: dict[str, str] = Field(default={}, description="What people call it, by language")
    files: FilesSpec = Field(description="Where its files lie and what their names mean")
    format: FormatSpec = Field(description="The format of its files")
    codes: dict[str, CodesSpec] = Field(default={}, description="Code tables, by name")
    target: dict[str, dict[str, Any]] = Field(
        default={}, description="What a target system is told beside the records, by system"
    )
    fields: Fields = Field(description="The fields of its records")
    expects: Expected = ()


class MappingSpec(_Feed, AssemblySpec):
    """An incoming feed: files to canonical records."""

    inputs: dict[str, InputSpec] = Field(
        default={}, description="Sources beside the main one, whose rows are joined, by name."
    )

    entity: Literal[
        "product_type",
        "custom_type",
        "channel",
        "tax_category",
        "customer_group",
        "state",
        "product_selection",
        "store",
        "category",
        "product",
        "price",
        "stock",
        "order_ack",
        "order_file_ack",
        "shipment",
        "order_message",
        "order_statement",
        "order_import",
        "order_edit",
        "order",
        "purchase_order",
        "sale",
    ] = Field(description="Which kind of record each row becomes")
    controls: ControlsSpec = Field(
        default=ControlsSpec(), description="What the file says about itself, compared with what was read"
    )
    repair: RepairSpec = Field(default=RepairSpec(), description="Which damage is mended")
    key: Names = Field(description="The places whose raw values name a record; the same in every file")
    creates: bool = Field(default=True, description="false: the feed only completes what others create")
    deletes: DeletesSpec = Field(
        default=DeletesSpec(), description="What says that a record is gone, and what is done then"
    )
    waits: Duration = Field(
        default=14 * 86400.0,
        description="How long a record waits for something it points to that is not in the target yet "
        "(`14 d`); then it is put into quarantine",
    )
    foreign_edits: WrittenForeignEdits = Field(
        default=ForeignEditsSpec(),
        description="What is done with fields that others changed in the shop after the feed wrote them",
    )
    scopes: ScopesSpec | None = Field(default=None, description="Where one price holds, when in many scopes")
    locales: dict[str, str] = Field(
        default={},
        description="Locale to the partner's code (`fr-FR: FR`): a field with `{locale}` is made for each",
    )
    functions: Names = Field(
        default=(), description="Modules of your own packages whose functions the fields use"
    )
    hooks: HooksSpec | None = Field(
        default=None,
        description="Functions of your own that are asked before a record is created or updated, and say what"
        " is wanted instead; left out: what the fields say is wanted",
    )
    guard: GuardSpec = Field(default=GuardSpec(), description="What stops a run before it harms the shop")
    stock: StockSpec | None = Field(
        default=None,
        description="What the numbers of a feed of stock mean, and what is kept back of them; left out: they"
        " are written as they come",
    )

    @model_validator(mode="before")
    @classmethod
    def _inherited(cls, values: Any) -> Any:
        return inherited(values)
