"""The page that asks why somebody wants to see sealed values, and the object's page that then shows them, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import flatten_fieldsets, quote, unquote
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import get_language

from consentguard.crypto.errors import ErasedError
from consentguard.errors import ConsentGuardError
from consentguard.masking import UNMASK, MaskingError, Unmasking
from consentguard.records import SubjectRef
from consentguard.screens.unmasking import Sent, labels, question
from consentguard.words import SOURCE_LANGUAGE
from consentguard_django import conf
from consentguard_django.fields.binding import row_of
from consentguard_django.masking.forms import MaskedForm
from consentguard_django.masking.veil import Field, Place, Sight, place_of, sealed_fields, veiled
from consentguard_django.people import subject_of
from consentguard_django.second_factor import demand_for
from consentguard_django.staff import RefusedError

if TYPE_CHECKING:
    from consentguard_django.masking.admin import SealedAdminMixin

SHOWN = "consentguard_shown"
"""The attribute of a request that names the values which it shows."""


def respond(admin: SealedAdminMixin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    """Ask, and once it is answered show the object's page with its values. Raises PermissionDenied."""
    if not admin.has_unmask_permission(request):
        raise RefusedError(UNMASK)
    obj = admin.get_object(request, unquote(object_id))
    if obj is None:
        raise Http404
    if not admin.has_unmask_permission(request, obj):
        raise RefusedError(UNMASK)
    if (refused := demand_for(request, UNMASK)) is not None:
        return refused
    on_page = flatten_fieldsets(admin.get_fieldsets(request, obj))
    columns = {column.name: column for column in sealed_fields(admin.model) if column.name in on_page}
    if request.method != "POST":
        return _ask(admin, request, obj, columns)
    sent = Sent.of(dict(request.POST.lists()), columns)
    try:
        _take_down(request, obj, [columns[name] for name in sent.columns], sent)
    except MaskingError as error:
        return _ask(admin, request, obj, columns, error)
    except ConsentGuardError as error:
        admin.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(admin.page_path(request, "change", obj))
    return _show(admin, request, obj, sent.columns)


def _take_down(request: HttpRequest, obj: Model, columns: list[Field], sent: Sent) -> None:
    """Leave the evidence, without which nothing is shown. Raises ConsentGuardError."""
    masking, label = conf.guard(request).masking, obj._meta.concrete_model._meta.label  # type: ignore[union-attr]
    bound = (SubjectRef(each.binding.subject, row_of(each, obj)) for each in columns if each.binding.subject)
    masking.unmask(
        Unmasking(
            label=label,
            columns=sent.columns,
            people=(*bound, *masking.people(label, obj, _key_of)),
            staff=subject_of(request),
            reason=sent.reason,
            reference=sent.reference,
        )
    )


def _key_of(row: Any) -> str:
    return str(row.pk)


def _ask(
    admin: SealedAdminMixin,
    request: HttpRequest,
    obj: Model,
    columns: Mapping[str, Field],
    error: MaskingError | None = None,
) -> HttpResponse:
    names = {name: str(capfirst(column.verbose_name)) for name, column in columns.items()}
    fields = dict((request.POST if error else request.GET).lists())
    asked = question(get_language() or SOURCE_LANGUAGE, names, Sent.of(fields, names), error)
    context = {
        **admin.admin_site.each_context(request),
        "title": asked.title,
        "subtitle": str(obj),
        "question": asked,
        "opts": admin.opts,
        "object": obj,
        "back": admin.page_path(request, "change", obj),
        "is_popup": IS_POPUP_VAR in request.GET,
    }
    return TemplateResponse(request, "admin/consentguard_django/unmask.html", context, status=422 if error else 200)


def _show(admin: SealedAdminMixin, request: HttpRequest, obj: Model, columns: Iterable[str]) -> HttpResponse:
    """The object's own page as whoever follows a link gets it; what is shown is in this one answer alone."""
    shown = copy(request)
    shown.method = "GET"
    setattr(shown, SHOWN, frozenset(_readable(admin, request, obj, columns)))
    return admin.change_view(shown, str(quote(obj.pk)), admin.page_path(request, "change", obj))


def _readable(admin: SealedAdminMixin, request: HttpRequest, obj: Model, columns: Iterable[str]) -> Iterator[Place]:
    """The values that open; of the others the page says that they do not."""
    words = labels(get_language() or SOURCE_LANGUAGE)
    for name in columns:
        try:
            getattr(obj, name)
        except ConsentGuardError as error:
            why = words.erased if isinstance(error, ErasedError) else words.unreadable
            title = capfirst(obj._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            admin.message_user(request, f"{title}: {why}", messages.ERROR)
        else:
            yield place_of(obj, name)


def veil_page(page: Any, model: type[Model], sight: Sight) -> None:
    """Mask what an AdminForm or an InlineAdminFormSet only reads.

    Raises ImproperlyConfigured where its form is not one of ours, since then it would not be masked.
    """
    form = page.form.__class__ if hasattr(page, "form") else page.formset.form
    if any(sealed_fields(model)) and not issubclass(form, MaskedForm):
        raise ImproperlyConfigured(f"the form of {model._meta.label} does not mask: let get_form() call super()")
    read = [*page.readonly_fields]
    if not getattr(page, "has_change_permission", True):
        read += flatten_fieldsets(page.fieldsets)
    page.readonly_fields = veiled(model, page.readonly_fields, sight)
    page.fieldsets = [
        (title, {**options, "fields": veiled(model, options["fields"], sight, among=read)})
        for title, options in page.fieldsets
    ]
