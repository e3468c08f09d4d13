"""The keyring: numbered keys of which one seals and signs, and what is derived from them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, NoReturn, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from consentguard.crypto import private_file
from consentguard.crypto.framing import framed
from consentguard.crypto.key import SECRET_BYTES, Key, KeyringError, State
from consentguard.crypto.ring_text import dumps, loads
from consentguard.crypto.slots import IndexSlots
from consentguard.crypto.wrapping import new_key, wrapped_by

__all__ = [
    "FILE_VARIABLE",
    "VARIABLE",
    "Key",
    "Keyring",
    "KeyringError",
    "Mac",
]

VARIABLE = "CONSENTGUARD_KEYRING"
FILE_VARIABLE = "CONSENTGUARD_KEYRING_FILE"
PSEUDONYM_BYTES = 16
_MAKE = "make one with `consentguard keys new`"
_REPAIR = "restore it from where you keep its copy: without a key, what it sealed can never be opened again"


class Mac(NamedTuple):
    """A message authentication code (HMAC-SHA256, 32 bytes) and the id of the key that it was made under."""

    key_id: int
    code: bytes


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keyring:
    """Keys in the order of their ids, exactly one of them enabled.

    `given_slots` says which keys make the digests of search indexes; unless said, the oldest alone. `kms` is the URI
    of the key management service that wraps the secrets of the keys where they are written; empty without one.
    Holds nothing that changes but derived keys that are kept, so that threads and forked processes may share it.
    Raises KeyringError when there is no enabled key or two, when two keys share an id or a secret, or when a slot has
    a key that is none of the ring, and when some keys are wrapped and some are not.
    """

    keys: tuple[Key, ...]
    given_slots: IndexSlots | None = None
    kms: str = ""
    _derived: dict[tuple[int, tuple[str, ...]], bytes] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(sorted(self.keys, key=lambda key: key.id)))
        enabled = [key.id for key in self.keys if key.state == "enabled"]
        if len(enabled) != 1:
            found = f"keys {', '.join(map(str, enabled))} are enabled" if enabled else "no key is enabled"
            raise KeyringError(f"{found}, and exactly one must be")
        for one, two in zip(self.keys, self.keys[1:], strict=False):
            if one.id == two.id:
                raise KeyringError(f"two keys have the id {one.id}")
        if len({key.secret for key in self.usable}) != len(self.usable):
            raise KeyringError("two keys have the same secret")
        if other := [key.id for key in self.usable if bool(key.wrapped) != bool(self.kms)]:
            raise KeyringError(f"key {other[0]}: where the ring names a KMS every key is wrapped, and else none")
        if unknown := [key_id for key_id in self.slots.keys if self.find(key_id) is None]:
            raise KeyringError(f"the indexes are made with key {unknown[0]}, which the ring does not hold")

    def __repr__(self) -> str:
        return f"<Keyring: keys {', '.join(str(key.id) for key in self.keys)}, enabled {self.enabled.id}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise KeyringError("a keyring is never pickled", hint="let each process load it itself")

    @classmethod
    def generate(cls, kms: str = "") -> Self:
        """A new keyring with one key from the operating system's random numbers, or made and wrapped by a KMS.

        Raises KmsError.
        """
        return cls((replace(new_key(1, kms), state="enabled"),), kms=kms)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a keyring's file, which must belong to this process's user and be of mode 0600 or stricter.

        Raises KeyringError.
        """
        try:
            return cls.parse(private_file.read(path), where=str(path))
        except OSError as error:
            raise _unreadable(path, error) from error

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The keyring whose text is in CONSENTGUARD_KEYRING, or whose path is in CONSENTGUARD_KEYRING_FILE.

        Raises KeyringError, also when neither is set, or both.
        """
        if environ.get(VARIABLE) and environ.get(FILE_VARIABLE):
            raise KeyringError(f"{VARIABLE} and {FILE_VARIABLE} are both set", hint="keep one of them")
        if environ.get(VARIABLE):
            return cls.parse(environ[VARIABLE], where=VARIABLE)
        if environ.get(FILE_VARIABLE):
            return cls.load(Path(environ[FILE_VARIABLE]))
        raise KeyringError(
            "there is no keyring", hint=f"{_MAKE}, and name its file in the setting `keyring` or in {FILE_VARIABLE}"
        )

    @classmethod
    def parse(cls, text: str | bytes, *, where: str) -> Self:
        """Read what `dumps` writes; `where` says in a message which file or variable it came from.

        A KMS that the text names is asked for each key, which may take some seconds.
        Raises KeyringError, and KmsError where that does not unwrap every key.
        """
        try:
            return cls(*loads(text))
        except KeyringError as error:
            mistake = type(error)(f"the keyring in {where}: {error.message}", hint=error.hint or _REPAIR)
        del text  # a traceback keeps the locals of its frames, and reports of crashes print them
        raise mistake

    def dumps(self) -> str:
        """The keyring as one line of JSON, for its file or an environment variable: secrets and all, unless wrapped."""
        return dumps(self.keys, self.slots, self.kms)

    def write(self, path: Path, *, destroying: int | None = None) -> None:
        """Write the keyring's file, of mode 0600, as a whole or not at all.

        Raises KeyringError when it cannot be written, or when a keyring stands there that has a key that this one
        has not: no key is ever lost to a slip, nor to somebody who adds one at the same time. Only the secret of the
        key `destroying` may go.
        """
        try:
            with private_file.replacing(path) as file:
                if path.exists() and (lost := _lost(type(self).load(path), self, destroying)):
                    raise KeyringError(f"{path} holds keys that would be lost: {lost}", hint="load it and add to it")
                file.write(f"{self.dumps()}\n".encode())
        except FileExistsError as error:
            hint = f"if no other `consentguard keys new` is at work, delete {error.filename}"
            raise KeyringError(f"a change of the keyring {path} has begun and not ended", hint=hint) from error
        except OSError as error:
            hint = "check that its folder exists and that you may write there"
            raise KeyringError(f"the keyring {path} cannot be written: {error.strerror}", hint=hint) from error

    def with_new_key(self, state: State = "enabled") -> Self:
        """The keyring with a new key, enabled in place of the one before, or `decrypt-only` until every process has it.

        Raises KeyringError when ids run out, and KmsError.
        """
        added = replace(self, keys=(*self.keys, new_key(self.keys[-1].id + 1, self.kms)))
        return added.enabling(added.keys[-1].id) if state == "enabled" else added

    def enabling(self, key_id: int) -> Self:
        """The keyring in which that key seals and signs. Raises KeyringError where there is no such key to use."""
        if self.find(key_id) is None:
            raise KeyringError(f"key {key_id} cannot be enabled: the ring does not hold it")
        states: dict[int, State] = dict.fromkeys((key.id for key in self.usable), "decrypt-only")
        states[key_id] = "enabled"
        return replace(self, keys=tuple(replace(key, state=states.get(key.id, key.state)) for key in self.keys))

    def destroying(self, key_id: int) -> Self:
        """The keyring without the secret of that key: what it sealed can never be opened again.

        Raises KeyringError for a key that seals, makes indexes or pseudonyms, or is not there.
        """
        key = self.find(key_id)
        use = dict.fromkeys(self.slots.keys, "search indexes are made with it")
        use |= {self.oldest.id: "references to people are made with it", self.enabled.id: "it is enabled"}
        if key is None or key_id in use:
            why = use.get(key_id, "the ring does not hold it")
            raise KeyringError(f"key {key_id} cannot be destroyed: {why}")
        return replace(self, keys=tuple(each.destroyed() if each is key else each for each in self.keys))

    def wrapped_by(self, kms: str) -> Self:
        """The same keys, their secrets wrapped by the KMS of that URI where they are written. Raises KmsError."""
        return replace(self, keys=wrapped_by(kms, self.keys), kms=kms)

    def with_slots(self, slots: IndexSlots) -> Self:
        """The keyring whose indexes are made with the keys of these slots. Raises KeyringError."""
        return replace(self, given_slots=slots)

    @property
    def slots(self) -> IndexSlots:
        """Which keys make the digests of search indexes."""
        return self.given_slots or IndexSlots(a=self.oldest.id)

    @property
    def usable(self) -> tuple[Key, ...]:
        """The keys that are not destroyed."""
        return tuple(key for key in self.keys if key.usable)

    @property
    def enabled(self) -> Key:
        """The key that seals and signs."""
        return next(key for key in self.keys if key.state == "enabled")

    @property
    def oldest(self) -> Key:
        """The key of the lowest id, under which pseudonyms are made."""
        return self.usable[0]

    def find(self, key_id: int) -> Key | None:
        """The key of that id, if the keyring has it to use."""
        for key in self.keys:  # for each cookie that is read, and so without a list of those that are usable
            if key.id == key_id:
                return key if key.usable else None
        return None

    def was_destroyed(self, key_id: int) -> bool:
        """Whether the ring had that key and destroyed it."""
        return any(key.id == key_id and not key.usable for key in self.keys)

    def derive(self, *label: str, key: Key | None = None) -> bytes:
        """32 bytes for one use alone, from the enabled key or from another of the ring (HKDF-SHA256, RFC 5869).

        A label of several parts is never that of others: what one use reveals says nothing about another. Labels are
        names in the source, such as a column's, and never a value: what was derived is kept.
        """
        source = key or self.enabled
        kept = self._derived.get((source.id, label))
        if kept is None:
            info = framed("consentguard keyring 1", *label)
            kept = HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=info).derive(source.secret)
            self._derived[source.id, label] = kept
        return kept

    def mac(self, label: str, data: bytes) -> Mac:
        """A code for `data` under the enabled key that only a holder of the keyring can make."""
        key = self.enabled
        return Mac(key.id, self.code(label, key, data))

    def verify(self, label: str, key_id: int, data: bytes, code: bytes) -> bool:
        """Whether `code` is that of `data` under this label and key, in constant time; False for an unknown key."""
        key = self.find(key_id)
        return key is not None and hmac.compare_digest(self.code(label, key, data), code)

    def pseudonym(self, label: str, *parts: str) -> str:
        """A keyed reference: 32 hex digits (HMAC-SHA256, 128 bits) that stand for `parts` under this label.

        Made under the oldest key, so that it is the same after a rotation: evidence that names a person by it must be
        found again. So the oldest key is never deleted while evidence refers to it. It is a pseudonym and no
        anonymous number: whoever has the keyring and a list of people can tell whom it means.
        """
        code = hmac.digest(self.derive("pseudonym", label, key=self.oldest), framed(*parts), "sha256")
        return code[:PSEUDONYM_BYTES].hex()

    def code(self, label: str, key: Key, data: bytes) -> bytes:
        """The 32 bytes of the code for `data` under one key of the ring: what `mac` and `verify` rest on."""
        return hmac.digest(self.derive("mac", label, key=key), data, "sha256")


def _lost(before: Keyring, after: Keyring, destroying: int | None) -> str:
    """The ids of keys that `after` does not have as `before` has them, and whose loss nobody asked for."""
    kept = {(key.id, key.secret) for key in after.keys}
    lost = (key.id for key in before.keys if (key.id, key.secret) not in kept and key.id != destroying)
    return ", ".join(map(str, lost))


def _unreadable(path: Path, error: OSError) -> KeyringError:
    hint = "check its path"
    if isinstance(error, FileNotFoundError):
        hint = _MAKE
    elif isinstance(error, PermissionError):
        hint = f"it must belong to the user that runs this, and to nobody else: chmod 600 {path}"
    return KeyringError(f"the keyring {path} cannot be read: {error.strerror}", hint=hint)
