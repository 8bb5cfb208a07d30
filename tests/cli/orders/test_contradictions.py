"""Contradictions and awaited steps in the reader's language: none is forgotten, English is as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

import passerelle.fulfilment
from passerelle.cli.orders.contradictions import CONTRADICTIONS, about, telling
from passerelle.fulfilment import Awaited, Contradiction
from passerelle.ledger.orders.forgetting import FORGOTTEN
from passerelle.ledger.orders.placed import ELSEWHERE
from passerelle.records import MessageKind, MessageLine, OrderMessage

ROOM = Path(passerelle.fulfilment.__file__).parent


def codes() -> Iterator[str]:
    """Every code with which fulfilment contradicts or remarks, from its source."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"contradict", "remark"}
                and node.args
            ):
                yield from (
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and "_" in one.value
                )


def test_every_code_has_its_words_in_french() -> None:
    """And no word is of a code that there is not."""
    assert {*codes(), FORGOTTEN, ELSEWHERE} == set(CONTRADICTIONS)


def test_a_contradiction_is_told_with_its_message() -> None:
    """In French by what it is, the sender's number and pieces; in English as it was worked out."""
    message = OrderMessage(
        order_number="W-1", kind="shipped", ref="BL-2", place="101", lines=(MessageLine(quantity=2, sku="A"),)
    )
    one = Contradiction(code="over_delivery", text="delivery BL-2 brings", message=message, advice="Compare")
    assert telling(one, "en") == ("delivery BL-2 brings", "Compare")
    text, advice = telling(one, "fr")
    assert text == "Plus de pièces expédiées que commandées : expédition BL-2, 101, 2 x A"
    assert advice.startswith("Comparer la livraison")
    other = Contradiction(code="of_a_plugin", text="as it is", advice="Look")
    assert telling(other, "fr") == ("as it is", "Look")


@pytest.mark.parametrize(
    ("subject", "french"),
    [
        ("", ""),
        ("place 101", "lieu 101"),
        ("delivery BL-1", "livraison BL-1"),
        ("refused: stock", "refusée : stock"),
        ("refund/short/S-1", "remboursement short/S-1"),
        ("tracked GLS-1", "suivi GLS-1"),
        ("something else", "something else"),
    ],
)
def test_what_is_awaited_is_said_in_french(subject: str, french: str) -> None:
    """Numbers and names stay as their senders have them."""
    now = datetime(2026, 11, 2, tzinfo=UTC)
    wait = Awaited(step=9, name="allocation", subject=subject, since=now)
    assert (about(wait, "fr"), about(wait, "en")) == (french, subject)


def test_every_kind_of_message_has_a_word() -> None:
    """A subject that is a message is no English word in a French list."""
    now = datetime(2026, 11, 2, tzinfo=UTC)
    for kind in get_args(MessageKind):
        wait = Awaited(step=13, name="partial_shipment", subject=f"{kind} X", since=now)
        assert about(wait, "fr") != wait.subject, kind
