"""Keys of data subjects for many objects at once: before their values are read, or while they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import models

from consentguard.crypto import installed
from consentguard.crypto.data_keys import KeyBatch
from consentguard.records import SubjectRef
from consentguard_django.fields.binding import row_of
from consentguard_django.fields.held import Loaded, held_in

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def prefetch(rows: Iterable[models.Model]) -> None:
    """Load the keys of data subjects that the values of these objects need, with one query.

    The rows of one result load theirs together anyway, when the first value is read. This is for objects that come
    from elsewhere: several results, raw SQL, a cache. Raises UnknownKeyError, TamperedError, StoreError.
    """
    batch = KeyBatch(installed.subject_keys)
    for row in rows:
        for name in list(row.__dict__):
            held = held_in(row, name)
            if type(held) is Loaded and held.stored is not None and held.field.binding.subject:
                held.field.current().note(held.stored, batch)
                held.batch = batch
    if batch.noted:
        batch.load()


async def aprefetch(rows: Iterable[models.Model]) -> None:
    """As `prefetch`, for an event loop, where reading a value never waits for the database."""
    await sync_to_async(prefetch)(rows)


@contextmanager
def keys_for(values: Iterable[tuple[Field, models.Model]]) -> Iterator[None]:
    """A block in which the keys of those whom these fields of these objects are about are at hand, by one query."""
    of_subjects = [(field.binding.subject, row_of(field, each)) for field, each in values if field.binding.subject]
    if not of_subjects:
        yield
        return
    with installed.subject_keys().held({SubjectRef(*each) for each in dict.fromkeys(of_subjects)}):
        yield
