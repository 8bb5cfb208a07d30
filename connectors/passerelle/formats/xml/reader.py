"""XML in: a stream of bytes to records, a batch in memory at a time, without DTD, entities or network.

Two lanes read the same file. The parser reads everything; of flat records, those that look like the ones
before them are read by a scanner instead, and the parser never sees them (ADR 0009).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...errors import FileRefused
from ..batches import BATCH, Gathering, RowBatch
from ..charset import COMMON, Charset
from ..rows import Row
from .elements import Walker
from .file import XmlFile
from .flat_scanner import FlatScanner
from .lane import RecordParser
from .lines import LineCounter
from .prelude import PRELUDE_LIMIT
from .source import CHUNK, Bytes

__all__ = ["XmlReader"]

#: A file that goes on for so long without a record is refused: its tree would fill the memory.
RECORD_LIMIT = 64 << 20
#: What the scanner decodes at once: some thousand flat records.
BLOCK = 6 * CHUNK


class XmlReader(XmlFile):
    """Reads one XML file from a stream that need not be seekable.

    `record`, `header` and `trailer` are paths from the root (`/FICHIER/LIGNE`). `charset` is what the
    feed declares; the prolog must agree with it, unless `override_prolog`. `paths` are the raw paths that
    will be read: when none goes below the record, a faster reading of flat records is taken, and attributes
    are left out when none is named. Both readings give the same texts; text between the elements of a group
    is never read. With `ignore_namespaces`, names are local names; `namespaces`
    are the prefixes that the paths use, by their addresses. `bare_doctype` lets a DOCTYPE pass that declares
    nothing; the DTD that it names is never fetched. `scan` off leaves all to the parser.

    Every method raises `FileRefused` when the file is not what it should be: cut short, not well formed,
    another root, a DOCTYPE, another charset, no header, no trailer. Its position holds the last good record.
    """

    def __init__(
        self,
        stream: Bytes,
        *,
        file: str,
        record: str,
        header: str | None = None,
        trailer: str | None = None,
        charset: str | None = None,
        override_prolog: bool = False,
        ignore_namespaces: bool = False,
        namespaces: Mapping[str, str] | None = None,
        paths: Iterable[str] | None = None,
        bare_doctype: bool = False,
        scan: bool = True,
    ) -> None:
        wanted = None if paths is None else list(paths)
        super().__init__(
            stream,
            file=file,
            record=_names(record),
            header=None if header is None else _names(header),
            trailer=None if trailer is None else _names(trailer),
            charset=charset,
            override_prolog=override_prolog,
            bare_doctype=bare_doctype,
            walker=Walker(
                attributes=wanted is None or any("@" in path for path in wanted),
                local=ignore_namespaces,
                namespaces=namespaces,
            ),
        )
        self._flat = wanted is not None and not any("/" in path or "@" in path for path in wanted)
        self._scan = scan and self._flat and not namespaces

    def rows(self) -> Iterator[Row]:
        """Yield every record; the trailer is known when they are exhausted. A stream is read once."""
        for batch in self._batches(BATCH, None):
            yield from batch.rows()

    def batches(self, size: int = BATCH, texts: Sequence[str] = ()) -> Iterator[RowBatch]:
        """Yield the records, up to `size` together; the trailer is known when they are exhausted.

        `texts` are the paths whose texts will be asked for of every record.
        """
        return self._batches(size, tuple(texts))

    def _batches(self, size: int, sealing: tuple[str, ...] | None) -> Iterator[RowBatch]:
        prelude = self._begun()
        self._start()
        parser = RecordParser(
            self._source,
            self._refusals,
            prelude.charset,
            self._walker,
            record=self._record,
            trailer=self._trailer_path,
            flat=self._flat,
            sealing=sealing,
        )
        scanner = None
        if self._scan and FlatScanner.suits(self._record[-1], prelude.charset):
            scanner = FlatScanner(self._record[-1], prelude.charset, sealing or ())
        gathering = Gathering(size)
        refusal: FileRefused | None = None
        try:
            yield from self._read(parser, scanner, gathering)
        except FileRefused as error:
            refusal = error
        rest = gathering.take()
        if len(rest):
            yield rest
        if refusal is not None:
            # The records before it come first.
            raise refusal

    def _read(
        self, parser: RecordParser, scanner: FlatScanner | None, gathering: Gathering
    ) -> Iterator[RowBatch]:
        """Read the file to its end; the last batch is left in the gathering."""
        silent = 0
        end_tag, size = (parser.end_tag, CHUNK) if scanner is None else (scanner.end_tag, BLOCK)
        for block in self._blocks(end_tag, size):
            before = self.count
            yield from self._read_block(parser, scanner, block, gathering)
            silent = 0 if self.count > before else silent + len(block)
            if silent > RECORD_LIMIT:
                raise self._refusals.no_record(silent, self._record)
        parser.close()
        self._end_with(parser.trailer)
        self._trailer_line = self._line_in_tail(parser.lines)

    def _read_block(
        self, parser: RecordParser, scanner: FlatScanner | None, block: bytes, gathering: Gathering
    ) -> Iterator[RowBatch]:
        text = None if scanner is None else scanner.text(block)
        if scanner is not None and text is not None:
            yield from self._both(parser, scanner, text, gathering)
            return
        cut = _wrong_bytes(block, self.charset)
        if cut:
            # The parser decodes ahead: it would lose the records before such bytes, more or less of them.
            yield from self._read_block(parser, scanner, block[:cut], gathering)
        yield from self._parsed(parser, block[cut:] if cut else block, gathering)

    def _both(
        self, parser: RecordParser, scanner: FlatScanner, text: str, gathering: Gathering
    ) -> Iterator[RowBatch]:
        """Read what the scanner can read, and leave to the parser what stands in between."""
        at = 0
        while at < len(text):
            if parser.between:
                line = parser.lines.line
                run = scanner.run(text, at, most=gathering.room, first=self.count + 1, line=line)
                if run is not None:
                    self._refusals.count += len(run.batch)
                    parser.skip(text, at, run.end)
                    at = run.end
                    gathering.add(run.batch)
                    # Who reads the batch holds it alone: the next one then takes the same memory.
                    del run
                    if not gathering.room:
                        yield gathering.take()
                    continue
            end = scanner.give_way(text, at)
            yield from self._parsed(parser, scanner.bytes(text[at:end]), gathering)
            if parser.between:
                scanner.learn(text[at:end], parser.opening)
            at = end

    def _parsed(self, parser: RecordParser, piece: bytes, gathering: Gathering) -> Iterator[RowBatch]:
        for part in parser.read(piece):
            start = 0
            while start < len(part):
                end = start + gathering.room
                gathering.add(part.part(start, end))
                start = end
                if not gathering.room:
                    yield gathering.take()

    def _blocks(self, end_tag: bytes, size: int) -> Iterator[bytes]:
        """Give the file in pieces that end behind a record, or at least behind a `>`."""
        source = self._source
        carry, piece, source.head = b"", source.head, b""
        while piece:
            carry += piece
            if cut := _cut(carry, end_tag, size):
                yield carry[:cut]
                carry = carry[cut:]
            piece = source.read(size)
        if carry:
            yield carry

    def _line_in_tail(self, lines: LineCounter) -> int | None:
        """Count back from the end of the file to the start tag of the trailer, if that stands near."""
        if self._trailer_path is None or lines.line is None:
            return None
        _, start, rest = self._source.tail.rpartition(f"<{self._trailer_path[-1]}>".encode())
        return lines.line - rest.count(b"\n") if start else None


def _wrong_bytes(block: bytes, charset: Charset) -> int:
    """Find the last `>` before bytes that are not of the charset: where it ends; 0 when there is none."""
    if charset.name in COMMON:
        try:
            block.decode(charset.name)
        except UnicodeDecodeError as error:
            return block.rfind(b">", 0, error.start) + 1
    return 0


def _cut(carry: bytes, end_tag: bytes, size: int) -> int:
    """Find where a block may end; 0 while it is to be waited for the end of a record."""
    start = carry.rfind(end_tag)
    if start >= 0:
        return start + len(end_tag)
    cut = carry.rfind(b">") + 1 if len(carry) > size else 0
    return cut or (len(carry) if len(carry) > PRELUDE_LIMIT else 0)


def _names(path: str) -> list[str]:
    names = path.strip("/").split("/")
    if not all(names):
        raise ValueError(f"{path!r} is no path from the root, such as /FICHIER/LIGNE")
    return names
