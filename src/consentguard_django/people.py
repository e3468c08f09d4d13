"""Who is signed in to a Django site."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest

from consentguard.records import SubjectRef
from consentguard.web import people
from consentguard_django import conf


def subject_of(request: HttpRequest) -> SubjectRef | None:
    """The data subject who sent the request: the setting `subject` says who, else Django's authentication."""
    return people.subject_of(conf.guard(request).site, request, lambda: _signed_in(request))


def reference(request: HttpRequest, who: SubjectRef | Model | str | None) -> SubjectRef | str | None:
    """The data subject whose row `who` is, where it is one; an e-mail address or a reference as it is."""
    if not isinstance(who, Model):
        return who
    return people.reference(conf.guard(request).site, who._meta.db_table, who.pk)


def _signed_in(request: HttpRequest) -> tuple[str, object]:
    if not apps.is_installed("django.contrib.auth"):
        return "", None
    user = getattr(request, "user", None)
    key = user.pk if user is not None and user.is_authenticated else None
    return get_user_model()._meta.db_table, key
