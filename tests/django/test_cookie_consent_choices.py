"""Choices beside django-cookie-consent: its templates follow ours, and what visitors told it is asked no more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext

from consentguard.consent.record import ACT
from consentguard.records import ConsentRecord
from consentguard_django import conf
from tests.django import cookie_consent_site as clinic
from tests.django.cookie_consent_site import group, run
from tests.web_doors import FROM_OUR_PAGE

pytest.importorskip("cookie_consent")
VISIT = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}
SITE_CACHE = ("django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware")


@pytest.fixture(scope="module", autouse=True)
def app(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """django-cookie-consent, and its tables."""
    with clinic.installed(django_db_blocker):
        yield


@pytest.fixture(autouse=True)
def policy(tmp_path: Path, db: None) -> Iterator[Path]:
    """The clinic with the groups of its policy, and the middleware that imports."""
    with clinic.site(tmp_path, clinic.IMPORTING) as file:
        cache.clear()
        run("cookies", "push")
        yield file
        cache.clear()


@pytest.fixture
def client() -> Client:
    """A visitor's browser."""
    return Client(SERVER_NAME="clinic.example.com", headers=VISIT)


def choose(browser: Client, *accepted: str) -> Any:
    """Send what the banner sends."""
    method = "accept" if accepted else "reject"
    decision = {"accepted": accepted, "policy": conf.site().consent_policy.id, "method": method}
    answer = browser.post("/privacy/api/choice", decision, content_type="application/json", headers=FROM_OUR_PAGE)
    assert answer.status_code == 200
    return answer


def records() -> list[ConsentRecord]:
    """Every choice on record."""
    from consentguard.consent.record import parse
    from consentguard_django.stores import DjangoStores

    entries = DjangoStores("default").entries.unsealed(None, 100)
    return [record for entry in entries if entry.act == ACT and (record := parse(entry))]


def version(varname: str = "analytics") -> str:
    """What that package writes when a group is accepted."""
    from cookie_consent.models import CookieGroup

    return str(CookieGroup.objects.get(varname=varname).get_version())


def test_templates_of_that_package_follow_a_choice_of_ours(client: Client) -> None:
    """Accepted, withdrawn: its cookie is on the same response, and its filter answers by it."""
    assert client.get("/page").content == b""
    answer = choose(client, "analytics")
    assert answer.cookies["cookie_consent"].value == f"analytics={version()}"
    assert client.get("/page").content == b"TRACKER"
    answer = choose(client)
    assert answer.cookies["cookie_consent"].value == "analytics=-1"
    assert client.get("/page").content == b""


def test_the_form_without_a_script_is_mirrored_too(client: Client) -> None:
    """Whatever takes a choice down answers in one place."""
    form = {"answer": "accept", "offered": "analytics", "version": conf.site().consent_policy.id}
    answer = client.post("/privacy/preferences", form, headers=FROM_OUR_PAGE)
    assert answer.cookies["cookie_consent"].value == f"analytics={version()}"


def test_its_settings_say_what_its_cookie_is_like_and_drafts_are_not_in_it(client: Client) -> None:
    """A group that no policy knows was asked of nobody: neither accepted nor declined."""
    group("draft", "d")
    with override_settings(COOKIE_CONSENT_NAME="consents", COOKIE_CONSENT_DECLINE="no", COOKIE_CONSENT_SECURE=True):
        morsel = choose(client).cookies["consents"]
    assert (morsel.value, morsel["secure"], morsel["httponly"]) == ("analytics=no", True, True)


def test_the_mirroring_cookie_is_known_and_asked_for_in_the_policy(client: Client) -> None:
    """It leaves unreported, as our own do; and like them it belongs into the table that people read."""
    with override_settings(CONSENTGUARD={**settings.CONSENTGUARD, "cookies": "raise"}):
        assert choose(client, "analytics").cookies["cookie_consent"].value
    assert len(records()) == 1
    assert "sets the cookie cookie_consent, and the policy does not name it" in run("check").output


def test_an_answer_without_a_choice_has_no_cookie_of_that_package(client: Client) -> None:
    """A refused request changes nothing."""
    answer = client.post("/privacy/api/choice", {"accepted": ["nothing"], "method": "accept"}, headers=FROM_OUR_PAGE)
    assert answer.status_code >= 400
    assert not answer.cookies


def test_no_cache_gives_a_page_of_its_filters_to_somebody_else() -> None:
    """The filter reads a cookie and does not say so: Django's own cache would keep the page for everybody."""
    with override_settings(MIDDLEWARE=[clinic.OURS, *SITE_CACHE]):
        accepted = Client(SERVER_NAME="clinic.example.com")
        choose(accepted, "analytics")
        answer = accepted.get("/page")
        assert (answer.content, "Cookie" in answer["Vary"]) == (b"TRACKER", True)
        assert "private" in answer["Cache-Control"]
        assert Client(SERVER_NAME="clinic.example.com").get("/page").content == b""


def test_a_page_that_asks_nothing_stays_one_that_caches_may_keep(client: Client) -> None:
    """To be watched costs nothing."""
    client.cookies["cookie_consent"] = f"analytics={version()}"
    choose(client, "analytics")
    answer = client.get("/page-async")
    assert "Cookie" not in answer.get("Vary", "")
    assert "private" not in answer.get("Cache-Control", "")


def test_an_old_answer_is_taken_over_once(client: Client) -> None:
    """On the next page, recorded as imported, kept like any choice; and the visitor is not asked."""
    client.cookies["cookie_consent"] = f"analytics={version()}"
    answer = client.get("/page")
    assert "cg_choice" in answer.cookies
    assert "private" in answer["Cache-Control"]
    assert client.get("/privacy/api/choice").json()["choice"]["accepted"] == ["analytics"]
    assert "cg_choice" not in client.get("/page").cookies
    (record,) = records()
    assert (record.method, record.component, record.accepted) == ("import", "django-cookie-consent", ("analytics",))


def test_an_old_refusal_is_taken_over_too(client: Client) -> None:
    """And what it refuses goes from the browser."""
    client.cookies["cookie_consent"] = "analytics=-1"
    client.cookies["_ga"] = "GA1.1"
    answer = client.get("/page")
    assert answer.cookies["_ga"]["max-age"] == 0
    assert [(record.accepted, record.refused) for record in records()] == [((), ("analytics",))]


def test_the_page_that_takes_over_shows_what_was_accepted_already(client: Client) -> None:
    """`request.privacy` of that very request has the choice."""
    client.cookies["cookie_consent"] = f"analytics={version()}"
    assert client.get("/privacy/api/choice", headers={"Accept": "text/html"}).json()["needs_choice"] is False


@pytest.mark.parametrize(
    "value",
    [
        "analytics=zzzz",
        "analytics=2999-01-01T00:00:00+00:00",
        "analytics=2001-01-01T00:00:00+00:00",
        "analytics=0001-01-01",
        "analytics=",
        "analytics",
        "other=-1",
        "=|=|==" + "x" * 3000,
        "",
    ],
)
def test_what_that_package_never_wrote_or_is_outdated_is_no_answer(client: Client, value: str) -> None:
    """Nobody signed its cookie; an unreadable moment, one to come or one before the newest cookie accepts nothing."""
    client.cookies["cookie_consent"] = value
    answer = client.get("/page")
    assert (answer.status_code, "cg_choice" in answer.cookies, records()) == (200, False, [])


def test_who_was_not_asked_about_everything_is_asked(client: Client, policy: Path) -> None:
    """A service that came later is nobody's choice yet."""
    policy.write_text(policy.read_text("utf-8") + '[cookies.video]\nnames = ["vid"]\n', "utf-8")
    conf.guards.cache_clear()
    client.cookies["cookie_consent"] = f"analytics={version()}"
    assert "cg_choice" not in client.get("/page").cookies


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Dest": "image"}, {"Accept": "*/*"}, {"Sec-Purpose": "prefetch"}, {"method": "post"}]
)
def test_only_a_page_that_somebody_opens_takes_over(client: Client, headers: dict[str, str]) -> None:
    """Pictures and scripts of the page bring the old cookie at the same time, and would record it again."""
    client.cookies["cookie_consent"] = f"analytics={version()}"
    send = client.post if headers.pop("method", "") else client.get
    assert "cg_choice" not in send("/page", headers=headers).cookies
    assert records() == []


def test_a_choice_of_ours_goes_before_an_old_answer(client: Client) -> None:
    """Also a refusal that only the script has taken down yet."""
    client.cookies["cookie_consent"] = f"analytics={version()}"
    client.cookies["cg_refused"] = f"{conf.site().consent_policy.id}.tljqio"
    assert "cg_choice" not in client.get("/page").cookies
    assert records() == []


def test_whatever_keeps_an_answer_from_being_recorded_shows_the_page(client: Client, tmp_path: Path) -> None:
    """Without a keyring nothing is on record, and the visitor is asked."""
    (tmp_path / "keyring.json").unlink()
    conf.guards.cache_clear()
    client.cookies["cookie_consent"] = "analytics=-1"
    answer = client.get("/page-async")
    assert (answer.status_code, "cg_choice" in answer.cookies) == (200, False)


def test_one_client_brings_no_more_answers_than_choices(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that keeps no cookie of ours would fill the evidence."""
    monkeypatch.setattr("consentguard_django.cookie_consent.middleware.LIMIT", "2/hour")
    for _ in range(4):
        Client(SERVER_NAME="clinic.example.com", headers=VISIT | {"Cookie": "cookie_consent=analytics=-1"}).get("/page")
    assert len(records()) == 2


def test_an_async_site_takes_over_and_stays_async() -> None:
    """The middleware takes a thread for the database alone, and only where there is an old answer."""
    from consentguard_django.cookie_consent.middleware import ImportMiddleware

    async def visit() -> Any:
        browser = AsyncClient(SERVER_NAME="clinic.example.com")
        browser.cookies["cookie_consent"] = "analytics=-1"
        return await browser.get("/page-async", headers=VISIT)

    assert "cg_choice" in async_to_sync(visit)().cookies
    assert iscoroutinefunction(ImportMiddleware(clinic.page_async))


def test_visitors_without_an_old_cookie_cost_nothing(client: Client) -> None:
    """No SQL for whoever has nothing to bring, or has brought it."""
    choose(client, "analytics")
    with CaptureQueriesContext(connection) as queries:
        client.get("/page-async")
        Client(SERVER_NAME="clinic.example.com", headers=VISIT).get("/page-async")
    assert len(queries) == 0


def test_the_log_is_imported_once_with_its_moments() -> None:
    """Proof of acts, not of persons: what was accepted or declined, when, under which of that package's versions."""
    from cookie_consent.models import CookieGroup, LogItem

    counter = CookieGroup.objects.get(varname="analytics")
    for action in (1, -1, 1):
        LogItem.objects.create(action=action, cookiegroup=counter, version=version())
    long_ago = dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    LogItem.objects.update(created=long_ago)
    assert run("cookies", "import", "--dry-run").output.startswith("Would be imported: 3 of 3")
    assert records() == []
    assert run("cookies", "import").output == "Imported: 3 of 3; 0 were there already.\n"
    assert run("cookies", "import").output == "Imported: 0 of 3; 3 were there already.\n"
    assert "3" in run("evidence", "verify").output


def test_an_imported_line_says_so() -> None:
    """At the moment of the log; when it came here stands in it; until when that package kept the answer."""
    from cookie_consent.models import CookieGroup, LogItem

    from consentguard.consent.record import parse
    from consentguard_django.stores import DjangoStores

    LogItem.objects.create(action=-1, cookiegroup=CookieGroup.objects.get(varname="analytics"), version=version())
    long_ago = dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    LogItem.objects.update(created=long_ago)
    run("cookies", "import")
    ((_, entry),) = DjangoStores("default").seals.read(-1, 10)
    assert entry is not None
    record, facts = parse(entry), json.loads(entry.details)
    assert record is not None
    assert (record.at, record.refused, record.method) == (long_ago, ("analytics",), "import")
    assert record.until == long_ago + dt.timedelta(days=365)
    assert facts["shown"] == version()
    assert facts["imported"] > "2026-02-03"
