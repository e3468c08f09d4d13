"""The error of whoever asks of an encrypted column what only plaintext can answer, or writes to it what is none."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import FieldError

from consentguard.crypto import installed
from consentguard.crypto.errors import UnboundError
from consentguard.errors import ConsentGuardError

READ_ROWS = "read the rows themselves, by all() or only(), and work with their values in Python"
"""What to do where the database would have to work with what it cannot read."""


class EncryptedFieldError(ConsentGuardError, FieldError):
    """A query asks of an encrypted column what only plaintext can answer, or would store what is not sealed for it."""


def refuse(field: Any, question: str, hint: str = installed.ASK_FOR_NULL) -> NoReturn:
    """Raise EncryptedFieldError for what a query does with the column of a field."""
    raise EncryptedFieldError(installed.cannot_answer(field, question), hint=hint)


def unbound(field: Any, act: str, hint: str) -> UnboundError:
    """The error of an act on a column whose values are bound, where nothing says to what."""
    return UnboundError(f"{act} does not say whose the values of {field} are, and each is bound to that", hint=hint)
