"""Which parts make one job? Settings, the workspace they describe, and `run_feed`."""

from typing import TYPE_CHECKING

from ..lazily import lazily

if TYPE_CHECKING:
    from ..sync import ChangeRow, FileReport, Outcome, Progress, RejectRow, RunReport
    from .options import RunOptions
    from .orders.shown import project_orders
    from .rehearsal import Rehearsal
    from .run import run_feed
    from .settings import Settings
    from .workspace import Workspace

__all__ = [
    "ChangeRow",
    "FileReport",
    "Outcome",
    "Progress",
    "Rehearsal",
    "RejectRow",
    "RunOptions",
    "RunReport",
    "Settings",
    "Workspace",
    "project_orders",
    "run_feed",
]

__getattr__ = lazily(__name__)
