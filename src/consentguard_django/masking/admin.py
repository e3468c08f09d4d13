"""`SealedAdminMixin`: a host's ModelAdmin and its inlines, with sealed values masked until somebody may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from consentguard.masking import MASK, UNMASK
from consentguard.screens.unmasking import COLUMN
from consentguard.words import SOURCE_LANGUAGE
from consentguard_django.fields import Encrypted
from consentguard_django.masking.checks import check_options
from consentguard_django.masking.forms import masked
from consentguard_django.masking.page import SHOWN, respond, veil_page
from consentguard_django.masking.veil import Sight, sealed_at, sealed_fields, veiled
from consentguard_django.staff import may, taken_down

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.core.checks import CheckMessage

    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object


class SealedAdminMixin(_ModelAdmin):
    """Masks sealed values: `class CustomerAdmin(SealedAdminMixin, admin.ModelAdmin)`.

    It stands first among the bases. Lists, the page of an object and of its inlines show a mask, and a form leaves
    each value as it is unless whoever sends it says to replace it. Somebody with the permission `unmask_<model>` who
    may view the object is led to a form that asks why, and is then shown the values once. `shown_last` names fields
    of which so many last characters are always shown, such as `{"iban": 4}`: those are opened for each row.
    """

    shown_last: Mapping[str, int] = {}

    def has_unmask_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may see sealed values: of any object, or of one."""
        name = f"{self.opts.app_label}.{UNMASK}_{self.opts.model_name}"
        leaves_evidence = apps.is_installed("consentguard_django")
        return leaves_evidence and self.has_view_permission(request, obj) and may(request, UNMASK, name)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Django's checks, and that no option needs what is sealed."""
        return [*super().check(**kwargs), *check_options(self)]

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The form, masked."""
        return self._masked(request, self, super().get_form(request, obj, *args, **kwargs))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The form of a row, masked too, should somebody have silenced the check that refuses it."""
        return self._masked(request, self, super().get_changelist_form(request, **kwargs))

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        """The inlines, those with sealed values masked."""
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            if any(sealed_fields(inline.model)):
                form = self._masked(request, inline, formset.form)
                yield type(formset.__name__, (formset,), {"form": form}), inline
            else:
                yield formset, inline

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list, whose sealed columns are masked before anything asks how they are sorted."""
        plain: Any = super().get_changelist(request, **kwargs)
        sight = self._sight(request, self)

        class Masked(plain):  # type: ignore[misc]
            def __init__(self, request: Any, model: Any, columns: Any, links: Any, *rest: Any) -> None:
                links = links and veiled(model, links, sight)
                super().__init__(request, model, veiled(model, columns, sight), links, *rest)

        return Masked

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, on which what is only read is masked as well."""
        self._veil(request, context)
        return super().render_change_form(request, context, *args, **kwargs)

    def render_history_view(self, request: HttpRequest, template: str, context: Any, **kwargs: Any) -> HttpResponse:
        """The same for an old version on the page of django-simple-history."""
        self._veil(request, context)
        answer: HttpResponse = super().render_history_view(request, template, context, **kwargs)  # type: ignore[misc]
        return answer

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> Any:
        """What django-simple-history says was changed, with masks for old and new."""
        helper: Any = super().get_historical_record_context_helper(request, historical_record)  # type: ignore[misc]
        prepare = helper.prepare_delta_change_value

        def prepared(change: Any, value: Any) -> Any:
            is_masked = value is not None and sealed_at(self.model, change.field)
            return MASK if is_masked else prepare(change, value)

        helper.prepare_delta_change_value = prepared
        return helper

    def get_urls(self) -> list[URLPattern]:
        """With the page that asks why."""
        view = taken_down(self.admin_site.admin_view(partial(respond, self)))
        return [path(f"<path:object_id>/{UNMASK}/", view, name=self._name(UNMASK)), *super().get_urls()]

    def page_path(self, request: HttpRequest, page: str, obj: Model, column: str = "") -> str:
        """The address of a page of an object, with the query of this one, by which it leads back where it should."""
        place = reverse(f"admin:{self._name(page)}", args=[quote(obj.pk)], current_app=self.admin_site.name)
        query = {**request.GET.dict(), COLUMN: column}
        wanted = urlencode({name: value for name, value in query.items() if value})
        return f"{place}?{wanted}" if wanted else place

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _masked(self, request: HttpRequest, owner: Any, form: Any) -> Any:
        def formfield(field: Any, **kwargs: Any) -> Any:
            # of what is inside, so that a date has the admin's calendar
            return owner.formfield_for_dbfield(
                field.inner if isinstance(field, Encrypted) else field, request, **kwargs
            )

        return masked(form, self._sight(request, owner), formfield)

    def _veil(self, request: HttpRequest, context: Any) -> None:
        pages = [(self, context["adminform"])] if "adminform" in context else []
        pages += [(each.opts, each) for each in context.get("inline_admin_formsets", ())]
        for owner, page in pages:
            veil_page(page, owner.model, self._sight(request, owner))

    def _sight(self, request: HttpRequest, owner: Any) -> Sight:
        return Sight(
            language=get_language() or SOURCE_LANGUAGE,
            empty=owner.get_empty_value_display(),
            link=partial(self._link, request),
            shown=getattr(request, SHOWN, frozenset()),
            last=getattr(owner, "shown_last", {}),
        )

    def _link(self, request: HttpRequest, obj: Model, column: str) -> str:
        """Where a value can be asked for; empty in lists, and on pages of old versions, which it would not show."""
        owner, match = self.admin_site._registry.get(type(obj)), request.resolver_match
        is_page = match is not None and (match.url_name or "").endswith(("_change", f"_{UNMASK}"))
        if not is_page or not isinstance(owner, SealedAdminMixin) or not owner.has_unmask_permission(request, obj):
            return ""
        return owner.page_path(request, UNMASK, obj, column)
