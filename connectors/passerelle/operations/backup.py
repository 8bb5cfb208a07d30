"""Backups: ledger, memory of folders and originals as they were at one moment, and the way back, checked."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from .. import __version__
from ..errors import ConfigError, Fatal
from ..feeds import Workspace
from ..ledger import Ledger
from ..ledger.copying import LedgerCopy, Watch, check_copy, copy_in, copy_out, require_empty, unpacked
from ..ledger.upgrading import HEAD

__all__ = ["MANIFEST", "Manifest", "Originals", "back_up", "check_backup", "read_manifest", "restore"]

MANIFEST = "manifest.json"
_FORMAT = 1
#: A backup's folder by the moment when it was begun; names sort by time.
_NAME = "passerelle-%Y%m%dT%H%M%SZ"
_LISTING = "originals.ndjson.gz"
#: What a workspace remembers beside the ledger: looks at files, files that must stay, visits.
_MEMORY = "looks"


class Originals(msgspec.Struct, frozen=True, kw_only=True):
    """The archive of originals: how many there were, and whether they are in the backup or only listed."""

    count: int
    size: int
    copied: bool


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds; without it a folder is none."""

    made_at: dt.datetime
    version: str
    ledger: LedgerCopy
    originals: Originals
    memory: list[str] = []
    format: int = _FORMAT


class _Original(msgspec.Struct, frozen=True):
    path: str
    size: int
    modified: float


def _unwatched(what: str, done: int, total: int) -> None:
    """Nobody looks."""


def back_up(
    workspace: Workspace,
    target: Path,
    *,
    originals: bool = False,
    keep: int | None = None,
    by: str = "",
    watch: Watch = _unwatched,
) -> tuple[Path, Manifest]:
    """Make a backup below `target` while runs go on; gives its folder.

    With `originals` the archive is copied too, else only listed. With `keep` the newest so many backups stay,
    older ones go when this one is whole. The ledger is copied as it is and not migrated.

    Raises:
        ConfigError: there is no ledger, or no place to write to.
        Fatal: what was copied is damaged.
    """
    now = dt.datetime.now(dt.UTC)
    folder = target / f"{now:{_NAME}}"
    part = target / f".{folder.name}.part"
    try:
        target.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            raise ConfigError(f"There is {folder} already", advice="Try again in a second")
        part.mkdir(mode=0o700)
    except OSError as error:
        raise ConfigError(f"Nothing can be written to {target}: {error.strerror}") from error
    try:
        copy = copy_out(workspace.settings.ledger_url, part, watch)
        # After the ledger: an original is in the archive before the ledger knows of it.
        kept = _keep_originals(workspace.archive.root, part, copied=originals, watch=watch)
        memory = _copy_tree(workspace.home / _MEMORY, part / _MEMORY)
        manifest = Manifest(made_at=now, version=__version__, ledger=copy, originals=kept, memory=memory)
        _write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        part.rename(folder)
    except OSError as error:
        raise Fatal(
            f"The backup could not be written: {error.strerror} ({error.filename})",
            advice="Look at the room on that disk; nothing of it is left",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if copy.revision == HEAD:
        with workspace.ledger() as ledger:
            facts = {"folder": str(folder), "rows": sum(copy.rows.values()), "revision": copy.revision}
            ledger.audit.note("backup_made", "ledger", who=by, after=facts)
    if keep is not None:
        _drop_older(target, keep)
    return folder, manifest


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup holds; raises ConfigError when the folder is none, or of a later form."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        found = ", ".join(one.name for one in _backups(folder)) if folder.is_dir() else ""
        advice = f"It has the backups {found}: name one of them" if found else "Name the folder of one backup"
        raise ConfigError(f"{folder} is no backup: it has no {MANIFEST}", advice=advice) from None
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{folder / MANIFEST} cannot be read: {error}") from error
    if manifest.format != _FORMAT:
        raise ConfigError(
            f"{folder} is a backup of form {manifest.format}", advice="A newer version of Passerelle made it"
        )
    return manifest


def check_backup(folder: Path, *, watch: Watch = _unwatched) -> Manifest:
    """Read a backup to its end and hold it against its manifest.

    Raises:
        ConfigError: the folder is no backup.
        Fatal: something of it is missing or damaged.
    """
    manifest = read_manifest(folder)
    check_copy(folder, manifest.ledger, watch)
    if manifest.originals.copied:
        missing = [one.path for one in _listed(folder) if not _is_there(folder / "originals", one)]
        if missing:
            raise Fatal(f"{len(missing)} originals are not whole in {folder}: {', '.join(missing[:5])}")
    return manifest


def restore(
    workspace: Workspace, folder: Path, *, by: str = "", watch: Watch = _unwatched
) -> tuple[Manifest, list[str]]:
    """Put a backup into an empty ledger, check it there, and bring it to the tables of this version.

    Runs that were at work when it was made are closed as interrupted, leases and shares of call budgets are
    given up: their processes never held this ledger. Gives what the archive lacks of the originals.

    Raises:
        ConfigError: the ledger is not empty, the backup is of another kind, or newer than this version.
        Fatal: the backup is damaged; nothing was restored.
    """
    manifest = check_backup(folder, watch=watch)
    url = workspace.settings.ledger_url
    require_empty(url)
    workspace.home.mkdir(parents=True, exist_ok=True)
    copy_in(url, folder, manifest.ledger, watch)
    if manifest.originals.copied:
        _copy_tree(folder / "originals", workspace.archive.root)
    _copy_tree(folder / _MEMORY, workspace.home / _MEMORY)
    with workspace.ledger() as ledger:
        _settle(ledger, folder, manifest, by)
    missing = [one.path for one in _listed(folder) if not _is_there(workspace.archive.root, one)]
    return manifest, missing


def _settle(ledger: Ledger, folder: Path, manifest: Manifest, by: str) -> None:
    """End what was at work in another place when the backup was made, and log the restoring."""
    ledger.leases.drop_all()
    ledger.call_shares.drop_ended(dt.datetime.max.replace(tzinfo=dt.UTC))
    for run in ledger.runs.running():
        ledger.plans.drop(run.id)
        ledger.parts.drop(run.id)
        ledger.runs.finish(run.id, "failed", run.totals, "interrupted: a backup was restored")
    facts = {
        "folder": str(folder),
        "made_at": manifest.made_at.isoformat(),
        "revision": manifest.ledger.revision,
    }
    ledger.audit.note("ledger_restored", "ledger", who=by, after=facts)


def _keep_originals(archive: Path, part: Path, *, copied: bool, watch: Watch) -> Originals:
    """List the originals, and copy them when asked; those that come meanwhile belong to the next backup."""
    count = size = 0
    with unpacked(part / _LISTING, "wb", compresslevel=1) as listing:
        for path in _files(archive):
            try:
                state = path.stat()
                name = path.relative_to(archive).as_posix()
                if copied:
                    (part / "originals" / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(path, part / "originals" / name)
            except FileNotFoundError:
                continue  # a run dropped what is older than it is kept
            listing.write(msgspec.json.encode(_Original(name, state.st_size, state.st_mtime)) + b"\n")
            count, size = count + 1, size + state.st_size
            watch("originals", count, 0)
    return Originals(count=count, size=size, copied=copied)


def _listed(folder: Path) -> Iterator[_Original]:
    try:
        with unpacked(folder / _LISTING) as listing:
            for line in listing:
                yield msgspec.json.decode(line, type=_Original)
    except (OSError, EOFError, ValueError, msgspec.DecodeError) as error:
        raise Fatal(f"{folder / _LISTING} cannot be read: {error}") from error


def _is_there(archive: Path, original: _Original) -> bool:
    try:
        return (archive / original.path).stat().st_size == original.size
    except OSError:
        return False


def _files(folder: Path) -> Iterator[Path]:
    """Walk the files of the archive in a settled order; what is still being packed is none of them."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(path) / name for name in sorted(names) if not name.endswith(".part"))


def _copy_tree(source: Path, target: Path) -> list[str]:
    """Copy a folder, if there is one; what the target has already stays. Gives the names of the files."""
    copied: list[str] = []
    for path in _files(source):
        name = path.relative_to(source).as_posix()
        if (target / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target / name)
        copied.append(name)
    return copied


def _backups(target: Path) -> list[Path]:
    return sorted(one for one in target.glob("passerelle-*Z") if (one / MANIFEST).is_file())


def _drop_older(target: Path, keep: int) -> None:
    for folder in _backups(target)[:-keep]:
        shutil.rmtree(folder)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
