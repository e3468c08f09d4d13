"""What is wrong with a use of personal data, or with a mark that limits one."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class RestrictionError(ConsentGuardError):
    """A restriction or an objection names something that there is not, or may not end yet."""


class PurposeError(ConsentGuardError):
    """Data is used for a purpose that it may not be used for. Base of the errors below."""


class UndeclaredPurposeError(PurposeError):
    """A purpose that the policy does not declare, or no policy is loaded that could."""


class ProhibitedPurposeError(PurposeError):
    """A purpose that the policy rules out."""


class PurposeLimitationError(PurposeError):
    """A table whose data may be used for other purposes alone (Art. 5(1)(b) GDPR)."""


class OutsidePurposeError(PurposeError):
    """Personal data is used for no purpose, where the setting `outside_purpose` is `raise`."""
