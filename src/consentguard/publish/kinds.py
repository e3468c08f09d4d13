"""Which documents a policy is published as: known without writing any, and without loading a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from consentguard.manifest.schema import Manifest

Kind = Literal["policy", "cookies", "deletion"]


def kinds(manifest: Manifest) -> tuple[Kind, ...]:
    """The documents that a manifest gives rise to.

    No cookie page without `[cookies]`, no deletion page without a right to erasure.
    """
    has: Mapping[Kind, bool] = {
        "policy": True,
        "cookies": bool(manifest.cookies),
        "deletion": "erasure" in (manifest.rights or {}),
    }
    return tuple(kind for kind, there in has.items() if there)
