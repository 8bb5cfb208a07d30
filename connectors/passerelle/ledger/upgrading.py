"""Bring a ledger to the tables of this version: a look when it is current, Alembic when it is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..errors import ConfigError
from .audit_schema import config_seen
from .database import Database, utc_now
from .schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "HEAD",
    "alembic_config",
    "current_revision",
    "is_catching_up",
    "known_revisions",
    "migrate_to",
    "note_catching_up",
    "note_caught_up",
    "require_current",
    "upgrade",
]

#: The last revision in `migrations/versions` (a test compares): known here so that a ledger that is current
#: opens without importing Alembic, which costs half a second.
HEAD = "0017"

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number, the same in every process: PostgreSQL's name for "somebody upgrades this ledger".
_UPGRADE_LOCK = 7_206_513_117
#: The row that says so, beside the parts of the configuration, which are never called so.
_CATCHING_UP = "orders of an older version"


def current_revision(connection: sa.Connection) -> str | None:
    """Tell a ledger's revision, None for a new one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def require_current(database: Database) -> None:
    """Raise ConfigError unless the ledger has the tables of this version."""
    with database.read() as connection:
        revision = current_revision(connection)
    if revision != HEAD:
        raise ConfigError(
            f"The ledger {database.name} is at revision {revision}, this version needs {HEAD}",
            advice="Open it once with migrations allowed, after a backup",
        )


def upgrade(database: Database) -> bool:
    """Bring the ledger up to date; of several processes one does it and the others wait.

    True when there was something to do.
    """
    with database.read() as connection:
        if current_revision(connection) == HEAD:
            return False
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        if current_revision(connection) != HEAD:
            _run_alembic(database, connection)
            note_catching_up(database, connection)
    return True


def note_catching_up(database: Database, connection: sa.Connection) -> None:
    """Remember, with the new tables, that orders of an older version are to be worked out."""
    values = {"digest": "", "facts": {}, "since": utc_now()}
    connection.execute(
        database.insert(config_seen).values(subject=_CATCHING_UP, **values).on_conflict_do_nothing()
    )


def is_catching_up(database: Database) -> bool:
    """Say whether orders of an older version are still to be worked out: one small read."""
    query = sa.select(config_seen.c.subject).where(config_seen.c.subject == _CATCHING_UP)
    with database.read() as connection:
        return connection.execute(query).first() is not None


def note_caught_up(database: Database) -> None:
    """Remember that it is done."""
    with database.write() as connection:
        connection.execute(config_seen.delete().where(config_seen.c.subject == _CATCHING_UP))


def known_revisions() -> list[str]:
    """List the revisions that this version knows, the first one first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as in `alembic_config`

    found = ScriptDirectory(str(_MIGRATIONS)).walk_revisions()
    return [script.revision for script in found][::-1]


def migrate_to(database: Database, connection: sa.Connection, revision: str) -> None:
    """Bring a ledger up or back to a revision, in the caller's transaction; what it cannot hold is lost.

    Raises ConfigError for a revision that this version does not know.
    """
    from alembic import command  # noqa: PLC0415 - as in `alembic_config`

    known, now = known_revisions(), current_revision(connection)
    if revision not in known or now not in (None, *known):
        raise ConfigError(
            f"The ledger {database.name} is at revision {now} and cannot go to {revision}",
            advice=f"This version knows {', '.join(known)}",
        )
    back = now is not None and known.index(revision) < known.index(now)
    (command.downgrade if back else command.upgrade)(alembic_config(connection), revision)


def alembic_config(connection: sa.Connection) -> Config:
    """Give Alembic's configuration for these migrations on an open connection."""
    from alembic.config import Config  # noqa: PLC0415 - half a second that a current ledger does not need

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


def _run_alembic(database: Database, connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    try:
        command.upgrade(alembic_config(connection), "head")
    except CommandError as exc:
        raise ConfigError(
            f"The ledger {database.name} is at revision {current_revision(connection)}, "
            f"which this version ({HEAD}) does not know",
            advice="A newer version of Passerelle has opened it: use that one, or restore the backup",
        ) from exc
