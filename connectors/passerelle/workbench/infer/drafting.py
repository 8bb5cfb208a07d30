"""Drafting: from a sample to the first YAML of its feed, every guess beside what it rests on."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...errors import ConfigError
from ...mapping.opening import open_reader
from ...mapping.paths import listed
from ...mapping.spec import FormatSpec
from ..opened import open_bytes
from ..profile import Column, Profile, leaves, profile
from .fields import ENTITIES, Draft, draft_fields
from .guess import Layout
from .layouts import guess_layout
from .naming import feed_name, name_pattern
from .yaml_text import flow, scalar

__all__ = ["infer", "profile_sample"]

#: Records that are looked at; a draft is checked against whole files by `coverage`.
_RECORDS = 20_000
_SHOWN = 6
_LONGEST = 40
_WIDTH = 110
_HEAD = """\
# Drafted from {file}: {records} records{bad}.
# Every guess says how sure it is. Read it line by line, then
#   passerelle mapping check {draft}
#   passerelle mapping try {file} --mapping {draft}
"""


def infer(path: Path, *, entity: str = "") -> str:
    """Draft a mapping; `entity` settles what the rows are, left out it is guessed from the columns.

    Raises:
        ConfigError: nothing can be made of the sample, or there is no such entity.
        FileRefused: the sample is broken.
    """
    if entity and entity not in ENTITIES:
        raise ConfigError(f"No draft is made for {entity!r}; there are {', '.join(ENTITIES)}")
    layout, found = profile_sample(path)
    if not found.columns:
        raise ConfigError(
            f"{path} holds no record that can be read", advice="Give a sample with a few records"
        )
    return _written(path, layout, found, draft_fields(found, entity))


def profile_sample(path: Path) -> tuple[Layout, Profile]:
    """Guess the layout of a file and look at its records with the reader that a mapping would use.

    Raises:
        ConfigError: nothing can be made of the sample.
        FileRefused: the sample is broken.
    """
    layout = guess_layout(path)
    try:
        spec = FormatSpec.model_validate({layout.name: dict(layout.spec)})
    except ValidationError as error:
        raise ConfigError(
            f"{path} seems to be {layout.name}, but a draft of it cannot be made",
            advice=f"Describe the format by hand: {error.errors()[0]['msg']}",
        ) from error
    with open_bytes(path) as stream:
        return layout, profile(open_reader(spec, stream, file=path.name), limit=_RECORDS)


def _written(path: Path, layout: Layout, found: Profile, draft: Draft) -> str:
    feed = feed_name(path.name)
    bad = f" and {found.bad} that cannot be read" if found.bad else ""
    head = _HEAD.format(file=path.name, records=found.records, bad=bad, draft=f"{feed}.yaml")
    lines = [head.rstrip("\n"), f"feed: {feed}"]
    lines += [*(wrapped for line in draft.why for wrapped in _wrapped(line, "# ")), f"entity: {draft.entity}"]
    lines += [
        "files:",
        "  # Where the partner puts it, and how one knows that it is whole: ask.",
        "  folder: in",
    ]
    name = path.name.removesuffix(".gz")
    lines += [f"  pattern: {scalar(name_pattern(name))}", "  ready: {stable_for: 60s}"]
    lines += _format(layout)
    lines += _controls(path, layout, found)
    lines += [wrapped for line in draft.key_notes for wrapped in _wrapped(line, "# ")]
    lines.append(f"key: {flow(draft.key)}")
    lines.append("fields:")
    lines += [f"  {line}" for line in draft.lines]
    if draft.rest:
        lines += ["# Not mapped yet:", *(f"#   {_sight(column, found)}" for column in draft.rest)]
    return "\n".join(lines) + "\n"


def _format(layout: Layout) -> Iterator[str]:
    yield "format:"
    for note in layout.notes:
        # A ruler keeps its blanks.
        yield from [f"  # {note}"] if note.startswith("  ") else _wrapped(note, "  # ")
    yield f"  {layout.name}:"
    for name, value in layout.spec.items():
        if isinstance(value, dict) and len(value) > 1:
            yield f"    {name}:"
            yield from (f"      {scalar(inner)}: {flow(item)}" for inner, item in value.items())
        else:
            yield f"    {name}: {flow(value)}"


def _wrapped(text: str, start: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=start, subsequent_indent=f"{start}  ", break_on_hyphens=False
    )


def _controls(path: Path, layout: Layout, found: Profile) -> Iterator[str]:
    """Compare the numbers of header and trailer with what was counted."""
    controls: dict[str, Any] = dict(layout.controls)
    if layout.name == "edifact":
        # The syntax has controls of its own, which its reader checks.
        return
    sequence = re.search(r"\d{3,}", path.name)
    for part, values in (("header", found.header), ("trailer", found.trailer)):
        element = str(layout.spec.get(part) or "").rpartition("/")[2]
        for names, text in leaves(values):
            place = listed(names)
            shown = (text or "").strip()
            named = f"{element}/{place}" if element else place
            if shown.isdecimal() and int(shown) == found.records and "count" not in controls:
                controls["count"] = named
            elif sequence is not None and shown == sequence[0] and "{sequence" in name_pattern(path.name):
                controls.setdefault("sequence", named)
            elif layout.name == "xml":
                yield f"# In the {part}: {place} = {shown[:_LONGEST]}"
    if controls:
        yield f"controls: {flow(controls)}"


def _sight(column: Column, found: Profile) -> str:
    examples = ", ".join(text[:_LONGEST] for text in column.examples())
    filled = f"{column.records / found.records:.0%} of the records"
    return f"{column.path}: {column.kind}, in {filled}, {column.distinct} distinct: {examples}"
