"""What somebody reported, and why it was decided so: kept as sealed JSON, and never shown where it might be logged."""

from __future__ import annotations

from msgspec import Struct, json


class Statement(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A report in the words of whoever made it. No age, no date of birth and no name of the child is asked for.

    `known_by` is what the site knows the child by: an e-mail address, a phone number. `name`, `address` and `authority`
    say who reports, where to answer them, and by what right they act; `entered_by` is the member of staff who did.
    `reason` is that of the decision: the one part that stays once the report has ended.
    """

    known_by: str = ""
    name: str = ""
    address: str = ""
    authority: str = ""
    note: str = ""
    entered_by: str = ""
    reason: str = ""

    def __repr__(self) -> str:
        """Nothing of it: it ends in logs."""
        return "Statement(...)"


def written(statement: Statement) -> bytes:
    """The statement as JSON, for sealing."""
    return json.encode(statement)


def read(content: bytes) -> Statement:
    """What `written` wrote; an empty statement of nothing."""
    return json.decode(content, type=Statement) if content else Statement()
