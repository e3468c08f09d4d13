"""One notation for a place in the manifest: `statements[3].text.en`, as TOML writes keys, with list indexes from 0."""

from __future__ import annotations

import json
import re

KeyPath = tuple[str | int, ...]
"""The way from the root to a value: keys of tables and indexes of lists."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STEP = re.compile(r'\[(?P<index>[0-9]+)\]|(?:^|\.)(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<quoted>"(?:[^"\\]|\\.)*"))')


def dotted(path: KeyPath) -> str:
    """Write a path as one dotted key; a key that TOML would quote is quoted here too."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_quoted(part)}" for part in path).removeprefix(".")


def steps(where: str) -> KeyPath:
    """Read what `dotted` wrote; reading ends where the text is no key path any more."""
    path: list[str | int] = []
    position = 0
    while step := _STEP.match(where, position):
        position = step.end()
        index, bare, quoted = step.groups()
        path.append(int(index) if index else bare or json.loads(quoted))
    return tuple(path)


def stands_at(path: KeyPath, place: str) -> bool:
    """Whether a path is one of those that `place` describes, where `*` stands for any name or index."""
    names = place.split(".")
    return len(names) == len(path) and all(name in ("*", part) for name, part in zip(names, path, strict=True))


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
