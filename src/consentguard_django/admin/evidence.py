"""The screen of the evidence: each entry with its place in the chain, and an audit at the press of a button."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard_django import conf, models
from consentguard_django.admin.base import RecordAdmin

VERIFY = "evidence.verify"
"""What its own permission is called in the core."""


class EvidenceAdmin(RecordAdmin):
    """Acts as they happened."""

    screen = screens.EVIDENCE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each entry with the sequence of its seal, in the same statement."""
        seals = models.EvidenceSeal.objects.filter(entry=OuterRef("id"))
        rows = super().get_queryset(request)
        sealed: QuerySet[Any] = rows.annotate(sequence=Subquery(seals.values("sequence")[:1]))
        return sealed

    def get_urls(self) -> list[URLPattern]:
        """With the audit."""
        return [self.address("verify/", "verify", self.verify), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the button for who may verify."""
        button = {"path": self.path_of("verify"), "label": screens.VERIFY} if self.may(request, VERIFY) else None
        return super().changelist_view(request, {"button": button, **(extra_context or {})})

    def verify(self, request: HttpRequest) -> HttpResponseBase:
        """Recompute every hash of the request's segment, and show what was found."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self.require(request, VERIFY)
        try:
            told = screens.told_verification(conf.guard(request).evidence.verify())
        except ConsentGuardError as error:
            return self.back_with(request, error)
        context = self.page(request, "Verify the evidence", told=told)
        return TemplateResponse(request, "admin/consentguard_django/told.html", context)
