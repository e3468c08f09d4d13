"""How a member of the staff with Chromium gets to a sealed value, or a request, in the admin of either example site."""

from collections.abc import Iterator

from playwright.sync_api import Page

from example_projects.tour import CUSTOMER

LISTS = {
    "unified_inbox": f"/admin/accounts/user/?q={CUSTOMER[0]}",
    "sms_gateway": f"/admin/customer/?search={CUSTOMER[0]}",
}
ROWS = {"unified_inbox": "#result_list tbody th a", "sms_gateway": "a[href*='/edit/']"}
"""What leads from a list to the page of its first row."""

REQUESTS = {
    "unified_inbox": "/admin/consentguard_django/rightsrequest/?right=erasure",
    "sms_gateway": "/admin/privacy/requests/?right=erasure",
}
FIRST = {"unified_inbox": "#result_list tbody th a", "sms_gateway": ".model-list tbody a"}
"""The list of requests for erasure, and what leads to the first of them."""


def answer(page: Page, site: str) -> None:
    """The page of a request for erasure that somebody made, to somebody who is signed in."""
    page.goto(REQUESTS[site])
    page.locator(FIRST[site]).first.click()


def unmask(page: Page, site: str) -> Iterator[str]:
    """The states of the admin on the way, to somebody who is signed in: a row's page, the question, the page again."""
    page.goto(LISTS[site])
    page.locator(ROWS[site]).first.click()
    page.locator("input[name=phone]").scroll_into_view_if_needed()
    yield "admin-masked"
    page.get_by_text("Show…").first.click()
    yield "admin-question"
    page.get_by_role("combobox").select_option("support")
    page.locator("[name=reference]").fill("T-1234")
    page.locator("main, .container, .container-fluid").get_by_role("button", name="Show", exact=True).click()
    page.locator("input[name=phone]").scroll_into_view_if_needed()
    yield "admin-unmasked"
