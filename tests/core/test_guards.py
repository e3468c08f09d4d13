"""Which guard a request gets: one site or several, each with its policy, on the database that the host names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consentguard.crypto import installed
from consentguard.crypto.data_keys import header
from consentguard.crypto.keyring import KeyringError
from consentguard.crypto.uses import KeyedPseudonyms
from consentguard.errors import ManifestError, SettingsError
from consentguard.guards import Guards, install_without_policy
from consentguard.memory import MemoryStores
from consentguard.records import Place, SubjectRef
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.web.people import subject_of
from tests.web_policy import POLICY, BareHost


@dataclass(frozen=True)
class SeveralHost(BareHost):
    """A host of several sites and two databases in memory."""

    given: Mapping[str, object] = field(default_factory=dict)

    def options(self) -> Mapping[str, object]:
        return self.given


def host(folder: Path, **options: object) -> SeveralHost:
    for name in ("privacy", "shop", "bakery"):
        (folder / f"{name}.toml").write_text(POLICY.replace("Shop", name.title()), "utf-8")
    return SeveralHost(folder, {name: MemoryStores(name) for name in ("default", "west")}, given=options)


TWO = {"shop": {"manifest": "shop.toml"}, "bakery": {"MANIFEST": "bakery.toml"}}


def test_one_site_needs_no_place(tmp_path: Path) -> None:
    """Without `sites` and `place` every request belongs to the one site and the default database."""
    guards = Guards(host(tmp_path))
    guard = guards.of(object())
    assert guard.site is guards.site()
    assert guard.stores.name == "default"


def test_a_guard_is_made_for_each_request_and_the_site_once(tmp_path: Path) -> None:
    """What is heavy is shared, what belongs to a request is not."""
    guards = Guards(host(tmp_path))
    one, two = guards.of(object()), guards.of(object())
    assert one is not two
    assert one.site is two.site


def test_all_sites_and_their_guards_go_by_one_clock(tmp_path: Path) -> None:
    """A text, a deadline and a choice never fall on two different days."""
    clock = FrozenClock()
    guards = Guards(host(tmp_path, sites=TWO), clock)
    assert {guards.at(Place(name)).clock for name in TWO} == {clock}
    clock.tick(dt.timedelta(days=1))
    assert {site.today() for site in guards.sites.values()} == {clock.now().date()}


def test_the_host_says_where_a_request_belongs(tmp_path: Path) -> None:
    """`place` names the site and the database, from whatever the framework's request tells."""
    places = {"bakery.example.com": Place("bakery", "west"), "shop.example.com": Place("shop")}
    guards = Guards(host(tmp_path, sites=TWO, place=places.__getitem__))
    guard = guards.of("bakery.example.com")
    assert guard.site.settings.manifest.name == "bakery.toml"
    assert guard.stores.name == "west"
    assert guards.of("shop.example.com").stores.name == "default"


def test_sites_share_the_host_s_options_and_may_have_their_own(tmp_path: Path) -> None:
    """What stands beside `sites` holds for each that does not say otherwise."""
    sites = {"shop": {"manifest": "shop.toml"}, "bakery": {"manifest": "bakery.toml", "coverage": "report"}}
    guards = Guards(host(tmp_path, sites=sites, COVERAGE="strict"))
    assert [site.settings.coverage for site in guards.sites.values()] == ["strict", "report"]


@pytest.mark.parametrize("place", [Place("butcher"), Place("shop", "east")])
def test_a_place_that_there_is_not_is_an_error(tmp_path: Path, place: Place) -> None:
    """A slip in the host's own function answers no request with another site's data."""
    with pytest.raises(SettingsError, match="there is no"):
        Guards(host(tmp_path, sites=TWO)).at(place)


@pytest.mark.parametrize("sites", [{}, ["shop"], {"shop": "shop.toml"}])
def test_sites_that_are_no_sites_stop_start_up(tmp_path: Path, sites: object) -> None:
    """The message shows how they are written."""
    with pytest.raises(SettingsError, match="sites is"):
        Guards(host(tmp_path, sites=sites))


def test_a_mistake_in_any_policy_stops_start_up(tmp_path: Path) -> None:
    """Also in that of the second site, before any request belongs to it."""
    site = host(tmp_path, sites=TWO)
    (tmp_path / "bakery.toml").write_text("manifest = ", "utf-8")
    with pytest.raises(ManifestError, match=r"bakery\.toml"):
        Guards(site)


def test_the_keyring_s_file_serves_encrypted_columns_and_is_read_when_needed(tmp_path: Path) -> None:
    """Columns know of no site: the process's keyring is the site's. A file that is missing stops no start-up."""
    guards = Guards(host(tmp_path, keyring="keyring.json"))
    try:
        guards.install()
        with pytest.raises(KeyringError, match="cannot be read"):
            installed.current()
        keyring(2).write(tmp_path / "keyring.json")
        assert installed.current().enabled.id == 2
    finally:
        installed.uninstall()


def test_without_a_keyring_s_file_the_process_keeps_what_it_has(tmp_path: Path) -> None:
    """A keyring that the host installed itself, or the environment's, is not touched."""
    mine = keyring()
    installed.install(mine)
    try:
        Guards(host(tmp_path)).install()
        assert installed.current() is mine
    finally:
        installed.uninstall()


@pytest.mark.parametrize("has_policy", [True, False])
def test_the_keys_of_data_subjects_stand_in_the_database_that_the_settings_name(
    tmp_path: Path, has_policy: bool
) -> None:
    """With a policy and without; and they are wrapped by the keyring that the settings name."""
    site = host(tmp_path, data_keys="west", keyring="keyring.json")
    keyring(3).write(tmp_path / "keyring.json")
    try:
        if has_policy:
            Guards(site).install()
        else:
            (tmp_path / "privacy.toml").unlink()
            install_without_policy(site)
        installed.subject_keys().for_writing([SubjectRef("user", "12")])
        assert site.stores("default").wrapped_keys.under() == {}
        assert site.stores("west").wrapped_keys.under() == {3: 1}
    finally:
        installed.uninstall()


@pytest.mark.parametrize("seconds", [-1, "60", True, float("nan"), float("inf")])
def test_a_time_to_believe_a_key_is_a_number_of_seconds(tmp_path: Path, seconds: object) -> None:
    """The message says which values there are."""
    with pytest.raises(SettingsError, match="data_keys_ttl is") as caught:
        Guards(host(tmp_path, data_keys_ttl=seconds))
    assert "number of seconds" in caught.value.hint


def test_a_data_key_is_believed_for_as_long_as_the_settings_say(tmp_path: Path) -> None:
    """Though another process has destroyed it by then; unless they say so, each batch asks for its keys."""
    ada = SubjectRef("user", "12")
    try:
        for ttl in (0, 60):
            site = host(tmp_path, data_keys_ttl=ttl)
            Guards(site).install()
            installed.install(keyring())
            keys, table = installed.subject_keys(), site.stores("default").data_keys
            keys.for_writing([ada])
            assert keys.load([header(1)])[header(1)] is not None
            assert table.destroy([KeyedPseudonyms(installed.current()).of(ada)], dt.date(2026, 5, 4)) == [1]
            assert (keys.load([header(1)])[header(1)] is not None) == (ttl > 0)
    finally:
        installed.uninstall()


def test_who_is_signed_in_is_a_subject_of_the_policy(tmp_path: Path) -> None:
    """Without tagged tables it is a `user`; nobody is nobody, and the host's own function goes first."""
    site = Guards(host(tmp_path)).site()
    assert subject_of(site, object(), lambda: ("accounts_user", 12)) == SubjectRef("user", "12")
    assert subject_of(site, object(), lambda: ("accounts_user", None)) is None
    told = Site(host(tmp_path), {"subject": lambda request: request})
    assert subject_of(told, "a7", lambda: ("accounts_user", 12)) == SubjectRef("user", "a7")
    assert subject_of(told, "", lambda: ("accounts_user", 12)) is None
