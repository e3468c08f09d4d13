"""Values that each package stored once and for all, with the settings of their sites: what the readers are held to."""

from __future__ import annotations

from typing import NamedTuple

from consentguard.crypto.foreign import Reader, reader

TEXT = "ñ€ of the site"
SITE = {"secret_key": "secret of the site", "salt_key": "salt of the site"}
KEY = {"key": "key of the site"}


class Known(NamedTuple):
    """A stored value, what it holds, and how to read it. `sealed` says whether every change of it is noticed."""

    case: str
    name: str
    secrets: dict[str, str]
    stored: str | bytes
    plain: object = TEXT
    sealed: bool = True

    def reader(self, *, allow_plain: bool = False) -> Reader:
        """The reader that opens it."""
        return reader(self.name, self.secrets, allow_plain=allow_plain)

    @property
    def token(self) -> bytes:
        """The stored value as bytes."""
        return self.stored if isinstance(self.stored, bytes) else self.stored.encode()


def _aes(padding: str, stored: str) -> Known:
    return Known(f"aes-{padding}", "sqlalchemy-utils:aes", {**KEY, "padding": padding}, stored, sealed=False)


KNOWN = [
    Known(
        "the specification's",  # generate.json of the Fernet specification
        "fernet",
        {"keys": "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="},
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==",
        "hello",
    ),
    Known(
        "django-encrypted-model-fields",
        "fernet",
        {"keys": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
        "gAAAAABrCkkJECkagnCI7PcsDKReFxkjN_YdeaNjNngletvsnKLCRyNfCqAOWy3pT32az1ERKgLHRjPsSkUbYDrYBwrIYW2rcPQjxYfDUCsG0-Ew"
        "IDemF5g=",
    ),
    Known(
        "django-fernet-fields-v2",
        "django-fernet-fields",
        {"fernet_keys": "first key\nsecond key"},
        b"gAAAAABrCkkJk_Y3UFGrSTEm3U2gwHdfrPsawepvDvQG3HYJlr4_WezGokAb_A7cWBmjw_1XTcLafu2uwJ5MDV9GwvI6b9CCdQUvciMOXH9XlXxL"
        b"d6yoREE=",
    ),
    Known(
        "django-fernet-encrypted-fields",
        "django-fernet-encrypted-fields",
        SITE,
        "gAAAAABrCkkJX2JbTYC8L_7cH36SxODZcHErXQ_dSm1NYAkBjt0gVRhr-YSInOwuiDvbl7njlDQ2A4hfQLP6GjEWUMMjCvEn1_ouHEc066hcYo2z"
        "Kxbv6s8=",
    ),
    Known(
        "EncryptedJSONField",
        "django-fernet-encrypted-fields:json",
        SITE,
        '{"name": "gAAAAABrCkkJlLcR1pMWRU8kh-gkatkk7BXY5iGiUV4FzpBlf3PuZhn7SBbpuN9t02dAmKZLKvLL5qHosguHXjGDqiQo40t8kH1x'
        'Ydh3R3X_MBXGd4hqeVA="}',
        {"name": TEXT},
        sealed=False,
    ),
    Known(
        "django-cryptography",
        "django-cryptography",
        {"secret_key": "secret of the site"},
        b'\x80\x00\x00\x00\x00k\nI\t\x04kP"?\x1a\x04\xe7XF\xeda\xdb8\xd9*aSu\xd9\x8f/<<\rC9\xcd\xfaNW\xf9E\\A"\x867\xad\xc5x\xff'
        b'Oo\t\xd7X\xbf\xf8s\xd7\xf4\xbf}"V\xe3In)\xf7Jh\x14\xb7\x05rC\xe9Gq\xff\xaa\x06\xb6[3\x97!\xd2`7h\x89R\xfb\xd45\x18'
        b"\xd4\xf8.\xe1!\xa6N",
    ),
    Known(
        "advanced-alchemy",
        "sqlalchemy-utils:fernet",
        KEY,
        "gAAAAABrCkkK-Npk4kNE7XveQverJOd19beXXaZ_ngzxSv38HRg-jaQyudbOviuWidoaiKHliXKO9Uso5mMD__X1VD4rpxGqmAuzPQdKenm0t8WN"
        "RG8ZLhM=",
    ),
    Known(
        "fernet-engine",
        "sqlalchemy-utils:fernet",
        KEY,
        "gAAAAABrCkkKEq66YlDEGwYGQ8RhdEd_HyOWn8QQ_9405pgUCJKvqJ9By1LncuzuaVxfkJfwnhJnJj_aQbks4ufaAvUfMFbuGWm_ceWw9eV0DfDj"
        "pJeaYYI=",
    ),
    Known(
        "aes-gcm",
        "sqlalchemy-utils:aes-gcm",
        KEY,
        "OkH2dj4PvH7Xj4gzyMifuUHIYw9EVpKEmobuPrnpHU1Nz691JYTyYjgj+sl/",
    ),
    _aes("naive", "4giQ08cbiIDnhp9U7h0WthQs+FkU69vjTV33K1HgNts="),
    _aes("pkcs5", "4giQ08cbiIDnhp9U7h0WtlY7cFB2uOV7rCn3V8agqaQ="),
    _aes("oneandzeroes", "4giQ08cbiIDnhp9U7h0WtigzgJ7kCYwPfJqCzhEdYB4="),
    _aes("zeroes", "4giQ08cbiIDnhp9U7h0Wtq9jNdVt7OmrX8amP3Jgkik="),
]
SEALED = [known for known in KNOWN if known.sealed]


def case(known: Known) -> str:
    """What a test of this value is called."""
    return known.case
