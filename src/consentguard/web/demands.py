"""What is answered to somebody who has to give a second factor first: a page to go to, or JSON for a program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from consentguard.assurance import MAX_AGE, Verdict
from consentguard.guard import Guard
from consentguard.settings import Settings
from consentguard.web.messages import Inbound, Outbound, UrlFor
from consentguard.web.routes import READ
from consentguard.web.safety import local_path

ALWAYS_OPEN = frozenset({"login", "logout", "log_in", "log_out", "sign_in", "sign_out", "static"})
"""The last part of the name of a view or endpoint that answers everybody: to sign in and out, and its style."""
PERSONAL = "account"
"""How the names of our own pages begin that show somebody's data; the others are open, or the way to a factor."""
GRAVE: Mapping[str, str] = {
    "requests.approve": "erasure",
    "requests.carry_out": "erasure",
    "retention.accept": "erasure",
    "retention.run": "erasure",
    "holds.release": "erasure",
    "minors.confirm": "erasure",
    "minors.reject": "erasure",
    "requests.review_export": "export",
    "requests.verify": "identity",
    "guardians.verify": "identity",
    "factors.reset": "factors",
    "errands.settle": "unmask",
    "unmask": "unmask",
}
"""What staff do only right after a second factor, by its name in the admin, and the scope that it has there.

That is whatever erases or lets others erase, ends a protection, gives data out, shows whom it is about (an errand
does), or stands in for what a person gives to show who they are. Left out is what keeps data where it is or can be done
again: to take a request or a report down, assign, put off or refuse it, place a hold, lift a restriction, of which the
person hears first, send the mails that are owed, which go to the people themselves, and verify the evidence.
"""
_SAID: Mapping[Verdict, str] = {
    "verify": "Give your second factor first.",
    "enrol": "Set up a second factor first.",
    "sign_in": "Sign in again first.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A request that was not answered: `path` with its query, and where a person came from (`referer`)."""

    guard: Guard
    method: str
    path: str
    headers: Mapping[str, str]
    url_for: UrlFor
    sign_in: Callable[[], str]

    @classmethod
    def of(cls, guard: Guard, inbound: Inbound, path: str) -> Demand:
        """That of one of our own pages."""
        return cls(
            guard=guard,
            method=inbound.method,
            path=path,
            headers=inbound.headers,
            url_for=inbound.url_for,
            sign_in=inbound.sign_in,
        )

    def answer(self, verdict: Verdict, scope: str = "") -> Outbound:
        """A redirect for a person, 403 with JSON for a program (`scope` is what they were about to do)."""
        place = self.place(verdict)
        if self.navigates and place:
            return Outbound(status=303, redirect=place, private=True)
        error = "insufficient_user_authentication" if scope else "second_factor_required"
        body = {"error": error, "action": verdict, "detail": _SAID[verdict], "url": place}
        return Outbound(status=403, json=body | ({"scope": scope} if scope else {}), private=True)

    @property
    def navigates(self) -> bool:
        """Whether a person waits for a page (Fetch Metadata Request Headers, section 2.2), and no program for data."""
        mode = self.headers.get("Sec-Fetch-Mode")
        accepts = "text/html" in self.headers.get("Accept", "")
        return accepts and (mode is None or mode == "navigate") and "X-Requested-With" not in self.headers

    def place(self, verdict: Verdict) -> str:
        """Where they do what is asked of them, and come back from; empty where the host has no page to sign in."""
        settings = self.guard.site.settings
        if verdict == "sign_in":
            path = settings.reauthenticate or self.sign_in()
            return f"{path}{'&' if '?' in path else '?'}next={quote(self._back, safe='/')}" if path else ""
        ours = self.guard.site.policy.manifest.twofactor is not None
        path = settings.factor_page or (self.url_for("factor") if ours else "")
        if not path:
            return self.place("sign_in")
        asked = {"again": "1" if verdict == "verify" else "", "next": self._back}
        said = urlencode({key: value for key, value in asked.items() if value})
        return f"{path}{'&' if '?' in path else '?'}{said}" if said else path

    @property
    def _back(self) -> str:
        """The page itself, or for a form the page that it stood on."""
        if self.method in READ:
            return local_path(self.path)
        came = urlsplit(self.headers.get("Referer", ""))
        if came.netloc != self.headers.get("Host", ""):
            return ""
        return local_path(came.path + (f"?{came.query}" if came.query else ""))


def is_open(name: str, path: str, settings: Settings, *, ours: bool) -> bool:
    """Whether a view or endpoint answers before a second factor was given, by its full name and the path asked for.

    `ours` tells that the page is one of consentguard's, wherever the host has put them. It does so for the way in and
    out, for style, for our own pages that are no account's, for the host's own page of the second factor, and for what
    the setting `factor_open` names.
    """
    if settings.factor_page and path == urlsplit(settings.factor_page).path:
        return True
    last = name.replace(":", ".").rpartition(".")[2]
    if ours:
        return not last.startswith(PERSONAL)
    return last in ALWAYS_OPEN or name in settings.factor_open


def seconds(max_age: dt.timedelta | float | None) -> dt.timedelta:
    """An age as a host's code gives it: a timedelta, seconds, or nothing for MAX_AGE. Raises ValueError."""
    if max_age is None:
        return MAX_AGE
    age = max_age if isinstance(max_age, dt.timedelta) else dt.timedelta(seconds=max_age)
    if age <= dt.timedelta():
        raise ValueError(f"max_age is {age}, and nothing is that fresh; give seconds, or a timedelta")
    return age
