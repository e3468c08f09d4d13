"""Values of rows as JSON and as cells of CSV: exact in the one, and harmless to a spreadsheet in the other."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

FORMULA = frozenset(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
"""What a cell begins with that a spreadsheet reads as a formula (OWASP, CSV Injection), wide forms too."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PLAIN = frozenset((int, float, type(None)))
_QUOTED = frozenset((dt.datetime, dt.date, Decimal, UUID))
"""Types that JSON writes as texts in which nothing is ever escaped, and that begin with no formula."""
_encoder = msgspec.json.Encoder(enc_hook=str, decimal_format="string")

Row = Mapping[str, object]


def json_line(value: object) -> bytes:
    """One line of JSON: days and moments as ISO 8601 writes them, decimals as texts, bytes as base64."""
    return _encoder.encode(value) + b"\n"


def json_lines(rows: Sequence[Row]) -> bytes:
    """Rows as JSON Lines."""
    return _encoder.encode_lines(rows)


def csv_lines(rows: Iterable[Row], columns: Sequence[str]) -> bytes:
    """Rows as CSV (RFC 4180, UTF-8) without a header; what a row does not have is empty."""
    file = io.StringIO()
    csv.writer(file).writerows(_cells(rows, columns))
    return file.getvalue().encode()


def csv_header(columns: Sequence[str]) -> bytes:
    """The first line of a CSV file: the names of its columns."""
    return csv_lines([dict(zip(columns, columns, strict=True))], columns)


def _cells(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[list[object]]:
    """The cells of each row. A text that a spreadsheet would calculate is preceded by an apostrophe; no number is."""
    for row in rows:
        yield [value if type(value) in _PLAIN else _text(value) for value in map(row.get, columns)]


def _text(value: object) -> str:
    """As JSON has it, without the quotation marks of a text."""
    if isinstance(value, str):
        return _harmless(value)
    written = _encoder.encode(value)
    if type(value) in _QUOTED:
        return written[1:-1].decode()
    return _harmless(msgspec.json.decode(written, type=str)) if written[:1] == b'"' else written.decode()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in FORMULA and not NUMBER.fullmatch(text) else text
