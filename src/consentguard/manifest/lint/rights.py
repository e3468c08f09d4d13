"""Rights of data subjects: offered at all, answered in time, with one clock for one request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from consentguard.law import regions_of
from consentguard.manifest.lint.retention import retention_of
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import BusinessDays, Regime, Right
from consentguard.periods import Period, business_days_span, parse_period

RULES = Rulebook()

ERASURE_REQUESTED = "erasure.requested"
"""The event by which retention ends early because somebody asked for erasure."""


class Clock(NamedTuple):
    """How soon the law wants a request answered, and which law."""

    limit: Period
    law: str


def _rights(case: Case) -> dict[str, Right]:
    return dict((case.manifest.rights or {}).items())


def _clocks(case: Case) -> Iterator[tuple[str, Right, Clock]]:
    """Each right with the strictest clock among the declared regimes; none where no regime is declared."""
    for name, right in _rights(case).items():
        clocks = [Clock(law.limit(name, case.today), law.title) for law, _ in case.regimes.values()]
        if clocks:
            yield name, right, min(clocks, key=lambda clock: clock.limit.longest_days())


@RULES.rule(
    "L-30BD",
    "error",
    title="An answer time in business days that is longer than the law's",
    explanation="""Thirty business days sound like a month and are not: without any holidays they are 40 to 42
    calendar days. The law counts calendar months or days. The span is computed from the calendar of public holidays,
    and compared with the shortest time among the regimes that the policy declares. Give a period that holds
    everywhere, such as `P1M`, or `law`.""",
    source="Art. 12(3) GDPR; Regulation (EEC, Euratom) 1182/71; 11 CCR 7021",
)
def business_days(case: Case) -> Iterator[Hit]:
    for name, right, clock in _clocks(case):
        if isinstance(right.complete_within, BusinessDays) and (
            message := _too_long(case, right.complete_within, clock)
        ):
            yield Hit(f"rights.{name}.complete_within", message, f"say `{clock.limit}` or `law`")


def _too_long(case: Case, promised: BusinessDays, clock: Clock) -> str:
    """What is wrong with a promise in business days; empty when it keeps within the clock."""
    controller, year, days = case.manifest.controller, case.today.year, promised.business_days
    home = controller.country if controller and controller.country != "unstated" else None
    place = promised.calendar or home
    fewest, most = business_days_span(days, None, year)
    least, longest = business_days_span(days, place, year)
    if longest <= clock.limit.longest_days():
        return ""
    with_holidays = f", {least} to {longest} with the public holidays of {place}" if place else ""
    always = "always" if fewest > clock.limit.longest_days() else "at times"
    span = f"{days} business days are {fewest} to {most} calendar days{with_holidays}"
    return f"{span}: {always} longer than {clock.limit} ({clock.law})"


@RULES.rule(
    "L-ANSWER-TIME",
    "error",
    title="An answer time that is longer than the law's",
    explanation="""The policy gives itself more time to answer a request than the strictest of the laws that it
    declares. The law's time holds all the same. Give that time or a shorter one, or `law`.""",
    source="Art. 12(3) GDPR; 11 CCR 7021; Kenya Data Protection (General) Regulations 2021",
)
def answer_time(case: Case) -> Iterator[Hit]:
    for name, right, clock in _clocks(case):
        promised = right.complete_within
        if isinstance(promised, BusinessDays) or promised in ("law", "unstated"):
            continue
        if parse_period(promised).longest_days() > clock.limit.longest_days():
            message = f"{promised} is longer than {clock.limit} ({clock.law})"
            yield Hit(f"rights.{name}.complete_within", message, "give a shorter time, or `law`")


@RULES.rule(
    "L-CONFLICT",
    "error",
    title="Two clocks for one request",
    explanation="""One part of the policy deletes this data as soon as erasure is requested, another gives itself
    longer for the same request. Whoever asks for an account to be deleted cannot tell which holds; the stricter one
    does. Give one time, or say in the right's `text` how the two go together.""",
    source="Art. 12(1) and 17(1) GDPR",
)
def conflict(case: Case) -> Iterator[Hit]:
    right = _rights(case).get("erasure")
    if right is None or right.text or right.complete_within in ("law", "unstated"):
        return
    for name, category in case.manifest.categories.items():
        for index, end in enumerate(retention_of(category).ends_on):
            if end.event == ERASURE_REQUESTED and end.delete_within != right.complete_within:
                message = f"deleted within {end.delete_within} of a request here, later under `rights.erasure`"
                hint = "give one time, or say in `rights.erasure.text` which one holds for what"
                yield Hit(f"categories.{name}.retention.ends_on[{index}]", message, hint)


@RULES.rule(
    "L-RIGHT-NOT-OFFERED",
    "error",
    title="A right of the declared law is not offered",
    explanation="""A law that the policy itself declares gives people this right, and the policy must tell them of it.
    Add it under `[rights]` with the channels by which it is used.""",
    source="Art. 13(2)(b) and 15-21 GDPR; Cal. Civ. Code 1798.100 ff.; s. 26-40 Kenya Data Protection Act 2019",
)
def right_not_offered(case: Case) -> Iterator[Hit]:
    offered = _rights(case)
    if not offered:
        return
    missing: dict[str, str] = {}
    for law, applied in case.regimes.values():
        for name, article in law.rights.items():
            if not _covers(case, offered.get(name), applied):
                missing.setdefault(name, f"{law.title}, {article}")
    for name, article in missing.items():
        yield Hit(f"rights.{name}", f"the right of {name.replace('_', ' ')} is not offered ({article})", "add it")


def _covers(case: Case, right: Right | None, applied: Regime) -> bool:
    """Whether a right is offered wherever the regime applies."""
    if right is None:
        return False
    return not right.regions or all(set(regions_of(r, case.today)) & set(right.regions) for r in applied.applies)


@RULES.rule(
    "L-NO-CHANNEL",
    "warning",
    title="A right with no way to use it",
    explanation="""The policy grants a right and does not say how it is used. Name at least one channel: a page, an
    address, the account's settings.""",
    source="Art. 12(2) GDPR",
)
def no_channel(case: Case) -> Iterator[Hit]:
    for name, right in _rights(case).items():
        if not right.channels:
            yield Hit(f"rights.{name}.channels", "nothing says how this right is used", 'add `channels = ["email"]`')
