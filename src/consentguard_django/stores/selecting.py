"""Selections of a plan as querysets: paths of the data map as Django's lookups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections, models
from django.utils import timezone

from consentguard.datamap.tags import SELF, Match
from consentguard.ports import StoreError
from consentguard.records import Selection
from consentguard_django.columns import Moment
from consentguard_django.introspect import Model, attribute, is_generic_key


class _Bytes(models.Func):
    """A text's own bytes, where MariaDB's collations would find more than equal texts."""

    template = "CAST(CONVERT(%(expressions)s USING utf8mb4) AS BINARY)"
    arity = 1
    output_field = models.TextField()


def model_of(label: str) -> Model:
    """The model of a label. Raises StoreError where there is none."""
    found = next((model for model in apps.get_models(include_auto_created=True) if model._meta.label == label), None)
    if found is None:
        raise StoreError(f"the site has no table {label!r}", hint="name one as the data map does: app.Model")
    return found


def plain(model: Model, alias: str) -> models.QuerySet[Any]:
    """Every row of a model's table, past the model's own managers."""
    return models.QuerySet(model, using=alias)


def selected(selection: Selection, alias: str) -> models.QuerySet[Any]:
    """The rows of a selection, each of them once; none where it names neither subjects nor a moment.

    Raises StoreError for a path or a column that there is not.
    """
    rows = plain(model_of(selection.label), alias)
    if selection.root or selection.keys:
        rows = _of_subjects(rows, selection, alias)
    elif selection.before is None:
        return rows.none()
    if selection.before:
        rows = rows.filter(_before(rows.model, *selection.before))
    for other in selection.besides:
        rows = rows.exclude(pk__in=selected(other, alias).values("pk"))
    return rows


def _of_subjects(rows: models.QuerySet[Any], selection: Selection, alias: str) -> models.QuerySet[Any]:
    path, root = selection.path, model_of(selection.root or selection.label)
    keys = _keys(root, selection.keys)
    if path == SELF:
        return rows.filter(pk__in=keys)
    if isinstance(path, Match):
        return _matching(rows, path, keys, alias)
    lookup, many, generic = _walk(rows.model, str(path))
    if generic is not None:
        return rows.filter(_about(generic, lookup, root, keys, alias))
    found = rows.filter(**{f"{lookup}__pk__in": keys})
    return _once(found) if many else found


def _matching(rows: models.QuerySet[Any], match: Match, keys: Sequence[object], alias: str) -> models.QuerySet[Any]:
    """Rows whose column holds the very value of a subject's row, without a foreign key between them."""
    label, _, column = match.target.rpartition(".")
    held = plain(model_of(label), alias).filter(pk__in=keys).values_list(column, flat=True)
    values = [value for value in held if value not in (None, "")]
    lookup, many, _ = _walk(rows.model, match.column)
    found = rows.filter(**{f"{lookup}__in": values})
    if connections[alias].vendor == "mysql" and all(isinstance(value, str) for value in values):
        found = found.alias(consentguard_bytes=_Bytes(models.F(lookup))).filter(consentguard_bytes__in=values)
    return _once(found) if many else found


def _once(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The same rows without the doubles that a way to many rows makes."""
    return plain(rows.model, rows.db).filter(pk__in=rows.values("pk"))


def _before(model: Model, column: str, moment: dt.datetime) -> models.Q:
    """Rows whose moment lies before another; a date counts when the whole of its day does."""
    lookup, _, _ = _walk(model, column)
    field = _end(model, lookup)
    local = moment.astimezone(timezone.get_default_timezone())
    if not isinstance(field, models.DateTimeField):
        return models.Q(**{f"{lookup}__lt": local.date()})
    aware = settings.USE_TZ or isinstance(field, Moment)
    return models.Q(**{f"{lookup}__lt": moment if aware else local.replace(tzinfo=None)})


def _end(model: Model, lookup: str) -> Any:
    """The field that a lookup over foreign keys ends at."""
    first, _, rest = lookup.partition("__")
    field = model._meta.get_field(first)
    return _end(field.related_model, rest) if rest and isinstance(field.related_model, type) else field


def _walk(model: Model, dotted: str) -> tuple[str, bool, Any]:
    """A path as a lookup, whether it leads to many rows, and the generic key at its end if there is one.

    A generic key is left out of the lookup. What follows a column is a path into its JSON. Raises StoreError.
    """
    lookup: list[str] = []
    many, steps = False, dotted.split(".")
    for number, step in enumerate(steps):
        field = next((each for each in model._meta.get_fields(include_hidden=True) if attribute(each) == step), None)
        if field is None:
            raise StoreError(f"{model._meta.label} has no {step!r}, which the path {dotted!r} steps over")
        if is_generic_key(field):
            if steps[number + 1 :]:
                raise StoreError(f"the path {dotted!r} goes on behind a generic key", hint="end it there")
            return "__".join(lookup), many, field
        if not isinstance(field.related_model, type):
            return "__".join([*lookup, field.name, *steps[number + 1 :]]), many, None
        lookup.append(field.name)
        many = many or bool(field.many_to_many or field.one_to_many)
        model = field.related_model
    return "__".join(lookup), many, None


def _about(generic: Any, lookup: str, root: Model, keys: Sequence[object], alias: str) -> models.Q:
    """Rows whose generic key points to one of the subjects' rows."""
    from django.contrib.contenttypes.models import ContentType  # an app that may not be installed

    types = ContentType.objects.db_manager(alias)
    kind = types.get_for_model(root, for_concrete_model=generic.for_concrete_model)
    before = f"{lookup}__" if lookup else ""
    return models.Q(**{f"{before}{generic.ct_field}": kind, f"{before}{generic.fk_field}__in": keys})


def _keys(root: Model, keys: Sequence[str]) -> list[object]:
    """Primary keys from their text; one that can be no key of the table is nobody's."""
    found = []
    for key in keys:
        try:
            found.append(root._meta.pk.to_python(key))
        except ValidationError:
            continue
    return found
