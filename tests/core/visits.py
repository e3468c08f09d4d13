"""A shop whose visitors choose, tell their age and send requests: for the tests of those pages, all in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from consentguard.guard import Guard
from consentguard.memory import MemoryStores, Outbox
from consentguard.ports import Mail, Stores
from consentguard.records import EvidenceEntry, SubjectRef
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import Route
from tests.web_policy import CONTROLLER, BareHost, url_for

ANA = SubjectRef("user", "12")
NOW = dt.datetime(2026, 11, 21, 10, 30, 5, 250_000, tzinfo=dt.UTC)
CHOICES = (
    CONTROLLER
    + """
[site]
languages = ["en", "es"]
base_url = "https://shop.example.com"
[purposes.service]
title = { en = "Provide the service", es = "Prestar el servicio" }
basis = "contract"
[purposes.analytics]
title = { en = "Count <visits>", es = "Contar visitas" }
description = { en = "How many people read what.", es = "Cuántas personas leen qué." }
basis = { EEA = "legitimate_interests", default = "unstated" }
[purposes.newsletter]
title = { en = "Send the newsletter", es = "Enviar el boletín" }
basis = { EEA = "consent", US-CA = "consent", US = "contract", default = "legitimate_interests" }
[cookies.session]
purpose = "service"
names = ["session"]
essential = true
[cookies.counter]
purpose = "analytics"
names = ["visits"]
"""
)
AGE = """
[age]
threshold = 18
mode = "screen"
"""
RIGHTS = """
[subjects.user]
title = "Customers"
[rights.access]
channels = ["page"]
[rights.erasure]
channels = ["page", "email"]
"""


@dataclass(frozen=True)
class Shop(BareHost):
    """A site of no framework that keeps everything in memory."""

    kept: MemoryStores = field(default_factory=MemoryStores)
    outbox: Outbox = field(default_factory=Outbox)

    def stores(self, database: str) -> Stores:
        return self.kept

    def mail(self) -> Mail:
        return self.outbox

    def path_to(self, name: str, **params: str) -> str:
        return url_for(name, **params)


def shop(
    folder: Path, policy: str = CHOICES, *, keys: bool = True, clock: FrozenClock | None = None, **options: object
) -> Guard:
    """The guard of a shop that has this policy, with a keyring unless it lost its keys."""
    (folder / "privacy.toml").write_text(policy, "utf-8")
    ring = folder / "shop.keys"
    if keys and not ring.exists():
        keyring().write(ring)
    host = Shop(folder)
    return Guard(Site(host, {"keyring": "shop.keys", **options}, clock or FrozenClock(NOW)), host.kept)


@dataclass
class Browser:
    """A visitor who keeps the cookies that they are given, and may be signed in."""

    guard: Guard
    route: Route
    subject: SubjectRef | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = ""
    secure: bool = False

    def get(self, query: Mapping[str, str] | None = None, **params: str) -> Outbound:
        """Open the page."""
        return self._ask("GET", query=query or {}, params=params)

    def post(self, form: Mapping[str, Sequence[str]] | None = None, body: bytes = b"", **params: str) -> Outbound:
        """Send the page's form, or a body."""
        return self._ask("POST", form=form or {}, body=body, params=params)

    def follow(self, outbound: Outbound) -> Outbound:
        """Go where an answer leads."""
        assert outbound.status == 303
        return self.get(dict(parse_qsl(urlsplit(outbound.redirect).query)))

    def _ask(self, method: str, **rest: object) -> Outbound:
        inbound = Inbound(
            method=method,
            headers=self.headers,
            cookies=self.cookies,
            address=self.address,
            secure=self.secure,
            subject=lambda: self.subject,
            url_for=url_for,
            **rest,  # type: ignore[arg-type]
        )
        outbound = self.route.endpoint(self.guard, inbound)
        self.cookies |= {cookie.name: cookie.value for cookie in outbound.cookies}
        return outbound


def acts(guard: Guard) -> list[EvidenceEntry]:
    """What was taken down, the oldest first."""
    return list(guard.stores.entries.unsealed(None, 1000))
