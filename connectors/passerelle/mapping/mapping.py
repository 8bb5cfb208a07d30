"""A mapping: one feed's meaning, compiled once: raw rows in, canonical records out."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, NamedTuple

import msgspec

from ..errors import DataError, Fault, Position
from ..formats import Group, Reader, Row, RowBatch, text_of
from .assembly import AssembledReader, Assembly, Sources
from .codes import CodeTable
from .compiling import all_sources, full_paths, raw_paths
from .conditions import Condition
from .controls import Controls
from .dressing import DressedReader
from .entities import ENTITIES
from .feed_checks import foreign_policies, guarded_fields, owned_by_shop
from .fields import FAULTY, Field, Leaf, Record, Scope
from .functions.own import modules_digest
from .generated import Code
from .hooks import Hooks
from .keys import UNUSUAL, Keys
from .misses import Misses
from .opening import open_reader
from .origins import AssembledRow
from .paths import ABSENT, Source, pseudo_names
from .repair import TextDoctor
from .scopes import Scopes
from .spec import AssemblySpec, MappingSpec
from .spec.stock import StockSpec
from .stock_places import StockPlaces
from .unreadable import Unreadable

__all__ = ["Extras", "Mapping", "is_deleted"]

#: Part of every mapping's version: raised when the same YAML begins to give other records.
ENGINE = "2"
#: What decides about records; fields are taken after their locales were written out.
_MEANING = {
    *("entity", "format", "repair", "key", "fields", "codes", "creates"),
    *("scopes", "deletes", "functions", "hooks"),
}


#: The code of the fault of a record that its source has deleted.
_DELETED = "delete_held"


def is_deleted(error: DataError) -> bool:
    """Say whether a record cannot be carried only because its source told it as deleted."""
    return all(fault.code == _DELETED for fault in error.faults)


class Extras(NamedTuple):
    """What a feed has beside its fields: scopes, flag of deleted records, own modules, and so on."""

    scopes: Scopes | None = None
    deleted: Condition | None = None
    modules: tuple[str, ...] = ()
    controls: Controls = Controls()
    places: StockPlaces | None = None
    hooks: Hooks | None = None

    @property
    def written_in(self) -> list[str]:
        """All own modules: a hook may be written below the one that is named."""
        hooks = () if self.hooks is None else self.hooks.named()
        return [*self.modules, *(hook.module for _, hook in hooks)]


class Mapping:
    """What one feed's rows mean; made by `load_mapping`.

    `version` tells two meanings apart: a record that was mapped under the same version needs no mapping.
    It covers what decides about records (entity, format, repair, key, fields, code tables), not the guard,
    the folder or the target. `paths` are the raw paths that are read. `fields` are the compiled fields by
    name. `repairs` counts repaired texts by raw path. `pseudo_names` are the names such as `#ordinal` or
    `#file.language` that must stand in a row's values although no file brings them. `assembly` says how
    several rows become one before they are read (None: each row is a record).
    """

    def __init__(
        self,
        spec: MappingSpec,
        *,
        file: str,
        record: Record,
        keys: tuple[Leaf, ...],
        tables: dict[str, CodeTable],
        doctor: TextDoctor,
        assembly: Assembly | None = None,
        misses: Misses | None = None,
        extras: Extras | None = None,
    ) -> None:
        self.spec = spec
        self.assembly = assembly
        self.file = file
        self.feed = spec.feed
        self.entity = spec.entity
        self.record_type: type[msgspec.Struct] = ENTITIES[spec.entity]
        self.creates = spec.creates
        self._extras = extras or Extras()
        self.version_bytes = _version(spec, tables, self._extras.written_in)
        self.version = self.version_bytes.hex()
        self.tables = tables
        guarded = dict(guarded_fields(spec.fields))
        #: Which system owns a field, by what it fills (`variants.attributes.colour`).
        self.owners = {to: field.owner for to, field in guarded.items() if field.owner is not None}
        #: What is done with what others changed in the target, by what a field fills.
        self.foreign_policies = foreign_policies(spec)
        #: What is filled when a record is created and never touched again.
        self.only_create = frozenset(to for to, field in guarded.items() if owned_by_shop(field))
        flag, scopes = self._extras.deleted, self._extras.scopes
        beside = [
            *(flag.sources if flag is not None else ()),
            *(scopes.sources if scopes is not None else ()),
        ]
        sources = [*all_sources(record), *beside]
        self._header_sources = {source.text: source for source in sources if source.in_header}
        self.pseudo_names = pseudo_names([*sources, *(source for leaf in keys for source in leaf.sources)])
        self._record = record
        self._keys = Keys(keys, feed=spec.feed)
        self._doctor = doctor
        self._misses = Misses() if misses is None else misses
        # What every record asks, without a walk to it.
        self._repaired, self._lost, self._missed = doctor.pending, doctor.lost, self._misses.pending
        self._looked_at_first = assembly is not None or self._extras.deleted is not None
        self.paths: tuple[str, ...] = tuple(
            dict.fromkeys(
                [
                    *raw_paths(record),
                    *(path for source in beside for path in full_paths(source)),
                    *(path for leaf in keys for source in leaf.sources for path in full_paths(source)),
                    *(path for total in self._extras.controls.totals for path in full_paths(total.source)),
                ]
            )
        )
        self._fast: Callable[[Group, Group], Any] = _fast_record(
            # A reader that is asked for one attribute brings them all.
            record,
            attributed=assembly is not None or any("@" in path or "#text" in path for path in self.paths),
        )

    @property
    def fields(self) -> dict[str, Field]:
        """The compiled fields of the record by what they fill."""
        return {field.to: field for field in self._record.fields}

    @property
    def compiled(self) -> Record:
        """The compiled record, for those who watch how it is read."""
        return self._record

    @property
    def hooks(self) -> Hooks | None:
        """Who is asked before a record is created or updated, None when nobody is."""
        return self._extras.hooks

    @property
    def stock_places(self) -> StockPlaces:
        """The rules of the places of a feed of stock."""
        return self._extras.places or StockPlaces()

    def with_stock(self, law: StockSpec, places: StockPlaces) -> Mapping:
        """Give the same mapping under another stock law: what its records mean stays."""
        other = copy.copy(self)
        other.spec = self.spec.model_copy(update={"stock": law})
        other._extras = self._extras._replace(places=places)  # noqa: SLF001 - our own copy
        return other

    @property
    def repairs(self) -> Counter[str]:
        """How many texts were repaired so far, by raw path; characters of bytes by what was wrong."""
        return self._doctor.counts

    @property
    def lost_characters(self) -> Counter[str]:
        """How many texts with lost letters (U+FFFD) were kept so far, by raw path."""
        return self._doctor.lost_counts

    @property
    def unknown(self) -> Counter[tuple[str, str]]:
        """What was not known and gone on without, so far: codes by table, names and languages by field."""
        return self._misses.counts

    def notes(self, before: Counter[tuple[str, str]]) -> list[str]:
        """Say in sentences what was not known and gone on without since `before`, a copy of `unknown`."""
        return self._misses.notes(before)

    def version_under(self, header: Group) -> bytes:
        """Tell meanings apart file by file: the version, and what the fields read of this file's header."""
        if not self._header_sources:
            return self.version_bytes
        read = [_read(source, header) for _, source in sorted(self._header_sources.items())]
        return hashlib.blake2b(self.version_bytes + msgspec.json.encode(read), digest_size=16).digest()

    def reader(self, stream: BinaryIO, *, file: str, sources: Sources | None = None) -> Reader:
        """Open a reader for one of this feed's files, told which paths will be read.

        `sources` are the files of the other inputs, where the feed has any (see `assembly`), and what the
        file's own name says. Raises FileRefused when its header tells another day than its name.
        """
        controls = self._extras.controls
        paths = self.paths if self.assembly is None else None
        opened = open_reader(self.spec.format, stream, file=file, paths=paths, repairs=self.repairs)
        if controls.day is not None and sources is not None:
            controls.day.check(opened.read_header(), file=file, parts=sources.parts)
        reader = controls.summed(opened, file=file)
        if self.assembly is not None:
            reader = AssembledReader(self.assembly, reader, file=file, sources=sources)
        scopes = self._extras.scopes
        if not self.pseudo_names and scopes is None:
            return reader
        return DressedReader(
            reader,
            file=file,
            parts={} if sources is None else sources.parts,
            names=self.pseudo_names,
            scopes=scopes,
            known=lambda row, header: (
                self.key(row, file=file),
                self.record(row, file=file, header=header),
            ),
        )

    def keys(self, rows: Sequence[Row], *, file: str = "") -> list[str | DataError]:
        """Name many source records at once, in their order; a record without a key gives its error."""
        return self._keys.many(rows, file=file)

    def keys_of(self, batch: RowBatch, *, file: str = "") -> list[str | DataError]:
        """Name the records of a batch as `keys` does, without making rows of them where that is possible."""
        return self._keys.of(batch, file=file)

    def key(self, row: Row, *, file: str = "") -> str:
        """Name the source record by its raw values; the same record has the same key in every file.

        Raises:
            DataError: a part of the key is absent or empty.
        """
        return self._keys.one(row, file=file)

    def record(self, row: Row, *, file: str = "", header: Group | None = None) -> Any:
        """Map one row to its canonical record.

        Raises:
            DataError: all faults of the record, each with file, line, record and path.
        """
        if self._looked_at_first:
            self._look_first(row, file, header or {})
        try:
            record = self._fast(row.values, header or {})
        except UNUSUAL:
            self._doctor.forget()
            self._misses.forget()
            record = self._careful(row, file, header or {})
        if self._repaired or self._lost or self._missed:
            self._doctor.settle()
            self._misses.settle()
        return record

    def _look_first(self, row: Row, file: str, header: Group) -> None:
        """Refuse a row whose making went wrong, and hold one that its source has deleted."""
        if isinstance(row, AssembledRow) and row.faults:
            raise DataError(row.faults, record_key=self._known_key(row))
        if self._extras.deleted is not None:
            self._hold_deleted(row, file, header, self._extras.deleted)

    def _hold_deleted(self, row: Row, file: str, header: Group, deleted: Condition) -> None:
        """Hold a record that its source has deleted: it is told and counted, nothing is done with it yet."""
        position = Position(file or self.feed, row.ordinal, row.line)
        try:
            gone = deleted.holds(header, row.values)
        except Unreadable as error:
            place = position._replace(path=error.path)
            fault = Fault(error.code, place, error.received, error.expected, error.advice)
            raise DataError((fault,), record_key=self._known_key(row)) from error
        if not gone:
            return
        path = deleted.sources[0].text
        told = text_of(row.values, path)
        advice = "Nothing was deleted: a person decides, or the mapping says what is done (deletes: flagged)"
        expected = "a record that is still there (deletes are held)"
        fault = Fault(_DELETED, position._replace(path=path), told, expected, advice)
        raise DataError((fault,), record_key=self._known_key(row))

    def _careful(self, row: Row, file: str, header: Group) -> Any:
        scope = Scope(row.values, Position(file or self.feed, row.ordinal, row.line), header)
        record = self._record.careful(scope)
        if record is FAULTY:
            self._doctor.settle()
            self._misses.settle()
            raise DataError(tuple(scope.faults), record_key=self._known_key(row)) from None
        return record

    def _known_key(self, row: Row) -> str | None:
        try:
            return self.key(row)
        except DataError:
            return None


def _read(source: Source, header: Group) -> Any:
    try:
        found = source.find_all(header)
    except Unreadable:
        # Every record that reads it has a fault; whatever the header holds tells files apart.
        return header
    return None if found is ABSENT else found


def _fast_record(record: Record, *, attributed: bool) -> Callable[[Group, Group], Any]:
    code = Code()
    code.attributed = attributed
    result = record.emit(code, ["v0"])
    code.line(f"return {result}")
    return code.function("record", "v0, header")


def _version(spec: MappingSpec, tables: dict[str, CodeTable], modules: Sequence[str]) -> bytes:
    # What is left out says nothing: a word that the language learns later changes no mapping.
    # What is done with deleted records is no part of what a record means.
    meaning = spec.model_dump(
        mode="json",
        include=_MEANING,
        exclude={"deletes": {"absent", "after", "flagged"}},
        exclude_unset=True,
    )
    if not meaning.get("deletes", True):
        del meaning["deletes"]
    if spec.inputs or AssemblySpec.model_fields.keys() & spec.model_fields_set:
        meaning["assembly"] = spec.model_dump(
            mode="json",
            include={*AssemblySpec.model_fields, "inputs"},
            exclude={"inputs": {"__all__": {"files", "controls"}}},
            exclude_unset=True,
        )
    digest = hashlib.blake2b(ENGINE.encode(), digest_size=16)
    digest.update(msgspec.json.encode(meaning, order="deterministic"))
    if modules:
        digest.update(modules_digest(modules))
    for name in sorted(tables):
        digest.update(name.encode() + tables[name].digest)
    return digest.digest()
