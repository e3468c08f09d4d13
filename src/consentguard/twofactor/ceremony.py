"""The two ceremonies of Web Authentication through py_webauthn: what a browser is asked, and whether its answer holds.

Nothing here remembers anything: challenges and counts are for whoever calls. An answer is whatever a stranger sent, so
whatever the library trips over in it makes it one that does not hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from consentguard.records import Passkey
from consentguard.twofactor.party import Party

LONGEST_ANSWER = 16 * 1024
"""Characters of an answer at most: one with an attestation by certificates has about four thousand."""
LONGEST_CREDENTIAL = 1023
"""Bytes of a credential's id (Web Authentication Level 3, section 7.1, step 25)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a browser sent, and the challenge that it says it answers; nothing of it is proven."""

    content: dict[str, Any]
    challenge: bytes

    @property
    def credential(self) -> bytes:
        """The id of the credential that it claims to use; empty where it names none."""
        said = self.content.get("rawId")
        try:
            return base64url_to_bytes(said) if isinstance(said, str) else b""
        except ValueError:
            return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new credential that was verified."""

    credential: bytes
    public_key: bytes
    sign_count: int
    transports: str


def read(text: str) -> Answer | None:
    """What was sent as JSON, if it has the shape of an answer to a challenge."""
    if len(text) > LONGEST_ANSWER:
        return None
    try:
        content = msgspec.json.decode(text, type=dict[str, Any])
        said = parse_client_data_json(base64url_to_bytes(content["response"]["clientDataJSON"]))
    except Exception:  # noqa: BLE001 - see above
        return None
    # of a page of another site's that shows ours in a frame (section 7.1, step 10, and 7.2, step 13)
    return None if said.cross_origin else Answer(content=content, challenge=said.challenge)


def to_make(party: Party, challenge: bytes, who: str, account: str, kept: Sequence[Passkey], timeout: int) -> Any:
    """What `navigator.credentials.create()` is given, in JSON: any authenticator but those that are `kept` already.

    `who` is a pseudonym, `account` what the owner's device shows, `timeout` milliseconds. Which model the device is,
    nobody asks (attestation `none`).
    """
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=handle_of(who),
        user_name=account,
        challenge=challenge,
        timeout=timeout,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement(party.verification),
        ),
        exclude_credentials=_described(kept),
    )
    return options_to_json_dict(options)


def to_use(party: Party, challenge: bytes, kept: Sequence[Passkey], timeout: int) -> Any:
    """What `navigator.credentials.get()` is given, in JSON: one of the passkeys that are `kept`."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=timeout,
        allow_credentials=_described(kept),
        user_verification=UserVerificationRequirement(party.verification),
    )
    return options_to_json_dict(options)


def made(party: Party, answer: Answer) -> Made | None:
    """The credential that an answer proves to be there; None for an answer that does not hold."""
    try:
        verified = verify_registration_response(
            credential=answer.content,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=party.verification == "required",
        )
    except Exception:  # noqa: BLE001 - see above
        return None
    if len(verified.credential_id) > LONGEST_CREDENTIAL:
        return None
    return Made(
        credential=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_transports(answer.content),
    )


def used(party: Party, answer: Answer, passkey: Passkey) -> int | None:
    """How often the passkey's device has signed by now, as it says; None for an answer that does not hold.

    Whether that number is higher than the last one is for the store to say, in one statement.
    """
    try:
        verified = verify_authentication_response(
            credential=answer.content,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=party.verification == "required",
        )
        owner = answer.content["response"].get("userHandle")
        if owner and base64url_to_bytes(owner) != handle_of(passkey.subject):
            return None
    except Exception:  # noqa: BLE001 - see above
        return None
    return verified.new_sign_count


def handle_of(who: str) -> bytes:
    """What an authenticator keeps as whose a passkey is: it says nothing of them, and not their pseudonym either."""
    return hashlib.sha256(f"passkey.{who}".encode()).digest()


def _described(kept: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=key.credential, transports=[*map(AuthenticatorTransport, key.transports.split())]
        )
        for key in kept
    ]


def _transports(content: dict[str, Any]) -> str:
    """How the browser says that it reaches the device, of the ways that the library knows."""
    said = content["response"].get("transports")
    known = {each.value for each in AuthenticatorTransport}
    named = {each for each in said if isinstance(each, str)} & known if isinstance(said, list) else set()
    return " ".join(sorted(named))
