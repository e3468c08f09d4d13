"""Consent and age on Django forms: a box that is never ticked beforehand, and a question that is asked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import lazy

from consentguard.age import AgeError
from consentguard.consent import ConsentError
from consentguard.manifest.vocabulary import Text
from consentguard.records import AgeClaim, ConsentRecord, SubjectRef
from consentguard.web.age.signup import SignUp
from consentguard.web.age.words import DIGITS
from consentguard.web.consent.banner import language_among
from consentguard.web.consent.given import (
    CHANGED,
    Agreed,
    agreed,
    check_unticked,
    in_each,
    is_ticked,
    mark_of,
    said,
    take_down,
)
from consentguard.words import spoken
from consentguard_django import conf
from consentguard_django.middleware import privacy_of
from consentguard_django.people import reference
from consentguard_django.visit import DjangoVisit

__all__ = ["AgeFormMixin", "ConsentField", "ConsentFormMixin", "ConsentInput"]


class ConsentInput(forms.CheckboxInput):
    """A box that sends a mark of the words beside it, so that the form knows which were read."""

    text = ""

    def format_value(self, value: Any) -> str:
        """The mark, whatever the box was sent."""
        return mark_of(self.text)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Ticked where somebody ticked it beside these very words."""
        sent = str(value or "")
        read = is_ticked(sent) and agreed("", sent, [("", self.text)]) is not None
        return super().get_context(name, read, attrs)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """What the box sent, as it is; empty where it was not ticked."""
        return str(data.get(name) or "")


class ConsentField(forms.BooleanField):
    """A box by which somebody agrees to a purpose: `newsletter = ConsentField("newsletter", text="I agree to ...")`.

    Without a `text` its words are made of the policy, in the language of the page; a text may be lazy, or one for each
    language (`{"en": ..., "es": ...}`). Unticked until somebody ticks it, and not required: what a form cannot do
    without is no free choice (Art. 7(4) GDPR). Raises PreTickedError for an `initial` value, here or on the form.
    """

    widget: ConsentInput = ConsentInput  # type: ignore[assignment]  # Django makes one of it for each field

    def __init__(self, purpose: str, *, text: Text = "", required: bool = False, **options: Any) -> None:
        check_unticked(purpose, options.get("initial"))
        self.purpose = purpose
        if not _is_box(options.get("widget", ConsentInput)):
            raise ConsentError(f"consent to {purpose!r} is asked for by a box", hint="let its widget be a ConsentInput")
        super().__init__(label=lazy(lambda: self._words(text), str)(), required=required, **options)
        check_unticked(purpose, self.widget.attrs.get("checked"))

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        """The field on a form. Raises PreTickedError where the form's initial data would tick it."""
        check_unticked(self.purpose, form.get_initial_for_field(self, field_name))
        self.widget.text = str(self.label)
        return super().get_bound_field(form, field_name)

    def to_python(self, value: Any) -> bool:
        """Whether the box was ticked. Raises ValidationError where its words have changed since they were read."""
        sent = str(value or "")
        if is_ticked(sent) and self.agreed(sent) is None:
            raise ValidationError(spoken(_language()).say(CHANGED), code="changed")
        return is_ticked(sent)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the box was ticked, since none is before."""
        return is_ticked(str(data or ""))

    def agreed(self, sent: str) -> Agreed | None:
        """What was agreed to by the box that sent this; None where its words have changed."""
        return agreed(self.purpose, sent, self._in_each_language())

    def _in_each_language(self) -> Iterator[tuple[str, str]]:
        return in_each(conf.site(), _language(), self._label_in)

    def _label_in(self, language: str) -> str:
        with translation.override(language):
            return str(self.label)

    def _words(self, text: Text) -> str:
        return said(conf.site(), self.purpose, text if isinstance(text, Mapping) else str(text), _language())


class ConsentFormMixin(forms.BaseForm):
    """For a form with fields of consent: `class SignUpForm(ConsentFormMixin, forms.Form)`."""

    consent_component = ""
    """What the records call the form; the name of its class unless it says so."""

    def record_consents(
        self, request: HttpRequest, who: SubjectRef | Model | str | None = None, *, address: str = ""
    ) -> Mapping[str, ConsentRecord]:
        """Record what was ticked, by purpose, in the caller's transaction; a box left alone leaves no record.

        `who` agrees: a user or another row of a data subject, a SubjectRef, or an e-mail address. Without it, who is
        signed in; else whoever keeps the record's id. An `address` that had unsubscribed gets mails again. Raises
        ConsentError, also for a form that is not valid.
        """
        if not self.is_valid():
            raise ConsentError("the form is not valid", hint="call is_valid() before record_consents()")
        boxes = ((name, field) for name, field in self.fields.items() if isinstance(field, ConsentField))
        given = [field.agreed(self[name].data) for name, field in boxes if self.cleaned_data[name]]
        component = self.consent_component or type(self).__name__
        visit, whose = DjangoVisit(request), reference(request, who)
        return take_down(visit, filter(None, given), whose, address=address, component=component)


class AgeFormMixin(forms.BaseForm):
    """For a sign-up form, made with `request=request`: `class SignUpForm(AgeFormMixin, forms.ModelForm)`.

    It asks as the policy has it: for a month and a year of birth, for a yes, or for nothing. The fields vanish with the
    outcome, and what was typed is not in `cleaned_data`. A form of somebody too young is valid only with an address for
    which a parent or guardian has agreed; else `age_refused` says so, and the page at `consentguard:age` tells them
    kindly.
    """

    MONTH, YEAR, YES = "birth_month", "birth_year", "old_enough"
    age_address = "email"
    """The field of the e-mail address, if the form has one."""

    def __init__(self, *args: Any, request: HttpRequest | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        asking = request or self.age_request()
        if asking is None:
            raise AgeError("the form does not know who is asked", hint="make it with `request=request`")
        self._hide(asking)
        privacy = privacy_of(asking)
        privacy.vary()
        addressed = self.age_address in self.fields
        self._age = SignUp(DjangoVisit(asking), _language(), privacy.keep, addressed=addressed)
        for name, field in self._age_fields().items():
            self.fields[name] = field
            self.initial.pop(name, None)  # nothing is filled in
        self.order_fields(self.field_order)
        self._hint()

    @property
    def age_refused(self) -> bool:
        """Whether the form is not for this visitor, by what they said now or before, and whom they asked."""
        return self._age.refused

    def age_request(self) -> HttpRequest | None:
        """The request of a form that is made without one."""
        return None

    def clean(self) -> dict[str, Any] | None:
        """Take the answer, also of a form with other mistakes: then the fields are gone when it is shown again."""
        cleaned: dict[str, Any] | None = super().clean()
        born = [self.cleaned_data.pop(name, None) for name in (self.MONTH, self.YEAR)]
        yes = self.cleaned_data.pop(self.YES, None)
        if self.age_refused:
            self.add_error(None, self._age.words.refused)
            return cleaned
        # popped, so that the frame of an error that follows shows neither
        wrong = self._age.screened(born.pop(0), born.pop()) if all(born) else self._age.affirmed() if yes else None
        if wrong:
            place = {"month": self.MONTH, "year": self.YEAR, "date": self.YEAR}.get(wrong[0] or "")
            self.add_error(place, wrong[1])
        if not self._age.asks:
            for name in (self.MONTH, self.YEAR, self.YES):
                self.fields.pop(name, None)
        return cleaned

    def _post_clean(self) -> None:
        """Look for a guardian's consent last: models find taken names, and weak passwords, only here."""
        super()._post_clean()  # type: ignore[misc]
        wrong = None if self.errors else self._age.agreed(str(self.cleaned_data.get(self.age_address) or ""))
        if wrong:
            self.add_error(None, wrong[1])
        self._hint()

    def record_age(self, who: SubjectRef | Model) -> AgeClaim | None:
        """Record for who has got an account what they said, in the caller's transaction, and let what a guardian
        agreed to for the address be theirs. Raises AgeError for a form that is not valid.
        """
        if not self.is_valid():
            raise AgeError("the form is not valid", hint="call is_valid() before record_age()")
        subject = reference(self._request, who)
        return self._age.record(subject) if isinstance(subject, SubjectRef) else None

    def _age_fields(self) -> Mapping[str, forms.Field]:
        if not self._age.asks:
            return {}
        said = self._age.words
        if self._age.asks == "attest":
            return {self.YES: forms.BooleanField(label=said.affirm, error_messages={"required": said.mistakes["yes"]})}
        months = [("", said.choose), *((option.value, option.label) for option in said.months)]
        return {
            self.MONTH: forms.ChoiceField(
                label=said.month,
                choices=months,
                widget=forms.Select(attrs={"autocomplete": "bday-month"}),
                error_messages=dict.fromkeys(("required", "invalid_choice"), said.mistakes["month"]),
            ),
            self.YEAR: forms.CharField(
                label=said.year,
                help_text=said.year_hint,
                widget=forms.TextInput(
                    attrs={"autocomplete": "bday-year", "inputmode": "numeric", "maxlength": DIGITS}
                ),
                error_messages={"required": said.mistakes["year"]},
            ),
        }

    def _hint(self) -> None:
        if self._age.by_address:
            self.fields[self.age_address].help_text = self._age.words.address

    def _hide(self, request: HttpRequest) -> None:
        """Keep what is typed out of Django's reports of errors."""
        self._request = request
        hidden = getattr(request, "sensitive_post_parameters", ())
        if hidden != "__ALL__":
            ours = (self.add_prefix(name) for name in (self.MONTH, self.YEAR))
            request.sensitive_post_parameters = [*hidden, *ours]  # type: ignore[attr-defined]


def _is_box(widget: object) -> bool:
    return issubclass(widget if isinstance(widget, type) else type(widget), ConsentInput)


def _language() -> str:
    return language_among(conf.site(), translation.get_language() or "")
