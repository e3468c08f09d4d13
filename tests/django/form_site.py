"""A Django site with a form that asks for consent, for `test_forms`."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from consentguard_django.forms import ConsentField, ConsentFormMixin

PAGE = '{% load consentguard %}<form method="post">{{ form }}{% privacy_notice "newsletter" %}</form>'


class SignUp(ConsentFormMixin, forms.Form):
    """An address, and whether it gets the newsletter."""

    email = forms.EmailField()
    newsletter = ConsentField("newsletter")


@transaction.atomic
def sign_up(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST takes it."""
    form = SignUp(request.POST or None)
    if not form.is_valid():
        return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))
    records = form.record_consents(request, form.cleaned_data["email"])
    if "fails" in request.GET:
        raise RuntimeError("the rest of the sign-up broke off")
    return HttpResponse("".join(record.id for record in records.values()))


urlpatterns = [path("sign-up", sign_up), path("privacy/", include("consentguard_django.urls"))]
