"""What a type checker knows of consent on forms and of mails."""

from collections.abc import Mapping
from typing import assert_type

from django import forms
from django.http import HttpRequest

from consentguard import Guard, SubjectRef
from consentguard.records import ConsentRecord
from consentguard_django.forms import ConsentField, ConsentFormMixin


class SignUp(ConsentFormMixin, forms.Form):
    """A form of a host's."""

    newsletter = ConsentField("newsletter", text={"en": "Yes"})


class SignUpOfModel(ConsentFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """A form of a host's model."""

    newsletter = ConsentField("newsletter")


def records_are_typed(form: SignUp, request: HttpRequest) -> None:
    """By purpose, with an id to show as a receipt."""
    records = form.record_consents(request, "ada@example.org")
    assert_type(records, Mapping[str, ConsentRecord])
    assert_type(records["newsletter"].id, str)


def people_come_back_as_they_were_given(guard: Guard) -> None:
    """Addresses as addresses, and data subjects as such."""
    assert_type(guard.unsubscribe.allowed("newsletter", {"ada@example.org": None}), frozenset[str])
    assert_type(guard.consent.consenting("newsletter", [SubjectRef("user", "1")]), frozenset[SubjectRef | str])
    assert_type(guard.unsubscribe.headers("ada@example.org", "newsletter"), Mapping[str, str])
