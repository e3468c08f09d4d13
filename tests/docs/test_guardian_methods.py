"""How guardians are verified in a way of the host's: as the documentation has it, and what is wrong with others."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from consentguard.errors import SettingsError
from consentguard.manifest.load import ManifestError
from consentguard.records import USE
from tests.core.guardian_kit import AGE, ANSWER, KIM, MARIA, browser, code, made, room
from tests.core.rights_kit import Shop
from tests.docs.test_pages import blocks

CARD = AGE.replace("[age.guardian]", '[age.guardian]\nverify = "id_card"')


def card(asked: str) -> str:
    return f"/cards/{asked}"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module and the settings that the how-to prints."""
    printed = [text for place, text in blocks("python") if place.startswith("docs/howto/guardian-consent.md")]
    (settings,) = (text for text in printed if text.startswith("CONSENTGUARD ="))
    (source,) = (text for text in printed if text.startswith("# club_guardians.py"))
    options, module = dict[str, Any](), ModuleType("club_guardians")
    exec(settings, options)  # noqa: S102 - the very lines that the page prints
    exec(source, module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, "club_guardians", module)
    monkeypatch.setattr(Shop, "options", lambda _: options["CONSENTGUARD"])
    return module


def test_the_host_verifies_in_its_own_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: ModuleType) -> None:
    """After their answer the guardian goes on to the host's page, and it counts once the host says that they are it."""
    site = made(tmp_path, monkeypatch, CARD)
    asked = room(site).ask(KIM, MARIA, language="en")
    assert any("once you have shown" in line for line in browser(site, ANSWER).get(token=code(site)).page.lead)
    browser(site, ANSWER).post({"answer": ["grant"], "scopes": [USE]}, token=code(site))
    page = browser(site, ANSWER).get(token=code(site)).page
    assert [link.url for link in page.onward] == [f"/club/id-card/{asked.id}"]
    assert not room(site).admits(KIM)
    example.id_card_shown(SimpleNamespace(privacy=SimpleNamespace(guard=site.guard())), asked.id)
    assert (room(site).admits(KIM), room(site).find(asked.id).method) == (True, "id_card")


@pytest.mark.parametrize("methods", [{}, {"passport": card}])
def test_a_method_that_there_is_not_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, methods: dict[str, object]
) -> None:
    """The error names what there is, and the setting."""
    monkeypatch.setattr(Shop, "options", lambda _: {"guardian_methods": methods})
    with pytest.raises(SettingsError, match="id_card") as caught:
        made(tmp_path, monkeypatch, CARD).guard()
    assert all(name in caught.value.hint for name in ("link", "form", "guardian_methods", *methods))


def test_a_method_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be one is a mistake of the policy, and what is built in is not made anew by the host."""
    with pytest.raises(ManifestError):
        made(tmp_path, monkeypatch, CARD.replace("id_card", "ID card")).guard()
    monkeypatch.setattr(Shop, "options", lambda _: {"guardian_methods": {"link": card}})
    with pytest.raises(SettingsError, match="link"):
        made(tmp_path, monkeypatch).guard()
