"""Each rule on a policy that is otherwise sound: nothing fires on it as it stands, and one weakness is one finding."""

from __future__ import annotations

import datetime as dt

import pytest

from consentguard.manifest.lint import RULES, Rule
from tests.core.policies import MENDED, TODAY, Change, Tables, findings, ids

YESTERDAY = TODAY - dt.timedelta(days=1)
SAFEGUARDS = ("transfers", 0, "safeguards")


def test_nothing_is_found_in_a_sound_policy() -> None:
    """A complete policy under four laws in two languages has no finding at all."""
    assert findings(MENDED) == ()


def _set(*path: str | int, value: object) -> Change:
    def change(tables: Tables) -> None:
        *parents, last = path
        place: Tables = tables
        for step in parents:
            place = place[step]  # type: ignore[index]
        place[last] = value  # type: ignore[index]

    return change


def _drop(*path: str) -> Change:
    def change(tables: Tables) -> None:
        *parents, last = path
        for step in parents:
            tables = tables[step]
        del tables[last]

    return change


def _say(section: str, text: str) -> Change:
    texts = {"en": text, "es": "Una frase."}
    return lambda tables: tables["statements"].append({"section": section, "text": texts})


def _accept(rule: str) -> Change:
    return _set("accept", value={rule: {"reason": "known", "until": TODAY}})


def test_a_text_is_written_for_every_region_of_its_language() -> None:
    """`es` is read by people whose language is `es-GT`."""
    assert findings(MENDED, _set("site", "languages", value=["en", "es-GT"])) == ()


BREAKS: list[tuple[str, Change]] = [
    ("L-AGE-BELOW-LAW", _set("age", "threshold", value=13)),
    ("L-SECTION-MISSING", _set("recipients", value={})),
    ("L-SECTION-MISSING", _drop("rights")),
    ("L-BASIS-MISSING", _drop("purposes", "service", "basis")),
    ("L-BASIS-MISSING", _set("purposes", "service", "basis", value={"EEA": "contract"})),
    ("L-LI-BALANCING", _drop("purposes", "security", "balancing")),
    ("L-ART13-MISSING", _drop("automated_decisions")),
    ("L-ART13-MISSING", _drop("rights", "withdrawal")),
    ("L-ART13-MISSING", _drop("complaints", "GB")),
    ("L-ART13-MISSING", _drop("controller", "representatives")),
    ("L-ART13-MISSING", _drop("categories", "account", "required")),
    ("L-NO-CONTROLLER", lambda tables: [tables.pop(name) for name in ("controller", "regimes")]),
    ("L-CONTACT", _set("controller", "contact", value="privacy (at) example.com")),
    ("L-CONTACT", _say("contact", "Write to us: [email protected]")),
    ("L-DATE", _say("changes", "Updated on 03/04/2026.")),
    ("L-ENCODING", _say("data", "InformaciÃ³n")),
    ("L-UNTRANSLATED", _drop("categories", "account", "title", "es")),
    ("L-UNTRANSLATED", _set("site", "languages", value=["en", "es", "pt"])),
    ("L-DATE-MISSING", _set("changes", "dated", value="unstated")),
    ("L-NO-PURPOSE", _drop("categories", "usage", "purposes")),
    ("L-SPECIAL-CONDITION", _drop("categories", "health", "condition")),
    ("L-NO-PERIOD", _drop("categories", "usage", "retention")),
    ("L-NO-PERIOD", _set("categories", "usage", "retention", value={"from": "recorded", "at_most": "unstated"})),
    ("L-ARCHIVE", _set("categories", "invoices", "retention", "archive", value={})),
    ("L-EVENT-NO-FALLBACK", _drop("categories", "messages", "retention", "fallback")),
    ("L-ACTIVE-FALLBACK", _set("categories", "account", "retention", "fallback", value={"at_most": "P1Y"})),
    ("L-MAY-DELETE", _say("retention", "Inactive accounts may be deleted.")),
    ("L-HEDGE", _say("retention", "Logs generally go after 90 days.")),
    ("L-BACKUP-GAP", _drop("backups")),
    ("L-BACKUP-GAP", _drop("backups", "keep")),
    ("L-EVIDENCE-RETENTION", _drop("categories", "evidence")),
    ("L-30BD", _set("rights", "access", "complete_within", value={"business_days": 30})),
    ("L-ANSWER-TIME", _set("rights", "access", "complete_within", value="P45D")),
    ("L-CONFLICT", _drop("rights", "erasure", "text")),
    ("L-RIGHT-NOT-OFFERED", _drop("rights", "restriction")),
    ("L-RIGHT-NOT-OFFERED", _set("rights", "restriction", "regions", value=["EEA"])),
    ("L-NO-CHANNEL", _set("rights", "access", "channels", value=[])),
    ("L-RECIPIENT-COUNTRY", _drop("recipients", "hosting", "country")),
    ("L-BUYER", _set("recipients", "tax_office", "role", value="buyer")),
    ("L-NO-AGREEMENT", _drop("recipients", "hosting", "agreement")),
    ("L-TRANSFER-NO-SAFEGUARD", _set(*SAFEGUARDS, value=[])),
    ("L-TRANSFER-NO-SAFEGUARD", _set("transfers", value=[])),
    ("L-DIRECT-COLLECTION", _set("transfers", 0, "kind", value="direct_collection")),
    ("L-UK-SAFEGUARD", _set(*SAFEGUARDS, value=[{"instrument": "scc"}])),
    ("L-EU-SAFEGUARD", _set(*SAFEGUARDS, value=[{"instrument": "uk_idta"}])),
    ("L-SAFEGUARD-UNKNOWN", lambda tables: tables["transfers"][0]["safeguards"].append({"instrument": "safe_harbor"})),
    ("L-ADEQUACY", lambda tables: tables["transfers"][0]["safeguards"].append({"instrument": "adequacy"})),
    ("L-ADEQUACY-PARTIAL", _set("transfers", 1, "safeguards", value=[{"instrument": "adequacy"}])),
    ("L-GA-CONSENT", _set("cookies", "analytics", "purpose", value="security")),
    ("L-COOKIE-BROWSER", lambda tables: tables["statements"][0].update(
        text={"en": "You can block cookies in your browser.", "es": "Una frase."})),
    ("L-COOKIE-LIFETIME", _drop("cookies", "analytics", "lifetime")),
    ("L-HASH", _say("security", "Passwords are stored encrypted.")),
    ("L-CONSENT-BY-USE", _say("consent", "By visiting this site, you accept this policy.")),
    ("L-PAN", _say("data", "We store your card number for later.")),
    ("L-PAN", _drop("categories", "payments", "held_by")),
    ("L-ANON", _set("recipients", "analytics", "deidentified", value="anonymised")),
    ("L-VAGUE", _say("purposes", "We treat your data with the utmost care.")),
    ("L-NEVER", _say("sharing", "Your data will never be sold.")),
    ("L-ENCRYPTION-WIDE", _say("security", "Your data is encrypted at rest.")),
    ("L-ABSOLUTE", _say("security", "Your data is completely secure.")),
    ("L-AGREEMENT-LAPSED", _set("recipients", "hosting", "agreement", "until", value=YESTERDAY)),
    ("L-SAFEGUARD-LAPSED", _set(*SAFEGUARDS, 0, "until", value=YESTERDAY)),
    ("L-ATTESTATION-LAPSED", _set("measures", "training", "until", value=YESTERDAY)),
    ("L-ATTESTATION-LAPSED", _set("measures", "training", "review_every", value="P1M")),
    ("L-ACCEPT-UNKNOWN", _accept("L-31BD")),
    ("L-ACCEPT-UNUSED", _accept("L-30BD")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), BREAKS, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(BREAKS)])
def test_one_weakness_is_one_finding(rule: str, change: Change) -> None:
    """A weakness put into the sound policy is found under its id, and no other rule mistakes it for its own."""
    assert {rule} == ids(MENDED, change)


def test_every_rule_is_broken_once() -> None:
    """No rule goes untested."""
    assert set(RULES) == {rule for rule, _ in BREAKS}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_explains_itself(rule: Rule) -> None:
    """A rule has a title, tells in a few sentences what is weak and how to mend it, and names its source."""
    assert rule.title
    assert rule.explanation.count(".") >= 2
    assert rule.source
    assert rule.severity in ("error", "warning")


def test_a_region_inside_the_regime_is_enough_for_its_own_basis() -> None:
    """A basis for the EEA holds where the regime applies to one of its countries only."""

    def change(tables: Tables) -> None:
        tables["regimes"]["gdpr"]["applies"] = ["DE"]
        tables["purposes"]["service"]["basis"] = {"EEA": "contract", "GB": "contract"}

    assert ids(MENDED, change) == set()


def test_no_regime_no_legal_demands() -> None:
    """A site that declares no law and has only a cookie banner is asked for nothing else."""

    def change(tables: Tables) -> None:
        for name in set(tables) - {"manifest", "site", "controller", "cookies", "purposes"}:
            del tables[name]
        del tables["cookies"]["analytics"]["provider"]

    assert ids(MENDED, change) == set()


def test_adequacy_that_has_ended_is_none() -> None:
    """The decision on the United Kingdom ends on 27 December 2031, and what rests on it the day after."""

    def change(tables: Tables) -> None:
        tables["transfers"][1].update(to="GB", of=["EEA"], safeguards=[{"instrument": "adequacy"}])

    assert "L-ADEQUACY" not in ids(MENDED, change, dt.date(2031, 12, 27))
    assert "L-ADEQUACY" in ids(MENDED, change, dt.date(2031, 12, 28))


def test_clocks_that_agree_are_no_conflict() -> None:
    """Where retention and the right give the same time for a request, there is one clock."""

    def change(tables: Tables) -> None:
        del tables["rights"]["erasure"]["text"]
        tables["rights"]["erasure"]["complete_within"] = "PT1H"

    assert ids(MENDED, change) == set()


def test_clauses_are_not_asked_for_where_the_country_is_adequate() -> None:
    """Switzerland is adequate for both laws: a safeguard that only one of them accepts does no harm there."""

    def change(tables: Tables) -> None:
        tables["transfers"][0].update(to="CH", safeguards=[{"instrument": "scc"}])
        tables["recipients"]["payments"]["country"] = "CH"

    assert ids(MENDED, change) == set()


def test_a_framework_covers_its_own_countries() -> None:
    """The EU-US framework is no safeguard for data that goes to Kenya."""
    instruments = [{"instrument": "dpf"}, {"instrument": "uk_idta"}]
    assert ids(MENDED, _set(*SAFEGUARDS, value=instruments)) == {"L-EU-SAFEGUARD"}


def test_an_attestation_to_come_is_not_overdue() -> None:
    """A measure that is attested as of a day far ahead has no review that is due."""
    assert ids(MENDED, _set("measures", "training", "attested_on", value=dt.date(9999, 1, 1))) == set()


def test_an_age_is_held_against_the_law_where_consent_is_the_basis() -> None:
    """Only of places where the policy applies, on the day of the lint; an age of the law is not below it."""
    below = _set("age", "threshold", value=14)
    (found,) = findings(MENDED, below)
    assert "16 in BG" not in found.message
    assert "15 in CZ, DK, FR, GR, SI" in found.message
    assert "14" not in found.message.partition("consent:")[2]
    assert findings(MENDED, _set("age", "threshold", value="by_jurisdiction")) == ()

    def by_contract(tables: Tables) -> None:
        below(tables)
        tables["purposes"]["analytics"]["basis"] = "legitimate_interests"

    assert "L-AGE-BELOW-LAW" not in ids(MENDED, by_contract)
    (then,) = findings(MENDED, below, dt.date(2023, 12, 31))
    assert "DK" not in then.message
