"""What a project must have before feeds run, declared in YAML: product types, tax categories, channels."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import ConfigError

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
    model_config = ConfigDict(frozen=True, extra="forbid")


class EnumValue(_Declared):
    """One value of an enum; `label` is a text for `enum` and texts by locale for `lenum`."""

    key: str
    label: str | Localized


class AttributeModel(_Declared):
    """One attribute; `constraint` None lets each variant have its own value."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{2,256}$")]
    type: Literal["text", "ltext", "number", "boolean", "enum", "lenum", "date", "time", "datetime"]
    label: Localized
    set: bool = False
    constraint: Literal["None", "Unique", "CombinationUnique", "SameForAll"] = "None"
    required: bool = False
    searchable: bool = False
    values: tuple[EnumValue, ...] = ()

    def described(self) -> dict[str, Any]:
        """The type as commercetools writes it."""
        element: dict[str, Any] = {"name": self.type}
        if self.type in {"enum", "lenum"}:
            element["values"] = [value.model_dump() for value in self.values]
        return {"name": "set", "elementType": element} if self.set else element

    def definition(self) -> dict[str, Any]:
        """The attribute's draft."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.described(),
            "attributeConstraint": self.constraint,
            "isRequired": self.required,
            "isSearchable": self.searchable,
        }


class ProductTypeModel(_Declared):
    """A product type with its attributes in their order."""

    key: Key
    name: str
    description: str
    attributes: tuple[AttributeModel, ...] = ()


class TaxRateModel(_Declared):
    """One rate; `amount` is a fraction (0.20), `included` says that prices contain it."""

    name: str
    amount: Annotated[float, Field(ge=0, le=1)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    included: bool = True


class TaxCategoryModel(_Declared):
    """A tax category with one rate a country."""

    key: Key
    name: str
    rates: tuple[TaxRateModel, ...] = ()


class ChannelModel(_Declared):
    """A channel: a place that supplies stock, or a system that takes orders."""

    key: Key
    roles: tuple[Role, ...]
    name: Localized = {}
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None


class ProjectModel(_Declared):
    """All of it."""

    product_types: tuple[ProductTypeModel, ...] = ()
    tax_categories: tuple[TaxCategoryModel, ...] = ()
    channels: tuple[ChannelModel, ...] = ()


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
        raise ConfigError(f"project model {path}: expected product_types, tax_categories and channels")
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
