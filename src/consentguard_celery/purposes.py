"""Takes the purpose that data is used for along to the worker: a task runs in the one that it was sent in."""

from __future__ import annotations

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from consentguard.restriction.purposes import carried, current_purpose

HEADER = "consentguard_purpose"
_running: dict[str, carried] = {}


def install() -> None:
    """Carry purposes from now on, in what sends tasks and in what works on them: call it where the app is made.

    A task of one that the worker's policy does not declare can query no tagged model, and none can before it has one.
    """
    before_task_publish.connect(_published, weak=False, dispatch_uid=f"{HEADER}.published")
    task_prerun.connect(_begun, weak=False, dispatch_uid=f"{HEADER}.begun")
    task_postrun.connect(_ended, weak=False, dispatch_uid=f"{HEADER}.ended")


def _published(headers: dict[str, Any] | None = None, **_: object) -> None:
    purpose = current_purpose()
    if purpose is not None and headers is not None:
        headers[HEADER] = purpose


def _begun(task_id: str, task: Any, **_: object) -> None:
    purpose = task.request.get(HEADER)
    if purpose and not task.request.is_eager:
        block = carried(str(purpose))
        block.__enter__()
        _running[task_id] = block


def _ended(task_id: str, **_: object) -> None:
    block = _running.pop(task_id, None)
    if block is not None:
        block.__exit__(None, None, None)
