"""The words of alerts in English and French: what is wrong, what it does to the shop, what to do."""

from __future__ import annotations

from typing import NamedTuple

from .kinds import Kind
from .settings import Language

__all__ = ["WORDS", "KindWords", "counted", "say", "words_of"]


class KindWords(NamedTuple):
    """One kind: counted for one and for many, then what, effect and advice, each in English and French."""

    one: tuple[str, str]
    many: tuple[str, str]
    what: tuple[str, str]
    effect: tuple[str, str]
    advice: tuple[str, str]


WORDS: dict[Kind, KindWords] = {
    "guard_stop": KindWords(
        ("{n} stopped by the guard", "{n} arrêt par le garde-fou"),
        ("{n} stopped by the guard", "{n} arrêts par le garde-fou"),
        (
            "{feed}: the guard stopped the run: {message}{plan}",
            "{feed} : passage arrêté par le garde-fou : {message}{plan}",
        ),
        (
            "Nothing of the file was written; the shop keeps what it had, and newer files wait behind it.",
            "Rien n'a été écrit ; la boutique garde ce qu'elle avait, les fichiers suivants attendent.",
        ),
        (
            (
                "Look at what it would change (passerelle plan {feed}), then apply it with a reason, or have "
                "the file sent again."
            ),
            (
                "Regarder ce qui changerait (passerelle plan {feed}), puis l'appliquer avec un motif, ou "
                "faire renvoyer le fichier."
            ),
        ),
    ),
    "late_file": KindWords(
        ("{n} late file", "{n} fichier en retard"),
        ("{n} late files", "{n} fichiers en retard"),
        ("{feed} is late. {why}", "{feed} est en retard. {why}"),
        ("{effect}", "{effect}"),
        (
            (
                "See whether the file lies in the partner's folder (passerelle probe {feed}); if not, ask "
                "the sender for it."
            ),
            (
                "Vérifier si le fichier est dans le dossier du partenaire (passerelle probe {feed}) ; sinon, "
                "le demander à l'émetteur."
            ),
        ),
    ),
    "sequence_gap": KindWords(
        ("{n} gap in file numbers", "{n} trou dans les numéros de fichiers"),
        ("{n} gaps in file numbers", "{n} trous dans les numéros de fichiers"),
        (
            "{feed}: number {missing} never came; {file} and those behind it wait",
            "{feed} : le numéro {missing} n'est jamais arrivé ; {file} et les suivants attendent",
        ),
        (
            "No file of this feed is applied until the missing one comes: the shop stands still there.",
            "Aucun fichier n'est appliqué avant l'arrivée du manquant : la boutique n'avance plus.",
        ),
        (
            (
                "Ask the sender for number {missing}, or for a full file; a person may let it pass with "
                "--override-guard and the reason."
            ),
            (
                "Demander à l'émetteur le numéro {missing}, ou un fichier complet ; on peut passer outre "
                "avec --override-guard et le motif."
            ),
        ),
    ),
    "file_refused": KindWords(
        ("{n} refused file", "{n} fichier refusé"),
        ("{n} refused files", "{n} fichiers refusés"),
        ("{feed}: {files} was refused: {message}", "{feed} : {files} refusé : {message}"),
        (
            "Nothing of it was applied, and no good file came since: the shop keeps what it had.",
            "Rien n'a été appliqué, aucun bon fichier depuis : la boutique garde ce qu'elle avait.",
        ),
        (
            "Tell the sender what is wrong with the file and have it sent again under the next number.",
            "Dire à l'émetteur ce qui ne va pas dans le fichier et le faire renvoyer sous le numéro suivant.",
        ),
    ),
    "run_failed": KindWords(
        ("{n} feed that fails", "{n} flux en échec"),
        ("{n} feeds that fail", "{n} flux en échec"),
        ("{feed} fails: {message}", "{feed} échoue : {message}"),
        (
            "Nothing of this feed reaches the other side until a run goes well.",
            "Plus rien de ce flux ne passe tant qu'aucun passage ne réussit.",
        ),
        (
            (
                "Read the reason (passerelle status {feed}), see whether the way is open (passerelle doctor "
                "{feed}), then run it again."
            ),
            (
                "Lire la raison (passerelle status {feed}), vérifier que la voie est libre (passerelle "
                "doctor {feed}), puis relancer."
            ),
        ),
    ),
    "worker_gone": KindWords(
        ("{n} worker gone", "{n} processus disparu"),
        ("{n} workers gone", "{n} processus disparus"),
        (
            "{feed}: {who} ended in the middle of its work; last sign of life {heartbeat}",
            "{feed} : {who} s'est arrêté en plein travail ; dernier signe de vie {heartbeat}",
        ),
        (
            "What it worked on stands still; nothing is half written, and the next run goes on from there.",
            "Son travail est à l'arrêt ; rien n'est à moitié écrit, le prochain passage reprend là.",
        ),
        (
            "Start the feed again (passerelle run {feed}); if processes die again, look at memory and disk.",
            (
                "Relancer le flux (passerelle run {feed}) ; si des processus meurent encore, regarder "
                "mémoire et disque."
            ),
        ),
    ),
    "late_sweep": KindWords(
        ("{n} order sweep that did not run", "{n} relève de commandes manquante"),
        ("{n} order sweeps that did not run", "{n} relèves de commandes manquantes"),
        ("{sweep}", "{sweep}"),
        (
            "New orders may not leave, and the shop may not show what became of others.",
            "De nouvelles commandes peuvent ne pas partir, la boutique peut ignorer la suite des autres.",
        ),
        (
            (
                "Run it by hand (passerelle run {feed}; orders-shown: passerelle orders project) and see "
                "whether schedules are on."
            ),
            (
                "Le lancer à la main (passerelle run {feed} ; orders-shown : passerelle orders project), "
                "vérifier que les horaires sont actifs."
            ),
        ),
    ),
    "overdue_step": KindWords(
        ("{n} step with late orders", "{n} étape avec des commandes en retard"),
        ("{n} steps with late orders", "{n} étapes avec des commandes en retard"),
        (
            "{count} late in step {step} ({name}), for example {orders}",
            "{count} en retard à l'étape {step} ({name}), par exemple {orders}",
        ),
        (
            "Customers wait: nobody said that this happened to their orders.",
            "Des clients attendent : personne n'a confirmé cette étape de leur commande.",
        ),
        (
            "Go through the list (passerelle orders --overdue), one order with passerelle order NUMBER.",
            "Parcourir la liste (passerelle orders --overdue), une commande avec passerelle order NUMÉRO.",
        ),
    ),
    "budget_exhausted": KindWords(
        ("{n} call budget exhausted", "{n} budget d'appels épuisé"),
        ("{n} call budgets exhausted", "{n} budgets d'appels épuisés"),
        ("{budget}", "{budget}"),
        (
            "Feeds wait for each other: everything reaches the shop later, stock and orders before the rest.",
            "Les flux s'attendent : tout arrive plus tard en boutique, stocks et commandes avant le reste.",
        ),
        (
            (
                "See which feed calls most (passerelle status); put off what can wait, or raise the budget "
                "with commercetools."
            ),
            (
                "Voir quel flux appelle le plus (passerelle status) ; reporter ce qui peut attendre ou "
                "relever le budget avec commercetools."
            ),
        ),
    ),
    "queue_unhealthy": KindWords(
        ("{n} unhealthy queue", "{n} file de messages malade"),
        ("{n} unhealthy queues", "{n} files de messages malades"),
        ("{queue}", "{queue}"),
        (
            "Orders may be told later: the regular poll finds them, the queue does not.",
            "Des commandes peuvent être apprises plus tard : la relève les trouve, la file non.",
        ),
        (
            "Look at the queue's rights and at who else writes to it; the shop says how its subscription is.",
            "Vérifier les droits de la file et qui d'autre y écrit ; la boutique dit l'état de l'abonnement.",
        ),
    ),
    "reject_rate": KindWords(
        ("{n} feed with many rejects", "{n} flux avec beaucoup de rejets"),
        ("{n} feeds with many rejects", "{n} flux avec beaucoup de rejets"),
        (
            "{feed}: {count} of {received} records were refused: {causes}",
            "{feed} : {count} enregistrements refusés sur {received} : {causes}",
        ),
        (
            "The others were carried; these stay in the shop as they were.",
            "Les autres sont passés ; ceux-ci restent en boutique tels qu'ils étaient.",
        ),
        (
            "Look at the causes (passerelle status {feed}): a code table or a layout has probably changed.",
            (
                "Regarder les causes (passerelle status {feed}) : une table de codes ou un format a sans "
                "doute changé."
            ),
        ),
    ),
    "drift": KindWords(
        ("{n} feed that drifted", "{n} flux avec des écarts"),
        ("{n} feeds that drifted", "{n} flux avec des écarts"),
        (
            "{feed}: {count} of {checked} records are not in the shop as we wrote them",
            "{feed} : {count} enregistrements sur {checked} ne sont pas en boutique tels qu'écrits",
        ),
        (
            "Customers see something else than the source says.",
            "Les clients voient autre chose que ce que dit la source.",
        ),
        (
            "See what and who (passerelle drift {feed}); --repair makes a plan that a person applies.",
            "Voir quoi et qui (passerelle drift {feed}) ; --repair prépare un plan qu'une personne applique.",
        ),
    ),
    "foreign_fight": KindWords(
        ("{n} feed that somebody else writes, too", "{n} flux écrit aussi par d'autres"),
        ("{n} feeds that somebody else writes, too", "{n} flux écrits aussi par d'autres"),
        (
            "{feed}: somebody keeps changing fields that we write, too ({count}); we left them",
            "{feed} : quelqu'un change sans cesse des champs que nous écrivons aussi ({count}) ; laissés",
        ),
        (
            "These fields hold the other side's values until somebody decides whose they are.",
            "Ces champs gardent la valeur de l'autre tant que personne ne décide à qui ils sont.",
        ),
        (
            "Find out who writes them (passerelle foreign {feed}) and settle it in the mapping's owners.",
            "Trouver qui les écrit (passerelle foreign {feed}) et trancher dans owners du mapping.",
        ),
    ),
}

_SAID: dict[str, tuple[str, str]] = {
    "used_up": (
        "{calls} of {allowed} calls that the budget allows in {minutes} minutes were made, most by {feeds}",
        "{calls} appels sur les {allowed} que le budget permet en {minutes} minutes, surtout {feeds}",
    ),
    "refused": (
        "{feed}: the shop was too busy for {again} of {calls} calls, they were repeated",
        "{feed} : la boutique était trop occupée pour {again} appels sur {calls}, ils ont été répétés",
    ),
    "unreadable": (
        "{feed}: notifications of the queue that could not be read: {count}",
        "{feed} : notifications de la file qui n'ont pas pu être lues : {count}",
    ),
    "subscription": (
        "{feed}: the shop says of the subscription that fills the queue: {state}",
        "{feed} : la boutique dit de l'abonnement qui remplit la file : {state}",
    ),
    "plan_waits": (" (plan {number} waits for a decision)", " (le plan {number} attend une décision)"),
    "silent": ("{feed}: no good run since {last}", "{feed} : aucun passage réussi depuis {last}"),
    "configuration": (
        "The mappings cannot be read: {message}",
        "Les mappings sont illisibles : {message}",
    ),
    "no_effect": ("What the shop shows of it grows older.", "Ce que la boutique en montre vieillit."),
    "ever": ("it was set up", "sa mise en place"),
    "nothing": ("nothing is known", "rien n'est connu"),
    "nothing_wrong": ("nothing is wrong", "rien à signaler"),
    "over": ("over", "terminé"),
    "opened": ("new", "nouveau"),
    "worse": ("worse", "aggravé"),
    "again": ("again", "de retour"),
    "closed": ("over", "terminé"),
    "critical": ("critical", "critique"),
    "warning": ("warning", "avertissement"),
    "since": ("since {when}", "depuis {when}"),
    "lasted": ("from {when} to {until}", "du {when} au {until}"),
    "effect": ("Effect:", "Effet :"),
    "advice": ("What to do:", "Que faire :"),
    "runbook": ("First five minutes", "Les cinq premières minutes"),
    "page": ("First five minutes:", "Les cinq premières minutes :"),
    "more": ("and {n} more: passerelle alerts", "et {n} autres : passerelle alerts"),
    "looked_after": ("{who} looks after it: {why}", "{who} s'en occupe : {why}"),
    "list": ("All alerts: passerelle alerts", "Toutes les alertes : passerelle alerts"),
    "take": (
        "Take one: passerelle alerts ack NUMBER --reason …",
        "En prendre une : passerelle alerts ack NUMÉRO --reason …",
    ),
    "test": (
        "Test of the alerts: this channel works, nothing is wrong",
        "Test des alertes : ce canal fonctionne, rien à signaler",
    ),
}


def words_of(kind: str) -> KindWords | None:
    """Give the words of a kind; None when it is of another version of this software."""
    return next((words for known, words in WORDS.items() if known == kind), None)


def say(word: str, lang: Language, **values: object) -> str:
    """Say one of the common words."""
    return _SAID[word][lang == "fr"].format(**values)


def counted(kind: str, count: int, lang: Language) -> str:
    """Count alerts of a kind: `3 late files`; one of another version by its name."""
    words = words_of(kind)
    if words is None:
        return f"{count} {kind}"
    return (words.one if count == 1 else words.many)[lang == "fr"].format(n=count)
