"""Who is asked for their age, and what becomes of the answer: a claim, a cookie, and no second try after a refusal."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from consentguard.age import AgeError, Verdict
from consentguard.cookies import AGE, AgeMark, on_host
from consentguard.guard import Guard
from consentguard.manifest.ages import asks_age
from consentguard.manifest.schema import Age
from consentguard.periods import parse_period
from consentguard.records import AgeClaim, AgeOutcome, AgeStanding, SubjectRef
from consentguard.site import Site
from consentguard.web.circumstances import Circumstances
from consentguard.web.messages import Cookie, Inbound
from consentguard.web.privacy import Visit, jurisdiction_of

Mistake = Literal["month", "year", "date", "yes"]
"""What is to be put right: the month, the year, the two together, or that nobody said yes or no."""
TURN = "age.refused"
_MONTH = re.compile(r"[1-9]|1[0-2]", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who is asked, as the request shows them."""

    guard: Guard
    subject: SubjectRef | None
    mark: AgeMark | None
    place: str | None
    address: str
    secure: bool

    @classmethod
    def of(cls, visit: Visit) -> Client:
        """Whoever sent a request of the host's. Raises KeyringError."""
        guard, address, secure = visit.guard(), visit.address(), visit.secure()
        by_law = rule_of(guard.site).threshold == "by_jurisdiction"
        return cls(
            guard=guard,
            subject=visit.subject(),
            mark=guard.cookies.age(visit.cookies().get(on_host(AGE, secure))),
            place=jurisdiction_of(guard.site, visit.headers(), address) if by_law else None,
            address=address,
            secure=secure,
        )

    @classmethod
    def sending(cls, guard: Guard, inbound: Inbound) -> Client:
        """Whoever sent a request for a page of ours. Raises KeyringError."""
        return cls.of(_Sent(guard, inbound))

    def standing(self) -> AgeStanding | None:
        """What holds already."""
        return self.guard.age.standing(self.mark, self.subject, self.place)

    def decides_on(self) -> dt.date | None:
        """The day from which somebody too young decides themselves, where that is known."""
        return self.guard.age.decides_on(self.mark, self.subject, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an answer: a mistake to put right, a wait of so many seconds, or an outcome with its cookie."""

    mistake: Mistake | None = None
    wait: int = 0
    outcome: AgeOutcome | None = None
    cookie: Cookie | None = None


def asks(site: Site) -> bool:
    """Whether the policy has ages asked for: `not_directed` asks nobody anything."""
    return asks_age(site.policy.manifest)


def rule_of(site: Site) -> Age:
    """The policy's section `[age]`, where it has ages asked for. Raises AgeError where nobody is asked."""
    rule = site.policy.manifest.age
    if rule is None or rule.mode == "not_directed":
        raise AgeError(
            "the policy has nobody's age asked for", hint='say `mode = "screen"` or `mode = "attest"` under [age]'
        )
    return rule


def answered(client: Client, month: str, year: str) -> Answer:
    """Judge a month and a year of birth, as they were typed, and keep what they come to.

    Raises AgeError where the policy asks for none, RefusalError when nobody can count tries, StoreError.
    """
    found = judged(client, month, year)
    del month, year  # a report of an error that follows may show every variable
    return kept(client, found)


def affirmed(client: Client, said: str) -> Answer:
    """Keep a `yes` or a `no` beside the age itself; whatever else was sent is neither. Raises as `answered` does."""
    if said not in ("yes", "no"):
        return Answer(mistake="yes")
    return kept(client, client.guard.age.affirmed(said == "yes", client.place))


def judged(client: Client, month: str, year: str) -> Verdict | Mistake:
    """What a month and a year of birth come to. Records nothing; an error that follows must find neither."""
    if not _MONTH.fullmatch(month):
        return "month"
    if not _YEAR.fullmatch(year):
        return "year"
    try:
        return client.guard.age.judge(int(year), int(month), client.place)
    except AgeError:
        return "date"


def kept(client: Client, found: Verdict | Mistake) -> Answer:
    """Keep an outcome, but for a client that was refused a short while ago, whatever cookies it has by now. Raises as
    `answered` does.

    The turn is taken first and given back to whoever is old enough, so that two answers at once are not two tries.
    """
    from consentguard.web.limits import give_back_turn, take_turn  # what counts is loaded with the first answer

    if not isinstance(found, Verdict):
        return Answer(mistake=found)
    guard = client.guard
    lasts = dt.timedelta(days=parse_period(rule_of(guard.site).retry_after).longest_days())
    if lasts and (wait := take_turn(guard.site, TURN, client.address, lasts)):
        return Answer(wait=wait)
    try:
        claim = guard.age.keep(found, client.subject)
    finally:
        if lasts and found.outcome == "over":
            give_back_turn(guard.site, TURN, client.address, lasts)
    return Answer(outcome=claim.outcome, cookie=_cookie(client, claim))


def _cookie(client: Client, claim: AgeClaim) -> Cookie:
    kept = client.guard.cookies.keep_age(claim)
    return Cookie(name=on_host(kept.name, client.secure), value=kept.value, max_age=kept.max_age)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request for a page of ours as a `Visit`."""

    of: Guard
    inbound: Inbound

    def guard(self) -> Guard:
        return self.of

    def headers(self) -> dict[str, str]:
        return dict(self.inbound.headers)

    def cookies(self) -> dict[str, str]:
        return dict(self.inbound.cookies)

    def address(self) -> str:
        return self.inbound.address

    def secure(self) -> bool:
        return self.inbound.secure

    def subject(self) -> SubjectRef | None:
        return self.inbound.subject()

    def circumstances(self) -> Circumstances:
        return self.inbound.circumstances

    def vary(self) -> None:
        """A page about an age is private as it is."""
