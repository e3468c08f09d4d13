"""The five reference policies and the mended one, to read as they stand or with a change made in code."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from consentguard.findings import Finding
from consentguard.manifest.lint import lint
from consentguard.manifest.load import Policy
from consentguard.manifest.schema import Manifest

TODAY = dt.date(2026, 11, 21)
ROOT = Path(__file__).parents[2]
FIVE = {name: ROOT / "example_projects" / "policies" / f"{name}.toml" for name in ("u1", "u2", "v", "s", "h")}
MENDED = Path(__file__).parent / "data" / "mended.toml"

Tables = dict[str, Any]
Change = Callable[[Tables], object]


def read(path: Path, change: Change = lambda tables: None) -> Policy:
    """A policy from its file, its tables changed before they are validated."""
    source = path.read_text("utf-8")
    tables = tomllib.loads(source)
    change(tables)
    return Policy(msgspec.convert(tables, Manifest), path, source)


def findings(path: Path, change: Change = lambda tables: None, today: dt.date = TODAY) -> tuple[Finding, ...]:
    """What lint finds in a policy after a change."""
    return lint(read(path, change), today)


def ids(path: Path, change: Change = lambda tables: None, today: dt.date = TODAY) -> set[str]:
    """The ids of what lint finds in a policy after a change."""
    return {finding.id for finding in findings(path, change, today)}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key path of plain tables, the widest first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from places(child, (*path, key))
