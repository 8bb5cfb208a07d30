"""What rows are in a file: bytes to rows with their position, and values to bytes; streaming, flat memory."""

from .charset import Charset, codec_name, detect_charset
from .rows import BadRow, Counting, Group, Reader, Row, Value, text_of
from .writer import Replacement, Writer
from .xml import XmlReader
from .xml_records import XmlRecordsWriter
from .xml_writer import XmlWriter

__all__ = [
    "BadRow",
    "Charset",
    "Counting",
    "Group",
    "Reader",
    "Replacement",
    "Row",
    "Value",
    "Writer",
    "XmlReader",
    "XmlRecordsWriter",
    "XmlWriter",
    "codec_name",
    "detect_charset",
    "text_of",
]
