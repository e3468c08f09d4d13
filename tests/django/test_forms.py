"""Consent on Django forms: as in every framework, and as people who write Django forms expect it."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.wsgi import WSGIHandler
from django.core.mail import EmailMessage
from django.test import RequestFactory, override_settings
from django.utils import translation
from django.utils.translation import gettext_lazy, override

from consentguard import ConsentError, PreTickedError
from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from consentguard.web.consent.given import mark_of
from consentguard_django import conf
from consentguard_django.forms import ConsentField, ConsentFormMixin
from tests.django import settings
from tests.django.app.models import Member
from tests.django.form_site import SignUp
from tests.web_forms import ADA, HERE, SECTIONS, WORDS, Forms, Site

MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]


@pytest.fixture
def shop(tmp_path: Path, transactional_db: None) -> Iterator[WSGIHandler]:
    """A site with a form."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(
        CONSENTGUARD=options,
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF="tests.django.form_site",
    ):
        yield WSGIHandler()


class TestForms(Forms):
    """A Django site whose views are transactions."""

    @pytest.fixture
    def site(self, shop: WSGIHandler) -> Iterator[Site]:
        with httpx.Client(transport=httpx.WSGITransport(shop, raise_app_exceptions=False), base_url=HERE) as client:
            yield Site(client, lambda: conf.guards().at())


def request_of(user: Any = None) -> Any:
    request = RequestFactory().post("/")
    request.user = user or AnonymousUser()
    return request


def test_a_field_that_is_ticked_beforehand_stops_the_site(shop: WSGIHandler) -> None:
    """In the class, by its widget, or by data that the form is shown with; each says what to do instead."""
    with pytest.raises(PreTickedError, match="newsletter"):
        ConsentField("newsletter", initial=True)
    ticked = ConsentField.widget(attrs={"checked": True})  # type: ignore[operator]
    with pytest.raises(PreTickedError):
        ConsentField("newsletter", widget=ticked)
    for initial in (True, lambda: True):
        with pytest.raises(PreTickedError, match="agreements"):
            str(SignUp(initial={"newsletter": initial}))
    assert "checked" not in str(SignUp(initial={"newsletter": False, "email": ADA}))


def test_only_a_box_asks_for_consent() -> None:
    """A hidden field would agree for somebody."""
    with pytest.raises(ConsentError, match="box"):
        ConsentField("newsletter", widget=forms.HiddenInput)


def test_a_purpose_that_waits_for_no_consent_is_told_when_the_form_is_shown(shop: WSGIHandler) -> None:
    """A slip shows itself at once, and not as a consent that nobody needs."""

    class Slip(forms.Form):
        news = ConsentField("newsleter")

    with pytest.raises(ConsentError, match="'newsleter'"):
        str(Slip())


def test_a_field_may_be_required_where_the_host_answers_for_it(shop: WSGIHandler) -> None:
    """As any box of Django's."""

    class Contest(forms.Form):
        newsletter = ConsentField("newsletter", text="Send me the newsletter.", required=True)

    assert Contest({"newsletter": ""}).errors.as_data()["newsletter"][0].code == "required"
    assert Contest({"newsletter": mark_of("Send me the newsletter.")}).is_valid()
    assert Contest(data={"newsletter": True}).is_valid()


def test_a_text_may_be_lazy_or_one_for_each_language(shop: WSGIHandler) -> None:
    """It is said in the language of the page, and recorded as it was said."""

    class Both(ConsentFormMixin, forms.Form):
        newsletter = ConsentField("newsletter", text={"en": "Yes to news", "es": "Sí a las noticias"})
        again = ConsentField("newsletter", text=gettext_lazy("Yes"))

    with override("es"):
        assert (Both()["newsletter"].label, str(Both()["again"].label)) == ("Sí a las noticias", "Sí")
    assert Both()["newsletter"].label == "Yes to news"
    assert Both({"newsletter": mark_of("Sí a las noticias")}).is_valid()
    assert translation.get_language() == "en"


def test_a_label_that_the_host_changes_is_what_is_agreed_to(shop: WSGIHandler) -> None:
    """What stands beside the box counts, wherever it came from; one form leaves the next one as it was."""
    form = SignUp()
    form.fields["newsletter"].label = "Other words"
    assert f'value="{mark_of("Other words")}"' in str(form)
    assert f'value="{mark_of(WORDS)}"' in str(SignUp())


def test_a_form_with_a_prefix_is_read(shop: WSGIHandler) -> None:
    """Several forms of one page keep their boxes apart; each record is of whoever is named."""
    sent = {"two-email": ADA, "two-newsletter": mark_of(WORDS)}
    form = SignUp(sent, prefix="two")
    assert form.is_valid()
    assert form.has_changed()
    assert form.record_consents(request_of())["newsletter"].component == "SignUp"


def test_the_consent_is_of_whom_the_host_names(shop: WSGIHandler) -> None:
    """A user's row, a reference, an address; else of who is signed in; else of whoever has the receipt."""
    guard, user = conf.guards().at(), Member.objects.create_user("ada", ADA)

    def subject(who: Any = None, signed_in: Any = None, **rest: str) -> str:
        form = SignUp({"email": ADA, "newsletter": "on"})
        return form.record_consents(request_of(signed_in), who, **rest)["newsletter"].subject

    of_user = guard.pseudonyms.of(SubjectRef("member", str(user.pk)))
    assert subject(user) == subject(SubjectRef("member", str(user.pk))) == subject(None, user) == of_user
    assert subject(ADA) == subject(address=ADA) == guard.pseudonyms.of_address(ADA)
    assert subject(user, address=ADA) == of_user
    assert subject() not in (of_user, guard.pseudonyms.of_address(ADA))


def test_a_form_that_is_not_valid_records_nothing(shop: WSGIHandler) -> None:
    """It is a mistake of the host's to ask for it."""
    form = SignUp({"email": "", "newsletter": "on"})
    with pytest.raises(ConsentError, match="not valid"):
        form.record_consents(request_of())
    assert conf.guards().at().stores.entries.waiting() == 0


def test_a_mail_keeps_the_headers_whole(shop: WSGIHandler) -> None:
    """Django 6 writes a header of this length as encoded words, unless it is told not to; an older one may fold it."""
    headers = conf.guards().at().unsubscribe.headers(ADA, "newsletter")
    mail = EmailMessage("News", "What is new.", to=[ADA], headers=dict(headers))
    written = message_from_bytes(mail.message().as_bytes())  # which decodes nothing
    assert {name: " ".join(written[name].split()) for name in headers} == headers
