"""Roles in Django's admin: each brings its acts, and what a role may not do is 403 and in the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client, override_settings

from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.roles import ROLES, Role, role_of
from consentguard.screens import DESKS
from consentguard.testing.keys import keyring
from consentguard.web.demands import GRAVE
from consentguard.web.staff import LIMIT, REFUSED
from consentguard_django import conf
from consentguard_django.admin.base import MODELS
from tests.django import settings
from tests.django.admin_site import ADDRESS, LISTS, PAGES, browser, path, request, rows, secrets
from tests.web_doors import SECTIONS
from tests.web_factor import NOT_GRAVE, an_app

NOBODYS = "0" * 32


def addresses() -> dict[str, str]:
    """Where each act of a desk is done, on a record that is not there; and the two that are no desk's."""
    found = {
        "requests.carry_out": path("rightsrequest", "send-owed/"),
        "evidence.verify": path("evidenceentry", "verify/"),
    }
    for name, desk in DESKS.items():
        record = "" if name == "retention" else f"{NOBODYS}/"
        for act in desk.acts:
            found.setdefault(act.may, path(MODELS[name], f"{record}act/{act.name}/"))
        if desk.begin:
            found.setdefault(desk.begin.may, path(MODELS[name], "begin/"))
    return found


ADDRESSES = addresses()
ROLES_OF_SCREENS = [role for role in Role if role in {role_of(act) for act in ADDRESSES}]


@pytest.fixture
def guard(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic with every section and keys."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()


def taken_down(guard: Guard) -> list[dict[str, str]]:
    """The refusals in the evidence, with whom each concerns."""
    found = [entry for entry in guard.stores.entries.unsealed(None, 1_000) if entry.act == REFUSED]
    return [json.loads(entry.details) | {"who": entry.subject} for entry in found]


def last(guard: Guard) -> str:
    """The pseudonym of the newest user."""
    return guard.pseudonyms.of(SubjectRef("member", str(get_user_model().objects.latest("pk").pk)))


def test_migrate_makes_a_permission_for_each_role(guard: Guard) -> None:
    """Of our app, so that a group may have them."""
    made = Permission.objects.filter(codename__endswith="_privacy", content_type__app_label="consentguard_django")
    assert {each.codename for each in made} == {f"{role}_privacy" for role in Role}


def test_the_addresses_are_those_of_every_act() -> None:
    """But for what other tests show: sealed values of the site's tables, and second factors."""
    assert set(ROLES) - set(ADDRESSES) <= {"unmask", "factors.reset"}


@pytest.mark.parametrize("role", ROLES_OF_SCREENS)
def test_a_role_brings_its_acts_alone(guard: Guard, role: Role) -> None:
    """With the role to view beside it; every other act is 403 and stands in the evidence, by the role it takes."""
    client = browser("view_privacy", f"{role}_privacy")
    for act, address in ADDRESSES.items():
        may = role_of(act) in (role, Role.VIEW)
        assert (client.post(address).status_code != 403) is may, act
    lacking = [act for act in ADDRESSES if role_of(act) not in (role, Role.VIEW)]
    assert taken_down(guard) == [{"role": str(role_of(act)), "tried": act, "who": last(guard)} for act in lacking]


def test_the_role_to_view_shows_every_screen(guard: Guard) -> None:
    """And none is shown without it, whatever else somebody may do."""
    rows(guard)
    viewer = browser("view_privacy")
    assert {viewer.get(path(page)).status_code for page in PAGES} == {200}
    assert [page for page in PAGES if path(page) not in viewer.get("/admin/").content.decode()] == []
    but = browser(*(f"{role}_privacy" for role in Role if role != Role.VIEW))
    assert {but.get(path(page)).status_code for page in PAGES} == {403}
    assert {each["role"] for each in taken_down(guard)} == {"view"}
    assert len(taken_down(guard)) == len(PAGES)


def test_the_setting_gives_roles_beside_permissions(guard: Guard, tmp_path: Path) -> None:
    """A function of the site's: it is asked with the request and a role."""
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}

    def may(request: object, role: Role) -> bool:
        return request.user.username == "dana" and role == "hold"  # type: ignore[attr-defined]

    client = browser("view_privacy")
    get_user_model().objects.update(username="dana")
    with override_settings(CONSENTGUARD={**options, "may": may}):
        assert client.get(ADDRESSES["holds.add"]).status_code == 200
        assert client.post(ADDRESSES["retention.run"]).status_code == 403


def test_what_is_grave_takes_a_fresh_factor(guard: Guard) -> None:
    """Of who has one, whatever they may do: by a scope of its own. What is left out is so on purpose."""
    client = browser(*(f"{role}_privacy" for role in Role))
    who = SubjectRef("member", str(get_user_model().objects.latest("pk").pk))
    guard.stores.authenticators.add(an_app(guard, who))
    asked = {act: client.post(address) for act, address in ADDRESSES.items() if act != "requests.carry_out"}
    refused = {act: answer.json()["scope"] for act, answer in asked.items() if answer.status_code == 403}
    assert refused == {act: scope for act, scope in GRAVE.items() if act in asked}
    assert set(asked) - set(GRAVE) == NOT_GRAVE


def test_a_superuser_may_do_everything(guard: Guard) -> None:
    """As everywhere in Django."""
    # tests that install another app for a while leave its models registered
    listed = {model: each for model, each in site._registry.items() if model._meta.app_label in apps.app_configs}
    user = get_user_model().objects.create(username="root", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    with patch.dict(site._registry, listed, clear=True):
        assert 403 not in {client.post(address).status_code for address in ADDRESSES.values()}
    assert taken_down(guard) == []


def test_whoever_is_no_staff_signs_in_and_leaves_nothing(guard: Guard) -> None:
    """They are led away, and were refused no role."""
    for client in (browser("approve_privacy", staff=False), Client(SERVER_NAME="localhost")):
        assert client.post(ADDRESSES["requests.approve"]).status_code == 302
    assert taken_down(guard) == []


def test_what_nobody_may_do_is_no_matter_of_roles(guard: Guard) -> None:
    """Nobody adds a row by hand: 403, and no evidence against whoever tried."""
    assert browser("view_privacy").get(path("hold", "add/")).status_code == 403
    assert taken_down(guard) == []


def test_a_refusal_says_nothing_of_what_is_there(guard: Guard) -> None:
    """The same page for a record that is there and for none, without anything of it; one statement more at most."""
    rows(guard)
    made, client = request(guard, 5), browser("view_rightsrequest")
    there = client.post(path("rightsrequest", f"{made.id}/act/approve/"))
    none = client.post(path("rightsrequest", f"{NOBODYS}/act/approve/"))
    blind = browser().get(path("rightsrequest", f"{made.id}/change/"))
    assert [each.status_code for each in (there, none, blind)] == [403] * 3
    assert there.content == none.content
    for hidden in (made.id, made.contact_ref, *secrets(guard)):
        assert hidden not in there.content.decode() + blind.content.decode()


def test_a_loop_of_refusals_is_taken_down_a_few_times(guard: Guard) -> None:
    """Each is 403 all the same."""
    client = browser("view_privacy")
    assert {client.post(ADDRESSES["holds.release"]).status_code for _ in range(20)} == {403}
    assert len(taken_down(guard)) == int(LIMIT.partition("/")[0])


@pytest.mark.django_db(transaction=True)
def test_the_entry_stays_under_atomic_requests(guard: Guard) -> None:
    """The refusal ends the request's transaction, which the entry is not a part of."""
    with patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True):
        assert browser("view_privacy").post(ADDRESSES["retention.run"]).status_code == 403
    assert [each["tried"] for each in taken_down(guard)] == ["retention.run"]


def test_what_somebody_may_not_see_is_in_no_list(guard: Guard) -> None:
    """A list of another's records is refused before anybody is looked up, and no look is taken down."""
    client = browser("approve_privacy")
    for page in LISTS:
        assert client.post(path(page, "seek/"), {"who": ADDRESS}).status_code == 403
        assert client.get(path(page), {"subject": "0" * 32}).status_code == 403
    assert {entry.act for entry in guard.stores.entries.unsealed(None, 1_000)} == {REFUSED}
