"""Reads the files that Django's file-based mail backend has written."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings

#: What the backend writes after each mail.
END = b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Mail:
    """A mail as its reader would see it."""

    to: str
    subject: str
    text: str


def mails() -> list[Mail]:
    """Return the mails, the newest first."""
    return [mail for file in sorted(files(), key=written, reverse=True) for mail in reversed([*read(file)])]


def clear() -> None:
    """Delete all mails."""
    for file in files():
        file.unlink()


def files() -> list[Path]:
    """Return the files of the outbox, which there are none of before the first mail."""
    return [*settings.OUTBOX.glob("*.log")]


def written(file: Path) -> int:
    """Return when a file was written last."""
    return file.stat().st_mtime_ns


def read(file: Path) -> Iterator[Mail]:
    """Yield the mails of a file."""
    for content in file.read_bytes().split(END)[:-1]:
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("plain",))
        yield Mail(message["To"], message["Subject"], body.get_content() if body else "")


def forget(address: str) -> int:
    """Delete the mails to an address; how many there were."""
    found = 0
    for file in files():
        mails = file.read_bytes().split(END)[:-1]
        kept = [mail for mail in mails if _to(mail) != address.casefold()]
        found += len(mails) - len(kept)
        if len(kept) < len(mails):
            file.write_bytes(b"".join(mail + END for mail in kept))
    return found


def _to(mail: bytes) -> str:
    return str(message_from_bytes(mail, policy=policy.default)["To"]).casefold()
