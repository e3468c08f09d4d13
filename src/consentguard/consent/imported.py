"""Choices that another package took down: its log as entries of the evidence, a visitor's answers as a choice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consentguard.consent.policy import ConsentPolicy
from consentguard.consent.record import ACT, details
from consentguard.consent.service import Consent
from consentguard.records import EVERYONE, ConsentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A line of another package's log: that somebody, nobody knows who, accepted or refused a service, and when.

    `key` names the line within its log, `shown` is what that package calls the version of what it asked, and `lasts`
    how long it kept the answer.
    """

    key: str
    at: dt.datetime
    service: str
    accepted: bool
    shown: str
    lasts: dt.timedelta


def unknown(consent: Consent, source: str, lines: Sequence[Logged]) -> list[Logged]:
    """Those of the lines of a log, named `source`, that were not imported yet: under whichever key that was."""
    return [line for line in lines if not any(map(consent.stores.entries.find, _ids(consent, source, line)))]


def take_over(consent: Consent, source: str, lines: Sequence[Logged]) -> int:
    """Take down those lines of a log that were not imported yet, in one transaction; how many they were.

    Each is proof of an act and of no person. Its words are not on record, so it names no version of the policy.
    """
    with consent.stores.transactions.atomic():
        new = unknown(consent, source, lines)
        for line in new:
            record = _record(consent, source, line)
            facts = {**details(record), "shown": line.shown}
            consent.witness.import_once(record.id, ACT, EVERYONE, line.at, **facts)
    return len(new)


def answered(policy: ConsentPolicy, answers: Mapping[str, bool]) -> tuple[str, ...] | None:
    """What a visitor accepts who gave these answers elsewhere: by service, or by purpose for all its services.

    None where they were not asked about everything: nobody is taken to have answered what they were not asked.
    """
    asked = list(_asked(policy))
    given = [answers.get(name, answers.get(purpose)) for name, purpose, _ in asked]
    if None in given:
        return None
    return policy.accepted([item for (_, _, item), yes in zip(asked, given, strict=True) if yes])


def _asked(policy: ConsentPolicy) -> Iterator[tuple[str, str, str]]:
    """What visitors answer for: each service, or purpose that has none; its purpose, and the item to accept."""
    for purpose in policy.purposes:
        services = [name for name, service in policy.services.items() if service.purpose == purpose]
        yield from ((name, purpose, f"{purpose}/{name}") for name in services)
        if not services:
            yield purpose, purpose, purpose


def _record(consent: Consent, source: str, line: Logged) -> ConsentRecord:
    item = _item(consent.policy, line.service)
    return ConsentRecord(
        id=_ids(consent, source, line)[0],
        at=line.at,
        subject=EVERYONE,
        version=consent.version,
        policy="",
        accepted=(item,) if line.accepted else (),
        refused=() if line.accepted else (item,),
        language="",
        jurisdiction="",
        method="import",
        component=source,
        gpc=False,
        until=line.at + line.lasts,
    )


def _item(policy: ConsentPolicy, name: str) -> str:
    """What a service is called in a record; its own name where the policy does not have it any more."""
    service = policy.services.get(name)
    if service is None:
        return name
    alone = [each.name for each in policy.services.values() if each.purpose == service.purpose] == [name]
    return service.purpose if alone else f"{service.purpose}/{name}"


def _ids(consent: Consent, source: str, line: Logged) -> list[str]:
    """The id of a line's record under each key that there is, so that a rotation does not import it again."""
    return [mac[:32] for mac in consent.macs.every(f"{source}:{line.key}".encode())]
