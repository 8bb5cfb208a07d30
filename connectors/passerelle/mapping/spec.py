"""The spec of a feed: the YAML of one mapping as frozen models, nothing unknown in it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "CodesSpec",
    "ControlsSpec",
    "FieldSpec",
    "FilesSpec",
    "FormatSpec",
    "GuardSpec",
    "MappingSpec",
    "MoneySpec",
    "OutgoingSpec",
    "PriceMoveSpec",
    "ReadySpec",
    "RepairSpec",
    "StepSpec",
    "XmlSpec",
]

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_DURATION = re.compile(r"(\d+) ?(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_ALL = 100


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


def _share(value: Any) -> float:
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if found is None or float(found[1]) > _ALL:
        raise ValueError("write a share such as 20%")
    return float(found[1]) / _ALL


def _seconds(value: Any) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a duration such as 30s, 5min or 2h")
    return float(int(found[1]) * _SECONDS[found[2]])


def _several(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


def _steps(value: Any) -> Any:
    return tuple(_step(item) for item in (value if isinstance(value, list) else [value]))


def _step(item: Any) -> Any:
    if isinstance(item, str):
        return {"name": item}
    if isinstance(item, dict) and item:
        (name, argument), *options = item.items()
        return {"name": name, "argument": (argument,), "options": dict(options)}
    raise ValueError("write the name of a function, or {name: argument}")


#: A fraction of one, written `20%`.
Share = Annotated[float, BeforeValidator(_share)]
#: Seconds, written `30s`, `5min`, `2h` or `1d`.
Duration = Annotated[float, BeforeValidator(_seconds)]
Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class StepSpec(_Spec):
    """One function of `via`: `trim`, `{pad: 5}` or `{date: AAAAMMJJ, zone: Europe/Paris}`."""

    name: str
    argument: tuple[Any, ...] = ()
    options: dict[str, Any] = {}


Steps = Annotated[tuple[StepSpec, ...], BeforeValidator(_steps)]


class MoneySpec(_Spec):
    """An amount and its currency; `only` names the currencies that this feed may bring."""

    amount: str
    currency: str
    decimal: str
    only: Names = ()


class FieldSpec(_Spec):
    """One field: where its value goes (`to`), where it comes from, and what happens on the way."""

    to: str
    from_: Names | None = Field(None, alias="from")
    each: str | None = None
    fields: Annotated[tuple[FieldSpec, ...], BeforeValidator(_several)] | None = None
    via: Steps = ()
    as_: Literal["integer"] | None = Field(None, alias="as")
    money: MoneySpec | None = None
    value: str | int | bool | None = None
    position: bool = False
    sum: str | None = None
    required: bool = False
    drop: bool = False

    @property
    def is_constant(self) -> bool:
        """True when the value stands in the mapping itself."""
        return "value" in self.model_fields_set


class ReadySpec(_Spec):
    """When a file may be taken: a marker beside it, or no change over two looks `stable_for` apart."""

    marker: str | None = None
    stable_for: Duration | None = None

    @model_validator(mode="after")
    def _one(self) -> ReadySpec:
        if (self.marker is None) == (self.stable_for is None):
            raise ValueError("say either marker: .ok or stable_for: 30s")
        return self


class FilesSpec(_Spec):
    """Where the files lie below the partner's root, and what their names mean."""

    folder: str
    pattern: str
    modes: dict[str, Literal["full", "delta"]] = {}
    ready: ReadySpec


class XmlSpec(_Spec):
    """How the XML is laid out; paths start at the root."""

    charset: str
    record: str
    header: str | None = None
    trailer: str | None = None
    override_prolog: bool = False
    ignore_namespaces: bool = False
    newline: Literal["crlf", "lf"] = "crlf"


class FormatSpec(_Spec):
    """The format of the files."""

    xml: XmlSpec


class ControlsSpec(_Spec):
    """What header and trailer say about the file, to be compared with what was read and with its name."""

    count: str | None = None
    sequence: str | None = None
    mode: str | None = None
    date: str | None = None


class RepairSpec(_Spec):
    """Which damage is mended: true for the declared charset, or the charset of the wrong reading."""

    double_encoded_utf8: bool | str = False


class CodesSpec(_Spec):
    """A code table: a CSV beside the mapping, and its two columns."""

    file: str
    from_: str = Field(alias="from")
    to: str


class PriceMoveSpec(_Spec):
    """Stop when more than `share` of the prices move by more than `by`."""

    by: Share
    share: Share


class GuardSpec(_Spec):
    """What stops the run, as shares; what is left out has the guard's own default."""

    volume_drop: Share | None = None
    zero_share: Share | None = None
    absent_share: Share | None = None
    reject_share: Share | None = None
    price_move: PriceMoveSpec | None = None
    floor: int | None = None


class _Feed(_Spec):
    feed: str
    title: dict[str, str] = {}
    files: FilesSpec
    format: FormatSpec
    codes: dict[str, CodesSpec] = {}
    target: dict[str, dict[str, Any]] = {}
    fields: Annotated[tuple[FieldSpec, ...], BeforeValidator(_several)]


class MappingSpec(_Feed):
    """An incoming feed: files to canonical records."""

    entity: Literal["category", "product", "price", "stock", "order_ack", "shipment"]
    controls: ControlsSpec = ControlsSpec()
    repair: RepairSpec = RepairSpec()
    key: Names
    creates: bool = True
    guard: GuardSpec = GuardSpec()


class OutgoingSpec(_Feed):
    """An outgoing feed: canonical records to files."""

    entity: Literal["order"]
    header: Annotated[tuple[FieldSpec, ...], BeforeValidator(_several)] = ()
    trailer: Annotated[tuple[FieldSpec, ...], BeforeValidator(_several)] = ()
