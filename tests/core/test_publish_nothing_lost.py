"""Nothing of a manifest is lost on the way to the reader: each key changes a document or the record, or is internal."""

from __future__ import annotations

import copy
import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec

from consentguard.manifest import schema
from consentguard.manifest.schema import Manifest
from consentguard.publish.documents import kinds
from consentguard.publish.markdown import markdown
from consentguard.publish.record import record
from tests.core.policies import FIVE, MENDED, TODAY, Tables
from tests.core.test_publish_documents import COMPLETE, written

INTERNAL = {
    "site.base_url": "where the pages are served",
    "site.languages.#": "which documents there are",
    "prohibited.*.title.en": "a prohibition with a description is told by that",
    "prohibited.*.title.es": "a prohibition with a description is told by that",
    "categories.*.retention.ends_on.#.scope": "that an event has a scope is said; its name is a relation's",
    "categories.*.retention.unknown_plan": "what the runner does for a plan that it does not know",
    "recipients.*.named": "whether lint asks for a name",
    "stores.*.kind": "how a connector reaches it",
    "stores.*.owner": "the role that answers for it",
    "rights.*.approval": "how many people look at what a request would do",
    "disclosures.*.notice": "said in the disclosure's own words, where it has some",
    "purposes.*.ask": "where the question is put: whoever sees it is there",
    "cookies.*.consent_mode.#": "what a tag is told by script",
    "consent.title": "the banner shows it",
    "consent.text": "the banner shows it",
    "consent.accept": "the banner shows it",
    "consent.refuse": "the banner shows it",
    "consent.settings": "the banner shows it",
    "age.basis": "which of the law's ages counts; the sentence speaks of deciding alone",
    "age.guardian.verify": "how a guardian is verified: the record of each consent says it",
    "age.guardian.answer_within": "how long a guardian has to answer: the mail to them says it",
    "age.retry_after": "how long an address waits after a refusal: whoever waits is told",
    "measures.*.kind": "a classification",
    "measures.*.evidence.#": "what the role shows an auditor",
    "measures.*.attested_on": "the attestation's end is what counts",
    "measures.*.review_every": "when the role is reminded",
    "twofactor.remember_for": "how long a browser may be remembered where somebody asks for it",
    "twofactor.user_verification": "what a passkey's device asks its owner for",
    "changes.dated": "whether the page shows its version's date",
    "accept.*.where.#": "a weakness that was accepted",
    "accept.*.reason": "a weakness that was accepted",
    "accept.*.until": "a weakness that was accepted",
}
"""Keys that no reader is told of by themselves, and why."""
_NAMED = (
    "subjects|purposes|prohibited|categories|recipients|disclosures|stores|cookies|rights|complaints|measures|terms"
    "|accept"
)
_OTHERS = (
    "P61D", "FR", "EEA", "authority", "processor", "onward", "direct_collection", "retention", "purposes", "identity",
    "files", "cache", "error", "technical", "organisational", "prior", "after", "contract", "law", "delete", "archive",
    "attest", "email", "post", "totp", "webauthn", "unstated", "version", "ad_user_data", "user_agent", "banner", "one",
    "preferred",
    "consent",
)  # fmt: skip


RARE: Tables = {
    "manifest": 1,
    "purposes": {"video": {"gpc": False, "ask": "form"}},
    "cookies": {
        "player": {
            "purpose": "video",
            "names": ["_p"],
            "iframes": ["video.example.com"],
            "hosts": ["v.example.com"],
            "consent_mode": ["ad_storage"],
        }
    },
    "consent": {
        "lasts": "P90D",
        "title": "Biscuits",
        "text": "Some?",
        "accept": "Yes",
        "refuse": "No",
        "settings": "Which?",
        "record": ["address"],
    },
    "controller": {"name": "Shop", "representatives": {"EEA": {"name": "Someone", "address": "1 Example Street"}}},
    "categories": {
        "contact": {"retention": {"while_active": True, "grace": "P30D"}},
        "letters": {"retention": {"at_most_by_jurisdiction": {"GT": "P1Y"}}},
        "history": {"retention": {"open_ended": "It is history."}},
        "orders": {
            "retention": {"from": "delivered", "at_most": "P7D", "fallback": {"at_most": "P9D", "from": "sent"}}
        },
        "chats": {"retention": {"at_most_by_plan": {"free": "P7D"}, "unknown_plan": "error"}},
    },
    "recipients": {"host": {"role": "processor"}},
    "stores": {"logs": {"kind": "logs", "title": "Access logs", "holds": ["orders"], "recipient": "host"}},
    "rights": {"access": {"channels": ["page"], "approval": "two"}},
    "twofactor": {"methods": ["webauthn"], "remember_for": "P30D", "user_verification": "required"},
    "age": {
        "threshold": "by_jurisdiction",
        "at_least": 13,
        "basis": "sale",
        "mode": "screen",
        "retry_after": "PT12H",
        "guardian": {"verify": "form", "answer_within": "P7D"},
    },
    "measures": {"training": {"text": "Everybody is trained."}},
    "statements": [{"section": "rights", "text": {"en": "More."}, "when": {"jurisdiction": ["GT"], "plan": ["free"]}}],
    "accept": {"L-30BD": {"reason": "under revision", "until": dt.date(2027, 1, 1), "where": ["rights.erasure"]}},
}
"""Keys that none of the policies in files states."""


def policies() -> Iterator[Tables]:
    """Policies that state every key of the schema between them."""
    yield from (tomllib.loads(path.read_text("utf-8")) for path in (MENDED, COMPLETE, *FIVE.values()))
    yield RARE


def kind_of(place: tuple[str | int, ...]) -> str:
    """A key path without the names that this manifest gave: `categories.*.kind`."""
    path = ".".join("#" if isinstance(step, int) else step for step in place)
    return re.sub(rf"^({_NAMED})\.[^.]+", r"\1.*", path)


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value that is no table or list, with its path."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if pairs is None:
        yield place, value
    for key, inner in pairs or ():
        yield from leaves(inner, (*place, key))


def others(value: Any) -> Iterator[Any]:
    """Values that may stand in the place of another."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, dt.date):
        yield value + dt.timedelta(days=1)
    else:
        yield from (other for other in (f"{value}x", *_OTHERS) if other != value)


def changed(tables: Tables, place: tuple[str | int, ...], value: Any) -> Manifest | None:
    """The manifest with another value in one place, or None where the schema lets no other stand."""
    *way, last = place
    for other in others(value):
        copied = spot = copy.deepcopy(tables)
        for step in way:
            spot = spot[step]  # type: ignore[index]
        spot[last] = other  # type: ignore[index]
        try:
            return msgspec.convert(copied, Manifest)
        except msgspec.ValidationError:
            continue
    return None


def shown(manifest: Manifest) -> tuple[object, ...]:
    """All that a reader or a regulator sees: texts, attestations, and the record."""
    documents = [written(manifest, kind, language) for kind in kinds(manifest) for language in ("en", "es")]
    states = [(claim.state, claim.by, claim.until) for document in documents for claim in document.claims()]
    records = [record(manifest, None, language, today=TODAY) for language in ("en", "es")]
    texts = [re.sub("<!--.*?-->", "", markdown(document)) for document in documents]  # what is read, not its ids
    return (*texts, states, *(made.as_csv() + made.as_markdown() for made in records))


def unseen() -> set[str]:
    """The kinds of keys that can change without any reader noticing, in any of the manifests."""
    seen: set[str] = set()
    tried: set[str] = set()
    for tables in policies():
        before = shown(msgspec.convert(tables, Manifest))
        for place, value in leaves(tables):
            kind = kind_of(place)
            if kind not in seen and (other := changed(tables, place, value)):
                tried.add(kind)
                seen |= {kind} if shown(other) != before else set()
    return tried - seen


def test_every_key_is_published_recorded_or_internal_for_a_reason() -> None:
    """A fact of the manifest that neither the documents nor the record show is listed with why."""
    assert unseen() == INTERNAL.keys()


def stated(value: Any) -> Iterator[tuple[str, str]]:
    """The keys of the schema that a manifest states: the struct's name and the key."""
    if isinstance(value, msgspec.Struct):
        plain = msgspec.to_builtins(value)  # without what is as by default
        for field in msgspec.structs.fields(value):
            if field.encode_name in plain:
                yield type(value).__name__, field.encode_name
            yield from stated(getattr(value, field.name))
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from stated(inner)


def test_the_policies_state_every_key_of_the_schema() -> None:
    """A new key fails here until a policy states it, and then above until somebody is told of it."""
    known = {
        (name, field.encode_name) for name in schema.__all__ for field in msgspec.structs.fields(getattr(schema, name))
    }
    found = {key for tables in policies() for key in stated(msgspec.convert(tables, Manifest))}
    assert known - found == {("Regimes", "unknown")}  # there is but one value, and it is the default
