"""Writes a copy of data into a file that only its owner may read, and never over another."""

from __future__ import annotations

from pathlib import Path

from consentguard.crypto import private_file
from consentguard.errors import SettingsError
from consentguard.exports import ExportError
from consentguard.exports.writing import Copy


def write_copy(copy: Copy, path: Path) -> None:
    """Write a copy. Raises ExportError where there is a file already, SettingsError where none can be written."""
    if path.exists():
        raise ExportError(f"{path} is there already", hint="name another file, or remove it")
    try:
        with private_file.replacing(path) as file:
            for piece in copy.pieces():
                file.write(piece)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}", hint="name a place that can be") from None
