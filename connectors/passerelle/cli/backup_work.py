"""What `passerelle backup` and `restore` do: copy with progress, check, say what is there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..feeds import Workspace
from ..ledger.upgrading import HEAD
from ..operations.backup import Manifest, back_up, check_backup, restore
from .words import Language, say

__all__ = ["check_it", "make_backup", "restore_it"]

#: Originals that are named; the JSON has all.
_NAMED = 5
#: Something is missing: the exit code of a run with rejects.
_LEFT = 3


def make_backup(
    target: Path, *, originals: bool, keep: int | None, by: str, as_json: bool, lang: Language
) -> None:
    """Make one, and say where it is and what it holds."""
    workspace = Workspace.load()
    with _shown(lang) as watch:
        folder, manifest = back_up(workspace, target, originals=originals, keep=keep, by=by, watch=watch)
    if as_json:
        _print(_told(folder, manifest))
        return
    size = decimal(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    word = "backup_originals_copied" if manifest.originals.copied else "backup_originals_listed"
    kept = manifest.originals
    Console().print(
        say("backup_made", lang, folder=folder, size=size, **_counts(manifest)),
        highlight=False,
        soft_wrap=True,
    )
    Console().print(say(word, lang, count=kept.count, size=decimal(kept.size)), style="dim", highlight=False)


def check_it(folder: Path, *, as_json: bool, lang: Language) -> None:
    """Say whether a backup is whole."""
    with _shown(lang) as watch:
        manifest = check_backup(folder, watch=watch)
    if as_json:
        _print(_told(folder, manifest))
        return
    said = say("backup_good", lang, folder=folder, **_counts(manifest))
    Console().print(said, highlight=False, soft_wrap=True)


def restore_it(folder: Path, *, by: str, as_json: bool, lang: Language) -> int:
    """Restore one into the workspace's ledger; 3 when originals are missing."""
    workspace = Workspace.load()
    with _shown(lang) as watch:
        manifest, missing = restore(workspace, folder, by=by, watch=watch)
    if as_json:
        _print({**_told(folder, manifest), "missing_originals": missing})
    else:
        console = Console()
        said = say("restored", lang, folder=folder, **{**_counts(manifest), "revision": HEAD})
        console.print(said, highlight=False, soft_wrap=True)
        if missing:
            names = ", ".join(missing[:_NAMED])
            told = say("restored_missing", lang, count=len(missing), names=names)
            console.print(told, style="yellow", highlight=False, markup=False)
        console.print(say("restored_next", lang), style="dim", highlight=False)
    return _LEFT if missing else 0


@contextmanager
def _shown(lang: Language) -> Iterator[Callable[[str, int, int], None]]:
    """Show what is copied, in a terminal only."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def watch(what: str, done: int, total: int) -> None:
            progress.update(
                task, description=say("copying", lang, what=what), completed=done, total=total or None
            )

        yield watch


def _counts(manifest: Manifest) -> dict[str, Any]:
    return {
        "rows": f"{sum(manifest.ledger.rows.values()):,}".replace(",", "\u202f"),
        "revision": manifest.ledger.revision,
        "made": f"{manifest.made_at.astimezone():%Y-%m-%d %H:%M}",
    }


def _told(folder: Path, manifest: Manifest) -> dict[str, Any]:
    return {"folder": str(folder), **msgspec.structs.asdict(manifest)}


def _print(document: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
