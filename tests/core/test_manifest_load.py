"""Loading privacy.toml: what is valid loads once and light, and every mistake of the rest is told at once."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from consentguard.errors import ManifestError
from consentguard.findings import Finding
from consentguard.manifest.load import load, loads

PATH = Path("privacy.toml")
COMPLETE = Path(__file__).parent / "data" / "complete.toml"
POLICIES = sorted((Path(__file__).parents[2] / "example_projects" / "policies").glob("*.toml"))


def mistakes(source: str) -> tuple[Finding, ...]:
    """The findings with which a source is refused."""
    with pytest.raises(ManifestError) as refusal:
        loads(source, PATH)
    return refusal.value.findings


def only_mistake(source: str) -> Finding:
    """The one finding with which a source is refused."""
    (finding,) = mistakes(source)
    return finding


def test_a_complete_manifest_loads() -> None:
    """Every section of the schema is read, with its values."""
    policy = load(COMPLETE)
    assert policy.manifest.controller is not None
    assert policy.manifest.controller.name == "Example Inbox"
    assert policy.path == COMPLETE
    assert policy.source == COMPLETE.read_text("utf-8")


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_the_example_policies_load(path: Path) -> None:
    """The manifests of the reference policies follow the schema."""
    assert load(path).manifest.manifest == 1


def test_a_valid_manifest_loads_nothing_that_only_mistakes_need() -> None:
    """Start-up pays neither for the validator nor for the parser that keeps positions."""
    heavy = "{'jsonschema', 'tree_sitter', 'babel', 'rich', 'rfc8785', 'holidays', 'dateutil'}"
    probe = (
        "import sys; from pathlib import Path; from consentguard.manifest.load import load; "
        f"load(Path({str(COMPLETE)!r})); print(sorted({heavy} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_digest_is_that_of_what_is_said_not_of_how() -> None:
    """Comments, order, layout and keys that say what is the default leave the digest alone; a word does not."""
    terse = 'manifest = 1\nsite = { hosts = ["a.example"] }\n[age]\nthreshold = 18\n'
    wordy = (
        '# ours\nage.mode="not_directed"\nage.threshold=18\nmanifest=1\n[site]\nlanguages=["en"]\nhosts=["a.example"]'
    )
    other = terse.replace("18", "16")
    assert loads(terse, PATH).digest == loads(wordy, PATH).digest
    assert loads(terse, PATH).digest != loads(other, PATH).digest
    assert re.fullmatch("[0-9a-f]{64}", loads(terse, PATH).digest)


# Each: what to change in the complete manifest, into what; then the id, place, and words of message and hint.
MISTAKES = [
    ("[backups]", "[backup]", "M-UNKNOWN-KEY", "backup", "no such key", "did you mean `backups`?"),
    (
        "[categories.usage]\nretention",
        "[categories.usage]\nretetion",
        "M-UNKNOWN-KEY",
        "categories.usage.retetion",
        "no such key",
        "did you mean `retention`?",
    ),
    (
        'owner = "operations"',
        "zzz = 1",
        "M-UNKNOWN-KEY",
        "stores.app_logs.zzz",
        "no such key",
        "expected one of `kind`",
    ),
    ("[rights.access]", "[rights.acess]", "M-UNKNOWN-KEY", "rights.acess", "no such key", "did you mean `access`?"),
    ("[disclosures.court_order]", "[disclosures.court]", "M-UNKNOWN-KEY", "disclosures.court", "", "`court_order`"),
    (
        '[recipients.sat]\nrole = "authority"',
        "[recipients.sat]",
        "M-MISSING-KEY",
        "recipients.sat.role",
        "this key is required",
        "expected one of `authority`",
    ),
    ("manifest = 1", "", "M-MISSING-KEY", "manifest", "this key is required", "expected `1`"),
    ("manifest = 1", "manifest = 1.0", "M-VALUE", "manifest", "expected `1`, found 1.0", ""),
    ("manifest = 1", "manifest = true", "M-VALUE", "manifest", "expected `1`, found true", ""),
    ("manifest = 1", "manifest = 2", "M-VALUE", "manifest", "expected `1`, found 2", ""),
    ("threshold = 18", 'threshold = "18"', "M-VALUE", "age.threshold", 'or `by_jurisdiction`, found "18"', ""),
    ("threshold = 18", "threshold = 18.0", "M-VALUE", "age.threshold", "a whole number from 1 to 25, or", ""),
    ("threshold = 18", "threshold = 99", "M-VALUE", "age.threshold", "found 99", ""),
    ("threshold = 18", "threshold = 18\nat_least = 13", "M-AGE", "age.at_least", "holds everywhere", "by_jurisdiction"),
    ("threshold = 18", 'threshold = 18\nbasis = "sale"', "M-AGE", "age.basis", "holds everywhere", "leave it out"),
    (
        'keep = "P30D"',
        'keep = "30 days"',
        "M-VALUE",
        "backups.keep",
        'expected an ISO 8601 duration, or `unstated` where the policy is silent, such as `P90D`, found "30 days"',
        "did you mean `P30D`?",
    ),
    ('keep = "P30D"', 'keep = "P30D\\n"', "M-VALUE", "backups.keep", "ISO 8601", ""),
    ('keep = "P30D"', 'keep = "P1000000Y"', "M-VALUE", "backups.keep", "ISO 8601", "at most three digits of years"),
    ('keep = "P30D"', "keep = 30", "M-VALUE", "backups.keep", "expected an ISO 8601 duration", ""),
    ('lifetime = "P2Y"', 'lifetime = "Plenty"', "M-VALUE", "cookies.analytics.lifetime", "`session` or `unstated`", ""),
    ("until = 2027-01-01", 'until = "soon"', "M-VALUE", "accept.L-30BD.until", "a date such as 2027-01-31", ""),
    ("until = 2027-01-01", "until = 2027-01-01T10:00:00", "M-VALUE", "accept.L-30BD.until", "a date such as", ""),
    ('name = "Example Inbox"', "name = 2027-01-01", "M-VALUE", "controller.name", "expected text, found", ""),
    ('reason = "under revision"', 'reason = ""', "M-VALUE", "accept.L-30BD.reason", "text that is not empty", ""),
    ('names = ["sessionid"]', 'names = ["a b"]', "M-VALUE", "cookies.session.names[0]", "a cookie's name", ""),
    (
        'basis = "legitimate_interests"',
        'basis = "legitimate_interest"',
        "M-VALUE",
        "purposes.analytics.basis",
        "`legitimate_interests`",
        "did you mean `legitimate_interests`?",
    ),
    ('EEA = "contract"', 'EEA = "contrat"', "M-VALUE", "purposes.inbox.basis.EEA", "", "did you mean `contract`?"),
    (
        "{ business_days = 30,",
        "{ busines_days = 30, business_days = 30,",
        "M-UNKNOWN-KEY",
        "rights.erasure.complete_within.busines_days",
        "",
        "did you mean `business_days`?",
    ),
    (
        'complete_within = "law"',
        'complete_within = "soon"',
        "M-VALUE",
        "rights.access.complete_within",
        "or a table",
        "",
    ),
    (
        '[categories.usage]\nretention = "unstated"',
        '[categories.usage]\nretention = "none"',
        "M-VALUE",
        "categories.usage.retention",
        "`unstated`",
        "",
    ),
    ("[subjects.user]", "[subjects.User]\n[subjects.user]", "M-NAME", "subjects.User", "lower-case letters", ""),
    (
        'only_purposes = ["inbox"]',
        'only_purposes = ["inbx"]',
        "M-UNKNOWN-NAME",
        "categories.messages.only_purposes[0]",
        '"inbx" is no entry of `[purposes]`',
        "did you mean `inbox`?",
    ),
    (
        "receives = { invoices",
        "receives = { invoice",
        "M-UNKNOWN-NAME",
        "recipients.sat.receives.invoice",
        "no entry of `[categories]`",
        "did you mean `invoices`?",
    ),
    (
        'provider = "metrics"',
        'provider = "zzz"',
        "M-UNKNOWN-NAME",
        "cookies.analytics.provider",
        "",
        "or add `[recipients.zzz]`",
    ),
    (
        'only_purposes = ["inbox"]',
        'only_purposes = ["inbox"]\npurposes = ["inbox"]',
        "M-TWO-LISTS",
        "categories.messages.only_purposes",
        "which it replaces",
        "keep one",
    ),
    ('to = "US"\nvia = "metrics"', 'to = "US"', "M-TRANSFER-VIA", "transfers[0]", "goes through a recipient", "`via`"),
    ('country = "GT"', 'country = "UK"', "M-UNKNOWN-PLACE", "recipients.sat.country", '"UK" is no country', "`GB`"),
    ('country = "GT"', 'country = "Guatemala"', "M-VALUE", "recipients.sat.country", "ISO 3166-1", "`GT`"),
    ('of = ["EEA"]', 'of = ["QQ"]', "M-UNKNOWN-PLACE", "transfers[0].of[0]", '"QQ" is no region', "ISO 3166-1"),
    ('applies = ["US-CA"]', 'applies = ["QQ-CA"]', "M-UNKNOWN-PLACE", "regimes.ccpa.applies[0]", "", ""),
    ('calendar = "GT"', 'calendar = "QQ"', "M-UNKNOWN-PLACE", "rights.erasure.complete_within.calendar", "", ""),
    (
        'text = { en = "We never sell personal data.", es = "Nunca vendemos datos personales." }',
        'text.fr = "Jamais"',
        "M-NO-LANGUAGE",
        "statements[1].text",
        "none of the site's languages",
        "`en` or `es`",
    ),
    (
        'title = { en = "Account holders", es = "Titulares de cuentas" }',
        "title = {}",
        "M-VALUE",
        "subjects.user.title",
        "text per language",
        "",
    ),
]


@pytest.mark.parametrize(
    ("was", "now", "name", "where", "message", "hint"), MISTAKES, ids=lambda value: str(value)[:30]
)
def test_a_mistake_is_told_in_words(was: str, now: str, name: str, where: str, message: str, hint: str) -> None:
    """A mistake has its id, the key's path, its line, what was expected, and the nearest valid word."""
    source = COMPLETE.read_text("utf-8")
    assert was in source
    finding = only_mistake(source.replace(was, now, 1))
    assert (finding.id, finding.where, finding.severity) == (name, where, "error")
    assert message in finding.message
    assert hint in finding.hint
    if name != "M-MISSING-KEY" or "." in where:
        assert finding.line is not None


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    """Ten mistakes are one error, each with the line on which it stands."""
    source = COMPLETE.read_text("utf-8")
    for was, now in (("threshold = 18", "treshold = 18"), ('country = "GT"', 'country = "UK"'), ("P1D", "a day")):
        source = source.replace(was, now, 1)
    found = mistakes(source)
    lines = source.splitlines()
    assert [finding.where for finding in found] == [
        "backups.every", "recipients.sat.country", "age.threshold", "age.treshold",
    ]  # fmt: skip
    assert "every" in lines[(found[0].line or 0) - 1]
    assert "country" in lines[(found[1].line or 0) - 1]
    assert lines[(found[2].line or 0) - 1] == "[age]"
    assert "treshold" in lines[(found[3].line or 0) - 1]


def test_of_very_many_mistakes_the_first_are_told() -> None:
    """A file that is none of ours is refused within seconds, with as much as somebody can read."""
    start = time.perf_counter()
    found = mistakes(
        "manifest = 1\nstatements = [" + "1, " * 100_000 + "]\n" + "".join(f"k{n} = 1\n" for n in range(9_999))
    )
    assert time.perf_counter() - start < 5
    assert len(found) == 201
    assert [finding.where for finding in found[:200]] == [f"statements[{n}]" for n in range(200)]
    assert (found[-1].id, found[-1].line) == ("M-MORE", None)


def test_unknown_keys_are_told_in_the_order_of_the_file() -> None:
    """Which of them are told does not change from run to run."""
    found = mistakes("manifest = 1\n" + "".join(f"[categories.c{n}]\nx = 1\n" for n in range(300)))
    assert [finding.where for finding in found[:-1]] == [f"categories.c{n}.x" for n in range(200)]


def test_the_line_of_a_mistake_is_that_of_its_key() -> None:
    """A wrong value deep in an inline table is found on the line where it stands."""
    finding = only_mistake('manifest = 1\n\n[site]\nhosts = [\n  "a",\n  7,\n]\n')
    assert (finding.where, finding.line) == ("site.hosts[1]", 6)


def test_a_long_value_is_quoted_briefly() -> None:
    """A message does not repeat a page of text."""
    finding = only_mistake(f'manifest = 1\n[backups]\nkeep = "{"x" * 5000}"\n')
    assert len(finding.message) < 200


def test_the_error_names_the_file_and_prints_every_mistake() -> None:
    """What a developer reads at start-up holds the file, and each mistake with its hint."""
    with pytest.raises(ManifestError) as refusal:
        loads("manifest = 1\nsites = {}\n", PATH)
    assert str(refusal.value).splitlines() == [
        "privacy.toml does not follow its schema",
        "  M-UNKNOWN-KEY sites, line 2: there is no such key (did you mean `site`?)",
    ]
