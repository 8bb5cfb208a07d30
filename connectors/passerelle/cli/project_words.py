"""The words of `passerelle project` in English and French."""

from __future__ import annotations

__all__ = ["PROJECT_WORDS"]

PROJECT_WORDS: dict[str, tuple[str, str]] = {
    "project_title": ("Project {project}, model {model}", "Projet {project}, modèle {model}"),
    "project_agrees": ("The project is as the model says.", "Le projet est conforme au modèle."),
    "project_waits": ("{count} that come after others", "{count} qui viennent après d'autres"),
    "project_after": ("after", "après"),
    "project_nowhere": (
        "What is red is nowhere: declare it in the model, or create it in the project",
        "Ce qui est en rouge n'existe nulle part : le déclarer dans le modèle, ou le créer dans le projet",
    ),
    "project_how": (
        "Nothing was written. `passerelle project --apply` does it.",
        "Rien n'a été écrit. `passerelle project --apply` l'applique.",
    ),
    "project_done": ("Done: {count} changes.", "Fait : {count} modifications."),
    "path_project": ("Settings of the project", "Réglages du projet"),
    "path_types": ("Custom types", "Types personnalisés"),
    "path_product-types": ("Product types", "Types de produit"),
    "path_tax-categories": ("Tax categories", "Catégories de taxe"),
    "path_channels": ("Channels", "Canaux"),
    "path_customer-groups": ("Customer groups", "Groupes de clients"),
    "path_states": ("States", "États"),
    "path_categories": ("Categories", "Catégories"),
    "path_product-selections": ("Product selections", "Sélections de produits"),
    "path_stores": ("Stores", "Magasins"),
}
