"""The neutral age screen: a month and a year are asked for, and only the outcome is kept."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from consentguard.cookies import AgeMark
from consentguard.errors import ConsentGuardError
from consentguard.manifest import schema
from consentguard.ports import Clock, Pseudonyms, Stores, Witness
from consentguard.records import EVERYONE, AgeClaim, AgeOutcome, SubjectRef, new_id

OLDEST = 120
"""Years that a birth date may lie back: nobody is known to have lived much longer."""


class AgeError(ConsentGuardError):
    """The policy asks nobody's age, or what was said cannot be a birth date; never says what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """The age screen of one `version` of a site's policy, whose section `[age]` is `policy`.

    Protection may run late and never ends early: who was born in a month counts as born on its last day, and on
    29 February as born on 1 March where a year has none.
    """

    policy: schema.Age | None
    version: str
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    clock: Clock

    def screen(self, year: int, month: int, *, subject: SubjectRef | None) -> AgeClaim:
        """Record whether somebody born then has reached the policy's threshold, together with its evidence.

        The birth date goes no further than this method. An outcome of `under` may be another from the birthday of
        this answer on that brings as many years as were lacking: within a year after the threshold is reached, and
        nobody can tell the month of birth from it. Raises AgeError, with nothing recorded, for a month that is none,
        for one to come, or for one that nobody remembers.
        """
        threshold, now = self._threshold(), self.clock.now()
        today = now.date()
        if not 1 <= month <= 12 or not (today.year - OLDEST, 1) <= (year, month) <= (today.year, today.month):
            raise AgeError("what was said cannot be the month and year of a birth")
        lacking = threshold - _years_between(_last_day(year, month), today)
        outcome: AgeOutcome = "under" if lacking > 0 else "over"
        claim = AgeClaim(
            id=new_id(now),
            at=now,
            subject=self.pseudonyms.of(subject) if subject else EVERYONE,
            threshold=threshold,
            outcome=outcome,
            method="screen",
            assurance="self_declared",
            version=self.version,
            recheck_on=_years_after(today, lacking) if outcome == "under" else None,
        )
        with self.stores.transactions.atomic():
            self.stores.age_claims.add(claim)
            facts = {"outcome": outcome, "threshold": threshold, "method": claim.method}
            self.witness.record("age.screened", claim.subject, **facts)
        return claim

    def standing(self, mark: AgeMark | None, subject: SubjectRef | None) -> AgeOutcome | None:
        """The outcome that holds already, so that nobody is asked twice: what is on record of who is signed in, else
        what the browser keeps, which others may use too. None where neither is about the policy's threshold.

        Raises AgeError where the policy has none.
        """
        threshold = self._threshold()
        claim = self.stores.age_claims.latest(self.pseudonyms.of(subject)) if subject else None
        if claim and claim.threshold == threshold and not self._lapsed(claim):
            return claim.outcome
        return mark.outcome if mark and mark.threshold == threshold else None

    def _lapsed(self, claim: AgeClaim) -> bool:
        return claim.recheck_on is not None and claim.recheck_on <= self.clock.now().date()

    def _threshold(self) -> int:
        if self.policy is None:
            raise AgeError("the policy says nothing of age", hint="add the section [age] to privacy.toml")
        return self.policy.threshold


def _last_day(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _years_between(birth: dt.date, today: dt.date) -> int:
    """Whole years of age. Negative before the birth, as when this month is not over."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _years_after(day: dt.date, years: int) -> dt.date:
    """The same day so many years on; 1 March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)
