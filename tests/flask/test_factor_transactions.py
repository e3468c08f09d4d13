"""What is counted stays in a Flask app whatever fails after it, and what could be undone is not begun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask, Response, request
from flask_sqlalchemy import SQLAlchemy

from consentguard.ports import InsideTransactionError
from tests.flask import test_second_factor as site
from tests.web_doors import FROM_OUR_PAGE, OURS
from tests.web_factor import FACTOR, Gate

STAFF = "staff"


def add_views(app: Flask, db: SQLAlchemy) -> None:
    """Views of the host's that compare a code themselves, and what fails after a page of ours."""

    def given(change: str) -> tuple[str, int]:
        if change == "pending":
            db.session.add(site.User(id=7, name="eva"))
        elif change == "begun":
            db.session.execute(sa.update(site.User).values(name="Eva"))
        try:
            result = app.extensions["consentguard"].at().twofactor.verify(site.subject(STAFF), request.args["code"])
        except InsideTransactionError as error:
            db.session.rollback()
            return error.hint, 409
        return result.verdict, 200

    app.add_url_rule("/given/<change>", "given", given)

    @app.get("/given/later/<change>")
    async def given_later(change: str) -> tuple[str, int]:
        return given(change)

    @app.after_request
    def fails(response: Response) -> Response:
        if request.method == "POST" and request.path.startswith(FACTOR):
            db.session.rollback()
            raise RuntimeError
        return response


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """An app that answers 500 where it fails."""
    app, db = site.make_app(tmp_path, PROPAGATE_EXCEPTIONS=False)
    app.testing = False
    add_views(app, db)
    with site.visiting(app, db) as gate:
        gate.client._transport = httpx.WSGITransport(app, raise_app_exceptions=False)
        gate.client.base_url = OURS
        yield gate


@pytest.mark.parametrize("answer", ["verify", "recover"])
def test_a_wrong_code_is_counted_though_the_request_fails(gate: Gate, answer: str) -> None:
    """By our own pages, whatever of the host's raises and rolls back after them."""
    gate.right_code(STAFF)
    gate.sign_in(STAFF)
    code = "000000" if answer == "verify" else "A" * 26
    sent = gate.client.post(FACTOR, data={"answer": answer, "code": code}, headers=FROM_OUR_PAGE)
    assert sent.status_code == 500
    assert gate.row(STAFF).failures == 1


@pytest.mark.parametrize("change", ["pending", "begun"])
@pytest.mark.parametrize("path", ["/given", "/given/later"])
def test_a_view_with_changes_of_its_own_is_told_before_anything_is_compared(gate: Gate, path: str, change: str) -> None:
    """Though the code is right: nothing is counted, and the code is as good as before."""
    code = gate.right_code(STAFF)
    before = gate.row(STAFF)
    refused = gate.client.get(f"{path}/{change}", params={"code": code})
    assert (refused.status_code, "commit or roll back first" in refused.text) == (409, True)
    assert gate.row(STAFF) == before
    assert gate.client.get(f"{path}/none", params={"code": code}).text == "ok"
