"""Who may see a screen and act on it: the site says so, and without its word nobody may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from flask import abort
from flask.typing import ResponseReturnValue

CARRY_OUT = "requests.carry_out"
"""To carry out rights requests, and to send the mails about them that are owed."""
VERIFY = "evidence.verify"
"""To have the whole evidence verified."""

Accessible = Callable[[str], bool]
Refuse = Callable[[], ResponseReturnValue]


def nobody(_: str) -> bool:
    """The rule of a site that gave none."""
    return False


def refuse() -> NoReturn:
    """403, in the app's own manner."""
    abort(403)


@dataclass(frozen=True, slots=True)
class Access:
    """The site's rule, and its answer to whoever may not."""

    may: Accessible
    refuse: Refuse
