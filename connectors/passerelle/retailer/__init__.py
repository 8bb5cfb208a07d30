"""A retailer to work on: an invented fashion house, its files and their troubles, its ERP, its SFTP server.

Everything comes from a seed: no clock, no hash order, no platform has a say in any byte.
"""

from .bulk import BulkStock, write_stock
from .codes import code_tables
from .erp import Duplicate, Erp, RefusedFile, Split, Taken
from .generation import FOLDERS, FileEntry, Manifest, Step, generate, lay_folders
from .house import Day, House
from .model import FEEDS, Changes, Feed, Key, Mode, Zone
from .order_file import OrderLine, ReceivedOrder
from .sftp import SftpServer
from .trouble import TROUBLES, Card, Incident, Trouble

__all__ = [
    "FEEDS",
    "FOLDERS",
    "TROUBLES",
    "BulkStock",
    "Card",
    "Changes",
    "Day",
    "Duplicate",
    "Erp",
    "Feed",
    "FileEntry",
    "House",
    "Incident",
    "Key",
    "Manifest",
    "Mode",
    "OrderLine",
    "ReceivedOrder",
    "RefusedFile",
    "SftpServer",
    "Split",
    "Step",
    "Taken",
    "Trouble",
    "Zone",
    "code_tables",
    "generate",
    "lay_folders",
    "write_stock",
]
