"""Seals or opens one value by consentguard and by a peer, in turns; prints both medians (µs a value).

Arguments: the peer, `seal` or `open`, and the length of the text in letters.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.harness import interleave, timed

TIMES = 500
ROUNDS = 21
Way = tuple[Callable[[str], Any], Callable[[Any], Any]]
"""What seals a text, and what opens it again."""


def ours() -> Way:
    """A column as both adapters use it."""
    from consentguard.crypto.cipher import Context
    from consentguard.crypto.column import Column, Declaration
    from consentguard.testing.keys import keyring

    column = Column(Declaration(context=Context("customer", "phone")), keyring(), _no_keys)
    return lambda text: column.seal(text.encode()), lambda sealed: column.open(sealed).decode()


def _no_keys() -> Any:
    raise LookupError("a column of its own key asks for no other")


def fernet() -> Way:
    """Fernet by hand: AES-128-CBC and HMAC, as base64."""
    from cryptography.fernet import Fernet

    cipher = Fernet(Fernet.generate_key())
    return lambda text: cipher.encrypt(text.encode()), lambda sealed: cipher.decrypt(sealed).decode()


def fernet_encrypted_fields() -> Way:
    """The field of django-fernet-encrypted-fields."""
    _django()
    from encrypted_fields import EncryptedTextField

    return _field(EncryptedTextField())


def encrypted_model_fields() -> Way:
    """The field of django-encrypted-model-fields."""
    _django()
    from encrypted_model_fields.fields import EncryptedTextField

    return _field(EncryptedTextField())


def django_cryptography() -> Way:
    """The field that django-cryptography wraps around one of Django's."""
    _django()
    from django.db import models
    from django_cryptography.fields import encrypt

    return _field(encrypt(models.TextField()))


def _field(field: Any) -> Way:
    from django.db import connection

    field.set_attributes_from_name("phone")
    return (
        lambda text: field.get_db_prep_save(text, connection),
        lambda sealed: field.from_db_value(sealed, None, connection),
    )


def aes_gcm() -> Way:
    """StringEncryptedType of sqlalchemy-utils with its AES-GCM engine."""
    from sqlalchemy_utils.types.encrypted.encrypted_type import AesGcmEngine

    return _string_encrypted(AesGcmEngine)


def sqlalchemy_fernet() -> Way:
    """StringEncryptedType of sqlalchemy-utils with its Fernet engine."""
    from sqlalchemy_utils.types.encrypted.encrypted_type import FernetEngine

    return _string_encrypted(FernetEngine)


def _string_encrypted(engine: Any) -> Way:
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import dialect
    from sqlalchemy_utils import StringEncryptedType

    kind, sqlite = StringEncryptedType(sa.String, os.urandom(16).hex(), engine), dialect()  # type: ignore[no-untyped-call]
    return (
        lambda text: kind.process_bind_param(text, sqlite),
        lambda sealed: kind.process_result_value(sealed, sqlite),
    )


def _django() -> None:
    import django
    from django.conf import settings

    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    settings.configure(DATABASES=databases, SECRET_KEY=key, SALT_KEY=key, FIELD_ENCRYPTION_KEY=key)
    django.setup()


PEERS: dict[str, Callable[[], Way]] = {
    "fernet": fernet,
    "django-fernet-encrypted-fields": fernet_encrypted_fields,
    "django-encrypted-model-fields": encrypted_model_fields,
    "django-cryptography": django_cryptography,
    "sqlalchemy-utils-aes-gcm": aes_gcm,
    "sqlalchemy-utils-fernet": sqlalchemy_fernet,
}


def main(peer: str, act: str, letters: str) -> None:
    """Print both figures, a line each."""
    text = "x" * int(letters)
    pair = interleave(*(_work(way, act, text) for way in (ours(), PEERS[peer]())), ROUNDS)
    sys.stdout.write(f"{pair.ours * 1000}\n{pair.baseline * 1000}\n")


def _work(way: Way, act: str, text: str) -> Callable[[], float]:
    seal, load = way
    sealed = seal(text)
    assert load(sealed) == text
    return timed((lambda: seal(text)) if act == "seal" else (lambda: load(sealed)), TIMES)


if __name__ == "__main__":
    main(*sys.argv[1:])
