"""Numbers that people write in many ways: those of telephones, and those of the tax office."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.normal import Normaliser, casefold, digits

_OTHERS = re.compile(r"[^\w&]|_")
"""What is no part of a tax number; the & is, in Mexico."""


def phone(region: str) -> Normaliser:
    """Telephone numbers as E.164 (ITU-T), such as +50255551234; an extension is left out.

    `region` is the country (ISO 3166-1, two capitals) of numbers that name none, or empty. A text that is no number
    becomes its digits, and one without digits is folded. Raises SearchError for a region that is none.
    """
    library: Any = _import("phonenumbers", "phonenumbers")
    if region and region not in library.SUPPORTED_REGIONS:
        raise SearchError(f"phone:{region}: no telephone numbers of {region} are known")

    parse, write, e164 = library.parse, library.format_number, library.PhoneNumberFormat.E164
    is_valid = library.is_valid_number

    def read(text: str) -> str:
        try:
            number = parse(text, region)
            written: str = write(number, e164)
            # a number that nobody can have may lose its first digits anew each time that it is read
            stays = is_valid(number) or write(parse(written), e164) == written
        except library.NumberParseException:
            return ""
        return written if stays else ""

    def normalise(text: str) -> str:
        folded = casefold(text)
        if written := read(folded):
            return written
        bare = digits(folded)
        return read(bare) or bare or folded

    return normalise


def tax(country: str) -> Normaliser:
    """Numbers of the tax office as python-stdnum compacts those of a country: of its VAT number, else of its TIN.

    `country` is two small letters (ISO 3166-1). A text that has no such form becomes its letters and digits in
    capitals. Raises SearchError for a country that python-stdnum does not know.
    """
    library: Any = _import("stdnum", "python-stdnum")
    invalid: type[Exception] = _import("stdnum.exceptions", "python-stdnum").ValidationError
    module = library.get_cc_module(country, "vat") or library.get_cc_module(country, "tin")
    if module is None:
        raise SearchError(f"tax:{country.upper()}: python-stdnum knows no tax number of {country.upper()}")

    compact: Normaliser = module.compact

    def stays(short: str) -> bool:
        # of what is no number, some modules cut off a bit each time
        return _letters_and_digits(short) == short == compact(short)

    def normalise(text: str) -> str:
        bare = _letters_and_digits(text)
        try:
            short = compact(bare)
            if short and ((short == bare and bare.isascii()) or stays(short)):
                return short
        except (invalid, ValueError, LookupError):
            pass  # it is no number of that country
        return bare if bare and _letters_and_digits(bare) == bare else casefold(text)

    return normalise


def _letters_and_digits(text: str) -> str:
    plain = text.replace("-", "").replace(" ", "").upper()
    if plain.isascii() and plain.isalnum():  # as nearly always: this takes half the time
        return plain
    return _OTHERS.sub("", casefold(text)).upper()


def _import(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        hint = 'pip install "consentguard[search]"'
    raise SearchError(f"this normalisation needs the package {package}", hint=hint)
