"""The project setup: everything that a model declares, in one go, additive by default, shown as a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passerelle.commercetools import Client, ProjectModel, ensure, load_model, plan_setup
from passerelle.errors import ConfigError
from tests.commercetools.in_process import open_shop

MODEL = """
types:
  - key: more
    name: {en: More}
    resource_types: [category, store]
    fields: [{name: note, type: String, label: {en: Note}}]
product_types:
  - key: kit
    name: Kit
    description: Made of parts
    attributes: [{name: parts, type: nested, nested_type: part, label: {en: Parts}, set: true}]
  - key: part
    name: Part
    description: Of a kit
    attributes: [{name: length, type: number, label: {en: Length}}]
tax_categories:
  - {key: normal, name: Normal, rates: [{name: TVA, amount: 0.2, country: FR}]}
channels:
  - {key: depot, roles: [InventorySupply], country: FR}
customer_groups: [{key: club, name: Club}]
states:
  - {key: picked, type: LineItemState, transitions: [packed]}
  - {key: packed, type: LineItemState, transitions: [picked]}
categories:
  - {key: shirts, name: {en: Shirts}, slug: {en: shirts}, parent: women}
  - {key: women, name: {en: Women}, slug: {en: women}, custom_type: more, custom: {note: root}}
product_selections: [{key: summer, name: {en: Summer}}]
stores:
  - key: lille
    languages: [fr-FR]
    supply_channels: [depot]
    product_selections: [{selection: summer}]
    custom_type: more
    custom: {note: first}
"""


@pytest.fixture
def model(tmp_path: Path) -> ProjectModel:
    """The whole model, read from its file."""
    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return load_model(path)


async def test_a_whole_model_is_set_up_once(model: ProjectModel) -> None:
    """What points to a neighbour that comes later, or round in a ring, is completed in the same run."""
    async with open_shop() as client:
        done = await ensure(client, model)
        assert {line for line in done if line.startswith("created")} == {
            f"created {path}" for path in (
                "types/more", "product-types/kit", "product-types/part", "tax-categories/normal",
                "channels/depot", "customer-groups/club", "states/picked", "states/packed",
                "categories/shirts", "categories/women", "product-selections/summer", "stores/lille",
            )
        }  # fmt: skip
        assert "product-types/kit: added parts to attributes" in done
        assert "states/picked: added packed to transitions" in done
        assert await ensure(client, model) == []
        assert await plan_setup(client, model) == []


async def test_the_plan_of_a_setup_writes_nothing(model: ProjectModel) -> None:
    """It names what would be created, and what waits for something that comes before it."""
    async with open_shop() as client:
        told = [line for step in await plan_setup(client, model) for line in step.told()]
        assert "created channels/depot" in told
        assert "stores/lille: waits for depot" in told
        assert [found async for found in client.query("channels")] == []


async def test_what_is_there_is_left_alone_unless_told_otherwise(model: ProjectModel) -> None:
    """The default adds; `additive=False` changes what people changed."""
    async with open_shop() as client:
        await ensure(client, model)
        await _rename_group(client)
        assert await ensure(client, model) == []
        assert await ensure(client, model, additive=False) == [
            "customer-groups/club: changed name from By hand to Club"
        ]


async def _rename_group(client: Client) -> None:
    group = await client.get("customer-groups/key=club")
    assert group is not None
    action = {"action": "changeName", "name": "By hand"}
    await client.update("customer-groups", group["id"], group["version"], [action])


async def test_a_model_that_points_to_nowhere_is_told(model: ProjectModel) -> None:
    """The run ends and names it, instead of going round for ever."""
    store = model.stores[0]
    lonely = ProjectModel.model_validate({"stores": [store]})
    async with open_shop() as client:
        with pytest.raises(ConfigError, match="stores/lille: waits for depot"):
            await ensure(client, lonely)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"stores": [{"key": "lille", "langauges": ["fr-FR"]}]}, "no field 'langauges'"),
        ({"states": [{"key": "picked"}]}, "missing required field `type`"),
        ({"stores": [{"key": "l", "product_selections": [{"selection": "s", "on": True}]}]}, "no field 'on'"),
        ({"customer_groups": {"key": "club"}}, "expected a list"),
    ],
)
def test_what_is_declared_in_words_of_records_is_checked(declared: dict[str, Any], said: str) -> None:
    """Unknown names at any depth and missing fields are faults of the model."""
    with pytest.raises(ValueError, match=said):
        ProjectModel.model_validate(declared)
