"""The guard: what it reports of a site, and that its texts follow the clock and the record of versions."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Declaration
from consentguard.datamap.schema import SealedColumn
from consentguard.errors import ManifestError
from consentguard.publish.versions import Version, Versions
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from tests.core.vault_kit import column
from tests.web_policy import POLICY, BareHost

NOW = dt.datetime(2026, 11, 21, 23, 59, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def made(folder: Path, policy: str = POLICY, clock: FrozenClock | None = None) -> Site:
    (folder / "privacy.toml").write_text(policy, "utf-8")
    return Site(BareHost(folder), clock=clock or FrozenClock(NOW))


def unpublished(site: Site) -> str:
    """What is reported of a policy that is not published as it stands."""
    [message] = [finding.message for finding in site.findings() if finding.id == "P-UNPUBLISHED"]
    return message


def test_a_wrong_policy_stops_it_at_once(tmp_path: Path) -> None:
    """A mistake in the manifest is known when the guard is made, before anything is asked of it."""
    with pytest.raises(ManifestError):
        made(tmp_path, POLICY + "[wrong]\n")


def test_an_unpublished_policy_is_reported_and_its_pages_are_drafts(tmp_path: Path) -> None:
    """A policy that nobody published yet is no more than a draft, and `check` says so."""
    site = made(tmp_path)
    assert unpublished(site) == "no version is published yet; the policy's pages are drafts"
    assert site.document("policy", "en").draft
    assert not site.document("policy", "en").updated


def test_a_policy_that_was_changed_is_reported_as_changed(tmp_path: Path) -> None:
    """Once a version is in force, the report says that the policy has moved away from it."""
    day = dt.date(2026, 11, 20)
    Versions(tmp_path / "privacy.published").add(Version(version="a" * 16, published=day, manifest="digest"), {})
    assert "differs from the version in force" in unpublished(made(tmp_path))


def test_a_record_of_versions_that_cannot_be_read_makes_a_draft_and_an_error(tmp_path: Path) -> None:
    """A damaged record must not take the site's pages down, nor let a text pass for published."""
    site = made(tmp_path)
    site.settings.published.mkdir()
    (site.settings.published / "versions.json").write_text("{", "utf-8")
    assert site.document("policy", "en").draft
    found = {finding.id: finding for finding in site.findings()}
    assert found["P-VERSIONS"].severity == "error"
    assert "version control" in found["P-VERSIONS"].hint


def test_a_text_is_written_once_a_day(tmp_path: Path) -> None:
    """The same object answers all day; the next day has a text of its own, since attestations lapse."""
    clock = FrozenClock(NOW)
    site = made(tmp_path, clock=clock)
    first = site.article("policy", "en")
    assert site.article("policy", "en") is first
    clock.tick(dt.timedelta(minutes=1))
    assert site.article("policy", "en") is not first


@pytest.fixture(params=["Etc/GMT+12", "Etc/GMT-14"])
def _far_away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is one of two of which at least one is always on another day than UTC."""
    with monkeypatch.context() as zone:
        zone.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_away")
def test_the_day_is_that_of_utc_wherever_the_machine_stands(tmp_path: Path) -> None:
    """As that of every record is: what lapses at midnight lapses at one midnight."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    site = Site(BareHost(tmp_path))
    before, day, after = dt.datetime.now(dt.UTC).date(), site.today(), dt.datetime.now(dt.UTC).date()
    assert before <= day <= after


def test_threads_that_ask_around_midnight_all_get_an_answer(tmp_path: Path) -> None:
    """A turn of the day under concurrent requests loses no text and raises nothing."""
    clock = FrozenClock(NOW)
    site = made(tmp_path, clock=clock)
    answers: list[str] = []

    def visit() -> None:
        for number in range(30):
            clock.tick(DAY if number % 2 else -DAY)
            answers.append(site.document("policy", "es").title)

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 120
    assert len(set(answers)) == 1


FORMS = """
[purposes.analytics]
title = "Statistics"
basis = "consent"
[cookies.analytics]
purpose = "analytics"
names = ["_ga"]
"""
MAILS = POLICY.replace('channels = ["email"]', 'channels = ["page"]')


def needs(folder: Path, policy: str, **options: object) -> dict[str, str]:
    """What is reported as missing for the pages of a policy: severity by id."""
    (folder / "privacy.toml").write_text(policy, "utf-8")
    found = Site(BareHost(folder), options).findings()
    return {each.id: each.severity for each in found if each.id in ("P-KEYRING", "P-NO-KEYRING", "P-BASE-URL")}


@pytest.fixture(autouse=True)
def _no_keyring_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONSENTGUARD_KEYRING", "CONSENTGUARD_KEYRING_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_policy_that_asks_for_nothing_needs_neither_keys_nor_an_address(tmp_path: Path) -> None:
    """Whoever only publishes a policy is not troubled with what forms need."""
    assert needs(tmp_path, POLICY) == {}


@pytest.mark.parametrize("section", [FORMS, "[twofactor]", '[age]\nthreshold = 18\nmode = "screen"'])
def test_a_page_that_asks_for_something_needs_keys_and_an_address(tmp_path: Path, section: str) -> None:
    """Without keys its form is closed; without an address only the newer browsers can send it."""
    assert needs(tmp_path, POLICY + section) == {"P-NO-KEYRING": "error", "P-BASE-URL": "warning"}


def test_the_cookies_that_our_pages_set_have_to_be_named(tmp_path: Path) -> None:
    """A cookie table without them would say less than is true; a pattern names them as well as a name."""
    forms = FORMS + '[twofactor]\n[age]\nthreshold = 18\nmode = "screen"\n'

    def unnamed(policy: str, **options: object) -> list[str]:
        (tmp_path / "privacy.toml").write_text(policy, "utf-8")
        found = Site(BareHost(tmp_path), options).findings()
        return [each.message.split("cookie ")[1].split(",")[0] for each in found if each.id == "P-OWN-COOKIE"]

    assert unnamed(POLICY + forms) == ["cg_choice", "cg_refused", "cg_age", "cg_factor", "cg_proof"]
    assert unnamed(POLICY.replace('names = ["session"]', 'names = ["session", "cg_age"]') + forms) == [
        "cg_choice",
        "cg_refused",
        "cg_factor",
        "cg_proof",
    ]
    assert unnamed(POLICY.replace('names = ["session"]', 'names = ["cg_*"]') + forms) == []
    assert unnamed(POLICY + forms, base_url="https://shop.example.com")[2] == "__Host-cg_age"


def test_a_page_that_mails_cannot_do_without_an_address(tmp_path: Path) -> None:
    """A link in a mail begins with it."""
    assert needs(tmp_path, MAILS)["P-BASE-URL"] == "error"


def test_with_keys_and_an_address_nothing_is_missing(tmp_path: Path) -> None:
    """Of the settings or of the policy itself."""
    keyring().write(tmp_path / "keyring.json")
    assert needs(tmp_path, MAILS, keyring="keyring.json", base_url="https://shop.example.com") == {}
    said = MAILS.replace("[site]", '[site]\nbase_url = "https://shop.example.com/"')
    assert needs(tmp_path, said, keyring="keyring.json") == {}


def test_a_keyring_that_cannot_be_used_is_told_apart_from_none(tmp_path: Path) -> None:
    """The file that is named and not there, or not ours alone, is the mistake to mend."""
    assert "P-KEYRING" in needs(tmp_path, MAILS, keyring="keyring.json")
    keyring().write(tmp_path / "keyring.json")
    (tmp_path / "keyring.json").chmod(0o644)
    assert "P-KEYRING" in needs(tmp_path, MAILS, keyring="keyring.json")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("https://Shop.Example.com/", "https://shop.example.com"),
        ("https://shop.example.com:443/legal", "https://shop.example.com"),
        ("http://shop.example.com:8000", "http://shop.example.com:8000"),
    ],
)
def test_the_base_url_is_written_as_browsers_write_an_origin(tmp_path: Path, said: str, expected: str) -> None:
    """Whatever the policy says it as: a form is compared with it, letter by letter."""
    policy = POLICY.replace("[site]", f'[site]\nbase_url = "{said}"')
    assert made(tmp_path, policy).base_url == expected


def test_a_column_of_people_whom_the_policy_does_not_know_is_said(tmp_path: Path) -> None:
    """Such as a slip of the keyboard: their keys would outlive every erasure. The hint is what to write instead."""
    (tmp_path / "privacy.toml").write_text(POLICY + "[subjects.user]\n", "utf-8")
    site = Site(BareHost(tmp_path, sealed=(_bound("user"), _bound("usr"), _bound(""))))
    (found,) = (each for each in site.findings() if each.id == "E-UNKNOWN-SUBJECT")
    assert (found.where, found.hint) == ("Customer.phone", "bind it to one of user")
    assert '"usr"' in found.message


def _bound(subject: str, database: str = "default") -> SealedColumn:
    declared = Declaration(context=Context("shop_customer", "phone"), subject=subject)
    return replace(column("phone", declared), database=database)


@pytest.mark.parametrize(
    ("columns", "data_keys", "is_said"),
    [
        ((_bound("user"),), "default", True),
        ((_bound("user"), _bound("", "keys")), "keys", False),
        ((_bound("user", "keys"),), "keys", True),
        ((_bound(""),), "default", False),
        ((), "default", False),
    ],
)
def test_keys_in_one_database_with_what_they_seal_are_said_to_be_in_one_dump(
    tmp_path: Path, columns: tuple[SealedColumn, ...], data_keys: str, is_said: bool
) -> None:
    """Where columns are bound to data subjects, whatever database that is; the columns are named."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    site = Site(BareHost(tmp_path, sealed=columns), {"data_keys": data_keys})
    found = [each for each in site.findings() if each.id == "E-ONE-DUMP"]
    assert [each.severity for each in found] == ["warning"] * is_said
    assert all("Customer.phone" in each.message and "--exclude-table-data" in each.hint for each in found)
