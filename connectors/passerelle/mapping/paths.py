"""Paths: where a raw value stands, how that is written, and how it is found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from .unreadable import Unreadable

__all__ = [
    "ABSENT",
    "PSEUDO",
    "Mark",
    "Pick",
    "Source",
    "dig",
    "items_of",
    "leaf_text",
    "listed",
    "pseudo_names",
]


class Mark:
    """A value of its own that no source can bring."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


#: What a path finds where nothing stands.
ABSENT = Mark("ABSENT")

#: Names that no file brings: the row's number and line, and the named parts of the file's own name.
PSEUDO = re.compile(r"#ordinal|#line|#file\.[A-Za-z_]\w*|#scope\.[a-z_]+")

_PLAIN = re.compile(r"[\w.:#-]+")
_QUOTED = re.compile(r"\"((?:[^\"]|\"\")+)\"|'((?:[^']|'')+)'")
_INDEX = re.compile(r"\[(?:([1-9][0-9]*)|(last)|(\*))\]")
_VALUE = re.compile(r"\[(?P<path>[^\[\]=!'\"]+)(?P<test>!?=)(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
                    r"|(?P<bare>[^\]'\"]*))\]")  # fmt: skip
_FORMS = "use NAME, GROUP/NAME, @attribute, ../NAME, /HEADER/NAME, NAME[1], NAME[OTHER=value] or #ordinal"


class Pick(NamedTuple):
    """Which of the elements of one name: the first (1), the last, every one, or those of a qualifier.

    `place` is a number from 1, `last` or `*`; with a qualifier it is None, `names` lead to what is compared
    with `value`, and `equal` says whether it must be that value or any other.
    """

    place: int | Literal["last", "*"] | None
    names: tuple[str, ...] = ()
    value: str = ""
    equal: bool = True

    def of(self, items: list[Any]) -> list[Any]:
        """Pick from a list."""
        match self.place:
            case None:
                return [item for item in items if self._meets(item)]
            case "*":
                return items
            case "last":
                return items[-1:]
            case place:
                return items[place - 1 : place]

    def _meets(self, item: Any) -> bool:
        found = dig(item, self.names)
        texts = found if isinstance(found, list) else [found]
        held = self.value in (_bare_text(text) for text in texts)
        return held is self.equal


class Source:
    """A place, read from a text such as `../PRIX` or `DTM[e1.1=137]/e1.2`; compiled once.

    `climb` is how many records up it starts (`../`, however many elements of an `each` lie between), unless
    it starts in the file's header. `names` lead from there; the empty tuple is the record itself (`.`).
    `picks` has for each name what stands in its brackets, and is empty when none has any.
    """

    __slots__ = ("climb", "in_header", "names", "picks", "text")

    def __init__(
        self,
        text: str,
        climb: int,
        *,
        in_header: bool,
        names: tuple[str, ...],
        picks: tuple[tuple[Pick, ...], ...] = (),
    ) -> None:
        self.text = text
        self.climb = climb
        self.in_header = in_header
        self.names = names
        self.picks = picks if any(picks) else ()

    def __repr__(self) -> str:
        return f"Source({self.text!r})"

    @property
    def below(self) -> str:
        """The path as it is written, without what climbs; empty for the record itself."""
        return self.text.removeprefix("../" * self.climb) if self.names else ""

    def reads(self) -> list[tuple[str, ...]]:
        """List the names that a reader of files must bring: its own, and those that its brackets compare."""
        if self.pseudo is not None:
            return []
        compared = [
            (*self.names[: place + 1], *pick.names)
            for place, picks in enumerate(self.picks)
            for pick in picks
            if pick.names
        ]
        return [self.names, *compared]

    @property
    def pseudo(self) -> str | None:
        """The pseudo name that it reads, such as `#file.language`."""
        return self.names[0] if self.names and PSEUDO.fullmatch(self.names[0]) else None

    @classmethod
    def parse(cls, text: str, *, depth: int, header: str | None) -> Source:
        """Read a path; `depth` is how many records are around, `header` the header's element name.

        Raises:
            ValueError: it is no path, or it leads out of the record.
        """
        if text == ".":
            return cls(text, 0, in_header=False, names=())
        if PSEUDO.fullmatch(text):
            # It belongs to the row, however deep the field stands.
            return cls(text, depth, in_header=False, names=(text,))
        if text.startswith("/"):
            return cls._in_header(text, header)
        rest, climb = text, 0
        while rest.startswith("../"):
            rest, climb = rest[3:], climb + 1
        names, picks = _parsed(text, rest)
        if climb > depth:
            raise ValueError(f"{text!r} climbs {climb} records up, but only {depth} are around this field")
        return cls(text, climb, in_header=False, names=names, picks=picks)

    @classmethod
    def _in_header(cls, text: str, header: str | None) -> Source:
        names, picks = _parsed(text, text[1:])
        if len(names) == 1:
            raise _no_path(text)
        if header is None:
            raise ValueError(f"{text!r} starts at the root, but this feed has no header")
        if names[0] != header:
            raise ValueError(f"{text!r} starts at the root, where only the header /{header} can be read")
        return cls(text, 0, in_header=True, names=names[1:], picks=picks[1:])

    def find(self, values: Any) -> Any:
        """Find the one value that stands there; ABSENT when there is none.

        Raises:
            Unreadable: a name on the way repeats, and no bracket says which of them.
        """
        if not self.picks:
            return dig(values, self.names)
        found = self._picked(values)
        if found is ABSENT:
            return ABSENT
        if len(found) > 1:
            raise _repeated()
        return found[0] if found else ABSENT

    def find_all(self, values: Any) -> Any:
        """Find a list of all that stands there: ABSENT when its group is absent, empty when that is empty.

        Raises:
            Unreadable: a group on the way repeats, and no bracket says which of them.
        """
        if not self.picks:
            return items_of(values, self.names)
        found = self._picked(values)
        return found if found is not ABSENT or len(self.names) == 1 else self._empty(values)

    def _empty(self, values: Any) -> Any:
        return ABSENT if dig(values, self.names[:1]) is ABSENT else []

    def _picked(self, values: Any) -> Any:
        """Follow names and brackets; ABSENT when a name is nowhere, else all that was picked."""
        found = [values]
        for place, (name, picks) in enumerate(zip(self.names, self.picks, strict=True)):
            # Only `[*]` may go on with several.
            if len(found) > 1 and not any(pick.place == "*" for pick in self.picks[place - 1]):
                raise _repeated()
            below = [item[name] for item in found if isinstance(item, dict) and name in item]
            if not below:
                return ABSENT
            found = [item for value in below for item in (value if isinstance(value, list) else [value])]
            for pick in picks:
                found = pick.of(found)
        return found


def dig(values: Any, names: tuple[str, ...]) -> Any:
    """Follow names through groups; ABSENT when one of them is not there.

    Raises:
        Unreadable: a group on the way repeats.
    """
    for name in names:
        if isinstance(values, list):
            raise _repeated()
        if not isinstance(values, dict):
            return ABSENT
        values = values.get(name, ABSENT)
    return values


def items_of(values: Any, names: tuple[str, ...]) -> Any:
    """Collect what repeats at a path: ABSENT when its group is absent, an empty list when it is empty."""
    if not names:
        return [values]
    *groups, last = names
    group = dig(values, tuple(groups))
    if group is ABSENT:
        return ABSENT
    if isinstance(group, list):
        raise _repeated()
    found = group.get(last, ABSENT) if isinstance(group, dict) else ABSENT
    if found is ABSENT:
        return [] if groups else ABSENT
    return found if isinstance(found, list) else [found]


def leaf_text(value: Any) -> str:
    """Give the text of a leaf (None is empty, as an explicit null is).

    Raises:
        Unreadable: there are several, or it is a group.
    """
    if isinstance(value, dict) and "#text" in value:
        value = value["#text"]
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list):
        raise _repeated()
    raise Unreadable("not_a_text", "an element with a text and nothing below it")


def listed(names: tuple[str, ...]) -> str:
    """Write names as one raw path, as readers of files take it: no quotes, no brackets."""
    return "/".join(names)


def _bare_text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("#text")
    return value.strip() if isinstance(value, str) else None


def _repeated() -> Unreadable:
    return Unreadable("repeated_element", "one element", "Read it with each")


def _no_path(text: str) -> ValueError:
    return ValueError(f"{text!r} is no path: {_FORMS}")


def _parsed(text: str, rest: str) -> tuple[tuple[str, ...], tuple[tuple[Pick, ...], ...]]:
    """Take a path apart: its names, and what stands in the brackets of each."""
    names: list[str] = []
    picks: list[tuple[Pick, ...]] = []
    end = 0
    while True:
        name, end = _name(text, rest, end)
        names.append(name)
        chosen, end = _picks(text, rest, end)
        picks.append(tuple(chosen))
        if end == len(rest):
            break
        if rest[end] != "/":
            raise _odd(text, rest[end])
        end += 1
    if any(name.startswith("@") for name in names[:-1]):
        raise _no_path(text)
    return tuple(names), tuple(picks)


def _name(text: str, rest: str, start: int) -> tuple[str, int]:
    quoted = _QUOTED.match(rest, start)
    if quoted is not None:
        double, single = quoted[1], quoted[2]
        name = double.replace('""', '"') if double is not None else single.replace("''", "'")
        return name, quoted.end()
    at = rest.startswith("@", start)
    plain = _PLAIN.match(rest, start + at)
    if plain is None or plain[0] in {".", ".."}:
        raise _no_path(text) if start >= len(rest) or rest[start] in "/.@[" else _odd(text, rest[start])
    return "@" * at + plain[0], plain.end()


def _picks(text: str, rest: str, start: int) -> tuple[list[Pick], int]:
    picks: list[Pick] = []
    while rest.startswith("[", start):
        found = _INDEX.match(rest, start)
        if found is not None:
            picks.append(Pick(int(found[1]) if found[1] else "last" if found[2] else "*"))
            start = found.end()
            continue
        found = _VALUE.match(rest, start)
        if found is None:
            raise ValueError(
                f"{text!r}: brackets hold a number, last, * or a qualifier: [1], [last], [*], [QUALF=003]"
            )
        value = next(found[name] for name in ("double", "single", "bare") if found[name] is not None)
        path = found["path"].strip()
        names = () if path == "." else _parsed(text, path)[0]
        picks.append(Pick(None, names, value.strip(), equal=found["test"] == "="))
        start = found.end()
    return picks, start


def _odd(text: str, character: str) -> ValueError:
    what = "a blank" if character.isspace() else repr(character)
    return ValueError(
        f"{text!r} is no path: a name that holds {what} stands in quotes of its own: '\"Article no.\"'"
    )


def pseudo_names(sources: Iterable[Source]) -> frozenset[str]:
    """Collect the pseudo names among sources: what must be put beside a row's own names."""
    return frozenset(source.pseudo for source in sources if source.pseudo is not None)
