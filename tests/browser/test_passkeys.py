"""Passkeys in a real Chromium with a virtual authenticator: added, signed in by, stepped up by, and fit to be read."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from example_projects.tour import PASSWORD
from scripts.chromium import WIDTHS
from scripts.journeys import HOSTS, Walk, begin, sign_up
from tests.browser.axe import check

every_site = pytest.mark.parametrize("site", HOSTS)
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A phone or a computer that asks for a finger, and is given one at once."""


@contextmanager
def walking(browser: Browser, url: str, site: str) -> Iterator[tuple[Walk, CDPSession, str]]:
    """Somebody's browser, and a device of theirs: with the session that commands it, and its id."""
    context = browser.new_context(base_url=url, locale="en", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    walk, complaints = begin(context, site, "en"), list[str]()
    walk.page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    walk.page.on("pageerror", lambda error: complaints.append(str(error)))
    commands = context.new_cdp_session(walk.page)
    commands.send("WebAuthn.enable")
    device = commands.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    yield walk, commands, device
    context.close()
    told = [line for line in complaints if not line.startswith("Failed to load resource: the server responded")]
    assert told == [], "a policy was overstepped, or a script has failed"


def read(page: Page, what: str) -> None:
    """Axe finds nothing, and nothing scrolls sideways on a phone."""
    check(page, what)
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"], what
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})


@every_site
def test_a_passkey_is_added_signed_in_by_and_stepped_up_by(
    site: str, browser: Browser, site_urls: dict[str, str]
) -> None:
    """From nothing: recovery codes once, then the passkey in place of a code, at sign-in, for new recovery codes, and
    before a change.
    """
    with walking(browser, site_urls[site], site) as (walk, commands, device):
        email = sign_up(walk)
        walk.visit("second-factor")
        walk.follow("second-factor/passkeys")
        read(walk.page, "no passkey")
        walk.fill(label="blue key")
        assert walk.press("register") == 200
        assert len(walk.page.locator(".privacy-codes li").all()) == 10
        assert len(commands.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
        walk.visit("second-factor/passkeys")
        read(walk.page, "a passkey")
        assert walk.page.get_by_label("blue key", exact=True).is_visible()

        walk.page.context.clear_cookies()
        walk.log_in(email, PASSWORD)
        walk.visit("second-factor")
        read(walk.page, "a passkey is asked for")
        walk.press("passkey")
        assert walk.page.get_by_text("Thank you.").is_visible()

        read(walk.page, "a passkey was given")
        assert walk.press("renew_by_passkey") == 200
        assert walk.page.get_by_text("The old recovery codes count no more.").is_visible()
        assert len(walk.page.locator(".privacy-codes li").all()) == 10

        walk.visit("second-factor?again=1&next=/privacy/en/second-factor/passkeys")
        walk.press("passkey")
        assert walk.page.url.endswith("/privacy/en/second-factor/passkeys")
        walk.page.locator("input[name=passkey]").first.check()
        walk.press("drop")
        assert walk.page.get_by_text("Your second factor is removed.").is_visible()


@every_site
def test_a_browser_that_gives_none_says_what_to_do(site: str, browser: Browser, site_urls: dict[str, str]) -> None:
    """Where its owner declines, where there is no Web Authentication, and where there is no script."""
    with walking(browser, site_urls[site], site) as (walk, *_):
        sign_up(walk)
        walk.page.add_init_script("navigator.credentials.create = () => Promise.reject(new DOMException('no'));")
        walk.visit("second-factor/passkeys")
        walk.page.locator("button[value=register]").click()
        told = walk.page.get_by_role("alert").filter(has_text="No passkey was given.")
        told.wait_for()
        read(walk.page, "declined")
        walk.page.add_init_script("delete window.PublicKeyCredential;")
        walk.page.reload()
        assert walk.page.get_by_text("This browser has no passkeys.").is_visible()
        assert walk.page.locator("button[value=register]").is_disabled()
