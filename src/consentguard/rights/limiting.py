"""Rights that end a use and leave the data: objection, restriction, withdrawal of consent, opt-out of sale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from consentguard.records import ErrandKind, RightsRequest
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.people import RECEIPT, About, number

UNDECLARED = "undeclared"
COMPONENT = "rights"
"""What a consent was taken back in, as its record says."""


@dataclass(frozen=True)
class Limiting:
    """What these rights have in common."""

    means: Means
    request: RightsRequest
    errand: ErrandKind | None = None

    @cached_property
    def about(self) -> About:
        """Whom the request is about."""
        return About(self.means, self.request)

    def categories(self) -> frozenset[str]:
        """The categories that the request names, or those of every row about those who were found."""
        return frozenset(self.means.details(self.request).categories) or self.about.categories()

    def people(self) -> int:
        """How many people were found."""
        who = self.about.subject()
        return 1 if who and who.kind == RECEIPT else number(self.about.people)

    def _object(self, purpose: str) -> str:
        """Joined. Object to a purpose for everybody who is meant, and to its mails; why it is refused, if it is."""
        restrictions = self.means.restrictions
        subjects = [each for each in self.about.subjects() if each.kind != RECEIPT]  # no row is theirs
        answers = [restrictions.object(each, purpose, request=self.request.id) for each in subjects]
        if not subjects:
            answers = [restrictions.answer(purpose)]
        reason = next((answer.reason for answer in answers if not answer.granted), "")
        if not reason:
            self._suppress(purpose)
        return reason

    def _suppress(self, purpose: str) -> None:
        """Joined. Send none of the people's addresses mails of a purpose that is marketing."""
        declared = self.means.manifest.purposes.get(purpose)
        if declared and declared.marketing:
            for address, who in self.about.addresses():
                self.means.mailings.suppress(address, purpose, who, component=COMPONENT)

    def _withdraw(self, purposes: Collection[str]) -> None:
        """Joined. Take back every consent of the people to these purposes."""
        names = {self.means.pseudonyms.of_address(address) for address, _ in self.about.addresses()}
        names |= {self.means.pseudonyms.of(who) for who in self.about.subjects()}
        for name in sorted(names):
            language = self.request.language
            self.means.agreements.withdraw_by(name, purposes, component=COMPONENT, language=language)


@dataclass(frozen=True)
class Objection(Limiting):
    """Art. 21 GDPR: what rests on a contract or a law cannot be objected to, and marketing always can."""

    def lines(self) -> Iterator[str]:
        """What would be done."""
        for purpose in self._purposes():
            answer = self.means.restrictions.answer(purpose)
            yield f"object to {purpose}: {'granted' if answer.granted else f'refused ({answer.reason})'}"

    def do(self) -> Outcome:
        """Joined. Grant what the law grants, and say why the rest goes on."""
        reasons = {purpose: self._object(purpose) for purpose in self._purposes()}
        return Outcome(
            people=self.people(),
            granted=tuple(purpose for purpose, reason in reasons.items() if not reason),
            refused={purpose: reason for purpose, reason in reasons.items() if reason},
        )

    def _purposes(self) -> Sequence[str]:
        """The purposes that the request names, or all that can be objected to."""
        named, answer = self.means.details(self.request).purposes, self.means.restrictions.answer
        return named or [purpose for purpose in self.means.manifest.purposes if answer(purpose).granted]


@dataclass(frozen=True)
class Restriction(Limiting):
    """Art. 18 GDPR: all data of a person or some, until a day or until it is lifted."""

    errand: ErrandKind | None = "restrict"

    def lines(self) -> Iterator[str]:
        """What would be done."""
        until = self.means.details(self.request).until
        ends = f"until {until}" if until else "for good"
        for category in self._parts():
            yield f"restrict {category or 'all data'} of {self.people()} found, {ends}"

    def do(self) -> Outcome:
        """Joined. Mark it."""
        ends, marks = self._ends(), 0
        for subject in self.about.subjects():
            for category in self._parts():
                self.means.restrictions.restrict(subject, category=category, until=ends, request=self.request.id)
                marks += 1
        return Outcome(people=self.people(), restricted=marks)

    def _parts(self) -> Sequence[str]:
        return self.means.details(self.request).categories or ("",)

    def _ends(self) -> dt.datetime | None:
        """The end of the last day."""
        until = self.means.details(self.request).until
        return dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), dt.UTC) if until else None


@dataclass(frozen=True)
class Withdrawal(Limiting):
    """Art. 7(3) GDPR: consent is taken back as easily as it was given."""

    def lines(self) -> Iterator[str]:
        """What would be done."""
        yield from (f"withdraw consent to {purpose}" for purpose in self._purposes())

    def do(self) -> Outcome:
        """Joined. Take it back."""
        purposes, who = self._purposes(), self.about.subject()
        if who and who.kind == RECEIPT:
            language = self.request.language
            self.means.receipts.withdraw_receipt(who.key, component=COMPONENT, language=language)
        else:
            self._withdraw(purposes)
        unknown = set(self.means.details(self.request).purposes) - set(purposes)
        return Outcome(
            people=self.people(), granted=tuple(purposes), refused=dict.fromkeys(sorted(unknown), UNDECLARED)
        )

    def _purposes(self) -> Sequence[str]:
        named = self.means.details(self.request).purposes
        return [name for name in self.means.agreements.purposes if name in named or not named]


@dataclass(frozen=True)
class OptOut(Limiting):
    """1798.120 CCPA: no sale, no sharing, no marketing: what Global Privacy Control refuses, asked for in words."""

    def lines(self) -> Iterator[str]:
        """What would be done."""
        yield from (f"opt out of {purpose}" for purpose in self._purposes())

    def do(self) -> Outcome:
        """Joined. End it: consent, mails and the use of what is held."""
        purposes, agreed = self._purposes(), self.means.agreements.purposes
        self._withdraw([purpose for purpose in purposes if purpose in agreed])
        reasons = {purpose: self._object(purpose) for purpose in purposes}
        refused = {name: reason for name, reason in reasons.items() if reason and name not in agreed}
        return Outcome(
            people=self.people(), granted=tuple(name for name in purposes if name not in refused), refused=refused
        )

    def _purposes(self) -> Sequence[str]:
        named, agreed = self.means.details(self.request).purposes, self.means.agreements.purposes
        return named or [
            name
            for name, purpose in self.means.manifest.purposes.items()
            if purpose.marketing or (purpose.gpc and name in agreed)
        ]
