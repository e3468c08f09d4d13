"""What an admin shows of our records, decided once for every framework's admin: screens, words, whom to look for."""

from __future__ import annotations

from typing import get_args

from consentguard.records import OWED, AgeOutcome, FactorState, RequestState
from consentguard.screens import words
from consentguard.screens.consents import CONSENTS, RATES, VERSIONS
from consentguard.screens.rates import DAYS, RatesPage, rates_page
from consentguard.screens.rows import DataRow, KeyRow, data_rows, keys
from consentguard.screens.seeking import SEEK_HELP, VIEWED, Sought, pseudonyms, sought, viewed
from consentguard.screens.shape import Cell, Column, Screen, Tone
from consentguard.screens.telling import (
    CARRY_OUT,
    SEND_OWED,
    TO_CARRY_OUT,
    VERIFY,
    Told,
    told_owed,
    told_plan,
    told_verification,
)
from consentguard.screens.versions import AFTER, BEFORE, VersionsPage, versions_page

__all__ = [
    "AFTER",
    "AGES",
    "BEFORE",
    "CARRY_OUT",
    "CONSENTS",
    "DATA_MAP",
    "DAYS",
    "EVIDENCE",
    "FACTORS",
    "KEYS",
    "MOST_COUNTED",
    "RATES",
    "REQUESTS",
    "SCREENS",
    "SEEK_HELP",
    "SEND_OWED",
    "TO_CARRY_OUT",
    "VERIFY",
    "VERSIONS",
    "VIEWED",
    "Cell",
    "Column",
    "DataRow",
    "KeyRow",
    "RatesPage",
    "Screen",
    "Sought",
    "Told",
    "Tone",
    "VersionsPage",
    "data_rows",
    "keys",
    "pseudonyms",
    "rates_page",
    "sought",
    "told_owed",
    "told_plan",
    "told_verification",
    "versions_page",
    "viewed",
]

MOST_COUNTED = 10_000
"""How many rows a list counts and leads to, the first in its order: nobody turns pages beyond, and counting costs."""

REQUEST_STATES = {
    "received": Cell("waits to be confirmed"),
    "confirmed": Cell("confirmed: to be answered", "soon"),
    "done": Cell("done", "good"),
    "expired": Cell("not confirmed, or not downloaded, in time"),
}
FACTOR_STATES = {
    "pending": Cell("being set up"),
    "active": Cell("active", "good"),
    "disabled": Cell("disabled: too many wrong codes", "bad"),
}
KEY_STATES = {
    "enabled": Cell("enabled", "good"),
    "decrypt-only": Cell("decrypts only"),
    "destroyed": Cell("destroyed", "bad"),
}
OWES = {
    "": Cell("nothing"),
    "confirmation": Cell("the mail to confirm it", "bad"),
    "outcome": Cell("the mail of what was done", "bad"),
}

REQUESTS = Screen(
    name="requests",
    title="Rights requests",
    lead="What people asked for, and how long is left to answer: first what is to be answered, by urgency.",
    columns=(
        words.text("right", "Right"),
        words.states(REQUEST_STATES),
        Column("clock", "Clock", words.clock),
        words.states(OWES, "owes", "Owed"),
        words.days("due_on", "Due on"),
        words.moments("received_at", "Received"),
        words.person("contact_ref"),
    ),
    more=(
        words.moments("confirmed_at", "Confirmed"),
        words.moments("closed_at", "Closed"),
        words.facts("outcome", "Outcome"),
        words.text("language", "Language"),
        words.text("jurisdiction", "Jurisdiction"),
        words.text("id", "Id"),
    ),
    search=("id",),
    filters={"state": get_args(RequestState), "owes": OWED},
    order=("state", "due_on", "id"),
    person="contact_ref",
    sealed=("contact",),
)
EVIDENCE = Screen(
    name="evidence",
    title="Evidence",
    lead="That something was done, chained soon after so that a change is found.",
    columns=(
        words.moments("at", "When"),
        words.text("act", "Act"),
        words.person(),
        words.facts("details", "Details"),
        words.short("version", "Policy version"),
        Column("sequence", "Seal", words.sealed),
    ),
    more=(
        words.text("segment", "Segment"),
        words.text("key_id", "Key"),
        words.short("mac", "Keyed hash"),
        words.text("id", "Id"),
    ),
    search=("id", "act"),
    order=("-at", "-id"),
    person="subject",
)
FACTORS = Screen(
    name="factors",
    title="Second factors",
    lead="Who has a second factor, and in which state. Secrets and codes are never shown.",
    columns=(
        words.person(),
        words.states(FACTOR_STATES),
        words.text("kind", "Kind"),
        words.moments("created_at", "Since"),
        words.text("failures", "Wrong codes in a row"),
        words.moments("next_at", "Next attempt from"),
    ),
    more=(words.text("id", "Id"),),
    search=("id",),
    filters={"state": get_args(FactorState)},
    person="subject",
    sealed=("secret",),
)
AGES = Screen(
    name="ages",
    title="Age claims",
    lead="Outcomes of the age screen: whether an age is reached, as was said. Dates of birth are not kept.",
    columns=(
        words.moments("at", "Said"),
        words.person(),
        words.text("threshold", "Years"),
        words.text("outcome", "Outcome"),
        words.text("assurance", "Assurance"),
        words.short("version", "Policy version"),
        words.days("recheck_on", "Ask again from"),
    ),
    more=(words.text("method", "Method"), words.text("id", "Id")),
    search=("id",),
    filters={"outcome": get_args(AgeOutcome)},
    person="subject",
)
KEYS = Screen(
    name="keys",
    title="Keys",
    lead="The keys of the keyring: one seals and signs, the others open and verify what came before. None is shown.",
    columns=(
        words.text("id", "Id"),
        words.states(KEY_STATES),
        words.moments("created", "Made"),
    ),
)
DATA_MAP = Screen(
    name="data-map",
    title="Data map",
    lead="Which column holds which personal data, about whom, and how long it is kept.",
    columns=(
        words.text("table", "Table"),
        words.text("column", "Column"),
        words.text("category", "Category"),
        words.text("subjects", "About"),
        words.text("retention", "Kept"),
    ),
    search=("table", "column", "category", "subjects", "retention"),
)
SCREENS = (CONSENTS, RATES, VERSIONS, REQUESTS, EVIDENCE, FACTORS, AGES, KEYS, DATA_MAP)
