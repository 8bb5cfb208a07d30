"""Reference data by mapping: each kind of record from a small CSV or JSON file."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from passerelle.formats import Row
from passerelle.mapping import load_incoming
from passerelle.records import (
    Address,
    AttributeDefinition,
    Channel,
    CustomerGroup,
    CustomType,
    EnumValue,
    FieldDefinition,
    ProductSelection,
    ProductType,
    SelectedProduct,
    State,
    Store,
    StoreSelection,
    TaxCategory,
    TaxRate,
)

HEAD = """\
feed: test
entity: {entity}
files: {{folder: out, pattern: "T_{{sequence:5}}.dat", ready: {{marker: .ok}}}}
format: {format}
key: {key}
fields:
"""
CSV = '{csv: {charset: UTF-8, delimiter: ";"}}'
JSON = "{json: {record: /items}}"


def read(folder: Path, entity: str, fields: str, content: Any) -> list[Any]:
    """The records of a small file: text is CSV, anything else JSON."""
    is_text = isinstance(content, str)
    head = HEAD.format(entity=entity, format=CSV if is_text else JSON, key="CODE" if is_text else "code")
    path = folder / "test.yaml"
    path.write_text(head + indent(dedent(fields).strip("\n"), "  ") + "\n", encoding="utf-8")
    mapping = load_incoming(path)
    data = dedent(content).lstrip() if is_text else json.dumps({"items": content})
    rows = mapping.reader(BytesIO(data.encode()), file="T_00001.dat").rows()
    return [mapping.record(row) for row in rows if isinstance(row, Row)]


CASES: list[tuple[str, str, Any, Any]] = [
    (
        "channel",
        """
        - {to: key, from: CODE, via: {key: depot-}}
        - {to: roles, from: USE, via: {split: ","}}
        - {to: name.fr-FR, from: NAME}
        - {to: address.city, from: CITY}
        - {to: address.country, value: FR}
        - {to: latitude, from: LAT, via: {decimal: "1234.5"}}
        - {to: longitude, from: LON, via: {decimal: "1234.5"}}
        """,
        """
        CODE;USE;NAME;CITY;LAT;LON
        001;InventorySupply,ProductDistribution;Entrepôt;Lille;50.63;3.06
        """,
        Channel(
            key="depot-001",
            roles=("InventorySupply", "ProductDistribution"),
            name={"fr-FR": "Entrepôt"},
            address=Address(city="Lille", country="FR"),
            latitude=Decimal("50.63"),
            longitude=Decimal("3.06"),
        ),
    ),
    (
        "customer_group",
        """
        - {to: key, from: CODE}
        - {to: name, from: NAME}
        - {to: custom_type, value: club}
        - {to: custom.level, from: LEVEL}
        """,
        "CODE;NAME;LEVEL\ngold;Club Or;3\n",
        CustomerGroup(key="gold", name="Club Or", custom_type="club", custom={"level": "3"}),
    ),
    (
        "tax_category",
        """
        - {to: key, from: code}
        - {to: name, from: label}
        - to: rates
          each: rates
          fields:
            - {to: name, from: name}
            - {to: country, from: country}
            - {to: amount, from: rate, via: {decimal: "1234.5"}}
        """,
        [{"code": "normal", "label": "Normal", "rates": [{"name": "TVA", "country": "FR", "rate": 0.2}]}],
        TaxCategory(
            key="normal",
            name="Normal",
            rates=(TaxRate(name="TVA", country="FR", amount=Decimal("0.2")),),
        ),
    ),
    (
        "product_type",
        """
        - {to: key, from: code}
        - {to: name, from: label}
        - {to: description, from: label}
        - to: attributes
          each: attributes
          fields:
            - {to: name, from: code}
            - {to: type, from: kind}
            - {to: label.en, from: label}
            - {to: was, from: former}
            - to: values
              each: options
              fields:
                - {to: key, from: code}
                - {to: labels.en, from: label}
        """,
        [{"code": "shoe", "label": "Shoe", "attributes": [
            {"code": "colour", "kind": "lenum", "label": "Colour", "former": "color",
             "options": [{"code": "red", "label": "Red"}]},
        ]}],
        ProductType(
            key="shoe",
            name="Shoe",
            description="Shoe",
            attributes=(
                AttributeDefinition(
                    name="colour",
                    type="lenum",
                    label={"en": "Colour"},
                    was="color",
                    values=(EnumValue(key="red", labels={"en": "Red"}),),
                ),
            ),
        ),
    ),
    (
        "custom_type",
        """
        - {to: key, from: code}
        - {to: name.en, from: label}
        - {to: resource_types, each: for}
        - to: fields
          each: fields
          fields:
            - {to: name, from: code}
            - {to: type, from: kind}
            - {to: label.en, from: label}
        """,
        [{"code": "club", "label": "Club", "for": ["customer-group"],
          "fields": [{"code": "level", "kind": "String", "label": "Level"}]}],
        CustomType(
            key="club",
            name={"en": "Club"},
            resource_types=("customer-group",),
            fields=(FieldDefinition(name="level", type="String", label={"en": "Level"}),),
        ),
    ),
    (
        "state",
        """
        - {to: key, from: CODE}
        - {to: type, value: LineItemState}
        - {to: name.en, from: NAME}
        - {to: transitions, from: NEXT, via: {split: ","}}
        """,
        "CODE;NAME;NEXT\npicked;Picked;packed,lost\n",
        State(key="picked", type="LineItemState", name={"en": "Picked"}, transitions=("packed", "lost")),
    ),
    (
        "product_selection",
        """
        - {to: key, from: code}
        - {to: name.en, from: label}
        - to: products
          each: styles
          fields:
            - {to: product, from: style}
            - {to: skus, each: articles}
        """,
        [{"code": "summer", "label": "Summer", "styles": [{"style": "p-1", "articles": ["A1", "A2"]}]}],
        ProductSelection(
            key="summer",
            name={"en": "Summer"},
            products=(SelectedProduct(product="p-1", skus=("A1", "A2")),),
        ),
    ),
    (
        "store",
        """
        - {to: key, from: code}
        - {to: countries, each: countries}
        - {to: supply_channels, each: depots, via: {key: depot-}}
        - {to: pages.imprint, from: imprint}
        - to: product_selections
          each: assortments
          fields:
            - {to: selection, from: .}
        """,
        [{"code": "lille", "countries": ["FR"], "depots": ["001", "002"],
          "imprint": "https://shop.example/i", "assortments": ["summer"]}],
        Store(
            key="lille",
            countries=("FR",),
            supply_channels=("depot-001", "depot-002"),
            pages={"imprint": "https://shop.example/i"},
            product_selections=(StoreSelection(selection="summer"),),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("entity", "fields", "content", "expected"), CASES, ids=[case[0] for case in CASES])
def test_each_kind_of_reference_data_has_a_mapping(
    tmp_path: Path, entity: str, fields: str, content: Any, expected: Any
) -> None:
    """What the file names is filled, everything else is left unsaid."""
    assert read(tmp_path, entity, fields, content) == [expected]
