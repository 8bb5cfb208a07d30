"""Has a file arrived, whole, once? Folders, readiness, intake, archive, and delivery of our own files.

Everything here is synchronous: flows call it through `asyncio.to_thread`.
"""

from .archive import Archive, Archived
from .folders import Folder, Progress, RemoteFile, safe_name
from .intake import Claims, Collected, collect
from .local import LocalFolder
from .names import FileName, FileNamePattern
from .outbox import DeliveryState, NameRules, deliver, lint_name
from .readiness import Looks, MarkerReady, Orphan, Readiness, ReadyFile, ReadyRule, Seen, StableReady
from .settle import Outcome, Settled, SettlePolicy, settle
from .sftp import SftpConfig, SftpFolder
from .sftp_errors import ConnectionLost, ServerFailure

__all__ = [
    "Archive",
    "Archived",
    "Claims",
    "Collected",
    "ConnectionLost",
    "DeliveryState",
    "FileName",
    "FileNamePattern",
    "Folder",
    "LocalFolder",
    "Looks",
    "MarkerReady",
    "NameRules",
    "Orphan",
    "Outcome",
    "Progress",
    "Readiness",
    "ReadyFile",
    "ReadyRule",
    "RemoteFile",
    "Seen",
    "ServerFailure",
    "SettlePolicy",
    "Settled",
    "SftpConfig",
    "SftpFolder",
    "StableReady",
    "collect",
    "deliver",
    "lint_name",
    "safe_name",
    "settle",
]
