"""The screens on which something is done: requests, holds, errands, restrictions, runs, retention."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard.screens import Act, Desk, Form, Page, Part, Seat, Sent, Told
from consentguard.web.privacy import Privacy
from consentguard_django import conf
from consentguard_django.admin.base import ReadOnlyAdmin, RecordAdmin
from consentguard_django.admin.pages import APART
from consentguard_django.second_factor import demand_for
from consentguard_django.visit import DjangoVisit

TEMPLATE = "admin/consentguard_django/desk.html"


class Retention(models.Model):
    """The overview of retention in the admin's index. Who may see it has the permission `view_retention`."""

    class Meta:
        apps = APART
        app_label = "consentguard_django"
        managed = False
        verbose_name_plural = "retention"


class Acting(ReadOnlyAdmin):
    """What such screens have in common: who sits there, and what comes of a form."""

    @property
    def desk(self) -> Desk:
        """The screen's pages and acts."""
        return screens.DESKS[self.screen.name]

    def seat(self, request: HttpRequest) -> Seat:
        """Whoever is signed in, with what they may."""
        visit = Privacy(DjangoVisit(request))
        return Seat(
            guard=conf.guard(request),
            by=request.user.get_username(),
            may=partial(self.may, request),
            who=lambda: visit.subject,
            factor_at=lambda: visit.claims.factor_at,
        )

    def act(self, request: HttpRequest, name: str, id: str = "") -> HttpResponseBase:  # noqa: A002 - the record's own
        """Do something, and lead to where it is seen; or show the page again."""
        act = self.desk.act(name)
        if act is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return self.sent(request, act, id)

    def sent(self, request: HttpRequest, act: Act, id_: str) -> HttpResponseBase:
        """What comes of a form. Raises PermissionDenied."""
        self.require(request, act.may)
        if (refused := demand_for(request, act.may)) is not None:
            return refused
        seat = self.seat(request)
        try:
            came = screens.done(self.desk, seat, id_, act, Sent(dict(request.POST.lists())))
        except ConsentGuardError as error:
            return self.turned_back(request, error)
        if isinstance(came, Page):
            return self.sheet(request, came, id_)
        self.message_user(request, came.sentence, messages.SUCCESS if came.good else messages.WARNING)
        where = id_ or came.id
        if where:
            self.kept(request, came, where)
        return HttpResponseRedirect(self.place(where))

    def sheet(self, request: HttpRequest, page: Page, id_: str) -> HttpResponse:
        """A page of the desk, with where its forms go."""
        history = self.path_of("history", id_) if id_ and self.desk.acts else ""
        context = self.page(
            request, page.title, sheet=page, list_title=self.screen.title, parts=self.parts(page, id_), history=history
        )
        return TemplateResponse(request, TEMPLATE, context, status=409 if page.error else 200)

    def parts(self, page: Page, id_: str) -> list[tuple[Part, list[tuple[Form, str]]]]:
        """Each part with its forms, and where these go."""
        begin = self.desk.begin

        def place(form: Form) -> str:
            begins = begin is not None and form.act == begin.name
            return self.path_of("begin") if begins else self.path_of("act", *filter(None, (id_, form.act)))

        return [(part, [(form, place(form)) for form in part.forms]) for part in page.parts]

    def turned_back(self, request: HttpRequest, error: ConsentGuardError) -> HttpResponse:
        """To the list, with what went wrong."""
        self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(self.path_of())

    def place(self, id_: str) -> str:
        """Where a record is seen, or the screen."""
        return self.path_of("change", id_) if id_ else self.path_of()

    def kept(self, request: HttpRequest, told: Told, id_: str) -> None:
        """Take down in the admin's own history who did what; a screen that is no list has none."""


class DeskAdmin(Acting, RecordAdmin):
    """A list, whose records have pages of the desk."""

    def get_urls(self) -> list[URLPattern]:
        """With what is done."""
        return [
            self.address("begin/", "begin", self.begin),
            self.address("<slug:id>/act/<slug:name>/", "act", self.act),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the way to begin a new record for who may."""
        begin, ours = self.desk.begin, dict[str, object]()
        if begin and self.may(request, begin.may):
            ours["begin"] = {"path": self.path_of("begin"), "label": self.desk.begin_label}
        return super().changelist_view(request, ours | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, bool] | None = None
    ) -> HttpResponse:
        """A record's own page, if it is about a person only with an entry in the evidence."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        try:
            page = screens.opened(self.desk, self.seat(request), object_id)
        except ConsentGuardError as error:
            return self.back_with(request, error)
        return self.sheet(request, page, object_id)

    def begin(self, request: HttpRequest) -> HttpResponseBase:
        """The page on which a record is begun, and its form."""
        begin = self.desk.begin
        if begin is None:
            raise Http404
        self.require(request, begin.may)
        if request.method == "POST":
            return self.sent(request, begin, "")
        try:
            return self.sheet(request, screens.opened(self.desk, self.seat(request)), "")
        except ConsentGuardError as error:
            return self.back_with(request, error)

    def kept(self, request: HttpRequest, told: Told, id_: str) -> None:
        """As the admin does for what is changed in it."""
        row = self.get_queryset(request).get(pk=id_)
        self.log_change(request, row, told.sentence)


class MinorReportAdmin(DeskAdmin):
    """Reports that somebody is a minor."""

    screen = screens.MINORS


class GuardianConsentAdmin(DeskAdmin):
    """What guardians are asked for children."""

    screen = screens.GUARDIANS


class HoldAdmin(DeskAdmin):
    """Legal holds."""

    screen = screens.HOLDS


class ErrandAdmin(DeskAdmin):
    """What is to be done in other places."""

    screen = screens.ERRANDS


class MarkAdmin(DeskAdmin):
    """Restrictions and objections."""

    screen = screens.MARKS


class RunAdmin(DeskAdmin):
    """Plans as they are carried out."""

    screen = screens.RUNS


class RetentionAdmin(Acting):
    """How long rows are kept, and what is due: one page."""

    screen = screens.RETENTION

    def get_urls(self) -> list[URLPattern]:
        """The page, and what is done there."""
        return [
            self.address("", "changelist", self.changelist_view),
            self.address("act/<slug:name>/", "act", self.act),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page, or what keeps it from being shown."""
        try:
            page = screens.opened(self.desk, self.seat(request))
        except ConsentGuardError as error:
            return self.turned_back(request, error)
        return self.sheet(request, page, "")

    def turned_back(self, request: HttpRequest, error: ConsentGuardError) -> HttpResponse:
        """To the page, which says what is wrong itself."""
        return self.sheet(request, Page(title=self.screen.title, parts=(), error=str(error)), "")
