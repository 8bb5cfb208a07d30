"""The reader of assembled rows: the main file streams, the other inputs stand on shelves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson

from ...errors import Fault, FileRefused, Position
from ...formats import BadRow, Counting, Group, Noting, Reader, Row
from ..opening import open_reader
from ..origins import AssembledRow
from ..unreadable import Unreadable
from .compiling import Assembly, Input
from .counts import AssemblyCounts, InputCounts
from .database import Store
from .drafts import Draft, Drafts, Surroundings
from .joining import Link
from .plan import Stages
from .reaching import Place, keys_at, pseudo_text
from .shelf import Budget, Shelf

__all__ = ["AssembledReader", "InputFile", "Sources"]

#: Rows that are joined together; also the keys of one question to the database.
_BATCH = 500
#: Values of all shelves that stay in memory, some 10 MB; what is more goes to the database.
_IN_MEMORY = 50_000
_SHOWN = 3
#: Under this name a row carries what is wrong with its making, so that it is never taken for unchanged.
_FAULTS = "#faults"


class InputFile(NamedTuple):
    """One file of an input: its name, how to open it, and the named parts of its name."""

    name: str
    open: Callable[[], BinaryIO]
    parts: Mapping[str, str] = {}


class Sources(NamedTuple):
    """What an assembly reads beside the stream of its main file.

    `inputs` has the files of each input; `again` opens the main file once more, for inputs that stand in it.
    `parts` are the named parts of the main file's name. The database stands in `folder` (None: the system's
    place for temporary files); `in_memory` is how many values may stand in memory instead.
    """

    inputs: Mapping[str, Sequence[InputFile]] = {}
    again: Callable[[], BinaryIO] | None = None
    parts: Mapping[str, str] = {}
    folder: Path | None = None
    in_memory: int = _IN_MEMORY


class AssembledReader:
    """Reads a main file and gives one row for each assembled record (`AssembledRow`), in flat memory.

    Header, trailer and count are those of the main file. A row whose making went wrong carries its faults;
    rows of inputs that no record can name go the way of unreadable ones (`BadRow`). `counts` tells what
    became of every row, once all were read. Raises FileRefused as readers do, also for an input.
    """

    def __init__(
        self, assembly: Assembly, main: Reader, *, file: str, sources: Sources | None = None
    ) -> None:
        self.counts = AssemblyCounts()
        self._assembly = assembly
        self._main = main
        self._file = file
        self._sources = sources or Sources()
        self._bad: list[BadRow] = []
        self._told: list[str] = []

    def read_header(self) -> Group:
        """Read only the start of the main file."""
        return self._main.read_header()

    @property
    def count(self) -> int:
        """Rows of the main file that were read so far, those included that cannot be read."""
        return self._main.count

    @property
    def counted(self) -> int:
        """What the count in the main file's trailer is to be compared with."""
        return self._main.counted if isinstance(self._main, Counting) else self._main.count

    @property
    def trailer(self) -> Group:
        """The trailer of the main file, once every row was read."""
        return self._main.trailer

    @property
    def trailer_line(self) -> int | None:
        """The line of the trailer, where it is known."""
        return self._main.trailer_line

    @property
    def notes(self) -> list[str]:
        """What people should know of the rows, once every row was read."""
        own = self._main.notes if isinstance(self._main, Noting) else []
        return [*own, *self._told, *self.counts.notes()]

    def rows(self) -> Iterator[Row | BadRow]:
        """Yield the assembled rows in the order of the main file."""
        store = Store(self._sources.folder)
        budget = Budget(self._sources.in_memory)
        shelves: dict[Link, Shelf] = {}
        counts = self.counts
        try:
            for source in self._assembly.inputs:
                self._fill(source, shelves, budget, store)
            around = Surroundings(self._file, self._sources.parts, self._main.read_header())
            stages = Stages(self._assembly.main, shelves, budget, store)
            for batch in stages.over(self._drafts(self._main, around, counts)):
                yield from self._given_up()
                for draft in batch:
                    if draft.faults:
                        counts.faulty += 1
                    else:
                        counts.given += 1
                    yield _row(draft)
            counts.filtered, counts.assembled, counts.dropped = (
                stages.left_out,
                stages.assembled,
                stages.dropped,
            )
            counts.made, counts.parted = stages.made, stages.parted
            yield from self._given_up()
            for source in self._assembly.inputs:
                yield from self._orphans(source, shelves)
        finally:
            store.close()

    def _drafts(
        self, reader: Reader, around: Surroundings, counts: AssemblyCounts | InputCounts
    ) -> Iterator[Drafts]:
        """Make drafts of a file's rows, batch by batch; what cannot be read is put aside."""
        rows = reader.rows()
        while some := list(islice(rows, _BATCH)):
            counts.read += len(some)
            good: Drafts = []
            for row in some:
                if isinstance(row, BadRow):
                    self._bad.append(row)
                    if isinstance(counts, AssemblyCounts):
                        counts.bad += 1
                    else:
                        counts.faulty += 1
                else:
                    good.append(Draft(row.values, around, row.ordinal, row.line))
            yield good

    def _given_up(self) -> Iterator[BadRow]:
        bad, self._bad = self._bad, []
        return iter(bad)

    # The inputs -------------------------------------------------------------------------------------

    def _fill(self, source: Input, shelves: dict[Link, Shelf], budget: Budget, store: Store) -> None:
        """Read every file of an input; its rows go on a shelf for each way in which they are asked for."""
        counts = self.counts.inputs.setdefault(source.name, InputCounts())
        own = {link: Shelf(source.name, budget, store, deep=source.plan.deep) for link in source.links}
        places = {link: tuple(Place(path) for path in link.places) for link in own}
        stages = Stages(source.plan, shelves, budget, store)
        number = 0
        for batch in stages.over(self._all_drafts(source, counts)):
            for draft in batch:
                number += 1
                keyed = False
                for link, shelf in own.items():
                    keys = _keys(places[link], draft) if link.places else [str(number)]
                    if keys:
                        shelf.put(keys, draft)
                        keyed = True
                if keyed:
                    counts.stored += 1
                elif draft.faults:
                    counts.faulty += 1
                    self._bad.append(_bad(draft))
                else:
                    counts.without_key += 1
        counts.filtered = stages.left_out + stages.dropped + stages.parted
        for shelf in own.values():
            shelf.ready()
        shelves.update(own)

    def _all_drafts(self, source: Input, counts: InputCounts) -> Iterator[Drafts]:
        for file in self._files(source):
            with file.open() as stream:
                opened = open_reader(source.spec.format, stream, file=file.name)
                reader = source.controls.around(opened, file=file.name, parts=file.parts)
                around = Surroundings(file.name, file.parts, reader.read_header())
                yield from self._drafts(reader, around, counts)
                if isinstance(opened, Noting):
                    self._told += [f"{file.name}: {note}" for note in opened.notes]

    def _files(self, source: Input) -> Sequence[InputFile]:
        if source.in_main_file:
            if self._sources.again is None:
                raise self._absent(source, "the main file to be opened once more")
            return [InputFile(self._file, self._sources.again, self._sources.parts)]
        files = self._sources.inputs.get(source.name, ())
        if not files and not source.spec.optional:
            raise self._absent(source, f"a file of the input {source.name}")
        return files

    def _absent(self, source: Input, expected: str) -> FileRefused:
        advice = f"The record needs {source.name}: ask for the file, or say optional: true"
        return FileRefused(Fault("input_missing", Position(self._file), None, expected, advice))

    def _orphans(self, source: Input, shelves: Mapping[Link, Shelf]) -> Iterator[BadRow]:
        """Count the rows that nothing asked for, by none of the ways; their faults are told here."""
        counts = self.counts.inputs[source.name]
        shelf = min((shelves[link] for link in source.links), key=lambda each: each.orphans)
        counts.orphans = shelf.orphans
        for key, found in shelf.some_orphans(_SHOWN):
            counts.show(f"{found.origin} ({key})")
        for found in shelf.faulty_orphans():
            origin = found.origin
            yield BadRow(origin.ordinal, origin.line, orjson.dumps(found).decode(), found.faults)


def _keys(places: tuple[Place, ...], draft: Draft) -> list[str]:
    parts: list[list[str]] = []
    for place in places:
        if place.pseudo is not None:
            text = pseudo_text(place.pseudo, draft.around, draft.ordinal, draft.line)
            parts.append([text] if text else [])
            continue
        try:
            parts.append(place.texts(draft.values))
        except Unreadable as error:
            draft.fault(place.text, error, None)
            return []
    return keys_at(parts)


def _row(draft: Draft) -> AssembledRow:
    if not draft.faults:
        return AssembledRow(draft.values, draft.ordinal, draft.line)
    faults = tuple(dict.fromkeys(draft.faults))
    draft.values[_FAULTS] = [str(fault) for fault in faults]
    row = AssembledRow(draft.values, draft.ordinal, draft.line)
    row.faults = faults
    return row


def _bad(draft: Draft) -> BadRow:
    raw = orjson.dumps(draft.values).decode()
    return BadRow(draft.ordinal, draft.line, raw, tuple(dict.fromkeys(draft.faults)))
