"""The project's own settings, from its model."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from passerelle.commercetools import ProjectModel, ensure
from passerelle.commercetools.project.settings import SettingsModel, plan_settings
from tests.commercetools.in_process import open_shop

codes = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True).map(tuple)


@given(wanted=codes, held=codes, additive=st.booleans())
def test_a_plan_leads_to_what_the_model_declares(
    wanted: tuple[str, ...],
    held: tuple[str, ...],
    additive: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Everything declared is there afterwards, an additive setup takes nothing away; then nothing is left."""
    model = SettingsModel(languages=wanted)
    live: dict[str, Any] = {"version": 3, "languages": list(held), "currencies": ["EUR"]}
    plan = plan_settings(model, live, additive=additive)
    for action in plan.actions:
        assert action["action"] == "changeLanguages"
        live["languages"] = action["languages"]
    expected = set(held) | set(wanted) if additive or not wanted else set(wanted)
    assert set(live["languages"]) == expected
    assert live["currencies"] == ["EUR"]
    assert plan_settings(model, live, additive=additive).actions == ()


async def test_the_setup_adds_what_the_shop_lacks() -> None:
    """Languages, currencies and countries are added, told, and found the next time."""
    model = ProjectModel(project=SettingsModel(languages=("fr-FR", "xy-XY"), currencies=("PLN",)))
    async with open_shop() as client:
        before, _ = await client.project()
        assert "project: added xy-XY to languages" in await ensure(client, model)
        assert await ensure(client, model) == []
        after, _ = await client.project()
    assert {"fr-FR", "xy-XY", *before["languages"]} == set(after["languages"])
    assert {"PLN", *before["currencies"]} == set(after["currencies"])
    assert after["countries"] == before["countries"]
