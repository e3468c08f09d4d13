"""Roles for privacy work: what each brings, and what is taken down of whoever has none that does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.records import SubjectRef
from consentguard.roles import ROLES, Role, allowed, role_of
from consentguard.screens import PERMISSIONS, SCREENS
from consentguard.site import Site
from consentguard.testing.keys import keyring
from consentguard.web.staff import refused
from tests.web_policy import POLICY, BareHost

DANA = SubjectRef("user", "7")


def guard(folder: Path, **options: object) -> Guard:
    """A site with keys."""
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    keyring().write(folder / "keyring.json")
    return Guard(Site(BareHost(folder), {"keyring": "keyring.json", **options}), MemoryStores())


def entries(site: Guard) -> list[tuple[str, str, dict[str, str]]]:
    """What was taken down."""
    found = site.stores.entries.unsealed(None, 1_000)
    return [(entry.act, entry.subject, json.loads(entry.details)) for entry in found]


def test_each_act_of_the_admin_comes_with_a_role() -> None:
    """A new act is given one, or nobody could have it by a role; to see any screen is one role."""
    assert [act for act in PERMISSIONS if role_of(act) is None] == []
    assert {role_of(screen.name) for screen in SCREENS} == {Role.VIEW}
    assert set(ROLES.values()) == set(Role)


@pytest.mark.parametrize("what", [*ROLES, *(screen.name for screen in SCREENS)])
def test_a_role_brings_its_acts_and_no_other(what: str) -> None:
    """By the role alone, by the single permission alone, and by nothing else."""
    having = [role for role in Role if allowed(what, lambda _: False, role.__eq__)]
    assert having == [role_of(what)]
    assert allowed(what, what.__eq__, lambda _: False)
    assert not allowed(what, lambda _: False, lambda _: False)


def test_an_act_that_no_role_has_needs_its_own_permission() -> None:
    """Nobody is given it along with something else."""
    assert not allowed("requests.invented", lambda _: False, lambda _: True)


def test_a_refusal_is_taken_down_with_role_and_act(tmp_path: Path) -> None:
    """Whom it concerns is who was refused, as a pseudonym; nothing else of them stands there."""
    site = guard(tmp_path)
    refused(site, "requests.approve", DANA)
    (found,) = entries(site)
    assert found == ("role.refused", site.pseudonyms.of(DANA), {"role": "approve", "tried": "requests.approve"})


def test_a_loop_does_not_fill_the_evidence(tmp_path: Path) -> None:
    """Five entries of the same in an hour; another act, and another person, are taken down all the same."""
    site = guard(tmp_path)
    for _ in range(50):
        refused(site, "holds.add", DANA)
    refused(site, "holds.release", DANA)
    refused(site, "holds.add", SubjectRef("user", "8"))
    tried = [details["tried"] for _, _, details in entries(site)]
    assert sorted(tried) == ["holds.add"] * 6 + ["holds.release"]


def test_strangers_leave_nothing(tmp_path: Path) -> None:
    """Or every crawler would."""
    site = guard(tmp_path)
    refused(site, "requests", None)
    assert entries(site) == []


def test_what_cannot_be_counted_is_logged_without_a_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The refusal stands whatever becomes of its entry: with Redis away as without keys."""
    site = guard(tmp_path, limits="redis://127.0.0.1:1/0")
    refused(site, "holds.add", DANA)
    assert entries(site) == []
    assert "holds.add" in caplog.text
    assert site.pseudonyms.of(DANA) not in caplog.text
    assert "user:7" not in caplog.text
