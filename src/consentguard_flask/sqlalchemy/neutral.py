"""The neutral type of every column type: what a column stores, in the words of the data map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import types
from sqlalchemy.types import TypeDecorator, TypeEngine

from consentguard.datamap.schema import ColumnType
from consentguard_flask.sqlalchemy.encrypted import Encrypted

BY_CLASS: tuple[tuple[type[TypeEngine[Any]], ColumnType], ...] = (
    (types.Boolean, "boolean"),
    (types.Uuid, "uuid"),
    (types.DateTime, "datetime"),
    (types.Date, "date"),
    (types.Integer, "integer"),
    (types.Numeric, "decimal"),
    (types.Float, "decimal"),
    (types.JSON, "json"),
    (types.LargeBinary, "binary"),
    (types.String, "text"),
)
BY_NAME: Mapping[str, ColumnType] = {
    "INET": "ip",
    "IPAddressType": "ip",
    "EmailType": "email",
    "FileField": "file",
    "FileType": "file",
    "ImageField": "file",
    "ImageType": "file",
    "HSTORE": "json",
    "Interval": "other",
}
"""Types of databases and companion packages, by their class's name, so that none has to be installed."""


def neutral(column_type: TypeEngine[Any]) -> ColumnType:
    """What `column_type` stores; a decorator is known by its name or else by what it wraps."""
    named = BY_NAME.get(type(column_type).__name__)
    if named is not None:
        return named
    if isinstance(column_type, Encrypted):
        return neutral(column_type.inner)
    if isinstance(column_type, TypeDecorator):
        return neutral(column_type.impl_instance)
    return next((name for kind, name in BY_CLASS if isinstance(column_type, kind)), "other")
