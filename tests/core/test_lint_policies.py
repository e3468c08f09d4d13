"""What lint finds in the five reference policies, and that mending each weakness silences it."""

from __future__ import annotations

import datetime as dt

import pytest

from consentguard.manifest.lint import RULES
from tests.core.policies import FIVE, TODAY, Change, Tables, findings, ids

FIRES_ON = {
    # the findings that the five policies are known for
    "L-30BD": "u2",
    "L-CONFLICT": "u2",
    "L-ARCHIVE": "s",
    "L-HEDGE": "s",
    "L-NO-PERIOD": "v s h",
    "L-HASH": "u1 u2",
    "L-CONSENT-BY-USE": "u1 u2 v s h",
    "L-PAN": "s",
    "L-GA-CONSENT": "v",
    "L-BACKUP-GAP": "u1 u2 v s h",
    "L-CONTACT": "u1 v s h",
    "L-DATE": "h",
    "L-ENCODING": "h",
    "L-RECIPIENT-COUNTRY": "u1 u2 v s h",
    "L-EVIDENCE-RETENTION": "u2",
    "L-ART13-MISSING": "u1 u2 v s h",
    "L-VAGUE": "v",
    "L-DATE-MISSING": "u1 u2 v s",
    "L-MAY-DELETE": "h",
    "L-EVENT-NO-FALLBACK": "s",
    "L-BASIS-MISSING": "u1 u2 s h",
    "L-RIGHT-NOT-OFFERED": "u1 u2 s h",
    "L-UK-SAFEGUARD": "v",
    "L-SAFEGUARD-UNKNOWN": "v",
    "L-ANON": "v",
    "L-NEVER": "v",
    # the others
    "L-ABSOLUTE": "v",
    "L-ADEQUACY": "s",
    "L-COOKIE-BROWSER": "u1 u2 s",
    "L-COOKIE-LIFETIME": "u1 u2 v s",
    "L-DIRECT-COLLECTION": "v",
    "L-ENCRYPTION-WIDE": "u1 u2 v h",
    "L-LI-BALANCING": "v",
    "L-NO-AGREEMENT": "u1 u2 v s h",
    "L-NO-CHANNEL": "s",
    "L-TRANSFER-NO-SAFEGUARD": "h",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_fires_on_exactly_these_policies(rule: str) -> None:
    """Each known weakness is found where it is, and nowhere else."""
    found = {name for name, path in FIVE.items() if rule in ids(path)}
    assert set(FIRES_ON.get(rule, "").split()) == found


@pytest.mark.parametrize(
    ("rule", "policy", "where"),
    [
        ("L-RIGHT-NOT-OFFERED", "u1", {"rights.restriction"}),
        ("L-RIGHT-NOT-OFFERED", "u2", {"rights.restriction"}),
        ("L-RIGHT-NOT-OFFERED", "s", {"rights.objection", "rights.restriction"}),
        ("L-RIGHT-NOT-OFFERED", "h", {"rights.objection", "rights.restriction", "rights.portability"}),
        ("L-CONTACT", "u1", {"controller.contact", "statements[7].text.en", "statements[7].text.es"}),
        ("L-HASH", "u2", {"statements[1].text.en", "statements[1].text.es"}),
        ("L-EVENT-NO-FALLBACK", "s", {"categories.message_content.retention.from"}),
        ("L-BACKUP-GAP", "u1", {"backups.keep"}),
        ("L-UK-SAFEGUARD", "v", {"transfers[0].safeguards"}),
    ],
)
def test_a_finding_names_its_place(rule: str, policy: str, where: set[str]) -> None:
    """A finding carries the key path of what is weak; statements go by their index and language."""
    assert where == {finding.where for finding in findings(FIVE[policy]) if finding.id == rule}


@pytest.mark.parametrize("policy", ["v", "u2"])
def test_a_finding_carries_the_line_of_its_place(policy: str) -> None:
    """The line of a statement's finding is the line on which that sentence stands."""
    lines = FIVE[policy].read_text("utf-8").splitlines()
    for finding in findings(FIVE[policy]):
        if finding.where.startswith("statements"):
            assert finding.line is not None
            assert lines[finding.line - 1].startswith("text.")


@pytest.mark.parametrize(
    "item", ["complaints", "automated_decisions", "controller.dpo", "controller.representatives.EEA"]
)
@pytest.mark.parametrize("policy", FIVE)
def test_what_all_five_forget(policy: str, item: str) -> None:
    """None of the five tells of an authority, automated decisions, an officer or a representative."""
    assert item in {finding.where for finding in findings(FIVE[policy]) if finding.id == "L-ART13-MISSING"}


def test_thirty_business_days_are_counted_by_the_calendar() -> None:
    """40 to 42 calendar days without holidays, 40 to 47 with those of the US in 2026: longer than one month."""
    (finding,) = (finding for finding in findings(FIVE["u2"]) if finding.id == "L-30BD")
    assert "40 to 42 calendar days, 40 to 47 with the public holidays of US: always longer than P1M" in finding.message


def _statement(wrong: str) -> Change:
    """Take out every statement in which these words stand."""

    def mend(tables: Tables) -> None:
        tables["statements"] = [
            s for s in tables["statements"] if all(wrong not in text for text in s["text"].values())
        ]

    return mend


def _set(path: str, value: object) -> Change:
    """Set one key, by a dotted path in which numbers are indexes."""

    def mend(tables: Tables) -> None:
        *parents, last = (int(step) if step.isdigit() else step for step in path.split("."))
        place: Tables = tables
        for step in parents:
            place = place[step] if isinstance(step, int) else place.setdefault(step, {})  # type: ignore[index]
        place[str(last)] = value

    return mend


def _each(section: str, **values: object) -> Change:
    """Set keys of every entry of a section."""

    def mend(tables: Tables) -> None:
        for entry in tables[section].values():
            entry.update(values)

    return mend


def _all(*changes: Change) -> Change:
    def mend(tables: Tables) -> None:
        for change in changes:
            change(tables)

    return mend


RIGHT = {"channels": ["email"]}
MENDS: dict[str, tuple[str, Change]] = {
    "L-30BD": ("u2", _set("rights.erasure.complete_within", "P1M")),
    "L-CONFLICT": ("u2", _set("rights.erasure.text", "Messages at once, the account within 30 business days.")),
    "L-ARCHIVE": ("s", _all(_set("categories.message_content.retention",
                                 {"from": "created", "at_most": "P7D"}), _statement("archieved"))),
    "L-HEDGE": ("s", _statement("typically")),
    "L-NO-PERIOD": ("h", _all(_each("categories", retention={"from": "created", "at_most": "P1Y"}),
                              _statement("as long as necessary"))),
    "L-HASH": ("u1", _set("statements.1.text", {"en": "A hashed password.", "es": "El hash de su contraseña."})),
    "L-CONSENT-BY-USE": ("h", _all(_statement("By using"), _statement("Continued use"))),
    "L-PAN": ("s", _set("statements.1.text", {"en": "We do not collect card details: our processors do.",
                                              "es": "No recopilamos datos de tarjetas: lo hacen los procesadores."})),
    "L-GA-CONSENT": ("v", _set("purposes.analytics.basis", {"EEA": "consent", "default": "legitimate_interests"})),
    "L-BACKUP-GAP": ("u1", _set("backups.keep", "P30D")),
    "L-CONTACT": ("u1", _all(_set("controller.contact", "privacy@example.com"), _statement("Contact:"))),
    "L-DATE": ("h", _statement("07/01/2026")),
    "L-ENCODING": ("h", _statement("â€“")),
    "L-RECIPIENT-COUNTRY": ("v", _each("recipients", country="KE")),
    "L-EVIDENCE-RETENTION": ("u2", _set("categories.evidence", {"kind": "evidence"})),
    "L-ART13-MISSING": ("u2", _all(
        _set("complaints.default", {"name": "The supervisory authority of your country"}),
        _set("automated_decisions", "none"), _set("controller.dpo", "none"),
        _set("controller.representatives", {"EEA": {"name": "Us"}}), _each("categories", required="contract"),
    )),
    "L-VAGUE": ("v", _statement("best ethics")),
    "L-DATE-MISSING": ("u1", _set("changes.dated", "version")),
    "L-MAY-DELETE": ("h", _statement("may be deleted")),
    "L-EVENT-NO-FALLBACK": ("s", _set("categories.message_content.retention.fallback", {"at_most": "P30D"})),
    "L-BASIS-MISSING": ("s", _each("purposes", basis={"EEA": "contract", "default": "unstated"})),
    "L-RIGHT-NOT-OFFERED": ("s", _all(_set("rights.objection", RIGHT), _set("rights.restriction", RIGHT))),
    "L-UK-SAFEGUARD": ("v", _set("transfers.0.safeguards", [{"instrument": "scc"}, {"instrument": "uk_addendum"}])),
    "L-SAFEGUARD-UNKNOWN": ("v", _set("transfers.0.safeguards", [{"instrument": "scc"}])),
    "L-ANON": ("v", _all(_set("recipients.google_analytics.deidentified", "pseudonymised"),
                         _set("recipients.google_analytics.title", "Google Analytics (pseudonymised data)"))),
    "L-NEVER": ("v", _set("statements.4.text", {"en": "We do not sell personal information."})),
    "L-ABSOLUTE": ("v", _statement("All such transfers")),
    "L-ADEQUACY": ("s", _set("transfers.0.to", "CH")),
    "L-COOKIE-BROWSER": ("s", _set("statements.6.text", {
        "en": "Choose on our cookie page; your browser settings work too.",
        "es": "Elija en nuestra página de cookies; también puede bloquear cookies en su navegador."})),
    "L-COOKIE-LIFETIME": ("v", _each("cookies", lifetime="P13M")),
    "L-DIRECT-COLLECTION": ("v", _set("transfers", [])),
    "L-ENCRYPTION-WIDE": ("v", _all(_set("measures.encryption_at_rest.owner", "head of operations"),
                                    _set("measures.encryption_at_rest.until", TODAY))),
    "L-LI-BALANCING": ("v", _each("purposes", balancing="docs/balancing.md")),
    "L-NO-AGREEMENT": ("v", _each("recipients", agreement={"document": "contracts/agreement.pdf"})),
    "L-NO-CHANNEL": ("s", _each("rights", channels=["email"])),
    "L-TRANSFER-NO-SAFEGUARD": ("h", _set("transfers.0.safeguards", [{"instrument": "scc"}])),
}  # fmt: skip


@pytest.mark.parametrize("rule", FIRES_ON)
def test_a_mended_policy_is_not_found_weak(rule: str) -> None:
    """With its weakness mended, and nothing else changed, the policy no longer has that finding."""
    policy, mend = MENDS[rule]
    before, after = ids(FIVE[policy]), ids(FIVE[policy], mend)
    assert rule in before
    assert rule not in after


def test_lint_is_about_a_day() -> None:
    """An agreement of today's is lapsed the day after it ends."""
    change = _each("recipients", agreement={"document": "contracts/agreement.pdf", "until": TODAY})
    assert "L-AGREEMENT-LAPSED" not in ids(FIVE["v"], change)
    assert "L-AGREEMENT-LAPSED" in ids(FIVE["v"], change, TODAY + dt.timedelta(days=1))
