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
    "shop": ("shop", "boutique"),
    "inventory_mode": ("inventory mode", "mode d'inventaire"),
    "versions": ("versions", "versions"),
    "home": ("own folder", "dossier propre"),
    "disk": ("disk", "disque"),
    "ledger": ("ledger", "registre"),
    "ledger_clock": ("clock of the ledger", "horloge du registre"),
    "backups": ("backup", "sauvegarde"),
    "folders": ("partners' folders", "dossiers des partenaires"),
    "schedules": ("schedules", "horaires"),
    "alert_channels": ("alert channels", "canaux d'alerte"),
    "collector": ("collector", "collecteur"),
    "encryption_key": ("key of Prefect's blocks", "clé des blocs Prefect"),
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
    "unknown_clock": (
        "The shop's time comes with its settings: view_project_settings is missing, or they bear no Date",
        "L'heure vient avec les réglages : il manque view_project_settings, ou la réponse est sans date",
    ),
    "unknown_other": (
        "Not looked at: a scope is missing, or the shop does not say",
        "Non contrôlé : un droit manque, ou la boutique ne le dit pas",
    ),
    "advice_shop": (
        "Check addresses and network; without the shop nothing is carried",
        "Vérifier adresses et réseau ; sans la boutique rien n'est livré",
    ),
    "unknown_shop": (
        "No shop is set: PASSERELLE_COMMERCETOOLS__PROJECT_KEY and its companions",
        "Aucune boutique réglée : PASSERELLE_COMMERCETOOLS__PROJECT_KEY et ses voisines",
    ),
    "advice_inventory_mode": (
        "The last orders were counted otherwise than stock.inventory_mode says: correct the mapping",
        "Les dernières commandes comptent autrement que stock.inventory_mode : corriger le mapping",
    ),
    "unknown_inventory_mode": (
        "No order tells it yet, or orders may not be read",
        "Aucune commande ne le dit encore, ou elles ne peuvent être lues",
    ),
    "advice_versions": (
        "The settings ask for what is not installed: pip install these",
        "Les réglages demandent ce qui n'est pas installé : pip install ces extras",
    ),
    "advice_home": (
        "This user must be able to write there, and nobody else may read the ledger: chmod 600",
        "Cet utilisateur doit pouvoir y écrire, et lui seul lire le registre : chmod 600",
    ),
    "advice_disk": (
        "Make room, or keep originals for less long (files.afterwards.originals)",
        "Faire de la place, ou garder moins longtemps les originaux (files.afterwards.originals)",
    ),
    "advice_ledger": (
        "Is the database up, and may this user write there? An older revision: `passerelle upgrade`",
        "La base répond-elle, cet utilisateur peut-il y écrire ? Révision ancienne : `passerelle upgrade`",
    ),
    "advice_ledger_clock": (
        "Set both clocks by NTP: leases and call budgets go by time",
        "Régler les deux horloges par NTP : baux et budgets d'appels vont à l'heure",
    ),
    "unknown_backups": (
        "None within two days by `passerelle backup`: have it run daily",
        "Aucune depuis deux jours par `passerelle backup` : la lancer chaque jour",
    ),
    "advice_folders": (
        "`passerelle probe FEED` tells more: address, login, rights, names of folders",
        "`passerelle probe FLUX` en dit plus : adresse, accès, droits, noms de dossiers",
    ),
    "unknown_folders": ("Nothing says where files are", "Rien ne dit où sont les fichiers"),
    "advice_schedules": (
        "prefect.yaml has no active schedule that carries these feeds for real",
        "prefect.yaml n'a pas d'horaire actif qui livre ces flux pour de vrai",
    ),
    "unknown_schedules": ("There is no prefect.yaml here", "Il n'y a pas de prefect.yaml ici"),
    "advice_alert_channels": (
        "Nobody can be told: check host and port, then `passerelle alerts test`",
        "Personne ne peut être prévenu : vérifier hôte et port, puis `passerelle alerts test`",
    ),
    "unknown_alert_channels": (
        "None is set: alerts are kept and shown, nobody is told",
        "Aucun réglé : les alertes sont gardées et montrées, personne n'est prévenu",
    ),
    "advice_collector": (
        "The collector does not answer: runs go on, their traces are lost",
        "Le collecteur ne répond pas : les exécutions continuent, leurs traces sont perdues",
    ),
    "unknown_collector": ("None is set", "Aucun réglé"),
    "advice_encryption_key": (
        "Set PREFECT_SERVER_ENCRYPTION_KEY before the first block; its file is for this user alone",
        "Fixer PREFECT_SERVER_ENCRYPTION_KEY avant le premier bloc ; fichier à cet utilisateur seul",
    ),
    "unknown_encryption_key": (
        "`passerelle up` makes one at its first start; nothing here keeps secrets in blocks",
        "`passerelle up` en crée une au premier démarrage ; aucun secret n'est dans un bloc ici",
    ),
}
