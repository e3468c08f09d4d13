"""Who may see a screen and act on it: the site says so, and without its word nobody may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from flask import abort
from flask.typing import ResponseReturnValue

CARRY_OUT = "requests.carry_out"
"""To carry out rights requests, and to send the mails about them that are owed."""
APPROVE = "requests.approve"
"""To approve the plan of a rights request, and to release a copy."""
VERIFY = "evidence.verify"
"""To have the whole evidence verified."""

Accessible = Callable[[str], bool]
Refuse = Callable[[], ResponseReturnValue]
Who = Callable[[], str]


def nobody(_: str) -> bool:
    """The rule of a site that gave none."""
    return False


def unnamed() -> str:
    """The name of whoever is signed in, where the site does not tell it."""
    return ""


def refuse() -> NoReturn:
    """403, in the app's own manner."""
    abort(403)


@dataclass(frozen=True, slots=True)
class Access:
    """The site's rule, its answer to whoever may not, and the name of whoever is signed in."""

    may: Accessible
    refuse: Refuse
    who: Who = unnamed
