"""Reads requests that came by mail: RFC 5322 messages from a file, an mbox, a Maildir or a stream."""

from __future__ import annotations

import datetime as dt
import hashlib
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.periods import parse_period
from consentguard.records import RightsRequest
from consentguard.rights.addresses import is_address
from consentguard.rights.details import Details
from consentguard.rights.errors import RightsError
from consentguard.rights.means import Means
from consentguard.rights.receiving import Asked, Receiving

MOST_UNCONFIRMED = 3
"""How many unconfirmed requests one sender may have: anybody can write any sender into a mail, who is mailed then."""
BELIEVED = "P7D"
"""How long before it is read a mail may have come."""
LONGEST_NOTE = 10_000
"""How many characters of what somebody wrote are kept."""
_TAG = re.compile(r"\[(?:consentguard:)?([a-z_]+)\]")
_LISTS = ("list-id", "list-unsubscribe")
"""Headers of mails that no person wrote to us (RFC 2919, RFC 2369): to answer them makes loops, as RFC 3834 has it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as far as a request needs it. `mark` is the same for the same mail, whenever it is read."""

    mark: str
    sender: str = field(repr=False)
    sent_at: dt.datetime | None
    right: str
    note: str = field(repr=False)
    automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of reading mails: the requests that were opened, and how many mails were passed over and why."""

    requests: tuple[RightsRequest, ...] = ()
    known: int = 0
    unclear: int = 0
    automatic: int = 0
    too_many: int = 0


@dataclass(frozen=True, slots=True)
class Intake:
    """Opens a request for each mail, once. Who sent it is not believed: a mail goes out that asks to confirm."""

    means: Means

    def take(self, letters: Iterator[Letter], *, right: str, language: str) -> Taken:
        """Durable. Take the requests in these mails; `right` is for those whose subject names none, empty for none.

        Such mails are counted as unclear, for a person to read. Raises RightsError for a right that is none.
        """
        if right and right not in CARRIED_OUT:
            raise RightsError(f"{right!r} cannot be asked for", hint=f"it is one of {', '.join(CARRIED_OUT)}")
        taken, counts = list[RightsRequest](), {"known": 0, "unclear": 0, "automatic": 0, "too_many": 0}
        for letter in letters:
            if reason := self._passed_over(letter, right):
                counts[reason] += 1
            else:
                taken.append(Receiving(self.means).receive(self._asked(letter, right, language)))
        return Taken(requests=tuple(taken), **counts)

    def _passed_over(self, letter: Letter, right: str) -> str:
        """Why no request is opened for a mail, as a word; empty where one is."""
        if letter.automatic:
            return "automatic"
        if not is_address(letter.sender) or not (letter.right or right):
            return "unclear"
        if self.means.stores.requests.find(self._id(letter)):
            return "known"
        return "too_many" if self._is_flooded(letter) else ""

    def _is_flooded(self, letter: Letter) -> bool:
        """Whether enough unconfirmed mails of this sender wait already."""
        known = self.means.stores.requests.of(self.means.pseudonyms.of_address(letter.sender))
        return sum(each.channel == "email" and each.state == "received" for each in known) >= MOST_UNCONFIRMED

    def _asked(self, letter: Letter, right: str, language: str) -> Asked:
        return Asked(
            right=letter.right or right,
            address=letter.sender,
            language=language,
            channel="email",
            received_at=self._received_at(letter),
            details=Details(note=letter.note),
            id=self._id(letter),
        )

    def _received_at(self, letter: Letter) -> dt.datetime | None:
        """When a mail came, by what it says of itself: that is not believed far, since anybody can write any day."""
        earliest = parse_period(BELIEVED).before(self.means.clock.now())
        return max(letter.sent_at, earliest) if letter.sent_at else None

    def _id(self, letter: Letter) -> str:
        """The id of a mail's request, always the same: it sorts by the day the mail says, and does not tell which."""
        sent = letter.sent_at or dt.datetime.fromtimestamp(0, dt.UTC)
        milliseconds = max(0, int(sent.timestamp() * 1000)).to_bytes(6, "big")
        hashed = bytearray(bytes.fromhex(self.means.macs.every(letter.mark.encode())[-1])[:10])
        hashed[0] = hashed[0] & 0x0F | 0x70
        hashed[2] = hashed[2] & 0x3F | 0x80
        return (milliseconds + bytes(hashed)).hex()


def letters_in(path: Path) -> Iterator[Letter]:
    """The mails in a Maildir, an mbox or a file of one mail. Raises RightsError where there is nothing to read."""
    if not path.exists():
        raise RightsError(f"there is no {path}", hint="give a Maildir, an mbox, a file of one mail, or - for a stream")
    if path.is_dir():
        box = mailbox.Maildir(path, create=False)
        yield from (letter_of(box.get_bytes(key)) for key in sorted(box.keys()))
        return
    with path.open("rb") as file:
        begins = file.read(5)
    if begins == b"From ":
        yield from (letter_of(each.as_bytes()) for each in mailbox.mbox(path, create=False))
    else:
        yield letter_of(path.read_bytes())


def letter_in(stream: BinaryIO) -> Iterator[Letter]:
    """The one mail of a stream, as a mail server pipes it."""
    yield letter_of(stream.read())


def letter_of(content: bytes) -> Letter:
    """A mail; whatever is wrong with it, it is read as far as it goes."""
    mail = message_from_bytes(content, policy=policy.default)
    sender = _header(mail, "reply-to") or _header(mail, "from")
    addresses = [address for _, address in getaddresses([sender]) if address]
    tag = _TAG.search(_header(mail, "subject").lower())
    mark = _header(mail, "message-id") or hashlib.sha256(content).hexdigest()
    return Letter(
        mark=mark,
        sender=addresses[0] if len(addresses) == 1 else "",
        sent_at=_sent_at(mail),
        right=tag[1] if tag and tag[1] in CARRIED_OUT else "",
        note=_text(mail),
        automatic=_is_automatic(mail),
    )


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):  # what the parser raises for broken ones
        return ""


def _sent_at(mail: EmailMessage) -> dt.datetime | None:
    try:
        sent = parsedate_to_datetime(_header(mail, "date"))
        return (sent if sent.tzinfo else sent.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _text(mail: EmailMessage) -> str:
    try:
        body = mail.get_body(("plain",))
        return str(body.get_content())[:LONGEST_NOTE] if body else ""
    except (ValueError, LookupError, AttributeError, TypeError):
        return ""


def _is_automatic(mail: EmailMessage) -> bool:
    sent = _header(mail, "auto-submitted").lower()
    bulk = _header(mail, "precedence").lower() in ("bulk", "list", "junk")
    return bulk or (sent not in ("", "no")) or any(name in mail for name in _LISTS)
