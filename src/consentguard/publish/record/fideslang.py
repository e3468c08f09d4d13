"""An activity in the words of fideslang, the taxonomy that other privacy programs read."""

from __future__ import annotations

from collections.abc import Iterable

from consentguard import law
from consentguard.manifest.schema import Purpose


def fideslang(
    kinds: Iterable[str], purpose: Purpose | None = None, rights: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """The fideslang keys of kinds of data, of a purpose's legal bases and of rights; a word without a key is left out.

    Named as a privacy declaration of fideslang names them.
    """
    stated = [] if purpose is None else [purpose.basis] if isinstance(purpose.basis, str) else purpose.basis.values()
    bases = (known.fideslang for known in (law.term("bases", basis) for basis in stated) if known)
    claims = (known.fideslang for known in (law.term("rights", right) for right in rights) if known)
    return {
        "data_categories": _once(map(law.fideslang, kinds)),
        "legal_basis_for_processing": _once(bases),
        "data_subject_rights": _once(claims),
    }


def _once(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, keys)))
