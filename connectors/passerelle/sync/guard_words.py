"""What the guard says of a plan, in the words of the person who decides: English and French."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

__all__ = ["Told", "guard_told", "stop_told"]

#: By rule: what was seen and what is allowed, and what to do before deciding; English and French of each.
_WORDS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "volume": (
        (
            (
                "{count} records in a full file of which {base} are known ({share} % fewer), "
                "allowed {limit} % fewer"
            ),
            (
                "{count} enregistrements dans un fichier complet dont {base} sont connus "
                "({share} % de moins), toléré {limit} % de moins"
            ),
        ),
        (
            "Ask the sender whether the export was cut, and have it sent again",
            "Demander à l'émetteur si l'export a été tronqué, et le faire renvoyer",
        ),
    ),
    "absent": (
        (
            "{count} of {base} known records are not in this full file ({share} %), allowed {limit} %",
            (
                "{count} des {base} enregistrements connus manquent dans ce fichier complet ({share} %), "
                "toléré {limit} %"
            ),
        ),
        (
            "Compare it with the last full file in the archive, and have the file sent again",
            "Le comparer au dernier fichier complet de l'archive, et le faire renvoyer",
        ),
    ),
    "zeroed": (
        (
            "{count} of {base} stock levels would go to zero ({share} %), allowed {limit} %",
            "{count} stocks sur {base} passeraient à zéro ({share} %), toléré {limit} %",
        ),
        (
            "Ask the stores or the warehouse whether a count is under way",
            "Demander aux magasins ou à l'entrepôt si un inventaire est en cours",
        ),
    ),
    "rejects": (
        (
            "{count} of {base} records cannot be read as the mapping says ({share} %), allowed {limit} %",
            (
                "{count} enregistrements sur {base} ne se lisent pas selon la correspondance ({share} %), "
                "toléré {limit} %"
            ),
        ),
        (
            "Look at the grouped causes: a layout or a code table has probably changed",
            "Regarder les causes groupées : une structure ou une table de codes a sans doute changé",
        ),
    ),
    "price_move": (
        (
            (
                "{count} of {base} records have a price that moves by more than {by} % ({share} %), "
                "allowed {limit} %"
            ),
            (
                "{count} enregistrements sur {base} ont un prix qui bouge de plus de {by} % ({share} %), "
                "toléré {limit} %"
            ),
        ),
        (
            "Check the currency and the decimals of the file with who owns the prices",
            "Vérifier la devise et les décimales du fichier avec le responsable des prix",
        ),
    ),
    "removed": (
        (
            "{count} of {base} records would be taken away ({share} %), allowed {limit} %",
            "{count} enregistrements sur {base} seraient retirés ({share} %), toléré {limit} %",
        ),
        (
            "Ask the sender whether they are really gone",
            "Demander à l'émetteur s'ils n'existent vraiment plus",
        ),
    ),
    "empty": (
        (
            "it holds no record, which this feed never sends",
            "il ne contient aucun enregistrement, ce que ce flux n'envoie jamais",
        ),
        ("Ask the sender", "Demander à l'émetteur"),
    ),
    "gap": (
        (
            "received number {count}, expected {limit}: {missing} is missing",
            "reçu le numéro {count}, attendu {limit} : il manque {missing}",
        ),
        ("Ask the sender for the missing file", "Demander à l'émetteur le fichier manquant"),
    ),
    "no_full": (
        (
            "the delta {count} came before any full file",
            "le fichier de différences {count} est venu avant tout fichier complet",
        ),
        ("Ask for a full file", "Demander un fichier complet"),
    ),
    "changes": (
        (
            "{count} records would be written, {limit} without asking",
            "{count} enregistrements seraient écrits, {limit} sans demander",
        ),
        ("Look at the changes", "Regarder les modifications"),
    ),
}

_OTHERWISE = {
    "en": (": ", ", or, if this is what you want, run again with --override-guard and the reason"),
    "fr": (" : ", ", ou, si c'est bien voulu, relancer avec --override-guard et le motif"),
}


class Told(NamedTuple):
    """One thing that the guard says of a plan: what was seen and allowed, and what to do about it."""

    what: str
    advice: str = ""


def guard_told(facts: Mapping[str, Any], lang: Literal["en", "fr"]) -> list[Told]:
    """Say what the guard says, from the facts of a plan; what is known as a text only stays that text."""
    known: Iterable[Mapping[str, str]] = facts.get("breaches") or ()
    by_text = {one["said"]: one for one in known}
    return [_told(text, by_text.get(text), lang) for text in _texts(facts.get("guard"))]


def stop_told(breaches: Iterable[Mapping[str, str]], lang: Literal["en", "fr"]) -> Told | None:
    """Say why the guard stopped a run, of which file, and how to go on; None when it said nothing."""
    stops = list(breaches)
    if not stops:
        return None
    said = [_told(one["said"], one, lang) for one in stops]
    file, (colon, otherwise) = stops[0].get("file"), _OTHERWISE[lang]
    what = "; ".join(one.what for one in said)
    advice = next((one.advice for one in said if one.advice), "")
    return Told(f"{file}{colon}{what}" if file else what, f"{advice}{otherwise}" if advice else "")


def _told(text: str, breach: Mapping[str, str] | None, lang: Literal["en", "fr"]) -> Told:
    words = None if breach is None else _WORDS.get(breach["rule"])
    if breach is None or words is None:
        return Told(text)
    (what, what_fr), (advice, advice_fr) = words
    if lang == "fr":
        numbers = {name: value.replace(".", ",").replace(" to ", " à ") for name, value in breach.items()}
        return Told(what_fr.format(**numbers), advice_fr)
    return Told(what.format(**breach), advice)


def _texts(said: Any) -> list[str]:
    """Read what plans of older versions may hold, too: one text instead of a list."""
    if not said:
        return []
    return [str(one) for one in said] if isinstance(said, list) else [str(said)]
