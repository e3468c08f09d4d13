"""Sealed values: what opens them, what does not, and that neither an error nor a nonce gives anything away."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.cipher import OVERHEAD, Context, Sealer
from consentguard.crypto.errors import DecryptionError, ErasedError, TamperedError, UnknownKeyError
from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.xaes import Xaes
from consentguard.testing.keys import keyring

EMAIL = Context("shop_customer", "email")
RING = keyring()
SEALER = Sealer(RING, EMAIL)
PLAINTEXT = b"ada@example.com"
FIXED = """{"keyring": 1, "keys": [{"id": 7, "state": "enabled", "created": "2026-01-01T00:00:00Z",
"secret": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]}"""
"""A ring whose only secret is the bytes 0 to 31."""


KNOWN = "0100000007" + "00" * 24 + "a460fd1c8a0174640f3590b51ed853b7468528b05760e64b1cad04cc74cc8d"
"""PLAINTEXT under the ring FIXED, with a nonce of zeros."""


PACKET_KEY = "feffe9928665731c6d6a8f9467308308" * 2
PACKET = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
SEALED_PACKET = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b"
)


@pytest.mark.parametrize(
    ("key", "nonce", "plaintext", "associated", "sealed"),
    [
        ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
        ("00" * 32, "00" * 12, "00" * 16, "", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        (PACKET_KEY, "cafebabefacedbaddecaf888", PACKET, "feedfacedeadbeeffeedfacedeadbeefabaddad2", SEALED_PACKET),
    ],
    ids=["13", "14", "16"],
)
def test_the_primitive_is_aes_256_gcm(key: str, nonce: str, plaintext: str, associated: str, sealed: str) -> None:
    """Test cases 13, 14 and 16 of the specification of GCM (McGrew and Viega, submitted to NIST)."""
    made = AESGCM(bytes.fromhex(key)).encrypt(*map(bytes.fromhex, (nonce, plaintext, associated)))
    assert made.hex() == sealed


def test_a_sealed_value_has_the_documented_layout() -> None:
    """Version, key id, nonce, then what XAES-256-GCM makes of the plaintext under the column's own key."""
    ring = Keyring.parse(FIXED, where="here")
    subkey = ring.derive("column", "shop_customer", "email")
    sealed = Sealer(ring, EMAIL).seal(PLAINTEXT)
    assert sealed[:5] == bytes([1, 0, 0, 0, 7])
    associated = b"".join(struct.pack(">Q", len(part)) + part for part in (b"1", b"7", b"shop_customer", b"email"))
    assert Xaes(subkey).decrypt(sealed[5:29], sealed[29:], associated) == PLAINTEXT
    assert len(sealed) == len(PLAINTEXT) + OVERHEAD == len(PLAINTEXT) + 45


def test_a_value_of_known_key_and_nonce_opens() -> None:
    """A known answer: whatever changes here, what stands in databases must be read."""
    assert Sealer(Keyring.parse(FIXED, where="here"), EMAIL).open(bytes.fromhex(KNOWN)) == PLAINTEXT


@given(st.binary(max_size=2000))
def test_what_was_sealed_is_opened(plaintext: bytes) -> None:
    """Every value comes back, the empty one too."""
    assert SEALER.open(SEALER.seal(plaintext)) == plaintext


def test_the_same_value_is_never_sealed_alike() -> None:
    """Equal values cannot be told by looking at a column."""
    assert len({SEALER.seal(PLAINTEXT) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("made", [bytes, bytearray])
def test_a_memoryview_is_opened(made: type[bytes | bytearray]) -> None:
    """Some drivers hand out what a column of bytes holds in this form."""
    assert SEALER.open(memoryview(made(SEALER.seal(PLAINTEXT)))) == PLAINTEXT


def _flipped(sealed: bytes) -> Iterator[bytes]:
    for place in range(len(sealed)):
        for bit in range(8):
            yield sealed[:place] + bytes([sealed[place] ^ 1 << bit]) + sealed[place + 1 :]


def test_a_value_with_any_bit_flipped_is_refused() -> None:
    """Version, key id, nonce, ciphertext and tag are all authenticated."""
    for changed in _flipped(SEALER.seal(PLAINTEXT)):
        with pytest.raises(DecryptionError):
            SEALER.open(changed)


def test_a_value_cut_off_anywhere_is_refused() -> None:
    """Also one that is shorter than a header, and none at all."""
    sealed = SEALER.seal(PLAINTEXT)
    for length in range(len(sealed)):
        with pytest.raises(DecryptionError):
            SEALER.open(sealed[:length])


@given(st.binary(max_size=100))
def test_bytes_that_nobody_sealed_are_refused(found: bytes) -> None:
    """Whatever stands in a column, the only error is ours."""
    with pytest.raises(DecryptionError):
        SEALER.open(found)


@pytest.mark.parametrize("found", ["+353 1", 10**15])
def test_what_a_column_held_before_it_was_encrypted_is_named_as_such(found: object) -> None:
    """SQLite keeps texts and numbers in a column whose type was changed to bytes."""
    with pytest.raises(DecryptionError, match="is not a sealed one") as caught:
        SEALER.open(found)
    assert "before the column was encrypted" in str(caught.value.hint)


@pytest.mark.parametrize(
    "elsewhere",
    [
        Context("shop_customer", "phone"),
        Context("shop_supplier", "email"),
        Context("shop_customere", "mail"),
        Context("", "shop_customeremail"),
    ],
    ids=str,
)
def test_a_value_moved_to_another_column_is_refused(elsewhere: Context) -> None:
    """Nor do names that only read the same when put together."""
    with pytest.raises(DecryptionError, match="cannot be opened"):
        Sealer(RING, elsewhere).open(SEALER.seal(PLAINTEXT))


def test_columns_have_keys_of_their_own() -> None:
    """Were the associated data ignored, a value would still not open elsewhere."""
    sealed, place = SEALER.seal(PLAINTEXT), ("shop_customer", "email")
    associated = framed("1", "1", *place)
    assert Xaes(RING.derive("column", *place)).decrypt(sealed[5:29], sealed[29:], associated) == PLAINTEXT
    assert RING.derive("column", *place) != RING.derive("column", "shop_customer", "phone")


def test_a_key_that_only_decrypts_still_opens() -> None:
    """After a rotation new values are under the new key, and old ones are read."""
    rotated = Sealer(RING.with_new_key(), EMAIL)
    assert rotated.open(SEALER.seal(PLAINTEXT)) == PLAINTEXT
    assert rotated.seal(PLAINTEXT)[1:5] == bytes([0, 0, 0, 2])


def test_values_of_one_batch_share_a_prefix_and_no_nonce() -> None:
    """A batch is as large as it was said to be; with 1, each value has a prefix of its own."""
    for batch, prefixes in ((1, 8), (3, 3), (2**16, 1)):
        sealer = Sealer(RING, EMAIL, batch=batch)
        sealed = [*(sealer.seal(PLAINTEXT) for _ in range(4)), *sealer.seal_many([PLAINTEXT] * 4)]
        assert len({each[5:17] for each in sealed}) == prefixes
        assert len({each[5:29] for each in sealed}) == 8
        assert sealer.open_many(sealed) == [PLAINTEXT] * 8


@given(st.lists(st.binary(max_size=60), max_size=9), st.integers(1, 4))
def test_many_at_once_are_sealed_in_their_order(plaintexts: list[bytes], batch: int) -> None:
    """Whatever the batch."""
    sealer = Sealer(RING, EMAIL, batch=batch)
    assert sealer.open_many(sealer.seal_many(plaintexts)) == plaintexts


def test_more_prefixes_than_are_kept_ready_still_open() -> None:
    """The oldest is derived anew: a table that many processes wrote is read all the same."""
    sealer = Sealer(RING, EMAIL, batch=1)
    sealed = sealer.seal_many([b"%d" % number for number in range(5000)])
    assert sealer.open_many(sealed + sealed) == [b"%d" % number for number in range(5000)] * 2


def test_what_a_value_is_bound_to_is_authenticated() -> None:
    """It opens with the same only."""
    sealed = SEALER.seal(PLAINTEXT, b"row 7")
    assert SEALER.open(sealed, b"row 7") == PLAINTEXT
    for other in (b"", b"row 8"):
        with pytest.raises(TamperedError):
            SEALER.open(sealed, other)


def test_a_value_under_a_destroyed_key_is_erased() -> None:
    """Which is neither damage nor a key that is missing."""
    ring = keyring(2)
    old = Sealer(ring, EMAIL).seal(PLAINTEXT)
    gone = ring.with_new_key().destroying(2)
    with pytest.raises(ErasedError, match="key 2, which was destroyed"):
        Sealer(gone, EMAIL).open(old)


@pytest.mark.parametrize("version", [0, 2, 3, 255])
def test_another_version_is_refused(version: int) -> None:
    """A value cannot be made to be read as one of a weaker kind."""
    with pytest.raises(TamperedError, match="not a sealed one"):
        SEALER.open(bytes([version]) + SEALER.seal(PLAINTEXT)[1:])


def test_a_value_under_an_unknown_key_names_the_key() -> None:
    """Who runs the site learns which key to restore."""
    sealed = Sealer(RING.with_new_key(), EMAIL).seal(PLAINTEXT)
    with pytest.raises(UnknownKeyError, match=r"shop_customer\.email is sealed under the unknown key 2"):
        SEALER.open(sealed)


def test_another_ring_does_not_open_a_value() -> None:
    """A key of the same id but another secret is told as no more than that."""
    with pytest.raises(DecryptionError, match="cannot be opened"):
        Sealer(keyring(), EMAIL).open(SEALER.seal(PLAINTEXT))


def test_an_error_gives_nothing_away() -> None:
    """Neither its text nor what led to it: a reader of logs learns the column, and no value."""
    sealed = SEALER.seal(PLAINTEXT)
    with pytest.raises(DecryptionError) as caught:
        SEALER.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert str(caught.value) == "a value of shop_customer.email cannot be opened"
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_sealer_shows_no_key() -> None:
    """Its repr names the ring and the column."""
    assert repr(SEALER) == "<Sealer of shop_customer.email, <Keyring: keys 1, enabled 1>>"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_repeats_no_nonce() -> None:
    """Parent and child seal under the same key from the same state, and draw their own nonces and prefixes."""
    SEALER.seal(PLAINTEXT)
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(writer, b"".join(SEALER.seal(b"")[5:29] for _ in range(100)))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        of_child = pipe.read()
    os.waitpid(child, 0)
    nonces = [of_child[start : start + 24] for start in range(0, len(of_child), 24)]
    nonces += [SEALER.seal(b"")[5:29] for _ in range(100)]
    assert len(set(nonces)) == 200
    assert len({nonce[:12] for nonce in nonces}) == 2
