"""What a browser holds and asks for while it visits a site: names, hosts and lifetimes, and never a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["before", "signal", "refused", "accepted"]
"""Before any choice, the same with Global Privacy Control, after refusing, after accepting."""
Kind = Literal["cookie", "localStorage", "sessionStorage", "indexedDB", "frame", "request"]
REQUESTS: frozenset[Kind] = frozenset({"frame", "request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One thing that was seen in one state.

    `name` is that of a cookie, a key or a database, and empty for what is loaded. `host` is the host that it belongs
    to or is loaded from. `lasts` is how long a cookie is kept, None for the browser's session and for what is no
    cookie. `page` is the path on which it was first seen.
    """

    state: State
    kind: Kind
    host: str
    name: str = ""
    lasts: dt.timedelta | None = None
    http_only: bool = False
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All sightings of one thing, in whichever states it was seen."""

    kind: Kind
    host: str
    name: str
    sightings: tuple[Sighting, ...]

    @property
    def states(self) -> tuple[State, ...]:
        """The states in which it was seen, in their order."""
        return tuple(dict.fromkeys(sighting.state for sighting in self.sightings))

    @property
    def lasts(self) -> dt.timedelta | None:
        """The longest that it was kept for; None where never beyond the browser's session."""
        return max((sighting.lasts for sighting in self.sightings if sighting.lasts is not None), default=None)


def subjects(sightings: Iterable[Sighting]) -> list[Subject]:
    """The sightings by what was seen, sorted for people: cookies first, then storage, then what is loaded."""
    found: dict[tuple[Kind, str, str], list[Sighting]] = {}
    for sighting in sightings:
        found.setdefault((sighting.kind, sighting.host, sighting.name), []).append(sighting)
    kinds: tuple[Kind, ...] = ("cookie", "localStorage", "sessionStorage", "indexedDB", "frame", "request")
    return sorted(
        (Subject(kind=key[0], host=key[1], name=key[2], sightings=tuple(seen)) for key, seen in found.items()),
        key=lambda subject: (kinds.index(subject.kind), subject.host, subject.name),
    )
