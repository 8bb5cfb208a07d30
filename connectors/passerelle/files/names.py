"""File names that carry facts: `STOCK_{zone}_{mode}_{sequence:5}_{date:AAAAMMJJ}.xml`, read and written."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import ConfigError

__all__ = ["FileName", "FileNamePattern"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PART = re.compile(r"(?P<name>[a-z_][a-z0-9_]*)(?::(?P<form>[^{}]+))?")
_HELP = (
    "`{name}`, `{name:3}` (that many characters), `{sequence:5}`, `{date:AAAAMMJJ}`, `{time:hhmmss}` or `{*}`"
)

# Longest first: AAAA before AA. Months are MM and minutes mm, as in the partners' own specifications.
_TOKENS: dict[str, tuple[str, int]] = {
    "AAAA": ("year", 4),
    "YYYY": ("year", 4),
    "AA": ("short_year", 2),
    "YY": ("short_year", 2),
    "MM": ("month", 2),
    "JJ": ("day", 2),
    "DD": ("day", 2),
    "hh": ("hour", 2),
    "mm": ("minute", 2),
    "ss": ("second", 2),
}
_TOKEN = re.compile("|".join(_TOKENS))
_MOMENT = re.compile(rf"(?:{'|'.join(_TOKENS)}|[-.:h])+")
_CENTURY = 2000

Part = str | int | dt.date | dt.time | dt.datetime


class FileName(NamedTuple):
    """What a name says. `parts` holds every named part as text; `mode` is translated (`full`, `delta`)."""

    name: str
    sequence: int | None
    mode: str | None
    date: dt.date | None
    time: dt.time | None
    parts: Mapping[str, str]


class _Moment:
    """A date or a time as it stands in a name."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.fields = [_TOKENS[token][0] for token in _TOKEN.findall(form)]
        self.regex = "".join(
            rf"[0-9]{{{_TOKENS[piece][1]}}}" if piece in _TOKENS else re.escape(piece)
            for piece in re.split(f"({_TOKEN.pattern})", form)
        )

    def read(self, text: str) -> tuple[dt.date | None, dt.time | None]:
        """Return the date and the time in `text`, which matches; raise ValueError for a 31 February."""
        digits = re.sub(r"\D", "", text)
        values: dict[str, int] = {}
        at = 0
        for token in _TOKEN.findall(self.form):
            field, width = _TOKENS[token]
            values[field] = int(digits[at : at + width])
            at += width
        year = values.get("year", values.get("short_year", 0) + _CENTURY)
        date = dt.date(year, values["month"], values["day"]) if "day" in values else None
        time = (
            dt.time(values["hour"], values.get("minute", 0), values.get("second", 0))
            if "hour" in values
            else None
        )
        return date, time

    def write(self, moment: dt.date | dt.time) -> str:
        """Write a date or time in this form; raise ValueError when it lacks what the form needs."""

        def text(token: re.Match[str]) -> str:
            field, width = _TOKENS[token.group()]
            value: int | None = getattr(moment, "year" if field == "short_year" else field, None)
            if value is None:
                raise ValueError(f"{moment!r} has no {field}, which {self.form} needs")
            return f"{value % 100 if field == 'short_year' else value:0{width}}"

        return _TOKEN.sub(text, self.form)


class FileNamePattern:
    """A compiled name pattern; `match` reads a name, `format` writes one and proves that it reads back."""

    def __init__(
        self,
        text: str,
        regex: re.Pattern[str],
        pieces: list[str | tuple[str, str | None]],
        modes: Mapping[str, str],
    ) -> None:
        self.text = text
        self.modes = dict(modes)
        self._regex = regex
        self._pieces = pieces
        self._moments = {
            piece[0]: _Moment(piece[1])
            for piece in pieces
            if isinstance(piece, tuple) and piece[1] is not None and _is_moment(piece[1])
        }

    @classmethod
    def parse(
        cls, text: str, *, modes: Mapping[str, str] | None = None, case_sensitive: bool = True
    ) -> FileNamePattern:
        """Compile a pattern; raises ConfigError naming the part that is wrong and what is known.

        `modes` translates the codes of `{mode}`; a name with another code is not matched.
        """
        text = unicodedata.normalize("NFC", text)
        pieces = _split(text)
        known = modes or {}
        regex, seen, open_ended = "", set[str](), False
        for at, piece in enumerate(pieces):
            if isinstance(piece, str):
                regex += re.escape(piece)
                open_ended = False
                continue
            name, form = piece
            if name != "*" and name in seen:
                raise ConfigError(f"File name pattern {text!r}: part {{{name}}} stands twice")
            seen.add(name)
            fixed = form is not None or (name == "mode" and bool(known))
            if not fixed and open_ended:
                raise ConfigError(
                    f"File name pattern {text!r}: nothing separates {{{name}}} from the part before it",
                    advice="Put a separator between them or give a width",
                )
            open_ended = open_ended or not fixed
            follows = pieces[at + 1] if at + 1 < len(pieces) else ""
            regex += _part_regex(name, form, follows[:1] if isinstance(follows, str) else "", known)
        flags = re.NOFLAG if case_sensitive else re.IGNORECASE
        return cls(text, re.compile(regex, flags), pieces, known)

    @property
    def extension(self) -> str:
        """The text after the last dot of the pattern, with the dot; empty when a part stands there."""
        last = self._pieces[-1]
        _, dot, extension = last.rpartition(".") if isinstance(last, str) else ("", "", "")
        return f".{extension}" if dot else ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The named parts, in their order."""
        return tuple(piece[0] for piece in self._pieces if isinstance(piece, tuple) and piece[0] != "*")

    @property
    def counting(self) -> frozenset[str]:
        """The parts that tell one file from the next of its kind: sequence, dates and times."""
        return frozenset((*self._moments, "sequence"))

    def match(self, name: str) -> FileName | None:
        """Read a name; None when it is another kind of file (or has an impossible date)."""
        found = self._regex.fullmatch(unicodedata.normalize("NFC", name))
        if found is None:
            return None
        parts = found.groupdict()
        date = time = None
        for part, moment in self._moments.items():
            try:
                own_date, own_time = moment.read(parts[part])
            except ValueError:
                return None
            date, time = date or own_date, time or own_time
        sequence = parts.get("sequence")
        mode = parts.get("mode")
        if mode is not None and self.modes:
            mode = next(word for code, word in self.modes.items() if code.casefold() == mode.casefold())
        return FileName(name, int(sequence) if sequence is not None else None, mode, date, time, parts)

    def format(self, **parts: Part) -> str:
        """Write a name; raises ValueError for a part that is missing, unknown or would not read back."""
        name, texts = self.write(parts), self._texts(parts)
        found = self.match(name)
        if found is None or dict(found.parts) != texts:
            raise ValueError(f"{name!r} does not read back as {self.text!r}: check {texts}")
        return name

    def write(self, parts: Mapping[str, Part]) -> str:
        """Write a name that nobody needs to take apart again; raises ValueError as `format` does."""
        texts = self._texts(parts)
        name = ""
        for piece in self._pieces:
            if isinstance(piece, str):
                name += piece
            elif piece[0] == "*":
                raise ValueError(
                    f"{self.text!r} reads names but cannot write one: it says nothing about {{*}}"
                )
            else:
                name += texts[piece[0]]
        return name

    def _texts(self, parts: Mapping[str, Part]) -> dict[str, str]:
        named = {piece[0]: piece[1] for piece in self._pieces if isinstance(piece, tuple) and piece[0] != "*"}
        if named.keys() != parts.keys():
            raise ValueError(f"{self.text!r} needs {sorted(named)}, received {sorted(parts)}")
        texts: dict[str, str] = {}
        for name, form in named.items():
            value = parts[name]
            if isinstance(value, dt.date | dt.time):
                if name not in self._moments:
                    raise ValueError(f"{{{name}}} of {self.text!r} is no date")
                texts[name] = self._moments[name].write(value)
            elif isinstance(value, int):
                texts[name] = f"{value:0{int(form) if form is not None and form.isdigit() else 1}}"
            elif name == "mode" and self.modes:
                texts[name] = next((code for code, word in self.modes.items() if word == value), value)
            else:
                texts[name] = value
        return texts

    def __repr__(self) -> str:
        return f"FileNamePattern({self.text!r})"


def _split(text: str) -> list[str | tuple[str, str | None]]:
    pieces: list[str | tuple[str, str | None]] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        if found.start() > at:
            pieces.append(text[at : found.start()])
        part = found.group(1)
        at = found.end()
        if part == "*":
            pieces.append(("*", None))
            continue
        read = _PART.fullmatch(part)
        form = read.group("form") if read is not None else None
        if read is None or (form is not None and not (form.isdigit() and int(form)) and not _is_moment(form)):
            raise ConfigError(f"File name pattern {text!r}: part {{{part}}} is not understood", advice=_HELP)
        pieces.append((read.group("name"), form))
    if at < len(text):
        pieces.append(text[at:])
    literal = "".join(piece for piece in pieces if isinstance(piece, str))
    if not pieces or any(sign in literal for sign in "{}/\\\0"):
        raise ConfigError(f"File name pattern {text!r}: expected a name with parts such as {_HELP}")
    return pieces


def _is_moment(form: str) -> bool:
    if not _MOMENT.fullmatch(form):
        return False
    fields = [_TOKENS[token][0] for token in _TOKEN.findall(form)]
    if not fields or len(fields) != len(set(fields)) or {"year", "short_year"} <= set(fields):
        return False
    day = {"month", "day"} <= set(fields) and ("year" in fields or "short_year" in fields)
    return day or not {"year", "short_year", "month", "day"} & set(fields)


def _part_regex(name: str, form: str | None, follows: str, modes: Mapping[str, str]) -> str:
    if name == "*":
        return "[^/]*"
    if form is not None and _is_moment(form):
        return f"(?P<{name}>{_Moment(form).regex})"
    if name == "sequence":
        return rf"(?P<sequence>[0-9]{{{form}}})" if form is not None else r"(?P<sequence>[0-9]+)"
    if name == "mode" and modes:
        return f"(?P<mode>{'|'.join(sorted(map(re.escape, modes), key=len, reverse=True))})"
    # A part ends where the text after it begins, so that a name can be read in one way only.
    letters = rf"[^/{re.escape(follows)}]"
    return rf"(?P<{name}>{letters}{{{form}}})" if form is not None else rf"(?P<{name}>{letters}+)"
