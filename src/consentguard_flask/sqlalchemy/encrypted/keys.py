"""The keys of data subjects for many objects at once: one query for a result that is read, one for a flush."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event, orm

from consentguard.crypto import installed
from consentguard.crypto.data_keys import KeyBatch
from consentguard.errors import ConsentGuardError
from consentguard.records import SubjectRef

if TYPE_CHECKING:
    from consentguard_flask.sqlalchemy.encrypted.types import Encrypted

State = orm.InstanceState[Any]

_BATCHES: WeakKeyDictionary[State, KeyBatch] = WeakKeyDictionary()
_OF_RESULT = "consentguard.keys of a result"
_OF_FLUSH = "consentguard.keys of a flush"


def batch_of(state: State) -> KeyBatch | None:
    """The keys of the result that an object was loaded with."""
    return _BATCHES.get(state)


def note_loaded(kind: Encrypted[Any], key: str, state: State, context: Any) -> None:
    """Let the batch of a result know of a value that it brought."""
    stored = kind.stored(state.dict.get(key))
    if stored is not None and context is not None:
        batch = context.attributes.get(_OF_RESULT) or KeyBatch(installed.subject_keys)
        context.attributes[_OF_RESULT] = _BATCHES[state] = batch
        with suppress(ConsentGuardError):  # it is said by who reads the value
            kind.current().note(stored, batch)


async def aprefetch(objects: Iterable[object]) -> None:
    """Load the keys of data subjects that the sealed values of these objects need, so that reading one waits for none.

    Raises KeyringError, UnknownKeyError, TamperedError and StoreError.
    """
    batch = KeyBatch(installed.subject_keys)
    for state in map(_state, objects):
        _BATCHES[state] = batch
        for key, kind in _of_subjects(state):
            if (stored := kind.stored(state.dict.get(key))) is not None:
                with suppress(ConsentGuardError):
                    kind.current().note(stored, batch)
    await asyncio.to_thread(batch.load)


@asynccontextmanager
async def aheld(objects: Iterable[object]) -> AsyncIterator[None]:
    """A block in which objects may be flushed: the keys of the data subjects that they name are at hand.

    Raises as `aprefetch`.
    """
    subjects = set(_subjects(map(_state, objects)))
    keys = installed.subject_keys()
    with keys.holding(await asyncio.to_thread(keys.for_writing, subjects)):
        yield


def at_hand(kind: Encrypted[Any], state: State, row: str | None) -> AbstractContextManager[None]:
    """A block in which the key for a value is at hand, loaded with those of all that is flushed with it."""
    session = state.session if kind.bound_to.subject and row else None
    found = session.info.get(_OF_FLUSH) if session is not None else None
    if session is None or found is None:
        return nullcontext()
    subject, keys = SubjectRef(kind.bound_to.subject, str(row)), installed.subject_keys()
    if subject not in found:
        changed = map(_state, (*session.new, *session.dirty))
        found.update(keys.for_writing({subject, *_subjects(changed)}))
    return keys.holding({subject: found[subject]})


@cache
def watch() -> None:
    """Let each flush of this process have keys of its own, which go with it: what it made may be rolled back."""
    event.listen(orm.Session, "before_flush", lambda session, *_: session.info.update({_OF_FLUSH: {}}))
    event.listen(orm.Session, "after_flush", lambda session, *_: session.info.pop(_OF_FLUSH, None))
    event.listen(orm.Session, "after_soft_rollback", lambda session, *_: session.info.pop(_OF_FLUSH, None))


def _subjects(states: Iterable[State]) -> Iterator[SubjectRef]:
    """The data subjects that objects name whose values are to be written, as far as they are known."""
    for state in states:
        for key, kind in _of_subjects(state):
            row = state.dict.get(kind.row_attribute)
            if row is not None and state.dict.get(key) is not None and key in state.committed_state:
                yield SubjectRef(kind.bound_to.subject, str(row))


def _of_subjects(state: State) -> Iterator[tuple[str, Encrypted[Any]]]:
    for key, attribute in state.manager.items():
        kind = getattr(attribute.impl, "encrypted", None)
        if kind is not None and kind.bound_to.subject:
            yield key, kind


def _state(found: object) -> State:
    state: State = sa.inspect(found)
    return state
