"""What a scan saw, held against a policy: without a browser."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.manifest.load import loads
from consentguard.manifest.schema import Manifest
from consentguard.scanner import Plan, Report, ScannerError, Sighting, State, compare, suggest
from consentguard.scanner.suggestion import pattern

POLICY = """
manifest = 1
[cookies.session]
names = ["session"]
essential = true
lifetime = "session"
[cookies.analytics]
names = ["_ga", "_ga_*"]
hosts = ["*.google-analytics.com"]
lifetime = "P30D"
[cookies.video]
names = ["yt-*"]
iframes = ["www.youtube.com"]
"""
YEAR = dt.timedelta(days=365)


def manifest(text: str = POLICY) -> Manifest:
    return loads(text, Path("privacy.toml")).manifest


def cookie(name: str, state: State = "before", lasts: dt.timedelta | None = None) -> Sighting:
    return Sighting(state=state, kind="cookie", host="shop.example", name=name, lasts=lasts, page="/")


def loaded(host: str, state: State = "before", *, frame: bool = False) -> Sighting:
    return Sighting(state=state, kind="frame" if frame else "request", host=host, page="/")


def ids(*sightings: Sighting, policy: str = POLICY) -> list[str]:
    return [finding.id for finding in compare(manifest(policy), sightings)]


def test_what_the_policy_allows_is_no_finding() -> None:
    """An essential cookie at any time, and the others after accepting."""
    seen = [cookie("session"), cookie("_ga", "accepted", dt.timedelta(days=30)), cookie("_ga_ABC123", "accepted")]
    assert ids(*seen, loaded("region1.google-analytics.com", "accepted")) == []
    assert ids(loaded("www.youtube.com", "accepted", frame=True)) == []


@pytest.mark.parametrize("kind", ["cookie", "localStorage", "sessionStorage", "indexedDB"])
def test_what_no_service_names_is_undeclared(kind: str) -> None:
    """Whatever the browser keeps is alike to the law; the message says what, where and when."""
    sighting = Sighting(state="accepted", kind=kind, host="shop.example", name="theme", page="/cart")  # type: ignore[arg-type]
    (finding,) = compare(manifest(), [sighting])
    assert (finding.id, finding.severity) == ("S-UNDECLARED", "error")
    assert all(part in finding.message for part in (kind, "theme", "shop.example", "/cart", "after accepting"))


def test_a_host_that_no_service_names_is_found() -> None:
    """A pattern stands for what is below it, and not for the host itself or one that only ends alike."""
    hosts = ("google-analytics.com", "evilgoogle-analytics.com", "fonts.example")
    assert ids(*(loaded(host, "accepted") for host in hosts)) == ["S-HOST"] * 3


@pytest.mark.parametrize("state", ["before", "signal", "refused"])
def test_what_waits_for_consent_may_not_be_there_without_it(state: State) -> None:
    """Before a choice, under Global Privacy Control and after refusing; a cookie, a request, a frame."""
    seen = (cookie("_ga", state), loaded("a.google-analytics.com", state), loaded("www.youtube.com", state, frame=True))
    assert ids(*seen) == ["S-WITHOUT-CONSENT"] * 3


def test_one_thing_in_several_states_is_one_finding() -> None:
    """It names the states in which it should not have been there."""
    (finding,) = compare(manifest(), [cookie("_ga"), cookie("_ga", "accepted"), cookie("_ga", "refused")])
    assert "before a choice, after refusing" in finding.message
    assert finding.where == "cookies.analytics"


def test_a_name_that_an_essential_service_has_too_needs_no_consent() -> None:
    """The policy says of one service that it may be there; a pattern says nothing of what another names exactly."""
    policy = POLICY + '[cookies.anything]\nnames = ["{name}"]\nessential = true\n'
    assert ids(cookie("_ga"), policy=policy.replace("{name}", "_ga")) == []
    assert ids(cookie("_ga"), policy=policy.replace("{name}", "*")) == ["S-WITHOUT-CONSENT"]


@pytest.mark.parametrize(
    ("name", "lasts", "found"),
    [
        ("_ga", dt.timedelta(days=30, seconds=20), []),
        ("_ga", YEAR, ["S-TOO-LONG"]),
        ("session", None, []),
        ("session", dt.timedelta(minutes=5), ["S-TOO-LONG"]),
        ("yt-player", YEAR, []),
    ],
)
def test_a_cookie_is_kept_no_longer_than_the_policy_says(
    name: str, lasts: dt.timedelta | None, found: list[str]
) -> None:
    """A clock that differs a little is no finding, and neither is a policy that says nothing."""
    assert ids(cookie(name, "accepted", lasts)) == found


def test_what_our_own_script_keeps_for_a_while_is_no_finding() -> None:
    """The mark of a refusal, and the choice that waits to be sent again."""
    waiting = Sighting(state="refused", kind="localStorage", host="shop.example", name="cg_waiting")
    assert ids(cookie("cg_refused", "refused"), waiting) == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("_ga", "_ga"),
        ("_ga_ABC123", "_ga_*"),
        ("_gat_UA-1234-5", "_gat_UA-*"),
        ("intercom-id-a1b2", "intercom-id-*"),
        ("1P_JAR", "1P_JAR"),
        ("_1a2b", "_1a2b"),
    ],
)
def test_a_part_that_differs_by_visitor_becomes_a_star(name: str, wanted: str) -> None:
    """Never so much that the pattern would stand for every cookie."""
    assert pattern(name) == wanted


def test_the_suggested_lines_name_all_that_was_undeclared() -> None:
    """Added to the policy they load, and nothing is undeclared any more; what a policy cannot name is left out."""
    seen = [
        cookie("_fbp", "accepted", YEAR),
        cookie("_hjSession_123", "accepted", dt.timedelta(minutes=30)),
        cookie("session_id", "accepted"),
        loaded("connect.facebook.net", "accepted"),
        loaded("player.vimeo.com", "accepted", frame=True),
        Sighting(state="accepted", kind="localStorage", host="shop.example", name="theme"),
    ]
    lines = suggest(manifest(), [*seen, cookie("_ga", "accepted"), loaded("localhost", "accepted")])
    assert ids(*seen, policy=POLICY + lines) == []
    assert manifest(POLICY + lines).cookies["hjsession"].names == ["_hjSession_*"]  # type: ignore[index]
    assert 'lifetime = "P365D"' in lines
    assert "localhost" not in lines


def test_a_policy_that_names_all_needs_no_lines() -> None:
    """Then there is nothing to suggest."""
    assert suggest(manifest(), [cookie("session")]) == ""


def test_a_suggested_entry_takes_no_name_that_the_policy_has() -> None:
    """Two tables of one name would be no TOML."""
    lines = suggest(manifest(), [cookie("Analytics", "accepted"), cookie("Video", "accepted")])
    assert set(manifest(POLICY + lines).cookies or ()) >= {"analytics_found", "video_found"}


@pytest.mark.parametrize("url", ["", "shop.example", "ftp://shop.example/", "https://", "http://[", "http://a:b/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Before any browser starts."""
    with pytest.raises(ScannerError):
        _ = Plan(url=url).addresses


def test_an_address_is_told_without_what_it_may_hold_in_secret() -> None:
    """A name and password are kept for the browser alone."""
    plan = Plan(url="https://user:secret@shop.example/start#top", pages=["/cart", "basket?x=1", "/cart"])
    base = "https://shop.example/"
    assert plan.addresses == (f"{base}start", f"{base}cart", f"{base}basket?x=1")
    assert plan.credentials == ("user", "secret")


def test_a_page_of_another_site_is_refused() -> None:
    """A scan stays where it was sent; a user name does not hide where that is."""
    for page in ("https://other.example/", "//other.example/", "http://shop.example/"):
        with pytest.raises(ScannerError):
            _ = Plan(url="https://shop.example/", pages=[page]).addresses


def test_hosts_below_the_sites_own_are_its_own() -> None:
    """So is a host that is named, with those below it; nothing else is."""
    plan = Plan(url="https://www.shop.example/", own_hosts=["cdn.example"])
    own = ("shop.example", "www.shop.example", "static.shop.example", "cdn.example", "a.cdn.example")
    assert [plan.own(host) for host in own] == [True] * 5
    assert not any(map(plan.own, ("example", "myshop.example", "other.example")))


def test_a_report_for_machines_has_names_and_seconds() -> None:
    """Each thing once, with the longest that it was kept."""
    seen = (cookie("_ga", "accepted", YEAR), cookie("_ga", "before", YEAR / 2))
    report = Report(
        url="https://shop.example/",
        pages=("/",),
        states=("before", "accepted"),
        sightings=seen,
        findings=(),
        suggestion="",
    )
    (entry,) = report.as_data()["seen"]
    assert entry["lasts"] == YEAR.total_seconds()
    assert entry["states"] == ["accepted", "before"]


def test_without_playwright_the_command_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, and no traceback."""
    policy = tmp_path / "privacy.toml"
    policy.write_text(POLICY, "utf-8")
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    done = CliRunner().invoke(group, ["scan-cookies", "http://127.0.0.1:9/", "--manifest", str(policy)])
    assert done.exit_code == 2
    assert "consentguard[scan]" in done.stderr


@pytest.mark.parametrize("arguments", [["shop.example"], ["http://127.0.0.1/", "--manifest", "missing.toml"]])
def test_bad_input_ends_with_2_and_a_reason(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is none, and a policy that is not there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    done = CliRunner().invoke(group, ["scan-cookies", *arguments])
    assert done.exit_code == 2
    assert done.stderr.startswith("consentguard: ")


def test_the_scanner_is_imported_without_playwright() -> None:
    """A site's tests may import it where no browser is; a server never has to."""
    code = "import sys; sys.modules['playwright'] = None; import consentguard.scanner"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
