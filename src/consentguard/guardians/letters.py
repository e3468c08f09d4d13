"""The mails to a guardian: what is asked of them, and how they take back what they agreed to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from consentguard.letters import Letter
from consentguard.manifest.schema import Manifest
from consentguard.words import N_, spoken


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of one site. None names the child: whoever opens a guardian's mailbox learns nothing of them."""

    manifest: Manifest

    def notice(self, language: str, link: str, until: dt.date) -> Letter:
        """Asks a guardian to look at what a child would like to use."""
        w = spoken(language)
        first = w.say("A child gave this address and asked us to write to their parent or guardian.")
        if name := self._name:
            say = N_("A child would like to use {name}, and gave this address as that of their parent or guardian.")
            first = w.say(say, name=name)
        return Letter(
            language=language,
            title=w.say("A child asks for your permission"),
            paragraphs=(
                first,
                w.say("Open this link before {day} to see what is asked, and to agree or not.", day=w.date(until)),
                w.say("If you do not answer, we delete your address and that of the child on that day."),
            ),
            link=link,
            link_label=w.say("See what is asked"),
            closing=w.say("If you are not a parent or guardian, do nothing."),
        )

    def agreed(self, language: str, link: str) -> Letter:
        """Says that a guardian agreed, with the link by which they take it back."""
        w = spoken(language)
        return Letter(
            language=language,
            title=w.say("You have agreed for a child"),
            paragraphs=(w.say("You can look at what you agreed to, and take it back, at any time. Keep this mail."),),
            link=link,
            link_label=w.say("Look at it, or take it back"),
        )

    @property
    def _name(self) -> str:
        return self.manifest.controller.name if self.manifest.controller else ""
