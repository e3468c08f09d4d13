"""What can be wrong with a choice."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class ConsentError(ConsentGuardError):
    """A purpose or service is unknown, or is none that visitors choose about; or a decision is none."""


class OutdatedError(ConsentError):
    """Something was accepted under another version than the one that visitors are asked by: nobody agrees to what
    they have not read.
    """


class RepeatedError(ConsentError):
    """A decision was sent before under the same nonce, and said something else: the first one stands."""


class MethodError(ConsentError):
    """A choice is said to have been made in a way that is none, such as by going on to use the site."""


class PreTickedError(ConsentError):
    """A box that asks for consent is ticked before anybody has ticked it: silence is no consent."""


class CookieRefusedError(ConsentGuardError):
    """A view sets a cookie that must not leave, and the setting `cookies` is `raise`."""
