"""Selections of a plan as conditions of querysets: paths of the data map as Django's lookups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.models.lookups import In

from consentguard.datamap.tags import SELF, Match
from consentguard.datamap.values import joined_numbers
from consentguard.ports import StoreError
from consentguard.records import Selection
from consentguard_django.introspect import Model
from consentguard_django.purposes import every_row
from consentguard_django.stores.holding import AsBytes, holds, is_not
from consentguard_django.stores.keyset import parsed
from consentguard_django.stores.walking import walk

if TYPE_CHECKING:
    _Lookup = models.Lookup[Any]
else:
    _Lookup = models.Lookup


class _Numbered(_Lookup):
    """Whose primary key is one of many numbers, which are written into the statement.

    As parameters of their own, they would take Django longer than the database needs for the rows.
    """

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """The key, and numbers that are nothing but what `joined_numbers` gave."""
        key, params = self.process_lhs(compiler, connection)
        return f"{key} IN ({self.rhs})", params


def model_of(label: str) -> Model:
    """The model of a label. Raises StoreError where there is none."""
    found = next((model for model in apps.get_models(include_auto_created=True) if model._meta.label == label), None)
    if found is None:
        raise StoreError(f"the site has no table {label!r}", hint="name one as the data map does: app.Model")
    return found


def plain(model: Model, alias: str) -> models.QuerySet[Any]:
    """Every row of a model's table, past the model's own managers and whatever purpose it is read in."""
    return every_row(models.QuerySet(model, using=alias))


def selected(selection: Selection, alias: str) -> models.QuerySet[Any]:
    """The rows of a selection, each of them once; none where it names neither subjects nor what holds of them.

    Raises StoreError for a path, a column or a bound that there is not.
    """
    rows = plain(model_of(selection.label), alias)
    condition = _asked(rows.model, selection, alias)
    return rows.none() if condition is None else rows.filter(condition)


def behind(rows: models.QuerySet[Any], key: str) -> models.QuerySet[Any]:
    """Those of some rows whose primary key follows another. Raises StoreError for what can be no key."""
    return rows.filter(pk__gt=_bound(rows.model, key)) if key else rows


def _asked(model: Model, selection: Selection, alias: str) -> models.Q | None:
    if not (selection.of_people or selection.where or selection.whole):
        return None
    asked = _of_subjects(model, selection, alias) if selection.of_people else models.Q()
    for test in selection.where:
        asked &= _once(model, *holds(model, test, alias), alias=alias)
    if selection.above:
        asked &= models.Q(pk__gt=_bound(model, selection.above))
    if selection.upto:
        asked &= models.Q(pk__lte=_bound(model, selection.upto))
    for other in selection.besides:
        others = _asked(model, other, alias) if other.label == selection.label else None
        if others is not None:
            asked &= is_not(others) if others else models.Q(pk__in=[])
    return asked


def _of_subjects(model: Model, selection: Selection, alias: str) -> models.Q:
    path, root = selection.path, model_of(selection.root or selection.label)
    if path == SELF and (written := _numbers(root, selection.keys)):
        return models.Q(_Numbered(models.F("pk"), written))
    keys = fitting(root, selection.keys)
    if path == SELF:
        return models.Q(pk__in=keys)
    if isinstance(path, Match):
        return _matching(model, path, keys, alias)
    lookup, many, generic = walk(model, str(path))
    if generic is not None:
        return _about(generic, lookup, root, keys, alias)
    return _once(model, models.Q(**{f"{lookup}__pk__in": keys}), many, alias=alias)


def _matching(model: Model, match: Match, keys: Sequence[object], alias: str) -> models.Q:
    """Rows whose column holds the very value of a subject's row, without a foreign key between them."""
    label, _, column = match.target.rpartition(".")
    held = plain(model_of(label), alias).filter(pk__in=keys).values_list(column, flat=True)
    values = [value for value in held if value not in (None, "")]
    lookup, many, _ = walk(model, match.column)
    found = models.Q(**{f"{lookup}__in": values})
    if values and connections[alias].vendor == "mysql" and all(isinstance(value, str) for value in values):
        found &= models.Q(In(AsBytes(models.F(lookup)), values))
    return _once(model, found, many, alias=alias)


def _once(model: Model, found: models.Q, many: bool, *, alias: str) -> models.Q:
    """The same rows without the doubles that a way to many rows makes."""
    return models.Q(pk__in=plain(model, alias).filter(found).values("pk")) if many else found


def _about(generic: Any, lookup: str, root: Model, keys: Sequence[object], alias: str) -> models.Q:
    """Rows whose generic key points to one of the subjects' rows."""
    from django.contrib.contenttypes.models import ContentType  # an app that may not be installed

    types = ContentType.objects.db_manager(alias)
    kind = types.get_for_model(root, for_concrete_model=generic.for_concrete_model)
    before = f"{lookup}__" if lookup else ""
    return models.Q(**{f"{before}{generic.ct_field}": kind, f"{before}{generic.fk_field}__in": keys})


def _numbers(root: Model, keys: Sequence[str]) -> str:
    """Primary keys that are numbers, as they stand in a statement; empty where one is anything else."""
    return joined_numbers(keys) if isinstance(root._meta.pk, models.IntegerField) else ""


def fitting(root: Model, keys: Sequence[str]) -> list[object]:
    """Primary keys from their text; one that can be no key of the table is nobody's."""
    found = []
    for key in keys:
        try:
            found.append(parsed(root, key))
        except (TypeError, ValueError, ValidationError):
            continue
    return found


def _bound(model: Model, key: str) -> object:
    try:
        return parsed(model, key)
    except (TypeError, ValueError, ValidationError):
        pass
    hint = "a bound is a primary key as `Dataset.keys` gives it"
    raise StoreError(f"rows of {model._meta.label} have no primary key such as a bound is", hint=hint)
