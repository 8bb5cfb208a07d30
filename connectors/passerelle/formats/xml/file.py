"""An XML file that is read once: its start, its charset, what is told of it; not how records are read."""

from __future__ import annotations

from collections.abc import Sequence

from ..charset import Charset
from ..reading import ReadOnce
from ..rows import Group
from .elements import Walker
from .prelude import Prelude
from .refusals import Refusals
from .source import Bytes, XmlSource

__all__ = ["XmlFile"]


class XmlFile(ReadOnce):
    """All of a reader of XML but its rows; `record`, `header`, `trailer` are the names from the root on."""

    def __init__(
        self,
        stream: Bytes,
        *,
        file: str,
        record: Sequence[str],
        header: Sequence[str] | None,
        trailer: Sequence[str] | None,
        charset: str | None,
        override_prolog: bool,
        walker: Walker,
        bare_doctype: bool = False,
    ) -> None:
        super().__init__()
        self._record = list(record)
        self._header_path = None if header is None else list(header)
        self._trailer_path = None if trailer is None else list(trailer)
        self._declared = charset
        self._override_prolog = override_prolog
        self._bare_doctype = bare_doctype
        self._walker = walker
        self._source = XmlSource(stream)
        self._refusals = Refusals(file, self._record[0])
        self._prelude: Prelude | None = None

    @property
    def header(self) -> Group:
        """The header's values, without the header's own name; empty when the feed has no header."""
        return self.read_header()

    @property
    def charset(self) -> Charset:
        """The charset that the file is decoded with, and who said so."""
        return self._begun().charset

    @property
    def count(self) -> int:
        """How many records were read so far."""
        return self._refusals.count

    @property
    def notes(self) -> list[str]:
        """Say what the stream has to tell of itself, such as what was mended in it."""
        return self._source.notes

    def read_header(self) -> Group:
        """Read only the start of the file: root, charset, header. `rows` goes on from there."""
        return self._begun().header

    def _begun(self) -> Prelude:
        if self._prelude is None:
            self._prelude = Prelude(
                self._source,
                self._refusals,
                self._walker,
                record=self._record,
                header=self._header_path,
                charset=self._declared,
                override_prolog=self._override_prolog,
                bare_doctype=self._bare_doctype,
            )
        return self._prelude

    def _end_with(self, trailer: Group | None) -> None:
        """Take the trailer that was found behind the last record, when the feed has one."""
        self._trailer = trailer
        if self._trailer_path is not None and trailer is None:
            raise self._refusals.missing("trailer", self._trailer_path)
        self._finished = True
