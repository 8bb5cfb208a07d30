"""The words of a reconciliation, in English and French: what differs, why probably, what to do about it."""

from __future__ import annotations

__all__ = ["RECONCILING_WORDS"]

RECONCILING_WORDS: dict[str, tuple[str, str]] = {
    "reconcile_title": ("Orders of {day} ({zone})", "Commandes du {day} ({zone})"),
    "reconcile_counts": ("What each side holds", "Ce que chacun détient"),
    "reconcile_side": ("side", "côté"),
    "reconcile_shop": ("shop", "boutique"),
    "reconcile_ledger": ("ledger", "registre"),
    "reconcile_erp": ("ERP", "ERP"),
    "reconcile_says_shop": ("shop says", "boutique"),
    "reconcile_says_ledger": ("we say", "nous"),
    "reconcile_says_erp": ("ERP says", "ERP"),
    "reconcile_list": ("The ERP's list: {file}, written {at}", "État de l'ERP : {file}, écrit le {at}"),
    "reconcile_no_list": (
        "There is no list of the ERP of that day or later: shop and ledger alone are compared.",
        "Aucun état de l'ERP pour ce jour ni après : seuls boutique et registre sont comparés.",
    ),
    "reconcile_unreadable": (
        "{count} records of the ERP's list cannot be read; their orders may seem to be missing there.",
        "{count} lignes de l'état de l'ERP sont illisibles ; leurs commandes peuvent y sembler absentes.",
    ),
    "reconcile_agrees": ("Shop, ledger and ERP agree.", "Boutique, registre et ERP concordent."),
    "reconcile_agrees_two": ("Shop and ledger agree.", "Boutique et registre concordent."),
    "reconcile_differs": ("{count} differences.", "{count} écarts."),
    "reconcile_probably": ("probably", "sans doute"),
    "reconcile_repair": ("repair", "réparation"),
    "reconcile_more": (
        "the first {shown} of {count}; --html and --json show all",
        "les {shown} premiers sur {count} ; --html et --json les montrent tous",
    ),
    # What differs.
    "reconcile_missing_in_ledger": ("In the shop, not with us", "En boutique, pas chez nous"),
    "reconcile_missing_in_shop": ("With us, not in the shop", "Chez nous, plus en boutique"),
    "reconcile_missing_in_erp": ("Sent, not at the ERP", "Envoyées, absentes de l'ERP"),
    "reconcile_twice_in_erp": ("Twice at the ERP", "En double dans l'ERP"),
    "reconcile_only_in_erp": ("At the ERP alone", "Dans l'ERP seulement"),
    "reconcile_not_sent_and_in_erp": ("At the ERP, not sent by us", "Dans l'ERP sans envoi de notre part"),
    "reconcile_refused": ("Refused by the ERP", "Refusées par l'ERP"),
    "reconcile_paid_and_waiting": ("Paid in the shop, waiting here", "Payées en boutique, en attente ici"),
    "reconcile_amount_differs_in_shop": ("Another amount in the shop", "Autre montant en boutique"),
    "reconcile_amount_differs_in_erp": ("Another amount at the ERP", "Autre montant dans l'ERP"),
    "reconcile_state_differs_in_shop": ("Another state in the shop", "Autre état en boutique"),
    "reconcile_state_differs_in_erp": ("Another state at the ERP", "Autre état dans l'ERP"),
    "reconcile_erp_number_differs": ("Another number at the ERP", "Autre numéro dans l'ERP"),
    # Why, probably.
    "reconcile_why_not_collected": ("it was never collected", "jamais relevée"),
    "reconcile_why_no_number": ("it has no order number", "elle n'a pas de numéro"),
    "reconcile_why_deleted": ("it was deleted in the shop", "supprimée en boutique"),
    "reconcile_why_never_answered": (
        "its file was lost, nobody ever answered it",
        "son fichier s'est perdu, personne n'y a répondu",
    ),
    "reconcile_why_accepted_and_not_listed": (
        "the ERP accepted it and lost it, or its list is not whole",
        "l'ERP l'a acceptée puis perdue, ou son état est incomplet",
    ),
    "reconcile_why_refused_by_erp": ("the ERP refused it", "l'ERP l'a refusée"),
    "reconcile_why_sent_by_other_way": ("somebody keyed it in there", "saisie là-bas à la main"),
    "reconcile_why_two_numbers": ("it was taken twice", "elle a été prise deux fois"),
    "reconcile_why_listed_twice": ("its list names it twice", "l'état la cite deux fois"),
    "reconcile_why_answer_not_heard": (
        "an answer of the ERP did not reach us",
        "une réponse de l'ERP ne nous est pas parvenue",
    ),
    "reconcile_why_unknown_to_us": (
        "another source's order, or a wrong number",
        "autre source, ou numéro faux",
    ),
    "reconcile_why_not_read_again": (
        "it changed in the shop after we read it",
        "modifiée en boutique après notre lecture",
    ),
    "reconcile_why_export_not_begun": ("nothing was begun", "rien n'a commencé"),
    "reconcile_why_export_pending": (
        "a gate holds it, or no run came since",
        "une règle la retient, ou aucun passage depuis",
    ),
    "reconcile_why_export_claimed": ("a file is on its way", "un fichier est en route"),
    "reconcile_why_export_in_doubt": (
        "the answer to its file was lost",
        "la réponse à son fichier s'est perdue",
    ),
    "reconcile_why_change_not_taken": (
        "the ERP has an older revision",
        "l'ERP en a une révision plus ancienne",
    ),
    "reconcile_why_changed_in_erp": ("it was changed at the ERP", "modifiée dans l'ERP"),
    "reconcile_why_not_shown_yet": ("the shop was not told yet", "la boutique n'en sait rien encore"),
    "reconcile_why_changed_in_shop": (
        "somebody changed it in the shop",
        "modifiée en boutique par quelqu'un",
    ),
    "reconcile_why_refusal_not_heard": ("a refusal did not reach us", "un refus ne nous est pas parvenu"),
    "reconcile_why_list_is_older": (
        "the list is older than the news",
        "l'état est plus ancien que les nouvelles",
    ),
    "reconcile_why_cancelled_on_one_side": (
        "one side cancelled it and the other does not know",
        "annulée d'un côté, l'autre l'ignore",
    ),
    "reconcile_why_message_lost": ("a message did not reach us", "un message ne nous est pas parvenu"),
    # What to do.
    "reconcile_do_missing_in_ledger": (
        "--repair collect reads them again; is one in quarantine (`passerelle status orders-out`)?",
        "--repair collect les relit ; l'une est-elle en quarantaine (`passerelle status orders-out`) ?",
    ),
    "reconcile_do_missing_in_shop": (
        "Who deleted them? What is known of them stays in the ledger.",
        "Qui les a supprimées ? Ce qu'on en sait reste au registre.",
    ),
    "reconcile_do_missing_in_erp": (
        "Ask the ERP. If it does not have one: --repair export --order NUMBER --because REASON.",
        "Demandez à l'ERP. S'il n'en a pas une : --repair export --order NUMÉRO --because MOTIF.",
    ),
    "reconcile_do_twice_in_erp": (
        "Have the second one cancelled there before it is shipped.",
        "Faites annuler la seconde là-bas avant son expédition.",
    ),
    "reconcile_do_only_in_erp": (
        "Ask the ERP where they come from; ship none before that is known.",
        "Demandez à l'ERP d'où elles viennent ; n'en expédiez aucune avant de le savoir.",
    ),
    "reconcile_do_not_sent_and_in_erp": (
        "Ask who entered them there, before ours leaves too.",
        "Demandez qui les a saisies, avant que la nôtre ne parte aussi.",
    ),
    "reconcile_do_refused": (
        "Mend the reason, then --repair export --order NUMBER --because REASON.",
        "Corrigez la cause, puis --repair export --order NUMÉRO --because MOTIF.",
    ),
    "reconcile_do_paid_and_waiting": (
        "`passerelle order NUMBER` says what holds one; then `passerelle run orders-out`.",
        "`passerelle order NUMÉRO` dit ce qui la retient ; puis `passerelle run orders-out`.",
    ),
    "reconcile_do_amount_differs_in_shop": (
        "--repair collect reads them again; the ERP hears of a new revision.",
        "--repair collect les relit ; l'ERP reçoit une nouvelle révision.",
    ),
    "reconcile_do_amount_differs_in_erp": (
        "Compare line by line with the ERP: one of the two must be put right.",
        "Comparez ligne à ligne avec l'ERP : l'un des deux est à corriger.",
    ),
    "reconcile_do_state_differs_in_shop": (
        "--repair project shows them again; where the payment differs --repair collect first.",
        "--repair project les montre à nouveau ; si le paiement diffère, d'abord --repair collect.",
    ),
    "reconcile_do_state_differs_in_erp": (
        "--repair replay hears the messages since that day again; what is still apart, ask the ERP to send.",
        "--repair replay relit les messages depuis ce jour ; ce qui diffère encore, demandez-le à l'ERP.",
    ),
    "reconcile_do_erp_number_differs": (
        "--repair replay hears the answers again; if they stay apart, ask the ERP which number holds.",
        "--repair replay relit les réponses ; sinon, demandez à l'ERP quel numéro vaut.",
    ),
    # What was done.
    "reconcile_nothing_to_repair": ("Nothing to repair by {repair}.", "Rien à réparer par {repair}."),
    "reconcile_sent_again": (
        "{count} orders leave again with the next run of their feed: {numbers}",
        "{count} commandes repartent au prochain passage de leur flux : {numbers}",
    ),
    "reconcile_left_alone": ("{number} is left alone: {reason}", "{number} n'est pas touchée : {reason}"),
}
