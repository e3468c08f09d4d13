"""Roles for privacy work: what each lets a member of the staff do, and the one place where that is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody of the staff may do, as a whole. None brings another: who approves needs `VIEW` to see the page."""

    VIEW = "view"
    """See every screen, open records, and have the evidence verified."""
    EXPORT = "export"
    """Read what was asked for, and withhold parts of a copy."""
    APPROVE = "approve"
    """Decide: approve, carry out, refuse and put off requests, release copies, accept and run retention."""
    HOLD = "hold"
    """Place and release legal holds."""
    RESET = "reset"
    """Take a second factor away from somebody who lost it."""
    UNMASK = "unmask"
    """See sealed values, with a reason."""


ROLES: Mapping[str, Role] = {
    "requests.enter": Role.APPROVE,
    "requests.verify": Role.APPROVE,
    "requests.assign": Role.APPROVE,
    "requests.approve": Role.APPROVE,
    "requests.carry_out": Role.APPROVE,
    "requests.refuse": Role.APPROVE,
    "requests.extend": Role.APPROVE,
    "requests.review_export": Role.EXPORT,
    "guardians.verify": Role.APPROVE,
    "minors.add": Role.APPROVE,
    "minors.confirm": Role.APPROVE,
    "minors.reject": Role.APPROVE,
    "errands.settle": Role.APPROVE,
    "restrictions.lift": Role.APPROVE,
    "retention.accept": Role.APPROVE,
    "retention.run": Role.APPROVE,
    "holds.add": Role.HOLD,
    "holds.release": Role.HOLD,
    "factors.reset": Role.RESET,
    "evidence.verify": Role.VIEW,
    "unmask": Role.UNMASK,
}
"""The role that brings each act, by its name in the admin. To see a screen, which has no dot, is `VIEW`."""


def role_of(what: str) -> Role | None:
    """The role that brings a screen (`requests`) or an act (`requests.approve`); None for an act that no role has."""
    return ROLES.get(what, None if "." in what else Role.VIEW)


def allowed(what: str, may: Callable[[str], bool], has: Callable[[Role], bool]) -> bool:
    """Whether somebody may see a screen or do something: it was given to them by itself (`may`), or by a role."""
    role = role_of(what)
    return may(what) or (role is not None and has(role))
