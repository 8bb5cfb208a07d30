"""Running the peers that are npm packages: installed once, as package-lock.json says, each a process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ..children import Cost

__all__ = ["node_cost"]

_HERE = Path(__file__).parent
_PLACE = _HERE.parent.parent / "build" / "peers" / "node"
_NAMES = ("package.json", "package-lock.json")


def node_cost(script: str, *arguments: str | Path, settings: Mapping[str, str] | None = None) -> Cost:
    """Run a script of this folder and read the costs that it printed last.

    Raises:
        CalledProcessError, OSError: npm or node is not here, a package cannot be had, or the script failed.
    """
    command = ["node", _HERE / script, *arguments]
    variables = os.environ | {"NODE_PATH": str(_installed() / "node_modules")} | dict(settings or {})
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True, env=variables)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, script, done.stdout, done.stderr)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _installed() -> Path:
    """Install the packages once, none of their own scripts run."""
    wanted = "".join((_HERE / name).read_text() for name in _NAMES)
    ready = _PLACE / "ready"
    if not ready.exists() or ready.read_text() != wanted:
        shutil.rmtree(_PLACE, ignore_errors=True)
        _PLACE.mkdir(parents=True)
        for name in _NAMES:
            shutil.copy(_HERE / name, _PLACE)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=_PLACE)
        ready.write_text(wanted)
    return _PLACE
