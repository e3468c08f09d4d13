"""The question of age in the sign-up forms of django-allauth, where that is installed.

`consentguard.W042`: a form asks it, and there is a way to an account on which nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.core import context
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.http import HttpRequest
from django.utils.module_loading import import_string

from consentguard_django.forms import AgeFormMixin

__all__ = ["AgeSignupMixin", "check_signup"]

FORMS = ("ACCOUNT_FORMS", "SOCIALACCOUNT_FORMS")
"""The settings that name the forms of allauth."""


class AgeSignupMixin(AgeFormMixin):
    """`class SignupForm(AgeSignupMixin, allauth.account.forms.SignupForm)`, named in ACCOUNT_FORMS.

    In front of `allauth.socialaccount.forms.SignupForm`, named in SOCIALACCOUNT_FORMS, it does the same there. The
    outcome is on record of the account as soon as there is one.
    """

    def age_request(self) -> HttpRequest | None:
        """The one that allauth's middleware is answering."""
        request: HttpRequest | None = context.request
        return request

    def save(self, request: HttpRequest) -> Any:
        """The new user, as allauth makes it."""
        user = super().save(request)  # type: ignore[misc]
        self.record_age(user)
        return user


def check_signup(**_: Any) -> list[checks.CheckMessage]:
    """Whoever signs up with allauth, in whichever way, is asked by a form, where one of the site's forms asks."""
    asking = {name for name in FORMS if _asks(getattr(settings, name, {}).get("signup"))}
    found = _unasked(asking) if asking else ()
    return [checks.Warning(message, hint=hint, id="consentguard.W042") for message, hint in found]


def _unasked(asking: set[str]) -> Iterator[tuple[str, str]]:
    """The ways to an account on which nobody is asked, and what to do about each."""
    if apps.is_installed("allauth.socialaccount"):
        if getattr(settings, "SOCIALACCOUNT_AUTO_SIGNUP", True):
            message = (
                "allauth makes an account for whoever has one on another site without a form, so nobody is asked their "
                "age."
            )
            yield message, "Set SOCIALACCOUNT_AUTO_SIGNUP = False."
        for name in FORMS:
            if name not in asking:
                hint = f"Name a form with AgeSignupMixin in {name}."
                yield f"The sign-up form of {name} asks nobody their age, and another of the site's does.", hint
    if apps.is_installed("allauth.headless"):
        message = "allauth's API for programs makes accounts without the site's forms, so nobody is asked their age."
        yield message, "Let `is_open_for_signup` of your adapter refuse what comes by that API."


def _asks(form: object) -> bool:
    """Whether a form, or the path to one, asks for an age."""
    kind = import_string(form) if isinstance(form, str) else form
    return isinstance(kind, type) and issubclass(kind, AgeSignupMixin)
