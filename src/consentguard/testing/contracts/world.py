"""What `Clock`, `Mail` and `Jurisdictions` owe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pytest

from consentguard.ports import Clock, Jurisdictions, Mail, MailError
from consentguard.records import Message
from consentguard.testing.contracts.base import in_utc

ADDRESS = "ada.lovelace@example.com"
MESSAGE = Message(
    to=ADDRESS,
    subject="Tu petición: «borrado» 漢字",
    text="Hola,\n\nañadió 😀 https://shop.example.com/c?t=1&u=2\n",
    html='<!doctype html><html lang="es"><p>añadió 😀</p></html>\n',
    headers={"Auto-Submitted": "auto-generated"},
)
CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
HEADERS: dict[str, Mapping[str, str]] = {
    "none": {},
    "empty": {"CF-IPCountry": "", "X-Country-Code": ""},
    "unknown": {"CF-IPCountry": "XX", "X-Country-Code": "XX"},
    "tor": {"CF-IPCountry": "T1"},
    "hostile": {"CF-IPCountry": "Ωñ' ; --", "X-Country-Code": "E" * 10_000},
    "language": {"Accept-Language": "es-GT,es;q=0.9"},
}
"""What a client or a proxy may say, by what is odd about it."""
ADDRESSES = {
    "none": "",
    "v4": "203.0.113.7",
    "v6": "2001:db8::1",
    "link-local": "fe80::1%eth0",
    "unknown": "unknown",
    "long": "Ω" * 1000,
}


class ClockContract:
    """What time it is; the fixture `clock` is one."""

    def test_a_moment_is_aware_and_in_utc(self, clock: Clock) -> None:
        """Nobody has to guess its zone."""
        assert in_utc(clock.now())

    def test_time_does_not_run_backwards(self, clock: Clock) -> None:
        """A later look is no earlier."""
        first = clock.now()
        assert clock.now() >= first


class MailContract:
    """The host's way of sending mail.

    The fixture `mail` is one; `sent` is a function that gives what has gone out so far, as messages; `broken` is a
    function after which the server cannot be reached.
    """

    def test_a_mail_goes_out_as_it_was_written(self, mail: Mail, sent: Callable[[], Sequence[Message]]) -> None:
        """To whom, both texts, all scripts, and its headers."""
        mail.send(MESSAGE)
        (gone,) = sent()
        assert (gone.to, gone.subject, gone.text, gone.html) == (
            MESSAGE.to,
            MESSAGE.subject,
            MESSAGE.text,
            MESSAGE.html,
        )
        assert gone.headers["Auto-Submitted"] == "auto-generated"

    def test_each_mail_goes_out_once(self, mail: Mail, sent: Callable[[], Sequence[Message]]) -> None:
        """In the order that they were sent."""
        for subject in ("first", "second"):
            mail.send(Message(to=ADDRESS, subject=subject, text="-\n", html="<p>-</p>\n"))
        assert [message.subject for message in sent()] == ["first", "second"]

    def test_a_server_that_is_down_is_an_error_of_ours(
        self, mail: Mail, sent: Callable[[], Sequence[Message]], broken: Callable[[], object]
    ) -> None:
        """It says what to do and names nobody, and nothing goes out."""
        broken()
        with pytest.raises(MailError) as caught:
            mail.send(MESSAGE)
        assert caught.value.hint
        assert ADDRESS not in f"{caught.value} {caught.value!r}"
        assert not sent()

    @pytest.mark.parametrize("field", ["to", "subject", "header"])
    def test_no_header_can_be_smuggled_in(self, mail: Mail, sent: Callable[[], Sequence[Message]], field: str) -> None:
        """A line break in what becomes a header is refused, and nothing goes out."""
        injected = "x\r\nBcc: eve@example.com"
        message = Message(
            to=f"{ADDRESS}{injected}" if field == "to" else ADDRESS,
            subject=injected if field == "subject" else "subject",
            text="-\n",
            html="<p>-</p>\n",
            headers={"X-Header": injected} if field == "header" else {},
        )
        with pytest.raises(MailError) as caught:
            mail.send(message)
        assert ADDRESS not in f"{caught.value} {caught.value!r}"
        assert not sent()


class JurisdictionsContract:
    """Where a visitor is, as far as the host can tell; the fixture `jurisdictions` is a resolver."""

    @pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
    @pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
    def test_an_answer_is_a_code_or_none(
        self, jurisdictions: Jurisdictions, headers: Mapping[str, str], address: str
    ) -> None:
        """Whatever a client sends, there is no error, and None where nothing can be told."""
        answer = jurisdictions.of(headers, address)
        assert answer is None or CODE.fullmatch(answer)
