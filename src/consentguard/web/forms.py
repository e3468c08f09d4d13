"""Reads the form that a request's body is, in both ways in which browsers send one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from email.parser import BytesParser
from urllib.parse import parse_qsl

from consentguard.web.messages import FORM_FIELDS, FORM_LIMIT, Inbound
from consentguard.web.safety import RefusalError

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def read_form(inbound: Inbound, *, expected: bool) -> Mapping[str, Sequence[str]]:
    """The fields of the form that the body is; none where another kind of body is `expected`.

    Raises RefusalError for a body that is too large or no form, and for what is no text in UTF-8.
    """
    if len(inbound.body) > FORM_LIMIT:
        raise RefusalError(413, f"More than {FORM_LIMIT // 1024} KiB were sent.")
    kind = inbound.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in (URLENCODED, MULTIPART):
        if expected and (kind or inbound.body):
            raise RefusalError(415, f"A form is sent as {URLENCODED} or {MULTIPART}.")
        return {}
    try:
        pairs = [*(_urlencoded(inbound) if kind == URLENCODED else _multipart(inbound))]
    except ValueError as error:
        raise RefusalError(400, "What was sent is no form that this site can read.") from error
    return _gathered(pairs)


def _gathered(pairs: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise RefusalError(400, "The form holds a null character.")
        form.setdefault(name, []).append(value)
    return form


def _urlencoded(inbound: Inbound) -> list[tuple[str, str]]:
    """Raises ValueError for too many fields, or what is no UTF-8."""
    return parse_qsl(inbound.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS)


def _multipart(inbound: Inbound) -> Iterator[tuple[str, str]]:
    """The fields of RFC 7578. No form of ours takes a file. Raises ValueError for what does not follow it."""
    if inbound.body.lower().count(b"content-type:") > FORM_FIELDS:
        raise ValueError("parts within parts, of which the parser would bear no more than its stack does")
    head = f"Content-Type: {inbound.headers['Content-Type']}\r\n\r\n".encode("latin-1")
    whole: Message = BytesParser().parsebytes(head + inbound.body)
    parts = [part for part in whole.walk() if part is not whole]
    if whole.defects or not 0 < len(parts) <= FORM_FIELDS:
        raise ValueError("no parts between boundaries, or too many")
    yield from map(_field, parts)


def _field(part: Message) -> tuple[str, str]:
    name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    if part.defects or part.get_filename() is not None or not isinstance(name, str) or not isinstance(content, bytes):
        raise ValueError("a part is no field")
    name.encode("ascii")
    return name, content.decode()
