"""The question of age in the sign-up forms of django-allauth, where that is installed."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from django.http import HttpRequest

from consentguard_django.forms import AgeFormMixin

__all__ = ["AgeSignupMixin"]


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
