"""What `check --deploy` says: each weakness when its fact is bad, and nothing when it is good."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.deployed import deployed
from consentguard.deployment import IDS, CookieFlags, Deployment, Hasher, Link, Own, link_of, weaknesses
from consentguard.errors import SettingsError
from consentguard.findings import Finding
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.manifest.lint import lint
from consentguard.manifest.load import load
from consentguard.memory import MemoryStores
from consentguard.records import Authenticator, SubjectRef, new_id
from consentguard.settings import Settings
from consentguard.site import Site
from consentguard.testing.keys import keyring
from tests.web_policy import CONTROLLER, COOKIES, SAFE, SITE, BareHost

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "deploy.md"
NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
WELL = Own(base_url="https://shop.example.com", counts_in_memory=False)
COOKIE = CookieFlags(settings="SESSION_COOKIE", secure=True, http_only=True, same_site="Lax")
POLICY = CONTROLLER + SITE + COOKIES + '[rights.erasure]\nchannels = ["page"]\n'
FACTOR = "\n[twofactor]\n"


def found(deployment: Deployment = SAFE, own: Own = WELL) -> list[tuple[str, str]]:
    """The ids and severities of what is found."""
    return [(each.id, each.severity) for each in weaknesses(deployment, own, NOW)]


def cookie(**flags: Any) -> Deployment:
    """A site with one cookie."""
    return replace(SAFE, cookies=(replace(COOKIE, **flags),))


def hashed(algorithm: str, iterations: int | None = None) -> Deployment:
    """A site that keeps passwords."""
    return replace(SAFE, hasher=Hasher(algorithm=algorithm, iterations=iterations))


def linked(*, local: bool, encrypted: bool) -> Deployment:
    """A site with one database."""
    return replace(SAFE, links=(Link(database="default", local=local, encrypted=encrypted),))


def secret(value: str | bytes) -> Deployment:
    """A site whose sessions are signed with this."""
    return replace(SAFE, secrets={"SECRET_KEY": value})


def kept(until: dt.datetime) -> Own:
    """A site whose key is to be replaced then."""
    return replace(WELL, key="3", key_made=NOW - dt.timedelta(days=800), key_until=until)


GOOD: Mapping[str, tuple[Deployment, Own]] = {
    "all of it": (SAFE, WELL),
    "a cookie with its attributes": (cookie(), WELL),
    "a strict cookie": (cookie(same_site="Strict"), WELL),
    "a cookie that scripts have to read": (cookie(http_only=None), WELL),
    "argon2": (hashed("argon2"), WELL),
    "scrypt": (hashed("scrypt"), WELL),
    "bcrypt": (hashed("bcrypt_sha256"), WELL),
    "pbkdf2 as Django has it": (hashed("pbkdf2_sha256", 1_000_000), WELL),
    "pbkdf2 of unknown rounds": (hashed("pbkdf2_sha256"), WELL),
    "a site without passwords": (replace(SAFE, hasher=None), WELL),
    "a database on this machine": (linked(local=True, encrypted=False), WELL),
    "a database behind TLS": (linked(local=False, encrypted=True), WELL),
    "a key of 16 bytes": (secret(bytes(range(16))), WELL),
    "a key that is young": (SAFE, kept(NOW + dt.timedelta(days=1))),
    "no address": (SAFE, replace(WELL, base_url="")),
}
BAD: Mapping[str, tuple[Deployment, Own, str, str]] = {
    "debug": (replace(SAFE, debug=True), WELL, "H-DEBUG", "error"),
    "no secret key": (secret(""), WELL, "H-SECRET-KEY", "error"),
    "a short secret key": (secret("x8Kq2mLw"), WELL, "H-SECRET-KEY", "error"),
    "short bytes": (secret(b"0123456789"), WELL, "H-SECRET-KEY", "error"),
    "one character": (secret("a" * 64), WELL, "H-SECRET-KEY", "error"),
    "a key of startproject": (secret("django-insecure-" + "x8Kq2mLw" * 8), WELL, "H-SECRET-KEY", "error"),
    "a key of documentation": (
        secret("192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"),
        WELL,
        "H-SECRET-KEY",
        "error",
    ),
    "any host": (replace(SAFE, any_host=True), WELL, "H-ANY-HOST", "warning"),
    "no TLS in links": (SAFE, replace(WELL, base_url="http://shop.example.com"), "H-BASE-URL", "error"),
    "no redirect": (replace(SAFE, redirects=False), WELL, "H-TLS-REDIRECT", "warning"),
    "a redirect that nobody knows of": (replace(SAFE, redirects=None), WELL, "H-TLS-REDIRECT", "note"),
    "no HSTS": (replace(SAFE, hsts=0), WELL, "H-HSTS", "warning"),
    "HSTS of a month": (replace(SAFE, hsts=30 * 86_400), WELL, "H-HSTS", "warning"),
    "HSTS that nobody knows of": (replace(SAFE, hsts=None), WELL, "H-HSTS", "note"),
    "a cookie without TLS": (cookie(secure=False), WELL, "H-COOKIE-SECURE", "error"),
    "a cookie for scripts": (cookie(http_only=False), WELL, "H-COOKIE-HTTPONLY", "error"),
    "a cookie without SameSite": (cookie(same_site=""), WELL, "H-COOKIE-SAMESITE", "warning"),
    "a cookie for all sites": (cookie(same_site="None"), WELL, "H-COOKIE-SAMESITE", "warning"),
    "MD5": (hashed("md5"), WELL, "H-HASHER", "error"),
    "plain text": (hashed("plaintext"), WELL, "H-HASHER", "error"),
    "few rounds": (hashed("pbkdf2_sha256", 100_000), WELL, "H-HASHER", "error"),
    "a hasher that nobody knows": (hashed(""), WELL, "H-HASHER", "note"),
    "counted in memory": (SAFE, replace(WELL, counts_in_memory=True), "H-LIMITS", "warning"),
    "an old key": (SAFE, kept(NOW), "H-KEY-AGE", "warning"),
    "a database across a network": (linked(local=False, encrypted=False), WELL, "H-DATABASE-TLS", "warning"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_well_is_not_found(name: str) -> None:
    """Nothing is said of it."""
    assert found(*GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_what_is_weak_is_found_once(name: str) -> None:
    """Under its id, with what to do, and nothing beside it."""
    deployment, own, id_, severity = BAD[name]
    assert found(deployment, own) == [(id_, severity)]
    (one,) = weaknesses(deployment, own, NOW)
    assert one.message
    assert one.hint


def test_each_id_is_found_and_has_its_section_in_the_reference() -> None:
    """No id without a case here, and none that the reader cannot look up."""
    assert {id_ for _, _, id_, _ in BAD.values()} | {"H-STAFF-FACTOR"} == set(IDS)
    assert re.findall(r"^## (H-[A-Z-]+)", REFERENCE.read_text("utf-8"), re.MULTILINE) == list(IDS)


def test_no_secret_key_is_printed() -> None:
    """Neither in a finding nor in the facts."""
    one = secret("django-insecure-hunter2")
    assert "hunter2" not in repr(one) + "".join(map(str, weaknesses(one, WELL, NOW)))


LINKS = [
    ("postgresql", "", {}, {}, True, False),
    ("postgresql", "localhost", {}, {}, True, False),
    ("postgresql", "127.0.0.5", {}, {}, True, False),
    ("postgresql", "::1", {}, {}, True, False),
    ("postgresql", "/var/run/postgresql", {}, {}, True, False),
    ("postgresql", "db.example.com", {}, {}, False, False),
    ("postgresql", "10.0.0.7", {"sslmode": "prefer"}, {}, False, False),
    ("postgresql", "db.example.com", {"sslmode": "require"}, {}, False, True),
    ("postgresql", "db.example.com", {"sslmode": "verify-full"}, {}, False, True),
    ("postgresql", "", {"host": "db.example.com"}, {}, False, False),
    ("postgresql", "", {}, {"PGHOST": "db.example.com", "PGSSLMODE": "verify-ca"}, False, True),
    ("mysql", "", {}, {}, True, False),
    ("mysql", "db.example.com", {"unix_socket": "/run/mysqld.sock"}, {}, True, False),
    ("mysql", "db.example.com", {}, {}, False, False),
    ("mysql", "db.example.com", {"ssl_mode": "PREFERRED"}, {}, False, False),
    ("mysql", "db.example.com", {"ssl_mode": "verify_identity"}, {}, False, True),
    ("mysql", "db.example.com", {"ssl": {"ca": "/etc/ca.pem"}}, {}, False, True),
]


@pytest.mark.parametrize(("kind", "host", "options", "environment", "local", "encrypted"), LINKS)
def test_how_a_database_is_reached_is_read_from_what_its_driver_is_told(
    kind: str, host: str, options: dict[str, object], environment: dict[str, str], local: bool, encrypted: bool
) -> None:
    """Where it is, and whether anything insists on TLS."""
    assert link_of("default", kind, host, options, environment) == Link(
        database="default", local=local, encrypted=encrypted
    )


def test_nothing_is_said_of_a_file_or_of_what_nobody_knows() -> None:
    """SQLite crosses no network; a service file of libpq is not read."""
    assert link_of("default", "sqlite", "", {}, {}) is None
    assert link_of("default", "postgresql", "", {"service": "shop"}, {}) is None


def site(folder: Path, more: str = "", host: BareHost | None = None, **options: object) -> Site:
    """A site with keys."""
    (folder / "privacy.toml").write_text(POLICY + more, "utf-8")
    if not (folder / "keyring.json").exists():
        keyring().write(folder / "keyring.json")
    known = {"keyring": "keyring.json", "base_url": "https://shop.example.com", "limits": "redis://127.0.0.1:1/0"}
    return Site(host or BareHost(folder), {**known, **options})


def ids(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """What is found, and how bad it is."""
    return [(each.id, each.severity) for each in findings]


def test_the_site_s_own_settings_are_judged(tmp_path: Path) -> None:
    """Where it answers, where it counts, and how long a key may seal."""
    assert deployed(site(tmp_path)) == ()
    assert ids(deployed(site(tmp_path, base_url="http://shop.example.com"))) == [("H-BASE-URL", "error")]
    assert ids(deployed(site(tmp_path, limits="memory://"))) == [("H-LIMITS", "warning")]
    assert ids(deployed(site(tmp_path, key_period="P0D"))) == [("H-KEY-AGE", "warning")]


def test_a_site_without_keys_is_judged_by_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That they are missing is another finding's to say."""
    monkeypatch.delenv("CONSENTGUARD_KEYRING", raising=False)
    assert ids(deployed(site(tmp_path, keyring="", limits="memory://"))) == [("H-LIMITS", "warning")]


@pytest.mark.parametrize("period", ["", "soon", "P", 3, "-P1Y"])
def test_a_period_that_is_none_stops_start_up(period: object) -> None:
    """With what one looks like."""
    with pytest.raises(SettingsError, match="key_period is"):
        Settings.of({"key_period": period}, Path())


def test_a_weakness_is_accepted_with_a_reason_until_a_day(tmp_path: Path) -> None:
    """It is a note, and from that day on a warning; lint takes the entry for neither unknown nor unused."""
    accept = '\n[accept.H-LIMITS]\nreason = "one process serves the site"\nuntil = {}\n'
    later = site(tmp_path, accept.format("2999-01-01"), limits="memory://")
    (note,) = deployed(later)
    assert (note.severity, "one process" in note.hint) == ("note", True)
    assert [each for each in lint(load(tmp_path / "privacy.toml"), later.today()) if "ACCEPT" in each.id] == []
    (idle,) = deployed(site(tmp_path, accept.format("2999-01-01")))
    assert (idle.id, idle.where) == ("L-ACCEPT-UNUSED", "accept.H-LIMITS")
    (lapsed,) = deployed(site(tmp_path, accept.format("2001-01-01"), limits="memory://"))
    assert (lapsed.severity, "lapsed" in lapsed.hint) == ("warning", True)


def test_an_acceptance_covers_the_setting_that_it_names(tmp_path: Path) -> None:
    """And no other cookie."""
    bare = replace(COOKIE, secure=False)
    served = replace(SAFE, cookies=(bare, replace(bare, settings="REMEMBER_COOKIE")))
    accept = '\n[accept.H-COOKIE-SECURE]\nreason = "r"\nuntil = 2999-01-01\nwhere = ["SESSION_COOKIE_SECURE"]\n'
    made = site(tmp_path, accept, BareHost(tmp_path, served=served))
    assert [(each.where, each.severity) for each in deployed(made)] == [
        ("SESSION_COOKIE_SECURE", "note"),
        ("REMEMBER_COOKIE_SECURE", "error"),
    ]


def staffed(folder: Path, *keys: str, more: str = FACTOR) -> Guard:
    """A site on which these people work, the first of whom has a second factor; the second only began to."""
    host = BareHost(folder, databases={"default": MemoryStores()}, employed=keys)
    guard = Guard(site(folder, more, host), host.databases["default"])
    for key, state in zip(keys, ("active", "pending"), strict=False):
        factor = Authenticator(
            id=new_id(NOW), subject=guard.pseudonyms.of(SubjectRef("user", key)), state="pending", secret=b"s",
            created_at=NOW,
        )  # fmt: skip
        guard.stores.authenticators.add(replace(factor, state=state))  # type: ignore[arg-type]
    return guard


def test_staff_without_a_second_factor_are_counted_and_not_named(tmp_path: Path) -> None:
    """How many of how many; nobody's key or pseudonym."""
    guard = staffed(tmp_path, "711", "722", "733")
    (one,) = deployed(guard.site, guard)
    assert (one.id, one.severity) == ("H-STAFF-FACTOR", "warning")
    assert one.message.startswith("2 of 3 ")
    assert not re.search(r"7\d\d", str(one))
    assert deployed(guard.site) == ()


def test_staff_who_all_have_one_are_no_finding(tmp_path: Path) -> None:
    """Nor is a site without staff."""
    for guard in (staffed(tmp_path, "711"), staffed(tmp_path)):
        assert deployed(guard.site, guard) == ()


def test_staff_whom_nobody_knows_are_a_note(tmp_path: Path) -> None:
    """Where the policy has no second factor, or nobody says who is staff."""
    without = staffed(tmp_path, "711", more="")
    assert ids(deployed(without.site, without)) == [("H-STAFF-FACTOR", "note")]
    unknown = Guard(site(tmp_path, FACTOR), MemoryStores())
    assert ids(deployed(unknown.site, unknown)) == [("H-STAFF-FACTOR", "note")]


class DeployedHost(BareHost):
    """A site with options of its own."""

    def options(self) -> Mapping[str, object]:
        return {"keyring": "keyring.json", "base_url": "https://shop.example.com"}


def check(host: BareHost, *arguments: str) -> Result:
    """Run the command on the site."""
    return CliRunner().invoke(group, ["check", *arguments], obj=host, catch_exceptions=False)


def test_the_command_prints_and_fails_with_deploy_alone(tmp_path: Path) -> None:
    """As text and as JSON; an error ends it with 1, a warning does not."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    weak = DeployedHost(tmp_path, served=replace(SAFE, debug=True, hsts=0))
    assert "H-DEBUG" not in check(weak).output
    told = check(weak, "--deploy")
    assert (told.exit_code, "error H-DEBUG DEBUG: " in told.output, "H-HSTS" in told.output) == (1, True, True)
    data = json.loads(check(weak, "--deploy", "--json").output)
    assert {each["id"] for each in data["findings"] if each["id"].startswith("H-")} == {"H-DEBUG", "H-HSTS", "H-LIMITS"}
    better = DeployedHost(tmp_path, served=replace(SAFE, hsts=0))
    assert check(better, "--deploy").exit_code == check(better).exit_code


def test_the_command_tells_the_share_of_the_staff_when_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that somebody who looks for it sees it, and not only what is wrong."""
    guard = staffed(tmp_path, "711")
    monkeypatch.setenv("CONSENTGUARD_KEYRING_FILE", str(tmp_path / "keyring.json"))
    told = check(guard.site.host, "--deploy", "--database", "default")  # type: ignore[arg-type]
    assert "1 of 1 members of the staff have a second factor (100%), kept by consentguard." in told.output
    assert "H-STAFF-FACTOR" not in told.output


def test_the_command_counts_staff_on_the_database_that_is_named(tmp_path: Path) -> None:
    """And not without one."""
    (tmp_path / "privacy.toml").write_text(POLICY + FACTOR, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    host = DeployedHost(tmp_path, employed=("711",))
    assert "H-STAFF-FACTOR" not in check(host, "--deploy").output
    assert "1 of 1 members of the staff" in check(host, "--deploy", "--database", "default").output
    told = json.loads(check(host, "--deploy", "--database", "default", "--json").stdout)
    assert told["second_factor"] == {"staff": 1, "enrolled": 0, "packages": ["consentguard"]}
    assert "second_factor" not in json.loads(check(host, "--deploy", "--json").stdout)
    assert Guards(host).at().stores.entries.unsealed(None, 10) == []
