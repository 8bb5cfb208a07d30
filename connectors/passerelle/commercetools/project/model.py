"""What a project must have before feeds run, declared in YAML: product types, channels, stores."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from msgspec import UNSET
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ... import records
from ...errors import ConfigError
from .declared import declared
from .settings import SettingsModel

__all__ = [
    "AttributeModel",
    "ChannelModel",
    "EnumValue",
    "ProductTypeModel",
    "ProjectModel",
    "TaxCategoryModel",
    "TaxRateModel",
    "load_model",
]

_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{2,256}$")]
Localized = dict[Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")], str]
Role = Literal["InventorySupply", "ProductDistribution", "OrderExport", "OrderImport", "Primary"]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class EnumValue(_Declared):
    """One value of an enum; `label` is a text for `enum` and texts by locale for `lenum`."""

    key: str
    label: str | Localized
    was: str | None = None

    def record(self) -> records.EnumValue:
        """The value as a record; `was` is the key under which it is renamed."""
        texts: Any = {"labels": self.label} if isinstance(self.label, dict) else {"label": self.label}
        return records.EnumValue(key=self.key, was=_said(self.was), **texts)


class AttributeModel(_Declared):
    """One attribute; `constraint` None lets each variant have its own value."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{2,256}$")]
    type: Literal[
        "text", "ltext", "number", "boolean", "enum", "lenum", "money", "date", "time", "datetime",
        "reference", "nested",
    ]  # fmt: skip
    label: Localized
    set: bool = False
    constraint: Literal["None", "Unique", "CombinationUnique", "SameForAll"] = "None"
    required: bool = False
    searchable: bool = False
    values: tuple[EnumValue, ...] = ()

    reference_type: str | None = None
    nested_type: str | None = None
    input_tip: Localized | None = None
    input_hint: Literal["SingleLine", "MultiLine"] | None = None
    was: str | None = None

    def record(self) -> records.AttributeDefinition:
        """The attribute as a record; `was` is the name under which it is renamed."""
        return records.AttributeDefinition(
            name=self.name,
            type=self.type,
            set=self.set,
            reference_type=_said(self.reference_type),
            nested_type=_said(self.nested_type),
            label=self.label,
            input_tip=_said(self.input_tip),
            input_hint=_said(self.input_hint),
            constraint=self.constraint,
            required=self.required,
            searchable=self.searchable,
            values=tuple(value.record() for value in self.values) if self.values else UNSET,
            was=_said(self.was),
        )


class ProductTypeModel(_Declared):
    """A product type with its attributes in their order."""

    key: Key
    name: str
    description: str
    attributes: tuple[AttributeModel, ...] = ()

    def record(self) -> records.ProductType:
        """The product type as a record."""
        return records.ProductType(
            key=self.key,
            name=self.name,
            description=self.description,
            attributes=tuple(attribute.record() for attribute in self.attributes),
        )


class TaxRateModel(_Declared):
    """One rate; `amount` is a fraction (0.20), `included` says that prices contain it."""

    name: str
    amount: Annotated[float, Field(ge=0, le=1)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    included: bool = True
    state: str | None = None
    key: Key | None = None

    def record(self) -> records.TaxRate:
        """The rate as a record."""
        return records.TaxRate(
            name=self.name,
            country=self.country,
            amount=Decimal(str(self.amount)),
            included=self.included,
            state=self.state,
            key=_said(self.key),
        )


class TaxCategoryModel(_Declared):
    """A tax category with one rate a country."""

    key: Key
    name: str
    rates: tuple[TaxRateModel, ...] = ()

    def record(self) -> records.TaxCategory:
        """The tax category as a record."""
        return records.TaxCategory(
            key=self.key, name=self.name, rates=tuple(rate.record() for rate in self.rates)
        )


class ChannelModel(_Declared):
    """A channel: a place that supplies stock, or a system that takes orders."""

    key: Key
    roles: tuple[Role, ...]
    name: Localized = {}
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None

    def record(self) -> records.Channel:
        """The channel as a record."""
        return records.Channel(
            key=self.key,
            roles=self.roles,
            name=self.name or UNSET,
            address=UNSET if self.country is None else records.Address(country=self.country),
        )


class ProjectModel(_Declared):
    """All of it; what is declared in a record's own words is checked like a record."""

    project: SettingsModel = SettingsModel()
    types: Annotated[tuple[records.CustomType, ...], declared(records.CustomType)] = ()
    product_types: tuple[ProductTypeModel, ...] = ()
    tax_categories: tuple[TaxCategoryModel, ...] = ()
    channels: tuple[ChannelModel, ...] = ()
    customer_groups: Annotated[tuple[records.CustomerGroup, ...], declared(records.CustomerGroup)] = ()
    states: Annotated[tuple[records.State, ...], declared(records.State)] = ()
    categories: Annotated[tuple[records.Category, ...], declared(records.Category)] = ()
    product_selections: Annotated[
        tuple[records.ProductSelection, ...], declared(records.ProductSelection)
    ] = ()
    stores: Annotated[tuple[records.Store, ...], declared(records.Store)] = ()


def load_model(path: Path) -> ProjectModel:
    """Read a model; `values_from` names a CSV table (`;`, UTF-8, header line) relative to the model.

    In an attribute, each row gives one enum value: its key from column `key` (or `key_column`), its labels
    from the columns named like locales. In `channels`, each row gives one channel: its key from `key_column`,
    its name from `name_column` in `name_locale`, its country from column `country`. Rows that repeat a key
    count once.

    Raises:
        ConfigError: a file is missing or something in it is wrong; names every fault.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"project model {path}: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"project model {path}: expected {', '.join(ProjectModel.model_fields)}")
    for kind in data.get("product_types") or ():
        for attribute in kind.get("attributes") or ():
            if "values_from" in attribute:
                attribute["values"] = list(_values(path, attribute))
    channels: list[Any] = []
    for channel in data.get("channels") or ():
        channels.extend(_channels(path, channel) if "values_from" in channel else [channel])
    try:
        return ProjectModel.model_validate({**data, "channels": channels})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise ConfigError(f"project model {path}: {'; '.join(faults)}") from error


def _rows(model: Path, table: str, *columns: str) -> Iterator[dict[str, str]]:
    path = model.parent / table
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, delimiter=";")
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(
                    f"{path}: no column {', '.join(missing)}; it has {', '.join(reader.fieldnames or ())}"
                )
            seen: set[str] = set()
            for row in reader:
                key = row[columns[0]].strip()
                if key and key not in seen:
                    seen.add(key)
                    yield {name: (text or "").strip() for name, text in row.items() if name is not None}
    except OSError as error:
        raise ConfigError(f"project model {model}: {error}") from error


def _values(model: Path, attribute: dict[str, Any]) -> Iterator[dict[str, Any]]:
    column = attribute.pop("key_column", "key")
    for row in _rows(model, attribute.pop("values_from"), column):
        labels = {name: text for name, text in row.items() if _LOCALE.fullmatch(name) and text}
        plain = next(iter(labels.values()), row[column])
        localized = attribute.get("type") == "lenum"
        yield {"key": row[column], "label": labels if localized else plain}


def _channels(model: Path, channel: dict[str, Any]) -> Iterator[dict[str, Any]]:
    key, name = channel.get("key_column", "key"), channel.get("name_column", "name")
    rest = {
        n: v
        for n, v in channel.items()
        if n not in {"values_from", "key_column", "name_column", "name_locale"}
    }
    for row in _rows(model, channel["values_from"], key, name):
        declared = {"key": row[key], "name": {channel.get("name_locale", "en"): row[name]}, **rest}
        if row.get("country"):
            declared["country"] = row["country"]
        yield declared


def _said(value: Any) -> Any:
    """What a model leaves out, a record does not say."""
    return UNSET if value is None else value
