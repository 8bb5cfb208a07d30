"""The shell of whoever runs the tests says nothing to what they test."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from tests.surroundings import OURS, plain

SPEAKING = {
    "LANG": "fr_FR.UTF-8",
    "LC_ALL": "fr_FR.UTF-8",
    "PASSERELLE_LANG": "fr",
    "PASSERELLE_COMMERCETOOLS__PROJECT_KEY": "a-real-shop",
    "AWS_SECRET_ACCESS_KEY": "a real one",
    "FORCE_COLOR": "1",
    "COLUMNS": "20",
}


@given(
    st.dictionaries(
        st.sampled_from([*SPEAKING, *sorted(OURS), "NO_PROXY", "PATH"]), st.text(min_size=1, max_size=9)
    )
)
def test_nothing_of_it_is_left_but_what_tells_the_tests_themselves(shell: dict[str, str]) -> None:
    """Language, width, colours, settings and keys go; whatever else is there stays as it is."""
    left = plain(shell)
    assert {name: left[name] for name in left.keys() & SPEAKING.keys()} == {"LANG": "C.UTF-8"}
    stays = shell.keys() - SPEAKING.keys() - {"NO_PROXY"}
    assert {name: left[name] for name in stays} == {name: shell[name] for name in stays}


def test_our_own_machine_is_asked_without_a_proxy() -> None:
    """The proxy stays for pip, and so does what it was told to spare."""
    left = plain({"HTTP_PROXY": "http://proxy.example", "no_proxy": "intra.example"})
    assert left["HTTP_PROXY"] == "http://proxy.example"
    assert left["NO_PROXY"] == left["no_proxy"] == "intra.example,127.0.0.1,localhost"


def test_this_very_test_lives_in_such_an_environment() -> None:
    """It is cleared before anything is imported that reads it."""
    assert os.environ["LANG"] == "C.UTF-8"
    assert "127.0.0.1" in os.environ["NO_PROXY"]
    assert not [name for name in os.environ if name.startswith("PASSERELLE_") and name not in OURS]
