"""The partner's XML schema: a file is validated while it streams by, its faults told with their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from lxml import etree

from ...errors import ConfigError, Fault, FileRefused, Position
from .source import Bytes

__all__ = ["Schema", "read_schema"]

#: A fault is told with the lines of the piece that it stands in.
_PIECE = 4096
#: More faults than these are not looked for, not even such as may pass.
_MOST = 1000
#: libxml2's number for messages of schema validation (XML_FROM_SCHEMASV).
_FROM_SCHEMA = 17
#: So many faults are told of one file.
_TOLD = 5


class _Faults:
    """The faults of one file; libxml2 tells them without lines, so they are looked for piece by piece."""

    def __init__(self, let_pass: frozenset[str]) -> None:
        self.let_pass = let_pass
        self.total = 0
        self.refused = 0
        self.line: int | None = None
        self.told: list[str] = []
        self.passed: Counter[str] = Counter()

    def take(self, parser: etree.XMLPullParser, first: int, last: int) -> None:
        """Sort what was found since the last piece, which stood in these lines."""
        entries = [entry for entry in parser.feed_error_log if entry.domain == _FROM_SCHEMA]
        for entry in entries[self.total :]:
            element = _element(entry.message)
            if element in self.let_pass:
                self.passed[element] += 1
                continue
            self.refused += 1
            self.line = first if self.line is None else self.line
            if len(self.told) < _TOLD:
                place = f"line {first}" if first == last else f"lines {first} to {last}"
                self.told.append(f"{place}: {entry.message}")
        self.total = len(entries)


class Schema:
    """One XSD 1.0; faults of the elements in `let_pass` are counted, all others refuse the file."""

    def __init__(self, schema: etree.XMLSchema, let_pass: Sequence[str]) -> None:
        self._schema = schema
        self._let_pass = frozenset(let_pass)

    def check(self, stream: Bytes, *, file: str) -> dict[str, int]:
        """Validate a whole file in flat memory; gives how often each element of `let_pass` was at fault.

        Raises FileRefused with the first faults, or when it is no XML to its end.
        """
        parser = etree.XMLPullParser(
            events=("end",),
            schema=self._schema,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=True,
        )
        found = _Faults(self._let_pass)
        lines = 1
        try:
            while chunk := stream.read(_PIECE):
                parser.feed(chunk)
                self._forget(parser)
                first, lines = lines, lines + chunk.count(b"\n")
                found.take(parser, first, lines)
                if found.total > _MOST:
                    break
            else:
                parser.close()
        except etree.XMLSyntaxError as error:
            found.take(parser, lines, lines)
            if not found.total:
                line = error.lineno or lines
                raise self._refused(file, line, str(error), "well-formed XML to its end") from error
        if found.total > _MOST:
            text = f"more than {_MOST} faults, such as {'; '.join(found.told or map(str, found.passed))}"
            raise self._refused(file, found.line, text, "what the sender's own schema says")
        if found.refused:
            more = f" and {found.refused - _TOLD} more" if found.refused > _TOLD else ""
            text = "; ".join(found.told) + more
            raise self._refused(file, found.line, text, "what the sender's own schema says")
        return dict(found.passed)

    @staticmethod
    def _forget(parser: etree.XMLPullParser) -> None:
        for _, element in parser.read_events():
            # Only "end" events were asked for: each brings an element.
            if not isinstance(element, etree._Element):  # noqa: SLF001 - the type that lxml documents
                continue
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]

    @staticmethod
    def _refused(file: str, line: int | None, received: str, expected: str) -> FileRefused:
        return FileRefused(
            Fault(
                "schema",
                Position(file, line=line),
                received,
                expected,
                "Show these lines to the sender; a fault that one can live with goes into xsd: let_pass",
            )
        )


@lru_cache(maxsize=8)
def _load(path: Path, modified: float) -> etree.XMLSchema:  # noqa: ARG001 - a changed file is read again
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(path), parser))


def read_schema(path: Path, *, let_pass: Sequence[str] = ()) -> Schema:
    """Read a schema with those that it includes from beside it, never from the network.

    Raises ConfigError when it is missing or no XSD 1.0.
    """
    try:
        return Schema(_load(path, path.stat().st_mtime), let_pass)
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise ConfigError(
            f"The schema {path} cannot be read: {error}",
            advice="Put the partner's .xsd, with those it includes, beside the mapping",
        ) from error


def _element(message: str) -> str:
    """Name the element that libxml2's message speaks of: `Element '{urn:x}PRIX': …`, attributes too."""
    _, _, rest = message.partition("Element '")
    return rest.partition("'")[0].rpartition("}")[2]
