"""The pages that ask for something in a Django site: guarded, limited, mailed, as in every framework."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.handlers.wsgi import WSGIHandler
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import override_settings

from consentguard.records import Message, SubjectRef
from consentguard.testing.keys import keyring
from consentguard_django import conf
from tests.django import settings
from tests.web_doors import ASK, FROM_OUR_PAGE, META, OURS, SECTIONS, Door, Doors
from tests.web_schema import examine, machine_token

TABLES = "consentguard_evidence_entry"


def mails() -> list[Message]:
    return [
        Message(to=sent.to[0], subject=sent.subject, text=sent.body, html=sent.alternatives[0][0])
        for sent in mail.outbox
    ]


def person(email: str) -> SubjectRef:
    return SubjectRef("member", str(get_user_model().objects.create_user("ada", email).pk))


@contextmanager
def broken(what: str) -> Iterator[None]:
    """The site without its mail server, its keyring or one of its tables."""
    if what == "mail":
        with patch.object(EmailBackend, "send_messages", side_effect=ConnectionRefusedError("ada@example.org")):
            yield
    elif what == "keyring":
        options = {name: value for name, value in conf.site().host.options().items() if name != "keyring"}
        with override_settings(CONSENTGUARD=options), patch.dict(os.environ):
            os.environ.pop("CONSENTGUARD_KEYRING", None)
            os.environ.pop("CONSENTGUARD_KEYRING_FILE", None)
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {TABLES} RENAME TO away")
            try:
                yield
            finally:
                cursor.execute(f"ALTER TABLE away RENAME TO {TABLES}")


@pytest.fixture
def site(tmp_path: Path, transactional_db: None) -> Iterator[WSGIHandler]:
    """The clinic with every section, and the middleware where it belongs."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {
        "manifest": tmp_path / "privacy.toml",
        "keyring": tmp_path / "keyring.json",
        "platforms": {"meta": META},
    }
    first = ["consentguard_django.middleware.PrivacyMiddleware", *settings.MIDDLEWARE]
    with override_settings(CONSENTGUARD=options, MIDDLEWARE=first):
        yield WSGIHandler()


class TestDoors(Doors):
    """A Django site with its usual middleware, CsrfViewMiddleware among it."""

    @pytest.fixture
    def door(self, site: WSGIHandler) -> Iterator[Door]:
        with httpx.Client(transport=httpx.WSGITransport(site), base_url=OURS) as client:
            yield Door(client, lambda: conf.guards().at(), mails, broken, person)


def test_programs_get_what_the_document_promises(site: WSGIHandler) -> None:
    """Whatever is sent to a JSON endpoint, right or wrong, is answered as /api/openapi.json says."""
    assert len(examine(site, machine_token(conf.guards().at()))) >= 6


def test_a_site_whose_requests_are_transactions_is_served_outside_of_them(site: WSGIHandler) -> None:
    """Under ATOMIC_REQUESTS too a request is taken down before its mail goes out, whatever happens after that."""
    with (
        patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True),
        httpx.Client(transport=httpx.WSGITransport(site), base_url=OURS) as client,
    ):
        answer = client.post("/privacy/requests", data=ASK, headers=FROM_OUR_PAGE)
    assert answer.status_code == 303
    assert len(mails()) == 1
