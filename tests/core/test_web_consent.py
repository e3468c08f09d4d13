"""The page of preferences: what it shows, what it records, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.records import ConsentRecord
from consentguard.web.consent import page as preferences
from consentguard.web.messages import Outbound
from consentguard.web.sheet import Form
from tests.core.visits import ANA, CHOICES, Browser, acts, shop

(ROUTE,) = preferences.ROUTES
ESSENTIAL_ONLY = CHOICES[: CHOICES.index("[purposes.analytics]")]


def browser(guard: Guard, **rest: object) -> Browser:
    return Browser(guard, ROUTE, **rest)  # type: ignore[arg-type]


def form_of(outbound: Outbound) -> Form:
    (form,) = outbound.page.forms
    assert isinstance(form, Form)
    return form


def fill(outbound: Outbound, answer: str, *accepted: str) -> dict[str, list[str]]:
    """The form as a browser sends it when that button is pressed."""
    hidden = {name: [value] for name, value in form_of(outbound).hidden_fields}
    return {**hidden, "accepted": list(accepted), "answer": [answer]}


def recorded(visitor: Browser) -> ConsentRecord:
    """What the visitor's cookie points to."""
    choice = visitor.guard.cookies.choice(visitor.cookies[CHOICE])
    record = visitor.guard.consent.find(choice.record) if choice else None
    assert record is not None
    return record


def ticked(outbound: Outbound) -> list[str]:
    return [option.value for option in form_of(outbound).fields[0].options if option.chosen]


def test_the_page_exists_where_there_is_something_to_choose(tmp_path: Path) -> None:
    """A site whose cookies are all needed, and whose purposes rest on no consent, has no such page."""
    assert ROUTE.enabled(shop(tmp_path).site)
    assert not ROUTE.enabled(shop(tmp_path, ESSENTIAL_ONLY).site)


def test_nothing_is_ticked_before_a_choice(tmp_path: Path) -> None:
    """A first visit shows each purpose with its words, none ticked, and no choice; nothing is set or recorded."""
    visitor = browser(shop(tmp_path))
    page = visitor.get(language="es")
    (field,) = form_of(page).fields
    assert [(option.value, option.label, option.hint) for option in field.options] == [
        ("analytics", "Contar visitas", "Cuántas personas leen qué."),
        ("newsletter", "Enviar el boletín", ""),
    ]
    assert (ticked(page), page.page.facts, page.page.notice, page.cookies) == ([], (), "", ())
    assert (page.status, page.private, page.language) == (200, True, "es")
    assert acts(visitor.guard) == []


def test_three_buttons_of_one_form(tmp_path: Path) -> None:
    """Saving comes first, since the Enter key presses the first; accepting and refusing are of the same kind."""
    form = form_of(browser(shop(tmp_path)).get())
    assert [button.value for button in form.buttons] == ["save", "accept", "refuse"]
    assert form.action == "/privacy/preferences"


@pytest.mark.parametrize(
    ("answer", "boxes", "accepted"),
    [
        ("save", ("newsletter",), ("newsletter",)),
        ("save", (), ()),
        ("accept", (), ("analytics", "newsletter")),
        ("refuse", ("analytics", "newsletter"), ()),
    ],
)
def test_a_choice_is_recorded_kept_and_shown(
    tmp_path: Path, answer: str, boxes: tuple[str, ...], accepted: tuple[str, ...]
) -> None:
    """The button decides; the way leads back to the page, which says so and shows what was chosen."""
    visitor = browser(shop(tmp_path))
    sent = visitor.post(fill(visitor.get(), answer, *boxes))
    assert (sent.status, sent.redirect, sent.private) == (303, "/privacy/preferences?saved=1", True)
    method = {"save": "save", "accept": "accept", "refuse": "reject"}[answer]
    assert (recorded(visitor).accepted, recorded(visitor).method) == (accepted, method)
    assert recorded(visitor).component == "preferences"
    page = visitor.follow(sent)
    assert page.page.notice == "Your choice is saved."
    assert ticked(page) == list(accepted)
    titles = {"analytics": "“Count <visits>”", "newsletter": "“Send the newsletter”"}
    assert [fact.value for fact in page.page.facts] == [
        " and ".join(titles[name] for name in accepted) or "Nothing",
        "November 21, 2026",
        "May 22, 2027",
        visitor.guard.site.consent_policy.id,
    ]


def test_a_script_may_read_the_choice(tmp_path: Path) -> None:
    """The cookie of the choice is signed and no secret: it lasts as long as the choice, and scripts can see it."""
    visitor = browser(shop(tmp_path))
    (cookie,) = visitor.post(fill(visitor.get(), "accept")).cookies
    assert (cookie.name, cookie.http_only, cookie.same_site, cookie.max_age) == (CHOICE, False, "Lax", 182 * 86400)


def test_a_page_below_a_language_leads_back_there(tmp_path: Path) -> None:
    """Form, record and way back are in the language that the visitor reads."""
    visitor = browser(shop(tmp_path))
    page = visitor.get(language="es")
    assert form_of(page).action == "/privacy/preferences/es"
    sent = visitor.post(fill(page, "accept"), language="es")
    assert urlsplit(sent.redirect).path == "/privacy/preferences/es"
    assert recorded(visitor).language == "es"


def test_a_language_that_the_site_lacks_is_not_found(tmp_path: Path) -> None:
    """There is no page in it, and nothing is recorded."""
    visitor = browser(shop(tmp_path))
    assert visitor.get(language="fr") == visitor.post({"answer": ["accept"]}, language="fr") == Outbound(status=404)
    assert acts(visitor.guard) == []


def test_the_choice_of_who_is_signed_in_is_theirs(tmp_path: Path) -> None:
    """Its record bears their pseudonym."""
    visitor = browser(shop(tmp_path), subject=ANA)
    visitor.post(fill(visitor.get(), "refuse"))
    assert recorded(visitor).subject == visitor.guard.pseudonyms.of(ANA)


def test_the_place_is_recorded_and_everybody_is_asked_the_same(tmp_path: Path) -> None:
    """The page is the same for all, as the banner is that a cache may hand out; the record says where somebody was."""
    guard = shop(tmp_path, jurisdiction=lambda headers, address: headers.get("CF-IPCountry"))
    visitor = browser(guard, headers={"CF-IPCountry": "GT"})
    page = visitor.get()
    assert [option.value for option in form_of(page).fields[0].options] == ["analytics", "newsletter"]
    visitor.post(fill(page, "accept"))
    record = recorded(visitor)
    assert (record.accepted, record.refused, record.jurisdiction) == (("analytics", "newsletter"), (), "GT")


def test_nobody_accepts_what_they_have_not_read(tmp_path: Path) -> None:
    """A form of an older version accepts nothing and is shown anew; refusing works with any."""
    old = browser(shop(tmp_path))
    form = fill(old.get(), "accept")
    new = browser(shop(tmp_path, CHOICES.replace("How many people", "Which people")))
    again = new.post(form)
    assert (again.status, again.page.notice_kind, again.cookies) == (422, "problem", ())
    assert "policy has changed" in again.page.notice
    assert acts(new.guard) == []
    assert new.post({**form, "answer": ["refuse"]}).status == 303


def test_a_button_of_the_hosts_own(tmp_path: Path) -> None:
    """A host's form says which version it shows and what of it: accepting all of nothing is no acceptance."""
    visitor = browser(shop(tmp_path))
    version = visitor.guard.site.consent_policy.id
    assert visitor.post({"answer": ["accept"], "version": [version]}).status == 422
    assert visitor.post({"answer": ["accept"], "version": [version], "offered": ["newsletter"]}).status == 303
    assert recorded(visitor).accepted == ("newsletter",)


def several(folder: Path) -> Browser:
    """A visitor of a shop in which one purpose has two services."""
    return browser(shop(folder, CHOICES + '[cookies.maps]\npurpose = "analytics"\nnames = ["heat_*"]\n'))


def test_a_purpose_of_several_services_is_asked_by_service(tmp_path: Path) -> None:
    """Each has a box of its own; one for the whole purpose is left out where no script keeps them apart."""
    page = several(tmp_path).get()
    analytics, newsletter = form_of(page).fields[0].options
    assert [(part.value, part.label) for part in analytics.parts] == [
        ("analytics/counter", "Counter"),
        ("analytics/maps", "Maps"),
    ]
    assert (analytics.all_label, newsletter.parts) == ("", ())


@pytest.mark.parametrize(
    ("boxes", "accepted", "said"),
    [
        (("analytics/maps",), ("analytics/maps",), "“Maps”"),
        (("analytics/maps", "analytics/counter"), ("analytics",), "“Count <visits>”"),
    ],
)
def test_a_service_can_be_accepted_alone(
    tmp_path: Path, boxes: tuple[str, ...], accepted: tuple[str, ...], said: str
) -> None:
    """All services of a purpose are the purpose; the page ticks and tells what was chosen."""
    visitor = several(tmp_path)
    visitor.post(fill(visitor.get(), "save", *boxes))
    assert recorded(visitor).accepted == accepted
    page = visitor.get()
    parts = form_of(page).fields[0].options[0].parts
    assert {part.value for part in parts if part.chosen} == set(boxes)
    assert page.page.facts[0].value == said


def test_the_page_tells_of_the_browsers_signal(tmp_path: Path) -> None:
    """Whoever sends Global Privacy Control reads what it refuses here; nobody else does."""
    guard = shop(tmp_path)
    told = browser(guard, headers={"Sec-GPC": "1"}).get().page.lead
    assert told[-1].endswith("no to “Count <visits>” and “Send the newsletter”.")
    assert "Global Privacy Control" not in " ".join(browser(guard).get().page.lead)


@pytest.mark.parametrize(
    ("referer", "leads_to"),
    [
        ("https://shop.example.com/hats?colour=red", "/hats?colour=red"),
        ("https://shop.example.com/", "/"),
        ("", "/privacy/preferences?saved=1"),
        ("https://shop.example.com//evil.example/", "/privacy/preferences?saved=1"),
        ("https://shop.example.com/\\evil.example/", "/privacy/preferences?saved=1"),
        ("https://[", "/privacy/preferences?saved=1"),
        ("about:blank", "/privacy/preferences?saved=1"),
    ],
)
def test_the_banners_form_leads_back_to_its_page(tmp_path: Path, referer: str, leads_to: str) -> None:
    """Without scripts the banner is a form: its answer is recorded as the banner's, and never leads to another site."""
    visitor = browser(shop(tmp_path), headers={"Referer": referer} if referer else {})
    sent = visitor.post({"answer": ["refuse"], "component": ["banner"]})
    assert (sent.status, sent.redirect) == (303, leads_to)
    assert recorded(visitor).component == "banner"


def test_a_form_of_no_component_of_ours_is_misread(tmp_path: Path) -> None:
    """What a record says of where it was decided is true."""
    visitor = browser(shop(tmp_path))
    assert visitor.post({"answer": ["refuse"], "component": ["elsewhere"]}).status == 422
    assert acts(visitor.guard) == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": ["yes"]},
        {"answer": ["save"], "accepted": ["service"]},
        {"answer": ["save"], "accepted": ["analytics", "<script>"]},
        {"answer": ["accept"], "offered": ["everything"]},
    ],
)
def test_a_forged_form_records_nothing(tmp_path: Path, form: dict[str, list[str]]) -> None:
    """The page is shown again with a problem, and nothing of what was sent on it."""
    visitor = browser(shop(tmp_path))
    page = visitor.post(form)
    assert (page.status, page.page.notice, page.cookies) == (422, "Nothing was saved: please choose again.", ())
    assert (ticked(page), acts(visitor.guard)) == ([], [])


def test_a_choice_under_another_version_is_asked_for_again(tmp_path: Path) -> None:
    """The page says that the policy has changed, and ticks nothing."""
    visitor = browser(shop(tmp_path))
    visitor.post(fill(visitor.get(), "accept"))
    visitor.guard = shop(tmp_path, CHOICES.replace("How many people", "Which people"))
    page = visitor.get({"saved": "1"})
    assert "has changed since you last chose" in page.page.lead[0]
    assert (ticked(page), page.page.facts, page.page.notice) == ([], (), "")


def test_a_link_that_claims_a_choice_claims_none(tmp_path: Path) -> None:
    """`?saved=1` from anywhere says nothing to somebody who has not chosen."""
    assert browser(shop(tmp_path)).get({"saved": "1"}).page.notice == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=50), st.lists(st.text(max_size=20), max_size=5), st.text(max_size=20), st.text(max_size=200))
def test_whatever_is_sent_is_answered(
    tmp_path: Path, answer: str, accepted: list[str], version: str, cookie: str
) -> None:
    """Fields and cookies that no page of ours sends are no error of the site's."""
    visitor = browser(shop(tmp_path), cookies={CHOICE: cookie})
    sent = {"answer": [answer], "accepted": accepted, "version": [version], "offered": [answer]}
    assert visitor.post(sent).status == 422
    assert acts(visitor.guard) == []
