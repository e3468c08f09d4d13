"""Who works in the admin of the test site, and what there is to see: rows of every screen."""

from __future__ import annotations

import base64
import datetime as dt

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from consentguard.consent.record import ACT, details
from consentguard.guard import Guard
from consentguard.records import (
    AgeClaim,
    Authenticator,
    ConsentRecord,
    Errand,
    GuardianConsent,
    Hold,
    Mark,
    MinorReport,
    RightsRequest,
    Run,
    SubjectRef,
    new_id,
)

NOW = dt.datetime.now(dt.UTC)
ADDRESS = "ada@example.org"
SECRET = b"the sealed secret of a second factor"
LISTS = (
    "consentrecord", "rightsrequest", "evidenceentry", "authenticator", "ageclaim", "hold", "errand", "mark", "run",
    "minorreport", "guardianconsent",
)  # fmt: skip
TABLES = ("key", "dataentry")
PAGES = (*LISTS, *TABLES, "consentrate", "consentversion", "retention")


def path(model: str, page: str = "") -> str:
    """The address of a screen, or of one of its pages."""
    return f"/admin/consentguard_django/{model}/{page}"


def browser(*permissions: str, staff: bool = True) -> Client:
    """A signed-in member of the staff with these permissions of ours; with none, nobody of importance."""
    user = get_user_model().objects.create(username=f"user{get_user_model().objects.count()}", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def viewer() -> Client:
    """Somebody who may see everything, and do nothing."""
    return browser(*(f"view_{each}" for each in PAGES))


def pseudonym(guard: Guard, key: str = "1") -> str:
    """Of a member."""
    return guard.pseudonyms.of(SubjectRef("member", key))


def request(guard: Guard, number: int = 0, **facts: object) -> RightsRequest:
    """A request for erasure that was taken down, confirmed unless said."""
    given = {
        "right": "erasure",
        "state": "confirmed",
        "owes": "",
        "due_on": NOW.date() + dt.timedelta(days=12),
        "confirmed_at": NOW,
        "language": "en",
    }
    made = RightsRequest(
        id=new_id(NOW + dt.timedelta(milliseconds=number)),
        received_at=NOW - dt.timedelta(hours=1),
        jurisdiction="",
        contact=guard.rights.means.contacts.seal(ADDRESS.encode()),
        contact_ref=guard.pseudonyms.of_address(ADDRESS),
        **{**given, **facts},  # type: ignore[arg-type]
    )
    guard.stores.requests.add(made)
    return made


def decision(**same: object) -> ConsentRecord:
    """A choice to accept the one thing that was asked."""
    return ConsentRecord(
        policy="ab" * 32,
        accepted=("analytics",),
        refused=(),
        language="en",
        jurisdiction="",
        method="accept",
        component="banner",
        gpc=False,
        until=NOW + dt.timedelta(days=180),
        **same,  # type: ignore[arg-type]
    )


def rows(guard: Guard, number: int = 1) -> None:
    """So many rows on every list, each about another member."""
    for each in range(number):
        id_, who = new_id(NOW + dt.timedelta(milliseconds=each)), pseudonym(guard, str(each))
        same = {"id": id_, "at": NOW, "subject": who, "version": "0123456789abcdef"}
        guard.evidence.record_once(id_, ACT, who, **details(decision(**same)))
        guard.stores.age_claims.add(
            AgeClaim(threshold=18, outcome="over", method="screen", assurance="self_declared", **same)
        )
        guard.stores.authenticators.add(
            Authenticator(id=id_, subject=who, state="active", secret=SECRET, created_at=NOW)
        )
        guard.stores.guardian_consents.add(
            GuardianConsent(
                id=id_,
                state="noticed",
                asked_at=NOW,
                expires_at=NOW,
                subject=who,
                child=SECRET,
                contact=SECRET,
                language="en",
            )
        )
        guard.stores.minor_reports.add(
            MinorReport(
                id=id_,
                state="received",
                source="staff",
                received_at=NOW,
                due_at=NOW,
                subject=who,
                details=guard.minors.sealer.seal(b""),
            )
        )
        request(guard, each)
        work(guard, id_, str(each))


def work(guard: Guard, id_: str, key: str) -> None:
    """A hold, an errand, a mark and a run."""
    who = SubjectRef("member", key)
    guard.stores.holds.place(
        Hold(id=id_, reason="Case 7", author="dana", placed_at=NOW, review_on=NOW.date(), subject=who)
    )
    guard.stores.marks.add(Mark(id=id_, kind="restriction", at=NOW, subject=who))
    guard.stores.errands.add(
        [
            Errand(
                id=id_,
                about="",
                kind="erase",
                target="mailbox",
                hand="person",
                payload=SECRET,
                made_at=NOW,
                next_at=NOW,
            )
        ]
    )
    guard.stores.runs.add(
        Run(id=id_, kind="retention", about="", digest="", plan=SECRET, state="done", started_at=NOW, beat_at=NOW)
    )


def secrets(guard: Guard) -> list[str]:
    """What no page may hold: keys, sealed values and addresses, however they are written."""
    hidden = [SECRET, *(key.secret for key in guard.site.keyring.keys)]
    sealed = guard.stores.requests.in_state("confirmed", 1)
    hidden += [each.contact for each in sealed]
    return [ADDRESS, *(value.hex() for value in hidden), *(base64.b64encode(value).decode() for value in hidden)]
