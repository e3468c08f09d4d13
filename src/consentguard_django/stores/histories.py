"""Where other packages keep the past of the site's rows, and how it is forgotten without their noticing.

django-simple-history keeps a row for each state of another, so that single columns can be emptied there.
django-auditlog, django-reversion and the log of Django's admin keep texts that hold many columns at once, and the name
that the row had: of them every entry about the row goes, also where only some of its columns are to be forgotten. What
an entry about another row says of this one, such as its name in a list of relations, is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models, router, transaction

from consentguard_django.introspect import Model
from consentguard_django.stores import searched
from consentguard_django.stores.emptying import emptied
from consentguard_django.stores.keyset import parsed
from consentguard_django.stores.selecting import plain

if TYPE_CHECKING:
    Rows = models.QuerySet[Any]
LOGS = (
    ("auditlog", "LogEntry", "object_pk"),
    ("reversion", "Version", "object_id"),
    ("admin", "LogEntry", "object_id"),
)
"""Entries about rows of any table: app, model, and the column that holds the row's primary key as text."""


@dataclass(frozen=True, slots=True)
class History:
    """One table with the past of a model's rows: `key` is its column with a row's primary key.

    `is_log`: it is one of `LOGS`, whose keys are texts and whose rows name their table.
    """

    model: Model
    key: str
    is_log: bool = False


def of(model: Model) -> Iterator[History]:
    """The tables of installed packages that may keep the past of a model's rows."""
    for each in apps.get_models():
        attribute = getattr(each._meta, "simple_history_manager_attribute", None)
        if attribute and issubclass(each, model) and not each._meta.proxy:
            history: Any = getattr(each, attribute)
            yield History(history.model, each._meta.pk.attname)
    for app, name, key in LOGS:
        if app in apps.app_configs:
            yield History(apps.get_model(app, name), key, is_log=True)


def forget(model: Model, keys: Sequence[str], columns: Sequence[str], alias: str) -> dict[str, int]:
    """Remove the past of these rows, or empty these columns of it where each has one; how many rows of which table.

    A table is looked for where Django's routers say that it is. Where that is another database than `alias`, it is
    taken for that of these rows only if the routers put the model in `alias`: else its keys may be those of others.
    """
    touched = {}
    for history in of(model):
        place = router.db_for_write(history.model)
        if place != alias and router.db_for_write(model) != alias:
            continue
        with nullcontext() if place == alias else transaction.atomic(using=place):
            rows = _about(history, model, keys, place)
            touched[history.model._meta.label] = _gone(history, rows, columns) if rows is not None else 0
    return {label: count for label, count in touched.items() if count}


def _about(history: History, model: Model, keys: Sequence[str], place: str) -> Rows | None:
    every = plain(history.model, place)
    if not history.is_log:
        return every.filter(**{f"{history.key}__in": [parsed(model, key) for key in keys]})
    kinds = list(_content_types(model, place))
    return every.filter(**{f"{history.key}__in": keys, "content_type__in": kinds}) if kinds else None


def _content_types(model: Model, place: str) -> Iterator[Any]:
    """What names the model, and the proxies of it, in the tables of `LOGS`."""
    from django.contrib.contenttypes.models import ContentType  # of an app that may not be installed

    for each in apps.get_models():
        if each._meta.concrete_model is model:
            try:
                names = each._meta.app_label, each._meta.model_name or ""
                yield ContentType.objects.db_manager(place).get_by_natural_key(*names)
            except ObjectDoesNotExist:
                continue


def _gone(history: History, rows: Rows, columns: Sequence[str]) -> int:
    if columns and not history.is_log:
        return _emptied(rows, columns)
    revisions = list(rows.values_list("revision", flat=True).distinct()) if _has_revisions(history) else []
    for relation in () if history.is_log else history.model._meta.related_objects:  # to many, whose past is kept too
        ties = plain(relation.related_model, rows.db)
        ties.filter(**{f"{relation.field.name}__in": rows})._raw_delete(rows.db)
    count = rows._raw_delete(rows.db) or 0
    if revisions:
        revision: Any = history.model._meta.get_field("revision").related_model
        every = plain(revision, rows.db)
        every.filter(pk__in=revisions, version__isnull=True)._raw_delete(rows.db)
    return count


def _has_revisions(history: History) -> bool:
    return history.is_log and history.model._meta.app_label == "reversion"


def _emptied(rows: Rows, columns: Sequence[str]) -> int:
    empty = {field.name: emptied(field, rows) for column in columns for field in _kept(rows.model, column)}
    return rows.update(**searched.emptied(empty, rows.model)) if empty else 0


def _kept(model: Model, column: str) -> Iterator[models.Field[Any, Any]]:
    """The column in a history; none where it is one of those that the history leaves out."""
    try:
        field = model._meta.get_field(column)
    except FieldDoesNotExist:
        return
    if isinstance(field, models.Field):
        yield field
