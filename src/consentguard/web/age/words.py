"""What is asked and said about age, in a language: shared by our page and by the sign-up forms of a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consentguard.web.age.asking import Mistake
from consentguard.web.sheet import Option
from consentguard.words import spoken

DIGITS = 4
"""Of a year."""
HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The words of the question. `affirm` names the age, as only `attest` does; the other words tell none."""

    month: str
    year: str
    year_hint: str
    choose: str
    months: tuple[Option, ...]
    affirm: str
    yes: str
    no: str
    mistakes: Mapping[Mistake, str]
    refused: str
    address: str


def asked(language: str, threshold: int) -> Asked:
    """The question in a language; the threshold stands in the words of `affirm` alone."""
    speech = spoken(language)
    say, names = speech.say, speech.locale.months["stand-alone"]["wide"]
    return Asked(
        month=say("Month of birth"),
        year=say("Year of birth"),
        year_hint=say("Four digits"),
        choose=say("Choose"),
        months=tuple(Option(value=str(number), label=names[number]) for number in range(1, 13)),
        affirm=say("I am {age} or older.", age=str(threshold)),
        yes=say("Yes"),
        no=say("No"),
        mistakes={
            "month": say("Choose the month."),
            "year": say("Write the year in four digits."),
            "date": say("Please check the month and the year."),
            "yes": say("Choose yes or no."),
        },
        refused=say("From what you told us, this part of the site is not for you yet. You have done nothing wrong."),
        address=say("The address for which your parent or guardian has agreed."),
    )


def wait(language: str, seconds: int) -> str:
    """What somebody reads whose network address was refused a short while ago, by them or by somebody else."""
    speech = spoken(language)
    period = speech.period(f"PT{-(-seconds // HOUR)}H" if seconds > HOUR else f"PT{-(-seconds // 60)}M")
    return speech.say(
        "Somebody answered from your network a short while ago. You can answer in {period}.", period=period
    )
