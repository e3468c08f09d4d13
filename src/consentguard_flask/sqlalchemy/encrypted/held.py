"""A value that an object holds once it was read or assigned: sealed where it is pickled, and shown to nobody."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from consentguard.crypto.erased import ERASED
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, showing_nothing
from consentguard_flask.sqlalchemy.encrypted.keys import at_hand
from consentguard_flask.sqlalchemy.encrypted.rows import row_now

UNOPENED: Final = object()
"""In place of a value that is held sealed. Of most types it is the driver's own bytes that an object holds instead."""


class Held(Struct, eq=False):  # made in a third of the time of another class
    """`value`, and the bytes that it was `sealed` as, if it was. It stands in the `__dict__` of an object alone.

    `kind` and `state` are the column and the object that it was assigned to or opened for; None as it was loaded.
    """

    kind: Any  # Encrypted, or None
    state: Any  # InstanceState, or None
    value: Any
    sealed: Any = None

    def __repr__(self) -> str:
        return "<sealed>"

    @showing_nothing
    def __reduce__(self) -> tuple[object, ...]:
        """Sealed, as another process may read it. Raises what sealing raises."""
        is_mutable = self.kind is not None and self.kind.plain.is_mutable
        may_have_changed = is_mutable and self.value is not UNOPENED and self.value is not ERASED
        sealed = self.seal() if self.sealed is None or may_have_changed else bytes(self.sealed)
        is_binary = self.kind is None or self.kind.plain.is_binary
        return (_unopened if is_binary else bytes), (sealed,)

    def seal(self) -> bytes:
        """The value, sealed for the object as it is now. Raises as `Encrypted.bind_processor`."""
        if self.kind is None:
            raise EncryptedColumnError("a value that was never opened belongs to no object")
        row = row_now(self.kind, self.state)
        with at_hand(self.kind, self.state, row):
            sealed: bytes = self.kind.seal(self.value, row)
        self.sealed = sealed
        return sealed


def _unopened(sealed: bytes) -> Held:
    return Held(None, None, UNOPENED, sealed)
