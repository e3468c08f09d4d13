"""One-time codes: the published vectors, the window, and what is no code."""

import datetime as dt
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.twofactor import otp, recovery
from consentguard.twofactor.enrolment import Enrolment, enrolment

SECRET = b"12345678901234567890"
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
"""Appendix D: the codes of the counters from 0."""
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""Appendix B, SHA-1: the codes of 8 digits by seconds since 1970; the last 6 digits are the code of 6."""
OTHER_HASHES = {
    "sha256": ["46119246", "68084774", "67062674", "91819424", "90698825", "77737706"],
    "sha512": ["90693936", "25091201", "99943326", "93441116", "38618901", "47863826"],
}
"""The same with SHA-256 and SHA-512, whose secrets are as long as their hashes; apps are asked for SHA-1."""
NO_CODES = ["", "12345", "1234567", "+12345", "-12345", "12_345", "12345a", "12.345", "1234\n56", "123456\n"]
FOREIGN_DIGITS = ["\N{FULLWIDTH DIGIT ONE}" * 6, "\N{ARABIC-INDIC DIGIT ONE}" * 6, "12345\N{SUPERSCRIPT TWO}"]


def at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


@pytest.mark.parametrize(("counter", "code"), list(enumerate(RFC_4226)))
def test_codes_are_those_of_rfc_4226(counter: int, code: str) -> None:
    """Each counter of its appendix D has the code that stands there, and no neighbour has."""
    assert otp.matching_step(SECRET, code, counter) == counter


@pytest.mark.parametrize(("seconds", "code"), list(RFC_6238.items()))
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """Each moment of its appendix B falls into the step whose code stands there."""
    step = otp.step_at(at(seconds))
    assert otp.matching_step(SECRET, code[-otp.DIGITS :], step) == step


@pytest.mark.parametrize(("digest", "vectors"), OTHER_HASHES.items())
def test_our_clock_and_the_library_agree_with_the_other_hashes_of_rfc_6238(digest: str, vectors: list[str]) -> None:
    """Asked by a counter alone, as we ask it, and at the steps of our clock."""
    hashed = getattr(hashlib, digest)
    secret = (SECRET * 4)[: hashed().digest_size]
    codes = pyotp.OTP(otp.base32(secret), digits=8, digest=hashed)
    assert [codes.generate_otp(otp.step_at(at(seconds))) for seconds in RFC_6238] == vectors


@pytest.mark.parametrize(("away", "found"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_one_step_before_and_after_its_own(away: int, found: bool) -> None:
    """Clocks differ by some seconds; a code is taken for 90 of them and no longer."""
    assert otp.matching_step(SECRET, RFC_4226[5], 5 + away) == (5 if found else None)


def test_the_first_step_has_none_before_it() -> None:
    """A clock that stands at 1970 breaks nothing: steps begin at 0."""
    assert otp.matching_step(SECRET, RFC_4226[1], 0) == 1
    assert otp.matching_step(SECRET, "000000", 0) is None


def test_every_step_of_the_window_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A match ends nothing early, so the time that it takes does not tell which step matched."""
    compared = []
    real: Callable[[str, str], bool] = hmac.compare_digest

    def counting(one: str, other: str) -> bool:
        compared.append(one)
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    for code in (RFC_4226[4], RFC_4226[5], RFC_4226[6], "000000"):
        otp.matching_step(SECRET, code, 5)
    assert compared == RFC_4226[4:7] * 4


@pytest.mark.parametrize("second", [0, 29, 30, 59])
def test_a_step_is_thirty_seconds_of_utc(second: int) -> None:
    """The step is counted in whole seconds, whatever zone the moment is written in."""
    moment = at(1_800_000_000 + second).replace(microsecond=999_999)
    assert otp.step_at(moment) == 60_000_000 + second // 30
    assert otp.step_at(moment.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=45)))) == otp.step_at(moment)


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """A server whose local clock is set back on 26 October 2025, as Django sets it from TIME_ZONE."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield ZoneInfo("Europe/Paris")
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice_has_different_codes(paris: ZoneInfo, fold: int) -> None:
    """In both folds of that night the code is the one of RFC 6238, whatever the library makes of a local time."""
    moment = dt.datetime(2025, 10, 26, 2, 30, 10, tzinfo=paris, fold=fold)
    step = (1_761_438_610 + 3600 * fold) // 30  # 00:30:10 and 01:30:10 by UTC
    assert otp.step_at(moment) == otp.step_at(moment.astimezone(dt.UTC)) == step
    digest = hmac.digest(SECRET, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    code = f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"
    assert otp.matching_step(SECRET, code, otp.step_at(moment)) == step
    assert otp.matching_step(SECRET, code, otp.step_at(moment.replace(fold=1 - fold))) is None


@pytest.mark.parametrize(
    ("typed", "digits"), [("123456", "123456"), (" 123 456 ", "123456"), ("1 2 3 4 5 6", "123456")]
)
def test_spaces_in_a_code_do_not_matter(typed: str, digits: str) -> None:
    """Apps show a code in two groups, and people type it so."""
    assert otp.cleaned(typed) == digits


@pytest.mark.parametrize("typed", [*NO_CODES, *FOREIGN_DIGITS, "1" * 10_000])
def test_what_is_not_six_ascii_digits_is_no_code(typed: str) -> None:
    """Signs, other scripts' digits and endless texts are told apart from a wrong code before any secret is opened."""
    assert otp.cleaned(typed) is None


@given(st.text(max_size=40))
def test_only_six_ascii_digits_come_through(typed: str) -> None:
    """Whatever is typed, what is compared is six digits from 0 to 9."""
    digits = otp.cleaned(typed)
    assert digits is None or (len(digits) == 6 and set(digits) <= set("0123456789"))


def test_secrets_are_of_160_bits_and_never_the_same() -> None:
    """What RFC 4226 recommends, from the operating system."""
    assert {len(otp.new_secret()) for _ in range(10)} == {20}
    assert len({otp.new_secret() for _ in range(10)}) == 10


def test_recovery_codes_are_of_128_bits_in_groups() -> None:
    """Ten different codes, each of 26 letters and digits that nobody mistakes for one another, and readable again."""
    codes = recovery.new_codes()
    assert len(set(codes)) == len(codes) == 10
    assert all(len(code.replace("-", "")) == 26 and max(map(len, code.split("-"))) == 4 for code in codes)
    assert [recovery.cleaned(code.lower().replace("-", " ")) for code in codes] == [
        code.replace("-", "") for code in codes
    ]


@pytest.mark.parametrize(
    "typed", ["", "123456", "A" * 25, "A" * 27, "A" * 25 + "1", "\N{CYRILLIC CAPITAL LETTER A}" * 26, "A" * 10_000]
)
def test_what_has_not_the_shape_of_a_recovery_code_is_none(typed: str) -> None:
    """Too short, too long, with digits that base 32 lacks, or with letters of another script."""
    assert recovery.cleaned(typed) is None


def made(issuer: str = "Example <Shop> & Co", account: str = "12") -> Enrolment:
    return enrolment("0" * 32, at(600), SECRET, issuer, account)


def read_by_an_app(uri: str) -> tuple[list[str], dict[str, str]]:
    """What an app finds in an address: issuer and account, and the named values."""
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    return unquote(parts.path.removeprefix("/")).split(":"), dict(parse_qsl(parts.query, strict_parsing=True))


def test_an_app_reads_the_address_as_it_was_meant() -> None:
    """The address that the picture holds carries issuer, account and secret, also with signs that addresses use."""
    issuer = "Example <Shop> & Co"
    names, values = read_by_an_app(made(issuer, "12").uri)
    assert names == [issuer, "12"]
    assert values == {"secret": otp.base32(SECRET), "issuer": issuer, "digits": "6", "period": "30"}


def test_a_colon_in_the_issuer_stays_out_of_the_address() -> None:
    """A colon parts the issuer from the account there, so neither may have one."""
    names, values = read_by_an_app(made("https://shop.example.com", "a:b").uri)
    assert names == ["https //shop.example.com", "a b"]
    assert values["issuer"] == names[0]


def test_the_key_is_written_in_groups_of_four() -> None:
    """For somebody who types it by hand."""
    assert made().key.split(" ") == [otp.base32(SECRET)[start : start + 4] for start in range(0, 32, 4)]


def test_the_picture_stands_in_a_strict_page() -> None:
    """It is one SVG element without script, style or anything that is loaded, dark on light in every theme."""
    picture = made().picture
    assert picture.startswith("<svg ")
    assert picture.rstrip().endswith("</svg>")
    assert not any(word in picture for word in ("<script", "style", "href", "<?xml", SECRET.decode()))
    assert 'fill="#fff"' in picture


def test_an_enrolment_does_not_show_its_secret() -> None:
    """A log that prints one holds neither the key nor the address."""
    text = repr(made())
    assert otp.base32(SECRET)[:4] not in text
    assert "otpauth" not in text
