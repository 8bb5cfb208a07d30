"""The words about plans, decisions and undo in English and French."""

from __future__ import annotations

__all__ = ["PLAN_WORDS"]

PLAN_WORDS: dict[str, tuple[str, str]] = {
    # What a plan is about.
    "entity_category": ("Categories", "Catégories"),
    "entity_product": ("Products", "Produits"),
    "entity_price": ("Prices", "Prix"),
    "entity_stock": ("Stock levels", "Stocks"),
    "entity_record": ("Records", "Enregistrements"),
    # What is done: the same words for one and for many.
    "kind_create": ("{count} to create", "{count} à créer"),
    "kind_update": ("{count} to change", "{count} à modifier"),
    "kind_replace": ("{count} to replace", "{count} à remplacer"),
    "kind_delete": ("{count} to delete", "{count} à supprimer"),
    "kind_unpublish": ("{count} to take off the shop", "{count} à dépublier"),
    "kind_zero": ("{count} to set to zero", "{count} à mettre à zéro"),
    "kind_deactivate": ("{count} to switch off", "{count} à désactiver"),
    "of_them_far": ("{count} of them by more than {share} %", "dont {count} de plus de {share} %"),
    "of_them_prices_far": (
        "{count} of them with prices that move by more than {share} % ({prices} prices)",
        "dont {count} avec des prix qui bougent de plus de {share} % ({prices} prix)",
    ),
    "of_them_zero": ("{count} stock levels go to zero", "{count} stocks passent à zéro"),
    "of_them_waiting": (
        "{count} without something they point to, which follows by itself",
        "{count} sans un élément cité, qui suivra de lui-même",
    ),
    "nothing_to_decide": ("Nothing changes: there is nothing to decide.", "Rien ne change : rien à décider."),
    "may_it_pass": (
        "no record changes; the guard asks whether the file may pass",
        "aucun enregistrement ne change ; le garde-fou demande si le fichier peut passer",
    ),
    # Titles and columns.
    "plan_title": ("Plan {number} · {feed} · {hash}", "Plan {number} · {feed} · {hash}"),
    "plans_title": ("Plans", "Plans"),
    "jumps_title": ("Prices that move farthest", "Prix qui bougent le plus"),
    "plan_fields_title": ("Records by field", "Enregistrements par champ"),
    "first_rows": ("The first {shown} lines of more", "Les {shown} premières lignes"),
    "number": ("plan", "plan"),
    "hash": ("hash", "empreinte"),
    "origin": ("made of", "issu de"),
    "made_at": ("made", "établi"),
    "what": ("what", "quoi"),
    "decided": ("decided", "décidé"),
    "share": ("by", "de"),
    "origin_run": ("files", "fichiers"),
    "origin_replay": ("files read again", "fichiers relus"),
    "origin_undo": ("a run taken back", "reprise d'un passage"),
    "origin_drift": ("what drifted", "écarts constatés"),
    "state_stored": ("waits", "en attente"),
    "state_expired": ("expired", "expiré"),
    "state_approved": ("approved", "approuvé"),
    "state_applied": ("applied", "appliqué"),
    "state_refused": ("refused", "refusé"),
    # Lines of a plan.
    "plan_of": ("Of {files}", "De {files}"),
    "plan_undoes": ("Takes back run {run}", "Reprend le passage {run}"),
    "plan_guard": ("The guard says no: {text}", "Le garde-fou dit non : {text}"),
    "plan_decided": ("{state} by {who}, {when}: {reason}", "{state} par {who}, {when} : {reason}"),
    "no_reason": ("no reason given", "sans motif"),
    "plan_put_aside": (
        "Not in the plan: {parked} waiting for something, {rejected} rejected",
        "Hors du plan : {parked} en attente d'un élément, {rejected} rejetés",
    ),
    "plan_outcome": (
        "Applied: {created} created, {updated} changed, {removed} taken away, {moved} left alone",
        "Appliqué : {created} créés, {updated} modifiés, {removed} retirés, {moved} laissés tels quels",
    ),
    "how_to_apply": (
        (
            "Nothing was written. `passerelle apply {hash}` carries out exactly this, until {until}; "
            "`passerelle refuse {hash} --reason …` puts it aside."
        ),
        (
            "Rien n'a été écrit. `passerelle apply {hash}` applique exactement ceci, jusqu'au {until} ; "
            "`passerelle refuse {hash} --reason …` l'écarte."
        ),
    ),
    "how_to_apply_guarded": (
        (
            "Nothing was written. `passerelle apply {hash} --reason …` carries out exactly this in spite of "
            "the guard, until {until}; `passerelle refuse {hash} --reason …` puts it aside."
        ),
        (
            "Rien n'a été écrit. `passerelle apply {hash} --reason …` applique exactement ceci malgré le "
            "garde-fou, jusqu'au {until} ; `passerelle refuse {hash} --reason …` l'écarte."
        ),
    ),
    "how_to_let_pass": (
        (
            "Nothing was written, the file stays where it is. `passerelle apply {hash} --reason …` lets it "
            "pass as it is, until {until}: the next `passerelle run {feed}` puts it away, and what it lacks "
            "counts as absent. `passerelle refuse {hash} --reason …` leaves it stopped."
        ),
        (
            "Rien n'a été écrit, le fichier reste où il est. `passerelle apply {hash} --reason …` le laisse "
            "passer tel quel, jusqu'au {until} : le prochain `passerelle run {feed}` le range, et ce qui y "
            "manque compte comme absent. `passerelle refuse {hash} --reason …` le laisse arrêté."
        ),
    ),
    "undo_returns": (
        (
            "The source still says what was taken back: the next file with these records writes it again. "
            "Have the source mended first."
        ),
        (
            "La source dit encore ce qui est repris : le prochain fichier qui le contient le récrira. "
            "Faire corriger la source d'abord."
        ),
    ),
    "plan_refused": ("Plan {number} ({hash}) is refused.", "Le plan {number} ({hash}) est refusé."),
    "no_plans": ("No plan waits, and none was decided.", "Aucun plan en attente ni décidé."),
    "page_written": ("Page: {path}", "Page : {path}"),
    "moved": (
        "{count} records were left alone: they changed in the shop meanwhile",
        "{count} enregistrements laissés tels quels : modifiés entre-temps en boutique",
    ),
}
