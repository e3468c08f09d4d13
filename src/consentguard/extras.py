"""Libraries that only some policies need: what a policy asks for and is not installed is said as the site starts."""

from __future__ import annotations

from importlib.util import find_spec

from consentguard.errors import SettingsError
from consentguard.manifest.schema import Manifest


def check(manifest: Manifest) -> None:
    """Raises SettingsError where the policy offers what needs an extra of this package that is not installed."""
    if offers_passkeys(manifest) and find_spec("webauthn") is None:
        message = "twofactor.methods of the policy has webauthn, and py_webauthn is not installed"
        raise SettingsError(message, hint='pip install "consentguard[webauthn]", or take webauthn out of the methods')


def offers_passkeys(manifest: Manifest) -> bool:
    """Whether the policy offers passkeys as a second factor."""
    return manifest.twofactor is not None and "webauthn" in manifest.twofactor.methods
