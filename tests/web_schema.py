"""Calls every JSON endpoint as its own OpenAPI document says it may be called, and as it says that it may not."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from consentguard.guard import Guard
from consentguard.records import Token
from tests.web_doors import FROM_OUR_PAGE

EXAMPLES = 15


def machine_token(guard: Guard) -> str:
    """A token of a program, as `consentguard tokens new` makes one."""
    text = secrets.token_urlsafe(16)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with guard.stores.transactions.atomic():
        guard.stores.tokens.add(Token(digest=digest, purpose="machine", about="tests", expires_at=until))
    return text


def examine(app: Any, token: str) -> list[str]:
    """Fails where an answer is not as documented, or is a 5xx. Returns the operations that were called."""
    schema = schemathesis.openapi.from_wsgi("/privacy/api/openapi.json", app)
    headers = {**FROM_OUR_PAGE, "Authorization": f"Bearer {token}"}
    called = []
    for found in schema.get_all_operations():
        operation = found.ok()
        _call(operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE), headers)
        with suppress(Unsatisfiable):  # what takes nothing cannot be given anything wrong
            _call(operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE), headers)
        called.append(operation.label)
    return called


def _call(cases: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def call(case: Any) -> None:
        case.call_and_validate(headers=headers)

    call()
