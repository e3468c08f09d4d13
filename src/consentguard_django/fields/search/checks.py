"""System checks of searched columns: what their indexes are of, what they tell, and who asks for what is not there.

`consentguard.E023`: a model has something else by the name of a generated column.
`consentguard.E024`: a compound index is of a field that is not an encrypted one of the same model.
`consentguard.E025`: a ModelAdmin searches, filters or sorts by an encrypted column in a way that no index answers.
`consentguard.E026`: a foreign key refers to an encrypted column.
`consentguard.W027`: an index is of so few different values that it tells which it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from consentguard.crypto.index.declared import compound_of, exact_of
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.leakage import warnings
from consentguard.crypto.index.planner import FEW_VALUES, plan
from consentguard_django.fields.errors import EncryptedFieldError
from consentguard_django.fields.search.parts import parts_named

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

MANY_ROWS = 1_000_000
"""A table in which every value of a small number comes often."""
PREFIXES = {"^": "istartswith", "=": "iexact", "@": "search"}
"""How `search_fields` writes a lookup before a name."""


def check_indexes(field: Field) -> Iterator[checks.CheckMessage]:
    """E024, E026 and W027: what is wrong with the indexes of a field, and with what refers to it."""
    others = {each.name for each in field.model._meta.concrete_fields if hasattr(each, "indexes")} - {field.name}
    for name in sorted(set(parts_named(field)) - others):
        message = f"Its index is of `{name}`, which is no encrypted field of {field.model._meta.label}."
        hint = "A plain one need not be in it: filter by that."
        yield checks.Error(message, hint=hint, obj=field, id="consentguard.E024")
    for relation in field.model._meta.related_objects:
        if field in relation.field.foreign_related_fields:
            message = f"It refers to {field}, of which no two sealed values are alike."
            yield checks.Error(message, hint="Refer to the primary key.", obj=relation.field, id="consentguard.E026")
    if field.indexes and not compound_of(field.indexes) and (told := _told(field)):
        yield checks.Warning(told, hint="Open the rows and compare.", obj=field, id="consentguard.W027")


def check_admins(**_: Any) -> Iterator[checks.CheckMessage]:
    """E025: every ModelAdmin of every site, whose pages would fail."""
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.sites import all_sites  # which needs that

    for model, admin in chain.from_iterable(site._registry.items() for site in all_sites):
        for option, name, hint in _unanswered(model, admin):
            message = f"`{option}` names `{name}`, which is encrypted: the database cannot answer that."
            yield checks.Error(message, hint=hint, obj=type(admin), id="consentguard.E025")


def _told(field: Field) -> str:
    """What an index of so many values tells, as the planner says; empty where that is not known, or nothing."""
    count = 2 if isinstance(field.inner, models.BooleanField) else len(field.flatchoices)
    if not 0 < count < FEW_VALUES:
        return ""
    try:
        return next(warnings(plan(MANY_ROWS, "exact", values=count)))
    except SearchError as error:
        return f"{error.message[0].upper()}{error.message[1:]}."


def _unanswered(model: type[models.Model], admin: Any) -> Iterator[tuple[str, str, str]]:
    """An option, what it names, and what to do instead."""
    for name in admin.search_fields:
        if hint := _why_not_searched(model, name):
            yield "search_fields", name, hint
    for option in ("ordering", "list_filter", "date_hierarchy"):
        given = getattr(admin, option) or ()
        for name in (given,) if isinstance(given, str) else given:
            field, _ = _sealed_at(model, name.lstrip("-")) if isinstance(name, str) else (None, "")
            if field is not None and not (option == "list_filter" and field.flatchoices and exact_of(field.indexes)):
                yield option, name, "name another column"


def _why_not_searched(model: type[models.Model], name: str) -> str:
    """What to write instead of a name in `search_fields`; empty where an index answers."""
    prefix = PREFIXES.get(name[:1], "")
    field, lookup = _sealed_at(model, name[1:] if prefix else name)
    if field is None:
        return ""
    try:
        field.get_lookup(prefix or lookup or "icontains")
    except EncryptedFieldError as error:
        return f'write "={name.lstrip("^=@")}"' if exact_of(field.indexes) and not prefix else error.hint
    return ""


def _sealed_at(model: Any, path: str) -> tuple[Any, str]:
    """The encrypted field that a path of a query leads to, and the lookup behind it; None for another field."""
    names = path.split("__")
    while names:
        try:
            field = model._meta.get_field(names.pop(0))
        except FieldDoesNotExist:
            break
        if hasattr(field, "indexes"):
            return field, "__".join(names)
        if not field.is_relation:
            break
        model = field.related_model
    return None, ""


checks.register(check_admins, checks.Tags.admin)
