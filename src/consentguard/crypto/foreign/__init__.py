"""Readers of what other packages encrypted, for the one time that a column moves here: nothing writes their formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from consentguard.crypto.foreign import (
    django_cryptography,
    django_fernet_encrypted_fields,
    django_fernet_fields,
    fernet,
    sqlalchemy_utils,
)
from consentguard.crypto.foreign.reader import ForeignSecretsError, ForeignValueError, Format, Reader

__all__ = ["READERS", "ForeignSecretsError", "ForeignValueError", "Format", "Reader", "reader"]

READERS: Mapping[str, Format] = MappingProxyType(
    {
        "fernet": fernet.FORMAT,
        "django-fernet-fields": django_fernet_fields.FORMAT,
        "django-fernet-encrypted-fields": django_fernet_encrypted_fields.TEXT,
        "django-fernet-encrypted-fields:json": django_fernet_encrypted_fields.DOCUMENT,
        "django-cryptography": django_cryptography.FORMAT,
        "sqlalchemy-utils:aes": sqlalchemy_utils.AES_CBC,
        "sqlalchemy-utils:aes-gcm": sqlalchemy_utils.AES_GCM,
        "sqlalchemy-utils:fernet": sqlalchemy_utils.FERNET,
    }
)
"""The formats that can be read, by package and, where it has several, by engine or field."""


def reader(name: str, secrets: Mapping[str, str], *, allow_plain: bool = False) -> Reader:
    """The reader of a package's values in a site that has configured these secrets.

    `secrets` are texts by the names that `READERS[name]` needs and takes. `allow_plain` has values that were never
    encrypted handed back as they are: several packages leave them in the column and say nothing. Raises
    ForeignSecretsError, also when a secret is missing, unknown or malformed.
    """
    if name not in READERS:
        raise ForeignSecretsError(f"there is no reader {name!r}", hint=f"it is one of {', '.join(READERS)}")
    found = READERS[name]
    try:
        _check(found, secrets)
        return Reader(name, allow_plain, found, found.opener(secrets))
    except ForeignSecretsError as error:
        mistake = ForeignSecretsError(f"the reader {name}: {error.message}", hint=error.hint)
    del secrets  # a traceback keeps the locals of its frames, and reports of crashes print them
    raise mistake


def _check(found: Format, secrets: Mapping[str, str]) -> None:
    """Raises ForeignSecretsError unless the names are those that the format needs and takes, and each is a text."""
    missing = [name for name in found.needs if name not in secrets]
    surplus = [name for name in secrets if name not in (*found.needs, *found.takes)]
    hint = f"it needs {_list(found.needs)}" + (f" and takes {_list(found.takes)}" if found.takes else "")
    if missing:
        raise ForeignSecretsError(f"{_list(missing)} is missing", hint=hint)
    if surplus:
        raise ForeignSecretsError(f"{_list(surplus)} is unknown", hint=hint)
    for name, secret in secrets.items():
        if not _is_text(secret):
            raise ForeignSecretsError(f"`{name}` is no text", hint="where there are several, give them one a line")


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _is_text(secret: object) -> bool:
    """Whether it is a text that has a form in UTF-8, which a byte that the environment could not decode has not."""
    return isinstance(secret, str) and not any("\ud800" <= character <= "\udfff" for character in secret)
