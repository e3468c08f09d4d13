"""Normalisation: which texts an index takes for equal. Each has a name that stays, for its digests depend on it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from consentguard.crypto.index.errors import SearchError

Normaliser = Callable[[str], str]

_ARGUMENT = re.compile(r"[A-Za-z]{2}", re.ASCII)


def exact(text: str) -> str:
    """The text as it is: two that differ in a single code point are different."""
    return text


def casefold(text: str) -> str:
    """Upper and lower case alike, and all ways to write one letter, without space around.

    NFKC (Unicode Standard Annex #15), full case folding (The Unicode Standard 3.13), and NFKC of what that gives.
    """
    if text.isascii():
        return text.strip().lower()
    return _folded(text).strip()


def email(text: str) -> str:
    """An address with its local part and its domain folded, the domain as its ASCII form (UTS 46, IDNA2008).

    Anything else is folded as a whole. Two addresses of equal form may be two mailboxes: mail is sent to the address
    that is stored, never to the one that was typed.
    """
    if text.isascii():
        return text.strip().lower()
    local, _, domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    return f"{_folded(local)}@{_ascii_domain(domain)}" if local and domain else casefold(text)


def domain(text: str) -> str:
    """The domain of an address in the form that `email` gives it; empty for a text that is no address."""
    local, _, domain = email(text).rpartition("@")
    return domain if local else ""


def _ascii_domain(domain: str) -> str:
    import idna  # its tables are large, and few domains need them

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return _folded(domain)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def digits(text: str) -> str:
    """The decimal digits of a text, those of every script as those of ASCII."""
    if text.isascii():
        return "".join(filter(str.isdecimal, text))
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())


@cache
def normaliser(name: str) -> Normaliser:
    """The function of that name: "exact", "casefold", "email", "phone", "phone:GT" or "tax:GT".

    A pure function that changes nothing when it is applied twice. Raises SearchError for a name that is none, and
    where the packages of the extra `search` that it needs are missing.
    """
    kind, colon, argument = name.partition(":")
    if name in _PLAIN:
        return _PLAIN[name]
    if kind in ("phone", "tax") and (_ARGUMENT.fullmatch(argument) if colon else kind == "phone"):
        from consentguard.crypto.index import numbers

        return numbers.phone(argument.upper()) if kind == "phone" else numbers.tax(argument.lower())
    hint = 'there are "exact", "casefold", "email", "phone", and with a country "phone:GT" and "tax:GT"'
    raise SearchError(f"{name!r} is no normalisation", hint=hint)


_PLAIN: dict[str, Normaliser] = {"exact": exact, "casefold": casefold, "email": email}
