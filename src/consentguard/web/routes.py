"""Every page of consentguard and where it stands: the adapters build their URL tables by looping over ROUTES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from consentguard.guard import Guard, Kind
from consentguard.web import pages
from consentguard.web.messages import Inbound, Outbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One page: its name, its path below the host's prefix, what answers it, and whether the policy has it at all.

    The `first` page answers at the prefix itself too.
    """

    name: str
    path: str
    endpoint: Callable[[Guard, Inbound], Outbound]
    enabled: Callable[[Guard], bool]
    methods: tuple[str, ...] = ("GET", "HEAD")
    first: bool = False

    @property
    def patterns(self) -> tuple[str, ...]:
        """The paths of a localised page, in the notation that Django and Flask share.

        At `path` it answers in the language that the visitor's browser asks for, below a language's tag in that one.
        """
        return *([""] if self.first else ()), self.path, f"<language>/{self.path}"


def _document(kind: Kind, path: str, *, first: bool = False) -> Route:
    return Route(
        name=kind,
        first=first,
        path=path,
        endpoint=partial(pages.answer, kind),
        enabled=lambda guard: kind in guard.kinds(),
    )


ROUTES = (
    _document("policy", "policy", first=True),
    _document("cookies", "cookies"),
    _document("deletion", "data-deletion"),
)
