"""Roles in Flask-Admin: each brings its acts, and what a role may not do is 403 and in the evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import redirect

from consentguard.records import SubjectRef
from consentguard.roles import ROLES, Role, role_of
from consentguard.screens import DESKS
from consentguard.web.demands import GRAVE
from consentguard.web.staff import LIMIT, REFUSED
from consentguard_flask.admin.access import Access, nobody
from tests.flask.office import NAMES, Office, a_request, fill, hide, make_office
from tests.web_factor import NOT_GRAVE, an_app

NOBODYS = "0" * 32


def addresses() -> dict[str, str]:
    """Where each act of a desk is done, on a record that is not there; and the two that are no desk's."""
    found = {"requests.carry_out": "requests/send-owed", "evidence.verify": "evidence/verify"}
    for name, desk in DESKS.items():
        record = "" if name == "retention" else f"record/{NOBODYS}/"
        for act in desk.acts:
            found.setdefault(act.may, f"{name}/{record}act/{act.name}")
        if desk.begin:
            found.setdefault(desk.begin.may, f"{name}/begin/")
    return found


ADDRESSES = addresses()
ROLES_OF_SCREENS = [role for role in Role if role in {role_of(act) for act in ADDRESSES}]


@dataclass
class Staff:
    """An admin in which user 7 is signed in and has these `roles`; user "" is a stranger."""

    office: Office
    roles: set[Role] = field(default_factory=set)
    key: list[str] = field(default_factory=lambda: ["7"])

    def taken_down(self) -> list[dict[str, str]]:
        """The refusals in the evidence, with whom each concerns."""
        found = self.office.guard.stores.entries.unsealed(None, 1_000)
        return [json.loads(each.details) | {"who": each.subject} for each in found if each.act == REFUSED]

    @property
    def who(self) -> str:
        """The pseudonym of whoever is signed in."""
        return self.office.guard.pseudonyms.of(SubjectRef("user", "7"))


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    """An admin whose staff have roles alone, by the setting `may`."""
    roles, key = set[Role](), ["7"]
    office = make_office(tmp_path, may=lambda request, role: role in roles, subject=lambda request: key[0])
    office.allowed.clear()
    with office.app.app_context():
        yield Staff(office, roles, key)


def test_the_addresses_are_those_of_every_act() -> None:
    """But for what other tests show: sealed values of the site's tables, and second factors."""
    assert set(ROLES) - set(ADDRESSES) <= {"unmask", "factors.reset"}


@pytest.mark.parametrize("role", ROLES_OF_SCREENS)
def test_a_role_brings_its_acts_alone(staff: Staff, role: Role) -> None:
    """With the role to view beside it; every other act is 403 and stands in the evidence, by the role it takes."""
    staff.roles.update({Role.VIEW, role})
    for act, address in ADDRESSES.items():
        may = role_of(act) in (role, Role.VIEW)
        assert (staff.office.post(address).status_code != 403) is may, act
    lacking = [act for act in ADDRESSES if role_of(act) not in (role, Role.VIEW)]
    assert staff.taken_down() == [{"role": str(role_of(act)), "tried": act, "who": staff.who} for act in lacking]


def test_the_role_to_view_shows_every_screen(staff: Staff) -> None:
    """And none is shown without it, whatever else somebody may do."""
    fill(staff.office.guard)
    staff.roles.add(Role.VIEW)
    assert {staff.office.get(f"{name}/").status_code for name in NAMES} == {200}
    assert staff.taken_down() == []
    staff.roles.symmetric_difference_update(Role)
    assert {staff.office.get(f"{name}/").status_code for name in NAMES} == {403}
    assert [each["tried"] for each in staff.taken_down()] == NAMES


def real(office: Office, address: str) -> str:
    """The same act on a record that is there."""
    known = re.search(r"record/([0-9a-f]{32})", office.get(f"{address.partition('/')[0]}/").text)
    return address.replace(NOBODYS, known[1]) if known else address


def test_what_is_grave_takes_a_fresh_factor(tmp_path: Path) -> None:
    """Of who has one, whatever they may do: by a scope of its own. What is left out is so on purpose."""
    office = make_office(tmp_path, more="[twofactor]\n", may=lambda request, role: True, subject=lambda request: "7")
    with office.app.app_context():
        office.guard.stores.authenticators.add(an_app(office.guard, SubjectRef("user", "7")))
        fill(office.guard)
        asked = {act: office.post(real(office, each)) for act, each in ADDRESSES.items() if act != "requests.carry_out"}
    refused = {act: answer.json["scope"] for act, answer in asked.items() if answer.status_code == 403}
    assert refused == {act: scope for act, scope in GRAVE.items() if act in asked}
    assert {answer.json["action"] for answer in asked.values() if answer.status_code == 403} == {"verify"}
    assert set(asked) - set(GRAVE) == NOT_GRAVE


def test_without_the_setting_nobody_has_a_role(tmp_path: Path) -> None:
    """Closed until the site says who."""
    office = make_office(tmp_path)
    office.allowed.clear()
    with office.app.app_context():
        assert {office.get(f"{name}/").status_code for name in NAMES} == {403}
        assert {office.post(address).status_code for address in ADDRESSES.values()} == {403}


def test_strangers_leave_nothing(staff: Staff) -> None:
    """Where nobody is signed in, no role is refused to anybody."""
    staff.key[0] = ""
    assert staff.office.post(ADDRESSES["requests.approve"]).status_code == 403
    assert staff.taken_down() == []


def test_whoever_is_led_to_sign_in_leaves_nothing(tmp_path: Path) -> None:
    """The site did not refuse them: it asks who they are."""
    office = make_office(tmp_path, subject=lambda request: "7")
    with office.app.test_request_context():
        assert Access(nobody, lambda: redirect("/in")).turn_away("keys").location == "/in"
        assert office.acts(REFUSED) == []
        assert Access(nobody, lambda: ("no", 403)).turn_away("keys").status_code == 403
        assert office.acts(REFUSED) == [office.guard.pseudonyms.of(SubjectRef("user", "7"))]


def test_a_refusal_says_nothing_of_what_is_there(staff: Staff) -> None:
    """The same page for a record that is there and for none, without anything of it."""
    made = a_request(staff.office.guard)
    blind = staff.office.get(f"requests/record/{made.id}")
    staff.roles.add(Role.VIEW)
    there = staff.office.post(f"requests/record/{made.id}/act/approve")
    none = staff.office.post(f"requests/record/{NOBODYS}/act/approve")
    assert [each.status_code for each in (there, none, blind)] == [403] * 3
    assert there.data == none.data
    for answer in (there, blind):
        hide(staff.office, answer)
        assert made.id not in answer.text
        assert made.contact_ref not in answer.text


def test_a_loop_of_refusals_is_taken_down_a_few_times(staff: Staff) -> None:
    """Each is 403 all the same."""
    staff.roles.add(Role.VIEW)
    assert {staff.office.post(ADDRESSES["holds.release"]).status_code for _ in range(20)} == {403}
    assert len(staff.taken_down()) == int(LIMIT.partition("/")[0])
