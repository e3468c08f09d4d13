"""Dates that have passed: agreements, safeguards and attestations that somebody has to renew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import Measure
from consentguard.periods import parse_period

RULES = Rulebook()


@RULES.rule(
    "L-AGREEMENT-LAPSED",
    "warning",
    title="An agreement that has ended",
    explanation="""The agreement with this recipient ended on the day given. Renew it and change `until`, or stop
    sending data.""",
    source="Art. 28(3) GDPR",
)
def agreement_lapsed(case: Case) -> Iterator[Hit]:
    for name, recipient in case.manifest.recipients.items():
        if recipient.agreement != "unstated" and (ended := _passed(recipient.agreement.until, case)):
            yield Hit(f"recipients.{name}.agreement.until", f"the agreement ended on {ended}", "renew it")


@RULES.rule(
    "L-SAFEGUARD-LAPSED",
    "warning",
    title="A safeguard that has ended",
    explanation="""The safeguard of this transfer ended on the day given. Renew it and change `until`, or stop the
    transfer.""",
    source="Art. 44 and 46 GDPR",
)
def safeguard_lapsed(case: Case) -> Iterator[Hit]:
    for index, transfer in enumerate(case.manifest.transfers):
        for number, entry in enumerate(transfer.safeguards):
            if ended := _passed(entry.until, case):
                where = f"transfers[{index}].safeguards[{number}].until"
                yield Hit(where, f"the safeguard ended on {ended}", "renew it")


@RULES.rule(
    "L-ATTESTATION-LAPSED",
    "warning",
    title="An attestation that has lapsed",
    explanation="""Somebody answered for this measure until a day that has passed, or its review is overdue. Until it
    is attested anew, the published sentence is marked unverified. Have the owner look again, and change `attested_on`
    and `until`.""",
    source="Art. 5(2) and 32(1)(d) GDPR",
)
def attestation_lapsed(case: Case) -> Iterator[Hit]:
    for name, measure in case.manifest.measures.items():
        if ended := _passed(measure.until, case):
            yield Hit(f"measures.{name}.until", f"it was attested until {ended}", "have its owner attest it anew")
        elif due := _passed(_next_review(measure, case), case):
            yield Hit(f"measures.{name}.review_every", f"its review was due on {due}", "review it")


def _next_review(measure: Measure, case: Case) -> dt.date | None:
    """When the measure is to be looked at again, counted from an attestation that has been given."""
    if measure.attested_on is None or measure.review_every is None or measure.attested_on > case.today:
        return None
    return parse_period(measure.review_every).after(measure.attested_on)


def _passed(day: dt.date | None, case: Case) -> dt.date | None:
    return day if day is not None and day < case.today else None
