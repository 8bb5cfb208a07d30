"""The project's own settings: the languages, currencies and countries that its model declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from ...sync.protocols import FieldChange
from ..http.client import Client, Json

__all__ = ["SettingsModel", "SettingsPlan", "ensure_settings", "plan_settings", "read_settings"]

#: Declared name (and field of the project), the update action that replaces the list.
_LISTS = (
    ("languages", "changeLanguages"),
    ("currencies", "changeCurrencies"),
    ("countries", "changeCountries"),
)


class SettingsModel(BaseModel):
    """Locales (`fr-FR`), currencies (ISO 4217) and countries (ISO 3166-1 alpha-2) that the project needs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class SettingsPlan(NamedTuple):
    """The update actions that the settings need, and what they change."""

    version: int
    actions: tuple[Json, ...]
    fields: tuple[FieldChange, ...]


def plan_settings(model: SettingsModel, live: Json, *, additive: bool = True) -> SettingsPlan:
    """Compare purely: each list replaced when something of the model is missing in it (`additive`), or other.

    A list that the model does not declare stays as it is, and what is there keeps its place.
    """
    actions: list[Json] = []
    fields: list[FieldChange] = []
    for name, action in _LISTS:
        wanted: Sequence[str] = getattr(model, name)
        held: list[str] = live.get(name, [])
        missing = [one for one in wanted if one not in held]
        left = held if additive else [one for one in held if one in wanted]
        if wanted and (missing or len(left) < len(held)):
            actions.append({"action": action, name: [*left, *missing]})
            fields += [FieldChange(name, None, one) for one in missing]
            fields += [FieldChange(name, one, None) for one in held if one not in left]
    return SettingsPlan(live["version"], tuple(actions), tuple(fields))


async def read_settings(
    client: Client, model: SettingsModel, *, additive: bool = True
) -> SettingsPlan | None:
    """Compare the settings with the model; None, and nothing is asked, when the model declares none."""
    if not any(getattr(model, name) for name, _ in _LISTS):
        return None
    live, _ = await client.project()
    return plan_settings(model, live, additive=additive)


async def ensure_settings(client: Client, model: SettingsModel, *, additive: bool = True) -> list[str]:
    """Bring the settings to what the model declares; tells what was done.

    Asks nothing when the model declares none: reading and writing them needs the scope `manage_project`.
    """
    plan = await read_settings(client, model, additive=additive)
    if plan is None:
        return []
    if plan.actions:
        await client.change_project(plan.version, plan.actions)
    return [_told(field.field, field.old, field.new) for field in plan.fields]


def _told(field: str, old: Any, new: Any) -> str:
    return f"project: added {new} to {field}" if old is None else f"project: removed {old} from {field}"
