"""What a visitor's decision costs the database of a Django site: its record and the proof of it are one entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from consentguard.testing.keys import keyring
from tests.django import settings
from tests.web_doors import FROM_OUR_PAGE, SECTIONS


@pytest.fixture(autouse=True)
def site(tmp_path: Path, transactional_db: None) -> Iterator[None]:
    """The clinic with purposes to choose about."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    with override_settings(CONSENTGUARD={"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}):
        yield


@pytest.mark.parametrize("path", ["api/choice", "en/preferences"])
def test_a_decision_is_three_statements_with_its_proof(client: Client, path: str) -> None:
    """BEGIN, one INSERT, COMMIT: whether the script sends it or the form."""
    body = {"accepted": [], "nonce": "0123456789abcdef" * 2} if path == "api/choice" else {"answer": "refuse"}
    kind = {"content_type": "application/json"} if path == "api/choice" else {}
    with CaptureQueriesContext(connection) as seen:
        answer = client.post(f"/privacy/{path}", body, headers=FROM_OUR_PAGE, **kind)
    assert answer.status_code in (200, 303)
    assert [query["sql"].split()[0] for query in seen.captured_queries] == ["BEGIN", "INSERT", "COMMIT"]


def test_a_decision_that_is_refused_costs_no_statement(client: Client) -> None:
    """What is no decision never reaches the database."""
    with CaptureQueriesContext(connection) as seen:
        for body in ({"accepted": ["nothing"]}, {"accepted": ["analytics"]}, {"accepted": 1}):
            answer = client.post("/privacy/api/choice", body, content_type="application/json", headers=FROM_OUR_PAGE)
            assert 400 <= answer.status_code < 500
    assert seen.captured_queries == []
