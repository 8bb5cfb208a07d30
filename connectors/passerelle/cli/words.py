"""The words of reports in English and French."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias, get_args

from ..errors import ConfigError
from .mapping_words import MAPPING_WORDS

__all__ = ["Language", "cause", "language", "say"]

Language: TypeAlias = Literal["en", "fr"]

_WORDS: dict[str, tuple[str, str]] = {
    **MAPPING_WORDS,
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
        "{count} records of the last full file are missing in this one; nothing was deleted",
        "{count} enregistrements du dernier complet manquent dans celui-ci ; rien n'a été supprimé",
    ),
    "more_changes": (
        "… and more: the first {shown} are shown",
        "… la suite n'est pas montrée ({shown} lignes)",
    ),
    "orders": ("orders", "commandes"),
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

#: By code of a fault: its name, for the night shift.
_CAUSES: dict[str, tuple[str, str]] = {
    "missing_value": ("a required value is missing", "une valeur obligatoire manque"),
    "empty_value": ("a required value is empty", "une valeur obligatoire est vide"),
    "empty_list": ("a required list is empty", "une liste obligatoire est vide"),
    "unknown_code": ("a code is not in its table", "un code n'est pas dans sa table"),
    "unknown_currency": ("not the feed's currency", "ce n'est pas la devise du flux"),
    "not_a_number": ("not a number", "ce n'est pas un nombre"),
    "not_whole": ("not a whole number", "ce n'est pas un nombre entier"),
    "too_many_decimals": ("too many decimals", "trop de décimales"),
    "bad_date": ("not a date", "ce n'est pas une date"),
    "bad_ean": ("not an EAN", "ce n'est pas un EAN"),
    "bad_key": ("not fit for a key", "impropre à faire une clé"),
    "bad_slug": ("no address can be made of it", "on ne peut en faire une adresse"),
    "too_long": ("a text is too long", "un texte est trop long"),
    "damaged_text": ("a text is damaged", "un texte est abîmé"),
    "duplicate_value": ("a value stands twice", "une valeur est en double"),
    "repeated_element": ("an element stands twice", "un élément est répété"),
    "not_a_text": ("a group where a text was expected", "un groupe à la place d'un texte"),
    "not_a_group": ("a text where a group was expected", "un texte à la place d'un groupe"),
    "truncated": ("the file is cut short", "le fichier est coupé"),
    "malformed": ("the file is not well-formed", "le fichier est mal formé"),
    "empty_file": ("the file is empty", "le fichier est vide"),
    "size_mismatch": ("the file came with another size", "la taille du fichier ne correspond pas"),
    "no_record": ("the file holds no record", "le fichier ne contient aucun enregistrement"),
    "wrong_root": ("another kind of file", "un fichier d'une autre sorte"),
    "wrong_charset": ("bytes of another charset", "des octets d'un autre jeu de caractères"),
    "content_after_root": ("something follows the end of the file", "le fichier continue après sa fin"),
    "dtd_forbidden": ("the file brings a DTD", "le fichier apporte une DTD"),
    "header_missing": ("the file has no header", "le fichier n'a pas d'en-tête"),
    "trailer_missing": ("the file has no trailer", "le fichier n'a pas de pied"),
    "header_mismatch": ("the header contradicts the name", "l'en-tête contredit le nom"),
    "wrong_count": ("the trailer's count disagrees", "le total du pied ne correspond pas"),
    "repeated_sequence": ("a sequence number came twice", "un numéro de séquence est répété"),
    "order_number_clash": ("two orders have one number", "deux commandes ont le même numéro"),
    "incomplete": ("too little to create a record", "trop peu pour créer une fiche"),
    "no_sku": ("an order line has no SKU", "une ligne de commande sans SKU"),
    "no_order_number": ("an order has no number", "une commande sans numéro"),
    "unknown_order": ("an order that the ledger never met", "une commande inconnue du registre"),
    "order_cancelled": ("the order was cancelled", "la commande a été annulée"),
    "no_shipping_info": ("an order without shipping method", "une commande sans mode de livraison"),
    "delivery_differs": ("a delivery was there, and differs", "une livraison déjà là, et différente"),
    "second_external_id": ("the ERP gave a second number", "l'ERP a donné un second numéro"),
    "step_out_of_order": ("an order step came too early", "une étape de commande est venue trop tôt"),
    "unknown_attribute": ("the product type lacks an attribute", "un attribut manque au type de produit"),
    "invalid_attribute": ("a value the attribute cannot hold", "une valeur que l'attribut n'accepte pas"),
    "same_for_all": (
        "an attribute differs between variants",
        "un attribut diffère d'une déclinaison à l'autre",
    ),
    "product_type_fixed": ("a product keeps its type", "un produit garde son type"),
    "variants": ("variants that do not fit together", "des déclinaisons incompatibles"),
    "too_many_variants": ("too many variants", "trop de déclinaisons"),
    "cannot_become_root": ("a category cannot become a root", "une famille ne peut devenir racine"),
    "role_missing": ("a channel lacks its role", "un canal n'a pas son rôle"),
    "empty_validity": ("a validity that ends before it begins", "une validité finie avant de commencer"),
    "scope_differs": ("a price key of another scope", "une clé de prix d'une autre portée"),
    "reference_missing": ("points to something the shop lacks", "renvoie à un objet absent de la boutique"),
    "accepted_not_applied": ("accepted, but not shown by the shop", "accepté, mais pas visible en boutique"),
    "not_taken": ("not taken for now", "pas encore pris"),
    "refused": ("refused by the shop", "refusé par la boutique"),
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


def cause(code: str, lang: Language) -> str:
    """Name a cause of rejects; a cause we have no words for keeps its code."""
    english, french = _CAUSES.get(code, (code.replace("_", " "), code.replace("_", " ")))
    return french if lang == "fr" else english
