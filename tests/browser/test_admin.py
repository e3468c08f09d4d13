"""Our screens in both admins, in a real browser: accessible wherever the page is ours and not the framework's."""

import pytest
from playwright.sync_api import Browser

from example_projects.tour import STAFF
from scripts.chromium import WIDTHS, Shown, opened
from scripts.staff import unmask
from tests.browser.axe import check

SCREENS = {
    "unified_inbox": (
        "/admin/consentguard_django/{}/",
        (
            "consentrecord consentrate consentversion rightsrequest evidenceentry authenticator ageclaim key dataentry "
            "authenticator/begin minorreport minorreport/begin guardianconsent "
            "rightsrequest/begin hold hold/begin errand mark run retention"
        ),
    ),
    "sms_gateway": (
        "/admin/privacy/{}/",
        (
            "consents consent-rates consent-versions requests evidence factors ages keys data-map "
            "factors/begin minors minors/begin guardians "
            "requests/begin holds holds/begin errands restrictions runs retention"
        ),
    ),
}
OURS = {
    "unified_inbox": {"include": [["#content"]], "exclude": [["#changelist-filter"]]},
    "sms_gateway": {"include": [["body"]], "exclude": [["nav.navbar"]]},
}


@pytest.mark.parametrize("site", SCREENS)
def test_axe_finds_nothing_on_our_screens(site: str, browser: Browser, site_urls: dict[str, str]) -> None:
    """No violation of WCAG 2.2 AA that a machine can find, with a record on the screens that show records."""
    pattern, names = SCREENS[site]
    with opened(browser, Shown(site, "admin", "/privacy/en/preferences", STAFF), site_urls[site], 1280) as page:
        page.locator("button[value=accept]").last.click()  # the banner, where there is one, stands before the page
        for name in names.split():
            answer = page.goto(pattern.format(name))
            assert answer is not None
            assert answer.ok
            check(page, name, context=OURS[site], best_practice=False)


MASKS = {
    "unified_inbox": {
        "admin-masked": {"include": [[".consentguard-sealed"]]},
        "admin-question": {"include": [["#content"]]},
        "admin-unmasked": {"include": [["input[name=phone]"]]},
    },
    "sms_gateway": {
        "admin-masked": {"include": [[".consentguard-sealed"]]},
        "admin-question": OURS["sms_gateway"],
        "admin-unmasked": {"include": [["input[name=phone]"]]},
    },
}
"""What of the pages with sealed values is ours."""


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("site", MASKS)
def test_axe_finds_nothing_on_the_way_to_a_sealed_value(
    site: str, width: int, browser: Browser, site_urls: dict[str, str]
) -> None:
    """Nor does the question scroll sideways on a phone."""
    with opened(browser, Shown(site, "admin", "/admin/", STAFF), site_urls[site], width) as page:
        for state in unmask(page, site):
            check(page, state, context=MASKS[site][state], best_practice=False)
            if state == "admin-question":
                assert page.evaluate("document.documentElement.scrollWidth") <= width
