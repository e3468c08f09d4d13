"""In which browsers somebody gave a second factor."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

FactorMethod = Literal["otp", "webauthn", "recovery"]
"""How a second factor of ours was given: a one-time code, a passkey, a recovery code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSession:
    """One browser in which one person gave a second factor of ours.

    `digest` is the keyed hash of the token that the browser holds. `factor` is the id of the authenticator, `sign_in`
    the keyed hash of the sign-in that it belongs to: empty once that has ended, and the row is there because the
    browser is `remembered`. `label` says roughly which browser that is, such as `Firefox, Linux`. It counts before
    `expires_at`, and while `epoch` is that of its subject.
    """

    id: str
    digest: str = field(repr=False)
    subject: str
    factor: str
    method: FactorMethod
    verified_at: dt.datetime
    seen_on: dt.date
    expires_at: dt.datetime
    remembered: bool = False
    label: str = ""
    sign_in: str = field(default="", repr=False)
    epoch: str = ""
