"""What a visitor's decision costs the database of a Flask app: its record and the proof of it are one entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.flask.test_doors import make_app
from tests.web_doors import FROM_OUR_PAGE

Site = tuple[Flask, list[str]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An app, and the statements that it sends from now on."""
    app, db = make_app(tmp_path)
    sent: list[str] = []
    with app.app_context():
        engine = db.engine

    def execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement.split()[0])

    def commit(_: Any) -> None:
        sent.append("COMMIT")

    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", commit)
    app.test_client().get("/privacy/en/preferences")
    sent.clear()
    yield app, sent
    event.remove(engine, "before_cursor_execute", execute)
    event.remove(engine, "commit", commit)


def test_a_decision_is_three_statements_with_its_proof(site: Site) -> None:
    """BEGIN, one INSERT, COMMIT."""
    app, sent = site
    body = {"accepted": [], "nonce": "0123456789abcdef" * 2}
    assert app.test_client().post("/privacy/api/choice", json=body, headers=FROM_OUR_PAGE).status_code == 200
    assert sent == ["BEGIN", "INSERT", "COMMIT"]


def test_a_decision_on_the_form_is_three_statements_too(site: Site) -> None:
    """Without a script."""
    app, sent = site
    form = {"answer": "refuse"}
    assert app.test_client().post("/privacy/preferences", data=form, headers=FROM_OUR_PAGE).status_code == 303
    assert sent == ["BEGIN", "INSERT", "COMMIT"]


def test_a_decision_that_is_refused_costs_no_statement(site: Site) -> None:
    """What is no decision never reaches the database."""
    app, sent = site
    for body in ({"accepted": ["nothing"]}, {"accepted": ["analytics"]}, {"accepted": 1}):
        answer = app.test_client().post("/privacy/api/choice", json=body, headers=FROM_OUR_PAGE)
        assert 400 <= answer.status_code < 500
    assert sent == []
