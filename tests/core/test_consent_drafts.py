"""Drafts of services: what they change in privacy.toml, and that they change nothing else in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from consentguard.consent.drafts import GONE, NEW, Difference, Draft, differences, drafts, merged
from consentguard.manifest.load import Policy, loads

HEAD = """# The policy.
manifest = 1
[site]
languages = ["es", "en"]
"""
COOKIES = """
# What counts visits
[cookies.analytics] # since May
# by the counter
names = [
    "_ga", # the visitor
    "_gid",
]
title = { en = "Counter", es = "Contador" }
lifetime = "P1Y"
consent_mode = ["analytics_storage"]

# About videos
[cookies.video]
iframes = ["www.youtube.com"]
"""
RIGHTS = """
# What people ask for

[rights.access]
channels = ["page"] # no mail
"""
ANALYTICS = Draft(name="analytics", names=("_ga", "_gid"), title="Contador")
VIDEO = Draft(name="video", names=())


def policy(text: str = HEAD + COOKIES + RIGHTS) -> Policy:
    return loads(text, Path("privacy.toml"))


def test_a_policy_s_own_drafts_differ_in_nothing() -> None:
    """What was put into an admin from the policy, and not edited there, changes no byte of it."""
    stated = policy()
    assert differences(stated.manifest, drafts(stated.manifest)) == ()
    assert merged(stated, drafts(stated.manifest)) == stated.source


def test_a_draft_changes_its_keys_and_keeps_all_others() -> None:
    """Names one by one with their comments, a text in the site's first language; lifetime and the rest stay."""
    text = merged(policy(), [Draft(name="analytics", names=("_ga", "_ga_*"), title="Medición"), VIDEO])
    assert text == (HEAD + COOKIES + RIGHTS).replace('    "_gid",\n', '    "_ga_*",\n').replace("Contador", "Medición")


def test_a_draft_may_say_nothing_of_a_text_and_turn_a_service_essential() -> None:
    """An empty title is no title to take over."""
    text = merged(policy(), [Draft(name="analytics", names=("_ga", "_gid"), essential=True), VIDEO])
    service = (policy(text).manifest.cookies or {})["analytics"]
    assert (service.essential, service.title) == (True, {"en": "Counter", "es": "Contador"})


def test_a_new_draft_comes_behind_the_last_service() -> None:
    """And before the comment that stands above the next section."""
    maps = Draft(name="maps", names=("map_*",), title="Mapas", description="Dónde estamos.")
    text = merged(policy(), [ANALYTICS, VIDEO, maps])
    added = '\n[cookies.maps]\nnames = ["map_*"]\ntitle = "Mapas"\ndescription = "Dónde estamos."\n'
    assert text == HEAD + COOKIES + added + RIGHTS
    assert (policy(text).manifest.cookies or {})["maps"].purpose == "maps"


@pytest.mark.parametrize(
    "cookies",
    [
        "",
        'cookies = { analytics = { names = ["_ga", "_gid"], title = "Contador" } }\n',
        '[cookies.analytics]\nnames = ["_ga", "_gid"]\ntitle = "Contador"\n',
        '[cookies]\n[cookies.analytics]\nnames = ["_ga", "_gid"]\ntitle = "Contador"\n',
    ],
)
def test_a_draft_is_added_however_the_file_writes_its_cookies(cookies: str) -> None:
    """Also where it has none yet, and where they are one line."""
    text = merged(policy(f"manifest = 1\n{cookies}"), [ANALYTICS, Draft(name="maps", names=("map",))])
    assert list(policy(text).manifest.cookies or {}) == ["analytics", "maps"]
    assert (policy(text).manifest.cookies or {})["maps"].names == ["map"]


def test_services_that_stand_apart_are_changed_where_they_stand() -> None:
    """A file may have other sections between them."""
    apart = HEAD + COOKIES + RIGHTS + '\n[cookies.maps]\nnames = ["map"]\n'
    text = merged(policy(apart), [ANALYTICS, VIDEO, Draft(name="maps", names=("map_2",))])
    assert text == apart.replace('["map"]', '["map_2"]')


def test_what_nobody_drafted_stays_unless_it_is_pruned() -> None:
    """A deleted draft takes nothing out of a policy by itself; the comment of the next service stays."""
    assert differences(policy().manifest, [VIDEO]) == (Difference("analytics", (GONE,)),)
    assert merged(policy(), [VIDEO]) == policy().source
    text = merged(policy(), [VIDEO], prune=True)
    assert list(policy(text).manifest.cookies or {}) == ["video"]
    assert "# About videos\n[cookies.video]" in text
    assert "analytics" not in text


def test_differences_name_the_keys() -> None:
    """What `check` reports: each service with what its draft says otherwise."""
    drafted = [Draft(name="analytics", names=("_ga",), title="Otro"), Draft(name="maps", names=("map",))]
    assert differences(policy().manifest, drafted) == (
        Difference("analytics", ("names", "title")),
        Difference("maps", (NEW,)),
        Difference("video", (GONE,)),
    )
