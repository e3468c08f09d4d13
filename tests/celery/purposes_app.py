"""A Celery app whose tasks say what purpose they run in, for `test_purposes`: its sender and its worker."""

from __future__ import annotations

import datetime as dt
import os

from celery import Celery

from consentguard import PurposeError, current_purpose
from consentguard.restriction.purposes import Purposes, current_limits, install
from consentguard.restriction.uses import Use
from consentguard_celery import purposes
from tests.core.neutral import policy

NAME = os.environ.get("CONSENTGUARD_TEST_QUEUE", "none")
DECLARED = os.environ.get("CONSENTGUARD_TEST_PURPOSES", "analytics,service").split(",")

app = Celery("purposes", broker=os.environ["CONSENTGUARD_TEST_REDIS"], backend=os.environ["CONSENTGUARD_TEST_REDIS"])
app.conf.update(
    broker_transport_options={"global_keyprefix": NAME},
    result_backend_transport_options={"global_keyprefix": NAME},
    broker_connection_retry_on_startup=True,
    worker_send_task_events=False,
    result_expires=60,
)
purposes.install()
install(Purposes([policy(purposes={name: {} for name in DECLARED})], list, now=lambda: dt.datetime.now(dt.UTC)))


@app.task
def purpose() -> list[str | bool | None]:
    """The purpose that this runs in, and whether a table may be queried in it."""
    limits = current_limits()
    try:
        if limits:
            limits.check(Use(label="shop.Order"))
    except PurposeError:
        return [current_purpose(), False]
    return [current_purpose(), True]


@app.task(bind=True, max_retries=1)
def retried(self) -> list[str | bool | None]:  # type: ignore[no-untyped-def]
    """As `purpose`, at the second attempt."""
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    found: list[str | bool | None] = purpose()
    return found
