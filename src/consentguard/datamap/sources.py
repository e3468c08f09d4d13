"""Finds the file and line of a model's class, so that a finding can say where its missing line goes."""

from __future__ import annotations

import re
import sys
import sysconfig
from functools import cache
from pathlib import Path

INSTALLED = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")})
CLASS = re.compile(r"\s*class\s+(\w+)")


def source_of(model: type) -> str:
    """`file:line` of the class statement, relative to the working directory; empty for a class made at run time."""
    file = file_of(model)
    line = _classes(file).get(model.__name__) if file else None
    return f"{_short(file)}:{line}" if line else ""


def file_of(model: type) -> str:
    """The file of the module that defines the class; empty where there is none."""
    return getattr(sys.modules.get(model.__module__), "__file__", None) or ""


@cache
def _classes(file: str) -> dict[str, int]:
    """The first line of each class of a file; read as text, because parsing every model module would be felt."""
    found: dict[str, int] = {}
    try:
        lines = Path(file).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return found
    for number, line in enumerate(lines, 1):
        if match := CLASS.match(line):
            found.setdefault(match[1], number)
    return found


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def belongs_to_site(path: str) -> bool:
    """Whether a source file or folder belongs to the site: installed packages and the standard library do not."""
    return bool(path) and not any(Path(path).is_relative_to(folder) for folder in INSTALLED)
