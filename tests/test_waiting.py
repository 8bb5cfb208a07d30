"""A port that a test was given is its own until its server binds it."""

from __future__ import annotations

import socket

from tests.memory import alone
from tests.waiting import free_port, given


def test_no_other_process_is_given_the_same_port() -> None:
    """The mark is seen by others; who listens on the port is not hindered by it."""
    port = free_port()
    assert alone(given, port) is False
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_port_that_somebody_listens_on_is_not_given() -> None:
    """Whatever it is that listens there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not given(taken.getsockname()[1])
