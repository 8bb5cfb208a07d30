"""Causes: what the codes of faults mean in a few words, English and French, for people and for partners."""

from __future__ import annotations

from typing import Literal

__all__ = ["cause"]

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
    "wrong_count": ("the announced count disagrees", "le nombre annoncé ne correspond pas"),
    "checksum_mismatch": ("the checksum disagrees", "la somme de contrôle ne correspond pas"),
    "batch_refused": ("another file of its set was refused", "un autre fichier du même lot est refusé"),
    "schema": ("the file breaks the sender's schema", "le fichier ne respecte pas le schéma de l'émetteur"),
    "unknown_mode": ("neither full nor delta", "ni complet ni différentiel"),
    "unreadable_moment": ("the moment cannot be read", "l'horodatage est illisible"),
    "not_for_us": ("encrypted for somebody else", "chiffré pour un autre destinataire"),
    "bad_signature": ("the signature is not good", "la signature n'est pas valable"),
    "not_packed": ("not packed as agreed", "pas compressé comme convenu"),
    "damaged": ("the archive is damaged", "l'archive est abîmée"),
    "too_large": ("larger than allowed", "plus gros que permis"),
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


def cause(code: str, language: Literal["en", "fr"]) -> str:
    """Say a fault's code in words; a code without any is given as it is."""
    plain = code.replace("_", " ")
    english, french = _CAUSES.get(code, (plain, plain))
    return french if language == "fr" else english
