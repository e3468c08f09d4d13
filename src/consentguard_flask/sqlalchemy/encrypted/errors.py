"""The errors of encrypted columns. SQLAlchemy hands them on as they are: its own would show values of the statement."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DontWrapMixin

from consentguard.errors import ConsentGuardError

Params = ParamSpec("Params")
Result = TypeVar("Result")
_KINDS: dict[type[ConsentGuardError], type[ConsentGuardError]] = {}


class EncryptedColumnError(ConsentGuardError, DontWrapMixin):
    """An encrypted column was asked for what only plaintext can answer, or given what it cannot hold."""


def handed_on(error: ConsentGuardError) -> ConsentGuardError:
    """The same error, of a kind that SQLAlchemy hands on, and without the frames that it comes from."""
    kind = type(error)
    if not issubclass(kind, DontWrapMixin):
        names = {"__doc__": kind.__doc__, "__module__": kind.__module__}
        kind = _KINDS.setdefault(kind, type(kind.__name__, (kind, DontWrapMixin), names))
    return kind(error.message, hint=error.hint)


def showing_nothing(work: Callable[Params, Result]) -> Callable[Params, Result]:
    """A function that is given plaintext, and leaves none in the frames of the errors that it raises."""

    @wraps(work)
    def call(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        try:
            return work(*args, **kwargs)
        except ConsentGuardError as error:
            mistake = handed_on(error)
        del args, kwargs  # a traceback keeps the locals of its frames
        raise mistake

    return call
