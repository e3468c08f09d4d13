"""A Django site with views for those who are old enough and a sign-up that asks, for `test_age`."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path
from django.views import View
from django.views.decorators.cache import cache_page

from consentguard_django.age import age_required
from consentguard_django.forms import AgeFormMixin
from tests.django.app.models import Member

PAGE = '<form method="post">{{ form }}</form>'
TOLD = "{% load consentguard %}{% age_claim as age %}{% if age %}{{ age }}{% else %}unknown{% endif %}"


class SignUp(AgeFormMixin, forms.Form):
    """A name, and the question of age."""

    name = forms.CharField()
    email = forms.EmailField(required=False)
    field_order = ("birth_month", "birth_year", "name", "email")


@cache_page(60)
@age_required
def function(request: HttpRequest) -> HttpResponse:
    """For who is old enough, in a cache that must not keep it."""
    return HttpResponse("Welcome")


@age_required
async def coroutine(request: HttpRequest) -> HttpResponse:
    """The same."""
    return HttpResponse("Welcome")


@age_required
class Class(View):
    """The same."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return HttpResponse("Welcome")


@age_required
class AsyncClass(View):
    """The same, in coroutines."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return HttpResponse("Welcome")


def told(request: HttpRequest) -> HttpResponse:
    """What a template is told."""
    return HttpResponse(engines["django"].from_string(TOLD).render({}, request))


def remembered(request: HttpRequest) -> HttpResponse:
    """Begins a session."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse()


def sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in whoever has this key."""
    request.session["member"] = request.GET["key"]
    return HttpResponse()


def signed_in(request: HttpRequest) -> object:
    """The setting `subject`."""
    return request.session.get("member")


def sign_up(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST takes it."""
    given: dict[str, Any] = {"initial": {"birth_year": "1980", "birth_month": "3"}}
    form = SignUp(request.POST or None, request=request, **given)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["name"] == "fail":
            raise RuntimeError
        user = Member.objects.create(username=uuid4().hex)
        form.record_age(user)
        return HttpResponse(user.pk)
    if form.age_refused:
        return redirect("consentguard:age")
    page = engines["django"].from_string(PAGE).render({"form": form}, request)
    return HttpResponse(page, status=422 if request.method == "POST" else 200)


urlpatterns = [
    path("function", function),
    path("coroutine", coroutine),
    path("class", Class.as_view()),
    path("async-class", AsyncClass.as_view()),
    path("told", told),
    path("remembered", remembered),
    path("sign-up", sign_up),
    path("sign-in", sign_in),
    path("privacy/", include("consentguard_django.urls")),
]
