"""Who asks: the person whom the data is about, their agent, or their parent or guardian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from consentguard.rights.addresses import LONGEST_ADDRESS, is_address
from consentguard.web.links import Link
from consentguard.web.messages import Inbound
from consentguard.web.sheet import Field
from consentguard.words import N_, Words

By = Literal["", "agent", "guardian"]
BY = "by"
"""The part of the address that says who asks: a page for each, since no form hides its fields without a script."""
LONGEST_NAME = 200
_MISSING = {
    "email": N_("Write an e-mail address, such as name@example.com."),
    "person": N_("Write the e-mail address of the person, such as name@example.com."),
    "agent": N_("Write your name."),
    "authority": N_("Write by what right you act."),
}
"""What is to be put right in a field, in words that name it: the summary above the form has nothing else."""
_WAYS: Mapping[By, str] = {
    "": N_("I ask for myself"),
    "agent": N_("I ask for somebody who has authorised me"),
    "guardian": N_("I am a parent or guardian"),
}
_AUTHORITY: Mapping[By, tuple[str, str]] = {
    "agent": (
        N_("By what right do you act for them?"),
        N_("Such as a power of attorney. We write to you how to show it."),
    ),
    "guardian": (
        N_("By what right do you act for them?"),
        N_("Such as parent, or guardian named by a court. We write to you how to show it."),
    ),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as a form says it."""

    inbound: Inbound
    words: Words

    @property
    def by(self) -> By:
        """For whom: empty for themselves."""
        by = self.inbound.query.get(BY, "")
        return cast(By, by) if by in _WAYS else ""

    @property
    def query(self) -> str:
        """The part of the address that keeps it."""
        return f"?{BY}={self.by}" if self.by else ""

    @property
    def address(self) -> str:
        """Where the request is answered."""
        return self.inbound.value("email")

    def details(self) -> dict[str, str]:
        """What a request says of who asks."""
        if not self.by:
            return {}
        return {name: self.inbound.value(name) for name in ("agent", "authority", "person")}

    def fields(self, errors: Mapping[str, str]) -> tuple[Field, ...]:
        """The address, and for somebody else their names and by what right."""
        say = self.words.say
        if not self.by:
            return (self._address("email", say("Your e-mail address"), say("The one that we know you by."), errors),)
        right, hint = map(say, _AUTHORITY[self.by])
        return (
            self._text("agent", say("Your name"), "", errors, autocomplete="name"),
            self._address("email", say("Your e-mail address"), say("We answer you there."), errors),
            self._text("authority", right, hint, errors),
            self._address(
                "person",
                say("The e-mail address of the person"),
                say("The one that we know them by."),
                errors,
                own=False,
            ),
        )

    def errors(self) -> dict[str, str]:
        """What is to be put right, by field."""
        texts = ("agent", "authority") if self.by else ()
        addresses = ("email", "person") if self.by else ("email",)
        wrong = [name for name in addresses if not is_address(self.inbound.value(name))]
        wrong += [name for name in texts if not 0 < len(self.inbound.value(name)) <= LONGEST_NAME]
        return {name: self.words.say(_MISSING[name]) for name in wrong}

    def others(self, path: str) -> tuple[Link, ...]:
        """The same page for who asks otherwise."""
        return tuple(
            Link(url=f"{path}?{BY}={by}" if by else path, label=self.words.say(label), language=self.words.language)
            for by, label in _WAYS.items()
            if by != self.by
        )

    def _address(self, name: str, label: str, hint: str, errors: Mapping[str, str], *, own: bool = True) -> Field:
        return Field(
            id=name,
            name=name,
            kind="email",
            label=label,
            hint=hint,
            value=self.inbound.value(name)[:LONGEST_ADDRESS],
            error=errors.get(name, ""),
            autocomplete="email" if own else "off",
            max_length=LONGEST_ADDRESS,
        )

    def _text(self, name: str, label: str, hint: str, errors: Mapping[str, str], autocomplete: str = "") -> Field:
        return Field(
            id=name,
            name=name,
            label=label,
            hint=hint,
            value=self.inbound.value(name)[:LONGEST_NAME],
            error=errors.get(name, ""),
            autocomplete=autocomplete,
            max_length=LONGEST_NAME,
        )
