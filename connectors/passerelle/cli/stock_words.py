"""The words of the stock law, in English and French."""

from __future__ import annotations

__all__ = ["STOCK_WORDS"]

STOCK_WORDS: dict[str, tuple[str, str]] = {
    "stock_title": ("{sku}: what the shop shows, and why", "{sku} : ce que montre la boutique, et pourquoi"),
    "stock_place": ("place", "lieu"),
    "stock_for_sale": ("for sale", "à vendre"),
    "stock_told": ("stock told", "stock transmis"),
    "stock_why": ("why", "pourquoi"),
    "stock_since": ("published", "publié"),
    "stock_pool": ("(all places)", "(tous lieux)"),
    "stock_unknown": (
        "No feed of stock spoke of {sku} under the stock law.",
        "Aucun flux de stock n'a parlé de {sku} selon la loi du stock.",
    ),
    "stock_unknown_advice": (
        "Is it spelled as in the shop? A feed without `stock:` writes its numbers as they come.",
        "Est-il écrit comme en boutique ? Un flux sans `stock:` écrit ses nombres tels quels.",
    ),
    "stock_claimed": ("{count} counted {at}", "{count} comptées {at}"),
    "stock_claimed_ever": ("{count} counted, nobody knows when", "{count} comptées, on ne sait quand"),
    "stock_sold": ("{count} sold that it does not know of", "{count} vendues qu'il ignore"),
    "stock_lost": ("{count} not found at picking since", "{count} introuvables à la préparation depuis"),
    "stock_on_hold": ("{count} held for reservations", "{count} retenues pour réservation"),
    "stock_unheard": ("{count} in orders not collected yet", "{count} dans des commandes non relevées"),
    "stock_buffer": ("{count} kept back", "{count} gardées en réserve"),
    "stock_below_zero": ("never below zero", "jamais sous zéro"),
    "stock_minimum": ("{count} are too few to show", "{count} : trop peu pour montrer"),
    "stock_not_eligible": ("nothing is sold from here: {text}", "rien ne se vend d'ici : {text}"),
    "stock_no_reason": ("no reason given", "sans motif"),
}
