"""Tink as a peer of encrypted columns: each opens what the other sealed, header and all."""

from __future__ import annotations

import pytest
from tink import TinkError, aead, proto_keyset_format, secret_key_access
from tink.proto import tink_pb2, x_aes_gcm_pb2

from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.errors import TamperedError
from consentguard.crypto.framing import framed
from consentguard.testing.keys import keyring

TYPE = "type.googleapis.com/google.crypto.tink.XAesGcmKey"
RING = keyring(3)
SEALER = Sealer(RING, Context("shop_customer", "email"))
ASSOCIATED = framed("1", "3", "shop_customer", "email")
aead.register()


def tink(key: bytes, key_id: int) -> aead.Aead:
    """XAES_256_GCM_192_BIT_NONCE with Tink's usual prefix, under one key of that id."""
    params = x_aes_gcm_pb2.XAesGcmParams(salt_size=12)
    made = x_aes_gcm_pb2.XAesGcmKey(version=0, params=params, key_value=key)
    data = tink_pb2.KeyData(type_url=TYPE, value=made.SerializeToString(), key_material_type=tink_pb2.KeyData.SYMMETRIC)
    entry = tink_pb2.Keyset.Key(key_data=data, key_id=key_id, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.TINK)
    keyset = tink_pb2.Keyset(primary_key_id=key_id, key=[entry]).SerializeToString()
    return proto_keyset_format.parse(keyset, secret_key_access.TOKEN).primitive(aead.Aead)


PEER = tink(RING.derive("column", "shop_customer", "email"), 3)


@pytest.mark.parametrize("plaintext", [b"", b"x", b"ada@example.com" * 1000])
def test_each_opens_what_the_other_sealed(plaintext: bytes) -> None:
    """A sealed value is as Tink makes it, so that a site can leave with its data and nothing of ours."""
    assert PEER.decrypt(SEALER.seal(plaintext), ASSOCIATED) == plaintext
    assert SEALER.open(PEER.encrypt(plaintext, ASSOCIATED)) == plaintext


def test_neither_opens_what_was_bound_elsewhere() -> None:
    """The associated data are part of it on both sides."""
    with pytest.raises(TinkError):
        PEER.decrypt(SEALER.seal(b"x"), framed("1", "3", "shop_customer", "phone"))
    with pytest.raises(TamperedError):
        SEALER.open(PEER.encrypt(b"x", b""))
