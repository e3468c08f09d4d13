"""What is counted stays in a Django site whose requests are transactions, and what could be undone is not begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, override_settings
from django.urls import path

from consentguard.ports import InsideTransactionError
from consentguard_django import conf
from tests.django import test_second_factor as site
from tests.web_doors import FROM_OUR_PAGE, OURS
from tests.web_factor import FACTOR, Gate

STAFF = "staff"


def fails_after(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Middleware that fails once a form was answered."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(FACTOR):
            raise RuntimeError
        return response

    return respond


def given(request: HttpRequest) -> HttpResponse:
    """A view of the host's that compares a code itself."""
    try:
        result = conf.guards().at().twofactor.verify(site.subject(STAFF), request.GET["code"])
    except InsideTransactionError as error:
        return HttpResponse(error.hint, status=409)
    return HttpResponse(result.verdict)


async def given_later(request: HttpRequest) -> HttpResponse:
    """The same in a coroutine, whose transaction is in a thread."""
    return await sync_to_async(transaction.atomic(given))(request)


urlpatterns = [path("given", given), path("given/later", given_later), *site.urlpatterns]


@pytest.fixture
def gate(tmp_path: Path, transactional_db: None) -> Iterator[Gate]:
    """A site that answers 500 where it fails."""
    failing = [f"{__name__}.fails_after", *site.MIDDLEWARE]
    with (
        site.running(tmp_path) as clock,
        override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=failing),
        httpx.Client(transport=httpx.WSGITransport(WSGIHandler(), raise_app_exceptions=False), base_url=OURS) as client,
    ):
        yield site.gate_of(client, clock)


@pytest.mark.parametrize("answer", ["verify", "recover"])
def test_a_wrong_code_is_counted_though_the_request_fails(gate: Gate, answer: str) -> None:
    """By our own pages, whatever of the host's raises after them."""
    gate.right_code(STAFF)
    gate.sign_in(STAFF)
    code = "000000" if answer == "verify" else "A" * 26
    with patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True):
        sent = gate.client.post(FACTOR, data={"answer": answer, "code": code}, headers=FROM_OUR_PAGE)
    assert sent.status_code == 500
    assert gate.row(STAFF).failures == 1


def test_a_view_in_a_transaction_is_told_before_anything_is_compared(gate: Gate) -> None:
    """Though the code is right: nothing is counted, and the code is as good as before."""
    code = gate.right_code(STAFF)
    before = gate.row(STAFF)
    with patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True):
        refused = gate.client.get("/given", params={"code": code})
    assert (refused.status_code, "non_atomic_requests" in refused.text) == (409, True)
    assert gate.row(STAFF) == before
    assert gate.client.get("/given", params={"code": code}).text == "ok"


def test_a_coroutine_in_a_transaction_is_told_as_well(gate: Gate) -> None:
    """Under ASGI."""
    code = gate.right_code(STAFF)
    before = gate.row(STAFF)
    refused = async_to_sync(AsyncClient().get)("/given/later", {"code": code})
    assert refused.status_code == 409
    assert gate.row(STAFF) == before
