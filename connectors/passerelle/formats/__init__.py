"""What rows are in a file: bytes to rows with their position, and values to bytes; streaming, flat memory."""

from .charset import Charset, codec_name, detect_charset
from .rows import Group, Reader, Row, Value, text_of
from .xml import XmlReader
from .xml_writer import Replacement, XmlWriter

__all__ = [
    "Charset",
    "Group",
    "Reader",
    "Replacement",
    "Row",
    "Value",
    "XmlReader",
    "XmlWriter",
    "codec_name",
    "detect_charset",
    "text_of",
]
