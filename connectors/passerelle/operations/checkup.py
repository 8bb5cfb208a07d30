"""Checkup: what an installation needs to run besides the shop: connections, rights, room, clocks."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import os
import platform
import shutil
import socket
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import sqlalchemy as sa
import yaml

from .. import __version__
from ..commercetools import Client
from ..errors import PasserelleError
from ..feeds import Workspace
from ..feeds.secrets import blocks_named
from ..feeds.settings import Settings
from ..feeds.wiring import feed_folders
from ..ledger.database import Database
from ..ledger.upgrading import HEAD, current_revision
from ..mapping import Mapping, OutgoingMapping
from .alerting.settings import AlertSettings

__all__ = ["Checkup", "State", "check_installation", "check_inventory_modes"]

State: TypeAlias = Literal["good", "missing", "unknown"]

_GIB = 1 << 30
#: Less room than this is too little for a night's files and their archive.
_ROOM = 2 * _GIB
_ROOM_SHARE = 0.05
#: Clocks further apart than this make leases and shares of the call budget wrong.
_SKEW_SECONDS = 5.0
_BACKUP_DAYS = 2
_CONNECT_SECONDS = 4.0
#: The last orders tell how the shop counts stock.
_ORDERS = 50
_MOST_NAMED = 5


class Checkup(NamedTuple):
    """The answer to one check: `subject` is what was seen or is missing, `feeds` who is hindered.

    `state`: `good`, `missing` (a run would fail, or something be lost), `unknown` (could not be looked at, or
    is not set up and need not be).
    """

    check: str
    state: State
    subject: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()


async def check_installation(
    workspace: Workspace,
    feeds: Sequence[str],
    *,
    declaration: Path = Path("prefect.yaml"),
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> list[Checkup]:
    """Make every check of the machine for some feeds; nothing is migrated, and no ledger is made."""
    checks: tuple[tuple[str, Callable[[], Checkup]], ...] = (
        ("versions", lambda: _versions(workspace)),
        ("home", lambda: _home(workspace)),
        ("disk", lambda: _disk(workspace)),
        ("ledger", lambda: _ledger(workspace)),
        ("ledger_clock", lambda: _ledger_clock(workspace, now)),
        ("backups", lambda: _backups(workspace, now())),
        ("folders", lambda: _folders(workspace, feeds)),
        ("schedules", lambda: _schedules(feeds, declaration)),
        ("alert_channels", _alert_channels),
        ("collector", lambda: _collector(workspace)),
        ("encryption_key", lambda: _encryption_key(workspace)),
    )
    return [await asyncio.to_thread(_tried, name, check) for name, check in checks]


async def check_inventory_modes(client: Client, mappings: Sequence[Mapping]) -> Checkup:
    """Compare how the shop counts what is ordered with what feeds under the stock law take for granted."""
    said = {mapping.feed: mapping.spec.stock.inventory_mode for mapping in mappings if mapping.spec.stock}
    if not said:
        return Checkup("inventory_mode", "good")
    last = [("sort", "createdAt desc"), ("limit", str(_ORDERS)), ("withTotal", "false")]
    try:
        orders = await client.page("orders", last)
    except PasserelleError as error:
        return Checkup("inventory_mode", "unknown", (error.message,))
    # Only an import says when an order was completed: how it counts pieces says nothing of the checkout.
    seen = Counter(str(one.get("inventoryMode", "None")) for one in orders if "completedAt" not in one)
    if not seen:
        return Checkup("inventory_mode", "unknown", tuple(sorted(set(said.values()))))
    other = tuple(feed for feed, mode in said.items() if set(seen) - {mode})
    told = tuple(f"{mode}: {count}" for mode, count in seen.most_common())
    return Checkup("inventory_mode", "missing" if other else "good", told, other)


def _tried(name: str, check: Callable[[], Checkup]) -> Checkup:
    """Make a check; what hinders it is its answer."""
    try:
        return check()
    except PasserelleError as error:
        return Checkup(name, "missing", (error.message,))
    except OSError as error:
        return Checkup(name, "missing", (f"{error.strerror or error} ({error.filename or '—'})",))


def _versions(workspace: Workspace) -> Checkup:
    """Name what runs here, and what the settings ask for that is not installed."""
    settings = workspace.settings
    wanted = {
        "passerelle[postgresql]": (settings.ledger_url.startswith("postgres"), "psycopg"),
        "passerelle[otel]": (bool(settings.telemetry.otlp), "opentelemetry"),
        "passerelle[prefect]": (bool(blocks_named(Settings)), "prefect"),
        "passerelle[sqs]": (bool(settings.order_queues), "boto3"),
    }
    lacking = tuple(
        extra
        for extra, (asked, module) in wanted.items()
        if asked and importlib.util.find_spec(module) is None
    )
    if lacking:
        return Checkup("versions", "missing", lacking)
    here = (f"passerelle {__version__}", f"Python {platform.python_version()}", f"ledger {HEAD}")
    return Checkup("versions", "good", here)


def _home(workspace: Workspace) -> Checkup:
    """Write a file where we keep things, and see that others cannot read the ledger: orders are personal."""
    home = workspace.home
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=home):
        pass
    ledger = home / "ledger.db"
    if ledger.exists() and ledger.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Checkup("home", "missing", (f"{ledger}: {stat.filemode(ledger.stat().st_mode)}",))
    return Checkup("home", "good", (str(home.resolve()),))


def _disk(workspace: Workspace) -> Checkup:
    home = next(path for path in (workspace.home, *workspace.home.resolve().parents) if path.exists())
    usage = shutil.disk_usage(home)
    low = usage.free < min(_ROOM, usage.total * _ROOM_SHARE * 4) or usage.free < usage.total * _ROOM_SHARE
    told = f"{usage.free / _GIB:.1f} GiB of {usage.total / _GIB:.1f} GiB"
    return Checkup("disk", "missing" if low else "good", (told,))


def _is_new(workspace: Workspace) -> bool:
    """Say whether there is no ledger yet: a check must not make one."""
    url = sa.make_url(workspace.settings.ledger_url)
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists()


def _ledger(workspace: Workspace) -> Checkup:
    """Open it, see its revision, and take the right to write without using it."""
    if _is_new(workspace):
        return Checkup("ledger", "good", (f"{workspace.home / 'ledger.db'}: —",))
    with closing(Database(workspace.settings.ledger_url)) as database:
        with database.read() as connection:
            revision = current_revision(connection)
        if revision not in (None, HEAD):
            return Checkup("ledger", "missing", (f"{database.name}: {revision} ≠ {HEAD}",))
        if revision is not None:
            with database.write() as connection:
                connection.execute(sa.text("DELETE FROM lease WHERE name = ''"))
        return Checkup("ledger", "good", (database.name,))


def _ledger_clock(workspace: Workspace, now: Callable[[], dt.datetime]) -> Checkup:
    """Compare our clock with the database's, which decides about leases and shares of the call budget."""
    if sa.make_url(workspace.settings.ledger_url).get_backend_name() == "sqlite":
        return Checkup("ledger_clock", "good")
    with closing(Database(workspace.settings.ledger_url)) as database, database.read() as connection:
        before = now()
        there: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        after = now()
    apart = (there - (before + (after - before) / 2)).total_seconds()
    state: State = "good" if abs(apart) <= _SKEW_SECONDS else "missing"
    return Checkup("ledger_clock", state, (f"{apart:+.1f} s",))


def _backups(workspace: Workspace, now: dt.datetime) -> Checkup:
    """Tell when the last backup was made; somebody else may make them by other means."""
    if _is_new(workspace):
        return Checkup("backups", "unknown")
    with closing(Database(workspace.settings.ledger_url)) as database, database.read() as connection:
        if current_revision(connection) != HEAD:
            return Checkup("backups", "unknown")
        query = sa.text("SELECT max(at) FROM audit WHERE what = 'backup_made'")
        last = connection.execute(query).scalar()
    if last is None:
        return Checkup("backups", "unknown")
    at = Database.moment(last)
    old = now - at > dt.timedelta(days=_BACKUP_DAYS)
    return Checkup("backups", "unknown" if old else "good", (f"{at:%Y-%m-%d %H:%M} UTC",))


def _folders(workspace: Workspace, feeds: Sequence[str]) -> Checkup:
    """List each folder of each feed at its partner; what cannot be listed is named."""
    settings = workspace.settings
    if not (settings.folder or settings.sftp or settings.https or settings.partners):
        return Checkup("folders", "unknown")
    partners: dict[str, list[Mapping | OutgoingMapping]] = {}
    for feed in feeds:
        mapping = workspace.mapping(feed)
        if mapping is not None:
            partners.setdefault(mapping.spec.files.partner, []).append(mapping)
    faults: dict[str, list[str]] = {}
    good = 0
    for partner, mappings in partners.items():
        try:
            with workspace.folder(partner) as root:
                for mapping in mappings:
                    for place in feed_folders(mapping.spec.files):
                        try:
                            root.child(place.path).list()
                            good += 1
                        except (OSError, PasserelleError) as error:
                            faults.setdefault(f"{place.path}: {_said(error)}", []).append(mapping.feed)
        except (OSError, PasserelleError) as error:
            faults.setdefault(_said(error), []).extend(mapping.feed for mapping in mappings)
    if not faults:
        return Checkup("folders", "good", (str(good),))
    names = dict.fromkeys(feed for feeds_of in faults.values() for feed in feeds_of)
    return Checkup("folders", "missing", tuple(faults)[:_MOST_NAMED], tuple(names))


def _said(error: OSError | PasserelleError) -> str:
    return error.message if isinstance(error, PasserelleError) else str(error)


def _schedules(feeds: Sequence[str], declaration: Path) -> Checkup:
    """See that each feed is run by a schedule of prefect.yaml; without that file something else runs them."""
    if not declaration.is_file():
        return Checkup("schedules", "unknown")
    try:
        said = yaml.safe_load(declaration.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return Checkup("schedules", "missing", (f"{declaration}: {error}",))
    scheduled = {
        feed
        for entry in (said.get("deployments") or () if isinstance(said, dict) else ())
        for feed in _scheduled_feeds(entry)
    }
    lacking = tuple(feed for feed in feeds if feed not in scheduled)
    return Checkup("schedules", "missing" if lacking else "good", lacking or (str(len(feeds)),), lacking)


def _scheduled_feeds(entry: dict[str, Any]) -> list[str]:
    """Name the feeds that a deployment runs by itself, for real."""
    found: list[str] = []
    usual = entry.get("parameters") or {}
    for schedule in entry.get("schedules") or ():
        asked = {**usual, **(schedule.get("parameters") or {})}
        if schedule.get("active", True) and "feed" in asked and not asked.get("dry_run", True):
            found.append(str(asked["feed"]))
    return found


def _alert_channels() -> Checkup:
    """Connect to mail servers and webhooks, if there are any; nothing is sent."""
    try:
        settings = AlertSettings.load()
    except PasserelleError as error:
        return Checkup("alert_channels", "missing", (error.message,))
    places = {name: (mail.host, mail.port) for name, mail in settings.mail.items()}
    for name, hook in settings.webhooks.items():
        parts = urlsplit(hook.url.get_secret_value())
        places[name] = (str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80))
    return _reached("alert_channels", places)


def _collector(workspace: Workspace) -> Checkup:
    """Connect to the collector of traces, if there is one."""
    address = workspace.settings.telemetry.otlp
    if not address:
        return Checkup("collector", "unknown")
    parts = urlsplit(address)
    return _reached("collector", {"otlp": (str(parts.hostname), parts.port or 4318)})


def _reached(check: str, places: dict[str, tuple[str, int]]) -> Checkup:
    """Connect to each place; the path of a webhook, which is secret, is not told."""
    if not places:
        return Checkup(check, "unknown")
    faults = []
    for name, (host, port) in places.items():
        try:
            socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
        except OSError as error:
            faults.append(f"{name}: {host}:{port} {error.strerror or error}")
    return Checkup(check, "missing" if faults else "good", tuple(faults) or tuple(places))


def _encryption_key(workspace: Workspace) -> Checkup:
    """See that secrets in Prefect's blocks are encrypted with a key that does not lie beside them."""
    own = workspace.home / "prefect" / "encryption.key"
    if os.environ.get("PREFECT_SERVER_ENCRYPTION_KEY"):
        return Checkup("encryption_key", "good", ("PREFECT_SERVER_ENCRYPTION_KEY",))
    if own.exists():
        open_to_others = own.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        return Checkup("encryption_key", "missing" if open_to_others else "good", (str(own),))
    # Prefect's own key is as good as none, but only where there is something to keep.
    asked = tuple(blocks_named(Settings))
    return Checkup("encryption_key", "missing" if asked else "unknown", asked)
