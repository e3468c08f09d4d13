"""What an admin shows of our records, decided once for every framework's admin: screens, words, whom to look for."""

from __future__ import annotations

from typing import get_args

from consentguard.records import AgeOutcome
from consentguard.screens import (
    factors,
    guardians,
    holds,
    marks,
    minors,
    request_acts,
    request_page,
    retention,
    reviews,
    words,
    work,
)
from consentguard.screens.consents import CONSENTS, RATES, VERSIONS
from consentguard.screens.desk import Act, Desk, Field, Form, Page, Part, Seat, Sent, done, opened
from consentguard.screens.factors import FACTORS, Holder, holder_of, share
from consentguard.screens.guardians import GUARDIANS
from consentguard.screens.holds import HOLDS
from consentguard.screens.marks import MARKS
from consentguard.screens.minors import MINORS
from consentguard.screens.rates import DAYS, RatesPage, rates_page
from consentguard.screens.requests import REQUESTS
from consentguard.screens.retention import RETENTION
from consentguard.screens.rows import DataRow, KeyRow, data_rows, keys
from consentguard.screens.seeking import SEEK_HELP, SEEK_ROWS, VIEWED, Sought, pseudonyms, sought, viewed
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
from consentguard.screens.work import ERRANDS, RUNS

__all__ = [
    "AFTER",
    "AGES",
    "BEFORE",
    "CARRY_OUT",
    "CONSENTS",
    "DATA_MAP",
    "DAYS",
    "DESKS",
    "ERRANDS",
    "EVIDENCE",
    "FACTORS",
    "GUARDIANS",
    "HOLDS",
    "KEYS",
    "MARKS",
    "MINORS",
    "MOST_COUNTED",
    "PERMISSIONS",
    "RATES",
    "REQUESTS",
    "RETENTION",
    "RUNS",
    "SCREENS",
    "SEEK_HELP",
    "SEEK_ROWS",
    "SEND_OWED",
    "TO_CARRY_OUT",
    "VERIFY",
    "VERSIONS",
    "VIEWED",
    "Act",
    "Cell",
    "Column",
    "DataRow",
    "Desk",
    "Field",
    "Form",
    "Holder",
    "KeyRow",
    "Page",
    "Part",
    "RatesPage",
    "Screen",
    "Seat",
    "Sent",
    "Sought",
    "Told",
    "Tone",
    "VersionsPage",
    "data_rows",
    "done",
    "holder_of",
    "keys",
    "opened",
    "pseudonyms",
    "rates_page",
    "share",
    "sought",
    "told_owed",
    "told_plan",
    "told_verification",
    "versions_page",
    "viewed",
]

MOST_COUNTED = 10_000
"""How many rows a list counts and leads to, the first in its order: nobody turns pages beyond, and counting costs."""

KEY_STATES = {
    "enabled": Cell("enabled", "good"),
    "decrypt-only": Cell("decrypts only"),
    "destroyed": Cell("destroyed", "bad"),
}
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
SCREENS = (
    REQUESTS, MINORS, GUARDIANS, HOLDS, ERRANDS, MARKS, RETENTION, RUNS,
    CONSENTS, RATES, VERSIONS, EVIDENCE, FACTORS, AGES, KEYS, DATA_MAP,
)  # fmt: skip
DESKS = {
    desk.screen.name: desk
    for desk in (
        Desk(
            screen=REQUESTS,
            page=request_page.request_page,
            acts=(*request_acts.ACTS, *reviews.ACTS),
            entry=request_acts.enter_page,
            begin=request_acts.ENTER,
            begin_label="Take a request down…",
        ),
        Desk(
            screen=MINORS,
            page=minors.report_page,
            acts=minors.ACTS,
            entry=minors.enter_page,
            begin=minors.ADD,
            begin_label="Report a minor…",
        ),
        Desk(
            screen=HOLDS,
            page=holds.hold_page,
            acts=holds.ACTS,
            entry=holds.place_page,
            begin=holds.ADD,
            begin_label="Place a hold…",
        ),
        Desk(screen=GUARDIANS, page=guardians.guardian_page, acts=guardians.ACTS),
        Desk(screen=ERRANDS, page=work.errand_page, acts=work.ACTS),
        Desk(screen=RUNS, page=work.run_page),
        Desk(screen=MARKS, page=marks.mark_page, acts=marks.ACTS),
        Desk(
            screen=FACTORS,
            page=factors.factor_page,
            entry=factors.reset_page,
            begin=factors.RESET,
            begin_label="Take a second factor away…",
        ),
        Desk(screen=RETENTION, page=retention.retention_page, acts=retention.ACTS),
    )
}
"""What is done on each screen where something is, by the screen's name."""
PERMISSIONS = tuple(
    dict.fromkeys(act.may for desk in DESKS.values() for act in (*desk.acts, *([desk.begin] if desk.begin else [])))
)
"""What an admin may let somebody do, as `requests.approve`; beside seeing a screen, and what evidence needs."""
