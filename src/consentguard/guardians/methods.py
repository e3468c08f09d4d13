"""How a guardian is verified: by the link that was mailed to them, or by a form that they signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consentguard.ports import Verification


@dataclass(frozen=True, slots=True)
class MailedLink:
    """Whoever reads the mailbox that the child named, and answers there. It shows no more than that."""

    name: str = "link"
    by_answer: bool = True


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form to print, sign and send back, which a member of staff says that they received."""

    name: str = "form"
    by_answer: bool = False


METHODS: Mapping[str, Verification] = {"link": MailedLink(), "form": SignedForm()}
"""By what the policy calls them."""
