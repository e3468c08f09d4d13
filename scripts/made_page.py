"""A page of the documentation that a script makes: written, or with `--check` compared."""

import sys
from pathlib import Path


def write_or_check(page: Path, text: str, command: str, arguments: list[str]) -> int:
    """Write the page, or with `--check` say on stderr that `command` would make another; the exit status."""
    if "--check" not in arguments:
        page.write_text(text, "utf-8")
        return 0
    if page.is_file() and page.read_text("utf-8") == text:
        return 0
    print(f"{page} is not what its source makes of it: run `python -m {command}`", file=sys.stderr)
    return 1
