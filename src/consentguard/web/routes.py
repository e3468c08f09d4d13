"""What a page or an endpoint is: where it stands, who calls it, how often, and what answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.messages import Inbound, Outbound

READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One page: its name, its path below the host's prefix, what answers it, and whether the policy has it at all.

    The `first` page answers at the prefix itself too. A `localised` page also stands below a language's tag; what is
    not localised speaks JSON to programs. `caller` says who calls it: a `browser`, whose unsafe requests must come
    from our own pages, or a `machine`, which its endpoint knows by a token or a signature. `limit` is how often one
    client may send it an unsafe request, such as `5/hour`; empty for as often as they like.
    """

    name: str
    path: str
    endpoint: Callable[[Guard, Inbound], Outbound]
    enabled: Callable[[Site], bool]
    methods: tuple[str, ...] = READ
    first: bool = False
    localised: bool = True
    caller: Literal["browser", "machine"] = "browser"
    limit: str = ""

    @property
    def patterns(self) -> tuple[str, ...]:
        """The paths, in the notation that Django and Flask share.

        At `path` a localised page answers in the language that the visitor's browser asks for, below a language's tag
        in that one.
        """
        return *([""] if self.first else ()), self.path, *([f"<language>/{self.path}"] if self.localised else ())
