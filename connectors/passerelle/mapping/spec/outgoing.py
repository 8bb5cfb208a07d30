"""Outgoing feeds: what is written where, in the words of the incoming ones and a few of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Names, Spec, several
from .conditions import ConditionSpec
from .expects import Expected
from .feed import CodesSpec
from .fields import Steps
from .files import FilesSpec
from .formats import FormatSpec
from .http import HttpSpec

__all__ = ["OutFieldSpec", "OutItemSpec", "OutgoingSpec", "PositionSpec"]


def _position(value: Any) -> Any:
    if value is True:
        return {}
    if isinstance(value, dict):
        return value
    raise ValueError("write position: true, or position: {start: 10, step: 10, pad: 5}")


class PositionSpec(Spec):
    """How the items of a list are numbered: 1, 2, 3, or 00010, 00020, 00030."""

    start: int = Field(1, ge=0, description="The number of the first item.")
    step: int = Field(1, ge=1, description="What is added from one item to the next.")
    pad: int | None = Field(None, ge=1, description="The width to which zeros fill the number up.")


Position = Annotated[
    PositionSpec, BeforeValidator(_position, json_schema_input_type=PositionSpec | Literal[True])
]


class OutItemSpec(Spec):
    """One item of a `list`: its own fields, or one item for each of a list of the record."""

    when: ConditionSpec | None = Field(None, description="What must hold for the item to be written.")
    each: str | None = Field(None, description="A list of the record: one item for each of it.")
    fields: OutFields = Field(description="What stands in the item.")


class OutFieldSpec(Spec):
    """One field: where its value goes in the file (`to`), where it comes from, what happens on the way.

    Paths into the record have dots (`shipping_address.city`). `../` climbs from the item of an `each` to the
    record around it; `#file.sequence` and `#file.written_at` are the number and the time of the file,
    `#ordinal` is the count of the record in it.
    """

    to: str = Field(
        description="The place in the file: NAME, GROUP/NAME, GROUP/@attribute; of EDIFACT: BGM/e1, NAD/e2.1."
    )
    when: ConditionSpec | None = Field(None, description="What must hold for it to be written at all.")
    from_: Names | None = Field(None, alias="from", description="One or more paths into the record.")
    first_of: Names | None = Field(None, description="Paths of which the first that is not empty counts.")
    each: str | None = Field(None, description="A list of the record: the name is written for each of it.")
    list_: Annotated[tuple[OutItemSpec, ...], BeforeValidator(several)] | None = Field(
        None,
        alias="list",
        description="Items written out one by one under the same name: parties, dates, references.",
    )
    fields: OutFields | None = Field(None, description="What stands below the name.")
    value: str | int | bool | None = Field(None, description="A constant.")
    position: Position | None = Field(None, description="The number of the item in its list.")
    count: str | None = Field(None, description="A list of the record: how many it has.")
    sum_: str | None = Field(
        None,
        alias="sum",
        description="A number or an amount, added up over the list or, in the trailer, over all records.",
    )
    via: Steps = Field((), description="Functions that turn the value into its text.")
    default: str | int | None = Field(None, description="What is written when there is no value.")
    required: bool = Field(default=False, description="True: no value is a fault of the record.")
    drop: bool = Field(default=False, description="True in an overlay: the field of the base goes.")

    @property
    def is_constant(self) -> bool:
        """True when the value stands in the mapping itself."""
        return "value" in self.model_fields_set


OutFields = Annotated[tuple[OutFieldSpec, ...], BeforeValidator(several)]
OutItemSpec.model_rebuild()
OutFieldSpec.model_rebuild()


def _no_files() -> FilesSpec:
    """What stands for files where records leave by HTTP: nothing is ever put there."""
    return FilesSpec.model_validate({"folder": ".", "pattern": "{sequence}", "ready": {"stable_for": "1s"}})


class OutgoingSpec(Spec):
    """An outgoing feed: canonical records to files, or each to a request over HTTP."""

    feed: str = Field(description="The name of the feed, unique among all mappings.")
    title: dict[str, str] = Field(default={}, description="What people call it, by language.")
    entity: str = Field(description="Which records are written: order, or another that is registered.")
    files: FilesSpec = Field(
        default_factory=_no_files, description="Where the files go, and what they are called; or `http`."
    )
    http: HttpSpec | None = Field(
        None, description="Where each record is sent to in a request of its own, instead of files."
    )
    format: FormatSpec = Field(description="The format of the files.")
    codes: dict[str, CodesSpec] = Field(default={}, description="Code tables beside the mapping, by name.")
    target: dict[str, dict[str, Any]] = Field(
        default={}, description="What the system that the records come from must know, by its name."
    )
    empty: Literal["keep", "omit"] = Field(
        "keep",
        description="What happens to a name without a value: it is written empty, or left out, and with it a"
        " group in which nothing but constants is left.",
    )
    unfit: Literal["reject", "replace"] = Field(
        "reject",
        description="What happens to a character that the file cannot hold: the record is rejected, or ? is"
        " written for it and reported.",
    )
    header: OutFields = Field((), description="What the file says of itself at its start.")
    fields: OutFields = Field(description="What is written of each record.")
    trailer: OutFields = Field((), description="What the file says of itself at its end.")
    expects: Expected = ()

    @model_validator(mode="after")
    def _one_way(self) -> OutgoingSpec:
        if ("files" in self.model_fields_set) == (self.http is not None):
            raise ValueError("give either files or http: where the records go")
        if self.http is not None and self.format.name in {"csv", "fixed", "lines"}:
            raise ValueError(
                f"a request has one record: write it as ndjson, xml or edifact, not {self.format.name}"
            )
        return self
