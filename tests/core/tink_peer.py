"""Tink as a peer: what it makes of a raw key, to encrypt and decrypt streams with."""

from __future__ import annotations

import io

from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
streaming_aead.register()


class _Kept(io.BytesIO):
    """Tink closes what it writes to, and a closed BytesIO forgets what was written."""

    def close(self) -> None:
        self.content = self.getvalue()
        super().close()


class TinkStreams:
    """AES256_GCM_HKDF with HKDF-SHA256 and a key of 32 bytes."""

    def __init__(self, key: bytes, segment_bytes: int) -> None:
        params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=segment_bytes, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
        )
        made = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=key, params=params)
        data = tink_pb2.KeyData(
            type_url=TYPE, value=made.SerializeToString(), key_material_type=tink_pb2.KeyData.SYMMETRIC
        )
        entry = tink_pb2.Keyset.Key(key_data=data, key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
        keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry]).SerializeToString()
        handle = proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
        self._primitive = handle.primitive(streaming_aead.StreamingAead)

    def encrypt(self, plaintext: bytes, associated: bytes) -> bytes:
        """A stream of Tink's."""
        kept = _Kept()
        with self._primitive.new_encrypting_stream(kept, associated) as writer:
            writer.write(plaintext)
        return kept.content

    def decrypt(self, stream: bytes, associated: bytes) -> bytes:
        """What Tink reads of a stream. Raises TinkError."""
        with self._primitive.new_decrypting_stream(io.BytesIO(stream), associated) as reader:
            return bytes(reader.read())
