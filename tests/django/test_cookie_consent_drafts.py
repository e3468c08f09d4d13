"""The admin of django-cookie-consent as a place for drafts: what `pull`, `push`, `check` and `publish` make of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from django.core import checks
from django.test import override_settings
from django.urls import include, path, reverse_lazy

from consentguard_django.commands import group as commands
from tests.django import cookie_consent_site as clinic
from tests.django.cookie_consent_site import group, run

pytest.importorskip("cookie_consent")
CLEANS = "cookie_consent.middleware.CleanCookiesMiddleware"
CACHES = "django.middleware.cache.UpdateCacheMiddleware"


@pytest.fixture(scope="module", autouse=True)
def app(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """django-cookie-consent, and its tables."""
    with clinic.installed(django_db_blocker):
        yield


@pytest.fixture(autouse=True)
def policy(tmp_path: Path, db: None) -> Iterator[Path]:
    """The clinic, and the path of its policy."""
    with clinic.site(tmp_path) as file:
        yield file


def services() -> dict[str, Any]:
    """What the admin has, in short."""
    from cookie_consent.models import CookieGroup

    return {
        each.varname: (each.name, each.is_required, sorted(cookie.name for cookie in each.cookie_set.all()))
        for each in CookieGroup.objects.all()
    }


def warnings(**options: Any) -> dict[str, list[checks.CheckMessage]]:
    """What the system checks warn about, by id."""
    found: dict[str, list[checks.CheckMessage]] = {}
    for message in checks.run_checks(**options):
        found.setdefault(str(message.id).removeprefix("consentguard."), []).append(message)
    return found


def test_push_fills_the_admin_once(policy: Path) -> None:
    """Each service is a group; a second run changes nothing, and a pull has nothing to take."""
    before = policy.read_bytes()
    assert "analytics: made (_ga)" in run("cookies", "push").output
    assert services() == {
        "essential": ("Essential", True, ["csrftoken", "sessionid"]),
        "analytics": ("Counter", False, ["_ga"]),
    }
    assert run("cookies", "push").output == "Nothing to do: the admin has every service.\n"
    assert "says what the admin says" in run("cookies", "pull").output
    assert policy.read_bytes() == before


def test_pull_writes_what_an_admin_drafted_and_keeps_the_rest(policy: Path) -> None:
    """Names, title and a new service; the comment, the lifetime and the order of the file stay."""
    from cookie_consent.models import Cookie, CookieGroup

    run("cookies", "push")
    before = policy.read_text("utf-8")
    counter = CookieGroup.objects.get(varname="analytics")
    Cookie.objects.create(cookiegroup=counter, name="_ga_*")
    CookieGroup.objects.filter(pk=counter.pk).update(name="Visits")
    group("Web-Video", "vid", name="Videos")
    told = run("cookies", "pull").output
    assert "+ cookies.web_video" in told
    after = policy.read_text("utf-8")
    changed = before.replace('"_ga"', '"_ga", "_ga_*"').replace('"Counter"', '"Visits"')
    begins, ends = changed.split('lifetime = "P1Y"\n')
    assert after == f'{begins}lifetime = "P1Y"\n\n[cookies.web_video]\nnames = ["vid"]\ntitle = "Videos"\n{ends}'
    assert "says what the admin says" in run("cookies", "pull").output


def test_a_dry_run_writes_nothing_and_json_is_for_machines(policy: Path) -> None:
    """The changes with their weight, what is in no group, and notes."""
    group("analytics", "_ga", "*", is_deletable=False)
    before = policy.read_bytes()
    told = json.loads(run("cookies", "pull", "--dry-run", "--json").output)
    assert (told["dry_run"], told["gone"], told["changes"]) == (True, ["essential"], [])
    assert [note.partition(":")[0] for note in told["notes"]] == ["analytics", "analytics"]
    assert policy.read_bytes() == before


def test_a_group_that_was_deleted_takes_nothing_with_it_unless_asked(policy: Path) -> None:
    """A slip in an admin must not take a service out of a policy."""
    group("analytics", "_ga")
    assert "cookies.essential: in no group of the admin; --prune takes it out" in run("cookies", "pull").output
    assert "[cookies.essential]" in policy.read_text("utf-8")
    run("cookies", "pull", "--prune")
    assert "[cookies.essential]" not in policy.read_text("utf-8")


def test_an_empty_admin_is_not_taken_for_a_draft(policy: Path) -> None:
    """Nothing is pulled, not even to prune; nothing is said by `check`."""
    refused = run("cookies", "pull", "--prune")
    assert (refused.exit_code, "cookies push" in refused.output) == (2, True)
    assert "C-DRAFT-DIFFERS" not in run("check").output


def test_groups_that_would_be_one_service_are_refused(policy: Path) -> None:
    """Which of them is meant, nobody can tell."""
    group("web-stats")
    group("web_stats")
    refused = run("cookies", "pull")
    assert (refused.exit_code, "'web-stats' and 'web_stats'" in refused.output) == (2, True)
    assert run("publish").exit_code == 1


def test_push_changes_a_group_only_when_told_to(policy: Path) -> None:
    """A draft is somebody's work; a group that the policy lacks is left, for its log hangs on it."""
    group("analytics", "_ga", "_gid", name="Mine")
    group("other", "o")
    told = run("cookies", "push").output
    assert "analytics: left as it is in the admin; --overwrite changes it" in told
    assert "other: not in the policy, left in the admin" in told
    assert services()["analytics"] == ("Mine", False, ["_ga", "_gid"])
    run("cookies", "push", "--overwrite")
    assert services()["analytics"] == ("Counter", False, ["_ga"])
    assert "other" in services()


def test_check_names_each_service_and_publish_waits(policy: Path) -> None:
    """What differs is listed with what to run; nothing is published before the drafts are in the file."""
    run("cookies", "push")
    group("maps", "map", name="Maps")
    assert "warning C-DRAFT-DIFFERS cookies.maps: drafted in the admin, and not in the policy" in run("check").output
    refused = run("publish")
    assert "C-DRAFT-DIFFERS cookies.maps" in refused.output
    assert (refused.exit_code, policy.with_suffix(".published").exists()) == (1, False)
    run("cookies", "pull")
    assert "C-DRAFT-DIFFERS" not in run("publish", "--dry-run").output


def test_pull_and_push_together_leave_no_difference(policy: Path) -> None:
    """As the how-to moves a site over: what either has besides, the other gets."""
    group("maps", "map", name="Maps")
    run("cookies", "pull")
    run("cookies", "push")
    assert set(services()) == {"maps", "analytics", "essential"}
    assert "C-DRAFT-DIFFERS" not in run("check").output


def test_the_page_of_the_documentation_prints_commands_that_exist() -> None:
    """Each with its options."""
    page = Path(__file__).parents[2] / "docs" / "howto" / "from-django-cookie-consent.md"
    from consentguard_django.cookie_consent.commands import command as cookies

    printed = re.findall(r"^\$ python manage.py consentguard cookies (.+)$", page.read_text("utf-8"), re.MULTILINE)
    for arguments in map(str.split, printed):
        command = cookies.get_command(click.Context(cookies), arguments[0])
        assert command is not None, arguments
        command.make_context(arguments[0], arguments[1:]).close()
    assert {arguments.partition(" ")[0] for arguments in printed} == set(cookies.commands)


def test_a_database_is_asked_only_by_checks_that_may(policy: Path) -> None:
    """`manage.py check --database default` says it; other commands run their checks without."""
    group("maps", "map")
    assert "W033" not in warnings()
    (gone, *_) = [each for each in warnings(databases=["default"])["W033"] if "cookies.maps" in each.msg]
    assert "cookies pull" in str(gone.hint)


def test_a_site_without_its_tables_is_told_to_migrate(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback; and `check` says nothing of drafts that nobody can have made."""
    from cookie_consent.models import CookieGroup

    monkeypatch.setattr(CookieGroup._meta, "db_table", "not_there")
    told = run("cookies", "pull")
    assert (told.exit_code, "migrate cookie_consent" in told.output) == (2, True)
    assert "C-DRAFT-DIFFERS" not in run("check").output


def test_what_removes_cookies_twice_leaks_or_bypasses_the_record_is_warned_about(policy: Path) -> None:
    """Its middleware, a site's cache without our middleware, and its own views."""
    assert not {"W030", "W031", "W032", "W034"} & set(warnings(tags=["privacy"]))
    wired = ModuleType("wired")
    wired.urlpatterns = [path("cookies/", include("cookie_consent.urls"))]  # type: ignore[attr-defined]
    with override_settings(MIDDLEWARE=[CACHES, CLEANS], ROOT_URLCONF=wired):
        assert {"W030", "W031", "W032"} <= set(warnings(tags=["privacy"]))
    with override_settings(MIDDLEWARE=[clinic.OURS, CACHES]):
        assert "W031" not in warnings(tags=["privacy"])


def test_a_setting_that_breaks_the_page_for_errors_is_warned_about(policy: Path) -> None:
    """Its default names a view that goes when its urls do, and Django shows every setting on that page."""
    with override_settings(COOKIE_CONSENT_SUCCESS_URL=reverse_lazy("cookie_consent_cookie_group_list")):
        assert "W034" in warnings(tags=["privacy"])


def test_the_commands_are_listed_where_the_app_is_installed() -> None:
    """And are unknown elsewhere."""
    assert "django-cookie-consent" in run("--help").output
    without = [app for app in clinic.settings.INSTALLED_APPS if app != clinic.APP]
    with override_settings(INSTALLED_APPS=without):
        assert "django-cookie-consent" not in run("--help").output
        assert run("cookies", "pull").exit_code == 2
        assert "cookies" not in commands.list_commands(None)  # type: ignore[arg-type]
