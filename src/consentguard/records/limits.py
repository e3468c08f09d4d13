"""What limits the use and the deletion of personal data: legal holds, restrictions and objections."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from consentguard.records.people import SubjectRef

MarkKind = Literal["restriction", "objection", "quarantine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold: nothing that it covers is deleted or emptied until it is released.

    It covers a data subject (`subject`), rows of a table (`label`, and `keys` where not all of them), or fields
    (`columns` of that table, of the rows or of the subject); what is left empty limits nothing. `reason`, `author` and
    `review_on` say why, by whom, and when somebody looks at it again.
    """

    id: str
    reason: str
    author: str
    placed_at: dt.datetime
    review_on: dt.date
    subject: SubjectRef | None = None
    label: str = ""
    keys: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    released_at: dt.datetime | None = None
    released_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A restriction (Art. 18 GDPR) or an objection (Art. 21): data is kept, and not used.

    A quarantine is a restriction that nobody asked for: a report says that the data subject is a minor.

    It marks a data subject, or of what is theirs only a `category`; or one row (`label` and `key`). With a `purpose` it
    stops that use alone, else every use. It holds until `until`, where that is said, or until it is `lifted_at`.
    """

    id: str
    kind: MarkKind
    at: dt.datetime
    subject: SubjectRef | None = None
    category: str = ""
    label: str = ""
    key: str = ""
    purpose: str = ""
    until: dt.datetime | None = None
    lifted_at: dt.datetime | None = None
    request: str = ""
