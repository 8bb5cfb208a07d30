"""What the guard says is said in both languages, whatever the rule."""

from __future__ import annotations

import pytest

from passerelle.sync import PriceMove, Seen, Thresholds, inspect
from passerelle.sync.guard import removal_breach
from passerelle.sync.guard_words import guard_told, stop_told

ALLOWED = Thresholds(price_move=PriceMove(by=0.6, share=0.05), ask_above=10)
SEEN = {
    "volume": Seen(full=True, known=300, received=199),
    "absent": Seen(full=True, known=300, received=300, absent=100),
    "zeroed": Seen(full=False, known=100, received=100, zeroed=41),
    "rejects": Seen(full=False, known=0, received=100, rejected=31),
    "price_move": Seen(full=False, known=100, received=100, moves=[-0.99] * 20),
    "changes": Seen(full=False, known=100, received=100, changes=11),
}


@pytest.mark.parametrize("rule", SEEN)
def test_each_rule_has_its_words(rule: str) -> None:
    """The numbers of the rule and its advice are in them; the French is another text."""
    [breach] = inspect(SEEN[rule], ALLOWED)
    assert breach.rule == rule
    facts = {"guard": [breach.said], "breaches": [breach.facts]}
    [english], [french] = guard_told(facts, "en"), guard_told(facts, "fr")
    for number in (breach.numbers["count"], breach.numbers["limit"]):
        assert number in english.what
        assert number.replace(".", ",") in french.what
    assert english.what != french.what
    assert "" not in (english.advice, french.advice)
    assert "{" not in english.what + french.what


def test_a_number_is_written_as_the_reader_writes_it() -> None:
    """33.7 % here, 33,7 % there."""
    [breach] = inspect(SEEN["volume"], ALLOWED)
    facts = {"guard": [breach.said], "breaches": [breach.facts]}
    assert "33.7 %" in guard_told(facts, "en")[0].what
    assert "33,7 %" in guard_told(facts, "fr")[0].what


@pytest.mark.parametrize(
    ("facts", "french"),
    [
        ({"rule": "empty"}, "f.xml : il ne contient aucun enregistrement, ce que ce flux n'envoie jamais"),
        ({"rule": "no_full", "count": "7"}, "f.xml : le fichier de différences 7 est venu avant"),
        (
            {"rule": "gap", "count": "9", "limit": "7", "missing": "7 to 8"},
            "f.xml : reçu le numéro 9, attendu 7 : il manque 7 à 8",
        ),
    ],
    ids=["empty", "no-full", "gap"],
)
def test_a_stop_before_any_plan_has_its_words(facts: dict[str, str], french: str) -> None:
    """Which file, what came, what was expected, and how to go on, in both languages."""
    stop = {"said": "said", "file": "f.xml", **facts}
    told, english = stop_told([stop], "fr"), stop_told([stop], "en")
    assert told is not None
    assert english is not None
    assert told.what.startswith(french)
    assert told.advice.endswith("relancer avec --override-guard et le motif")
    assert english.what.startswith("f.xml: ")
    assert english.advice.endswith("run again with --override-guard and the reason")
    assert stop_told([], "fr") is None


def test_what_would_be_taken_away_has_its_words() -> None:
    """The guard of removals speaks both languages, too."""
    breach = removal_breach(6, 20, ALLOWED)
    assert breach is not None
    [told] = guard_told({"guard": [breach.said], "breaches": [breach.facts]}, "fr")
    assert told.what == "6 enregistrements sur 20 seraient retirés (30 %), toléré 5 %"


def test_plans_of_older_versions_keep_their_text() -> None:
    """What was kept as a text only is told as it is."""
    assert guard_told({"guard": ["absent: 9 of 10"]}, "fr")[0].what == "absent: 9 of 10"
    assert guard_told({"guard": "absent: 9 of 10"}, "en")[0].what == "absent: 9 of 10"
    assert guard_told({}, "en") == []
