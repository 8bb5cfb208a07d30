"""`passerelle project`: what the shop's project lacks of its model, shown field by field, then done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from ..commercetools import SetupStep, ensure, load_model, plan_setup
from ..feeds import Workspace
from ..feeds.peak import check_frozen
from .sheets import Block, Cell, Line, Sheet, Tone, terminal
from .words import Language, say

__all__ = ["MODEL", "set_up"]

#: Where a model lies below the folder of the mappings.
MODEL = Path("commercetools") / "model.yaml"
#: Fields shown of a kind of resource; the JSON holds all.
_SHOWN = 60
#: Something points to what is nowhere: the exit code of a run with rejects.
_LEFT = 3


async def set_up(
    model: Path | None,
    *,
    apply: bool,
    exact: bool,
    as_json: bool,
    lang: Language,
    despite_peak: str = "",
) -> int:
    """Show what the project lacks, do it with `apply`, and print what was done.

    `exact` changes and removes too what the model says otherwise, where nothing is only added else. Gives
    the exit code: 3 when something of the model points to what is nowhere.
    """
    workspace = Workspace.load()
    path = workspace.settings.mappings / MODEL if model is None else model
    declared = load_model(path)
    if apply:
        with workspace.ledger() as ledger:
            check_frozen(ledger, "project", subject=f"model {path}", despite=despite_peak)
    async with workspace.client() as client:
        steps = await plan_setup(client, declared, additive=not exact)
        if not as_json:
            Console().print(terminal(_view(client.config.project_key, path, steps, lang, apply=apply)))
        done = await ensure(client, declared, additive=not exact) if apply and steps else []
        project = client.config.project_key
    if done:
        with workspace.ledger() as ledger:
            facts = {"model": str(path), "exact": exact, "done": done}
            ledger.audit.note("project_changed", f"project {project}", after=facts)
    if as_json:
        told = {
            "project": project,
            "model": str(path),
            "steps": [_document(one) for one in steps],
            "done": done,
        }
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    elif apply and steps:
        Console().print(say("project_done", lang, count=len(done)), highlight=False)
    return _LEFT if any(step.nowhere for step in steps) else 0


def _view(
    project: str, model: Path, steps: Sequence[SetupStep], lang: Language, *, apply: bool
) -> list[Block]:
    blocks: list[Block] = [Line(say("project_title", lang, project=project, model=model), "dim")]
    if not steps:
        return [*blocks, Line(say("project_agrees", lang), "good")]
    blocks.append(Line(_headline(steps, lang), "strong"))
    paths = dict.fromkeys(step.path for step in steps)
    blocks += [_sheet(path, [step for step in steps if step.path == path], lang) for path in paths]
    if any(step.nowhere for step in steps):
        blocks.append(Line(say("project_nowhere", lang), "bad"))
    if not apply:
        blocks.append(Line(say("project_how", lang), "dim"))
    return blocks


def _headline(steps: Sequence[SetupStep], lang: Language) -> str:
    """`12 to create · 3 to change · 1 that waits for others`."""
    kinds = [step.change.kind if step.change is not None else "wait" for step in steps]
    parts = [
        say(f"kind_{kind}", lang, count=kinds.count(kind)) for kind in ("create", "update") if kind in kinds
    ]
    if "wait" in kinds:
        parts.append(say("project_waits", lang, count=kinds.count("wait")))
    return " · ".join(parts)


def _sheet(path: str, steps: Sequence[SetupStep], lang: Language) -> Sheet:
    columns = [say(column, lang) for column in ("key", "field", "old", "new")]
    sheet = Sheet(say(f"path_{path}", lang), columns, whole=frozenset({0}))
    for step in steps:
        for name in step.waits_for:
            tone: Tone = "bad" if name in step.nowhere else "warn"
            sheet.rows.append([step.key, Cell(say("project_after", lang), tone), "—", Cell(name, tone)])
        if step.change is not None and not step.change.fields:
            sheet.rows.append([step.key, "—", "—", Cell(say("created", lang), "good")])
        for field in () if step.change is None else step.change.fields:
            old, new = Cell(_text(field.old), "bad"), Cell(_text(field.new), "good")
            sheet.rows.append([step.key or "—", field.field, old, new])
    if len(sheet.rows) > _SHOWN:
        sheet.rows = sheet.rows[:_SHOWN]
        sheet.caption = say("first_rows", lang, shown=_SHOWN)
    return sheet


def _document(step: SetupStep) -> dict[str, Any]:
    change = step.change
    return {
        "path": step.path,
        "key": step.key,
        "kind": None if change is None else change.kind,
        "fields": () if change is None else change.fields,
        "waits_for": step.waits_for,
        "nowhere": step.nowhere,
    }


def _text(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
