"""The words of `python -m bench`: which workloads there are, and what becomes of a name that is none."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_help_lists_every_workload_with_what_it_is() -> None:
    """`--help` names each workload beside the first line of its own description, and measures nothing."""
    done = _bench("--help")
    assert done.returncode == 0, done.stderr
    source = (ROOT / "bench" / "__main__.py").read_text("utf-8")
    named = re.findall(r'^ *(?:ON_DEMAND.*\{)?"([a-z-]+)": \w+\.measure', source, flags=re.MULTILINE)
    assert len(named) > 10
    for name in named:
        assert re.search(rf"^  {name}  +\S.*\S$", done.stdout, flags=re.MULTILINE), name


def test_an_unknown_workload_is_told_before_anything_is_measured() -> None:
    """A name that is none ends with 2 and says what was received and what there is; nothing is measured."""
    done = _bench("pool", "stokc")
    assert done.returncode == 2
    assert "'stokc'" in done.stderr
    assert "stock-import-whole" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def _bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
