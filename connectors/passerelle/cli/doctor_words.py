"""The words of `passerelle doctor` in English and French."""

from __future__ import annotations

__all__ = ["DOCTOR_WORDS"]

DOCTOR_WORDS: dict[str, tuple[str, str]] = {
    "doctor_title": ("Project {project}", "Projet {project}"),
    "check": ("check", "contrôle"),
    "found": ("found", "constat"),
    "wanted_by": ("feeds", "flux"),
    "good": ("good", "bon"),
    "missing": ("missing", "manque"),
    "unknown": ("not known", "inconnu"),
    "token": ("token", "jeton"),
    "identity": ("project", "projet"),
    "scopes": ("scopes", "droits (scopes)"),
    "clock": ("clock", "horloge"),
    "locales": ("locales", "langues"),
    "currencies": ("currencies", "devises"),
    "countries": ("countries", "pays"),
    "catalog_model": ("catalog model", "modèle de catalogue"),
    "channels": ("channels", "canaux"),
    "roles": ("channel roles", "rôles des canaux"),
    "references": ("what fields point to", "ce que citent les champs"),
    "attributes": ("attributes", "attributs"),
    "price_mode": ("price mode", "mode de prix"),
    "importing": ("Import API", "Import API"),
    "advice_token": (
        "Check client id, secret and addresses in the settings",
        "Vérifier l'identifiant, le secret et les adresses dans les réglages",
    ),
    "advice_identity": (
        "These settings mean another project: check key, region and name before anything is written",
        "Ces réglages visent un autre projet : vérifier clé, région et nom avant toute écriture",
    ),
    "advice_scopes": (
        "Give the API client these scopes (Merchant Center, Settings, Developer settings)",
        "Donner ces droits au client d'API (Merchant Center, Paramètres, Paramètres développeur)",
    ),
    "advice_clock": (
        "Set this machine's clock by NTP: orders are asked for by time",
        "Régler l'horloge de cette machine par NTP : les commandes se demandent par date",
    ),
    "advice_locales": (
        "Add them to the project's languages, or correct the mapping",
        "Les ajouter aux langues du projet, ou corriger le mapping",
    ),
    "advice_currencies": (
        "Add them to the project's currencies, or correct the mapping",
        "Les ajouter aux devises du projet, ou corriger le mapping",
    ),
    "advice_countries": (
        "Add them to the project's countries, or correct the mapping",
        "Les ajouter aux pays du projet, ou corriger le mapping",
    ),
    "advice_catalog_model": (
        "All prices of a Modular project stand alone: carry them by a feed of the entity price",
        "Les prix d'un projet Modular sont tous autonomes : les livrer par un flux de l'entité price",
    ),
    "advice_channels": (
        "Declare them in the model and run `passerelle project --apply`, or correct the code table",
        "Les déclarer dans le modèle et lancer `passerelle project --apply`, ou corriger la table de codes",
    ),
    "advice_roles": (
        "Give the channels these roles, or run `passerelle project --apply`",
        "Donner ces rôles aux canaux, ou lancer `passerelle project --apply`",
    ),
    "advice_references": (
        "Create them first; records that point to them are parked until then",
        "Les créer d'abord ; les enregistrements qui les citent attendent jusque-là",
    ),
    "advice_attributes": (
        "Add the attributes to the product type, or run `passerelle project --apply`",
        "Ajouter les attributs au type de produit, ou lancer `passerelle project --apply`",
    ),
    "advice_price_mode": (
        "These products show no price of this feed: set their priceMode, or carry the prices the other way",
        "Ces produits n'affichent aucun prix de ce flux : changer leur priceMode, ou la façon de livrer",
    ),
    "advice_importing": (
        "These feeds go by the Import API: give the API client the scope, or set `via: auto` in the mapping",
        "Ces flux passent par l'Import API : donner ce droit au client d'API, ou `via: auto` dans le mapping",
    ),
    "unknown_importing": (
        "New records go one by one without it; a first load is many times quicker with it",
        "Sans cela les nouveautés partent une à une ; un premier chargement va bien plus vite avec",
    ),
    "unknown_identity": (
        "The API client may not read the project's settings: view_project_settings lets it",
        "Le client d'API ne peut pas lire les réglages du projet : il lui faut view_project_settings",
    ),
    "unknown_scopes": ("The token does not name its scopes", "Le jeton ne dit pas ses droits"),
    "unknown_other": (
        "Not looked at: a scope is missing, or the shop does not say",
        "Non contrôlé : un droit manque, ou la boutique ne le dit pas",
    ),
}
