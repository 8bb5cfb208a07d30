"""Has a file arrived, whole, once? Folders, readiness, intake, archive, and delivery of our own files.

Everything here is synchronous: flows call it through `asyncio.to_thread`.
"""

from typing import TYPE_CHECKING

from ..lazily import lazily

if TYPE_CHECKING:
    from .archive import Archive, Archived
    from .batches import BatchReady
    from .claiming import ClaimAware, claim, release
    from .companions import Companions, Wanted, companions_of
    from .connection_errors import ConnectionLost, ServerFailure
    from .contents import ContentIndex
    from .folders import UNSTATED, Folder, Progress, RemoteFile, safe_name
    from .https import HttpsFolder
    from .https_config import HttpsConfig
    from .intake import Claims, Collected, StillGrowing, check_proof, collect
    from .listing import Announced, Proof, read_listing
    from .local import LocalFolder
    from .locks import LockRespecting
    from .markers import ChecksumReady, MarkerReady
    from .names import FileName, FileNamePattern
    from .outbox import DeliveryState, NameRules, deliver, lint_name
    from .pgp import PgpRules, expiring_keys
    from .pieces import PiecesReady
    from .probing import Finding, probe
    from .readiness import (
        Looks,
        Orphan,
        Readiness,
        ReadyFile,
        ReadyRule,
        Seen,
        StableReady,
        age_of,
        oldest_first,
    )
    from .retention import Purged, purge
    from .settling import Outcome, Places, Settled, SettlePolicy, settle, settle_batch
    from .sftp import SftpFolder
    from .sftp_config import SftpConfig
    from .unpacked_streams import UnpackLimits
    from .unpacking import Layer, Member, UnpackRules, unpack
    from .visiting import Closed, Hours, NotNow, VisitingRules

__all__ = [
    "UNSTATED",
    "Announced",
    "Archive",
    "Archived",
    "BatchReady",
    "ChecksumReady",
    "ClaimAware",
    "Claims",
    "Closed",
    "Collected",
    "Companions",
    "ConnectionLost",
    "ContentIndex",
    "DeliveryState",
    "FileName",
    "FileNamePattern",
    "Finding",
    "Folder",
    "Hours",
    "HttpsConfig",
    "HttpsFolder",
    "Layer",
    "LocalFolder",
    "LockRespecting",
    "Looks",
    "MarkerReady",
    "Member",
    "NameRules",
    "NotNow",
    "Orphan",
    "Outcome",
    "PgpRules",
    "PiecesReady",
    "Places",
    "Progress",
    "Proof",
    "Purged",
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
    "StillGrowing",
    "UnpackLimits",
    "UnpackRules",
    "VisitingRules",
    "Wanted",
    "age_of",
    "check_proof",
    "claim",
    "collect",
    "companions_of",
    "deliver",
    "expiring_keys",
    "lint_name",
    "oldest_first",
    "probe",
    "purge",
    "read_listing",
    "release",
    "safe_name",
    "settle",
    "settle_batch",
    "unpack",
]

__getattr__ = lazily(__name__)
