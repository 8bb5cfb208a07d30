"""A strict, stateful commerce API over real HTTP, for the demo, for tests and for rehearsals.

It speaks the part of the commercetools HTTP API that a catalogue, price, stock and order sync needs, and
refuses whatever the real one would refuse; where the documentation leaves it open, it refuses too.
"""

from __future__ import annotations

from .app import create_app
from .config import ApiClient, SandboxConfig
from .embedded import Sandbox

__all__ = ["ApiClient", "Sandbox", "SandboxConfig", "create_app"]
