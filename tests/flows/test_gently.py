from __future__ import annotations

import signal

import pytest
from prefect.exceptions import TerminationSignal
from prefect.utilities.engine import can_ack_control_intent, capture_sigterm

from flows.gently import cancelled_gently


def _cancelled_within() -> None:
    with cancelled_gently() as is_cancelled:
        assert can_ack_control_intent()
        assert not is_cancelled()
        signal.raise_signal(signal.SIGTERM)
        assert is_cancelled()


def test_a_cancel_is_heard_and_obeyed_at_the_end() -> None:
    """Prefect's runner may say "cancel" meanwhile, as to a run that does not answer SIGTERM itself."""
    before = signal.getsignal(signal.SIGTERM)
    with capture_sigterm():
        prefects = signal.getsignal(signal.SIGTERM)
        with pytest.raises(TerminationSignal):
            _cancelled_within()
        assert signal.getsignal(signal.SIGTERM) is prefects
        assert can_ack_control_intent()
    assert signal.getsignal(signal.SIGTERM) == before


def test_without_a_cancel_nothing_happens() -> None:
    """Outside of a flow, too: what answered before answers again."""
    before = signal.getsignal(signal.SIGTERM)
    with cancelled_gently() as is_cancelled:
        assert not is_cancelled()
        assert not can_ack_control_intent()
    assert signal.getsignal(signal.SIGTERM) == before
