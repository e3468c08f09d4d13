"""The attribute of a mapped class that holds a value of an encrypted column: opened when it is read, and not before."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import History
from sqlalchemy.orm.base import PASSIVE_OFF, LoaderCallableStatus, PassiveFlag

from consentguard.crypto.binding import For
from consentguard.crypto.erased import ERASED, Erased
from consentguard.errors import ConsentGuardError
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, showing_nothing
from consentguard_flask.sqlalchemy.encrypted.held import UNOPENED, Held
from consentguard_flask.sqlalchemy.encrypted.keys import State, batch_of
from consentguard_flask.sqlalchemy.encrypted.rows import row_before, row_now

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted

Values = dict[str, Any]


class SealedImpl:
    """Stands before what SQLAlchemy does for one attribute: an object holds sealed bytes or Held, and gives values.

    Sealed bytes are those that were loaded, bound to the row as it was loaded.
    """

    supports_population = False  # of the object's `__dict__`, which SQLAlchemy would otherwise read itself

    def __init__(self, inner: Any, encrypted: Encrypted[Any]) -> None:
        self.inner, self.encrypted, self.key = inner, encrypted, inner.key
        is_opened_alone = not (encrypted.bound_to or encrypted.plain.is_binary)
        self._open_alone = encrypted.opener() if is_opened_alone else None
        self._shown: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def get(self, state: State, dict_: Values, passive: PassiveFlag = PASSIVE_OFF) -> Any:
        """The value. Raises what opening it raises: DecryptionError, UnboundError, KeysNotLoadedError, KeyringError."""
        held: Any = dict_.get(self.key)
        kind = type(held)
        if kind is Held and held.value is not UNOPENED:
            return held.value
        if kind is bytes and self._open_alone is not None:  # nearly always
            stored, value = held, self._open_alone(held)
        else:
            held = self.inner.get(state, dict_, passive) if held is None else held
            stored, value = self._stored(state, held), self._value(state, held)
        if stored is not None and value is not ERASED:
            dict_[self.key] = Held(self.encrypted, state, value, stored)
        return value

    @showing_nothing
    def set(self, state: State, dict_: Values, value: Any, *args: Any, **kwargs: Any) -> None:
        """Take a value; one that another object holds sealed is opened when it is read. Raises EncryptedColumnError."""
        if value is ERASED and self.get(state, dict_) is ERASED:
            return  # it stays as it is
        value = self._taken(state, value)
        if not self.inner.dispatch.set:
            self.inner.set(state, dict_, value, *args, **kwargs)
            return
        self._show(state, dict_)  # listeners, such as validators, are given values
        try:
            self.inner.set(state, dict_, self._value(state, value), *args, **kwargs)
        finally:
            self.hide(state, dict_)
            self._shown.discard(id(state))

    def set_committed_value(self, state: State, dict_: Values, value: Any) -> Any:
        """Take a value as if it had been loaded."""
        self.inner.set_committed_value(state, dict_, self._taken(state, value))
        self.hide(state, dict_)
        return value

    def get_committed_value(self, state: State, dict_: Values, passive: PassiveFlag = PASSIVE_OFF) -> Any:
        """The value before it was changed. Raises as `get`."""
        return self._value(state, self.inner.get_committed_value(state, dict_, passive))

    def get_history(self, state: State, dict_: Values, passive: PassiveFlag = PASSIVE_OFF) -> History:
        """The values now and before; one that cannot be opened is left out."""
        return History(*(self._openable(state, part) for part in self.inner.get_history(state, dict_, passive)))

    def hide(self, state: State, dict_: Values) -> None:
        """Hold values sealed or as Held, the present one and the one before."""
        for values in (dict_, state.committed_state):
            value = values.get(self.key)
            is_value = value is not None and not isinstance(value, (Held, LoaderCallableStatus))
            if is_value and self.encrypted.stored(value) is None:
                values[self.key] = Held(self.encrypted, state, value)

    def _taken(self, state: State, value: Any) -> Any:
        """What to hold of a value that is assigned. Raises EncryptedColumnError for what is for queries."""
        if type(value) is str:  # nearly always
            return Held(self.encrypted, state, value)
        if value is None or isinstance(value, (sa.Null, LoaderCallableStatus)):
            return None if isinstance(value, sa.Null) else value
        if isinstance(value, (For, Erased, sa.ClauseElement)) or hasattr(value, "__clause_element__"):
            hint = "assign the value itself"
            raise EncryptedColumnError(f"{self.inner} is encrypted, and holds no {type(value).__name__}", hint=hint)
        if (stored := self.encrypted.stored(value)) is not None:
            return Held(self.encrypted, state, UNOPENED, stored)
        return Held(self.encrypted, state, value.value if type(value) is Held else value)

    def _stored(self, state: State, held: Any) -> Any:
        """What an object holds as the database handed it out; None for a value.

        SQLite hands out a text that somebody put there in place of sealed bytes as what it is: it is no value of ours,
        and does not open.
        """
        if held is None or isinstance(held, (Held, LoaderCallableStatus)) or id(state) in self._shown:
            return self.encrypted.stored(held)
        return held

    def _value(self, state: State, held: Any) -> Any:
        stored = self._stored(state, held)
        if stored is None:
            return held.value if type(held) is Held else held
        return self._opened(state, held, stored)

    def _opened(self, state: State, held: Any, stored: Any) -> Any:
        was_assigned = type(held) is Held and held.kind is not None
        row = (row_now if was_assigned else row_before)(self.encrypted, state)
        return self.encrypted.open(stored, row, batch_of(state))

    def _show(self, state: State, dict_: Values) -> None:
        self._shown.add(id(state))
        if self.key in dict_:
            try:
                dict_[self.key] = self._value(state, dict_[self.key])
            except ConsentGuardError:
                del dict_[self.key]  # what cannot be opened may be overwritten

    def _openable(self, state: State, part: Any) -> list[Any]:
        found = []
        for held in part or ():
            with suppress(ConsentGuardError):
                found.append(self._value(state, held))
        return found
