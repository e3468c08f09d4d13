"""The tour of both example sites: what a person clicks, and the same walked by `make demo CHECK=1`."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from secrets import token_hex
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

import pyotp

from example_projects import rights_tour
from example_projects.visitor import StopFailedError, Visitor

CUSTOMER = ("demo@example.com", "demo-password")
STAFF = ("admin@example.com", "admin-password")
SUPPORT, OFFICER = ("support@example.com", "support-password"), ("privacy@example.com", "privacy-password")
PASSWORD = "a-password-for-guests"
"""Of whoever signs up on the tour."""
PHONE, GATEWAY_PHONE = "+1 202 555 0100", "+442079460123"
"""Of the customer, on either site."""
MASK = "•" * 8
"""What the staff sees of it until they say why they must."""
_THIS_YEAR = dt.datetime.now(dt.UTC).year


@dataclass(frozen=True)
class Command:
    """What whoever runs the site types: the words of a command of the site's own, and what it prints.

    What the first group of `keeps` finds there stands for `{kept}` in the words of later commands of the stop.
    """

    words: tuple[str, ...]
    prints: str
    keeps: str = ""


@dataclass(frozen=True)
class Stop:
    """One thing to see: `how_to_click` tells a person, `walk` does it and fails when it is not there.

    `walk` is handed a fresh visitor, so no stop depends on one before it. `commands` are run after it.
    """

    site: Literal["unified_inbox", "sms_gateway"]
    title: str
    how_to_click: str
    walk: Callable[[Visitor], None]
    commands: tuple[Command, ...] = ()


def _inbox_front(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.should_see("inbox")


def _inbox_account(visitor: Visitor) -> None:
    email, password = CUSTOMER
    visitor.visit("/login/")
    visitor.send(username=email, password=password)
    visitor.visit("/account/")
    visitor.should_see(email)


def _inbox_admin(visitor: Visitor) -> None:
    _log_in_to_inbox_admin(visitor)
    visitor.should_see("Site administration")


def _gateway_front(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.should_see("SMS")


def _gateway_account(visitor: Visitor) -> None:
    _log_in_to_gateway(visitor, *CUSTOMER)
    visitor.visit("/account")
    visitor.should_see(CUSTOMER[0])


def _gateway_admin(visitor: Visitor) -> None:
    _log_in_to_gateway(visitor, *STAFF)
    visitor.visit("/admin/")
    visitor.should_see("Customer")


def _inbox_privacy(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.follow("Privacy policy")
    visitor.should_see("Who we are", "Unified Inbox LLC", "Last updated", "Messenger")
    visitor.follow("Español")
    visitor.should_see("Quiénes somos", "Unified Inbox LLC", "Última actualización")
    visitor.follow("Cookies")
    visitor.should_see("inbox_session", "Mantienen su sesión abierta")
    visitor.follow("English")
    visitor.should_see("inbox_session", "Keep you signed in")


def _inbox_deletion(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/data-deletion")
    visitor.should_see("privacy@inbox.example.com", "Invoices")
    visitor.visit("/privacy/es/data-deletion")
    visitor.should_see("privacy@inbox.example.com", "Facturas")


def _choices(visitor: Visitor, *, cookie: str) -> None:
    visitor.visit("/")
    visitor.should_not_hold(cookie)
    visitor.follow("Your privacy choices")
    visitor.send("Refuse all")
    visitor.should_see("Your choice is saved", "Nothing")
    visitor.visit("/")
    visitor.should_not_hold(cookie)
    visitor.follow("Your privacy choices")
    visitor.send("Save my choice", accepted="experiments")
    visitor.should_see("Your choice is saved", "You agreed to", "Version of the policy")
    visitor.visit("/")
    visitor.should_hold(cookie)
    visitor.follow("Your privacy choices")
    visitor.send("Refuse all")
    visitor.visit("/")
    visitor.should_not_hold(cookie)


_INBOX_GUEST = {
    "name": "A Guest", "organisation": "Guests", "country": "US", "password1": PASSWORD, "password2": PASSWORD,
}  # fmt: skip
_GATEWAY_GUEST = {
    "company": "Guests", "contact_name": "A Guest", "phone": "+12025550100", "billing_address": "1 Example Street",
    "country": "US", "password": PASSWORD,
}  # fmt: skip


def _age(visitor: Visitor, *, sign_up: str, guest: dict[str, str]) -> None:
    visitor.visit("/")
    visitor.follow("Create an account")
    born = {"birth_month": "5", "birth_year": str(_THIS_YEAR - 9)}
    visitor.send(**guest, **born, email=f"child-{token_hex(4)}@example.org")
    visitor.should_see("Not yet")
    visitor.visit(sign_up)
    visitor.should_see("Not yet")
    visitor.come_anew()
    visitor.visit(f"/privacy/en/age?next={sign_up}")
    visitor.send("Continue", month="5", year=str(_THIS_YEAR - 30))
    visitor.should_see("You can go on from here")
    visitor.follow("Continue")
    visitor.should_see("Create the account")
    visitor.should_not_see("Month of birth")


def _inbox_records(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/preferences")
    visitor.send("Accept all")
    _log_in_to_inbox_admin(visitor)
    for screen, words in _SCREENS.items():
        visitor.visit("/admin/")
        visitor.follow(screen)
        visitor.should_see(*words)


def _inbox_evidence(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/preferences")
    visitor.send("Refuse all")
    _log_in_to_inbox_admin(visitor)
    visitor.follow("Evidence entries")
    visitor.should_see("consent.decided")
    visitor.send("Verify")
    visitor.should_see("everything agrees")


def _inbox_second_factor(visitor: Visitor) -> None:
    email = _sign_up_to_inbox(visitor, "factor")
    visitor.follow("Second factor")
    visitor.send("Set up an authenticator app")
    codes = _app_with(visitor.fact("Key"))
    visitor.send("Turn it on", code=next(codes))
    visitor.should_see("They are shown this one time")
    recovery, *_ = visitor.items("Recovery codes")
    for press, code in (("Continue", next(codes)), ("Use a recovery code", recovery)):
        visitor.come_anew()
        visitor.visit("/login/")
        visitor.send(username=email, password=PASSWORD)
        visitor.visit("/account/")
        visitor.follow("Second factor")
        visitor.send(press, code=code)
        visitor.should_see("Thank you.", "Set up on")
    if (left := visitor.fact("Recovery codes left")) != "9":
        raise StopFailedError(f"{left} recovery codes are left, not 9")


def _inbox_phone(visitor: Visitor) -> None:
    _log_in_to_inbox(visitor, *CUSTOMER)
    visitor.visit("/account/")
    visitor.should_hold_value("phone", PHONE)
    visitor.come_anew()
    _log_in_to_inbox_admin(visitor)
    visitor.visit(f"/admin/accounts/user/?q={quote(PHONE.replace(' ', ''))}")
    visitor.should_see(CUSTOMER[0])
    visitor.should_not_see("user0001@example.com")


def _inbox_masks(visitor: Visitor) -> None:
    _log_in_to_inbox_admin(visitor)
    visitor.visit(f"/admin/accounts/user/?q={CUSTOMER[0]}")
    visitor.should_see(MASK)
    visitor.follow(CUSTOMER[0])
    _unmask(visitor, PHONE, "/admin/consentguard_django/evidenceentry/")


def _sign_up_to_inbox(visitor: Visitor, who: str) -> str:
    """Makes an account that a stop may do away with; the address of its owner."""
    email = f"{who}-{token_hex(4)}@example.com"
    visitor.visit("/sign-up/")
    visitor.send(**_INBOX_GUEST, email=email, birth_month="1", birth_year=str(_THIS_YEAR - 40))
    visitor.should_see("Your account is ready", email)
    return email


def _log_in_to_inbox_admin(visitor: Visitor, email: str = STAFF[0], password: str = STAFF[1]) -> None:
    visitor.visit("/admin/")
    visitor.send(username=email, password=password)


def _roles(
    visitor: Visitor, log_in: Callable[[Visitor, str, str], None], requests: str, begin: str, evidence: str
) -> None:
    log_in(visitor, *SUPPORT)
    visitor.visit(requests)
    visitor.should_not_see(_TAKE_DOWN)
    visitor.should_be_refused(begin)
    visitor.come_anew()
    log_in(visitor, *OFFICER)
    visitor.visit(requests)
    # instead of the requests: the policy requires a second factor of privacy officers
    visitor.send("Set up an authenticator app")
    codes = _app_with(visitor.fact("Key"))
    visitor.send("Turn it on", code=next(codes))
    visitor.follow("I have saved them")
    visitor.should_see(_TAKE_DOWN)
    visitor.visit(begin)
    visitor.visit(evidence)
    visitor.should_see("role.refused")
    # so that the tour can be taken again
    visitor.visit("/privacy/en/second-factor")
    visitor.send("Remove the second factor")


def _log_in_to_inbox(visitor: Visitor, email: str, password: str) -> None:
    visitor.visit("/login/")
    visitor.send(username=email, password=password)


def _gateway_privacy(visitor: Visitor) -> None:
    visitor.visit("/")
    visitor.follow("Privacy policy")
    visitor.should_see("Who we are", "Pebblewire Ltd", "Last updated", "Example Pay")
    visitor.follow("Español")
    visitor.should_see("Quiénes somos", "Pebblewire Ltd", "Última actualización")
    visitor.follow("Cookies")
    visitor.should_see("dash_range", "Recuerda cuántos días de mensajes")
    visitor.follow("English")
    visitor.should_see("dash_range", "Remembers how many days of messages")


def _gateway_deletion(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/data-deletion")
    visitor.should_see("privacy@pebblewire.example.com", "Invoices")
    visitor.visit("/privacy/es/data-deletion")
    visitor.should_see("privacy@pebblewire.example.com", "Facturas")


def _gateway_records(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/preferences")
    visitor.send("Accept all")
    _log_in_to_gateway(visitor, *STAFF)
    for screen, words in _GATEWAY_SCREENS.items():
        visitor.visit("/admin/")
        visitor.follow(screen)
        visitor.should_see(*words)


def _gateway_evidence(visitor: Visitor) -> None:
    visitor.visit("/privacy/en/preferences")
    visitor.send("Refuse all")
    _log_in_to_gateway(visitor, *STAFF)
    visitor.visit("/admin/")
    visitor.follow("Evidence")
    visitor.should_see("consent.decided")
    visitor.send("Verify")
    visitor.should_see("everything agrees")


def _gateway_second_factor(visitor: Visitor) -> None:
    email = _sign_up_to_gateway(visitor, "factor")
    visitor.follow("Second factor")
    visitor.send("Set up an authenticator app")
    codes = _app_with(visitor.fact("Key"))
    visitor.send("Turn it on", code=next(codes))
    visitor.should_see("They are shown this one time")
    recovery, *_ = visitor.items("Recovery codes")
    for press, code in (("Continue", next(codes)), ("Use a recovery code", recovery)):
        visitor.come_anew()
        _log_in_to_gateway(visitor, email, PASSWORD)
        visitor.visit("/account")
        visitor.should_see("Please give a code")
        visitor.send(press, code=code)
        visitor.should_see("API keys")
    visitor.follow("Second factor")
    if (left := visitor.fact("Recovery codes left")) != "9":
        raise StopFailedError(f"{left} recovery codes are left, not 9")


def _gateway_phone(visitor: Visitor) -> None:
    _log_in_to_gateway(visitor, *CUSTOMER)
    visitor.visit("/account")
    visitor.should_see("Phone", GATEWAY_PHONE)


def _gateway_masks(visitor: Visitor) -> None:
    _log_in_to_gateway(visitor, *STAFF)
    visitor.visit(f"/admin/customer/?search={CUSTOMER[0]}")
    visitor.should_see(MASK)
    visitor.follow_to("/admin/customer/edit/")
    _unmask(visitor, GATEWAY_PHONE, "/admin/privacy/evidence/")


def _sign_up_to_gateway(visitor: Visitor, who: str) -> str:
    """Makes an account that a stop may do away with; the address of its owner."""
    email = f"{who}-{token_hex(4)}@example.org"
    visitor.visit("/sign-up")
    visitor.send(**_GATEWAY_GUEST, email=email, birth_month="1", birth_year=str(_THIS_YEAR - 40))
    visitor.should_see("Security and privacy", email)
    return email


def _log_in_to_gateway(visitor: Visitor, email: str, password: str) -> None:
    visitor.visit("/login")
    visitor.send(email=email, password=password)


def _inbox_key_of(visitor: Visitor, email: str) -> str:
    visitor.visit(f"/admin/accounts/user/?q={email}")
    visitor.follow(email)
    return urlsplit(visitor.address).path.split("/")[-3]


def _inbox_request(visitor: Visitor, email: str) -> None:
    visitor.visit("/admin/")
    visitor.follow("Rights requests")
    visitor.send("Search", who=email)
    visitor.follow_to("/rightsrequest/0")


def _inbox_gone(visitor: Visitor, email: str) -> None:
    visitor.visit("/admin/accounts/user/")
    visitor.should_not_see(email)
    visitor.should_see(CUSTOMER[0])
    visitor.come_anew()
    _log_in_to_inbox(visitor, email, PASSWORD)
    visitor.should_see("Please enter a correct")


def _gateway_key_of(visitor: Visitor, email: str) -> str:
    visitor.visit(f"/admin/customer/?search={email}")
    visitor.follow_to("/admin/customer/edit/")
    return parse_qs(urlsplit(visitor.address).query)["id"][0]


def _gateway_request(visitor: Visitor, email: str) -> None:
    visitor.visit("/admin/")
    visitor.follow("Rights requests")
    visitor.send("Search", text=email)
    visitor.follow("Details")


def _gateway_gone(visitor: Visitor, email: str) -> None:
    visitor.visit("/admin/customer/")
    visitor.should_see(CUSTOMER[0])
    visitor.should_not_see(email)
    visitor.come_anew()
    _log_in_to_gateway(visitor, email, PASSWORD)
    visitor.should_see("is not right")


_INBOX = rights_tour.Place(
    sign_up=_sign_up_to_inbox,
    log_in=lambda visitor: _log_in_to_inbox(visitor, *CUSTOMER),
    log_in_staff=_log_in_to_inbox_admin,
    key_of=_inbox_key_of,
    find_request=_inbox_request,
    forget=_inbox_gone,
    kind="user",
    outbox="/outbox/",
    name_field="accounts.User.name",
    approves=True,
)
_GATEWAY = rights_tour.Place(
    sign_up=_sign_up_to_gateway,
    log_in=lambda visitor: _log_in_to_gateway(visitor, *CUSTOMER),
    log_in_staff=lambda visitor: _log_in_to_gateway(visitor, *STAFF),
    key_of=_gateway_key_of,
    find_request=_gateway_request,
    forget=_gateway_gone,
    kind="customer",
    outbox="/outbox",
    name_field="Customer.contact_name",
    approves=False,
)


def _unmask(visitor: Visitor, number: str, evidence: str) -> None:
    """Asks for the number of the customer whose page is open, says why, and looks for that in the evidence."""
    ticket = f"T-{token_hex(4)}"
    visitor.should_see(MASK)
    visitor.should_hold_value("phone", "")
    visitor.follow("Show…")
    visitor.send("Show", column="phone", reason="support", reference=ticket)
    visitor.should_hold_value("phone", number)
    visitor.visit(evidence)
    visitor.should_see("value.unmasked", f"reference: {ticket}")
    visitor.should_not_see(number)


def _app_with(key: str) -> Iterator[str]:
    """The codes of an authenticator app with this key, from now on; it runs ahead rather than wait."""
    app, now = pyotp.TOTP(key.replace(" ", "")), dt.datetime.now(dt.UTC)
    return (app.at(now + step * dt.timedelta(seconds=app.interval)) for step in count())


_AS_CUSTOMER = "log in as {} with {}".format(*CUSTOMER)
_AS_STAFF = "log in as {} with {}".format(*STAFF)

_SCREENS = {
    "Consent records": ("Choices as they were made", "experiments"),
    "Rights requests": ("What people asked for",),
    "Legal holds": ("What is held is deleted by nobody",),
    "Retention": ("Rows due, by table", "inbox.Message"),
    "Second factors": ("Who has a second factor",),
    "Age claims": ("Outcomes of the age screen",),
    "Keys": ("The keys of the keyring", "enabled"),
    "Data map": ("Which column holds which personal data", "accounts.User"),
}
_GATEWAY_SCREENS = {
    "Consent records": ("Made in", "experiments"),
    "Rights requests": ("Clock", "Due on"),
    "Legal holds": ("Review on",),
    "Retention": ("Rows due, by table", "Message"),
    "Second factors": ("State",),
    "Age claims": ("self_declared",),
    "Keys": ("enabled",),
    "Data map": ("credentials", "Up to 5 years"),
}
_RUN = ("consentguard", "retention", "run")
_TAKE_DOWN = "Take a request down…"
_ROLES = f"/admin/ as {SUPPORT[0]} sees requests, and takes none down; as {OFFICER[0]} does, behind a second factor"
_ACCEPTANCE = (
    Command(("consentguard", "retention", "preview"), "rows due", keeps="rules: ([0-9a-f]+)"),
    Command(("consentguard", "retention", "accept", "{kept}", "--by", "dpo"), "Accepted"),
)
_VERIFY = ("consentguard", "evidence", "verify")

STOPS = (
    Stop("unified_inbox", "Public page", "open /", _inbox_front),
    Stop("unified_inbox", "Account page", f"{_AS_CUSTOMER}, then open Account", _inbox_account),
    Stop("unified_inbox", "Admin", f"open /admin/ and {_AS_STAFF}", _inbox_admin),
    Stop(
        "unified_inbox",
        "Privacy policy and cookies",
        "Privacy policy at the foot of /, then the languages",
        _inbox_privacy,
    ),
    Stop("unified_inbox", "How to delete data", "open /privacy/data-deletion", _inbox_deletion),
    Stop(
        "unified_inbox",
        "Privacy choices",
        "Your privacy choices at the foot of /: refuse, agree, and see that / sets inbox_variant only then",
        partial(_choices, cookie="inbox_variant"),
    ),
    Stop(
        "unified_inbox",
        "Age in the sign-up",
        "Create an account on /; as a child, in a private window, there is no second try",
        partial(_age, sign_up="/sign-up/", guest=_INBOX_GUEST),
    ),
    Stop(
        "unified_inbox",
        "A copy of my data",
        f"Ask about your data at the foot of /, for {CUSTOMER[0]}; then the link in Outbox, and Download",
        partial(rights_tour.copy, place=_INBOX, email=CUSTOMER[0]),
    ),
    Stop(
        "unified_inbox",
        "Erase me",
        "create an account, then Ask about your data, and the link in Outbox; in the admin, staff approve and carry "
        "out the request, which a legal hold stops, release the hold, and say what other places have answered",
        partial(rights_tour.erase, place=_INBOX),
        (Command(("consentguard", "restore-replay", "--all", "--dry-run"), "entries of the ledger"),),
    ),
    Stop(
        "unified_inbox",
        "My data",
        "create an account, then open /privacy/account: what is held and why; correct the name, download everything",
        partial(rights_tour.account, place=_INBOX),
    ),
    Stop(
        "unified_inbox",
        "Objection",
        f"{_AS_CUSTOMER}, then object to uses on /privacy/account: reports leave you out",
        partial(rights_tour.object_to_a_use, place=_INBOX),
        (Command(("report_features",), "1 left out, who objected"),),
    ),
    Stop(
        "unified_inbox",
        "Second factor",
        "create an account, then Second factor on its page; log in again and give a code, or a recovery code",
        _inbox_second_factor,
    ),
    Stop(
        "unified_inbox",
        "Encrypted column",
        f"{_AS_CUSTOMER}: the account page shows the phone number, by which the admin's list of users is searched",
        _inbox_phone,
        (Command(("stored",), "The number is not in its file"),),
    ),
    Stop(
        "unified_inbox",
        "Masked values",
        f"/admin/ as {STAFF[0]}: Users show no phone number; Show… asks why, shows one, and leaves an evidence entry",
        _inbox_masks,
    ),
    Stop(
        "unified_inbox",
        "Retention",
        f"/admin/ as {STAFF[0]}: Retention shows what is due by which rule; nothing goes before it is accepted",
        partial(rights_tour.retention, place=_INBOX),
        (
            Command((*_RUN, "--dry-run"), "would go (dry run)"),
            *_ACCEPTANCE,
            Command(_RUN, "deleted"),
            Command(("consentguard", "retention", "explain", "billing.Invoice", "70"), "Kept until January 1"),
        ),
    ),
    Stop(
        "unified_inbox",
        "End of a contract",
        "the plan by which a customer's data would go: tables, rows, what stays and why",
        _inbox_front,
        (Command(("consentguard", "tenants", "plan", "accounts.Account", "5"), "digest:"),),
    ),
    Stop(
        "unified_inbox",
        "Records in the admin",
        f"/admin/ as {STAFF[0]}: consent records, rights requests, second factors, age claims, keys, data map",
        _inbox_records,
    ),
    Stop(
        "unified_inbox",
        "Evidence",
        f"/admin/ as {STAFF[0]}: each act above stands in Evidence entries; Verify says that the chain is sound",
        _inbox_evidence,
        (Command(("consentguard", "evidence", "seal"), "Sealed"), Command(_VERIFY, ": sound")),
    ),
    Stop(
        "unified_inbox",
        "Roles of the staff",
        _ROLES,
        partial(
            _roles,
            log_in=_log_in_to_inbox_admin,
            requests="/admin/consentguard_django/rightsrequest/",
            begin="/admin/consentguard_django/rightsrequest/begin/",
            evidence="/admin/consentguard_django/evidenceentry/",
        ),
    ),
    Stop(
        "unified_inbox",
        "Calls of Meta",
        "what a platform calls where somebody disconnects the site there, or wants data deleted: signed, or refused",
        rights_tour.platform,
        (Command((*_RUN, "--events"), "Events done"),),
    ),
    Stop("sms_gateway", "Public page", "open /", _gateway_front),
    Stop("sms_gateway", "Account page", f"{_AS_CUSTOMER}, then open Account", _gateway_account),
    Stop("sms_gateway", "Admin", f"{_AS_STAFF}, then open /admin/", _gateway_admin),
    Stop(
        "sms_gateway",
        "Privacy policy and cookies",
        "Privacy policy at the foot of /, then the languages",
        _gateway_privacy,
    ),
    Stop("sms_gateway", "How to delete data", "open /privacy/data-deletion", _gateway_deletion),
    Stop(
        "sms_gateway",
        "Privacy choices",
        "Your privacy choices at the foot of /: refuse, agree, and see that / sets gateway_variant only then",
        partial(_choices, cookie="gateway_variant"),
    ),
    Stop(
        "sms_gateway",
        "Age in the sign-up",
        "Create an account on /; as a child, in a private window, there is no second try",
        partial(_age, sign_up="/sign-up", guest=_GATEWAY_GUEST),
    ),
    Stop(
        "sms_gateway",
        "A copy of my data",
        f"Ask about your data at the foot of /, for {CUSTOMER[0]}; then the link in Outbox, and Download",
        partial(rights_tour.copy, place=_GATEWAY, email=CUSTOMER[0]),
    ),
    Stop(
        "sms_gateway",
        "Erase me",
        "create an account, then Ask about your data, and the link in Outbox; in the admin, staff carry out the "
        "request, which a legal hold stops, release the hold, and say what other places have answered",
        partial(rights_tour.erase, place=_GATEWAY),
        (Command(("consentguard", "restore-replay", "--all", "--dry-run"), "entries of the ledger"),),
    ),
    Stop(
        "sms_gateway",
        "My data",
        "create an account, then open /privacy/account: what is held and why; correct the name, download everything",
        partial(rights_tour.account, place=_GATEWAY),
    ),
    Stop(
        "sms_gateway",
        "Objection",
        f"{_AS_CUSTOMER}, then object to uses on /privacy/account: reports leave you out",
        partial(rights_tour.object_to_a_use, place=_GATEWAY),
        (Command(("report-usage",), "1 left out, who objected"),),
    ),
    Stop(
        "sms_gateway",
        "Second factor",
        "create an account, then Second factor on its page; log in again and give a code, or a recovery code",
        _gateway_second_factor,
    ),
    Stop(
        "sms_gateway",
        "Encrypted column",
        f"{_AS_CUSTOMER}: the account page shows the phone number",
        _gateway_phone,
        (Command(("stored",), "The number is not in its file"),),
    ),
    Stop(
        "sms_gateway",
        "Masked values",
        f"/admin/ as {STAFF[0]}: Customers show no phone number; Show… asks why, shows one, and leaves an entry",
        _gateway_masks,
    ),
    Stop(
        "sms_gateway",
        "Retention",
        f"/admin/ as {STAFF[0]}: Retention shows what is due by which rule; nothing goes before it is accepted",
        partial(rights_tour.retention, place=_GATEWAY),
        (
            Command((*_RUN, "--dry-run"), "would go (dry run)"),
            *_ACCEPTANCE,
            Command(_RUN, "deleted"),
            Command(("consentguard", "retention", "explain", "Invoice", "40"), "Kept until January 1"),
        ),
    ),
    Stop(
        "sms_gateway",
        "End of a contract",
        "the plan by which a customer's data would go: tables, rows, what stays and why",
        _gateway_front,
        (Command(("consentguard", "tenants", "plan", "Customer", "6"), "digest:"),),
    ),
    Stop(
        "sms_gateway",
        "Records in the admin",
        f"/admin/ as {STAFF[0]}, under Privacy: consents, requests, second factors, ages, keys, the data map",
        _gateway_records,
    ),
    Stop(
        "sms_gateway",
        "Evidence",
        f"/admin/ as {STAFF[0]}: each act above stands under Privacy, Evidence; Verify says that the chain is sound",
        _gateway_evidence,
        (Command(("consentguard", "evidence", "seal"), "Sealed"), Command(_VERIFY, ": sound")),
    ),
    Stop(
        "sms_gateway",
        "Roles of the staff",
        _ROLES,
        partial(
            _roles,
            log_in=_log_in_to_gateway,
            requests="/admin/privacy/requests/",
            begin="/admin/privacy/requests/begin/",
            evidence="/admin/privacy/evidence/",
        ),
    ),
    Stop(
        "sms_gateway",
        "API keys",
        f"{_AS_CUSTOMER}, then API keys on /privacy/account: replace one, which is shown once, and revoke it",
        partial(rights_tour.keys, place=_GATEWAY),
    ),
)
