"""Whether somebody has reached the age that the policy asks for: only the outcome is kept, never a birth date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consentguard.age.birthdays import may_be_birth, years_after, years_lacking
from consentguard.cookies import AgeMark
from consentguard.errors import ConsentGuardError
from consentguard.manifest import schema
from consentguard.manifest.ages import years_wanted
from consentguard.ports import Clock, Pseudonyms, Stores, Witness
from consentguard.records import (
    EVERYONE,
    AgeAssurance,
    AgeClaim,
    AgeMethod,
    AgeOutcome,
    AgeStanding,
    SubjectRef,
    new_id,
)

ASSURANCE: Mapping[AgeMethod, AgeAssurance] = {"attest": "affirmed", "screen": "self_declared"}
"""What an answer is worth: to a yes beside the age that is wanted less than to a neutral question."""
REFUSED_YEARS = 1
"""How many years a no holds that tells no age, and a refusal for another age than is asked for by now."""


class AgeError(ConsentGuardError):
    """The policy asks nobody's age, or what was said cannot be a birth date; never says what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer comes to, with nothing of the answer in it: for so many years of age, and how it was asked.

    An outcome of `under` may be another from `recheck_on` on.
    """

    threshold: int
    outcome: AgeOutcome
    method: AgeMethod
    recheck_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Who is old enough by one `version` of a site's policy, whose section `[age]` is `policy`.

    Protection may run late and never ends early. A `place` is where somebody is (ISO 3166), None where nobody knows:
    it matters where the policy goes by the law of each place, and then the strictest age holds. `admits` tells whether
    a parent or guardian lets somebody in who is too young.
    """

    policy: schema.Age | None
    version: str
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    admits: Callable[[SubjectRef], bool]
    clock: Clock

    def threshold(self, place: str | None = None) -> int:
        """The age in whole years that somebody from there must have reached. Raises AgeError where there is none."""
        return years_wanted(self._rule(), place, self.clock.now().date())

    def judge(self, year: int, month: int, place: str | None = None) -> Verdict:
        """Whether somebody born then has reached the age. Records nothing: the birth date goes no further than here.

        Whoever is too young may be asked again on the birthday of this very answer that brings as many years as are
        lacking: within a year after the age is reached, and nobody can tell the month of birth from it. Raises AgeError
        for a month that is none, for one to come, and for one that nobody remembers.
        """
        threshold, today = self.threshold(place), self.clock.now().date()
        if not may_be_birth(year, month, today):
            raise AgeError("what was said cannot be the month and year of a birth")
        lacking = years_lacking(year, month, threshold, today)
        if lacking <= 0:
            return Verdict(threshold=threshold, outcome="over", method="screen")
        return Verdict(threshold=threshold, outcome="under", method="screen", recheck_on=years_after(today, lacking))

    def affirmed(self, yes: bool, place: str | None = None) -> Verdict:
        """What a yes or a no beside the age itself comes to; after a no nobody knows when it may be another."""
        threshold = self.threshold(place)
        if yes:
            return Verdict(threshold=threshold, outcome="over", method="attest")
        again = years_after(self.clock.now().date(), REFUSED_YEARS)
        return Verdict(threshold=threshold, outcome="under", method="attest", recheck_on=again)

    def keep(self, verdict: Verdict, subject: SubjectRef | None) -> AgeClaim:
        """Record an outcome as a claim, together with its evidence, in the caller's transaction where there is one."""
        now = self.clock.now()
        claim = AgeClaim(
            id=new_id(now),
            at=now,
            subject=self.pseudonyms.of(subject) if subject else EVERYONE,
            threshold=verdict.threshold,
            outcome=verdict.outcome,
            method=verdict.method,
            assurance=ASSURANCE[verdict.method],
            version=self.version,
            recheck_on=verdict.recheck_on,
        )
        with self.stores.transactions.atomic():
            self.stores.age_claims.add(claim)
            facts = {"outcome": claim.outcome, "threshold": claim.threshold, "method": claim.method}
            self.witness.record("age.screened", claim.subject, **facts)
        return claim

    def screen(self, year: int, month: int, *, subject: SubjectRef | None, place: str | None = None) -> AgeClaim:
        """Judge and record at once. Raises AgeError as `judge` does, with nothing recorded."""
        verdict = self.judge(year, month, place)
        del year, month  # a report of an error that follows may show every variable
        return self.keep(verdict, subject)

    def adopt(self, mark: AgeMark | None, subject: SubjectRef, place: str | None = None) -> AgeClaim | None:
        """Record for somebody who has just got an account what their browser keeps, so that it holds everywhere.

        None, with nothing recorded, where something is on record of them already, or the browser says nothing of the
        age that is asked for. See first that somebody too young may have the account.
        """
        outcome = self._said(mark, None, place)
        if mark is None or outcome is None or self._said(None, subject, place):
            return None
        again = mark.recheck_on if outcome == "under" else None
        return self.keep(
            Verdict(threshold=mark.threshold, outcome=outcome, method=mark.method, recheck_on=again), subject
        )

    def standing(
        self, mark: AgeMark | None, subject: SubjectRef | None, place: str | None = None
    ) -> AgeStanding | None:
        """What holds already, so that nobody is asked twice: what is on record of who is signed in, else what the
        browser keeps, which others may use too. None before any, or where it says nothing of the age that is asked for
        by now.

        Who was old enough for a higher age is for a lower one. A refusal stands in its time, a year at most where
        another age is asked for by now; `guardian` holds in its place as long as a guardian lets in who is signed in.
        Raises AgeError where the policy has no age.
        """
        outcome = self._said(mark, subject, place)
        return "guardian" if outcome == "under" and subject and self.admits(subject) else outcome

    def decides_on(self, mark: AgeMark | None, subject: SubjectRef | None, place: str | None = None) -> dt.date | None:
        """The day from which somebody too young decides themselves, as they answered the screen.

        None where nobody knows: a no beside a statement tells no age, an answer about a lower age nothing of this one,
        and a browser keeps no day that is more than a year away.
        """
        claim = self.stores.age_claims.latest(self.pseudonyms.of(subject)) if subject else None
        said = claim or (None if mark is None or mark.is_cut_short else mark)
        if said is None or (said.outcome, said.method) != ("under", "screen"):
            return None
        return said.recheck_on if said.threshold >= self.threshold(place) else None

    def _said(self, mark: AgeMark | None, subject: SubjectRef | None, place: str | None) -> AgeOutcome | None:
        threshold = self.threshold(place)
        claim = self.stores.age_claims.latest(self.pseudonyms.of(subject)) if subject else None
        found = self._of(claim, threshold) if claim else None
        if found is None and mark:
            return mark.outcome if mark.outcome == "under" or mark.threshold >= threshold else None
        return found

    def _of(self, claim: AgeClaim, threshold: int) -> AgeOutcome | None:
        if claim.outcome == "over":
            return "over" if claim.threshold >= threshold else None
        until = [claim.recheck_on] if claim.recheck_on else []
        if claim.threshold > threshold:
            until.append(years_after(claim.at.date(), REFUSED_YEARS))
        return None if until and min(until) <= self.clock.now().date() else "under"

    def _rule(self) -> schema.Age:
        if self.policy is None:
            raise AgeError("the policy says nothing of age", hint="add the section [age] to privacy.toml")
        return self.policy
