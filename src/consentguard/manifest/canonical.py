"""The canonical form of a manifest: what its digest and its published copy are made from."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from typing import Any

import rfc8785
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from consentguard.manifest.schema import Manifest


def canonical(manifest: Manifest) -> bytes:
    """The manifest as canonical JSON (RFC 8785): dates in ISO 8601, keys that say what is the default left out."""
    return rfc8785.dumps(plain(manifest))


def digest(manifest: Manifest) -> str:
    """SHA-256 (hex) of the canonical manifest."""
    return hashlib.sha256(canonical(manifest)).hexdigest()


def plain(value: Any) -> Any:
    """A struct as dicts, lists, strings and numbers, without what is the default."""
    if isinstance(value, Struct):
        pairs = ((key, getattr(value, name), default) for name, key, default in _keys(type(value)))
        return {key: plain(item) for key, item, default in pairs if item != default}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@cache
def _keys(struct: type[Struct]) -> list[tuple[str, str, Any]]:
    """The fields of a struct: name, key in the file, default."""
    return [(field.name, field.encode_name, _default(field)) for field in fields(struct)]


def _default(field: FieldInfo) -> Any:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()
