"""The project model: read with its code tables, every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.commercetools import load_model
from passerelle.errors import ConfigError

COLOURS = "COLORIS;key;fr-FR;nl-BE\n012;blue;Bleu;Blauw\n013;blue;Bleu nuit;\n001;black;Noir;Zwart\n"
DEPOTS = (
    "DEPOT;channel;name;country;role\n001;depot-001;Entrepôt;FR;warehouse\n101;depot-101;Lille;FR;store\n"
)

MODEL = """
product_types:
  - key: article
    name: Article
    description: d
    attributes:
      - {name: colour, type: lenum, label: {en: Colour}, values_from: ../erp/colours.csv, key_column: key}
      - {name: tint, type: enum, label: {en: Tint}, values_from: ../erp/colours.csv}
channels:
  - {values_from: ../erp/depots.csv, key_column: channel, name_locale: fr-FR, roles: [InventorySupply]}
  - {key: erp, roles: [OrderExport]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The two code tables beside the model's folder."""
    (tmp_path / "erp").mkdir()
    (tmp_path / "commercetools").mkdir()
    (tmp_path / "erp" / "colours.csv").write_text(COLOURS, encoding="utf-8-sig")
    (tmp_path / "erp" / "depots.csv").write_text(DEPOTS, encoding="utf-8")
    return tmp_path / "commercetools"


def test_code_tables_give_values_and_channels(folder: Path) -> None:
    """One row one value or channel; a key that two ERP codes share counts once, empty labels are none."""
    (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
    model = load_model(folder / "model.yaml")

    colour, tint = model.product_types[0].attributes
    assert [(value.key, value.label) for value in colour.values] == [
        ("blue", {"fr-FR": "Bleu", "nl-BE": "Blauw"}), ("black", {"fr-FR": "Noir", "nl-BE": "Zwart"}),
    ]  # fmt: skip
    assert [(value.key, value.label) for value in tint.values] == [("blue", "Bleu"), ("black", "Noir")]
    assert [(channel.key, channel.name, channel.country) for channel in model.channels] == [
        ("depot-001", {"fr-FR": "Entrepôt"}, "FR"),
        ("depot-101", {"fr-FR": "Lille"}, "FR"),
        ("erp", {}, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key_column: channel", "key_column: canal", "no column canal; it has DEPOT, channel"),
        ("depots.csv", "depot.csv", "depot.csv"),
        ("roles: [OrderExport]", "roles: [Export]", "channels.2.roles.0"),
        ("type: enum", "type: enumeration", "attributes.1.type"),
        ("name: Article", "nom: Article", "product_types.0.nom"),
        ("product_types:", "product_types: [", "model.yaml"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, old: str, new: str, said: str) -> None:
    """File, place and what was expected."""
    (folder / "model.yaml").write_text(MODEL.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_model(folder / "model.yaml")
    assert said in str(caught.value)


def test_a_missing_model_is_a_wrong_setting(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ConfigError, match="absent"):
        load_model(tmp_path / "absent.yaml")
