"""What got worse since a visitor last chose, in sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from consentguard.consent import Change, ConsentPolicy
from consentguard.consent.changes import sentence
from consentguard.manifest.load import load
from tests.web_policy import CONTROLLER

OLD = (
    CONTROLLER
    + """
[site]
languages = ["en", "es"]
[recipients.counters]
title = "Counters"
role = "processor"
country = "ES"
[purposes.analytics]
title = { en = "Count <visits>", es = "Contar visitas" }
basis = "consent"
[cookies.counter]
purpose = "analytics"
title = "Counter"
names = ["visits"]
iframes = ["count.example.com"]
consent_mode = ["analytics_storage"]
lifetime = "P1M"
provider = "counters"
"""
)
MARKETING = '[purposes.marketing]\nbasis = "consent"\n'
ADS = '[cookies.ads]\npurpose = "analytics"\nnames = ["ad"]\n'
CHANGES = {
    "controller": ("Example Shop Ltd", "Other Ltd", "Somebody else answers for this site now: Other Ltd."),
    "purpose": ("[cookies.", MARKETING + "[cookies.", "Marketing is something new that we ask about."),
    "service": ("[cookies.", ADS + "[cookies.", "Count <visits> now includes Ads."),
    "provider": ('"ES"', '"US"', "Counter has another provider, or sends data to another country."),
    "names": ('["visits"]', '["visits", "more"]', "Counter sets more cookies than before."),
    "iframes": (
        '["count.example.com"]',
        '["count.example.com", "see.example.com"]',
        "Counter shows content of more sites than before.",
    ),
    "consent_mode": ('"analytics_storage"', '"analytics_storage", "ad_storage"', "Counter allows Google more"),
    "lifetime": ('"P1M"', '"P1Y"', "Counter keeps its cookies for longer than before: 1 year."),
}


def policy_of(folder: Path, text: str, past: ConsentPolicy | None = None) -> ConsentPolicy:
    """The version of a policy file, after another."""
    (folder / "privacy.toml").write_text(text, "utf-8")
    manifest = load(folder / "privacy.toml").manifest
    purposes = tuple(name for name, purpose in manifest.purposes.items() if purpose.basis == "consent")
    return ConsentPolicy.of(manifest, purposes, {past.id: past.document} if past else None)


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_has_a_sentence(tmp_path: Path, kind: str) -> None:
    """With the titles that visitors know, as plain text."""
    old, new, said = CHANGES[kind]
    before = policy_of(tmp_path, OLD)
    after = policy_of(tmp_path, OLD.replace(old, new), before)
    (change,) = after.changes(before.id)
    assert change.kind == kind
    assert sentence(change, after, "en").startswith(said)


def test_a_sentence_names_things_as_its_language_does(tmp_path: Path) -> None:
    """A language that the site does not have gets the site's first."""
    policy = policy_of(tmp_path, OLD)
    change = Change("purpose", "analytics")
    assert "Contar visitas" in sentence(change, policy, "es")
    assert "Count <visits>" in sentence(change, policy, "pt")


def test_what_nobody_said_is_told_as_such(tmp_path: Path) -> None:
    """A lifetime that is no longer stated, and a site that no longer names who answers for it."""
    before = policy_of(tmp_path, OLD)
    after = policy_of(tmp_path, OLD.replace('lifetime = "P1M"', "").replace(CONTROLLER, "manifest = 1\n"), before)
    said = [sentence(change, after, "en") for change in after.changes(before.id)]
    assert said == [
        "Somebody else answers for this site now.",
        "Counter no longer says how long it keeps its cookies.",
    ]
