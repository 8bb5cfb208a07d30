"""The words of reports in English and French."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias, get_args

from ..errors import ConfigError
from ..sync.causes import cause
from .alerting_words import ALERTING_WORDS
from .backfill_words import BACKFILL_WORDS
from .backup_words import BACKUP_WORDS
from .doctor_words import DOCTOR_WORDS
from .drift_words import DRIFT_WORDS
from .mapping_words import MAPPING_WORDS
from .orders.words import ORDER_WORDS
from .peak_words import PEAK_WORDS
from .plan_words import PLAN_WORDS
from .project_words import PROJECT_WORDS
from .reconciling_words import RECONCILING_WORDS
from .stock_words import STOCK_WORDS
from .working_words import WORKING_WORDS

__all__ = ["Language", "cause", "language", "say"]

Language: TypeAlias = Literal["en", "fr"]

_WORDS: dict[str, tuple[str, str]] = {
    **MAPPING_WORDS,
    **BACKFILL_WORDS,
    **BACKUP_WORDS,
    **ALERTING_WORDS,
    **DOCTOR_WORDS,
    **DRIFT_WORDS,
    **PEAK_WORDS,
    **PLAN_WORDS,
    **ORDER_WORDS,
    **PROJECT_WORDS,
    **RECONCILING_WORDS,
    **STOCK_WORDS,
    **WORKING_WORDS,
    # Columns and titles.
    "feed": ("feed", "flux"),
    "received": ("received", "reçus"),
    "mapped": ("mapped", "traduits"),
    "created": ("created", "créés"),
    "updated": ("updated", "modifiés"),
    "unchanged": ("unchanged", "inchangés"),
    "quarantined": ("rejected", "rejetés"),
    "failed": ("not taken yet", "à reprendre"),
    "outcome": ("outcome", "issue"),
    "file": ("file", "fichier"),
    "state": ("state", "état"),
    "records": ("records", "enregistrements"),
    "note": ("note", "remarque"),
    "key": ("key", "clé"),
    "field": ("field", "champ"),
    "old": ("in the shop", "en boutique"),
    "new": ("wanted", "voulu"),
    "cause": ("cause", "cause"),
    "count": ("count", "nombre"),
    "example": ("example", "exemple"),
    "advice": ("what to do", "que faire"),
    "started": ("started", "début"),
    # What a folder lets us do.
    "may_we": ("may we", "peut-on"),
    "answer": ("answer", "réponse"),
    "yes": ("yes", "oui"),
    "no": ("no", "non"),
    "untried": ("not tried", "pas essayé"),
    "list": ("list", "lister"),
    "read": ("read", "lire"),
    "write": ("write", "écrire"),
    "exact_size": ("trust sizes", "se fier aux tailles"),
    "rename": ("rename", "renommer"),
    "never_overwrites": ("rename safely", "renommer sans écraser"),
    "make_folder": ("make a folder", "créer un dossier"),
    "remove": ("remove", "supprimer"),
    "changes_title": ("What changes", "Ce qui change"),
    "rejects_title": ("What was not carried, by cause", "Ce qui n'est pas passé, par cause"),
    "files_title": ("Files", "Fichiers"),
    "fields_title": ("Records that change, by field", "Enregistrements modifiés, par champ"),
    "superseded": (
        "{count} records came again later in the same file: the last word counts",
        "{count} enregistrements reviennent plus loin dans le fichier : le dernier compte",
    ),
    "repaired": (
        "{count} texts were repaired by the rule of the feed; the archive keeps what came",
        "{count} textes réparés selon la règle du flux ; l'archive garde l'original",
    ),
    "absent": (
        "{count} records of the last full file are missing in this one",
        "{count} enregistrements du dernier complet manquent dans celui-ci",
    ),
    "left_alone": (
        "{count} records were left alone by a hook of the feed",
        "{count} enregistrements laissés tels quels par un crochet du flux",
    ),
    "gone": (
        "{count} records are told as deleted by their source",
        "{count} enregistrements supprimés d'après leur source",
    ),
    "foreign": (
        "{count} fields were changed in the shop by others since we wrote them",
        "{count} champs modifiés en boutique par d'autres depuis notre écriture",
    ),
    "foreign_left": (
        "{count} of these fields are left as they are in the shop",
        "{count} de ces champs restent tels qu'en boutique",
    ),
    "removed": (
        "{count} records were taken away from the shop: their source no longer has them",
        "{count} enregistrements retirés de la boutique : leur source ne les a plus",
    ),
    "calls": (
        "{count} calls to the shop, {again} of them repeated",
        "{count} appels à la boutique, dont {again} répétés",
    ),
    "more_changes": (
        "… and more: the first {shown} are shown",
        "… la suite n'est pas montrée ({shown} lignes)",
    ),
    "orders": ("orders", "commandes"),
    # What is waited for, and how long things are kept.
    "awaited_title": ("What records wait for", "Ce que des enregistrements attendent"),
    "awaited": ("waited for", "attendu"),
    "more_awaited": ("… and {count} more", "… et {count} autres"),
    "kept": (
        "Days kept: rejects {closed_rejects}, waits {closed_waits}, plans {plans}, runs {runs}.",
        "Jours gardés : rejets {closed_rejects}, attentes {closed_waits}, plans {plans}, exécutions {runs}.",
    ),
    "reach": (
        "`passerelle undo` reaches back {days} days: to the run of {since}.",
        "`passerelle undo` remonte à {days} jours : jusqu'à l'exécution du {since}.",
    ),
    "no_reach": (
        "`passerelle undo` reaches back {days} days: no run is kept.",
        "`passerelle undo` remonte à {days} jours : aucune exécution n'est gardée.",
    ),
    # Outcomes.
    "succeeded": ("succeeded", "réussi"),
    "completed_with_rejects": ("completed with rejects", "terminé avec rejets"),
    "stopped_by_guard": ("stopped by the guard", "arrêté par le garde-fou"),
    "failed_outcome": ("failed", "échec"),
    # Phases.
    "collect": ("fetching", "récupération"),
    "plan": ("comparing", "comparaison"),
    "apply": ("writing", "écriture"),
    "verify": ("reading back", "relecture"),
    # File states.
    "applied": ("applied", "appliqué"),
    "planned": ("planned", "prévu"),
    "skipped": ("skipped", "ignoré"),
    "refused": ("refused", "refusé"),
    "held": ("held", "en attente"),
    # Last lines.
    "nothing_new": ("Nothing new for {feed}.", "Rien de nouveau pour {feed}."),
    "dry_run": (
        "Dry run: nothing was written. `passerelle run {feed}` applies it.",
        "À blanc : rien n'a été écrit. `passerelle run {feed}` l'applique.",
    ),
    "all_good": (
        "{feed}: the shop agrees with the ERP ({changed} records written).",
        "{feed} : la boutique est d'accord avec l'ERP ({changed} enregistrements écrits).",
    ),
    "with_rejects": (
        "{feed}: carried, but {count} records were not taken. `passerelle status {feed}` lists them.",
        "{feed} : transmis, mais {count} enregistrements écartés. `passerelle status {feed}` les montre.",
    ),
}


def language(asked: str | None = None) -> Language:
    """Choose the language of reports: asked for, else PASSERELLE_LANG, else the locale, else English.

    Raises:
        ConfigError: the language asked for is none of ours.
    """
    if asked:
        for known in get_args(Language):
            if asked.lower() == known:
                return "fr" if known == "fr" else "en"
        raise ConfigError(f"Reports are written in {' or '.join(get_args(Language))}, not in {asked!r}")
    spoken = (
        os.environ.get("PASSERELLE_LANG") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    )
    return "fr" if spoken.lower().startswith("fr") else "en"


def say(word: str, lang: Language, **values: object) -> str:
    """Say one of our words."""
    english, french = _WORDS[word]
    return (french if lang == "fr" else english).format(**values)
