"""The evidence of whoever is shown sealed values in Flask-Admin, and which of these can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app, flash, request

from consentguard.crypto.errors import ErasedError
from consentguard.errors import ConsentGuardError
from consentguard.masking import Unmasking
from consentguard.records import SubjectRef
from consentguard.screens.unmasking import Sent
from consentguard_flask.admin.masking.veil import WORDS, Place, place_of, sealed_attributes
from consentguard_flask.host import FlaskHost
from consentguard_flask.pages import guards
from consentguard_flask.people import subject_of


def take_down(row: Any, sent: Sent) -> None:
    """Leave the evidence, without which nothing is shown. Raises ConsentGuardError."""
    guard, mapper = guards().of(request), sa.inspect(type(row))
    label = cast("FlaskHost", guard.site.host).label_of(mapper.local_table)
    bindings = [sealed_attributes(type(row))[name].bound_to for name in sent.columns]
    bound = (SubjectRef(each.subject, str(getattr(row, each.attribute))) for each in bindings if each.subject)
    guard.masking.unmask(
        Unmasking(
            label=label,
            columns=sent.columns,
            people=(*bound, *guard.masking.people(label, row, _key_of)),
            staff=subject_of(current_app._get_current_object(), guard.site, request),  # type: ignore[attr-defined]
            reason=sent.reason,
            reference=sent.reference,
        )
    )


def readable(row: Any, columns: Iterable[str]) -> Iterator[Place]:
    """The values that open; of the others the page says that they do not."""
    for name in columns:
        try:
            getattr(row, name)
        except ConsentGuardError as error:
            why = WORDS.erased if isinstance(error, ErasedError) else WORDS.unreadable
            flash(f"{name}: {why}", "error")
        else:
            yield place_of(row, name)


def _key_of(row: Any) -> str:
    return ",".join(map(str, sa.inspect(row).identity))
