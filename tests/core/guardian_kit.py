"""A shop that asks guardians for the children among its customers, in memory: for the tests of what comes of it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.guardians import Guardians
from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from consentguard.web import guardians as pages
from consentguard.web.routes import Route
from tests.core.rights_kit import POLICY, Shop, shop
from tests.core.visits import Browser

KIM = SubjectRef("user", "1")
OWN = "anna@example.com"
"""What stands in Kim's row."""
ADDRESS, MARIA = "kim@example.com", "maria@example.com"
AGE = """
[age]
threshold = 18
mode = "screen"
retry_after = "P0D"
[age.guardian]
[purposes.news]
description = "A letter each month."
basis = "consent"
ask = "form"
[purposes.survey]
basis = "consent"
ask = "form"
[purposes.service]
basis = "contract"
[recipients.printer]
role = "processor"
"""
FORM = AGE.replace("[age.guardian]", '[age.guardian]\nverify = "form"')
DAY = dt.timedelta(days=1)
ASK, ANSWER = pages.ROUTES


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, section: str = AGE) -> Shop:
    """The shop with a section `[age]`."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(folder, POLICY + section)


def room(site: Shop) -> Guardians:
    """What its guardians are asked."""
    return site.guard().guardians


def code(site: Shop, number: int = -1) -> str:
    """What the link of a mail ends with."""
    match = re.search(r"https://shop\.example\.com/\S+", site.outbox.messages[number].text)
    assert match
    return match[0].rpartition("/")[2]


def agrees(site: Shop, purpose: str, who: SubjectRef | str) -> bool:
    """Whether somebody has agreed to a purpose."""
    return who in site.guard().consent.consenting(purpose, [who])


def purged(site: Shop, id_: str) -> bool:
    """Whether nobody knows any more who was asked, and for whom."""
    known, guard = room(site).find(id_), room(site)
    return guard.contacts.open(known.contact) == guard.children.open(known.child) == b""


def browser(site: Shop, route: Route, subject: SubjectRef | None = None) -> Browser:
    """Somebody's browser on a page."""
    return Browser(site.guard(), route, subject)
