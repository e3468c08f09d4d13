"""What somebody needs to set up an authenticator app: its address, its key, and both as a picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from consentguard.twofactor.otp import DIGITS, PERIOD, base32
from consentguard.twofactor.recovery import grouped

PIXELS = 4
"""Of the screen, for each square of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A second factor that is being set up, until `until`.

    `uri` is what the app reads, `key` the same secret to type by hand, in groups of four.
    """

    id: str
    until: dt.datetime
    uri: str = field(repr=False)
    key: str = field(repr=False)

    @property
    def picture(self) -> str:
        """The QR code of `uri`: an SVG element without script or style, dark on light whatever the page's colours."""
        import segno  # only where a code is shown

        return segno.make_qr(self.uri).svg_inline(scale=PIXELS, dark="#000", light="#fff")


def enrolment(id: str, until: dt.datetime, secret: bytes, issuer: str, account: str) -> Enrolment:  # noqa: A002
    """The enrolment of a secret; `account` tells apart what one person keeps in one app for one `issuer`."""
    key = base32(secret)
    names = [quote(name.replace(":", " "), safe="") for name in (issuer, account)]
    asked = {"secret": key, "issuer": issuer.replace(":", " "), "digits": DIGITS, "period": PERIOD}
    uri = f"otpauth://totp/{names[0]}:{names[1]}?{urlencode(asked, quote_via=quote)}"
    return Enrolment(id=id, until=until, uri=uri, key=grouped(key))
