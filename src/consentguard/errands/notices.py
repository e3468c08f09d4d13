"""What has to be known to do an errand: about whom, what, and until when. It is sealed, and goes once that is done."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct, json

from consentguard.records import ErrandKind, SubjectRef


class Notice(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a connector is called with, or a person told.

    `id` is that of the errand: a connector that is called twice with one has done it already. `target` is the place or
    recipient of the policy. The person is who has the `address`, who are the data subjects `people` (`user:12`) of this
    site, or whom other systems know by `external`. `corrections` are new values by column.
    """

    id: str = ""
    kind: ErrandKind
    target: str
    request: str
    address: str = ""
    people: tuple[str, ...] = ()
    external: dict[str, str] = {}
    corrections: dict[str, str] = {}
    due_on: dt.date | None = None

    def __repr__(self) -> str:
        """Whose it is stands in no log."""
        return f"Notice({self.kind!r}, {self.target!r}, id={self.id!r})"

    @property
    def subjects(self) -> tuple[SubjectRef, ...]:
        """The data subjects of this site that it is about."""
        return tuple(map(SubjectRef.parse, self.people))


class FileNotice(Struct, frozen=True):
    """A file of a row that is gone, as the carrying out of a plan notes it."""

    label: str
    column: str
    name: str

    def __repr__(self) -> str:
        """Names of files tell whose they are."""
        return f"FileNotice({self.label!r}, {self.column!r})"


def written(notice: Notice) -> bytes:
    """The notice as JSON, for sealing."""
    return json.encode(notice)


def read(content: bytes) -> Notice:
    """What `written` wrote."""
    return json.decode(content, type=Notice)


def read_file(content: bytes) -> FileNotice:
    """The file that the carrying out of a plan noted."""
    return json.decode(content, type=FileNotice)
