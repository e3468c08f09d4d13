"""A second factor in a host's own admin: before anybody enters a site, and anew before roles are changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern

from consentguard.web.routes import READ
from consentguard_django.second_factor import demand, finish, offers, require

if TYPE_CHECKING:
    _AdminSite = AdminSite
    _ModelAdmin = ModelAdmin[Any]
else:
    _AdminSite = _ModelAdmin = object
OPEN = frozenset({"logout", "jsi18n"})


class SecondFactorAdminSite(_AdminSite):
    """Mix it into an admin site: `class Site(SecondFactorAdminSite, AdminSite)`.

    Whoever has no second factor is led to where one is set up, whoever gave none to where it is given, whatever
    `twofactor.required_for` says. Users, groups and the models of `step_up_models` (`app.model`) are changed by who
    gave it within the last 15 minutes. A policy without `[twofactor]` leaves the site as Django has it.
    """

    step_up_models: tuple[str, ...] = ()

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """As Django's, behind the second factor."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            refused = self._refused(request)
            return refused if refused is not None else finish(request, guarded(request, *args, **kwargs))

        return respond

    def _refused(self, request: HttpRequest) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.url_name or "" if match else ""
        if name in OPEN or not self.has_permission(request) or not offers(request):
            return None  # who is no staff is led to sign in
        refused = require(request)
        if refused is None and request.method == "POST" and name.startswith(self._roles()):
            return demand(request, "roles")
        return refused

    def _roles(self) -> tuple[str, ...]:
        """How the names of the views begin that change who may do what."""
        user = get_user_model()._meta.label_lower
        return tuple(f"{label.lower().replace('.', '_')}_" for label in (user, "auth.group", *self.step_up_models))


class StepUpAdmin(_ModelAdmin):
    """Mix it into the admin of users or roles on any admin site: `class UserAdmin(StepUpAdmin, DjangoUserAdmin)`.

    Whoever adds, changes or deletes a row there, or runs an action on some, has given a second factor within the last
    15 minutes; who has none and need not have one has signed in as lately. Others are led to do so, and back to the
    page. To look at rows takes nothing. So it is with forms on pages of the class's own.
    """

    @property
    def urls(self) -> list[URLPattern]:
        """As Django's and the class's own, each behind the question."""
        patterns: list[URLPattern] = self.get_urls()
        for each in patterns:
            each.callback = _after_a_factor(each.callback)
        return patterns


def _after_a_factor(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        refused = None if request.method in READ else demand(request, "roles")
        return refused or view(request, *args, **kwargs)

    return respond
