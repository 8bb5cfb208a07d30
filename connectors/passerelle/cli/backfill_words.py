"""The words about backfills in English and French."""

from __future__ import annotations

__all__ = ["BACKFILL_WORDS"]

BACKFILL_WORDS: dict[str, tuple[str, str]] = {
    # What a backfill would do.
    "backfill_forecast": (
        "{feed}: {files} files, {read} records to read, {compared} to compare, at most {calls} calls, {time}",
        (
            "{feed} : {files} fichiers, {read} enregistrements à lire, {compared} à comparer, "
            "{calls} appels au plus, {time}"
        ),
    ),
    "backfill_known": ("Speeds of {runs} past runs.", "Vitesses de {runs} passages."),
    "backfill_assumed": (
        "No run of this feed is known: speeds are assumed.",
        "Aucun passage connu de ce flux : vitesses supposées.",
    ),
    "backfill_files": ("Files that are read", "Fichiers lus"),
    "backfill_mode": ("kind", "type"),
    "backfill_size": ("bytes", "octets"),
    "backfill_about": ("about {count}", "environ {count}"),
    "backfill_collisions": ("What begins meanwhile", "Ce qui commence entre-temps"),
    "backfill_schedule": ("what", "quoi"),
    "backfill_first": ("first", "premier"),
    "backfill_times": ("times", "fois"),
    "backfill_usual": ("usually takes", "dure d'habitude"),
    "backfill_meaning": ("what that means", "conséquence"),
    "backfill_same_feed": ("goes between two batches", "passe entre deux lots"),
    "backfill_other_feed": ("shares the shop's calls", "partage les appels à la boutique"),
    "backfill_expected": ("a file is expected", "un fichier est attendu"),
    "backfill_no_collision": ("Nothing begins meanwhile.", "Rien ne commence entre-temps."),
    "backfill_unknown_collisions": (
        "What begins meanwhile is not known: {why}",
        "Ce qui commence entre-temps n'est pas connu : {why}",
    ),
    # What was asked.
    "backfill_title": ("Backfill {number} · {feed}", "Reprise {number} · {feed}"),
    "backfills_title": ("Backfills", "Reprises"),
    "backfill_none": ("No backfill was asked for.", "Aucune reprise demandée."),
    "backfill_number": ("backfill", "reprise"),
    "backfill_what": ("what", "quoi"),
    "backfill_asked_by": ("asked by", "demandée par"),
    "backfill_asked_at": ("asked", "demandée"),
    "backfill_done": ("written", "écrits"),
    "backfill_window": ("{since} to {until}", "du {since} au {until}"),
    "backfill_as_of": ("as of {day}", "au {day}"),
    "backfill_skus": ("{count} SKUs", "{count} SKU"),
    "backfill_named_files": ("{count} files", "{count} fichiers"),
    "backfill_dry": ("dry run", "à blanc"),
    "backfill_batches": ("Batches", "Lots"),
    "backfill_batch": ("batch", "lot"),
    "backfill_seconds": ("seconds", "secondes"),
    "backfill_interrupted": ("interrupted", "interrompu"),
    "backfill_left": ("{done} of {total}, {time} left", "{done} sur {total}, reste {time}"),
    "backfill_wishes_pause": ("It pauses after this batch.", "Elle s'arrête après ce lot."),
    "backfill_wishes_cancel": ("It ends after this batch.", "Elle se termine après ce lot."),
    # Where it stands.
    "reads": ("reads", "lectures"),
    "writes": ("writes", "écritures"),
    "backfill_asked": ("asked", "demandée"),
    "backfill_planning": ("reading", "lecture"),
    "backfill_planned": ("planned, nothing written", "prévue, rien d'écrit"),
    "backfill_waiting": ("waits for a decision", "attend une décision"),
    "backfill_running": ("at work", "en cours"),
    "backfill_dead": ("interrupted", "interrompue"),
    "backfill_paused": ("paused", "en pause"),
    "backfill_cancelled": ("cancelled", "annulée"),
    "backfill_failed": ("failed", "échec"),
    "backfill_state_done": ("done", "terminée"),
    # What to do.
    "backfill_go_on": (
        "`passerelle backfill resume {number}` goes on from the last batch.",
        "`passerelle backfill resume {number}` reprend après le dernier lot.",
    ),
    "backfill_carry_out": (
        (
            "Nothing was written. `passerelle backfill resume {number}` carries out exactly this; "
            "`passerelle plan --show {plan}` shows all of it."
        ),
        (
            "Rien n'a été écrit. `passerelle backfill resume {number}` l'applique exactement ; "
            "`passerelle plan --show {plan}` montre tout."
        ),
    ),
    "backfill_decide": (
        (
            "The guard says no. `passerelle backfill resume {number} --reason …` carries it out all the "
            "same, `passerelle backfill cancel {number}` gives it up."
        ),
        (
            "Le garde-fou dit non. `passerelle backfill resume {number} --reason …` l'applique malgré tout, "
            "`passerelle backfill cancel {number}` y renonce."
        ),
    ),
    # Thresholds that hold for a while.
    "allowances_title": ("The guard allows for a while", "Le garde-fou autorise pour un temps"),
    "allowance_rule": ("rule", "règle"),
    "allowance_allowed": ("allowed", "autorisé"),
    "allowance_until": ("until", "jusqu'au"),
    "allowance_by": ("by", "par"),
    "allowance_reason": ("reason", "motif"),
    # Lengths of time.
    "backfill_under_a_minute": ("under a minute", "moins d'une minute"),
    "backfill_minutes": ("{count} min", "{count} min"),
    "backfill_hours": ("{hours} h {minutes:02d} min", "{hours} h {minutes:02d} min"),
}
