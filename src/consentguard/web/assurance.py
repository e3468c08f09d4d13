"""What a request shows of a second factor: by a signed proof of minutes, the session behind it, the host's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast, get_args

from consentguard.assurance import MAX_AGE, SECOND, Evidence, Method, Verdict, is_verified, stepped_up
from consentguard.cookies import FACTOR, PROOF
from consentguard.guard import Guard
from consentguard.records import FactorMethod, FactorSession, SubjectRef
from consentguard.web.circumstances import Circumstances
from consentguard.web.messages import Cookie, Inbound

if TYPE_CHECKING:
    from consentguard.assurance.sessions import Begun

SETUP = "setup."
"""How the cookie begins that stands in the place of the proof while a factor is set up."""
PROOF_LASTS = dt.timedelta(minutes=5)
"""For how long a page believes the proof alone: so late at most it hears of a session that was ended elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """The browser that sent a request, and who is signed in there. Nothing is worked out before it is asked for."""

    guard: Guard
    cookies: Mapping[str, str] = field(repr=False)
    subject: Callable[[], SubjectRef | None] = field(repr=False)
    circumstances: Circumstances

    @classmethod
    def of(cls, guard: Guard, inbound: Inbound) -> Browser:
        """That of a request to one of our own pages."""
        return cls(guard=guard, cookies=inbound.cookies, subject=inbound.subject, circumstances=inbound.circumstances)

    @cached_property
    def who(self) -> SubjectRef | None:
        """Who is signed in."""
        return self.subject()

    @cached_property
    def proof(self) -> Evidence | None:
        """What the signed proof shows, which counts for minutes: no database is asked. Raises KeyringError."""
        text = self.cookies.get(PROOF)
        if not text or self.who is None:
            return None
        parts = (self.guard.cookies.read(PROOF, text) or "").split(".")
        if len(parts) != 4 or ".".join(parts[:2]) != self._holder or parts[2] not in get_args(Method):
            return None
        at = dt.datetime.fromtimestamp(int(parts[3], 16), dt.UTC)
        return Evidence(method=cast(Method, parts[2]), at=at, source="consentguard")

    @cached_property
    def session(self) -> FactorSession | None:
        """The session behind the browser's token, as the database has it now. Raises KeyringError, StoreError."""
        token = self.cookies.get(FACTOR, "")
        if not token or self.who is None:
            return None
        return self.guard.sessions.find(self.who, token, self._sign_in)

    @cached_property
    def elsewhere(self) -> tuple[Evidence, ...]:
        """What the host knows."""
        return tuple(self.circumstances.elsewhere())

    def step_up(self, max_age: dt.timedelta = MAX_AGE) -> Verdict:
        """Whether who is signed in has shown so lately who they are; always by what the database says now."""
        if self.who is None:
            return "sign_in"
        who = self.who
        return stepped_up(
            self._evidence(),
            now=self.guard.clock.now(),
            max_age=max_age,
            enrolled=lambda: self._has_factors and self.guard.has_factor(who),
            required=self.circumstances.required,
        )

    def shown(self) -> SubjectRef | None:
        """Who is signed in and has just shown who they are; else None. See `consentguard.ports.Shown`."""
        return self.who if self.step_up() == "ok" else None

    def may_begin(self) -> bool:
        """Whether somebody who has no factor of ours may set one up now: who has shown lately who they are (ASVS 5.0,
        7.5.1). A session that was left open, or stolen, is not enough, nor is one that nobody knows the age of, nor one
        without the factor that another package of the site's keeps of them.
        """
        now, given = self.guard.clock.now(), tuple(self._evidence())
        if self.who is None or not any(each.is_fresh(now, MAX_AGE) for each in given):
            return False
        return is_verified(given) or not self.guard.has_factor_elsewhere(self.who)

    def factor_at(self) -> dt.datetime | None:
        """When a second factor was last given in this sign-in, here or to the host; None for a remembered device."""
        given = (each for each in self._evidence() if each.method in SECOND and each.method != "device")
        return max((each.at for each in given if each.at is not None), default=None)

    def admitted(self) -> tuple[Verdict, tuple[Cookie, ...]]:
        """Whether a page may be shown, and the cookies to set with it.

        Of whoever gave a factor a few minutes ago this asks no database; of the others the policy's rule is asked, and
        where it requires one, the session is read.
        """
        if self.who is None or self.proof is not None or is_verified(self.elsewhere):
            return "ok", ()
        if not self.circumstances.required():
            return "ok", ()
        if self.session is not None:
            return "ok", () if self._sets_up else (self.proven(self.session),)
        return ("verify" if self._has_factors and self.guard.twofactor.is_enrolled(self.who) else "enrol"), ()

    def begin(self, begun: Begun) -> tuple[Cookie, ...]:
        """The cookies of a session that has just begun."""
        session = begun.session
        seconds = int((session.expires_at - session.verified_at).total_seconds())
        return Cookie(name=FACTOR, value=begun.token, max_age=seconds), self.proven(session)

    def given(
        self, *, epoch: str, factor: str, method: FactorMethod, label: str = "", remember: bool = False
    ) -> tuple[Cookie, ...]:
        """Keep that who is signed in has just given a factor here; the cookies to set."""
        if self.who is None:
            return ()
        return self.begin(
            self.guard.sessions.begin(
                self.who,
                epoch=epoch,
                factor=factor,
                method=method,
                sign_in=self._sign_in,
                label=label,
                remember=remember,
                instead_of=self.cookies.get(FACTOR, ""),
            )
        )

    def proven(self, session: FactorSession) -> Cookie:
        """The proof of what a session shows, for minutes."""
        shown = self.guard.sessions.evidence(session, self._sign_in)
        at = int(session.verified_at.timestamp())
        kept = self.guard.cookies.seal(PROOF, f"{self._holder}.{shown.method}.{at:x}", PROOF_LASTS)
        return Cookie(name=kept.name, value=kept.value, max_age=kept.max_age)

    def forgotten(self) -> tuple[Cookie, ...]:
        """What takes both cookies away."""
        return tuple(Cookie(name=name, value="", max_age=0) for name in (FACTOR, PROOF))

    def _evidence(self) -> Iterable[Evidence]:
        if self._has_factors and self.session is not None:
            yield self.guard.sessions.evidence(self.session, self._sign_in)
        yield from self.elsewhere
        at = self.circumstances.signed_in_at()
        if at is not None:
            yield Evidence(method="password", at=at, source="host")

    @property
    def _sets_up(self) -> bool:
        """Whether the place of the proof holds that a set-up was begun, which is not to be lost."""
        return (self.guard.cookies.read(PROOF, self.cookies.get(PROOF)) or "").startswith(SETUP)

    @property
    def _has_factors(self) -> bool:
        return self.guard.site.policy.manifest.twofactor is not None

    @cached_property
    def _sign_in(self) -> str:
        return self.circumstances.sign_in()

    @cached_property
    def _holder(self) -> str:
        """Whose proof it is: of that person, in that sign-in."""
        who = self.guard.pseudonyms.of(self.who) if self.who else ""
        return f"{who}.{self.guard.sessions.digest(self._sign_in)[:32]}"
