"""The mails about a request: was it really its sender, when is it answered, what was done, and why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.letters import Letter
from consentguard.records import Denial, RightsRequest
from consentguard.rights.details import Details
from consentguard.rights.telling import Telling
from consentguard.words import N_, Words, words

ASKED = {
    "access": N_("a copy of the personal data about you"),
    "portability": N_("your personal data in a common format"),
    "erasure": N_("the deletion of the personal data about you"),
    "rectification": N_("the correction of the personal data about you"),
    "objection": N_("an end to certain uses of your personal data"),
    "restriction": N_("a restriction of the use of your personal data"),
    "withdrawal": N_("the withdrawal of your consent"),
    "opt_out": N_("an end to the sale of your data and to marketing"),
}
"""What each right asks for, as the end of a sentence."""
DENIALS: dict[Denial, str] = {
    "suspected_fraud": N_("We have reason to believe that it was not made by the person whom it is about."),
    "insuf_verification": N_("We could not verify who you are, or that you may act for the person concerned."),
    "no_match": N_("We found no data about you."),
    "claim_not_covered": N_("The law does not give the right that was asked for in this case."),
    "outside_jurisdiction": N_("The law that gives this right does not apply to you."),
    "too_many_requests": N_("You have made the same request too often."),
}
"""Why a request is refused, as a sentence."""


@dataclass(frozen=True, slots=True)
class Mails:
    """The letters of one site, each in the language of its request."""

    data_map: DataMap

    def confirmation(self, request: RightsRequest, link: str, until: dt.datetime) -> Letter:
        """Asks for a click, since anybody could have given the address."""
        w, controller = words(request.language), self.data_map.manifest.controller
        asked = {"what": w.say(ASKED[request.right]), "day": w.date(request.received_at.date())}
        first = w.say("On {day} somebody gave this address and asked for {what}.", **asked)
        if controller:
            say = N_("On {day} somebody gave this address to {name} and asked for {what}.")
            first = w.say(say, name=controller.name, **asked)
        return Letter(
            language=request.language,
            title=w.say("Please confirm your request"),
            paragraphs=(
                first,
                w.say("If it was you, open this link before {day} and confirm it there.", day=w.date(until.date())),
            ),
            link=link,
            link_label=w.say("Look at the request and confirm it"),
            closing=w.say("If it was not you, do nothing: nothing happens, and nobody learns anything."),
        )

    def copy(self, request: RightsRequest, link: str, until: dt.datetime) -> Letter:
        """Brings another link to a copy, to the mailbox that asked for it."""
        w = words(request.language)
        return Letter(
            language=request.language,
            title=w.say("Your copy is ready"),
            paragraphs=(
                w.say("On {day} you asked for a copy of your data.", day=w.date(request.received_at.date())),
                w.say("This link works once, before {day}.", day=w.date(until.date())),
            ),
            link=link,
            link_label=w.say("Download"),
        )

    def received(self, request: RightsRequest, details: Details, link: str) -> Letter:
        """Confirms the receipt, says until when there is an answer, and asks for what is missing."""
        w = words(request.language)
        return Letter(
            language=request.language,
            title=w.say("We have received your request"),
            paragraphs=(self._asked(w, request), *self._missing(w, request, details)),
            link=link,
            link_label=w.say("See how far the request is"),
        )

    def extension(self, request: RightsRequest, details: Details) -> Letter:
        """Says that the answer takes longer, until when, and why (Art. 12(3) GDPR)."""
        w = words(request.language)
        reason = [w.say("The reason is: {reason}", reason=details.reason)] if details.reason else []
        return Letter(
            language=request.language,
            title=w.say("We need more time for your request"),
            paragraphs=(
                self._asked(w, request),
                w.say("We answer it by {day} at the latest.", day=w.date(request.due_on)),
                *reason,
                *self._complaints(w),
            ),
        )

    def denial(self, request: RightsRequest, details: Details) -> Letter:
        """Says that nothing is done, and why, and where one can complain (Art. 12(4) GDPR)."""
        w = words(request.language)
        why = [w.say(DENIALS[request.denial])] if request.denial in DENIALS else []
        reason = [w.say("The reason is: {reason}", reason=details.reason)] if details.reason else []
        refused = w.say("We do not carry it out.")
        return Letter(
            language=request.language,
            title=w.say("We cannot carry out your request"),
            paragraphs=(self._asked(w, request), refused, *why, *reason, *self._complaints(w)),
        )

    def lifting(self, request: RightsRequest, ends: dt.date | None) -> Letter:
        """Says that a restriction is about to end, before it does (Art. 18(3) GDPR): that day, or now."""
        w = words(request.language)
        end = N_("The restriction of the use of your data that you obtained ends on {day}.")
        soon = N_("The restriction of the use of your data that you obtained is lifted now.")
        told = w.say(end, day=w.date(ends)) if ends else w.say(soon)
        again = w.say("From then on we use it as our privacy policy says. You can ask for a restriction again.")
        return Letter(
            language=request.language,
            title=w.say("A restriction ends"),
            paragraphs=(self._asked(w, request), told, again),
        )

    def outcome(self, request: RightsRequest, _details: Details) -> Letter:
        """Says what was done, what stays for which reason and until when, and who has not answered yet."""
        w = words(request.language)
        telling = Telling(self.data_map, w, request)
        return Letter(language=request.language, title=telling.title, paragraphs=tuple(telling.lines()))

    def _asked(self, w: Words, request: RightsRequest) -> str:
        return w.say(
            "On {day} you asked for {what}.",
            day=w.date(request.received_at.date()),
            what=w.say(ASKED[request.right]),
        )

    def _missing(self, w: Words, request: RightsRequest, details: Details) -> Iterator[str]:
        if request.state == "received" and details.person:
            yield w.say("You act for somebody else. Please answer this mail with a proof that you may.")
        elif request.paused_at:
            yield w.say("Please answer this mail with a proof of who you are.")
        if request.paused_at:
            yield w.say("Until we have it, the time in which we answer stands still where the law lets it.")
        yield w.say("We answer it by {day} at the latest.", day=w.date(request.due_on))

    def _complaints(self, w: Words) -> Iterator[str]:
        """Where somebody can turn to who is not content with the answer."""
        for complaint in self.data_map.manifest.complaints.values():
            name = f"{complaint.name} ({complaint.url})" if complaint.url else complaint.name
            yield w.say("You can complain to {authority}.", authority=name)
