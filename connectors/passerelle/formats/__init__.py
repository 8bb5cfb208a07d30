"""What rows are in a file: bytes to rows with their position, and values to bytes; streaming, flat memory."""

from .batches import Batched, Chosen, RowBatch, in_batches
from .charset import Charset, codec_name, detect_charset
from .copybook import CopybookRecord, read_copybook
from .delimited import DelimitedReader
from .delimited_writer import DelimitedWriter, NamedColumn
from .edifact.reader import EdifactReader
from .edifact.writer import EdifactWriter, text_components
from .fields import Dialect
from .fixed_width import FixedLinesReader, FixedRecordsReader
from .fixed_writer import FixedLinesWriter, FixedRecordsWriter
from .json_records import JsonReader
from .json_writer import JsonWriter, NdjsonWriter
from .keeping import Kept
from .layouts import Column, Decoder, Encoder, Marked, NumberedColumn, Repeat
from .ndjson import NdjsonReader
from .packed_decimals import StoredNumber
from .record_lines import RecordLinesReader, TypePlace
from .record_lines_writer import RecordLinesWriter
from .record_nesting import RecordType
from .rows import BadRow, Counting, Group, Noting, Reader, Row, Value, text_of
from .writer import Replacement, Writer
from .xml.mending import MendedXml, Mending
from .xml.reader import XmlReader
from .xml.writer import XmlWriter

__all__ = [
    "BadRow",
    "Batched",
    "Charset",
    "Chosen",
    "Column",
    "CopybookRecord",
    "Counting",
    "Decoder",
    "DelimitedReader",
    "DelimitedWriter",
    "Dialect",
    "EdifactReader",
    "EdifactWriter",
    "Encoder",
    "FixedLinesReader",
    "FixedLinesWriter",
    "FixedRecordsReader",
    "FixedRecordsWriter",
    "Group",
    "JsonReader",
    "JsonWriter",
    "Kept",
    "Marked",
    "MendedXml",
    "Mending",
    "NamedColumn",
    "NdjsonReader",
    "NdjsonWriter",
    "Noting",
    "NumberedColumn",
    "Reader",
    "RecordLinesReader",
    "RecordLinesWriter",
    "RecordType",
    "Repeat",
    "Replacement",
    "Row",
    "RowBatch",
    "StoredNumber",
    "TypePlace",
    "Value",
    "Writer",
    "XmlReader",
    "XmlWriter",
    "codec_name",
    "detect_charset",
    "in_batches",
    "read_copybook",
    "text_components",
    "text_of",
]
