"""The demo's last lines: agreement is said only of what agrees."""

from __future__ import annotations

from passerelle.cli.demo import _in_short


def test_what_differs_is_named_in_the_last_lines() -> None:
    """Two orders that the ERP refused are no agreement, though every feed succeeded."""
    assert _in_short("succeeded", "") == "The shop agrees with the ERP."
    told = _in_short("succeeded", "2 refused")
    assert "2 refused" in told
    assert "agrees with the ERP." not in told
    assert _in_short("completed_with_rejects", "") == "Outcome: completed_with_rejects."
