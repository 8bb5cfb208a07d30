"""How long to wait, as a refusal by the rate limit says it."""

from __future__ import annotations

import pytest

from passerelle.sandbox.problems import Problem
from passerelle.sandbox.rate_limit import Bucket, RateLimit


@pytest.mark.parametrize(
    ("per_second", "wait"),
    [(4, "0.250"), (3, "0.334"), (600, "0.002"), (4_000, "0.001"), (1_000_000, "0.001")],
)
def test_a_fraction_is_rounded_up(per_second: float, wait: str) -> None:
    """Who waits as long as the refusal says finds room; it never says not to wait at all."""
    time = 0.0
    bucket = Bucket(lambda: time)
    bucket.set(RateLimit(per_second=per_second, burst=1, retry_after_as="fraction"))
    bucket.take()
    with pytest.raises(Problem) as refused:
        bucket.take()
    assert refused.value.headers["Retry-After"] == wait
    time += float(wait)
    bucket.take()
