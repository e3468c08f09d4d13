"""The question of age in the sign-up forms of django-allauth, where that is installed.

`consentguard.W042`: a form asks it, and accounts of other sites make one here without any form.
"""

from __future__ import annotations

from typing import Any

from allauth.core import context
from django.conf import settings
from django.core import checks
from django.http import HttpRequest
from django.utils.module_loading import import_string

from consentguard_django.forms import AgeFormMixin

__all__ = ["AgeSignupMixin", "check_signup"]


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
    """Whoever signs up with an account of another site sees a form too, where the site's forms ask for an age."""
    if not getattr(settings, "SOCIALACCOUNT_AUTO_SIGNUP", True):
        return []
    named = (getattr(settings, name, {}).get("signup") for name in ("ACCOUNT_FORMS", "SOCIALACCOUNT_FORMS"))
    if not any(issubclass(import_string(form), AgeSignupMixin) for form in named if form):
        return []
    message = (
        "allauth makes an account for whoever has one on another site without a form, so nobody is asked their age."
    )
    return [checks.Warning(message, hint="Set SOCIALACCOUNT_AUTO_SIGNUP = False.", id="consentguard.W042")]
