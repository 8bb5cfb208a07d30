"""The sinks of reference data: chosen by the entity, their policies checked before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.commercetools import Client, CommercetoolsConfig
from passerelle.errors import ConfigError
from passerelle.feeds.sinks import sink_for
from passerelle.mapping import load_incoming

FEED = """\
feed: test
entity: {entity}
files: {{folder: out, pattern: "T_{{sequence:5}}.csv", ready: {{marker: .ok}}}}
format: {{csv: {{charset: UTF-8, delimiter: ";"}}}}
key: CODE
target: {{commercetools: {target}}}
fields:
  - {{to: key, from: CODE}}
"""
ENTITIES = (
    "product_type", "custom_type", "channel", "tax_category", "customer_group",
    "product_selection", "store",
)  # fmt: skip
POLICIES = [
    ("product_type", "{remove: report}", None),
    ("product_type", "{remove: true}", None),
    ("product_type", "{remove: all}", "remove is 'all'. Say report or true"),
    ("custom_type", "{remove: all}", "remove is 'all'. Say report or true"),
    ("store", "{wiring: replace}", None),
    ("store", "{wiring: ours}", "wiring is 'ours'. Say keep or replace"),
    ("product_selection", "{wiring: ours}", "wiring is 'ours'. Say keep or replace"),
]


async def build(folder: Path, entity: str, target: str) -> str:
    """The entity of the sink that a feed gets."""
    path = folder / "test.yaml"
    path.write_text(FEED.format(entity=entity, target=target), encoding="utf-8")
    config = CommercetoolsConfig.model_validate({
        "project_key": "demo", "client_id": "sync", "client_secret": "secret",
        "auth_url": "https://auth.shop.example", "api_url": "https://api.shop.example",
    })  # fmt: skip
    async with Client(config) as client:
        return sink_for(load_incoming(path), client).entity


@pytest.mark.parametrize("entity", ENTITIES)
async def test_every_entity_of_reference_data_has_its_sink(tmp_path: Path, entity: str) -> None:
    """A feed of it can be run."""
    assert await build(tmp_path, entity, "{}") == entity


@pytest.mark.parametrize(("entity", "target", "said"), POLICIES)
async def test_a_policy_is_one_that_there_is(
    tmp_path: Path, entity: str, target: str, said: str | None
) -> None:
    """A word that means nothing is refused, with those that do."""
    if said is None:
        assert await build(tmp_path, entity, target) == entity
        return
    with pytest.raises(ConfigError) as refusal:
        await build(tmp_path, entity, target)
    assert said in str(refusal.value)
