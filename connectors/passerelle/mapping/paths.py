"""Paths: where a raw value stands: in its record, in the records around it, or in the file's header."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Source"]

_NAME = r"[A-Za-z_][\w.-]*"
_PATH = re.compile(rf"(?P<climb>(?:\.\./)*)(?P<names>{_NAME}(?:/{_NAME})*(?:/@{_NAME})?|@{_NAME})")
_HEADER = re.compile(rf"/(?P<element>{_NAME})/(?P<names>{_NAME}(?:/{_NAME})*(?:/@{_NAME})?)")


class Source(NamedTuple):
    """A place: how many records up (`../`), or in the header (`/ENTETE/DATE`), then names from there.

    `../` climbs from an element of an `each` to the record around it, however many elements lie between.
    """

    text: str
    climb: int
    in_header: bool
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, *, depth: int, header: str | None) -> Source:
        """Read a path; `depth` is how many records are around, `header` the header's element name.

        Raises:
            ValueError: it is no path, or it leads out of the record.
        """
        found = _PATH.fullmatch(text)
        if found is not None:
            climb = found["climb"].count("../")
            if climb > depth:
                raise ValueError(
                    f"{text!r} climbs {climb} records up, but only {depth} are around this field"
                )
            return cls(text, climb, in_header=False, names=tuple(found["names"].split("/")))
        found = _HEADER.fullmatch(text)
        if found is None:
            raise ValueError(
                f"{text!r} is no path: use NAME, GROUP/NAME, @attribute, ../NAME or /HEADER/NAME"
            )
        if header is None:
            raise ValueError(f"{text!r} starts at the root, but this feed has no header")
        if found["element"] != header:
            raise ValueError(f"{text!r} starts at the root, where only the header /{header} can be read")
        return cls(text, 0, in_header=True, names=tuple(found["names"].split("/")))
