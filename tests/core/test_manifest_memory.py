"""The manifest's structs under Python's debug allocators, which end the process where memory is freed wrongly."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from consentguard.manifest import schema

PROBE = "import msgspec; from consentguard.manifest import schema; msgspec.convert({'manifest': 1}, schema.Manifest)"


def test_the_schema_leaves_memory_intact() -> None:
    """A union of a string with a pattern and a list would not: msgspec frees what is not its own."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROBE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_country_beside_a_list_of_countries_is_still_checked() -> None:
    """The section does by itself what the pattern would have done."""
    with pytest.raises(msgspec.ValidationError, match="no ISO 3166-1 alpha-2 code"):
        msgspec.convert({"role": "processor", "country": "USA"}, schema.Recipient)
