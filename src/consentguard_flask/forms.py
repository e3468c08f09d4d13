"""Consent on WTForms: a box that is never ticked beforehand, and what was agreed to as a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app, request
from wtforms import BooleanField, Form

from consentguard.consent import ConsentError
from consentguard.manifest.vocabulary import Text
from consentguard.records import ConsentRecord
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

__all__ = ["ConsentField", "record_consents"]


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
    visit = FlaskVisit(current_app._get_current_object(), request)  # type: ignore[attr-defined]
    whose = reference(visit.guard().site, who)
    return take_down(visit, filter(None, given), whose, address=address, component=component or type(form).__name__)
