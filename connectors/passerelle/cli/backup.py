"""`passerelle backup`, `restore`, `upgrade`: keep the ledger, get it back, bring it to another version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .showing import Json, Lang, chosen_language, errors_shown

__all__ = ["app"]

# ruff: noqa: PLC0415  # what a command does is loaded when it is asked for: `passerelle --help` stays quick

app = typer.Typer()

By = Annotated[str, typer.Option("--by", help="Who does it; else the user of this machine.")]


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="Folder below which the backup's own folder is made.")],
    originals: Annotated[
        bool, typer.Option("--originals", help="Copy the archive of originals too, not only its list.")
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep so many backups there, drop older ones.")
    ] = None,
    by: By = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Copy the ledger as it is at one moment, while runs go on; nothing is migrated."""
    from .backup_work import make_backup

    with errors_shown():
        make_backup(
            target, originals=originals, keep=keep, by=by, as_json=as_json, lang=chosen_language(lang)
        )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of one backup.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only read it to its end and say whether it is whole.")
    ] = False,
    by: By = "",
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Put a backup into an empty ledger, hold it against its counts and hashes, then upgrade it.

    Exit codes: 0 all is there, 1 nothing was restored, 3 originals are missing in the archive.
    """
    from .backup_work import check_it, restore_it

    with errors_shown():
        chosen = chosen_language(lang)
        if check:
            check_it(folder, as_json=as_json, lang=chosen)
            return
        raise typer.Exit(restore_it(folder, by=by, as_json=as_json, lang=chosen))


@app.command()
def upgrade(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether there is something to do.")
    ] = False,
    to: Annotated[
        str, typer.Option(metavar="REVISION", help="Go there, also back; else to this version's.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Go back although something is dropped.")] = False,
    as_json: Json = False,
    lang: Lang = "",
) -> None:
    """Bring the ledger to the tables of this version, or back to those of an older one.

    Exit codes: 0 it is there, 1 nothing was done, 3 with --check: there is something to do.
    """
    from .upgrading import upgrade_it

    with errors_shown():
        code = upgrade_it(check=check, to=to, yes=yes, as_json=as_json, lang=chosen_language(lang))
        raise typer.Exit(code)
