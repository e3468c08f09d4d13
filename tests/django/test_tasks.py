"""The jobs of a schedule as Django tasks, on the backend that runs them at once. Django 5.2 has no tasks."""

from __future__ import annotations

import pytest
from django.test import override_settings

from consentguard import jobs
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from consentguard_django.stores import DjangoStores

pytestmark = pytest.mark.django_db
AT_ONCE = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring; tasks run where they are sent."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())


@override_settings(TASKS=AT_ONCE)
def test_a_job_is_run_by_its_task() -> None:
    """It is written down as run, and the task says that nothing was wrong."""
    from consentguard_django.tasks import run_job

    sent = run_job.enqueue("seal")
    assert (sent.is_finished, sent.return_value) == (True, {"seal": ""})
    assert jobs.last_run(DjangoStores("default"), "seal")


@override_settings(TASKS=AT_ONCE)
def test_what_is_due_is_run_by_one_task() -> None:
    """And a second one finds nothing that is."""
    from consentguard_django.tasks import run_due

    first = run_due.enqueue()
    assert {"seal", "rights", "resume"} <= first.return_value.keys()
    assert run_due.enqueue().return_value == {}
