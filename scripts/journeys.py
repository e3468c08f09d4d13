"""How a person with Chromium gets to each state of the pages that ask for something, on either example site."""

import datetime as dt
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from http.client import TOO_MANY_REQUESTS
from secrets import token_hex

import pyotp
from playwright.sync_api import BrowserContext, Page

from consentguard.cookies import FACTOR
from example_projects.tour import CUSTOMER, PASSWORD

_THIS_YEAR = dt.datetime.now(dt.UTC).year
_ELSEWHERE = "http://elsewhere.test/"


@dataclass(frozen=True)
class Host:
    """What differs from one example site to the other: where its own pages stand, and what its sign-up asks for."""

    login: str
    sign_up: str
    account: str
    outbox: str
    guest: dict[str, str]


HOSTS = {
    "unified_inbox": Host(
        login="/login/",
        sign_up="/sign-up/",
        account="/account/",
        outbox="/outbox/",
        guest={
            "name": "A Guest",
            "organisation": "Guests",
            "country": "US",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    ),
    "sms_gateway": Host(
        login="/login",
        sign_up="/sign-up",
        account="/account",
        outbox="/outbox",
        guest={
            "company": "Guests",
            "contact_name": "A Guest",
            "phone": "+12025550100",
            "billing_address": "1 Example Street",
            "country": "US",
            "password": PASSWORD,
        },
    ),
}


@dataclass(frozen=True)
class Walk:
    """One person's browser on one site, in one language; a journey takes it from state to state."""

    page: Page
    host: Host
    language: str

    def visit(self, path: str) -> None:
        """Opens one of our pages in the walk's language."""
        self.page.goto(f"/privacy/{self.language}/{path}")

    def press(self, answer: str) -> int:
        """Presses the button of one of our forms that gives this answer; the status of the page that comes of it."""
        with self.page.expect_navigation() as navigation:
            self.page.locator(f"button[value={answer}]").click()
        status: int = navigation.value.status
        return status

    def fill(self, **fields: str) -> None:
        """Fills in fields by their names."""
        for name, value in fields.items():
            self.page.locator(f"main input[name={name}]").fill(value)

    def follow(self, part: str) -> None:
        """Clicks the first link of the page's own text whose address holds this part."""
        self.page.locator(f"main a[href*='{part}']").first.click()

    def log_in(self, email: str, password: str) -> None:
        """Signs in on the site's own page."""
        self.page.goto(self.host.login)
        self.page.locator("input[name=username], input[name=email]").fill(email)
        self.page.locator("input[type=password]").fill(password)
        self.page.locator("input[type=password]").press("Enter")
        self.page.wait_for_url(lambda url: "login" not in url)

    def say_born(self, year: int) -> None:
        """Answers the age screen."""
        self.page.locator("select[name=month]").select_option("5")
        self.fill(year=str(year))
        self.press("screen")


Journey = Callable[[Walk], Iterator[str]]
"""Takes a walk from state to state, and gives the name of each while it is shown."""


def consent(walk: Walk) -> Iterator[str]:
    """Chooses, sees the choice, and takes it back."""
    walk.visit("preferences")
    yield "preferences"
    walk.page.locator("input[name=accepted]").first.check()
    walk.press("save")
    yield "preferences-saved"
    walk.press("refuse")
    yield "preferences-refused"
    walk.visit("preferences")
    walk.page.locator("button[value=save]").evaluate("button => { button.value = 'perhaps'; }")
    walk.press("perhaps")
    yield "preferences-misread"


def rights(walk: Walk) -> Iterator[str]:
    """Asks for a copy, confirms from the mail, and downloads it."""
    walk.visit("requests")
    yield "request"
    walk.fill(email="nobody")
    walk.press("send")
    yield "request-mistaken"
    walk.page.locator("input[name=right][value=access]").check()
    walk.fill(email=CUSTOMER[0])
    walk.press("send")
    yield "request-sent"
    walk.page.goto(walk.host.outbox)
    walk.follow("/requests/confirm/")
    link = walk.page.url
    yield "confirm"
    walk.press("confirm")
    yield "status-ready"
    with walk.page.expect_download():
        walk.page.locator("button[value=download]").click()
    walk.page.goto(link)
    yield "confirm-used"


def asking(walk: Walk) -> Iterator[str]:
    """Asks for a child and for themselves, and sees the page of an account with what can be done there."""
    walk.visit("requests?by=guardian")
    yield "request-guardian"
    walk.visit("requests/new/objection")
    walk.press("send")
    yield "ask-mistaken"
    walk.log_in(*CUSTOMER)
    walk.visit("account")
    yield "account"
    for right in ("rectification", "erasure"):
        walk.follow(f"/account/rights/{right}")
        yield f"account-{right}"
        walk.visit("account")


def child(walk: Walk) -> Iterator[str]:
    """Is too young, and gets no second try."""
    walk.visit("age")
    walk.say_born(_THIS_YEAR - 9)
    walk.page.goto(walk.host.sign_up)
    if walk.language != "en":
        walk.visit("age")
    yield "age-under"


def impatient(walk: Walk) -> Iterator[str]:
    """Answers the age screen until the site takes no more answers for now."""
    walk.visit("age")
    while walk.page.locator("select[name=month]").count():
        walk.say_born(3000)
    yield "refused-too-many"


def second_factor(walk: Walk) -> Iterator[str]:
    """Passes the age screen, signs up, sets a second factor up, sees their devices, renews the recovery codes,
    comes back with one, and takes the factor away.
    """
    walk.visit("second-factor")
    yield "factor-stranger"
    email = yield from _signed_up(walk)
    walk.visit("second-factor")
    yield "factor-none"
    walk.follow("second-factor/passkeys")
    yield "factor-passkeys"
    walk.visit("second-factor")
    walk.press("start")
    yield "factor-setup"
    codes = _app_with(_key(walk))
    walk.fill(code="000000")
    walk.press("activate")
    yield "factor-setup-mistaken"
    walk.fill(code=next(codes))
    walk.press("activate")
    yield "factor-codes"
    walk.visit("second-factor/devices")
    yield "factor-devices"
    walk.visit("second-factor")
    yield "factor-given"
    walk.fill(code=next(codes))
    walk.press("renew")
    recovery = walk.page.locator(".privacy-codes code").first.inner_text()
    yield "factor-codes-renewed"
    walk.page.context.clear_cookies()
    walk.log_in(email, PASSWORD)
    walk.visit("second-factor")
    yield "factor-asked"
    _guess(walk)
    yield "factor-asked-mistaken"
    walk.page.locator("#recovery").fill(recovery)
    walk.press("recover")
    yield "factor-recovered"
    walk.press("remove")
    yield "factor-removed"
    walk.press("start")
    walk.fill(code=next(_app_with(_key(walk))))
    walk.press("activate")
    walk.page.context.clear_cookies(name=FACTOR)
    walk.visit("second-factor")
    while _guess(walk) != TOO_MANY_REQUESTS:
        pass
    yield "factor-throttled"


def _signed_up(walk: Walk) -> Generator[str, None, str]:
    """Through the age screen into a new account; returns its owner's address."""
    walk.visit(f"age?next={walk.host.sign_up}")
    yield "age"
    walk.say_born(3000)
    yield "age-mistaken"
    walk.say_born(_THIS_YEAR - 30)
    yield "age-over"
    walk.follow(walk.host.sign_up)
    email = f"chromium-{token_hex(4)}@example.org"
    walk.fill(email=email, **walk.host.guest)
    walk.page.locator("main input[type=password]").last.press("Enter")
    walk.page.wait_for_url(lambda url: "sign-up" not in url)
    return email


def sign_up(walk: Walk) -> str:
    """Signs up as somebody new, whose password is that of the tour; returns their address."""
    states = _signed_up(walk)
    while True:
        try:
            next(states)
        except StopIteration as end:
            return str(end.value)


def _guess(walk: Walk) -> int:
    walk.page.locator("#code").fill("000000")
    return walk.press("verify")


def _key(walk: Walk) -> str:
    return walk.page.locator(".privacy-facts dd").first.inner_text()


def _app_with(key: str) -> Iterator[str]:
    """The codes of an authenticator app with this key, now and in the steps to come."""
    app, now = pyotp.TOTP(key.replace(" ", "")), dt.datetime.now(dt.UTC)
    return (app.at(now + step * dt.timedelta(seconds=app.interval)) for step in range(3))


def strayed(walk: Walk) -> Iterator[str]:
    """Opens a status page that there is not, and sends a form from a page of somebody else's."""
    walk.visit(f"requests/{token_hex(8)}")
    yield "status-unknown"
    walk.page.route(_ELSEWHERE, lambda route: route.fulfill(content_type="text/html", body=_FOREIGN_FORM))
    target = walk.page.url.partition("/privacy/")[0] + f"/privacy/{walk.language}/preferences"
    walk.page.goto(_ELSEWHERE)
    walk.page.locator("form").evaluate("(form, target) => { form.action = target; }", target)
    walk.page.locator("button").click()
    yield "refused-elsewhere"


_FOREIGN_FORM = "<!doctype html><title>Elsewhere</title><form method=post><button name=answer value=refuse>Go</button>"

JOURNEYS: dict[str, Journey] = {
    "consent": consent,
    "rights": rights,
    "asking": asking,
    "child": child,
    "second_factor": second_factor,
    "strayed": strayed,
}
"""What anybody may do as often as a test likes; `impatient` leaves the site closed to everybody of this address."""


def begin(context: BrowserContext, site: str, language: str) -> Walk:
    """A walk in a fresh page of this context, whose base URL is the site's."""
    return Walk(page=context.new_page(), host=HOSTS[site], language=language)
