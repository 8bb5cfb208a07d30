"""What `passerelle upgrade` does: migrations up or back, and the orders of an older version worked out."""

from __future__ import annotations

import sys
from contextlib import closing

import msgspec
from rich.console import Console

from ..errors import ConfigError
from ..feeds import Workspace
from ..ledger.database import Database
from ..ledger.upgrading import HEAD, current_revision, known_revisions, migrate_to
from .words import Language, say

__all__ = ["upgrade_it"]

#: Something is to be done: the exit code of a run with rejects.
_TO_DO = 3


def upgrade_it(*, check: bool, to: str, yes: bool, as_json: bool, lang: Language) -> int:
    """Bring the ledger where it should be, and say where it was and is."""
    workspace = Workspace.load()
    before = _revision(workspace)
    target = to or HEAD
    if check:
        _tell(
            before, before, lang, as_json=as_json, word="upgrade_none" if before == HEAD else "upgrade_needed"
        )
        return 0 if before == HEAD else _TO_DO
    known = known_revisions()
    back = before in known and target in known and known.index(target) < known.index(before)
    if back and not yes:
        raise ConfigError(say("upgrade_loses", lang, to=target))
    if target == HEAD:
        # Opening it does all there is to do, in every process alike.
        workspace.ledger().close()
    else:
        with closing(Database(workspace.settings.ledger_url)) as database, database.write() as connection:
            migrate_to(database, connection, target)
    word = "upgrade_none" if before == target else "upgrade_done"
    _tell(before, target, lang, as_json=as_json, word=word)
    return 0


def _revision(workspace: Workspace) -> str | None:
    workspace.home.mkdir(parents=True, exist_ok=True)
    with closing(Database(workspace.settings.ledger_url)) as database, database.read() as connection:
        return current_revision(connection)


def _tell(before: str | None, now: str | None, lang: Language, *, as_json: bool, word: str) -> None:
    if as_json:
        document = {"before": before, "now": now, "head": HEAD}
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
        return
    Console().print(say(word, lang, before=before or "—", now=now or "—", head=HEAD), highlight=False)
