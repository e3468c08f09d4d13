"""A copy of an example site that a test may break, and its `consentguard check`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent.parent / "example_projects"


@dataclass(frozen=True)
class ExampleCopy:
    """An example site in a folder of its own; `command` is how its framework runs our commands."""

    folder: Path
    command: tuple[str, ...]

    @classmethod
    def of(cls, name: str, folder: Path, *command: str) -> ExampleCopy:
        """Copy the site `name`, without databases and uploads."""
        leave = shutil.ignore_patterns("*.sqlite3", "media", "uploads", "instance", "__pycache__")
        shutil.copytree(EXAMPLES / name, folder / name, ignore=leave)
        return cls(folder / name, command)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace `old`, which must be there once."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{file} does not hold {old!r} once"
        path.write_text(text.replace(old, new), "utf-8")

    def check(self) -> tuple[int, dict[str, Any]]:
        """The exit status of `consentguard check --json`, and what it says."""
        done = subprocess.run(
            [sys.executable, *self.command, "consentguard", "check", "--json"],
            cwd=self.folder,
            env=os.environ | {"UNIFIED_INBOX_DB": "site.sqlite3", "SMS_GATEWAY_DB": "site.sqlite3"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)
