"""Retention in a reader's language: why a row is kept and until when, and what a rule does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from consentguard.manifest.schema import Manifest
from consentguard.manifest.texts import localised
from consentguard.retention.acceptance import PRUNE, Fact, Runs, When
from consentguard.retention.explaining import Kept, Term
from consentguard.words import N_, Words

_WHY = {
    "least": N_("at least {period}"),
    "period": N_("up to {period}"),
    "inactive": N_("up to {period}"),
    "fallback": N_("up to {period}, since what would end it earlier has not come"),
    "grace": N_("the plan has changed, and its shorter period applies {period} later"),
}
_ENDLESS = {
    "least": N_("kept for a least time that has not begun: {moment}"),
    "active": N_("kept as long as the account is active"),
    "waiting": N_("kept until a while after {moment}, which has not come"),
    "unstated": N_("how long it is kept is not stated"),
    "open": N_("kept without a longest period"),
}
_DONE = {
    "delete": N_("deleted"),
    "clear": N_("emptied"),
    "archive": N_("archived"),
    "shred": N_("deleted with the key of what is encrypted"),
    PRUNE: N_("pruned from the oldest end"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `terms` are our own words for moments that policies commonly name without defining them."""

    words: Words
    manifest: Manifest
    terms: Mapping[str, str]

    def kept(self, kept: Kept, now: dt.datetime) -> str:
        """A sentence: "Kept until 2 March 2031: at least 5 years from the date of issue, for people in Guatemala."."""
        sentence = self._sentence(kept.last, now)
        return f"{sentence} {self.words.say('A legal hold keeps it besides.')}" if kept.held else sentence

    def _sentence(self, term: Term, now: dt.datetime) -> str:
        say = self.words.say
        if term.until is None:
            text = say(_ENDLESS[term.ground], moment=self.term(term.anchor))
            return f"{text[:1].upper()}{text[1:]}."
        period = self._counted(term.period, term.anchor)
        why = self._of(say(_WHY[term.ground], period=period), term.plan, term.place)
        day = self.words.date(term.until.date())
        if term.until <= now:
            return say("Its time has been over since {day}: {why}.", day=day, why=why)
        return say("Kept until {day}: {why}.", day=day, why=why)

    def rule(self, rule: Fact) -> str:
        """A rule in one line: "deleted: 7 days from receipt, on the plan free; ...". Columns by their names."""
        columns = f" ({', '.join(rule.columns)})" if rule.columns else ""
        if rule.archived:
            columns = f" ({self.words.period(rule.archived)})"
        cases = self.term(rule.event) if rule.event else "; ".join(dict.fromkeys(map(self._case, rule.cases)))
        floors = dict.fromkeys(self.words.period(floor.clock.period) for floor in rule.least)
        least = [self.words.say("at least {period}", period=self.words.any_of(floors))] if floors else []
        return f"{self.words.say(_DONE[rule.action])}{columns}: {'; '.join([cases, *least])}"

    def _case(self, case: When) -> str:
        clocks = self.words.all_of(self._runs(clock) for clock in case.over)
        return self._of(clocks, case.plan, case.place)

    def _runs(self, clock: Runs) -> str:
        return self._counted(clock.period, clock.anchor)

    def _counted(self, period: str, anchor: str) -> str:
        words = self.words.period(period)
        return self.words.say("{period} from {moment}", period=words, moment=self.term(anchor)) if anchor else words

    def _of(self, text: str, plan: str, place: str) -> str:
        if plan:
            text = self.words.say("{text}, on the plan {plan}", text=text, plan=self.term(plan))
        return (
            self.words.say("{text}, for people in {place}", text=text, place=self.words.place(place)) if place else text
        )

    def term(self, name: str) -> str:
        """A moment or a plan in words."""
        if name in self.manifest.terms:
            return localised(self.manifest.terms[name], self.words.language, self.manifest.site.languages[0])[0]
        return self.words.say(self.terms[name]) if name in self.terms else name.replace("_", " ").replace(".", " ")
