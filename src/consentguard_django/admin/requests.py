"""The screen of rights requests: their clocks, and what staff may do about them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.screens import Told
from consentguard_django import conf
from consentguard_django.admin.desks import DeskAdmin
from consentguard_django.second_factor import demand_for

CARRY_OUT = "requests.carry_out"
"""What its own permission is called in the core."""
MOST_AT_ONCE = 50


class RightsRequestAdmin(DeskAdmin):
    """What people asked for, and how far it is."""

    screen = screens.REQUESTS
    actions = ("carry_out_chosen",)

    def get_urls(self) -> list[URLPattern]:
        """With what staff may do."""
        return [
            self.address("carry-out/", "carry_out", self.carry_out),
            self.address("send-owed/", "send_owed", self.send_owed),
            *super().get_urls(),
        ]

    def has_carry_out_permission(self, request: HttpRequest) -> bool:
        """Whoever has our own permission for it."""
        return self.may(request, CARRY_OUT)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the button for the mails that could not be sent."""
        allowed = self.has_carry_out_permission(request)
        button = {"path": self.path_of("send_owed"), "label": screens.SEND_OWED} if allowed else None
        return super().changelist_view(request, {"button": button, **(extra_context or {})})

    @admin.action(description=screens.TO_CARRY_OUT, permissions=["carry_out"])
    def carry_out_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """To the page that shows what would be done; nothing is done yet."""
        ids = queryset.values_list("pk", flat=True)[:MOST_AT_ONCE]
        return HttpResponseRedirect(f"{self.path_of('carry_out')}?{urlencode([('id', each) for each in ids])}")

    def carry_out(self, request: HttpRequest) -> HttpResponseBase:
        """Show what would be done about the requests; when that is confirmed, do it."""
        self.require(request, CARRY_OUT)
        if (refused := demand_for(request, CARRY_OUT)) is not None:
            return refused
        guard = conf.guard(request)
        if request.method == "POST":
            for each in request.POST.getlist("id")[:MOST_AT_ONCE]:
                self._carry_out(request, guard, each)
            return HttpResponseRedirect(self.path_of())
        plans = [(each, *_plan(guard, each)) for each in request.GET.getlist("id")[:MOST_AT_ONCE]]
        possible = [each for each, _, ready in plans if ready]
        context = self.page(
            request, "Carry out rights requests", plans=plans, possible=possible, label=screens.CARRY_OUT
        )
        return TemplateResponse(request, "admin/consentguard_django/carry_out.html", context)

    def send_owed(self, request: HttpRequest) -> HttpResponseBase:
        """Send the mails that could not be sent when they should have been."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.require(request, CARRY_OUT)
        try:
            told = screens.told_owed(*conf.guard(request).rights.send_owed())
        except ConsentGuardError as error:
            return self.back_with(request, error)
        self.message_user(request, told.sentence, messages.SUCCESS if told.good else messages.WARNING)
        return HttpResponseRedirect(self.path_of())

    def _carry_out(self, request: HttpRequest, guard: Guard, id_: str) -> None:
        try:
            before, done = guard.rights.find(id_), guard.rights.carry_out(id_)
        except ConsentGuardError as error:
            self.message_user(request, f"{id_}: {error}", messages.ERROR)
            return
        if done.request.state != before.state:
            row = self.get_queryset(request).get(pk=id_)
            self.log_change(request, row, "Carried out.")  # the admin's own history says by whom
        owed = " Its mail could not be sent, and is owed." if done.request.owes else ""
        level = messages.WARNING if owed else messages.SUCCESS
        self.message_user(request, f"{id_}: {screens.told_plan(done).sentence}{owed}", level)


def _plan(guard: Guard, id_: str) -> tuple[Told, bool]:
    """What would be done, and whether there is anything to do."""
    try:
        done = guard.rights.carry_out(id_, dry_run=True)
    except ConsentGuardError as error:
        return Told(str(error), good=False), False
    return screens.told_plan(done), bool(done.lines)
