"""System checks of admins over sealed values: which lack the mixin, and what gives a value away beside it.

`consentguard.W020`: a ModelAdmin shows sealed values and is none of `SealedAdminMixin`'s.
`consentguard.W021`: a model's `__str__` reads a sealed value, which the admin writes wherever it names an object.
`consentguard.E022`: an option of a ModelAdmin needs what is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.filters import EmptyFieldListFilter
from django.contrib.admin.sites import all_sites
from django.core import checks
from django.db.models import Model

from consentguard_django.masking.veil import Field, sealed_at, sealed_fields

MIXIN = "consentguard_django.masking.SealedAdminMixin"
REFUSED = ("list_editable", "list_filter", "date_hierarchy", "history_list_display")
"""Options that would change a value unseen, or tell what values there are."""


def check_admins(**_: Any) -> Iterator[checks.CheckMessage]:
    """Every ModelAdmin of every site."""
    for model, _admin in _registered():
        if any(sealed_fields(model)):
            yield from _check_name(model)
    for kind, shown in unmasked():
        message = f"It shows sealed values to all who may see its page: {', '.join(shown)}."
        yield checks.Warning(message, hint=f"Let {MIXIN} be the first of its bases.", obj=kind, id="consentguard.W020")


def unmasked() -> Iterator[tuple[type[Any], Iterable[str]]]:
    """The ModelAdmins that do not mask, each with the sealed fields that it shows."""
    from consentguard_django.masking.admin import SealedAdminMixin  # which stands above this file

    for model, admin in _registered():
        if not isinstance(admin, SealedAdminMixin) and (shown := dict.fromkeys(map(str, _shown(model, admin)))):
            yield type(admin), shown


def _registered() -> Iterator[tuple[type[Model], Any]]:
    return chain.from_iterable(site._registry.items() for site in all_sites)


def check_options(admin: ModelAdmin[Any]) -> Iterator[checks.CheckMessage]:
    """The options of a ModelAdmin that masks."""
    for option in REFUSED:
        given = getattr(admin, option, None) or ()
        for each in (given,) if isinstance(given, str) else given:
            name, kind = each if isinstance(each, (tuple, list)) else (each, None)
            if sealed_at(admin.model, name) and kind is not EmptyFieldListFilter:
                message = f"`{option}` names `{name}`, which is sealed."
                yield checks.Error(message, hint="Leave it out.", obj=type(admin), id="consentguard.E022")


def _shown(model: type[Model], admin: Any) -> Iterator[Field]:
    """The sealed fields that a ModelAdmin shows: its model's, its inlines', and those that its list leads to."""
    yield from sealed_fields(model)
    for inline in admin.inlines:
        yield from sealed_fields(inline.model)
    yield from filter(None, (sealed_at(model, name) for name in (*admin.list_display, *admin.readonly_fields)))


def _check_name(model: type[Model]) -> Iterator[checks.CheckMessage]:
    code: Any = getattr(model.__str__, "__code__", None)
    read = set(code.co_names) if code else set()
    if "get_username" in read:  # as Django's own users call themselves
        read.add(getattr(model, "USERNAME_FIELD", ""))
    for column in sealed_fields(model):
        if column.name in read:
            message = f"Its __str__ reads `{column.name}`, which is sealed: the admin's lists, titles and log show it."
            yield checks.Warning(message, hint="Name it by something else.", obj=model, id="consentguard.W021")
