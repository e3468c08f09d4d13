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
from consentguard.web import consent
from consentguard.web.messages import Outbound
from consentguard.web.sheet import Form
from tests.core.visits import ANA, CHOICES, Browser, acts, shop

(ROUTE,) = consent.ROUTES
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
    record = visitor.guard.stores.consents.find(choice.record) if choice else None
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
    assert (recorded(visitor).accepted, recorded(visitor).method) == (accepted, "form")
    page = visitor.follow(sent)
    assert page.page.notice == "Your choice is saved."
    assert ticked(page) == list(accepted)
    titles = {"analytics": "“Count <visits>”", "newsletter": "“Send the newsletter”"}
    assert [fact.value for fact in page.page.facts] == [
        " and ".join(titles[name] for name in accepted) or "Nothing",
        "November 21, 2026",
        "May 22, 2027",
        visitor.guard.site.version,
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


def test_what_is_asked_depends_on_the_place(tmp_path: Path) -> None:
    """Where the host can tell a visitor's place, only what needs consent there is asked, accepted and recorded."""
    guard = shop(tmp_path, jurisdiction=lambda headers, address: headers.get("CF-IPCountry"))
    visitor = browser(guard, headers={"CF-IPCountry": "GT"})
    page = visitor.get()
    assert [option.value for option in form_of(page).fields[0].options] == ["analytics"]
    visitor.post(fill(page, "accept"))
    record = recorded(visitor)
    assert (record.accepted, record.refused, record.jurisdiction) == (("analytics",), (), "GT")


def test_nothing_to_choose_in_a_place(tmp_path: Path) -> None:
    """A visitor whom nothing needs to ask reads so, and gets no form."""
    policy = CHOICES.replace('[cookies.counter]\npurpose = "analytics"\nnames = ["visits"]', "")
    page = browser(shop(tmp_path, policy, jurisdiction=lambda headers, address: "GT")).get().page
    assert (page.forms, page.lead) == ((), ("There is nothing here that needs your consent.",))


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


def test_accepting_all_accepts_what_was_shown(tmp_path: Path) -> None:
    """Whoever crosses a border between reading and sending accepts no purpose that the page did not name."""
    place = ["GT"]
    visitor = browser(shop(tmp_path, jurisdiction=lambda headers, address: place[0]))
    page = visitor.get()
    place[0] = "ES"
    visitor.post(fill(page, "accept"))
    assert (recorded(visitor).accepted, recorded(visitor).refused) == (("analytics",), ("newsletter",))


def test_a_button_of_the_hosts_own(tmp_path: Path) -> None:
    """A host's form with a button alone works: it stands beside the host's own words."""
    visitor = browser(shop(tmp_path))
    assert visitor.post({"answer": ["accept"]}).status == 303
    assert recorded(visitor).accepted == ("analytics", "newsletter")


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
