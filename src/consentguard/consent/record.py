"""A choice as an entry of the evidence, and back: there is no second table that could say something else."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast, get_args

from consentguard.consent.errors import MethodError
from consentguard.records import ConsentMethod, ConsentRecord, EvidenceEntry

ACT = "consent.decided"
"""The act of every entry that is a record of consent."""
METHODS: tuple[ConsentMethod, ...] = get_args(ConsentMethod)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a visitor decides: `accepted` purposes and services, everything else that they were asked is refused.

    `policy` is the id of the version that they were shown: whoever accepts something must say it. `nonce` is what
    their browser made for this decision (32 hex digits), so that sending it twice records it once. The rest is as in
    `consentguard.records.ConsentRecord`.
    """

    accepted: tuple[str, ...]
    policy: str = ""
    method: ConsentMethod
    component: str
    language: str
    jurisdiction: str | None = None
    gpc: bool = False
    nonce: str = ""
    address: str = ""
    user_agent: str = ""

    def __post_init__(self) -> None:
        """Raises MethodError for a method that is none."""
        if self.method not in METHODS:
            raise MethodError(
                f"nobody decides by {self.method!r}: to go on using a site, or to say nothing, is no consent",
                hint=f"a choice is made by {', '.join(METHODS)} (Art. 4(11) and 7 GDPR)",
            )


def details(record: ConsentRecord) -> Mapping[str, str | int | bool]:
    """What the entry says. The same for all who choose alike, so that a database can count them."""
    facts: dict[str, str | int | bool] = {
        "policy": record.policy,
        "accepted": " ".join(record.accepted),
        "refused": " ".join(record.refused),
        "language": record.language,
        "jurisdiction": record.jurisdiction,
        "method": record.method,
        "component": record.component,
        "gpc": record.gpc,
        "lasts": round((record.until - record.at).total_seconds()) if record.until else 0,
    }
    more = {"text": record.text, "address": record.address, "user_agent": record.user_agent}
    return facts | {name: value for name, value in more.items() if value}


def parse(entry: EvidenceEntry) -> ConsentRecord | None:
    """The record that an entry is; None for any other act, and for what nobody of ours wrote."""
    if entry.act != ACT:
        return None
    try:
        facts = json.loads(entry.details)
        if facts["method"] not in METHODS:
            return None
        return ConsentRecord(
            id=entry.id,
            at=entry.at,
            subject=entry.subject,
            version=entry.version,
            policy=facts["policy"],
            accepted=tuple(facts["accepted"].split()),
            refused=tuple(facts["refused"].split()),
            language=facts["language"],
            jurisdiction=facts["jurisdiction"],
            method=cast(ConsentMethod, facts["method"]),
            component=facts["component"],
            gpc=facts["gpc"],
            until=entry.at + dt.timedelta(seconds=facts["lasts"]) if facts["lasts"] else None,
            text=facts.get("text", ""),
            address=facts.get("address", ""),
            user_agent=facts.get("user_agent", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def purposes_of(record: ConsentRecord) -> set[str]:
    """What a record decides about, by purpose: part of one is not the whole, and so refuses it."""
    return {item.partition("/")[0] for item in (*record.accepted, *record.refused)}


def newest_of(records: Iterable[ConsentRecord]) -> dict[str, ConsentRecord]:
    """The newest decision about each purpose, of records that come with the newest first."""
    newest: dict[str, ConsentRecord] = {}
    for record in records:
        for purpose in purposes_of(record):
            newest.setdefault(purpose, record)
    return newest
