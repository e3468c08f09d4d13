"""Roughly which browser it is, so that somebody knows a device of theirs again: never its version, nor its model."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES = (("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""Words of `User-Agent` in the order in which they decide: Edge calls itself Chrome too, and Chrome Safari."""
_LONGEST = 1000


def label_of(headers: Mapping[str, str]) -> str:
    """Such as `Firefox, Linux`; empty for a browser that says neither."""
    told = headers.get("User-Agent", "")[:_LONGEST]
    found = (next((name for word, name in words if re.search(word, told)), "") for words in (_NAMES, _SYSTEMS))
    return ", ".join(filter(None, found))
