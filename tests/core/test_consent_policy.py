"""What visitors are asked, as a version: its name, what makes another one, and when they are asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.consent import Change, ConsentPolicy, purposes_to_choose
from consentguard.consent.policy import identify
from consentguard.guard import Guard
from consentguard.manifest.load import loads
from tests.core.test_consent import choice_of, decide
from tests.core.visits import CHOICES, NOW, Shop, shop

SERVICE = """
[recipients.meter]
role = "processor"
title = "Meter Ltd"
country = "IE"
[purposes.maps]
basis = "consent"
[cookies.meter]
purpose = "analytics"
names = ["_m", "_m_*"]
consent_mode = ["analytics_storage"]
provider = "meter"
lifetime = "P1Y"
[cookies.map]
purpose = "maps"
iframes = ["maps.example.com"]
"""
FULL = CHOICES + SERVICE


def policy(text: str, *past: ConsentPolicy) -> ConsentPolicy:
    manifest = loads(text, Path("privacy.toml")).manifest
    purposes = purposes_to_choose(manifest, None, NOW.date())
    return ConsentPolicy.of(manifest, purposes, {each.id: json.loads(each.canonical) for each in past})


def test_a_version_is_the_hash_of_what_visitors_are_shown() -> None:
    """SHA-256 of canonical JSON, with the words of the banner in each language; the layout of the file is no matter."""
    asked = policy(FULL)
    assert hashlib.sha256(asked.canonical).hexdigest() == asked.digest
    assert asked.digest.startswith(asked.id)
    assert identify(asked.canonical + b"\n") == asked.id == policy(f"# a comment\n{FULL}").id
    document = json.loads(asked.canonical)
    assert document["purposes"]["analytics"]["title"] == {"en": "Count <visits>", "es": "Contar visitas"}
    assert "Contar visitas" in document["banner"]["es"]["text"]
    assert document["services"]["meter"]["names"] == ["_m", "_m_*"]


def test_what_the_banner_says_is_the_sites_to_say() -> None:
    """Each text in place of ours, in the languages that it is given in."""
    asked = policy(FULL + '[consent]\ntitle.en = "Biscuits?"\naccept = "Yes to all"\n')
    banner = asked.document["banner"]
    assert banner["en"]["title"] == banner["es"]["title"] == "Biscuits?"
    assert banner["en"]["accept"] == "Yes to all"
    assert banner["en"]["refuse"] == "Refuse all"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = { en = "Count <visits>"', 'title = { en = "Count the visits"'),
        ("How many people read what.", "How many people read which page."),
        ('lifetime = "P1Y"', 'lifetime = "P11M"'),
        ('names = ["_m", "_m_*"]', 'names = ["_m"]'),
        ('iframes = ["maps.example.com"]', ""),
        ('[cookies.map]\npurpose = "maps"', '[cookies.map]\npurpose = "maps"\nessential = true'),
        ('[site]\n', '[consent]\nlasts = "P90D"\n[site]\n'),
    ],
)  # fmt: skip
def test_what_is_no_worse_for_visitors_asks_nobody_again(old: str, new: str) -> None:
    """Other words, less time, fewer cookies: another version, under which earlier choices still hold."""
    before = policy(FULL)
    assert old in FULL
    after = policy(FULL.replace(old, new), before)
    assert after.id != before.id
    assert after.changes(before.id) == ()
    assert before.id in after.holds


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('lifetime = "P1Y"', 'lifetime = "P2Y"', Change("lifetime", "meter")),
        ('lifetime = "P1Y"', "", Change("lifetime", "meter")),
        ('names = ["_m", "_m_*"]', 'names = ["_m", "_m_*", "_n"]', Change("names", "meter")),
        ('["maps.example.com"]', '["maps.example.com", "ads.example.com"]', Change("iframes", "map")),
        ('provider = "meter"', 'provider = "meter"\nhosts = ["m.example.com"]', Change("hosts", "meter")),
        ('["analytics_storage"]', '["analytics_storage", "ad_storage"]', Change("consent_mode", "meter")),
        ('country = "IE"', 'country = "US"', Change("provider", "meter")),
        ("[cookies.map]", '[cookies.pixel]\npurpose = "maps"\n[cookies.map]', Change("service", "pixel")),
        ('[cookies.map]\npurpose = "maps"', '[cookies.map]\npurpose = "analytics"', Change("service", "map")),
        ("[purposes.maps]", '[purposes.ads]\nbasis = "consent"\n[purposes.maps]', Change("purpose", "ads")),
        ("Example Shop Ltd", "Somebody Else Ltd", Change("controller", "")),
        ("essential = true", "", Change("service", "session")),
    ],
)
def test_what_is_worse_for_visitors_asks_them_again(old: str, new: str, expected: Change) -> None:
    """And says what it is."""
    before = policy(FULL)
    assert old in FULL
    after = policy(FULL.replace(old, new), before)
    assert expected in after.changes(before.id)
    assert before.id not in after.holds


def test_a_version_that_nobody_remembers_does_not_hold() -> None:
    """Where the published versions are not at hand, visitors are asked again."""
    assert policy(FULL).holds == {policy(FULL).id}
    assert policy(FULL).changes("0" * 16) == ()


@pytest.fixture
def publish(tmp_path: Path) -> Callable[[str], Guard]:
    """Publish a policy in place of the one before, and the guard of the site that has it."""

    def run(text: str) -> Guard:
        guard = shop(tmp_path, text)
        host = guard.site.host
        assert isinstance(host, Shop)
        result = CliRunner().invoke(group, ["publish"], obj=host)
        assert result.exit_code == 0, result.output
        return shop(tmp_path, text)

    return run


def test_published_versions_say_whether_a_choice_still_holds(publish: Callable[[str], Guard]) -> None:
    """A choice outlives a change of words, and ends with the first version that asks for more."""
    accepted = "".join(
        f'[accept.{name}]\nreason = "a test"\nuntil = 2027-01-01\n' for name in ("L-LI-BALANCING", "L-NO-AGREEMENT")
    )
    first = publish(FULL + accepted)
    choice = choice_of(first, decide(first, "analytics"))
    assert first.consent.in_force(choice) == choice
    reworded = publish((FULL + accepted).replace("How many people", "How many visitors"))
    assert reworded.site.consent_policy.id != first.site.consent_policy.id
    assert reworded.consent.in_force(choice) == choice
    more = publish((FULL + accepted).replace('"P1Y"', '"P2Y"'))
    assert more.consent.in_force(choice) is None
    assert choice is not None
    assert more.site.consent_policy.changes(choice.version) == (Change("lifetime", "meter"),)
