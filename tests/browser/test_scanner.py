"""The scanner in a real Chromium, on a small site with somebody else's banner."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from consentguard.scanner import Plan, Report, ScannerError, State, scan
from tests.browser.consent_kit import Shop

POLICY = """
manifest = 1
[cookies.session]
names = ["session"]
essential = true
lifetime = "session"
[cookies.banner]
names = ["answer"]
essential = true
[cookies.analytics]
names = ["_ga", "_ga_*"]
lifetime = "P30D"
"""
HOME = """<!doctype html><title>Home</title><script src="/site.js"></script>
<a href="/linked">Linked</a> <a href="/file">File</a> <a href="http://elsewhere.test/">Elsewhere</a>
<button id="yes">Yes</button> <button id="no">No</button>
<script>
    for (const answer of ['yes', 'no'])
        document.getElementById(answer).onclick = () => { document.cookie = `answer=${answer}`; location.reload(); };
</script>"""
SCRIPT = """
if (navigator.globalPrivacyControl) document.cookie = 'signalled=1';
if (document.cookie.includes('answer=yes')) {
    document.cookie = '_ga_ABC123=secret-value; max-age=' + 90 * 86400;
    localStorage.setItem('theme', 'secret-value');
    sessionStorage.setItem('tab', 'secret-value');
    indexedDB.open('offline');
    fetch('http://localhost:PORT/count').catch(() => {});
} else if (document.cookie.includes('answer=no')) {
    document.cookie = '_ga=secret-value';
}
"""
LINKED = """<!doctype html><title>Linked</title><a href="/">Home</a>
<iframe src="http://localhost:PORT/frame" title="A frame"></iframe>"""


class Site(BaseHTTPRequestHandler):
    """The site at 127.0.0.1, and at localhost the host of somebody else."""

    def do_GET(self) -> None:
        port = str(self.server.server_address[1])
        pages = {"/": HOME, "/linked": LINKED, "/site.js": SCRIPT}
        pages["/frame"] = "<!doctype html><title>Frame</title><script src='/inner.js'></script>"
        text = pages.get(self.path)
        self.send_response(200 if text or self.path in ("/file", "/inner.js", "/count") else 404)
        if self.path == "/file":
            self.send_header("Content-Disposition", "attachment; filename=file.txt")
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("Set-Cookie", "session=secret-value; HttpOnly")
        if self.headers.get("Sec-GPC") == "1":
            self.send_header("Set-Cookie", "heard=1")
        self.end_headers()
        self.wfile.write((text or "").replace("PORT", port).encode())

    def log_message(self, *message: object) -> None:
        """Nothing: the test's output is its own."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the small site answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scanned") / "privacy.toml"
    path.write_text(POLICY, "utf-8")
    return path


def plan(url: str, **more: Any) -> Plan:
    return Plan(url=url, accept="#yes", refuse="#no", settle=0, **more)


@pytest.fixture(scope="module")
def report(url: str, manifest: Path, browser: Browser) -> Report:
    """A whole scan, in a browser that runs already."""
    return scan(plan(url, pages=["/missing"], crawl=1, signal=True), manifest, browser=browser)


def seen(report: Report, state: State) -> set[tuple[str, str]]:
    """What was seen in a state: the kind, and the name or the host."""
    return {(sighting.kind, sighting.name or sighting.host) for sighting in report.sightings if sighting.state == state}


def test_each_choice_is_looked_at_in_a_browser_of_its_own(report: Report) -> None:
    """What one visitor agreed to is not there for another; script cookies, HttpOnly ones and storage are all seen."""
    assert report.states == ("before", "signal", "refused", "accepted")
    assert seen(report, "before") == {("cookie", "session"), ("frame", "localhost")}
    assert seen(report, "refused") == {
        ("cookie", "session"),
        ("cookie", "answer"),
        ("cookie", "_ga"),
        ("frame", "localhost"),
    }
    assert seen(report, "accepted") == {
        ("cookie", "session"),
        ("cookie", "answer"),
        ("cookie", "_ga_ABC123"),
        ("localStorage", "theme"),
        ("sessionStorage", "tab"),
        ("indexedDB", "offline"),
        ("request", "localhost"),
        ("frame", "localhost"),
    }


def test_global_privacy_control_is_sent_and_shown_to_scripts(report: Report) -> None:
    """As the header and as the property of the browser."""
    assert seen(report, "signal") - seen(report, "before") == {("cookie", "signalled"), ("cookie", "heard")}


def test_links_of_the_same_site_are_followed(report: Report) -> None:
    """Not those that lead elsewhere, to a download, or to a page that was visited."""
    assert report.pages == ("/", "/missing", "/linked")


def test_the_policy_is_held_against_all_of_it(report: Report) -> None:
    """Each finding once, with its place."""
    found = sorted((finding.id, finding.message.split(" is ")[0]) for finding in report.findings)
    host = "127.0.0.1"
    assert [entry for entry in found if entry[0] != "S-HOST"] == [
        ("S-PAGE", "/missing does not answer with a page"),
        ("S-TOO-LONG", f"cookie _ga_ABC123 ({host})"),
        ("S-UNDECLARED", f"cookie heard ({host})"),
        ("S-UNDECLARED", f"cookie signalled ({host})"),
        ("S-UNDECLARED", f"indexedDB offline ({host})"),
        ("S-UNDECLARED", f"localStorage theme ({host})"),
        ("S-UNDECLARED", f"sessionStorage tab ({host})"),
        ("S-WITHOUT-CONSENT", f"cookie _ga ({host})"),
    ]


def test_the_command_prints_names_and_never_values(url: str, manifest: Path) -> None:
    """For people a table, the findings and the lines to add; the exit code says that something was found."""
    options = ["--accept-selector", "#yes", "--refuse-selector", "#no", "--settle", "0", "--manifest", manifest]
    command = [sys.executable, "-c", "from consentguard.cli import main; main()", "scan-cookies", url, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert (
        "error S-WITHOUT-CONSENT cookies.analytics: cookie _ga (127.0.0.1) is there after refusing on /" in done.stdout
    )
    assert "[cookies.theme]" in done.stdout
    assert "secret-value" not in done.stdout + done.stderr


def test_a_browser_that_runs_is_handed_in(url: str, manifest: Path, browser: Browser) -> None:
    """Two Playwrights in one thread disturb each other: the error says how a site's own tests do it."""
    with pytest.raises(ScannerError, match="browser=browser"):
        scan(plan(url), manifest)


def test_a_banner_that_is_not_there_is_a_finding(url: str, manifest: Path, browser: Browser) -> None:
    """A scan that could not answer must not pass for one that saw nothing."""
    report = scan(Plan(url=url, accept="#yes", refuse="#nowhere", settle=0), manifest, browser=browser)
    assert [finding.message for finding in report.findings if finding.id == "S-NO-CHOICE"] == [
        "the first page shows no button to refuse, so the site was not seen after that choice"
    ]


def test_a_site_that_does_not_answer_is_no_scan(url: str, manifest: Path, browser: Browser) -> None:
    """A further page that does not is a warning, but nothing can be said without the first."""
    with pytest.raises(ScannerError):
        scan(plan(f"{url}missing"), manifest, browser=browser)


def test_our_own_banner_is_answered_without_being_told_where(browser: Browser, shops: dict[str, Shop]) -> None:
    """A site whose policy names all that it keeps and loads, and that gates it, has no finding."""
    shop = shops["flask"]
    report = scan(Plan(url=shop.url, settle=0), shop.folder / "privacy.toml", browser=browser)
    assert report.findings == (), str(report)
    assert {("cookie", "_ga_ABC123"), ("frame", "video.localhost")} <= seen(report, "accepted")
    assert seen(report, "refused") == {("cookie", "cg_choice")}
