"""Comparing manifests: what changed, and what people must be told of."""

from pathlib import Path
from typing import Any

import pytest

from consentguard.manifest.diff import Change, diff
from consentguard.manifest.expected import options, resolved
from consentguard.manifest.json_schema import json_schema
from consentguard.manifest.load import loads
from consentguard.manifest.materiality import MATERIAL

PATH = Path("privacy.toml")
COMPLETE = (Path(__file__).parent / "data" / "complete.toml").read_text("utf-8")
POLICIES = Path(__file__).parents[2] / "example_projects" / "policies"


def changes(was: str, now: str) -> tuple[Change, ...]:
    """The changes when a piece of the complete manifest is replaced."""
    assert was in COMPLETE
    return diff(loads(COMPLETE, PATH).manifest, loads(COMPLETE.replace(was, now, 1), PATH).manifest)


# Each: what to change in the complete manifest, into what; then the place and kind of the one change.
TO_PEOPLES_DISADVANTAGE = [
    ('name = "Example Inbox"', 'name = "Other Inbox"', "controller.name", "changed"),
    ('hosting_country = "US"', 'hosting_country = "KE"', "site.hosting_country", "changed"),
    ('gdpr = { applies = ["EEA"] }', "", "regimes.gdpr", "removed"),
    ('keep = "P30D"', 'keep = "P60D"', "backups.keep", "changed"),
    ("encrypted = true\n\n[subjects", "encrypted = false\n\n[subjects", "backups.encrypted", "changed"),
    ("[subjects.user]", "[subjects.staff]\n[subjects.user]", "subjects.staff", "added"),
    ("[purposes.inbox]", "[purposes.resale]\n[purposes.inbox]", "purposes.resale", "added"),
    ('EEA = "contract"', 'EEA = "consent"', "purposes.inbox.basis.EEA", "changed"),
    ('basis = "legitimate_interests"', 'basis = "consent"', "purposes.analytics.basis", "changed"),
    ("[categories.usage]", "[categories.photos]\n[categories.usage]", "categories.photos", "added"),
    ('kind = "content"', 'kind = "special.health"', "categories.messages.kind", "changed"),
    ('{ meta = ["text"', '{ phone = [], meta = ["text"', "categories.messages.sources.phone", "added"),
    ('{ meta = ["text", "sender_name"] }', "{ }", "categories.messages.sources.meta", "removed"),
    ('only_purposes = ["inbox"]', "", "categories.messages.only_purposes", "removed"),
    (
        'only_purposes = ["inbox"]',
        'only_purposes = ["inbox", "analytics"]',
        "categories.messages.only_purposes",
        "changed",
    ),
    (
        'kind = "financial"\npurposes = ["inbox"]',
        'kind = "financial"\npurposes = ["inbox", "analytics"]',
        "categories.invoices.purposes",
        "changed",
    ),
    ("encrypted = true\nwhen", "when", "categories.messages.encrypted", "removed"),
    ('jurisdiction = ["EEA", "GT"]', "jurisdiction = []", "categories.messages.when.jurisdiction", "removed"),
    ('pro = "P90D"', 'pro = "P365D"', "categories.messages.retention.at_most_by_plan.pro", "changed"),
    (', pro = "P90D"', "", "categories.messages.retention.at_most_by_plan.pro", "removed"),
    ('GT = "P5Y"', 'GT = "P6Y"', "categories.invoices.retention.at_least_by_jurisdiction.GT", "changed"),
    ('GT = "P5Y"', 'GT = "P5Y", SV = "P1Y"', "categories.invoices.retention.at_least_by_jurisdiction.SV", "added"),
    (
        'delete_within = "PT1H"',
        'delete_within = "P1D"',
        "categories.messages.retention.ends_on[0].delete_within",
        "changed",
    ),
    (
        'event = "channel.disconnected"',
        'event = "channel.deleted"',
        "categories.messages.retention.ends_on[0]",
        "removed",
    ),
    ('then = "delete"', 'then = "archive"', "categories.messages.retention.then", "added"),
    ('fallback = { at_most = "P6Y" }', "", "categories.invoices.retention.fallback", "removed"),
    (
        'archive = { at_most = "P1Y"',
        'archive = { at_most = "P2Y"',
        "categories.invoices.retention.archive.at_most",
        "changed",
    ),
    ("[recipients.sat]", '[recipients.ads]\nrole = "controller"\n[recipients.sat]', "recipients.ads", "added"),
    ('country = ["US", "IE"]', 'country = "KE"', "recipients.metrics.country", "changed"),
    (
        'receives = { invoices = ["tax_id", "total"] }',
        "receives = { invoices = [] }",
        "recipients.sat.receives.invoices",
        "changed",
    ),
    ('"tax_id", "total"] }', '"tax_id", "total"], usage = [] }', "recipients.sat.receives.usage", "added"),
    ('deidentified = "pseudonymised"', "", "recipients.metrics.deidentified", "removed"),
    (
        'agreement = { document = "contracts/metrics.pdf", until = 2028-01-01 }',
        "",
        "recipients.metrics.agreement",
        "removed",
    ),
    ("[[transfers]]", '[[transfers]]\nkind = "onward"\nto = "KE"\nvia = "sat"\n[[transfers]]', "transfers[0]", "added"),
    (
        '[[transfers.safeguards]]\ninstrument = "scc"\nmodule = "2"\nuntil = 2028-01-01\n',
        "",
        "transfers[0].safeguards[0]",
        "removed",
    ),
    (
        "[disclosures.court_order]",
        "[disclosures.business_transfer]\n[disclosures.court_order]",
        "disclosures.business_transfer",
        "added",
    ),
    ('at_most = "P90D"', 'at_most = "P1Y"', "stores.app_logs.at_most", "changed"),
    ('names = ["_ga", ', 'names = ["_ads", "_ga", ', "cookies.analytics.names", "changed"),
    (
        "essential = true",
        'essential = true\n[cookies.ads]\npurpose = "analytics"\nnames = ["ads"]\nessential = false',
        "cookies.ads",
        "added",
    ),
    ('provider = "metrics"\n', 'provider = "metrics"\nhosts = ["m.example.com"]\n', "cookies.analytics.hosts", "added"),
    (
        'provider = "metrics"\n',
        'provider = "metrics"\niframes = ["m.example.com"]\n',
        "cookies.analytics.iframes",
        "added",
    ),
    (
        'provider = "metrics"\n',
        'provider = "metrics"\nconsent_mode = ["ad_storage"]\n',
        "cookies.analytics.consent_mode",
        "added",
    ),
    ("[purposes.analytics]", "[purposes.analytics]\ngpc = false", "purposes.analytics.gpc", "added"),
    ('lasts = "P90D"', 'lasts = "P1Y"', "consent.lasts", "changed"),
    ('record = ["user_agent"]', 'record = ["user_agent", "address"]', "consent.record", "changed"),
    ('[rights.access]\nchannels = ["page", "email"]\ncomplete_within = "law"\n', "", "rights.access", "removed"),
    ('channels = ["page", "email", "account"]', 'channels = ["email"]', "rights.erasure.channels", "changed"),
    ("business_days = 30", "business_days = 45", "rights.erasure.complete_within", "changed"),
    ('{ business_days = 30, calendar = "GT" }', '"P3M"', "rights.erasure.complete_within", "changed"),
    ('complete_within = "law"', 'complete_within = "P60D"', "rights.access.complete_within", "added"),
    ('["page", "email"]\n', '["page", "email"]\nregions = ["EEA"]\n', "rights.access.regions", "added"),
    ("threshold = 18", "threshold = 13", "age.threshold", "changed"),
    ('erase_within = "P3D"', 'erase_within = "P30D"', "age.erase_within", "changed"),
    ('required_for = ["staff"]', "", "twofactor.required_for", "removed"),
    ('notify = ["email", "in_app"]', 'notify = ["email"]', "changes.notify", "changed"),
    ('notice = "P30D"', 'notice = "P7D"', "changes.notice", "changed"),
    ('text.es = "Puede retirar su consentimiento en cualquier momento."', "", "statements[0]", "changed"),
    ("You may withdraw your consent at any time.", "You may ask to withdraw.", "statements[0]", "changed"),
    ("We never sell personal data.", "We seldom sell personal data.", "statements[1]", "changed"),
    ('automated_decisions = "none"', 'automated_decisions = "Prices."', "automated_decisions", "changed"),
]

OF_NO_WEIGHT = [
    ('name = "Example Inbox"', 'name = "Example Inbox" # ours', None, None),
    ('phone = "+1 555 0100"', 'phone = "+1 555 0199"', "controller.phone", "changed"),
    ('contact = "privacy@example.com"', 'contact = "dpo@example.com"', "controller.contact", "changed"),
    ('en = "Account holders"', 'en = "Users"', "subjects.user.title.en", "changed"),
    (
        'description = "Finding out what is used."',
        'description = "Counting."',
        "purposes.analytics.description",
        "changed",
    ),
    (
        'document = "contracts/metrics.pdf"',
        'document = "contracts/2027.pdf"',
        "recipients.metrics.agreement.document",
        "changed",
    ),
    ('evidence = ["training/2026.pdf"]', "evidence = []", "measures.training.evidence", "removed"),
    ("until = 2027-03-01", "until = 2028-03-01", "measures.training.until", "changed"),
    ('reason = "under revision"', 'reason = "being mended"', "accept.L-30BD.reason", "changed"),
    ('pro = "P90D"', 'pro = "P30D"', "categories.messages.retention.at_most_by_plan.pro", "changed"),
    ('pro = "P90D"', 'pro = "P90D", max = "P1Y"', "categories.messages.retention.at_most_by_plan.max", "added"),
    ('keep = "P30D"', 'keep = "P7D"', "backups.keep", "changed"),
    ("threshold = 18", "threshold = 21", "age.threshold", "changed"),
    ('mode = "not_directed"', 'mode = "screen"', "age.mode", "added"),
    ("business_days = 30", "business_days = 15", "rights.erasure.complete_within", "changed"),
    ('{ business_days = 30, calendar = "GT" }', '"P15D"', "rights.erasure.complete_within", "changed"),
    (
        'channels = ["page", "email", "account"]',
        'channels = ["page", "email", "account", "post"]',
        "rights.erasure.channels",
        "changed",
    ),
    (
        'receives = { invoices = ["tax_id", "total"] }',
        'receives = { invoices = ["tax_id"] }',
        "recipients.sat.receives.invoices",
        "changed",
    ),
    ('notice = "P30D"', 'notice = "P60D"', "changes.notice", "changed"),
    (
        'text.es = "Puede retirar',
        'text.fr = "Vous pouvez retirer."\ntext.es = "Puede retirar',
        "statements[0]",
        "changed",
    ),
    (
        "[[statements]]",
        '[[statements]]\nsection = "security"\ntext.en = "We train people."\n[[statements]]',
        "statements[0]",
        "added",
    ),
]


@pytest.mark.parametrize(("was", "now", "where", "kind"), TO_PEOPLES_DISADVANTAGE, ids=lambda value: str(value)[:40])
def test_a_change_to_peoples_disadvantage_is_material(was: str, now: str, where: str, kind: str) -> None:
    """It is found at its place, called material, and said why in plain language."""
    (change,) = [change for change in changes(was, now) if change.where == where and change.kind == kind]
    assert change.material
    assert change.why


@pytest.mark.parametrize(("was", "now", "where", "kind"), OF_NO_WEIGHT, ids=lambda value: str(value)[:40])
def test_what_is_to_nobodys_disadvantage_is_not(was: str, now: str, where: str | None, kind: str | None) -> None:
    """Titles, wording, dates of evidence, and whatever becomes better for people: listed, not material."""
    found = changes(was, now)
    assert [(change.where, change.kind) for change in found] == ([(where, kind)] if where else [])
    assert not any(change.material for change in found)


@pytest.mark.parametrize(
    ("was", "now", "where"),
    [
        ("[prohibited.advertising]", "[prohibited.resale]\n[prohibited.advertising]", "prohibited.resale"),
        ("[measures.training]", "[measures.audits]\n[measures.training]", "measures.audits"),
        ('mode = "not_directed"', 'mode = "screen"', "age.mode"),
        (
            'prohibited = ["advertising"]\n',
            'prohibited = ["advertising", "resale"]\n[prohibited.resale]\n',
            "categories.messages.prohibited",
        ),
        ("[[statements]]", '[[statements]]\nsection = "security"\ntext.es = "Jamás."\n[[statements]]', "statements[0]"),
        ("[[statements]]", '[[statements]]\nsection = "rights"\ntext.en = "Ask us."\n[[statements]]', "statements[0]"),
        ('archive = { at_most = "P1Y", encrypted = true }', 'at_most = "P9Y"', "categories.invoices.retention.archive"),
        ('archive = { at_most = "P1Y", encrypted = true }', 'at_most = "P9Y"', "categories.invoices.retention.at_most"),
        (
            '[categories.usage]\nretention = "unstated"',
            '[categories.usage]\nretention.at_most = "P1D"',
            "categories.usage.retention",
        ),
    ],
)
def test_what_is_withdrawn_is_material(was: str, now: str, where: str) -> None:
    """The complete manifest lacks what an older one promised: a prohibition, a measure, a period, a sentence."""
    assert was in COMPLETE
    table = "[prohibited.resale]\n" if "[prohibited.resale]\n" in now and "categories" in where else ""
    older = COMPLETE.replace(was, now.removesuffix(table), 1) + table
    found = diff(loads(older, PATH).manifest, loads(COMPLETE, PATH).manifest)
    assert [change.material for change in found if change.where == where] == [True]


def test_a_sentence_without_a_promise_may_go() -> None:
    """Prose on other matters that promises nothing absolutely is listed, not material."""
    older = COMPLETE + '[[statements]]\nsection = "security"\ntext.en = "We train people."\n'
    (change,) = diff(loads(older, PATH).manifest, loads(COMPLETE, PATH).manifest)
    assert (change.where, change.kind, change.material) == ("statements[2]", "removed", False)


def test_a_manifest_does_not_differ_from_itself() -> None:
    """No change without a difference."""
    assert diff(loads(COMPLETE, PATH).manifest, loads(COMPLETE, PATH).manifest) == ()


def test_the_order_of_lists_of_tables_is_no_change() -> None:
    """A statement that moves is the same statement."""
    one = '[[statements]]\nsection = "rights"\ntext.en = "one"\n'
    two = '[[statements]]\nsection = "sharing"\ntext.en = "two"\n'
    assert (
        diff(loads("manifest = 1\n" + one + two, PATH).manifest, loads("manifest = 1\n" + two + one, PATH).manifest)
        == ()
    )


def test_a_limit_that_also_allows_more_is_material() -> None:
    """`only_purposes` replaces `purposes`: what it allows beyond them is a new use."""
    start = "manifest = 1\n[purposes.a]\n[purposes.b]\n[categories.c]\n"
    old = loads(start + 'purposes = ["a"]', PATH).manifest
    limited = loads(start + 'only_purposes = ["a"]', PATH).manifest
    wider = loads(start + 'only_purposes = ["a", "b"]', PATH).manifest
    assert not any(change.material for change in diff(old, limited))
    assert any(change.material for change in diff(old, wider))
    assert any(change.material for change in diff(limited, old))


def test_the_next_version_of_an_example_policy_is_materially_different() -> None:
    """Between the two versions of the inbox's policy a source was withdrawn, which its users must hear of."""
    old, new = (loads((POLICIES / f"{name}.toml").read_text("utf-8"), PATH).manifest for name in ("u1", "u2"))
    withdrawn = [change for change in diff(old, new) if change.where.endswith("sources.whatsapp")]
    assert [(change.kind, change.material) for change in withdrawn] == [("removed", True)]


@pytest.mark.parametrize("place", sorted({place for place, _, _ in MATERIAL}))
def test_a_place_of_the_table_stands_in_the_schema(place: str) -> None:
    """A row whose place the schema does not have could never hold."""
    nodes = [json_schema()]
    for name in place.split("."):
        nodes = [child for node in nodes for child in _children(node, name)]
        assert nodes, place


def _children(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The nodes of the schema under a key, through references and alternatives."""
    found: list[Any] = []
    for option in options(resolved(node)):
        known = option.get("properties", {})
        others = [option.get("items"), option.get("additionalProperties")]
        found += [known.get(name)] if name != "*" else [*known.values(), *others]
    return [child for child in found if isinstance(child, dict)]
