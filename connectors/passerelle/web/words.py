"""The words of the page in English and French."""

from __future__ import annotations

from ..operations.freshness_words import STATE_WORDS, Language

__all__ = ["WORDS", "chosen_language", "said", "say"]

WORDS: dict[str, tuple[str, str]] = {
    **{f"state_{state}": words for state, words in STATE_WORDS.items()},
    # Around every page.
    "skip": ("Skip to the content", "Aller au contenu"),
    "nav": ("Pages", "Pages"),
    "board": ("Board", "Tableau"),
    "alerts": ("Alerts", "Alertes"),
    "landscape": ("Landscape", "Paysage"),
    "plans": ("To decide", "À décider"),
    "language": ("Language", "Langue"),
    "log_in": ("Log in", "Se connecter"),
    "log_out": ("Log out", "Se déconnecter"),
    "role_read": ("may read", "lecture"),
    "role_operate": ("may operate", "exploitation"),
    "role_approve": ("may approve", "approbation"),
    "as_of": ("As of {clock}", "Situation à {clock}"),
    "refreshes": ("this page refreshes itself", "cette page se met à jour seule"),
    "ago": ("{span} ago", "il y a {span}"),
    "never": ("never", "jamais"),
    "colon": (": ", "\u202f: "),
    "up_to": ("{what} (up to {most})", "{what} (au plus {most})"),
    "details": ("Numbers", "Chiffres"),
    "flaws": (
        "The mappings on the disk have flaws; those read before are shown.",
        "Les mappings sur le disque ont des erreurs ; ceux lus auparavant sont montrés.",
    ),
    # The board.
    "all_well": ("Everything is on time", "Tout est à l'heure"),
    "one_late": ("1 feed is late", "1 flux en retard"),
    "some_late": ("{count} feeds are late", "{count} flux en retard"),
    "none_watched": ("No feed is watched yet", "Aucun flux n'est encore surveillé"),
    "none_watched_advice": (
        "A mapping that says `expects:` is watched: docs/how-to/operate/board.md.",
        "Un mapping qui dit `expects:` est surveillé : docs/how-to/operate/board.md.",
    ),
    "no_feeds": ("There are no feeds yet", "Il n'y a pas encore de flux"),
    "no_feeds_advice": (
        "Feeds are YAML files below the folder of mappings.",
        "Les flux sont des fichiers YAML dans le dossier des mappings.",
    ),
    "late_title": ("Needs somebody now", "À traiter maintenant"),
    "others_title": ("All feeds", "Tous les flux"),
    "feed": ("Feed", "Flux"),
    "state": ("State", "État"),
    "last_arrival": ("Last arrival", "Dernière arrivée"),
    "last_good_run": ("Last good run", "Dernière exécution réussie"),
    "last_run": ("Last run", "Dernière exécution"),
    "refused_column": ("Refused", "Refusés"),
    "awaited_column": ("Waiting", "En attente"),
    "some_refused": ("{count} refused", "{count} refusés"),
    "some_waiting": ("{count} waiting", "{count} en attente"),
    "last_file": ("Last file", "Dernier fichier"),
    "late_since": ("Late since {clock} ({span})", "En retard depuis {clock} ({span})"),
    "plans_waiting": ("{count} plans wait for a decision", "{count} plans attendent une décision"),
    "one_plan_waiting": ("1 plan waits for a decision", "1 plan attend une décision"),
    "peak_on": (
        "Peak mode ({profile}) until {until}: {reason}",
        "Mode de pointe ({profile}) jusqu'au {until} : {reason}",
    ),
    "peak_title": ("Peak mode", "Mode de pointe"),
    "peak_profile": ("Profile", "Profil"),
    "peak_until": ("Until", "Jusqu'au"),
    "peak_switch_on": ("Switch on", "Activer"),
    "peak_switch_off": ("Switch off", "Désactiver"),
    "peak_off_now": ("Peak mode is off.", "Le mode de pointe est désactivé."),
    # A feed.
    "expects": ("Expected", "Attendu"),
    "nothing_expected": ("its mapping does not say", "son mapping ne le dit pas"),
    "arrived": ("Arrived last", "Dernière arrivée"),
    "carried": ("Reached the shop", "Arrivé en boutique"),
    "trend_title": ("The last runs", "Les dernières exécutions"),
    "trend_none": ("There was no run yet.", "Aucune exécution pour l'instant."),
    "trend_text": (
        "{worked} of {runs} runs worked. Usually: {changed} changed, {refused} refused, {seconds}.",
        "{worked} exécutions sur {runs} réussies. Souvent {changed} modifiés, {refused} refusés, {seconds}.",
    ),
    "trend_picture": (
        "Records changed (up) and refused (down) by run, the last run on the right",
        "Enregistrements modifiés (vers le haut) et refusés (vers le bas), la dernière exécution à droite",
    ),
    "trend_seconds": ("Duration by run", "Durée par exécution"),
    "changed": ("changed", "modifiés"),
    "refused": ("refused", "refusés"),
    "duration": ("duration", "durée"),
    "when": ("When", "Quand"),
    "received": ("Received", "Reçus"),
    "outcome": ("Outcome", "Issue"),
    "open_refusals": ("Refused and not mended yet", "Refusés, pas encore corrigés"),
    "awaited_title": ("What records wait for", "Ce que des enregistrements attendent"),
    # A run.
    "run_of": ("Run of {clock}", "Exécution de {clock}"),
    "did_it_work": ("Did it work?", "Est-ce que cela a marché ?"),
    "what_changed": ("What changed?", "Qu'est-ce qui a changé ?"),
    "what_would_change": ("What would change?", "Qu'est-ce qui changerait ?"),
    "what_refused": ("What was refused, and why?", "Qu'est-ce qui a été refusé, et pourquoi ?"),
    "what_waits": ("What is waited for?", "Qu'est-ce qui est attendu ?"),
    "where_is_it": ("Where is the file?", "Où est le fichier ?"),
    "verdict_succeeded": ("Yes.", "Oui."),
    "verdict_completed_with_rejects": ("Yes, but not all of it.", "Oui, mais pas tout."),
    "verdict_stopped_by_guard": ("No: the guard stopped it.", "Non : le garde-fou l'a arrêté."),
    "verdict_failed": ("No: it failed.", "Non : échec."),
    "verdict_interrupted": (
        "No: its process ended in the middle. The next run goes on.",
        "Non : son processus s'est arrêté au milieu. La prochaine exécution continue.",
    ),
    "verdict_running": ("It is at work.", "Elle est en cours."),
    "was_dry": ("Nothing was written: it only looked.", "Rien n'a été écrit : elle n'a fait que regarder."),
    "outcome_succeeded": ("succeeded", "réussi"),
    "outcome_completed_with_rejects": ("with rejects", "avec rejets"),
    "outcome_stopped_by_guard": ("stopped", "arrêté"),
    "outcome_failed": ("failed", "échec"),
    "outcome_None": ("at work", "en cours"),
    "nothing_changed": ("Nothing: the shop already agreed.", "Rien : la boutique était déjà d'accord."),
    "nothing_refused": ("Nothing.", "Rien."),
    "nothing_waits": ("Nothing.", "Rien."),
    "no_file": ("There was no file to take.", "Il n'y avait pas de fichier à prendre."),
    "by_field": ("Records by field", "Enregistrements par champ"),
    "field": ("Field", "Champ"),
    "records": ("records", "enregistrements"),
    "one_record": ("1 record", "1 enregistrement"),
    "some_records": ("{count} records", "{count} enregistrements"),
    "advice": ("What to do", "Que faire"),
    "example": ("For example", "Par exemple"),
    "file_kept": ("Its original is kept as {path}", "Son original est gardé sous {path}"),
    "file_not_kept": ("No original of it is kept", "Aucun original n'en est gardé"),
    "parked_now": (
        "{count} records of this run wait for something they point to.",
        "{count} enregistrements de cette exécution attendent ce vers quoi ils pointent.",
    ),
    "held_file": ("{name} is held: {note}", "{name} est retenu : {note}"),
    "plan_to_decide": ("Plan {number} waits for a decision", "Le plan {number} attend une décision"),
    "took": ("took {span}", "durée {span}"),
    "on_host": ("on {host}", "sur {host}"),
    "asked_with": ("Asked with", "Demandé avec"),
    "file_applied": ("applied", "appliqué"),
    "file_planned": ("planned", "prévu"),
    "file_skipped": ("skipped", "ignoré"),
    "file_refused": ("refused", "refusé"),
    "file_held": ("held", "retenu"),
    # Counts.
    "count_received": ("received", "reçus"),
    "count_created": ("created", "créés"),
    "count_updated": ("updated", "modifiés"),
    "count_unchanged": ("unchanged", "inchangés"),
    "count_removed": ("removed", "retirés"),
    "count_pending": ("not written", "non écrits"),
    "count_superseded": ("came again later", "revenus plus loin"),
    "count_left_alone": ("left alone by a hook", "laissés par un crochet"),
    "count_absent": ("absent", "absents"),
    "count_gone": ("deleted by their source", "supprimés par leur source"),
    "count_moved": ("left alone", "laissés tels quels"),
    "count_resumed": ("waited and came", "attendus, arrivés"),
    "count_repaired": ("texts repaired", "textes réparés"),
    "count_foreign": ("fields changed by others", "champs modifiés par d'autres"),
    "count_foreign_left": ("of them left", "dont laissés"),
    "count_verified": ("read back", "relus"),
    "count_mismatched": ("read back different", "relus différents"),
    "count_calls": ("calls", "appels"),
    "count_calls_again": ("calls repeated", "appels répétés"),
    # The landscape.
    "landscape_title": ("What flows where", "Ce qui circule"),
    "landscape_picture": (
        "Systems as boxes, one arrow for each kind of data; the list below says the same",
        "Les systèmes en boîtes, une flèche par sorte de données ; la liste ci-dessous dit la même chose",
    ),
    "topic_catalogue": ("Catalogue", "Catalogue"),
    "topic_prices": ("Prices", "Prix"),
    "topic_stock": ("Stock", "Stock"),
    "topic_orders": ("Orders", "Commandes"),
    "flow_line": ("{topic}: from {source} to {target}", "{topic} : de {source} vers {target}"),
    "one_feed": ("1 feed", "1 flux"),
    "some_feeds": ("{count} feeds", "{count} flux"),
    "of_them_late": ("{late} of {count} late", "{late} sur {count} en retard"),
    # Alerts.
    "alerts_title": ("What is wrong now", "Ce qui ne va pas"),
    "no_alerts": ("No alert is open.", "Aucune alerte n'est ouverte."),
    "no_alerts_advice": (
        "`passerelle alerts check` looks for what is wrong; a schedule runs it.",
        "`passerelle alerts check` cherche ce qui ne va pas ; une planification l'exécute.",
    ),
    "one_alert": ("1 alert is open", "1 alerte est ouverte"),
    "some_alerts": ("{count} alerts are open", "{count} alertes sont ouvertes"),
    "severity_critical": ("critical", "critique"),
    "severity_warning": ("warning", "avertissement"),
    "alert_since": ("since {clock}", "depuis {clock}"),
    "alert_taken": ("{name} looks after it: {why}", "{name} s'en occupe : {why}"),
    "runbook": ("Runbook", "Procédure"),
    "alert_take": ("I look after it", "Je m'en occupe"),
    # Plans.
    "plans_title": ("Plans that wait for a decision", "Plans qui attendent une décision"),
    "no_plans": ("No plan waits.", "Aucun plan n'attend."),
    "plan_of": ("Plan {number}: {feed}", "Plan {number} : {feed}"),
    "made": ("Made", "Établi"),
    "expires": ("Expires", "Expire"),
    "guard_said": ("The guard said", "Le garde-fou a dit"),
    "may_it_pass": (
        "No record changes: the question is whether the file may pass as it is.",
        "Aucun enregistrement ne change : la question est de laisser passer le fichier tel quel.",
    ),
    "plan_changes": ("The first changes", "Les premiers changements"),
    "record": ("Record", "Enregistrement"),
    "kind": ("What", "Quoi"),
    "old": ("In the shop", "En boutique"),
    "new": ("Wanted", "Voulu"),
    "reason": ("Reason (kept in the ledger)", "Motif (gardé dans le registre)"),
    "approve": ("Approve and carry out", "Approuver et exécuter"),
    "refuse": ("Refuse", "Refuser"),
    "needs_approve": (
        "To decide here, log in with a token that may approve; or use passerelle apply {number}.",
        "Pour décider ici, connectez-vous avec un jeton d'approbation ; ou passerelle apply {number}.",
    ),
    "plan_state_stored": ("waits", "en attente"),
    "plan_state_approved": ("approved, being carried out", "approuvé, en cours d'exécution"),
    "plan_state_applied": ("carried out", "exécuté"),
    "plan_state_refused": ("refused", "refusé"),
    "plan_state_expired": ("expired", "expiré"),
    "decided_by": ("{name}: {reason}", "{name} : {reason}"),
    "kind_create": ("create", "création"),
    "kind_update": ("update", "modification"),
    "kind_replace": ("replace", "remplacement"),
    "kind_delete": ("delete", "suppression"),
    "kind_unpublish": ("unpublish", "dépublication"),
    "kind_deactivate": ("deactivate", "désactivation"),
    "kind_zero": ("set to zero", "mise à zéro"),
    # Logging in.
    "token": ("Your token", "Votre jeton"),
    "token_wrong": ("Nobody has this token.", "Personne n'a ce jeton."),
    # What goes wrong.
    "error_400": ("That cannot be done", "Ce n'est pas possible"),
    "error_401": ("Log in first", "Connectez-vous d'abord"),
    "error_403": ("You may not do that", "Vous n'y êtes pas autorisé"),
    "error_404": ("There is no such page", "Cette page n'existe pas"),
    "error_405": ("That cannot be done here", "Ce n'est pas possible ici"),
    "error_409": ("Something happened meanwhile", "Il s'est passé quelque chose entre-temps"),
    "error_500": ("The page broke", "La page est en panne"),
    "error_503": ("The ledger does not answer", "Le registre ne répond pas"),
    "no_tokens": (
        "Without tokens this page only shows. Set PASSERELLE_WEB_TOKENS to let people act.",
        "Sans jetons cette page ne fait que montrer. Réglez PASSERELLE_WEB_TOKENS pour agir.",
    ),
    "log_in_first": ("Log in with your token.", "Connectez-vous avec votre jeton."),
    "role_missing": ("Your role does not allow this.", "Votre rôle ne le permet pas."),
    "form_too_old": (
        "The form is from before the last log-in: open the page again.",
        "Le formulaire date d'avant la dernière connexion : ouvrez la page à nouveau.",
    ),
    "other_page": ("The form came from another page.", "Le formulaire vient d'une autre page."),
    "no_form": ("That is no form of this page.", "Ce n'est pas un formulaire de cette page."),
    "reason_missing": ("Give a reason: it is kept.", "Donnez un motif : il est gardé."),
    "gone": ("It is not in the ledger (any more).", "Ce n'est pas (ou plus) dans le registre."),
    "see_log": ("The log of the page has more.", "Le journal de la page en dit plus."),
}


def say(word: str, lang: Language, **values: object) -> str:
    """Say one of our words."""
    return said(word, lang).format(**values)


def said(word: str, lang: Language) -> str:
    """Give one of our words as it stands, with the names of its gaps."""
    english, french = WORDS[word]
    return french if lang == "fr" else english


def chosen_language(accepted: str) -> Language:
    """Choose a language by an Accept-Language header: the first that is ours by weight, else English."""
    weighted: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        base = tag.partition("-")[0].strip().lower()
        try:
            share = float(weight) if weight else 1.0
        except ValueError:
            continue
        if base == "fr":
            weighted.append((-share, place, "fr"))
        elif base == "en":
            weighted.append((-share, place, "en"))
    return min(weighted)[2] if weighted else "en"
