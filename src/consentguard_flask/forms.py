"""Consent and age on WTForms: a box that is never ticked beforehand, and a question that is asked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app, g, request
from wtforms import BooleanField, Form, SelectField, StringField

from consentguard.age import AgeError
from consentguard.consent import ConsentError
from consentguard.manifest.vocabulary import Text
from consentguard.records import AgeClaim, ConsentRecord, SubjectRef
from consentguard.web.age.signup import SignUp, Wrong
from consentguard.web.age.words import DIGITS
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
from consentguard_flask.consent import language_of_page
from consentguard_flask.middleware import FlaskVisit
from consentguard_flask.pages import guards
from consentguard_flask.people import reference

__all__ = ["AgeFields", "ConsentField", "record_consents"]


class ConsentField(BooleanField):  # type: ignore[misc]
    """A box by which somebody agrees to a purpose: `newsletter = ConsentField("newsletter", text="I agree to ...")`.

    Without a `text` its words are made of the policy; a text may be lazy, or one for each language
    (`{"en": ..., "es": ...}`). `language` is a tag or a function that gives one, such as Flask-Babel's `get_locale`;
    else it is the site's first. Unticked until somebody ticks it, and without a validator that requires
    it: what a form cannot do without is no free choice (Art. 7(4) GDPR). Raises PreTickedError for a `default`, or
    data of the form that would tick it.
    """

    def __new__(cls, purpose: str = "", *args: Any, **options: Any) -> Any:
        """As WTForms has it: a field of a class is made again for each form."""
        check_unticked(purpose, options.get("default") or (options.get("render_kw") or {}).get("checked"))
        return super().__new__(cls, purpose, *args, **options)

    def __init__(
        self,
        purpose: str,
        text: Text = "",
        validators: Sequence[Any] | None = None,
        *,
        language: str | Callable[[], object] = "",
        **rest: Any,
    ) -> None:
        self.purpose = purpose
        self._text = text if isinstance(text, Mapping) else str(text)
        self._site = guards().of(request).site
        wanted = str(language() or "") if callable(language) else language
        self._language = language_of_page(self._site, wanted.replace("_", "-"))
        super().__init__(self._words(self._language), validators, **rest)

    def process_data(self, value: object) -> None:
        """Raises PreTickedError where the data that the form was made with would tick the box."""
        check_unticked(self.purpose, value)
        self.data = False

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Whether the box was ticked. Raises ValueError where its words have changed since they were read."""
        sent = str(valuelist[0]) if valuelist else ""
        self.data = is_ticked(sent) and self.agreed(sent) is not None
        if is_ticked(sent) and not self.data:
            raise ValueError(spoken(self._language).say(CHANGED))

    def agreed(self, sent: str) -> Agreed | None:
        """What was agreed to by the box that sent this; None where its words have changed."""
        return agreed(self.purpose, sent, in_each(self._site, self._language, self._words))

    def _value(self) -> str:
        """What the box sends: a mark of the words beside it."""
        return mark_of(str(self.label.text))

    def _words(self, language: str) -> str:
        return said(self._site, self.purpose, self._text, language)


def record_consents(
    form: Form, who: object = None, *, address: str = "", component: str = ""
) -> Mapping[str, ConsentRecord]:
    """Record what was ticked on a form that is valid, by purpose, in the session's transaction.

    A box left alone leaves no record. `who` agrees: a row of a data subject, a SubjectRef, or an e-mail address.
    Without it, who is signed in; else whoever keeps the record's id. An `address` that had unsubscribed gets mails
    again. `component` is what the records call the form, by itself the name of its class. Raises ConsentError, also
    for a form that is not valid.
    """
    if form.errors:
        raise ConsentError("the form is not valid", hint="call validate_on_submit() before record_consents()")
    boxes = (field for field in form if isinstance(field, ConsentField) and field.data)
    given = [field.agreed(str(field.raw_data[0])) for field in boxes]
    visit = _visit()
    whose = reference(visit.guard().site, who)
    return take_down(visit, filter(None, given), whose, address=address, component=component or type(form).__name__)


class AgeFields:
    """For a sign-up form: `class SignUpForm(AgeFields, FlaskForm)`, or before `wtforms.Form`.

    It asks as the policy has it: for a month and a year of birth, for a yes, or for nothing. The fields vanish with the
    outcome. A form of somebody too young is valid only with an address for which a parent or guardian has agreed; else
    `age_refused` says so, and the page `consentguard.age` tells them kindly. What is wrong with no field in particular
    stands in the form's `form_errors`.
    """

    birth_month = SelectField(validate_choice=False, render_kw={"autocomplete": "bday-month"})
    birth_year = StringField(
        render_kw={"autocomplete": "bday-year", "inputmode": "numeric", "maxlength": DIGITS, "required": True}
    )
    old_enough = BooleanField(render_kw={"required": True})
    age_address = "email"
    """The field of the e-mail address, if the form has one."""
    age_language: str | Callable[[], object] = ""
    """A tag, or a function that gives one; else the site's first."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        visit, wanted = _visit(), self.age_language
        language = str((wanted() if callable(wanted) else wanted) or "").replace("_", "-")
        g.privacy.vary()
        named = language_of_page(visit.guard().site, language)
        self._age = SignUp(visit, named, g.privacy.keep, addressed=self.age_address in self)  # type: ignore[operator]
        self._ask()

    @property
    def age_refused(self) -> bool:
        """Whether the form is not for this visitor, by what they said now or before, and whom they asked."""
        return self._age.refused

    def validate(self, *args: Any, **options: Any) -> bool:
        """Take the answer, also of a form with other mistakes: then the fields are gone when it is shown again."""
        valid: bool = super().validate(*args, **options)  # type: ignore[misc]
        wrong = self._answered()
        if valid and not wrong:
            wrong = self._age.agreed(self._address())
        if wrong:
            place = {"month": "birth_month", "year": "birth_year", "date": "birth_year", "yes": "old_enough"}
            named = place.get(wrong[0] or "")
            errors = self[named].errors if named else self.form_errors  # type: ignore[attr-defined,index]
            errors.append(wrong[1])
        self._ask()
        return valid and not wrong

    def record_age(self, who: object) -> AgeClaim | None:
        """Record for who has got an account what they said, in the session's transaction, and let what a guardian
        agreed to for the address be theirs. Raises AgeError for a form that is not valid.
        """
        if self.errors:  # type: ignore[attr-defined]
            raise AgeError("the form is not valid", hint="call validate_on_submit() before record_age()")
        subject = reference(_visit().guard().site, who)
        return self._age.record(subject) if isinstance(subject, SubjectRef) else None

    def _answered(self) -> Wrong | None:
        if self._age.refused:
            return None, self._age.words.refused
        form: Any = self
        if self._age.asks == "screen":
            return self._age.screened(form.birth_month.data or "", form.birth_year.data or "")
        if self._age.asks == "attest":
            return self._age.affirmed() if form.old_enough.data else ("yes", self._age.words.mistakes["yes"])
        return None

    def _address(self) -> str:
        form: Any = self
        return str(form[self.age_address].data or "") if self.age_address in form else ""

    def _ask(self) -> None:
        """The fields that ask, in words, with nothing filled in by the host; the others go."""
        form: Any = self
        asks = self._age.asks
        names = {"screen": ("birth_month", "birth_year"), "attest": ("old_enough",)}.get(asks, ())
        for name in ("birth_month", "birth_year", "old_enough"):
            if name not in names and name in form:
                del form[name]
        if asks == "screen":
            said = self._age.words
            form.birth_month.label.text, form.birth_year.label.text = said.month, said.year
            form.birth_year.description = said.year_hint
            form.birth_month.choices = [("", said.choose), *((month.value, month.label) for month in said.months)]
        elif asks:
            form.old_enough.label.text = self._age.words.affirm
        if self._age.by_address:
            form[self.age_address].description = self._age.words.address
        for name in names:
            if not form[name].raw_data:
                form[name].data = None


def _visit() -> FlaskVisit:
    return FlaskVisit(current_app._get_current_object(), request)  # type: ignore[attr-defined]
