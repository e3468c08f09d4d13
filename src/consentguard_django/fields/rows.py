"""The rows of a result on their way into objects: their encrypted values stay sealed, at the cost of C."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import Col

from consentguard.crypto import installed
from consentguard.crypto.data_keys import KeyBatch
from consentguard_django.fields.binding import naming
from consentguard_django.fields.held import Loaded, Row

if TYPE_CHECKING:
    from consentguard_django.fields.columns import SealedCol

PORTION = 2000
"""How many rows of a result are held, and have their keys loaded, together."""
AS_DJANGO = models.Model.from_db.__func__  # type: ignore[attr-defined]


def hold_rows(compiler: Any) -> None:
    """Let the values of this result be held a portion at a time, rather than by a call for each of them."""
    compiler.apply_converters = partial(_convert, compiler)


def _convert(compiler: Any, rows: Iterable[Any], converters: dict[int, Any]) -> Iterator[Any]:
    del compiler.apply_converters  # Django's own again, and the compiler goes as soon as nobody needs it
    return _held_rows(compiler, rows, converters)


def _held_rows(compiler: Any, rows: Iterable[Any], converters: dict[int, Any]) -> Iterator[Any]:
    held = {at: column for at, (functions, column) in converters.items() if Loaded in functions}
    others = {at: converter for at, converter in converters.items() if at not in held}
    keys = _places_of_keys(held, [expression for expression, _, _ in compiler.select])
    objects = list(_by_object(compiler, held))
    converted = iter(compiler.apply_converters(rows, others) if others else rows)
    while portion := list(islice(converted, PORTION)):
        columns: list[Iterable[Any]] = list(zip(*portion, strict=True))
        batch = _batch(held, columns)
        for places in objects:
            named = {held[at].target.attname: (at, held[at], keys.get(at)) for at in places}
            columns[places[0]] = map(Row, portion, repeat(tuple(named)), repeat(named), repeat(batch))
            for at in places[1:]:
                columns[at] = repeat(models.DEFERRED)
        yield from zip(*columns)  # noqa: B905 - what repeats has no end


def _batch(held: dict[int, SealedCol], columns: list[Iterable[Any]]) -> KeyBatch | None:
    """What loads the keys of data subjects for all of these values at once."""
    subjects = {at: column.target.current() for at, column in held.items() if column.target.binding.subject}
    batch = KeyBatch(installed.subject_keys) if subjects else None
    for at, column in subjects.items():
        for each in columns[at]:
            if each is not None:
                column.note(each, batch)
    return batch


def _places_of_keys(held: dict[int, SealedCol], selected: list[Any]) -> dict[int, int]:
    """For each column whose values are bound, where what names that stands, if it is selected too."""
    places = {(each.alias, each.target): at for at, each in enumerate(selected) if isinstance(each, Col)}
    bound = {at: (each.alias, naming(each.target)) for at, each in held.items() if each.target.is_bound}
    return {at: places[named] for at, named in bound.items() if named in places}


def _by_object(compiler: Any, held: dict[int, SealedCol]) -> Iterator[list[int]]:
    """The columns whose values an object takes at once: those of a table.

    One by one where a model has a `from_db` of its own, to which Django hands each value.
    """
    if not all(getattr(model.from_db, "__func__", None) is AS_DJANGO for model in _models(compiler.klass_info)):
        yield from ([at] for at in held)
        return
    for alias in {column.alias: None for column in held.values()}:
        yield [at for at, column in held.items() if column.alias == alias]


def _models(klass_info: dict[str, Any]) -> Iterator[Any]:
    """The models of all objects that a row becomes."""
    yield klass_info["model"]
    for related in klass_info.get("related_klass_infos", ()):
        yield from _models(related)
