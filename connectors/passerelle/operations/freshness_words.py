"""The words of freshness in English and French: how a feed stands, and what a late one does to the shop."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from ..mapping.entities import ABOUT_ORDERS

if TYPE_CHECKING:
    from ..mapping import ExpectsSpec
    from .freshness import FeedFreshness

__all__ = [
    "LANGUAGES",
    "STATE_WORDS",
    "Language",
    "effect_in",
    "expects_in",
    "number_in",
    "span_in",
    "when_in",
    "why_in",
]

Language: TypeAlias = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

STATE_WORDS: dict[str, tuple[str, str]] = {
    "fresh": ("on time", "à l'heure"),
    "due": ("awaited", "attendu"),
    "late": ("late", "en retard"),
    "stuck": ("stuck", "bloqué"),
    "unwatched": ("not watched", "non surveillé"),
    "new": ("never run", "jamais exécuté"),
}

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: From so many of a unit on the smaller one is left out.
_MANY = 48

#: By kind of record: what stands on a late feed that comes in; `{what}` is the count, `{age}` how old.
_EFFECTS: dict[str, tuple[str, str]] = {
    "stock": ("{what} on stock older than {age}", "{what} avec un stock de plus de {age}"),
    "price": ("{what} on prices older than {age}", "{what} avec des prix de plus de {age}"),
    "product": ("{what} as they were {age} ago", "{what} tels qu'il y a {age}"),
    "category": ("{what} as they were {age} ago", "{what} telles qu'il y a {age}"),
}
_ORDERS_IN = (
    "Nothing was heard of orders for {age}: customers see an old state of theirs",
    "Aucune nouvelle des commandes depuis {age} : les clients voient un ancien état",
)
_ORDERS_OUT = (
    "Orders have not left for {age}: nobody prepares them",
    "Aucune commande n'est partie depuis {age} : personne ne les prépare",
)
_OTHER = ("{what} not brought up to date for {age}", "{what} sans mise à jour depuis {age}")
_NEVER = (
    "Nothing of this feed ever reached the shop",
    "Rien de ce flux n'est encore arrivé en boutique",
)
_NEVER_OUT = ("It never ran well", "Aucune exécution n'a encore réussi")
_NOUNS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    # singular and plural in English, then in French
    "sku": (("SKU", "SKUs"), ("SKU", "SKU")),
    "stock": (("stock line", "stock lines"), ("ligne de stock", "lignes de stock")),
    "price": (("price", "prices"), ("prix", "prix")),
    "product": (("article", "articles"), ("article", "articles")),
    "category": (("category", "categories"), ("catégorie", "catégories")),
}
_RECORDS = (("record", "records"), ("enregistrement", "enregistrements"))

_WHY: dict[str, tuple[str, str]] = {
    "unwatched": (
        "Its mapping says nothing of when it should come.",
        "Son mapping ne dit pas quand il doit arriver.",
    ),
    "new": ("It was never run.", "Il n'a jamais été exécuté."),
    "fresh": ("The next one is expected {window}.", "Le prochain est attendu {window}."),
    "fresh_open": ("Nothing is awaited now.", "Rien n'est attendu en ce moment."),
    "due": (
        "It is expected {window}; it is late from {late_at} on.",
        "Il est attendu {window} ; en retard à partir de {late_at}.",
    ),
    "late": (
        "It was expected {window} and has not come: late since {late_since}.",
        "Il était attendu {window} et n'est pas arrivé : en retard depuis {late_since}.",
    ),
    "late_out": (
        "A run was to end well {window} and none did: late since {late_since}.",
        "Une exécution devait réussir {window}, aucune n'a réussi : en retard depuis {late_since}.",
    ),
    "stuck": (
        "{file} came and was not carried ({state}): late since {late_since}.",
        "{file} est arrivé et n'a pas été transmis ({state}) : en retard depuis {late_since}.",
    ),
}
_FILE_STATES = {
    "collected": ("fetched", "récupéré"),
    "refused": ("refused", "refusé"),
    "held": ("held", "retenu"),
}


_MODES = {"full": ("full file", "fichier complet"), "delta": ("delta", "delta")}
_HOLIDAYS = {
    "not expected": ("not on public holidays ({of})", "sauf jours fériés ({of})"),
    "expected": ("on public holidays, too ({of})", "jours fériés compris ({of})"),
    "only": ("only on public holidays ({of})", "seulement les jours fériés ({of})"),
}
_CLOSED = ("closed {days}", "fermé {days}")
_FRENCH_DAYS = {
    "mon": "lun", "tue": "mar", "wed": "mer", "thu": "jeu", "fri": "ven", "sat": "sam", "sun": "dim",
}  # fmt: skip


def expects_in(lang: Language, spec: ExpectsSpec) -> str:
    """Say what a mapping expects: `full file 05:00-06:30 mon-sat (Europe/Paris)`."""
    days = "" if spec.days == ("mon-sun",) else ", ".join(spec.days)
    if lang == "fr":
        for english, french in _FRENCH_DAYS.items():
            days = days.replace(english, french)
    mode = "" if spec.mode is None else _MODES[spec.mode][_place(lang)]
    every = ""
    if spec.every is not None:
        every = f"{'toutes les' if lang == 'fr' else 'every'} {_whole(spec.every, lang)}"
    hours = ", ".join(spec.between) or every
    told = " ".join(part for part in (mode, hours, days, f"({spec.zone})") if part)
    off = [told]
    if spec.holidays:
        off.append(_HOLIDAYS[spec.on_holidays][_place(lang)].format(of=", ".join(spec.holidays)))
    if spec.closed:
        off.append(_CLOSED[_place(lang)].format(days=", ".join(spec.closed)))
    return ", ".join(off)


def _whole(seconds: float, lang: Language) -> str:
    for unit, size in (("j" if lang == "fr" else "d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def number_in(count: int, lang: Language) -> str:
    """Write a count as readers of a language expect it: `1,240`, `1 240`."""
    return f"{count:,}".replace(",", "\u202f") if lang == "fr" else f"{count:,}"


def span_in(span: dt.timedelta, lang: Language) -> str:
    """Write a span of time in its largest unit that is not coarse: `45 min`, `3 h`, `2 days`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _MANY * _HOUR:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} {'jours' if lang == 'fr' else 'days'}"


def when_in(moment: dt.datetime, zone: str, lang: Language, *, now: dt.datetime) -> str:
    """Write a moment in the clock of a zone: the hour alone on the same day, else with its day."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return clock
    day = f"{local:%d/%m}" if lang == "fr" else f"{local:%d %b}"
    return f"{day} {clock}"


def effect_in(
    lang: Language,
    *,
    entity: str,
    outgoing: bool,
    age: dt.timedelta | None,
    count: int | None,
    skus: int | None,
) -> str:
    """Say what a late feed does to the shop."""
    place = _place(lang)
    if age is None:
        return (_NEVER_OUT if outgoing else _NEVER)[place]
    told = span_in(age, lang)
    if outgoing:
        return _ORDERS_OUT[place].format(age=told)
    if entity in ABOUT_ORDERS:
        return _ORDERS_IN[place].format(age=told)
    if skus is not None:
        what = _counted(skus, _NOUNS["sku"], lang)
    else:
        what = _counted(count or 0, _NOUNS.get(entity, _RECORDS), lang)
    return _EFFECTS.get(entity, _OTHER)[place].format(what=what, age=told)


def why_in(lang: Language, one: FeedFreshness) -> str:
    """Say how a feed stands, in one sentence."""
    place = _place(lang)
    word: str = one.state
    if one.state == "fresh" and one.begins is None:
        word = "fresh_open"
    if one.state == "late" and one.outgoing:
        word = "late_out"
    values = {
        "window": _window(one, lang),
        "late_at": _moment(one.late_at, one, lang),
        "late_since": _moment(one.late_since, one, lang),
        "file": one.arrived_file,
        "state": _FILE_STATES.get(one.arrived_state, (one.arrived_state, one.arrived_state))[place],
    }
    return _WHY[word][place].format(**values)


def _window(one: FeedFreshness, lang: Language) -> str:
    begins, ends = _moment(one.begins, one, lang), _moment(one.ends, one, lang)
    if one.begins is not None and one.ends is not None:
        same_day = one.begins.astimezone(ZoneInfo(one.zone)).date() == (
            one.ends.astimezone(ZoneInfo(one.zone)).date()
        )
        if same_day:
            ends = f"{one.ends.astimezone(ZoneInfo(one.zone)):%H:%M}"
            if begins.endswith(ends):
                # Shorter than a minute, as with a feed of every few seconds.
                return f"vers {begins}" if lang == "fr" else f"at about {begins}"
    return f"entre {begins} et {ends}" if lang == "fr" else f"between {begins} and {ends}"


def _moment(moment: dt.datetime | None, one: FeedFreshness, lang: Language) -> str:
    return "—" if moment is None else when_in(moment, one.zone, lang, now=one.as_of)


def _counted(count: int, noun: tuple[tuple[str, str], tuple[str, str]], lang: Language) -> str:
    # French takes the singular up to one and a half, English for one alone.
    is_one = count in {0, 1} if lang == "fr" else count == 1
    return f"{number_in(count, lang)} {noun[_place(lang)][0 if is_one else 1]}"


def _place(lang: Language) -> int:
    return 1 if lang == "fr" else 0
