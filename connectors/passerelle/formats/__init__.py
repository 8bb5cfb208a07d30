"""What rows are in a file: bytes to rows with their position, and values to bytes; streaming, flat memory."""

from .batches import Batched, Chosen, RowBatch, in_batches
from .charset import Charset, codec_name, detect_charset
from .fixed_width import FixedLinesReader, FixedRecordsReader
from .layouts import Column, Decoder, Encoder, Marked, NumberedColumn, Repeat
from .rows import BadRow, Counting, Group, Reader, Row, Value, text_of
from .writer import Replacement, Writer
from .xml import XmlReader
from .xml_writer import XmlWriter

__all__ = [
    "BadRow",
    "Batched",
    "Charset",
    "Chosen",
    "Column",
    "Counting",
    "Decoder",
    "Encoder",
    "FixedLinesReader",
    "FixedRecordsReader",
    "Group",
    "Marked",
    "NumberedColumn",
    "Reader",
    "Repeat",
    "Replacement",
    "Row",
    "RowBatch",
    "Value",
    "Writer",
    "XmlReader",
    "XmlWriter",
    "codec_name",
    "detect_charset",
    "in_batches",
    "text_of",
]
